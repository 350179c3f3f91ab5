//! Reads `errors:`, the messages that lead people to a page or a runbook.
//!
//! A message is a text, or a text with a line that the tool printed: `{ message: "tag '{tag}' exists", example: "…" }`.

use super::fields::{self, Fields};
use super::shape::{Holds, Shape, optional, required};
use super::yaml::{Node, Value};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::known_errors::{Fault, Pattern};
use crate::model::known_message::KnownMessage;
use crate::source::Spanned;

static MESSAGE: Shape = Shape {
    name: "message",
    what: "a message",
    own: &[
        required(
            "message",
            Holds::Constant,
            "What the tool prints; `{name}` stands for what differs each time.",
        ),
        optional("example", Holds::Constant, "A line that the tool printed."),
        optional(
            "general",
            Holds::Flag,
            "Whether several faults print it: any other message counts more.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

/// What may stand behind `errors`.
pub(crate) const HOLDS: Holds = Holds::Either(&[ONE, Holds::List(&ONE)]);
const ONE: Holds = Holds::Either(&[Holds::Constant, Holds::One(&MESSAGE)]);

/// One message or a list of them. What is no pattern is reported and left out.
pub(crate) fn messages(node: &Node, diagnostics: &mut Diagnostics) -> Vec<KnownMessage> {
    let items = match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    let read = items.iter();
    read.filter_map(|item| message(item, diagnostics)).collect()
}

fn message(node: &Node, diagnostics: &mut Diagnostics) -> Option<KnownMessage> {
    let Value::Map(_) = &node.value else {
        return known_message(fields::text(node, diagnostics)?, None, false, diagnostics);
    };
    let mut fields = Fields::shaped(node, &MESSAGE, diagnostics)?;
    let message = fields.text("message", diagnostics);
    let example = fields.text("example", diagnostics);
    let general = fields.flag("general", diagnostics);
    fields.finish(diagnostics);
    known_message(message?, example, general, diagnostics)
}

fn known_message(
    message: Spanned<String>,
    example: Option<Spanned<String>>,
    general: bool,
    diagnostics: &mut Diagnostics,
) -> Option<KnownMessage> {
    match Pattern::parse(&message.value) {
        Ok(pattern) => Some(KnownMessage {
            message,
            pattern,
            example,
            general,
        }),
        Err(fault) => {
            diagnostics.report(no_pattern(&message, fault));
            None
        }
    }
}

fn no_pattern(message: &Spanned<String>, fault: Fault) -> Diagnostic {
    let place = fault.at().map(|at| message.value[..at].chars().count() + 1);
    let said = place.map_or_else(
        || fault.to_string(),
        |place| format!("{fault} (character {place} of the text)"),
    );
    let advice = match fault {
        Fault::Open(_) | Fault::Stray(_) | Fault::Name(_) => {
            "double a brace that the message has: `{{` and `}}`"
        }
        Fault::Adjacent(_) => "write one placeholder for both",
        Fault::TooWide => "write more of the message, or move it to `symptoms`",
        Fault::TooLong => "keep the line that tells this fault from others",
    };
    Diagnostic::new(codes::ERRORS_PATTERN, message.span, said).help(advice)
}
