//! `runbook approve`, `reject`, `answer` and `abort`: what a person says to a run, from any
//! terminal.

use super::desk::{self, Ended};
use super::show;
use super::start::pair;
use crate::exec::engine::Engine;
use crate::exec::engine::operator::Operator;
use crate::exec::record::inbox::{self, Fate, Message};
use crate::exec::state::answers;
use crate::exec::state::waiting::way_on;
use crate::exec::store::sending::Sending;
use crate::exec::store::{Run, Store, StoreError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Say yes to a gate
#[derive(clap::Args)]
#[command(after_help = "Example:\n  runbook approve 7KQ2PS publish")]
pub(super) struct ApproveArgs {
    /// The run, by the end of its id
    run: String,
    /// The step that waits
    step: String,
    /// Say it in the name of this person: recorded as claimed, not proved [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
}

/// Say no to a gate; the run ends
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
    /// Say it in the name of this person: recorded as claimed, not proved [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
}

/// Fill in a manual step, or choose
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
    /// A file that proves it, to keep with the run
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// Say it in the name of this person: recorded as claimed, not proved [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
}

/// End a run; nothing is taken back
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
    claimed.clone().unwrap_or_else(desk::account)
}

pub(super) fn approve(project: &Path, args: &ApproveArgs) -> Result<u8, Ended> {
    let message = Message::Approve {
        step: args.step.clone(),
        by: person(&args.person),
        account: args.person.as_ref().map(|_| desk::account()),
    };
    deliver(project, &args.run, message)
}

pub(super) fn reject(project: &Path, args: &RejectArgs) -> Result<u8, Ended> {
    let message = Message::Reject {
        step: args.step.clone(),
        by: person(&args.person),
        reason: args.reason.clone(),
        account: args.person.as_ref().map(|_| desk::account()),
    };
    deliver(project, &args.run, message)
}

pub(super) fn answer(project: &Path, args: &AnswerArgs) -> Result<u8, Ended> {
    let message = Message::Answer {
        step: args.step.clone(),
        by: person(&args.person),
        account: args.person.as_ref().map(|_| desk::account()),
        fields: args.fields.iter().cloned().collect(),
        choice: args.choose.clone(),
        files: Vec::new(),
    };
    deliver_with(project, &args.run, message, &args.evidence)
}

pub(super) fn abort(project: &Path, args: &AbortArgs) -> Result<u8, Ended> {
    deliver(
        project,
        &args.run,
        Message::Abort {
            by: desk::account(),
            reason: args.reason.clone(),
        },
    )
}

/// How long the process that drives the run has to take an answer in.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Writes an answer down, or gives it to whoever drives the run; says what became of it.
pub(super) fn deliver(project: &Path, name: &str, message: Message) -> Result<u8, Ended> {
    deliver_with(project, name, message, &[])
}

/// The same with these files, which are kept once it is known that the message may count.
pub(super) fn deliver_with(
    project: &Path,
    name: &str,
    message: Message,
    files: &[PathBuf],
) -> Result<u8, Ended> {
    let store = desk::store(project)?;
    let run = desk::find(&store, Some(name))?;
    // Whether it counts is judged again by whoever writes it down; this one is for the person.
    let state = run.state()?;
    if let Some(why) = answers::too_late(&state, &message, jiff::Timestamp::now()) {
        return Err(Ended::usage(why));
    }
    answers::event(&run.plan, &state, message.clone()).map_err(Ended::usage)?;
    let inbox = run.inbox();
    let lost = |error| Ended::usage(format!("cannot give the answer to the run: {error}"));
    let mut sending = Sending::begin(&run).map_err(lost)?;
    let message = message.with(desk::keep(&mut sending, files)?);
    let letter = inbox::send(&inbox, &message).map_err(lost)?;
    sending.is_sent();
    let sent = Instant::now();
    loop {
        take_in(&store, &run)?;
        match inbox.fate(&letter).map_err(lost)? {
            Fate::Taken => {
                let short = run.short();
                let state = run.state()?;
                show::line(&match state.end {
                    None => {
                        let way = way_on(&run.plan, &state, short);
                        format!("written down; go on with: {way}")
                    }
                    Some(_) => "written down".to_owned(),
                });
                return Ok(0);
            }
            Fate::Refused(why) => return Err(Ended::usage(why)),
            Fate::Waits if sent.elapsed() > PATIENCE => {
                show::line("given to the terminal that drives the run, which is busy");
                return Ok(0);
            }
            Fate::Waits => std::thread::sleep(LOOK),
        }
    }
}

/// Takes the letters in, unless another process drives the run: then it does.
fn take_in(store: &Store, run: &Run) -> Result<(), Ended> {
    match store.drive(run.clone(), jiff::Timestamp::now().to_string()) {
        Ok(driven) => {
            let (who, now) = (desk::account(), jiff::Timestamp::now);
            Ok(Engine::new(driven, Operator::Absent, who, now).answer()?)
        }
        Err(StoreError::Driven { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
