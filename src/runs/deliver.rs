//! What a person says to a run, from wherever: written down, or given to whoever drives it.

use super::{RunsError, account};
use crate::exec::engine::Engine;
use crate::exec::engine::operator::Operator;
use crate::exec::record::event::Attached;
use crate::exec::record::inbox::{self, Fate, Message};
use crate::exec::state::{RunState, answers};
use crate::exec::store::sending::Sending;
use crate::exec::store::{Run, Store, StoreError};
use crate::files::regular;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the process that drives the run has to take an answer in.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What became of a message.
#[derive(Debug)]
pub enum Delivered {
    /// It stands in the journal; the run is like this then.
    WrittenDown(Box<RunState>),
    /// It lies where whoever drives the run will find it.
    Given,
}

/// Writes a message down, or gives it to whoever drives the run. The files are kept once it is known
/// that the message may count.
///
/// # Errors
/// [`RunsError::Refused`] if it does not count: nothing is kept then. When it cannot be written.
pub fn deliver(
    store: &Store,
    run: &Run,
    message: Message,
    files: &[PathBuf],
) -> Result<Delivered, RunsError> {
    // Whether it counts is judged again by whoever writes it down; this one is for the person.
    let state = run.state()?;
    let now = jiff::Timestamp::now();
    if let Some(why) = answers::too_late(&state, &message, now) {
        return Err(RunsError::Refused(why));
    }
    answers::event(&run.plan, &state, run.short(), message.clone(), now)
        .map_err(RunsError::Refused)?;
    let inbox = run.inbox();
    let mut sending = Sending::begin(run).map_err(RunsError::NotBegun)?;
    let message = message.with(keep(&mut sending, files)?);
    let letter = inbox::send(&inbox, &message).map_err(RunsError::NotSent)?;
    sending.is_sent();
    let sent = Instant::now();
    loop {
        take_in(store, run)?;
        match inbox.fate(&letter).map_err(RunsError::NotSent)? {
            Fate::Taken => return Ok(Delivered::WrittenDown(Box::new(run.state()?))),
            Fate::Refused(why) => return Err(RunsError::Refused(why)),
            Fate::Waits if sent.elapsed() > PATIENCE => return Ok(Delivered::Given),
            Fate::Waits => std::thread::sleep(LOOK),
        }
    }
}

/// Takes the letters in, unless another process drives the run: then it does.
fn take_in(store: &Store, run: &Run) -> Result<(), RunsError> {
    match store.drive(run.clone(), jiff::Timestamp::now().to_string()) {
        Ok(driven) => {
            let (who, now) = (account(), jiff::Timestamp::now);
            Ok(Engine::new(driven, Operator::Absent, who, now).answer()?)
        }
        Err(StoreError::Driven { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Copies files into the folder of a run, to be named by an event: all of them or, as far as one can
/// know before, none.
fn keep(sending: &mut Sending, files: &[PathBuf]) -> Result<Vec<Attached>, RunsError> {
    let cannot = |file: &Path, error| RunsError::NotKept {
        file: file.to_owned(),
        error,
    };
    for file in files {
        regular::open_named(file).map_err(|error| cannot(file, error))?;
    }
    let keep = |file: &PathBuf| sending.keep(file).map_err(|error| cannot(file, error));
    files.iter().map(keep).collect()
}
