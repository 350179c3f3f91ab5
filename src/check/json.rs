//! Findings as data: `{"findings": […], "waived": […], "errors": 1, "warnings": 0}`.

use crate::check::excerpt;
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::source::{Sources, Span};
use serde::Serialize;
use std::borrow::Cow;

/// Findings, as programs read them.
#[derive(Serialize)]
pub struct Report<'d> {
    findings: Vec<Finding<'d>>,
    waived: Vec<Accepted<'d>>,
    errors: usize,
    warnings: usize,
}

/// A finding that the project accepts, and why.
#[derive(Serialize)]
struct Accepted<'d> {
    #[serde(flatten)]
    finding: Finding<'d>,
    reason: &'d str,
}

#[derive(Serialize)]
struct Finding<'d> {
    code: &'d str,
    severity: &'d str,
    message: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
    excerpt: Cow<'d, str>,
    help: Option<&'d str>,
    edit: Option<Edit<'d>>,
    related: Vec<Related<'d>>,
}

/// A place: lines and columns count from 1, columns in characters.
#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// The text of a place, and what is certain to be meant there.
#[derive(Serialize)]
struct Edit<'d> {
    #[serde(flatten)]
    place: Place<'d>,
    old: &'d str,
    new: &'d str,
}

#[derive(Serialize)]
struct Related<'d> {
    #[serde(flatten)]
    place: Place<'d>,
    message: &'d str,
}

/// The findings with their places and excerpts.
pub fn report<'d>(diagnostics: &'d Diagnostics, sources: &'d Sources) -> Report<'d> {
    let finding = |found| finding(found, sources);
    let waived = diagnostics.waived().iter().map(|waived| Accepted {
        finding: finding(&waived.finding),
        reason: &waived.reason,
    });
    Report {
        findings: diagnostics.iter().map(finding).collect(),
        waived: waived.collect(),
        errors: diagnostics.count(Severity::Error),
        warnings: diagnostics.count(Severity::Warning),
    }
}

fn finding<'d>(found: &'d Diagnostic, sources: &'d Sources) -> Finding<'d> {
    let related = found.related.iter().map(|(span, message)| Related {
        place: place(*span, sources),
        message,
    });
    Finding {
        code: found.code.name,
        severity: found.severity.as_str(),
        message: &found.message,
        place: place(found.span, sources),
        excerpt: excerpt::quote_line(found.span, sources).text,
        help: found.help.as_deref(),
        edit: found.edit.as_ref().map(|edit| Edit {
            place: place(found.span, sources),
            old: &edit.old,
            new: &edit.new,
        }),
        related: related.collect(),
    }
}

fn place(span: Span, sources: &Sources) -> Place<'_> {
    let source = sources.get(span.source);
    let start = source.position(span.start as usize);
    let end = source.position(span.end as usize);
    Place {
        file: source.path(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
