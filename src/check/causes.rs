//! Causes without what follows from them: a file that cannot be read makes a hundred references wrong, and
//! the one finding to look at is the one about that file.

use crate::diag::{ANY_FILE, Code, Diagnostic, Diagnostics, Severity, codes};
use crate::source::Sources;
use std::collections::BTreeSet;

/// The settings, on which every other file depends.
const SETTINGS: &str = "site.yaml";

/// What somebody will be sorry for, in a runbook that does what it says.
const ADVICE: [&Code; 9] = [
    codes::RB301,
    codes::RB303,
    codes::RB304,
    codes::RB305,
    codes::RB306,
    codes::RB307,
    codes::RB401,
    codes::RB402,
    codes::RB403,
];

/// The findings without those that follow from a file with errors in its form. Such an error stays, so
/// nothing is wrong in silence.
pub(super) fn alone(findings: Diagnostics, sources: &Sources) -> Diagnostics {
    let path = |found: &Diagnostic| sources.get(found.span.source).path();
    let misread: BTreeSet<&str> = findings
        .iter()
        .filter(|found| found.severity == Severity::Error && is_of_form(found.code))
        .map(path)
        .collect();
    let no_settings = findings
        .iter()
        .any(|found| found.code == codes::YAML_SYNTAX && path(found) == SETTINGS);
    let is_misread = |about: &String| match about.as_str() {
        // The links of a page are read whatever its front matter holds.
        ANY_FILE => misread.iter().any(|path| !path.ends_with(".md")),
        about => misread.iter().any(|path| is_end(about, path)),
    };
    let follows = |found: &Diagnostic| match no_settings {
        true => found.code != codes::YAML_SYNTAX,
        false => found.follows.iter().any(is_misread),
    };
    without_advice(findings.without(follows), sources)
}

/// The findings without advice about runbooks that have errors: it would be about what is not meant.
fn without_advice(findings: Diagnostics, sources: &Sources) -> Diagnostics {
    let path = |found: &Diagnostic| sources.get(found.span.source).path();
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let wrong: BTreeSet<&str> = findings.iter().filter(is_error).map(path).collect();
    let is_advice =
        |found: &Diagnostic| found.severity == Severity::Warning && ADVICE.contains(&found.code);
    findings.without(|found| is_advice(found) && wrong.contains(path(found)))
}

/// Whether an error of this kind means that a file, or a part of it, was not read as it was meant.
fn is_of_form(code: &Code) -> bool {
    let of_names = [
        codes::RUNBOOK_NAME,
        codes::RUNBOOK_KIND,
        codes::RUNBOOK_ID,
        codes::FILE_TOO_LARGE,
    ];
    code.section == codes::YAML_SYNTAX.section || of_names.contains(&code)
}

fn is_end(about: &str, path: &str) -> bool {
    let above = path.strip_suffix(about);
    above.is_some_and(|above| above.is_empty() || above.ends_with('/'))
}
