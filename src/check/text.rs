//! Findings for people: an excerpt with its place, the same in a terminal and on a preview page.

use crate::diag::{Diagnostic, Severity};
use crate::source::{Sources, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// Whether the text may hold colours for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Nothing but text.
    Plain,
    /// With escape sequences for colour.
    Coloured,
}

/// A finding with its place, an excerpt of each text it speaks of, and the next step. Lines and
/// columns count from 1, columns in characters. Control characters of the author's are replaced.
pub fn to_text(found: &Diagnostic, sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&[group(found, sources)])
}

fn group<'d>(found: &'d Diagnostic, sources: &'d Sources) -> Group<'d> {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(printable(&found.message))
        .id(found.code)
        .element(snippet(found.span, sources));
    for (span, words) in &found.related {
        let source = sources.get(span.source);
        let place = AnnotationKind::Context
            .span(range(*span, sources))
            .label(words.as_str());
        group = group.element(
            Snippet::source(source.text())
                .path(source.path())
                .annotation(place),
        );
    }
    match &found.help {
        Some(help) => group.element(Level::HELP.message(printable(help))),
        None => group,
    }
}

fn snippet(span: Span, sources: &Sources) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let source = sources.get(span.source);
    Snippet::source(source.text())
        .path(source.path())
        .annotation(AnnotationKind::Primary.span(range(span, sources)))
}

/// The bytes to underline: whole characters, and of several lines only the first.
fn range(span: Span, sources: &Sources) -> std::ops::Range<usize> {
    let text = sources.get(span.source).text();
    let boundary = |at: usize| {
        (0..=at.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    };
    let start = boundary(span.start as usize);
    let end = boundary(span.end as usize).max(start);
    let line_end = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line_end
}

/// A message without control characters, which would reach the terminal otherwise.
fn printable(words: &str) -> String {
    words
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
