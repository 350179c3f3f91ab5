//! What people see: findings with excerpts, and lines on standard output and error.

use super::envelope;
use super::error::Fault;
use crate::check::{self, Style};
use crate::diag::{Diagnostics, Severity};
use crate::driver::Project;
use crate::exec::engine::operator::Detail;
use crate::printable::printable;
use crate::source::Sources;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::OnceLock;

/// Why standard output took no more, the first time that it did not.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// How much is shown, if somebody said so.
static DETAIL: OnceLock<Detail> = OnceLock::new();

/// Sets how much is shown, once.
pub(super) fn set_detail(detail: Detail) {
    let _ = DETAIL.set(detail);
}

/// How much is shown.
pub(super) fn detail() -> Detail {
    DETAIL.get().copied().unwrap_or_default()
}

/// Whether everything is shown.
pub(super) fn is_verbose() -> bool {
    detail() == Detail::Much
}

/// Writes a text to standard output. What becomes of one that is not taken, [`taken`] says.
pub(super) fn text(text: &str) {
    let mut out = anstream::stdout();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        let _ = LOST.set(error);
    }
}

/// Whether the reader of standard output went away. That is no fault, but nobody needs more.
pub(super) fn has_no_reader() -> bool {
    LOST.get()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether standard output took all that was written to it, or has no reader any more.
///
/// # Errors
/// What was lost for another reason is lost: the operating system's reason.
pub(super) fn taken() -> Result<(), String> {
    match LOST.get() {
        Some(error) if !has_no_reader() => Err(format!("cannot write to standard output: {error}")),
        _ => Ok(()),
    }
}

/// Writes a line to standard output. What of it came from outside moves no cursor.
pub(super) fn line(words: &str) {
    painted(&printable(words));
}

/// Writes a line beside the answer, such as a summary, to standard output, unless less was wanted.
pub(super) fn summary_line(words: &str) {
    if detail() != Detail::Little {
        line(words);
    }
}

/// A text from elsewhere in bold, for [`painted`].
pub(super) fn bold(words: &str) -> String {
    format!("\x1b[1m{}\x1b[0m", printable(words))
}

/// Writes a line that holds styles of ours to standard output; what of it came from outside is printable.
pub(super) fn painted(words: &str) {
    text(&format!("{words}\n"));
}

/// Shows what is wrong on standard error, each fault with what belongs to it and the next step.
pub(super) fn complain(faults: &[Fault]) {
    for fault in faults {
        envelope::error(fault);
        let mut lines = vec![format!("error: {}", printable(&fault.message))];
        let details = fault.details.iter();
        lines.extend(details.map(|line| format!("  {}", printable(line))));
        lines.extend(
            fault
                .help
                .iter()
                .map(|help| format!("help: {}", printable(help))),
        );
        let _ = writeln!(anstream::stderr(), "{}", lines.join("\n"));
    }
}

/// Writes what a person should know beside an answer to standard error, or into the answer if that is JSON.
pub(super) fn remarks(lines: &[String]) {
    for line in lines {
        if !envelope::note(line) && detail() != Detail::Little {
            let _ = writeln!(anstream::stderr(), "{}", printable(line));
        }
    }
}

/// Writes to standard error what nobody may miss, also not who wants less.
pub(super) fn warning(line: &str) {
    let _ = writeln!(anstream::stderr(), "{}", printable(line));
}

/// `1 page`, `2 pages`.
pub(super) fn count(number: usize, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    }
}

/// Shows every finding on standard error, with its place and an excerpt.
pub(super) fn findings(findings: &Diagnostics, sources: &Sources) {
    let style = style(&io::stderr());
    let mut out = anstream::stderr().lock();
    for found in findings.iter() {
        let _ = writeln!(out, "{}\n", check::to_text(found, sources, style));
    }
}

/// Shows every finding on standard output, as the answer that was asked for.
pub(super) fn findings_as_answer(findings: &Diagnostics, sources: &Sources) {
    let style = style(&io::stdout());
    for found in findings.iter() {
        text(&format!("{}\n\n", check::to_text(found, sources, style)));
        if has_no_reader() {
            return;
        }
    }
}

/// Shows the findings that the project accepts, with the reasons.
pub(super) fn accepted(findings: &Diagnostics, sources: &Sources) {
    for waived in findings.waived() {
        let found = &waived.finding;
        let source = sources.get(found.span.source);
        let at = source.position(found.span.start as usize);
        line(&format!(
            "accepted[{}]: {}:{}:{}: {} (because {})",
            found.code.name,
            source.path(),
            at.line,
            at.column,
            found.message,
            waived.reason
        ));
    }
}

/// How findings look on a stream.
fn style(stream: &impl anstream::stream::RawStream) -> Style {
    match anstream::AutoStream::choice(stream) {
        anstream::ColorChoice::Never => Style::Plain,
        _ => Style::Coloured,
    }
}

/// The last line of `check`: what was found, by code, and what was looked at.
pub(super) fn summary(findings: &Diagnostics, project: &Project) -> String {
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    for found in findings.iter() {
        *by_code.entry(found.code.name).or_default() += 1;
    }
    let codes: Vec<String> = by_code
        .iter()
        .map(|(code, times)| format!("{times} {code}"))
        .collect();
    let found = match codes.is_empty() {
        true => "no findings".to_owned(),
        false => format!(
            "{}, {}: {}",
            count(findings.count(Severity::Error), "error"),
            count(findings.count(Severity::Warning), "warning"),
            codes.join(", "),
        ),
    };
    let waived = match findings.waived().len() {
        0 => String::new(),
        1 => " (1 finding is accepted in site.yaml)".to_owned(),
        many => format!(" ({many} findings are accepted in site.yaml)"),
    };
    let checked = project.checked;
    format!(
        "{found}{waived}; checked {}, {}, {}, {} in {} and {}; not {} to other hosts",
        count(checked.links, "link"),
        count(checked.anchors, "anchor"),
        count(checked.images, "image"),
        count(project.site.navigation.len(), "navigation group"),
        count(project.site.pages.len(), "page"),
        count(project.site.runbooks.len(), "runbook"),
        count(checked.external, "link"),
    )
}
