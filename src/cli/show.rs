//! What people see: findings with excerpts, and lines on standard output and error.

use super::Outcome;
use crate::check::{self, Style};
use crate::diag::{Diagnostics, Severity};
use crate::driver::{DriverError, Project};
use crate::printable::printable;
use crate::source::Sources;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

/// Why standard output took no more, the first time that it did not.
static LOST: OnceLock<io::Error> = OnceLock::new();

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

/// Writes a line that holds styles of ours to standard output; what of it came from outside is printable.
pub(super) fn painted(words: &str) {
    text(&format!("{words}\n"));
}

/// Says why a verb could not do its work, and what to do about it.
pub(super) fn could_not_run(error: &DriverError) -> Outcome {
    complain(&[error.to_string()]);
    if let Some(help) = error.help() {
        let _ = writeln!(anstream::stderr(), "help: {}", printable(&help));
    }
    Outcome::CouldNotRun
}

/// Shows why a verb ended early on standard error: what is wrong, then what to do.
pub(super) fn complain(lines: &[String]) {
    for line in lines {
        let _ = writeln!(anstream::stderr(), "error: {}", printable(line));
    }
}

/// Writes what a person should know beside an answer to standard error.
pub(super) fn remarks(lines: &[String]) {
    for line in lines {
        let _ = writeln!(anstream::stderr(), "{}", printable(line));
    }
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
    let style = match std::io::stderr().is_terminal() {
        true => Style::Coloured,
        false => Style::Plain,
    };
    let mut out = anstream::stderr().lock();
    for found in findings.iter() {
        let _ = writeln!(out, "{}\n", check::to_text(found, sources, style));
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
        1 => " (1 finding is accepted)".to_owned(),
        many => format!(" ({many} findings are accepted)"),
    };
    let checked = project.checked;
    format!(
        "{found}{waived}; looked at {}, {}, {}, {} in {} and {}; {} to other hosts not asked",
        count(checked.links, "link"),
        count(checked.anchors, "anchor"),
        count(checked.images, "image"),
        count(project.site.navigation.len(), "navigation group"),
        count(project.site.pages.len(), "page"),
        count(project.site.runbooks.len(), "runbook"),
        count(checked.external, "link"),
    )
}
