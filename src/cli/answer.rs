//! `runbook approve`, `reject`, `answer` and `abort`: what a person says to a run, from any
//! terminal.

use super::context;
use super::error::CliError;
use super::show;
use super::start::pair;
use crate::exec::engine::operator::Operator;
use crate::exec::record::inbox::Message;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::waiting::way_on;
use crate::runs::{self, Delivered, Gate, standing};
use std::path::{Path, PathBuf};

/// Approve a step that waits for approval
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook approve\n  runbook approve 7KQ2PS publish\n\nIf you do not name the step, a terminal shows what you would approve, and asks first."
)]
pub(super) struct ApproveArgs {
    /// The run, by the end of its id [default: the only one that waits for your approval]
    run: Option<String>,
    /// The step that waits [default: the one that the run waits at]
    step: Option<String>,
    /// Answer for this person; recorded as a claim, not as proof [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
}

/// Reject a step that waits for approval; the run ends
#[derive(clap::Args)]
#[command(after_help = "Example:\n  runbook reject 7KQ2PS publish --reason 'not before Monday'")]
pub(super) struct RejectArgs {
    /// The run, by the end of its id
    run: String,
    /// The step that waits
    step: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// Answer for this person; recorded as a claim, not as proof [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
}

/// Answer a manual step or a decision
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook answer 7KQ2PS facts impact='the sign-in page'\n  runbook answer 7KQ2PS choose --choose promote\n  runbook answer 7KQ2PS restored checked=yes --evidence dashboard.png"
)]
pub(super) struct AnswerArgs {
    /// The run, by the end of its id
    run: String,
    /// The step that waits
    step: String,
    /// Values of fields
    #[arg(value_name = "FIELD=VALUE", value_parser = pair)]
    fields: Vec<(String, String)>,
    /// The option of a decision
    #[arg(long, value_name = "NAME")]
    choose: Option<String>,
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

fn person(claimed: &Option<String>) -> String {
    claimed.clone().unwrap_or_else(runs::account)
}

pub(super) fn approve(project: &Path, args: &ApproveArgs) -> Result<ExitCode, CliError> {
    let by = person(&args.person);
    let (run, step) = match (&args.run, &args.step) {
        (Some(run), Some(step)) => (run.clone(), step.clone()),
        (run, _) => {
            let store = context::store(project)?;
            let gate = runs::gate(&store, run.as_deref(), &by)?;
            if !is_meant(&gate)? {
                return Ok(ExitCode::Suspended);
            }
            (gate.run.run.id.clone(), gate.step.id)
        }
    };
    let account = args.person.as_ref().map(|_| runs::account());
    deliver(project, &run, Message::Approve { step, by, account })
}

/// Shows what would be approved, and asks. Where nobody can be asked, the step has to be named.
fn is_meant(gate: &Gate) -> Result<bool, CliError> {
    let (run, state) = (&gate.run.run, &gate.run.state);
    let text = state.steps.get(&gate.step.id);
    let text = text.and_then(|step| step.gate.text.as_deref());
    let (short, plan) = (run.short(), &run.plan);
    show::line(&format!(
        "{} {}  run {short}  {}",
        plan.title, plan.version, gate.step.title
    ));
    for line in text.unwrap_or_default().lines() {
        show::line(&format!("  {line}"));
    }
    let operator = Operator::detect(false);
    if operator == Operator::Absent {
        let what = "nothing was approved; without a terminal, name the run and the step";
        return Err(CliError::usage(what).help(format!("approve it with: {}", gate.command())));
    }
    let agrees = operator.agrees("approve this?");
    if !agrees {
        show::line("nothing was approved");
    }
    Ok(agrees)
}

pub(super) fn reject(project: &Path, args: &RejectArgs) -> Result<ExitCode, CliError> {
    let message = Message::Reject {
        step: args.step.clone(),
        by: person(&args.person),
        reason: args.reason.clone(),
        account: args.person.as_ref().map(|_| runs::account()),
    };
    deliver(project, &args.run, message)
}

pub(super) fn answer(project: &Path, args: &AnswerArgs) -> Result<ExitCode, CliError> {
    let message = Message::Answer {
        step: args.step.clone(),
        by: person(&args.person),
        account: args.person.as_ref().map(|_| runs::account()),
        fields: args.fields.iter().cloned().collect(),
        choice: args.choose.clone(),
        files: Vec::new(),
    };
    deliver_with(project, &args.run, message, &args.evidence)
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
