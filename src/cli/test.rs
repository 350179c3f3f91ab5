//! `runbook test`: the cases of `*.test.yaml`, each played by the real engine with fakes for commands.

use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::diag::{Diagnostics, Severity};
use crate::driver::{self, Project};
use crate::exec::rehearsal::play::{self, House, Played, SandboxError};
use crate::exec::state::exit::ExitCode;
use crate::model::rehearsal::Case;
use crate::runs::planning;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;
use std::path::Path;

/// How much of what the program said is shown of a case that failed, in lines.
const TAIL: usize = 15;

/// Rehearse runbooks with fakes for their commands
///
/// Runs the cases of runbooks/*.test.yaml in temporary folders, with the real engine. No command of a
/// runbook is started, and nothing is sent.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook test\n  runbook test hotfix --case refused -v\n\nExits with 0 when all pass, 1 when one fails or a file has errors, 2 when it could not run."
)]
pub(super) struct Args {
    /// Only the cases of this runbook
    id: Option<String>,
    /// Only cases with this in their name
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    #[command(flatten)]
    pub(super) json: Json,
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
        data: &project.site.data,
    };
    let wanted = |case: &&Case| {
        args.case
            .as_ref()
            .is_none_or(|text| case.name.value.contains(text))
    };
    let mut all = Vec::new();
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
        if !args.json.wanted {
            show::summary_line(&suite.runbook.value);
        }
        let cases: Vec<&Case> = suite.cases.iter().filter(wanted).collect();
        let results: Vec<Result<Played, SandboxError>> = cases
            .par_iter()
            .map(|case| play::play(&house, book, case))
            .collect();
        for (case, result) in cases.iter().zip(results) {
            let result = result.map_err(|error| CliError::usage(error.to_string()))?;
            let ended = Ended::new(&project, &suite.runbook.value, case, result);
            if !args.json.wanted {
                ended.show();
            }
            all.push(ended);
        }
    }
    let failed = all.iter().filter(|ended| !ended.passed).count();
    if all.is_empty() {
        return Err(CliError::usage(
            "no cases; write them into runbooks/NAME.test.yaml",
        ));
    }
    match args.json.wanted {
        true => envelope::data(&json!({ "cases": all, "failed": failed })),
        false => {
            let failures = match failed {
                0 => "all passed".to_owned(),
                _ => format!("{failed} failed"),
            };
            show::summary_line(&format!("{}, {failures}", show::count(all.len(), "case")));
        }
    }
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

/// A case that was played.
#[derive(Serialize)]
struct Ended {
    runbook: String,
    case: String,
    passed: bool,
    /// The file of the case, and the line and column of its name.
    file: String,
    line: usize,
    column: usize,
    problems: Vec<String>,
    /// What the program said on the way.
    output: String,
}

impl Ended {
    fn new(project: &Project, runbook: &str, case: &Case, played: Played) -> Self {
        let source = project.sources.get(case.name.span.source);
        let at = source.position(case.name.span.start as usize);
        Self {
            runbook: runbook.to_owned(),
            case: case.name.value.clone(),
            passed: played.problems.is_empty(),
            file: source.path().to_owned(),
            line: at.line,
            column: at.column,
            problems: played.problems,
            output: played.said,
        }
    }

    fn show(&self) {
        let (name, file) = (&self.case, &self.file);
        match self.passed {
            true => show::summary_line(&format!("  ok      {name}")),
            false => show::line(&format!(
                "  FAILED  {name}  ({file}:{}:{})",
                self.line, self.column
            )),
        }
        for problem in &self.problems {
            show::line(&format!("          {problem}"));
        }
        let lines: Vec<&str> = self.output.lines().collect();
        let shown = match (show::is_verbose(), self.passed) {
            (true, _) => lines.len(),
            (false, true) => 0,
            (false, false) => TAIL.min(lines.len()),
        };
        for line in &lines[lines.len() - shown..] {
            show::line(&format!("          | {line}"));
        }
    }
}
