//! Rules about the messages that pages and runbooks answer: each leads to its own entry first.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::known_errors::{Book, Finding, Paste};
use crate::model::known_message::{Answering, KnownMessage, answering, known_errors};
use crate::model::site::Site;
use crate::source::Spanned;

/// Pastes each example line, as a person would, and reports those that lead elsewhere or nowhere.
pub fn messages(site: &Site, diagnostics: &mut Diagnostics) {
    let all = answering(site);
    let book = known_errors(site).book();
    let one_by_one = all.iter().enumerate();
    let one_by_one =
        one_by_one.flat_map(|(entry, one)| one.messages.iter().map(move |known| (entry, known)));
    for (pattern, (entry, known)) in one_by_one.enumerate() {
        let found = judge(&all, &book, known, (entry, pattern));
        if let Some(found) = found {
            diagnostics.report(found);
        }
    }
}

/// What is wrong with a message, by the numbers of its entry and of its pattern.
fn judge(
    all: &[Answering<'_>],
    book: &Book,
    known: &KnownMessage,
    (entry, pattern): (usize, usize),
) -> Option<Diagnostic> {
    let Some(sample) = known.sample() else {
        return Some(without_example(&known.message));
    };
    let found = book.diagnose(&Paste::new(&sample.value));
    let has =
        |one: &Finding| one.entry == entry && one.said.iter().any(|said| said.pattern == pattern);
    let Some(own) = found.iter().find(|one| has(one)) else {
        return Some(unlike(sample));
    };
    let rival = found
        .iter()
        .find(|one| one.entry != entry && one.score >= own.score)?;
    Some(claimed(&known.message, &all[rival.entry]))
}

fn without_example(message: &Spanned<String>) -> Diagnostic {
    let text = "this message has placeholders and no line that a tool printed";
    Diagnostic::new(codes::ERRORS_EXAMPLE, message.span, text).help(
        "write it as `{ message: \"…\", example: \"…\" }`, the example as the tool printed it",
    )
}

fn unlike(sample: &Spanned<String>) -> Diagnostic {
    let text = "this line does not match its message";
    Diagnostic::new(codes::ERRORS_EXAMPLE, sample.span, text)
        .help("write the message as it is in the line, with `{name}` for what differs each time")
}

fn claimed(message: &Spanned<String>, rival: &Answering<'_>) -> Diagnostic {
    let found = Diagnostic::new(
        codes::ERRORS_CLAIMED,
        message.span,
        format!("whoever pastes this is sent to {}", rival.entry.name()),
    );
    let first = rival.messages.first().map(|known| known.message.span);
    let found = first.into_iter().fold(found, |found, span| {
        found.related(span, "its messages begin here")
    });
    found.help("leave the message to one of the two, or write more of it")
}
