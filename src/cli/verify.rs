//! `runbook verify`: whether a run's record can be trusted, and how far.

use super::context;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::exec::state::exit::ExitCode;
use crate::exec::store::Run;
use crate::exec::tell::verify::{Anchor, Check, anchors, verify};
use crate::runs;
use serde_json::json;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Verify the record of a run: journal, plan, logs and files
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook verify 7KQ2PS\n  git tag --list v1.4.3 --format='%(contents)' | runbook verify 7KQ2PS --anchor -\n\nExits with 0 if all fits, 10 if something does not."
)]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one, else the newest]
    run: Option<String>,
    /// A text with `Runbook-Run:` and `Runbook-Head:` lines, such as a tag's message; - for standard input
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let store = context::store(project)?;
    let run = match args.run.as_deref() {
        Some(name) => runs::look_at_files(&store, name)?,
        None => context::look_up(&store, None)?.0,
    };
    let mut found = Vec::new();
    for place in &args.anchor {
        found.extend(of_this_run(&run, place)?);
    }
    let mut checks = verify(&run, &found)?;
    checks.extend(runs::origin::checks(project, &run)?);
    let fits = checks.iter().all(|check| check.fits);
    if args.json.wanted {
        envelope::data(
            &json!({ "run": run.id, "fits": fits, "anchors": found.len(), "checks": checks }),
        );
    } else {
        let plan = &run.plan;
        let named = format!("run {}, {} {}", run.short(), plan.runbook, plan.version);
        show::line(&named);
        describe(&checks, fits, &found);
    }
    Ok(match fits {
        true => ExitCode::Finished,
        false => ExitCode::Altered,
    })
}

/// The anchors of a run in a file. That there is none is no proof of anything.
fn of_this_run(run: &Run, place: &Path) -> Result<Vec<Anchor>, CliError> {
    let name = place.display().to_string();
    let text = match name.as_str() {
        "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => std::fs::read_to_string(place),
    };
    let text = text.map_err(|error| CliError::usage(format!("cannot read {name}: {error}")))?;
    let named = if name == "-" { "standard input" } else { &name };
    let mut found = anchors(named, &text);
    found.retain(|anchor| anchor.run == run.id);
    match found.is_empty() {
        true => Err(CliError::new(
            ExitCode::Altered,
            format!(
                "{named} has no lines `Runbook-Run: {}` and `Runbook-Head: …`",
                run.id
            ),
        )),
        false => Ok(found),
    }
}

fn describe(checks: &[Check], fits: bool, anchors: &[Anchor]) {
    for check in checks {
        let word = if check.fits { "ok      " } else { "DIFFERS " };
        show::line(&format!("{word} {}", check.text));
    }
    let verdict = match (fits, anchors.is_empty()) {
        (false, _) => "the record was altered or damaged: do not trust it, compare it with a copy",
        (true, true) => {
            "nothing inside the record was changed; only an anchor (--anchor FILE) can prove two more things: \
             that no lines were cut off at the end, and that its owner did not write all of it again"
        }
        (true, false) => {
            "nothing inside the record was changed; up to the anchor, nothing was cut off or written again; \
             only a later anchor can prove the same of the lines after it"
        }
    };
    show::line(verdict);
    if fits {
        show::line(
            "not checked: who started the run, files that steps left in their folders, and files whose hash is not in the journal",
        );
    }
}
