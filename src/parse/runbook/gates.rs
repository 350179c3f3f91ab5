//! What people and time do in a run: `manual`, `approve`, `decide`, `wait`, `notify`, `call`.

use super::Reader;
use crate::model::runbook::{
    Approve, Call, Decide, DecideOption, Manual, Notify, Then, Until, Wait,
};
use crate::parse::fields::{self, Fields};
use crate::parse::units::{TIME, Time};
use crate::parse::yaml::{Key, Node};
use crate::source::Spanned;

impl Reader<'_, '_> {
    pub(super) fn manual(&mut self, node: &Node) -> Option<Manual> {
        let mut fields = Fields::open(node, "a manual step", self.diagnostics)?;
        let text = fields.required_text("text", self.diagnostics);
        let mut found = Vec::new();
        if let Some(node) = fields.node("fields") {
            for (key, value) in fields::entries(node, "fields", self.diagnostics) {
                found.extend(self.field(key, value));
            }
        }
        fields.finish(self.diagnostics);
        Some(Manual {
            text: self.doc_of(text?),
            fields: found,
        })
    }

    fn field(
        &mut self,
        key: &Key,
        node: &Node,
    ) -> Option<(Spanned<String>, crate::model::runbook::FieldKind)> {
        let name = self.name(key);
        let mut fields = Fields::open(node, "a field", self.diagnostics)?;
        let kind = self.kind(&mut fields);
        fields.finish(self.diagnostics);
        Some((name, kind))
    }

    pub(super) fn approve(&mut self, node: &Node) -> Option<Approve> {
        let mut fields = Fields::open(node, "an approval", self.diagnostics)?;
        let role = fields.required_text("role", self.diagnostics);
        let count: Option<Spanned<u32>> =
            fields.parsed("count", "a number of people, 1 or more", self.diagnostics);
        if let Some(count) = count.as_ref().filter(|count| count.value == 0) {
            self.error(
                "runbook/limits",
                count.span,
                "an approval by nobody",
                "write `count: 1` or more",
            );
        }
        let text = fields.node("text").and_then(|node| self.template(node));
        if text.is_none() {
            fields.missing("text", self.diagnostics);
        }
        let expires = self.time(&mut fields, "expires");
        fields.finish(self.diagnostics);
        Some(Approve {
            role: role?,
            count: count.map_or(1, |count| count.value.max(1)),
            text: text?,
            expires,
        })
    }

    pub(super) fn decide(&mut self, node: &Node) -> Option<Decide> {
        let mut fields = Fields::open(node, "a decision", self.diagnostics)?;
        let text = fields.required_text("text", self.diagnostics);
        let mut options = Vec::new();
        match fields.node("options") {
            Some(node) => {
                for (key, value) in fields::entries(node, "options", self.diagnostics) {
                    options.extend(self.option(key, value));
                }
            }
            None => fields.missing("options", self.diagnostics),
        }
        let auto = fields.node("auto").and_then(|node| self.auto(node));
        fields.finish(self.diagnostics);
        Some(Decide {
            text: self.doc_of(text?),
            options,
            auto,
        })
    }

    fn auto(
        &mut self,
        node: &Node,
    ) -> Option<(crate::model::expression::Expression, Spanned<String>)> {
        let mut fields = Fields::open(node, "an automatic choice", self.diagnostics)?;
        let when = fields.node("when").and_then(|node| {
            self.unambiguous(node, "when");
            self.expression(node)
        });
        if fields.node("when").is_none() {
            fields.missing("when", self.diagnostics);
        }
        let choose = fields.required_text("choose", self.diagnostics);
        fields.finish(self.diagnostics);
        Some((when?, choose?))
    }

    fn option(&mut self, key: &Key, node: &Node) -> Option<DecideOption> {
        let name = self.name(key);
        let mut fields = Fields::open(node, "an option", self.diagnostics)?;
        let label = fields.text("label", self.diagnostics);
        let goto = fields.text("goto", self.diagnostics);
        let max: Option<Spanned<u32>> = fields.parsed(
            "max",
            "how many times at most, such as `3`",
            self.diagnostics,
        );
        let rollback = fields.flag("rollback", self.diagnostics);
        let stop = fields.flag("stop", self.diagnostics);
        fields.finish(self.diagnostics);
        if let Some(goto) = goto.as_ref().filter(|_| max.is_none()) {
            self.error(
                "RB203",
                goto.span,
                "a way back without `max` can be gone for ever",
                "add `max: 3` or another number",
            );
        }
        let then = match (goto, rollback, stop) {
            (None, false, false) => Then::Next,
            (Some(step), false, false) => Then::Goto(step, max.map(|max| max.value)),
            (None, true, false) => Then::Rollback,
            (None, false, true) => Then::Stop,
            _ => {
                self.error(
                    "runbook/kind",
                    node.span,
                    "an option leads to one thing only",
                    "keep one of `goto`, `rollback`, `stop`",
                );
                Then::Stop
            }
        };
        Some(DecideOption { name, label, then })
    }

    pub(super) fn wait(&mut self, node: &Node) -> Option<Wait> {
        let mut fields = Fields::open(node, "a wait", self.diagnostics)?;
        let duration = fields.node("for").and_then(|node| self.wait_time(node));
        let or_until = fields.node("or_until").and_then(|node| self.until(node));
        if duration.is_none() && or_until.is_none() {
            fields.missing("for", self.diagnostics);
        }
        fields.finish(self.diagnostics);
        Some(Wait { duration, or_until })
    }

    /// A template, or a time that is read here and now.
    fn wait_time(&mut self, node: &Node) -> Option<crate::model::expression::Template> {
        let template = self.template(node)?;
        if template.holes().next().is_none() {
            fields::parsed::<Time>(node, TIME, self.diagnostics)?;
        }
        Some(template)
    }

    fn until(&mut self, node: &Node) -> Option<Until> {
        let mut fields = Fields::open(node, "a probe", self.diagnostics)?;
        let command = self.command(&mut fields);
        let every = self.time(&mut fields, "every");
        let times: Option<Spanned<u32>> =
            fields.parsed("times", "how often at most, such as `6`", self.diagnostics);
        for (key, there) in [
            ("run", command.is_some()),
            ("every", every.is_some()),
            ("times", times.is_some()),
        ] {
            if !there && fields.key_span(key).is_none() {
                fields.missing(key, self.diagnostics);
            }
        }
        fields.finish(self.diagnostics);
        Some(Until {
            command: command?,
            every: every?,
            times: times?.value,
        })
    }

    pub(super) fn notify(&mut self, node: &Node) -> Option<Notify> {
        let mut fields = Fields::open(node, "a message", self.diagnostics)?;
        let channel = fields.required_text("channel", self.diagnostics);
        let text = fields.node("text").and_then(|node| self.template(node));
        if fields.node("text").is_none() {
            fields.missing("text", self.diagnostics);
        }
        fields.finish(self.diagnostics);
        Some(Notify {
            channel: channel?,
            text: text?,
        })
    }

    pub(super) fn call(&mut self, node: &Node) -> Option<Call> {
        let mut fields = Fields::open(node, "a call", self.diagnostics)?;
        let runbook = fields.required_text("runbook", self.diagnostics);
        let range: Option<Spanned<semver::VersionReq>> = fields.parsed(
            "version",
            "a range of versions such as `^2`",
            self.diagnostics,
        );
        let with = fields
            .node("with")
            .map_or_else(Vec::new, |node| self.named_templates(node, "with"));
        fields.finish(self.diagnostics);
        Some(Call {
            runbook: runbook?,
            version: range.map(|range| range.map(|range| range.to_string())),
            with,
        })
    }
}
