//! Messages of the project, `data/messages.yaml`: their texts with the values that a step gives, and what does
//! not fit.

use crate::diag::{Code, Diagnostic, Diagnostics, codes};
use crate::model::data::Data;
use crate::model::expression::TemplatePiece;
use crate::model::runbook::{Message, Notify, Runbook, Step, StepKind};
use crate::model::words::{next_place, places};
use crate::resolve::no_such::{no_datum, no_such};

/// Gives each step that says a message of the project its text. What is not there stays empty, and is said by
/// [`check`].
pub(super) fn fill(book: &mut Runbook, data: &Data) {
    for steps in [&mut book.steps, &mut book.on_failure, &mut book.finally] {
        fill_steps(steps, data);
    }
}

fn fill_steps(steps: &mut [Step], data: &Data) {
    for step in steps {
        match &mut step.kind {
            StepKind::Notify(notify) => fill_message(notify, data),
            StepKind::Parallel(parallel) => fill_steps(&mut parallel.steps, data),
            StepKind::Sequence(steps) => fill_steps(steps, data),
            StepKind::Command(_)
            | StepKind::Check(_)
            | StepKind::Manual(_)
            | StepKind::Approve(_)
            | StepKind::Decide(_)
            | StepKind::Wait(_)
            | StepKind::Call(_) => (),
        }
    }
}

fn fill_message(notify: &mut Notify, data: &Data) {
    let Some(message) = &notify.message else {
        return;
    };
    let Some(text) = data.get(&message.path()) else {
        return;
    };
    notify.text.text = text.value.clone();
    notify.text.parts = pieces(text.value.trim_end(), message);
}

fn pieces(mut rest: &str, message: &Message) -> Vec<TemplatePiece> {
    let mut pieces = Vec::new();
    while let Some((before, name, after)) = next_place(rest) {
        pieces.push(TemplatePiece::Text(before.to_owned()));
        if let Some((_, value)) = message.with.iter().find(|(given, _)| given.value == name) {
            pieces.extend(value.parts.iter().cloned());
        }
        rest = after;
    }
    pieces.push(TemplatePiece::Text(rest.to_owned()));
    pieces
}

/// Reports a message that is not there, places without a value, and values without a place.
pub(super) fn check(message: &Message, data: &Data, diagnostics: &mut Diagnostics) {
    let path = message.path();
    let Some(text) = data.get(&path) else {
        diagnostics.report(no_datum(message.name.span, &path, data));
        return;
    };
    let mut wanted = places(&text.value);
    wanted.dedup();
    for (name, _) in &message.with {
        if !wanted.contains(&name.value.as_str()) {
            const CODE: &Code = codes::RUNBOOK_UNKNOWN_PARAM;
            let found = no_such(
                CODE,
                name.span,
                "place of the message",
                &name.value,
                &wanted,
            );
            diagnostics.report(found.related(text.span, "the message is here"));
        }
    }
    let given = |name: &&str| message.with.iter().any(|(given, _)| given.value == **name);
    for name in wanted.iter().filter(|name| !given(name)) {
        let words = format!("the message `{}` needs `{name}`", message.name.value);
        diagnostics.report(
            Diagnostic::new(codes::RUNBOOK_MISSING_PARAM, message.name.span, words)
                .related(text.span, "the message is here")
                .help(format!("add `{name}: …` under `with:`")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::expression::Template;
    use crate::source::{Sources, Span, Spanned};

    #[test]
    fn places_get_what_is_given_and_the_rest_stays_as_written() {
        let source = Sources::default().add("a.yaml", String::new());
        let word = |text: &str| Spanned::new(text.to_owned(), Span::start_of(source));
        let value = Template {
            text: "1.4.3".to_owned(),
            span: Span::start_of(source),
            parts: vec![TemplatePiece::Text("{who}".to_owned())],
        };
        let message = Message {
            name: word("started"),
            with: vec![(word("version"), value)],
        };
        let text = |parts: Vec<TemplatePiece>| -> String {
            let piece = |part| match part {
                TemplatePiece::Text(text) => text,
                TemplatePiece::Hole(_) => unreachable!("there is no hole"),
            };
            parts.into_iter().map(piece).collect()
        };
        for (from, to) in [
            ("{version} is out", "{who} is out"), // what is given is not read again
            ("{version}{version}", "{who}{who}"),
            ("{ version } {Version} {}", "{ version } {Version} {}"),
            ("by {who}.", "by ."), // a finding of `check`
        ] {
            assert_eq!(text(pieces(from, &message)), to, "{from}");
        }
    }
}
