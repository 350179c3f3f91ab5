//! `interactive`: a step that owns the terminal, or a command that is given it only if it says that it
//! did nothing and needs a person.
//!
//! What is taken for such a word is plain text in one line of the output. A text that every output has,
//! or none, would hand the terminal out for any failure, or never.

use super::{Reader, keys};
use crate::diag::codes;
use crate::model::runbook::Refusal;
use crate::parse::fields::{self, Fields};
use crate::parse::yaml::{Node, Value};
use crate::source::Spanned;

/// A shorter text is in too much that is no question, in characters.
const SHORTEST: usize = 3;

impl Reader<'_, '_> {
    /// Whether a step owns the terminal, and when it is given it otherwise.
    pub(super) fn interactive(&mut self, fields: &mut Fields<'_>) -> (bool, Option<Refusal>) {
        match fields.node("interactive") {
            Some(node) if matches!(node.value, Value::Map(_)) => (false, self.when_given(node)),
            Some(Node {
                value: Value::List(_),
                span,
            }) => {
                let message = "this has to be `true`, or a mapping with `says`";
                let help = "write `interactive: { says: [\"the text of the question\"] }`";
                self.error(codes::YAML_WRONG_TYPE, *span, message, help);
                (false, None)
            }
            _ => (fields.flag("interactive", self.diagnostics), None),
        }
    }

    /// When a `verify` or an `undo` is given the terminal. Neither can own it: each has to run where
    /// nobody is.
    pub(super) fn refusal(&mut self, fields: &mut Fields<'_>) -> Option<Refusal> {
        let node = fields.node("interactive")?;
        if matches!(node.value, Value::Map(_)) {
            return self.when_given(node);
        }
        let message = "this has to be a mapping with `says`: only a step can own the terminal";
        let help = "write `interactive: { says: [\"the text of the question\"] }`";
        self.error(codes::YAML_WRONG_TYPE, node.span, message, help);
        None
    }

    fn when_given(&mut self, node: &Node) -> Option<Refusal> {
        let mut fields = Fields::shaped(node, &keys::REFUSAL, self.diagnostics)?;
        let exit = self.exit_codes(&mut fields, "exit");
        let written = fields.node("says");
        let says = written.map_or_else(Vec::new, |node| fields::texts(node, self.diagnostics));
        fields.finish(self.diagnostics);
        let written = written?;
        if matches!(&written.value, Value::List(items) if items.is_empty()) {
            let message = "without a text nothing can be told from a failure";
            let help =
                "write a text that the command says only if it did nothing and needs a person";
            self.error(codes::RUNBOOK_LIMITS, written.span, message, help);
        }
        let says: Vec<String> = says
            .into_iter()
            .filter_map(|text| self.said(text))
            .collect();
        (!says.is_empty()).then_some(Refusal { exit, says })
    }

    /// A text that a line of output may have.
    fn said(&mut self, text: Spanned<String>) -> Option<String> {
        let (message, help) = match text.value.trim() {
            words if words.chars().count() < SHORTEST => (
                "too short a text: it would be in the output of other failures too",
                "write the words that the command says only then",
            ),
            words if words.contains("${{") => (
                "a template cannot stand in `says`",
                "write a part of the output that is always the same",
            ),
            words if words.chars().any(char::is_control) => (
                "this is compared with one line at a time, without colour",
                "write a part of one line, without line breaks and colour codes",
            ),
            _ => return Some(text.value),
        };
        self.error(codes::RUNBOOK_LIMITS, text.span, message, help);
        None
    }
}
