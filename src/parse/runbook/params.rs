//! Params and fields: typed values that people give. The type is known before the default is
//! read.

use super::{Reader, keys};
use crate::diag::codes;
use crate::model::runbook::{Expose, FieldKind, Param, Secret, ValueKind};
use crate::parse::fields::{self, Fields};
use crate::parse::units::{TIME, Time};
use crate::parse::yaml::{Key, Node};
use crate::source::Spanned;

impl Reader<'_, '_> {
    pub(super) fn params(&mut self, node: &Node) -> Vec<Param> {
        let entries = fields::entries(node, "params", self.diagnostics);
        entries
            .iter()
            .filter_map(|(key, node)| self.param(key, node))
            .collect()
    }

    fn param(&mut self, key: &Key, node: &Node) -> Option<Param> {
        let name = self.name(key);
        let mut fields = Fields::shaped(node, &keys::PARAM, self.diagnostics)?;
        let kind = self.kind(&mut fields);
        let default = fields.text("default", self.diagnostics);
        if let Some(default) = &default {
            self.fits(default, &kind);
        }
        let secret = self.secret(&mut fields, &kind, &name);
        if let (Some(default), ValueKind::Secret) = (&default, kind.kind) {
            self.error(
                codes::RB105,
                default.span,
                "a secret cannot have a default",
                "delete the default; say where it comes from with `from: { command: […] }`",
            );
        }
        let optional = fields.flag("optional", self.diagnostics);
        fields.finish(self.diagnostics);
        Some(Param {
            name,
            kind,
            default,
            optional,
            secret,
        })
    }

    /// The type of a value and what limits it.
    pub(super) fn kind(&mut self, fields: &mut Fields<'_>) -> FieldKind {
        let kind = fields
            .choice("type", &keys::TYPES, self.diagnostics)
            .map_or(ValueKind::String, |kind| kind.value);
        let mut number = |fields: &mut Fields<'_>, key| -> Option<Spanned<i64>> {
            fields.parsed(key, "a whole number", self.diagnostics)
        };
        let (min, max) = (number(fields, "min"), number(fields, "max"));
        let found = FieldKind {
            kind,
            ask: fields
                .text("ask", self.diagnostics)
                .filter(|ask| ask.value != "at_step"),
            pattern: fields.text("pattern", self.diagnostics),
            min: min.as_ref().map(|min| min.value),
            max: max.as_ref().map(|max| max.value),
            values: fields.texts("values", self.diagnostics),
            unit: fields.text("unit", self.diagnostics),
        };
        self.limits(fields, &found);
        found
    }

    fn limits(&mut self, fields: &Fields<'_>, kind: &FieldKind) {
        if let Some(pattern) = &kind.pattern
            && let Err(error) = regex::Regex::new(&pattern.value)
        {
            let reason = error.to_string();
            let reason = reason
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            self.error(
                codes::RUNBOOK_PATTERN,
                pattern.span,
                format!("this is not a regular expression: {reason}"),
                "see the syntax of the `regex` crate; write a backslash once, inside single quotes",
            );
        }
        if kind.min.zip(kind.max).is_some_and(|(min, max)| min > max) {
            let span = fields.key_span("min").unwrap_or(fields.span());
            self.error(
                codes::RUNBOOK_LIMITS,
                span,
                "`min` is larger than `max`",
                "swap the two numbers",
            );
        }
        let limited = [
            ("min", ValueKind::Int),
            ("max", ValueKind::Int),
            ("values", ValueKind::Enum),
        ];
        for (key, needed) in limited {
            if let Some(span) = fields.key_span(key).filter(|_| kind.kind != needed) {
                let message = format!("`{key}` means nothing for `type: {}`", kind.kind.as_str());
                self.error(
                    codes::RUNBOOK_LIMITS,
                    span,
                    message,
                    format!("delete it, or write `type: {}`", needed.as_str()),
                );
            }
        }
        if kind.kind == ValueKind::Enum && kind.values.is_empty() {
            let span = fields.key_span("type").unwrap_or(fields.span());
            self.error(
                codes::RUNBOOK_LIMITS,
                span,
                "`type: enum` without `values`",
                "add `values: [one, two]`",
            );
        }
    }

    /// Reports a default that its own param would refuse.
    fn fits(&mut self, default: &Spanned<String>, kind: &FieldKind) {
        let text = default.value.as_str();
        let expected = match kind.kind {
            ValueKind::Int => text
                .parse::<i64>()
                .is_err()
                .then_some("a whole number".to_owned()),
            ValueKind::Bool => {
                (!["true", "false"].contains(&text)).then_some("`true` or `false`".to_owned())
            }
            ValueKind::Semver => semver::Version::parse(text)
                .is_err()
                .then_some("a version such as `1.2.3`".to_owned()),
            ValueKind::Duration => text.parse::<Time>().is_err().then_some(TIME.to_owned()),
            ValueKind::Date => text
                .parse::<jiff::civil::Date>()
                .is_err()
                .then_some("a date such as `2026-11-20`".to_owned()),
            ValueKind::Enum => {
                let values: Vec<&str> = kind
                    .values
                    .iter()
                    .map(|value| value.value.as_str())
                    .collect();
                (!values.contains(&text)).then(|| format!("one of: {}", values.join(", ")))
            }
            ValueKind::String | ValueKind::Text | ValueKind::Secret => None,
        };
        let range = text
            .parse::<i64>()
            .ok()
            .filter(|_| kind.kind == ValueKind::Int)
            .is_some_and(|number| {
                kind.min.is_some_and(|min| number < min) || kind.max.is_some_and(|max| number > max)
            });
        let pattern = kind
            .pattern
            .as_ref()
            .and_then(|pattern| regex::Regex::new(&format!("^(?:{})$", pattern.value)).ok());
        let unmatched = pattern.is_some_and(|pattern| !pattern.is_match(text));
        let expected = expected
            .or_else(|| range.then(|| "a number between `min` and `max`".to_owned()))
            .or_else(|| unmatched.then(|| "a text that the pattern matches".to_owned()));
        if let Some(expected) = expected {
            self.error(
                codes::RUNBOOK_DEFAULT,
                default.span,
                format!("the default `{text}` does not fit"),
                format!("write {expected}"),
            );
        }
    }

    fn secret(
        &mut self,
        fields: &mut Fields<'_>,
        kind: &FieldKind,
        name: &Spanned<String>,
    ) -> Option<Secret> {
        let at_step = fields
            .text("ask", self.diagnostics)
            .is_some_and(|ask| ask.value == "at_step");
        let expose = fields.choice("expose", &keys::EXPOSES, self.diagnostics);
        let command = fields
            .node("from")
            .and_then(|node| self.secret_command(node));
        if kind.kind == ValueKind::Secret {
            return Some(Secret {
                command,
                ask_at_step: at_step,
                expose: expose.map_or(Expose::File, |expose| expose.value),
            });
        }
        for key in ["expose", "from"] {
            if let Some(span) = fields.key_span(key) {
                self.error(
                    codes::RUNBOOK_LIMITS,
                    span,
                    format!("`{key}` is only for secrets, and `{}` is none", name.value),
                    "delete it, or write `type: secret`",
                );
            }
        }
        None
    }

    fn secret_command(&mut self, node: &Node) -> Option<Vec<Spanned<String>>> {
        let mut fields = Fields::shaped(node, &keys::SECRET_SOURCE, self.diagnostics)?;
        let command = fields.texts("command", self.diagnostics);
        fields.finish(self.diagnostics);
        for word in &command {
            if word.value.contains("${{") {
                self.error(
                    codes::RB101,
                    word.span,
                    "a template cannot stand in the command of a secret",
                    "write the value itself",
                );
            }
        }
        Some(command)
    }
}
