//! Findings for people: an excerpt with its place, the same in a terminal and on a preview page.

use crate::check::excerpt;
use crate::diag::{Diagnostic, Severity};
use crate::printable::printable;
use crate::source::{Sources, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

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
    let title = level
        .primary_title(sentence(&found.message))
        .id(found.code.name);
    let mut group = with_excerpt(Group::with_title(title), found.span, None, sources);
    for (span, words) in &found.related {
        group = with_excerpt(group, *span, Some(words), sources);
    }
    match &found.help {
        Some(help) => group.element(Level::HELP.message(sentence(help))),
        None => group,
    }
}

/// What is said of a finding, with tabs as wide as those of an excerpt.
fn sentence(text: &str) -> String {
    printable(text).replace('\t', "    ")
}

/// Adds an excerpt with its place. The place is given by hand where not the whole line is shown,
/// because columns are counted in what is.
fn with_excerpt<'d>(
    group: Group<'d>,
    span: Span,
    label: Option<&'d str>,
    sources: &'d Sources,
) -> Group<'d> {
    let source = sources.get(span.source);
    let position = source.position(span.start as usize);
    let excerpt = excerpt::quote_line(span, sources);
    let place = match label {
        Some(label) => AnnotationKind::Context
            .span(excerpt.place)
            .label(sentence(label)),
        None => AnnotationKind::Primary.span(excerpt.place),
    };
    let snippet = Snippet::source(excerpt.text).line_start(position.line);
    match excerpt.whole {
        true => group.element(snippet.path(source.path()).annotation(place)),
        false => {
            let origin = Origin::path(source.path()).line(position.line);
            let origin = origin.char_column(position.column);
            group.element(origin).element(snippet.annotation(place))
        }
    }
}
