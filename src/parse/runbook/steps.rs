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
use crate::source::Spanned;

/// How many parallel blocks may stand in each other.
const DEEPEST: usize = 8;
/// What to do with steps that stand in a step of another kind, as below `for_each`.
const STEPS_WITHIN: &str = "add `parallel: {}` to do them at once; to repeat several, put them into a runbook of their own and write `call: { runbook: ID }` here";

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
        let kind = self.step_kind(&mut fields);
        self.meaningless(&fields, kind.as_ref());
        let effect = self.effect(&mut fields);
        let acts = matches!(kind, Some(StepKind::Command(_)));
        let (interactive, refusal) = self.interactive(&mut fields);
        let default = if acts { Effect::Once } else { Effect::Read };
        let step = Step {
            id: id
                .clone()
                .unwrap_or_else(|| Spanned::new(String::new(), node.span)),
            title: fields.text("title", self.diagnostics),
            doc: self.doc(&mut fields, "doc"),
            fail_text: self.doc(&mut fields, "fail_text"),
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
            for_each: fields.node("for_each").and_then(|node| self.for_each(node)),
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
        let written: Vec<_> = fields
            .keys()
            .filter(|key| KINDS.contains(&key.text.as_str()))
            .collect();
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
            fields.acknowledge(&["shell", "steps"]);
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
            (_, Some(node)) => self.parallel(node, fields).map(StepKind::Parallel),
        };
        fields.acknowledge(&KINDS);
        fields.acknowledge(&["shell", "steps"]);
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
        let (place, message, help) = if let Some(steps) = fields.key_span("steps") {
            (
                steps,
                "steps within a step are those of `parallel`",
                STEPS_WITHIN.to_owned(),
            )
        } else if let Some(shell) = fields.key_span("shell") {
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
        let max: Option<Spanned<u32>> =
            own.parsed("max", "how many at a time, such as `3`", self.diagnostics);
        let wait_all = own.choice("on_fail", &keys::PARALLEL_FAILURES, self.diagnostics);
        own.finish(self.diagnostics);
        let steps = match fields.node("steps") {
            Some(_) if self.groups == DEEPEST => {
                self.error(
                    codes::RUNBOOK_NESTED,
                    node.span,
                    format!("more than {DEEPEST} parallel blocks stand in each other"),
                    "make a runbook of the inner ones, and `call` it",
                );
                Vec::new()
            }
            Some(node) => {
                self.groups += 1;
                let steps = self.steps(node);
                self.groups -= 1;
                steps
            }
            None => {
                fields.missing("steps", self.diagnostics);
                Vec::new()
            }
        };
        Some(Parallel {
            max: max.map(|max| max.value),
            wait_all: wait_all.is_none_or(|mode| mode.value),
            steps,
        })
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
        let max: Option<Spanned<u32>> =
            fields.parsed("max", "how many at a time, such as `1`", self.diagnostics);
        fields.finish(self.diagnostics);
        let name = name?;
        self.name_shape(&name);
        Some(ForEach {
            items,
            name,
            max: max.map(|max| max.value),
        })
    }

    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let mut fields = Fields::shaped(node, &keys::RETRY, self.diagnostics)?;
        let max: Option<Spanned<u32>> = fields.parsed(
            "max",
            "how many further times, such as `2`",
            self.diagnostics,
        );
        let retry = Retry {
            max: max.map_or(0, |max| max.value),
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
