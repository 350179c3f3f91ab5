//! Steps: one key says the kind, the others say how.

use super::Reader;
use super::keys::{self, KINDS, LATER};
use crate::diag::codes;
use crate::model::runbook::{
    Effect, ForEach, MOST_STEPS, Output, Parallel, Retry, Skip, Step, StepKind,
};
use crate::parse::fields::{self, Fields};
use crate::parse::other_tools::{self, Instead};
use crate::parse::yaml::{Key, Node, Value};
use crate::source::{Span, Spanned};
use std::num::NonZeroU32;

/// How many parallel blocks may stand in each other.
const DEEPEST: usize = 8;
/// How many loops may stand in each other.
const MOST_LOOPS: usize = 2;
/// What steps that stand in a step are for.
const STEPS_WITHIN: &str = "add `for_each` to repeat them, `when` to do them under one condition, or `parallel: {}` to do them at once";

impl Reader<'_, '_> {
    pub(super) fn steps(&mut self, node: &Node) -> Vec<Step> {
        let Value::List(items) = &node.value else {
            fields::wrong_type(node, "a list of steps, each after `- `", self.diagnostics);
            return Vec::new();
        };
        let mut steps = Vec::new();
        for item in items {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                if self.steps == MOST_STEPS + 1 {
                    self.error(
                        codes::RUNBOOK_TOO_LONG,
                        item.span,
                        format!("more than {MOST_STEPS} steps"),
                        "make several runbooks, and `call` them",
                    );
                }
                break;
            }
            steps.extend(self.step(item));
        }
        steps
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let mut fields = Fields::shaped(node, &keys::STEP, self.diagnostics)?;
        for key in fields
            .keys()
            .filter(|key| LATER.contains(&key.text.as_str()))
        {
            self.not_yet(key);
        }
        fields.refuse(&LATER);
        let id = fields.text("id", self.diagnostics);
        if let Some(id) = &id {
            self.name_shape(id);
        }
        let for_each = fields.node("for_each").and_then(|node| self.for_each(node));
        self.loops += usize::from(for_each.is_some());
        let kind = self.step_kind(&mut fields);
        self.loops -= usize::from(for_each.is_some());
        self.meaningless(&fields, kind.as_ref());
        let (title, fail_text) = (
            fields.text("title", self.diagnostics),
            self.doc(&mut fields, "fail_text"),
        );
        let item_texts = self.item_texts(title.as_ref(), kind.as_ref(), fail_text.as_ref());
        let title = title.map(|title| match &item_texts.title {
            Some(text) => Spanned::new(text.without_items(), title.span),
            None => title,
        });
        let effect = self.effect(&mut fields);
        let acts = matches!(kind, Some(StepKind::Command(_)));
        let (interactive, refusal) = self.interactive(&mut fields);
        let default = if acts { Effect::Once } else { Effect::Read };
        let step = Step {
            id: id
                .clone()
                .unwrap_or_else(|| Spanned::new(String::new(), node.span)),
            title,
            doc: self.doc(&mut fields, "doc"),
            fail_text,
            item_texts,
            span: node.span,
            // Nobody runs a runbook with errors; a step that stays keeps its name known.
            kind: kind.unwrap_or(StepKind::Parallel(Parallel {
                max: None,
                wait_all: true,
                steps: Vec::new(),
            })),
            role: fields.text("role", self.diagnostics),
            effect: effect.map_or(default, |effect| effect.value),
            verify: fields.node("verify").and_then(|node| self.verify(node)),
            undo: fields.node("undo").and_then(|node| self.undo(node)),
            confirm: fields.node("confirm").and_then(|node| self.template(node)),
            interactive,
            refusal,
            when: self.when(&mut fields),
            for_each,
            env: self.env(&mut fields),
            cwd: self.cwd(&mut fields),
            expect: self.time(&mut fields, "expect"),
            timeout: self.time(&mut fields, "timeout"),
            retry: fields.node("retry").and_then(|node| self.retry(node)),
            skip: fields.node("skip").and_then(|node| self.skip(node)),
            on_fail: fields
                .choice("on_fail", &keys::ON_FAIL, self.diagnostics)
                .map(|on_fail| on_fail.value),
            warn_only: fields.flag("warn_only", self.diagnostics),
            outputs: fields
                .node("outputs")
                .map_or_else(Vec::new, |node| self.outputs(node)),
        };
        fields.finish(self.diagnostics);
        id.map(|_| step)
    }

    /// Reports keys that do nothing for this kind of step: their author expects something of them.
    fn meaningless(&mut self, fields: &Fields<'_>, kind: Option<&StepKind>) {
        let Some(word) = kind.map(StepKind::as_str) else {
            return;
        };
        for (key, kinds) in keys::MEANT_FOR {
            if let Some(span) = fields.key_span(key).filter(|_| !kinds.contains(&word)) {
                let help = match key {
                    "steps" => STEPS_WITHIN.to_owned(),
                    _ => format!("delete it; it is for {}", kinds.join(", ")),
                };
                let message = format!("`{key}` means nothing for `{word}`");
                self.error(codes::RUNBOOK_LIMITS, span, message, help);
            }
        }
    }

    fn step_kind(&mut self, fields: &mut Fields<'_>) -> Option<StepKind> {
        let mut written: Vec<_> = fields
            .keys()
            .filter(|key| KINDS.contains(&key.text.as_str()))
            .collect();
        // Beside another kind, `steps` are those of `parallel`, or mean nothing.
        if written.iter().any(|key| key.text != "steps") {
            written.retain(|key| key.text != "steps");
        }
        if let [first, second, ..] = written.as_slice() {
            let message = format!(
                "a step does one thing: `{}` or `{}`",
                first.text, second.text
            );
            self.error(
                codes::RUNBOOK_KIND,
                second.span,
                message,
                "make two steps of it",
            );
        }
        let Some(first) = written.first() else {
            self.no_kind(fields);
            fields.acknowledge(&KINDS);
            fields.acknowledge(&["shell"]);
            return None;
        };
        let word = KINDS.into_iter().find(|kind| *kind == first.text)?;
        let node = fields.node(word);
        let kind = match (word, node) {
            ("run" | "exec", _) => self.command(fields).map(StepKind::Command),
            (_, None) => {
                self.error(
                    codes::RUNBOOK_KIND,
                    first.span,
                    format!("`{word}` says nothing"),
                    "write what is to be done after it",
                );
                None
            }
            ("check", Some(node)) => self.check(node).map(StepKind::Check),
            ("manual", Some(node)) => self.manual(node).map(StepKind::Manual),
            ("approve", Some(node)) => self.approve(node).map(StepKind::Approve),
            ("decide", Some(node)) => self.decide(node).map(StepKind::Decide),
            ("wait", Some(node)) => self.wait(node).map(StepKind::Wait),
            ("call", Some(node)) => self.call(node).map(StepKind::Call),
            ("notify", Some(node)) => self.notify(node).map(StepKind::Notify),
            ("parallel", Some(node)) => self.parallel(node, fields).map(StepKind::Parallel),
            (_, Some(node)) => Some(StepKind::Sequence(self.sequence(node, first, fields))),
        };
        fields.acknowledge(&KINDS);
        fields.acknowledge(&["shell"]);
        kind
    }

    /// Reports a step without a kind, at what was meant to be its kind.
    fn no_kind(&mut self, fields: &Fields<'_>) {
        let is_meant = |key: &Key| match other_tools::of_key("a step", &key.text) {
            Some(Instead::Way(way)) => KINDS.iter().any(|kind| way.contains(&format!("`{kind}: "))),
            _ => fields
                .likely_key(key)
                .is_some_and(|meant| KINDS.contains(&meant)),
        };
        let strange = |key: &&Key| !keys::STEP.has(&key.text);
        // The key that is none is reported as such, with the one to write instead.
        if fields.keys().filter(strange).any(is_meant) {
            return;
        }
        let (place, message, help) = if let Some(shell) = fields.key_span("shell") {
            let help = "did you mean `run`? `shell` names the interpreter of `run`";
            (shell, "this step does nothing", help.to_owned())
        } else {
            let help = format!("give it one of: {}", KINDS.join(", "));
            (fields.span(), "this step does nothing", help)
        };
        self.error(codes::RUNBOOK_KIND, place, message, help);
    }

    fn parallel(&mut self, node: &Node, fields: &mut Fields<'_>) -> Option<Parallel> {
        let mut own = Fields::shaped(node, &keys::PARALLEL, self.diagnostics)?;
        let max: Option<Spanned<NonZeroU32>> =
            own.parsed("max", "how many at a time, such as `3`", self.diagnostics);
        let wait_all = own.choice("on_fail", &keys::PARALLEL_FAILURES, self.diagnostics);
        own.finish(self.diagnostics);
        let steps = match fields.node("steps") {
            Some(steps) => self.inner(steps, node.span),
            None => {
                fields.missing("steps", self.diagnostics);
                Vec::new()
            }
        };
        Some(Parallel {
            max: max.map(|max| max.value.get()),
            wait_all: wait_all.is_none_or(|mode| mode.value),
            steps,
        })
    }

    /// Steps that stand in a step one after the other. Without a reason they could stand beside it.
    fn sequence(&mut self, node: &Node, key: &Key, fields: &Fields<'_>) -> Vec<Step> {
        let has = |key| fields.key_span(key).is_some();
        if !has("for_each") && !has("when") {
            self.error(
                codes::RUNBOOK_KIND,
                key.span,
                "nothing says why these steps stand in a step",
                STEPS_WITHIN,
            );
        }
        self.inner(node, key.span)
    }

    /// The steps inside a step that stands at `place`.
    fn inner(&mut self, node: &Node, place: Span) -> Vec<Step> {
        if self.groups == DEEPEST {
            self.error(
                codes::RUNBOOK_NESTED,
                place,
                format!("more than {DEEPEST} steps that hold steps stand in each other"),
                "make a runbook of the inner ones, and `call` it",
            );
            return Vec::new();
        }
        if matches!(&node.value, Value::List(items) if items.is_empty()) {
            self.error(
                codes::RUNBOOK_LIMITS,
                node.span,
                "no step stands in this step",
                "add a step: `- {id: look, title: Look, check: {run: date}}`",
            );
        }
        self.groups += 1;
        let steps = self.steps(node);
        self.groups -= 1;
        steps
    }

    fn when(&mut self, fields: &mut Fields<'_>) -> Option<crate::model::expression::Expression> {
        let node = fields.node("when")?;
        self.unambiguous(node, "when");
        self.expression(node)
    }

    fn cwd(&mut self, fields: &mut Fields<'_>) -> Option<Spanned<String>> {
        let cwd = fields.text("cwd", self.diagnostics)?;
        let leaves = cwd.value.starts_with('/') || cwd.value.split('/').any(|part| part == "..");
        if leaves {
            self.error(
                codes::RUNBOOK_CWD,
                cwd.span,
                format!("`{}` leaves the target", cwd.value),
                "name a folder below the target",
            );
        }
        if cwd.value.contains("${{") {
            self.error(
                codes::RB101,
                cwd.span,
                "a template cannot choose the folder",
                "write the folder itself",
            );
        }
        Some(cwd)
    }

    fn for_each(&mut self, node: &Node) -> Option<ForEach> {
        let mut fields = Fields::shaped(node, &keys::FOR_EACH, self.diagnostics)?;
        let items = match fields.node("in") {
            Some(Node {
                value: Value::List(items),
                ..
            }) => items
                .iter()
                .filter_map(|item| self.template(item))
                .collect(),
            Some(single) => self.template(single).into_iter().collect(),
            None => Vec::new(),
        };
        let name = fields.text("as", self.diagnostics);
        let max: Option<Spanned<NonZeroU32>> =
            fields.parsed("max", "how many at a time, such as `1`", self.diagnostics);
        fields.finish(self.diagnostics);
        let name = name?;
        self.name_shape(&name);
        if self.loops == MOST_LOOPS {
            self.error(
                codes::RUNBOOK_NESTED,
                node.span,
                format!("more than {MOST_LOOPS} loops stand in each other"),
                "make a runbook of the inner steps, and `call` it",
            );
        }
        Some(ForEach {
            items,
            name,
            max: max.map(|max| max.value.get()),
        })
    }

    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let mut fields = Fields::shaped(node, &keys::RETRY, self.diagnostics)?;
        let max: Option<Spanned<NonZeroU32>> = fields.parsed(
            "max",
            "how many further times, such as `2`",
            self.diagnostics,
        );
        let retry = Retry {
            max: max.map_or(0, |max| max.value.get()),
            delay: self.time(&mut fields, "delay"),
            factor: fields
                .parsed("factor", "a number such as `2`", self.diagnostics)
                .map(|factor| factor.value),
            jitter: fields
                .parsed("jitter", "a number from 0 to 1", self.diagnostics)
                .map(|jitter| jitter.value),
            on_exit: self.exit_codes(&mut fields, "on_exit"),
        };
        fields.finish(self.diagnostics);
        Some(retry)
    }

    fn skip(&mut self, node: &Node) -> Option<Skip> {
        let mut fields = Fields::shaped(node, &keys::SKIP, self.diagnostics)?;
        let role = fields.text("role", self.diagnostics);
        let reason = fields.choice("reason", &keys::SKIP_REASONS, self.diagnostics);
        fields.finish(self.diagnostics);
        Some(Skip {
            role,
            reason_required: reason.is_none_or(|reason| reason.value),
        })
    }

    fn outputs(&mut self, node: &Node) -> Vec<Output> {
        let mut outputs = Vec::new();
        for (key, value) in fields::entries(node, "outputs", self.diagnostics) {
            let name = self.name(key);
            let Some(mut fields) = Fields::shaped(value, &keys::OUTPUT, self.diagnostics) else {
                continue;
            };
            let kind = self.kind(&mut fields);
            fields.finish(self.diagnostics);
            outputs.push(Output { name, kind });
        }
        outputs
    }
}
