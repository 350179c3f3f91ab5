//! What time does in a run: `wait`, which lets it pass, or asks until it hears yes.

use super::{Reader, keys};
use crate::diag::{Diagnostic, codes};
use crate::model::expression::Template;
use crate::model::runbook::{Command, Env, Poll, Until, Wait};
use crate::parse::fields::{self, Fields};
use crate::parse::units::{TIME, Time};
use crate::parse::yaml::Node;
use crate::source::{Span, Spanned};
use std::time::Duration;

/// What is asked, before the wait says how often and how long.
struct Asked {
    command: Command,
    env: Env,
    not_yet: Vec<i32>,
    never: Vec<i32>,
}

impl Reader<'_, '_> {
    pub(super) fn wait(&mut self, node: &Node) -> Option<Wait> {
        let mut fields = Fields::shaped(node, &keys::WAIT, self.diagnostics)?;
        let duration = fields.node("for").and_then(|node| self.wait_time(node));
        let sooner = fields.key_span("or_until");
        let or_until = fields.node("or_until").zip(sooner);
        let or_until = or_until.and_then(|(node, span)| self.until(node, span));
        let asks = fields.key_span("until").is_some();
        let asked = fields.node("until").and_then(|node| self.asked(node));
        let every: Option<Spanned<Time>> = fields.parsed("every", TIME, self.diagnostics);
        let within = fields.node("within").and_then(|node| self.wait_time(node));
        match asks {
            true => self.is_whole(&fields, every.as_ref(), within.as_ref()),
            false => self.has_no_question(&fields),
        }
        let until = asked.zip(every.zip(within));
        let until = until.map(|(asked, (every, within))| Poll {
            command: asked.command,
            env: asked.env,
            not_yet: asked.not_yet,
            never: asked.never,
            every: every.value.0,
            within,
            times: None,
        });
        fields.finish(self.diagnostics);
        Some(Wait {
            duration,
            or_until,
            until,
        })
    }

    /// Reports what a question lacks, and what makes no sense of it.
    fn is_whole(
        &mut self,
        fields: &Fields<'_>,
        every: Option<&Spanned<Time>>,
        within: Option<&Template>,
    ) {
        if let Some(span) = fields.key_span("for") {
            let message = "time passes by itself, or `until` has to say yes: not both";
            let help = "write `within` for the time in which it has to say yes, and delete `for`; or put a step with `wait: { for: … }` before it";
            self.error(codes::RUNBOOK_LIMITS, span, message, help);
        }
        if let Some(span) = fields.key_span("or_until") {
            let message = "`or_until` ends a pause sooner, `until` has to say yes: not both";
            self.error(codes::RUNBOOK_LIMITS, span, message, "delete `or_until`");
        }
        for (key, what, example) in [
            ("every", "nothing says how often `until` is asked", "30s"),
            (
                "within",
                "nothing says when `until` has failed: it could be asked for ever",
                "10m",
            ),
        ] {
            let is_missing = fields.key_span(key).is_none() && !fields.is_misnamed(key);
            if let (true, Some(until)) = (is_missing, fields.key_span("until")) {
                let help = format!("add `{key}: {example}`, or another time, beside `until`");
                let missing = Diagnostic::new(codes::YAML_MISSING_KEY, until, what);
                self.diagnostics.report(missing.help(help));
            }
        }
        self.are_sensible(every, within);
    }

    /// Reports times in which nothing could be asked twice.
    fn are_sensible(&mut self, every: Option<&Spanned<Time>>, within: Option<&Template>) {
        let longest = within.and_then(constant_time);
        let nothing = |time: Duration| time.is_zero();
        if let Some(every) = every.filter(|every| nothing(every.value.0)) {
            let message = "without a pause between its questions, it would be asked all the time";
            let help = "write `every: 30s`, or another time";
            return self.error(codes::RUNBOOK_LIMITS, every.span, message, help);
        }
        let (Some(within), Some(longest)) = (within, longest) else {
            return;
        };
        if nothing(longest) {
            let message = "in no time nothing can become so";
            let help = "write `within: 10m`, or a step with `check` to ask once";
            return self.error(codes::RUNBOOK_LIMITS, within.span, message, help);
        }
        if let Some(every) = every.filter(|every| every.value.0 > longest) {
            let message = "`every` is longer than `within`: between the first question and the last there would be none";
            let help = "write a shorter `every`, or a longer `within`";
            self.error(codes::RUNBOOK_LIMITS, every.span, message, help);
        }
    }

    /// Reports a wait without `until` that has keys of it, or nothing at all.
    fn has_no_question(&mut self, fields: &Fields<'_>) {
        let is_there = |key| fields.key_span(key).is_some();
        let is_other = is_there("for") || is_there("or_until");
        // Whoever misspelt it, or wrote what is asked without it, is told that.
        let mut is_told = fields.is_misnamed("until") || fields.has_unknown();
        for key in ["every", "within"] {
            if let Some(span) = fields.key_span(key).filter(|_| !is_told) {
                let message = format!("`{key}` without `until`: nothing is asked");
                let help = match is_other {
                    true => {
                        format!("delete `{key}`, or add `until: {{ run: … }}` and delete the rest")
                    }
                    false => {
                        "add `until: { run: … }`, or write `for: 10m` to let time pass".to_owned()
                    }
                };
                self.error(codes::RUNBOOK_LIMITS, span, message, help);
                is_told = true;
            }
        }
        if !is_other && !is_told {
            fields.missing("for", self.diagnostics);
        }
    }

    /// A template, or a time that is read here and now.
    fn wait_time(&mut self, node: &Node) -> Option<Template> {
        let template = self.template(node)?;
        if template.holes().next().is_none() {
            fields::parsed::<Time>(node, TIME, self.diagnostics)?;
        }
        Some(template)
    }

    fn until(&mut self, node: &Node, span: Span) -> Option<Until> {
        let mut fields = Fields::shaped(node, &keys::UNTIL, self.diagnostics)?;
        let command = self.command(&mut fields);
        let every = self.time(&mut fields, "every");
        let times: Option<Spanned<u32>> =
            fields.parsed("times", "how often at most, such as `6`", self.diagnostics);
        fields.finish(self.diagnostics);
        self.has_command(command.as_ref(), node.span);
        Some(Until {
            command: command?,
            every: every?,
            times: times?.value,
            span,
        })
    }

    fn asked(&mut self, node: &Node) -> Option<Asked> {
        let mut fields = Fields::shaped(node, &keys::POLL, self.diagnostics)?;
        let command = self.command(&mut fields);
        let not_yet = self.exit_codes(&mut fields, "not_yet");
        let never = self.exit_codes(&mut fields, "never");
        if let Some(code) = never.iter().find(|code| not_yet.contains(code)) {
            let span = fields.key_span("never").unwrap_or(node.span);
            let message = format!("{code} cannot mean both not yet and never");
            let help = format!("take {code} out of `not_yet` or out of `never`");
            self.error(codes::RUNBOOK_LIMITS, span, message, help);
        }
        let env = self.env(&mut fields);
        fields.finish(self.diagnostics);
        self.has_command(command.as_ref(), node.span);
        Some(Asked {
            command: command?,
            env,
            not_yet,
            never,
        })
    }
}

/// The time that a template says, if it says one without a value.
fn constant_time(template: &Template) -> Option<Duration> {
    let time: Time = template.text.parse().ok()?;
    Some(time.0)
}
