//! `runbook test`: the cases of `*.test.yaml`, each played by the real engine with fakes for commands.

use super::error::CliError;
use super::show;
use crate::diag::{Diagnostics, Severity};
use crate::driver::{self, Project};
use crate::exec::rehearsal::play::{self, House, Played, SandboxError};
use crate::exec::state::exit::ExitCode;
use crate::model::rehearsal::Case;
use crate::printable::printable;
use crate::runs::planning;
use rayon::prelude::*;
use std::path::Path;

/// How much of what the program said is shown of a case that failed, in lines.
const TAIL: usize = 15;

/// Rehearse runbooks with fakes for their commands
///
/// Runs the cases of runbooks/*.test.yaml in temporary folders, with the real engine. No command of a
/// runbook is started, and nothing is sent.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook test\n  runbook test hotfix --case refused --verbose\n\nExits with 0 when all pass, 1 when one fails or a file has errors, 2 when it could not run."
)]
pub(super) struct Args {
    /// Only the cases of this runbook
    id: Option<String>,
    /// Only cases with this in their name
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Show the output of every case
    #[arg(long)]
    verbose: bool,
}

pub(super) fn run(folder: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let project = driver::open(folder)?;
    if let Some(id) = &args.id {
        planning::find_runbook(&project, id)?;
    }
    let mut findings = project.diagnostics.clone();
    let suites = driver::rehearsals(&project, &mut findings);
    if refuse(&project, &findings) {
        return Ok(ExitCode::Failed);
    }
    let books = project.site.books();
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let house = House {
        folder: &folder,
        id: &project.site.config.id,
        books: &books,
        policy: &project.site.policy,
    };
    let wanted = |case: &&Case| {
        args.case
            .as_ref()
            .is_none_or(|text| case.name.value.contains(text))
    };
    let mut played = 0;
    let mut failed = 0;
    for suite in suites
        .iter()
        .filter(|suite| args.id.as_ref().is_none_or(|id| suite.runbook.value == *id))
    {
        let Some(book) = books
            .iter()
            .find(|book| book.id.value == suite.runbook.value)
        else {
            continue;
        };
        show::line(&suite.runbook.value);
        let cases: Vec<&Case> = suite.cases.iter().filter(wanted).collect();
        let results: Vec<Result<Played, SandboxError>> = cases
            .par_iter()
            .map(|case| play::play(&house, book, case))
            .collect();
        for (case, result) in cases.iter().zip(results) {
            let result = result.map_err(|error| CliError::usage(error.to_string()))?;
            played += 1;
            failed += usize::from(!result.problems.is_empty());
            tell(&project, case, &result, args.verbose);
        }
    }
    if played == 0 {
        return Err(CliError::usage(
            "no cases; write them into runbooks/NAME.test.yaml",
        ));
    }
    let failures = match failed {
        0 => "all passed".to_owned(),
        _ => format!("{failed} failed"),
    };
    show::line(&format!("{}, {failures}", show::count(played, "case")));
    Ok(match failed {
        0 => ExitCode::Finished,
        _ => ExitCode::Failed,
    })
}

/// Shows the errors of test files and of their runbooks; whether there are any.
fn refuse(project: &Project, findings: &Diagnostics) -> bool {
    let mut errors = Diagnostics::default();
    let of_runbooks = findings.iter().filter(|found| {
        let path = project.sources.get(found.span.source).path();
        found.severity == Severity::Error && path.starts_with("runbooks/")
    });
    of_runbooks.for_each(|found| {
        errors.report(found.clone());
    });
    let errors = errors.sorted(&project.sources);
    show::findings(&errors, &project.sources);
    !errors.is_empty()
}

fn tell(project: &Project, case: &Case, played: &Played, verbose: bool) {
    let name = printable(&case.name.value);
    if played.problems.is_empty() {
        show::line(&format!("  ok      {name}"));
    } else {
        let source = project.sources.get(case.name.span.source);
        let at = source.position(case.name.span.start as usize);
        show::line(&format!(
            "  FAILED  {name}  ({}:{}:{})",
            source.path(),
            at.line,
            at.column
        ));
    }
    for problem in &played.problems {
        show::line(&format!("          {}", printable(problem)));
    }
    let lines: Vec<&str> = played.said.lines().collect();
    let shown = match (verbose, played.problems.is_empty()) {
        (true, _) => lines.len(),
        (false, true) => 0,
        (false, false) => TAIL.min(lines.len()),
    };
    for line in &lines[lines.len() - shown..] {
        show::line(&format!("          | {}", printable(line)));
    }
}
