//! `runbook answer` and `abort`: what a person says to a run, from any terminal.

use super::approve::written;
use super::context;
use super::error::CliError;
use super::show;
use super::start::pair;
use crate::exec::record::inbox::Message;
use crate::exec::record::statement::{Signed, Statement, Verdict};
use crate::exec::state::exit::ExitCode;
use crate::exec::state::waiting::way_on;
use crate::runs::{self, Delivered, standing};
use std::path::{Path, PathBuf};

/// Answer a manual step or a decision
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook answer 7KQ2PS facts impact='the sign-in page'\n  runbook answer 7KQ2PS choose --choose promote\n  runbook answer 7KQ2PS restored checked=yes --evidence dashboard.png\n  runbook answer --import answer.txt"
)]
pub(super) struct AnswerArgs {
    /// The run, by the end of its id
    #[arg(required_unless_present = "import")]
    run: Option<String>,
    /// The step that waits
    #[arg(required_unless_present = "import")]
    step: Option<String>,
    /// Values of fields
    #[arg(value_name = "FIELD=VALUE", value_parser = pair)]
    fields: Vec<(String, String)>,
    /// The option of a decision
    #[arg(long, value_name = "NAME")]
    choose: Option<String>,
    /// A signed answer to a request, as `runbook approve --request` made it; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["run", "step", "choose", "evidence", "person"])]
    import: Option<PathBuf>,
    /// A file to keep with the run as evidence
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// Answer for this person; recorded as a claim, not as proof [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
}

/// Abort a run; nothing is undone
#[derive(clap::Args)]
#[command(after_help = "Example:\n  runbook abort 7KQ2PS --reason 'wrong version'")]
pub(super) struct AbortArgs {
    /// The run, by the end of its id
    run: String,
    /// Why
    #[arg(long)]
    reason: String,
}

/// The person who answers: whoever is named, or whoever has this account.
pub(super) fn person(claimed: &Option<String>) -> String {
    claimed.clone().unwrap_or_else(runs::account)
}

pub(super) fn answer(project: &Path, args: &AnswerArgs) -> Result<ExitCode, CliError> {
    if let Some(file) = &args.import {
        return import(project, file);
    }
    let message = Message::Answer {
        step: args.step.clone().unwrap_or_default(),
        by: person(&args.person),
        account: args.person.as_ref().map(|_| runs::account()),
        fields: args.fields.iter().cloned().collect(),
        choice: args.choose.clone(),
        files: Vec::new(),
    };
    let run = args.run.as_deref().unwrap_or_default();
    deliver_with(project, run, message, &args.evidence)
}

/// Brings back what an approver signed on another machine.
fn import(project: &Path, file: &Path) -> Result<ExitCode, CliError> {
    let refused = |why: String| CliError::usage(format!("{}: {why}", file.display()));
    let signed = Signed::read(&written(file)?).map_err(refused)?;
    let said = Statement::read(&signed.statement).map_err(refused)?;
    let message = match said.verdict {
        Verdict::Approve => Message::Approve {
            step: said.step,
            by: said.by,
            account: None,
            conditions: said.conditions,
            signed: Some(signed),
        },
        Verdict::Reject => Message::Reject {
            step: said.step,
            by: said.by,
            reason: said.reason.unwrap_or_default(),
            account: None,
            signed: Some(signed),
        },
    };
    deliver(project, &said.run, message)
}

pub(super) fn abort(project: &Path, args: &AbortArgs) -> Result<ExitCode, CliError> {
    deliver(
        project,
        &args.run,
        Message::Abort {
            by: runs::account(),
            reason: args.reason.clone(),
        },
    )
}

/// Gives a message to a run; says what became of it.
pub(super) fn deliver(project: &Path, name: &str, message: Message) -> Result<ExitCode, CliError> {
    deliver_with(project, name, message, &[])
}

/// The same with these files.
pub(super) fn deliver_with(
    project: &Path,
    name: &str,
    message: Message,
    files: &[PathBuf],
) -> Result<ExitCode, CliError> {
    let store = context::store(project)?;
    let run = context::find(&store, Some(name))?;
    show::line(&match runs::deliver(&store, &run, message, files)? {
        Delivered::WrittenDown(state) => match state.end {
            None if standing::driven_by(&run, &state).is_some() => {
                format!(
                    "recorded; follow the run with: runbook watch {}",
                    run.short()
                )
            }
            None => {
                let way = way_on(&run.plan, &state, run.short());
                format!("recorded; continue with: {way}")
            }
            Some(_) => "recorded".to_owned(),
        },
        Delivered::Given => {
            "delivered; the terminal that drives the run is busy and takes it later".to_owned()
        }
    });
    Ok(ExitCode::Finished)
}
