//! What people do in a run, and what is said to them: `manual`, `approve`, `decide`, `notify`, `call`.

use super::{Reader, keys};
use crate::diag::{Code, codes};
use crate::model::expression::{Expression, Template};
use crate::model::runbook::{
    Approve, Approvers, Call, Decide, DecideOption, FieldKind, Manual, Message, Notify, Subject,
    Then,
};
use crate::parse::fields::{self, Fields};
use crate::parse::yaml::{Key, Node};
use crate::source::Spanned;
use std::num::NonZeroU32;

impl Reader<'_, '_> {
    pub(super) fn manual(&mut self, node: &Node) -> Option<Manual> {
        let mut fields = Fields::shaped(node, &keys::MANUAL, self.diagnostics)?;
        let text = fields.text("text", self.diagnostics);
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

    fn field(&mut self, key: &Key, node: &Node) -> Option<(Spanned<String>, FieldKind)> {
        let name = self.name(key);
        let mut fields = Fields::shaped(node, &keys::VALUE_FIELD, self.diagnostics)?;
        let kind = self.kind(&mut fields);
        fields.finish(self.diagnostics);
        Some((name, kind))
    }

    pub(super) fn approve(&mut self, node: &Node) -> Option<Approve> {
        let mut fields = Fields::shaped(node, &keys::APPROVE, self.diagnostics)?;
        let role = fields.text("role", self.diagnostics);
        let row = fields.node("matrix").and_then(|node| self.template(node));
        let count = self.count(&mut fields, role.is_some());
        let mut part = |key| fields.node(key).and_then(|node| self.template(node));
        let text = part("text");
        let subject = Subject {
            commit: part("commit"),
            since: part("since"),
            artefact: part("artefact"),
            labels: part("labels"),
            evidence: fields
                .node("evidence")
                .map_or_else(Vec::new, |node| self.named_templates(node, "evidence")),
        };
        let expires = self.time(&mut fields, "expires");
        let (asked, is_unknown) = (fields.span(), fields.has_unknown());
        let both = fields.key_span("role").zip(fields.key_span("matrix"));
        fields.finish(self.diagnostics);
        let by = match (role, row, both) {
            (Some(role), None, _) => Approvers::Role(role, count),
            (None, Some(row), _) => Approvers::Row(row),
            (_, _, Some((_, matrix))) => {
                let help = "keep `role`, or `matrix` for the roles of a row of approvals.yaml";
                self.error(
                    codes::RUNBOOK_LIMITS,
                    matrix,
                    "it asks a role, or the roles of a row: not both",
                    help,
                );
                return None;
            }
            // A key that is none is the cause.
            _ if is_unknown => return None,
            _ => {
                let help =
                    "add `role: NAME`, or `matrix: ROW` for the roles of a row of approvals.yaml";
                self.error(
                    codes::YAML_MISSING_KEY,
                    asked,
                    "an approval needs `role` or `matrix`",
                    help,
                );
                return None;
            }
        };
        Some(Approve {
            by,
            subject,
            text: text?,
            expires,
        })
    }

    /// How many people with the role.
    fn count(&mut self, fields: &mut Fields<'_>, has_role: bool) -> u32 {
        let count: Option<Spanned<u32>> =
            fields.parsed("count", "a number of people, 1 or more", self.diagnostics);
        let Some(count) = count else {
            return 1;
        };
        let fault = match (count.value, has_role) {
            (0, _) => Some(("an approval by nobody", "write `count: 1` or more")),
            (_, false) => Some((
                "`count` belongs to `role`: a row of the matrix says how many",
                "write `count` into the row of approvals.yaml",
            )),
            _ => None,
        };
        if let Some((what, help)) = fault {
            self.error(codes::RUNBOOK_LIMITS, count.span, what, help);
        }
        count.value.max(1)
    }

    pub(super) fn decide(&mut self, node: &Node) -> Option<Decide> {
        let mut fields = Fields::shaped(node, &keys::DECIDE, self.diagnostics)?;
        let text = fields.text("text", self.diagnostics);
        let mut options = Vec::new();
        if let Some(node) = fields.node("options") {
            for (key, value) in fields::entries(node, "options", self.diagnostics) {
                options.extend(self.option(key, value));
            }
        }
        let auto = fields.node("auto").and_then(|node| self.auto(node));
        fields.finish(self.diagnostics);
        Some(Decide {
            text: self.doc_of(text?),
            options,
            auto,
        })
    }

    fn auto(&mut self, node: &Node) -> Option<(Expression, Spanned<String>)> {
        let mut fields = Fields::shaped(node, &keys::AUTO, self.diagnostics)?;
        let when = fields.node("when").and_then(|node| {
            self.unambiguous(node, "when");
            self.expression(node)
        });
        let choose = fields.text("choose", self.diagnostics);
        fields.finish(self.diagnostics);
        Some((when?, choose?))
    }

    fn option(&mut self, key: &Key, node: &Node) -> Option<DecideOption> {
        let name = self.name(key);
        let mut fields = Fields::shaped(node, &keys::CHOICE, self.diagnostics)?;
        let label = fields.text("label", self.diagnostics);
        let goto = fields.text("goto", self.diagnostics);
        let max: Option<Spanned<NonZeroU32>> = fields.parsed(
            "max",
            "how many times at most, such as `3`",
            self.diagnostics,
        );
        let max = max.map(|max| max.value.get());
        let rollback = fields.flag("rollback", self.diagnostics);
        let stop = fields.flag("stop", self.diagnostics);
        fields.finish(self.diagnostics);
        if let Some(goto) = goto.as_ref().filter(|_| max.is_none()) {
            self.error(
                codes::RB203,
                goto.span,
                "a `goto` backwards without `max` can loop for ever",
                "add `max: 3` or another number",
            );
        }
        let then = match (goto, rollback, stop) {
            (None, false, false) => Then::Next,
            (Some(step), false, false) => Then::Goto(step, max),
            (None, true, false) => Then::Rollback,
            (None, false, true) => Then::Stop,
            _ => {
                self.error(
                    codes::RUNBOOK_KIND,
                    node.span,
                    "an option leads to one thing only",
                    "keep one of `goto`, `rollback`, `stop`",
                );
                Then::Stop
            }
        };
        Some(DecideOption { name, label, then })
    }

    pub(super) fn notify(&mut self, node: &Node) -> Option<Notify> {
        let mut fields = Fields::shaped(node, &keys::NOTIFY, self.diagnostics)?;
        let channel = fields.text("channel", self.diagnostics);
        let text = fields.node("text").and_then(|node| self.template(node));
        let message = self.message(&mut fields);
        self.one_way_of_saying(&mut fields);
        fields.finish(self.diagnostics);
        let unfilled = message.as_ref().map(|message| Template {
            text: String::new(),
            span: message.name.span,
            parts: Vec::new(),
        });
        Some(Notify {
            channel: channel?,
            text: text.or(unfilled)?,
            message,
        })
    }

    /// Reports a message that is written in two ways, or in none.
    fn one_way_of_saying(&mut self, fields: &mut Fields<'_>) {
        let place = |key| fields.key_span(key);
        const CODE: &Code = codes::RUNBOOK_LIMITS;
        match (place("text"), place("message"), place("with")) {
            (Some(_), Some(message), _) => {
                let what = "it says `text`, or a message of the project: not both";
                self.error(CODE, message, what, "delete one of them");
            }
            (Some(_), None, Some(with)) => {
                let what = "`with` without `message`: nothing is filled in";
                let help = "delete `with`, or write `message` in the place of `text`";
                self.error(CODE, with, what, help);
            }
            (None, None, _) if !fields.is_misnamed("text") && !fields.has_unknown() => {
                fields.missing("text", self.diagnostics);
            }
            _ => (),
        }
    }

    fn message(&mut self, fields: &mut Fields<'_>) -> Option<Message> {
        let with = fields
            .node("with")
            .map_or_else(Vec::new, |node| self.named_templates(node, "with"));
        fields.node("message")?;
        Some(Message {
            name: fields.text("message", self.diagnostics)?,
            with,
        })
    }

    pub(super) fn call(&mut self, node: &Node) -> Option<Call> {
        let mut fields = Fields::shaped(node, &keys::CALL, self.diagnostics)?;
        let runbook = fields.text("runbook", self.diagnostics);
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
