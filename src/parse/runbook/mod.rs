//! Runbook YAML to [`Runbook`]: the whole language, closed keys, every fault at once.
//!
//! `keys` describes every mapping of the language. [`parse`] reads the head of a file; `params`,
//! `steps`, `commands` and `gates` read its parts, `rules` judges what only the whole tells (RB1xx
//! to RB4xx).

mod commands;
mod gates;
mod interactive;
mod item_texts;
// A table, read by its columns.
#[rustfmt::skip]
mod keys;
mod params;
mod plain_text;
mod rules;
mod steps;
mod waits;

use crate::diag::{Code, Diagnostic, Diagnostics, Severity, codes};
use crate::model::expression::{Expression, Template};
use crate::model::runbook::{
    Budget, Defaults, Doc, Env, Excluded, Lock, Need, Risk, RoleRule, Runbook,
};
use crate::parse::fields::{self, Fields};
use crate::parse::places::Places;
use crate::parse::units::{TIME, Time};
use crate::parse::yaml::{self, Key, Node, Value};
use crate::parse::{expression, known_messages, markdown, schema, variables};
use crate::source::{SourceId, Span, Spanned};
use std::time::Duration;

/// Reads a runbook. `stem` is the file's name without `.yaml`, which the id has to equal.
/// `None` means that there is no runbook to show: the text is no YAML mapping, or has no id.
pub fn parse(
    source: SourceId,
    stem: &str,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Runbook> {
    let errors_before = diagnostics.count(Severity::Error);
    let Some(root) = yaml::parse(source, text, 0..text.len(), diagnostics) else {
        // Nothing, or nothing but comments.
        if diagnostics.count(Severity::Error) == errors_before {
            diagnostics.report(
                Diagnostic::new(
                    codes::YAML_MISSING_KEY,
                    Span::start_of(source),
                    "this runbook is empty",
                )
                .help("begin it with `runbook: 1`, `id`, `title` and `steps`"),
            );
        }
        return None;
    };
    let errors_elsewhere = diagnostics.count(Severity::Error);
    let mut reader = Reader {
        text,
        diagnostics,
        steps: 0,
        groups: 0,
        loops: 0,
    };
    let runbook = reader.runbook(source, stem, &root)?;
    rules::faults(&runbook, text, diagnostics);
    // Advice about a file that was misread would be about the misreading.
    if diagnostics.count(Severity::Error) == errors_elsewhere {
        rules::advice(&runbook, text, diagnostics);
    }
    Some(runbook)
}

/// The JSON Schema of a runbook.
pub fn schema() -> serde_json::Value {
    schema::json_schema(&keys::RUNBOOK, "A runbook")
}

/// What every part of the reader needs: the file's text and a place for findings.
struct Reader<'t, 'd> {
    text: &'t str,
    diagnostics: &'d mut Diagnostics,
    /// How many steps were read, at any depth.
    steps: usize,
    /// How many steps that hold steps are open around the one that is read.
    groups: usize,
    /// How many loops are open.
    loops: usize,
}

impl Reader<'_, '_> {
    fn error(
        &mut self,
        code: &'static Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.diagnostics
            .report(Diagnostic::new(code, span, message).help(help));
    }

    fn runbook(&mut self, source: SourceId, stem: &str, root: &Node) -> Option<Runbook> {
        let mut fields = Fields::shaped(root, &keys::RUNBOOK, self.diagnostics)?;
        self.format(&mut fields);
        let id = self.id(&mut fields, stem);
        let title = fields.text("title", self.diagnostics);
        let version = self.version(&mut fields);
        let risk = fields
            .choice("risk", &keys::RISKS, self.diagnostics)
            .map_or(Risk::Low, |risk| risk.value);
        let mut runbook = Runbook {
            source,
            title: title.unwrap_or_else(|| Spanned::new(stem.to_owned(), fields.span())),
            version: version.unwrap_or_else(|| Spanned::new("0.0.0".to_owned(), fields.span())),
            id: id.unwrap_or_else(|| Spanned::new(stem.to_owned(), fields.span())),
            owner: fields.text("owner", self.diagnostics),
            reviewed: self.date(&mut fields, "reviewed"),
            review_by: self.date(&mut fields, "review_by"),
            risk,
            severity: fields.text("severity", self.diagnostics),
            needs: self.needs(&mut fields),
            fixes: fields.text("fixes", self.diagnostics),
            symptoms: fields.texts("symptoms", self.diagnostics),
            errors: fields.node("errors").map_or_else(Vec::new, |node| {
                known_messages::messages(node, self.diagnostics)
            }),
            alerts: fields.texts("alerts", self.diagnostics),
            aliases: fields.texts("aliases", self.diagnostics),
            tags: fields.texts("tags", self.diagnostics),
            stop_if: fields.text("stop_if", self.diagnostics),
            escalate: fields.text("escalate", self.diagnostics),
            links: fields.texts("links", self.diagnostics),
            doc: self.doc(&mut fields, "doc"),
            budget: fields.node("budget").and_then(|node| self.budget(node)),
            lock: fields.node("lock").and_then(|node| self.lock(node)),
            target: fields.text("target", self.diagnostics),
            inherit: variables::inherited(&mut fields, self.diagnostics),
            outputs: fields
                .node("outputs")
                .map_or_else(Vec::new, |node| self.named_templates(node, "outputs")),
            params: fields
                .node("params")
                .map_or_else(Vec::new, |node| self.params(node)),
            roles: fields
                .node("roles")
                .map_or_else(Vec::new, |node| self.roles(node)),
            defaults: fields
                .node("defaults")
                .map_or_else(Defaults::default, |node| self.defaults(node)),
            undo_instead: fields.node("undo").and_then(|node| self.undo_of_run(node)),
            steps: Vec::new(),
            on_failure: Vec::new(),
            finally: Vec::new(),
        };
        runbook.steps = fields
            .node("steps")
            .map_or_else(Vec::new, |node| self.steps(node));
        runbook.on_failure = fields
            .node("on_failure")
            .map_or_else(Vec::new, |node| self.steps(node));
        runbook.finally = fields
            .node("finally")
            .map_or_else(Vec::new, |node| self.steps(node));
        fields.finish(self.diagnostics);
        Some(runbook)
    }

    fn format(&mut self, fields: &mut Fields<'_>) {
        let format: Option<Spanned<u32>> = fields.parsed(
            "runbook",
            "`1`, the version of the language",
            self.diagnostics,
        );
        if let Some(format) = format.filter(|format| format.value != 1) {
            let message = format!("version {} of the language is not known", format.value);
            self.error(
                codes::RUNBOOK_FORMAT,
                format.span,
                message,
                "write `runbook: 1`, or use a newer version of this program",
            );
        }
    }

    fn id(&mut self, fields: &mut Fields<'_>, stem: &str) -> Option<Spanned<String>> {
        let id = fields.text("id", self.diagnostics)?;
        if !fields::is_id(&id.value) || id.value == "index" {
            let message = format!("`{}` cannot be a runbook's id", id.value);
            self.error(
                codes::RUNBOOK_ID,
                id.span,
                message,
                "use small letters, digits and hyphens, a letter first; `index` is the list of all runbooks",
            );
            return None;
        }
        if id.value != stem {
            let message = format!("the id `{}` is not the file's name `{stem}`", id.value);
            self.error(
                codes::RUNBOOK_ID,
                id.span,
                message,
                format!(
                    "write `id: {stem}`, or rename the file to `{}.yaml`",
                    id.value
                ),
            );
        }
        Some(id)
    }

    fn version(&mut self, fields: &mut Fields<'_>) -> Option<Spanned<String>> {
        let version: Spanned<semver::Version> =
            fields.parsed("version", "a version such as `1.0.0`", self.diagnostics)?;
        Some(version.map(|version| version.to_string()))
    }

    fn date(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Spanned<String>> {
        let date: Spanned<jiff::civil::Date> =
            fields.parsed(key, "a date such as `2026-11-20`", self.diagnostics)?;
        Some(date.map(|date| date.to_string()))
    }

    fn needs(&mut self, fields: &mut Fields<'_>) -> Vec<Spanned<Need>> {
        self.choices(fields.node("needs"), &keys::NEEDS)
    }

    /// A list of words from a closed set; a single word stands for a list of one.
    fn choices<T: Copy>(
        &mut self,
        node: Option<&Node>,
        choices: &[(&'static str, T)],
    ) -> Vec<Spanned<T>> {
        let items = match node {
            Some(Node {
                value: Value::List(items),
                ..
            }) => items.as_slice(),
            Some(single) => std::slice::from_ref(single),
            None => &[],
        };
        let choice = |item| fields::choice(item, choices, self.diagnostics);
        items.iter().filter_map(choice).collect()
    }

    fn places(&self, text: &Spanned<String>) -> Places {
        Places::in_yaml(self.text, text.span, &text.value)
    }

    /// A Markdown text.
    fn doc(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Doc> {
        let text = fields.text(key, self.diagnostics)?;
        Some(self.doc_of(text))
    }

    fn doc_of(&mut self, text: Spanned<String>) -> Doc {
        let places = self.places(&text);
        let prose = markdown::parse(&text.value, &places, self.diagnostics);
        Doc { text, prose }
    }

    fn time(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Duration> {
        let time: Spanned<Time> = fields.parsed(key, TIME, self.diagnostics)?;
        Some(time.value.0)
    }

    fn template(&mut self, node: &Node) -> Option<Template> {
        let text = fields::text(node, self.diagnostics)?;
        let places = self.places(&text);
        Some(expression::template(
            &text.value,
            text.span,
            &places,
            self.diagnostics,
        ))
    }

    fn expression(&mut self, node: &Node) -> Option<Expression> {
        let text = fields::text(node, self.diagnostics)?;
        let whole = text.value.trim();
        if let Some(inner) = whole
            .strip_prefix("${{")
            .and_then(|rest| rest.strip_suffix("}}"))
        {
            let help = format!(
                "write it without `${{{{ }}}}`: `{}`",
                yaml::quoted(inner.trim())
            );
            let message = "a condition stands without `${{ }}`";
            self.error(codes::RUNBOOK_EXPRESSION, text.span, message, help);
            return None;
        }
        let places = self.places(&text);
        expression::parse(&text.value, text.span, &places, self.diagnostics)
    }

    fn named_templates(&mut self, node: &Node, what: &str) -> Vec<(Spanned<String>, Template)> {
        let mut found = Vec::new();
        for (key, value) in fields::entries(node, what, self.diagnostics) {
            let name = self.name(key);
            if let Some(template) = self.template(value) {
                found.push((name, template));
            }
        }
        found
    }

    /// The name of a step, param, field or output: `[a-z][a-z0-9_]*`.
    fn name(&mut self, key: &Key) -> Spanned<String> {
        let name = Spanned::new(key.text.clone(), key.span);
        self.name_shape(&name);
        name
    }

    fn name_shape(&mut self, name: &Spanned<String>) {
        if !fields::is_name(&name.value) {
            let help = "use small letters, digits and `_`, a letter first";
            self.error(
                codes::RUNBOOK_NAME,
                name.span,
                format!("`{}` cannot be a name", name.value),
                help,
            );
        }
    }

    fn budget(&mut self, node: &Node) -> Option<Budget> {
        let mut fields = Fields::shaped(node, &keys::BUDGET, self.diagnostics)?;
        let budget = Budget {
            expect: self.time(&mut fields, "expect"),
            warn: self.time(&mut fields, "warn"),
            limit: self.time(&mut fields, "limit"),
        };
        fields.finish(self.diagnostics);
        let ordered = [budget.expect, budget.warn, budget.limit]
            .into_iter()
            .flatten()
            .is_sorted();
        if !ordered {
            self.error(
                codes::RUNBOOK_BUDGET,
                node.span,
                "the times of the budget do not grow",
                "write them so that expect ≤ warn ≤ limit",
            );
        }
        Some(budget)
    }

    fn lock(&mut self, node: &Node) -> Option<Lock> {
        let mut fields = Fields::shaped(node, &keys::LOCK, self.diagnostics)?;
        let key = fields.node("key").and_then(|node| self.template(node));
        let wait = self.time(&mut fields, "wait");
        fields.finish(self.diagnostics);
        Some(Lock { key: key?, wait })
    }

    fn undo_of_run(&mut self, node: &Node) -> Option<Spanned<String>> {
        let mut fields = Fields::shaped(node, &keys::UNDO_OF_RUN, self.diagnostics)?;
        let instead = fields.required_text("instead", self.diagnostics);
        fields.finish(self.diagnostics);
        instead
    }

    fn roles(&mut self, node: &Node) -> Vec<RoleRule> {
        let mut rules = Vec::new();
        for (key, value) in fields::entries(node, "roles", self.diagnostics) {
            let name = Spanned::new(key.text.clone(), key.span);
            let Some(mut fields) = Fields::shaped(value, &keys::ROLE, self.diagnostics) else {
                continue;
            };
            let any_of = fields.texts("any_of", self.diagnostics);
            let not = self.excluded(&mut fields);
            fields.finish(self.diagnostics);
            rules.push(RoleRule { name, any_of, not });
        }
        rules
    }

    fn excluded(&mut self, fields: &mut Fields<'_>) -> Vec<Spanned<Excluded>> {
        self.choices(fields.node("not"), &keys::EXCLUDED)
    }

    fn defaults(&mut self, node: &Node) -> Defaults {
        let Some(mut fields) = Fields::shaped(node, &keys::DEFAULTS, self.diagnostics) else {
            return Defaults::default();
        };
        let defaults = Defaults {
            shell: self.shell(&mut fields),
            env: self.env(&mut fields),
            timeout: self.time(&mut fields, "timeout"),
            on_fail: fields
                .choice("on_fail", &keys::ON_FAIL, self.diagnostics)
                .map(|on_fail| on_fail.value),
        };
        fields.finish(self.diagnostics);
        defaults
    }

    fn env(&mut self, fields: &mut Fields<'_>) -> Env {
        let Some(node) = fields.node("env") else {
            return Env::new();
        };
        let mut env = Env::new();
        for (key, value) in fields::entries(node, "env", self.diagnostics) {
            if let Some(found) = variables::not_settable(&key.text, key.span) {
                self.diagnostics.report(found);
            }
            if let Some(template) = self.template(value) {
                env.insert(key.text.clone(), template);
            }
        }
        env
    }
}
