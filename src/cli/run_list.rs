//! `runbook runs`: what is there, a line for each run, read one after the other.
//!
//! A run that is over stays as it is, so its line is remembered in the store's index.

use super::context::{self, code_of};
use super::envelope::{Json, List};
use super::error::CliError;
use super::show;
use super::status;
use super::time_argument;
use crate::exec::record::storage::Stamp;
use crate::exec::state::RunState;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{exit_code, is_at_rest, is_over};
use crate::exec::state::waiting::waiting;
use crate::exec::store::{Index, Run, Store, short};
use crate::printable::printable;
use crate::runs::standing;
use crate::runs::{self, Damaged};
use crate::screen::signs::{self, Sign};
use crate::times;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// List runs, the newest last
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook runs --open\n  runbook runs --failed --since 7d")]
pub(super) struct Args {
    /// Only open runs, and those whose `finally` is not done
    #[arg(long)]
    open: bool,
    /// Only runs that wait for a person
    #[arg(long)]
    waiting: bool,
    /// Only runs that failed, are in doubt, or could not be undone completely
    #[arg(long)]
    failed: bool,
    /// Only runs started since: 7d, 36h, 2026-11-25
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[command(flatten)]
    pub(super) json: Json,
}

/// How much of the list is shown at once, in bytes: thousands of lines are not written one by one.
const PAGE: usize = 8 * 1024;

/// What a run ends with that did not end well, or would not now.
const FAILED: [ExitCode; 4] = [
    ExitCode::Failed,
    ExitCode::InDoubt,
    ExitCode::PartlyUndone,
    ExitCode::TimeLimit,
];

/// What the list shows of a run, and is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    text: String,
    /// When it was started, RFC 3339: how that is shown depends on where it is read.
    began: String,
    /// How long it took, if it has ended.
    seconds: Option<u64>,
    is_open: bool,
    is_waiting: bool,
    code: u8,
}

/// How the reviews of a run are that came afterwards, as the end of its line.
fn reviews(state: &RunState) -> String {
    let mut words = String::new();
    if !state.owed().is_empty() {
        words += ", a review is owed";
    }
    if !state.refused_reviews().is_empty() {
        words += ", a review was refused";
    }
    words
}

impl Row {
    fn of(run: &Run, state: &RunState) -> Self {
        Self {
            text: printable(&format!(
                "{}{}",
                status::in_a_line(run, state),
                reviews(state)
            )),
            began: state.began.clone().unwrap_or_default(),
            seconds: state.seconds(),
            is_open: !is_over(&run.plan, state),
            is_waiting: waiting(&run.plan, state).is_some() || !state.owed().is_empty(),
            code: exit_code(&run.plan, state).number(),
        }
    }

    /// The row as it is shown here.
    fn line(&self, id: &str) -> String {
        let took = self.seconds.map_or_else(|| "-".to_owned(), times::elapsed);
        format!(
            "{}  {}  {took:>8}  {}\n",
            signs::column(Some(self.sign()), short(id), 0),
            times::local_minute(&self.began),
            self.text
        )
    }

    /// How it looks: as that what it ended with, or would end with now.
    fn sign(&self) -> Sign {
        let mut codes = ExitCode::OF_RUNS.into_iter();
        let code = codes.find(|code| code.number() == self.code);
        code.map_or(Sign::Failed, ExitCode::sign)
    }

    fn is_wanted(&self, args: &Args) -> bool {
        (!args.open || self.is_open)
            && (!args.waiting || self.is_waiting)
            && (!args.failed || FAILED.iter().any(|code| code.number() == self.code))
    }
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let since = args.since.as_ref();
    let since = since
        .map(|since| time_argument::since(since, &jiff::ZonedDateTime::now()))
        .transpose()
        .map_err(CliError::usage)?;
    let store = context::store(project)?;
    let all = store.ids()?;
    let is_young =
        |id: &&String| since.is_none_or(|since| begun(id).is_some_and(|begun| begun >= since));
    let ids = all.iter().filter(is_young);
    let damaged = match args.json.wanted {
        true => as_json(&store, ids, args)?,
        false => {
            let mut index = store.index();
            let damaged = as_text(&store, ids, &mut index, args)?;
            index.keep(&all);
            damaged
        }
    };
    show::complain(&context::faults(&damaged));
    Ok(code_of(&damaged))
}

/// When a run began: its id says so.
fn begun(id: &str) -> Option<jiff::Timestamp> {
    let id = ulid::Ulid::from_string(id).ok()?;
    jiff::Timestamp::from_millisecond(i64::try_from(id.timestamp_ms()).ok()?).ok()
}

fn as_text<'i>(
    store: &Store,
    ids: impl Iterator<Item = &'i String>,
    index: &mut Index<Row>,
    args: &Args,
) -> Result<Damaged, CliError> {
    let (mut damaged, mut is_empty, mut lines) = (Damaged::default(), true, String::new());
    let ids: Vec<&String> = ids.collect();
    // The files of thousands of runs are looked at by all processors.
    let stamps: Vec<Option<Stamp>> = ids.par_iter().map(|id| index.stamp(id)).collect();
    for (id, stamp) in ids.into_iter().zip(stamps) {
        let row = row(store, id, stamp, index, &mut damaged)?;
        if let Some(row) = row.filter(|row| row.is_wanted(args)) {
            lines += &row.line(id);
            is_empty = false;
        }
        if lines.len() > PAGE {
            show::text(&std::mem::take(&mut lines));
        }
        if show::has_no_reader() {
            break;
        }
    }
    show::text(&lines);
    if is_empty {
        show::line("no runs; start one with: runbook exec ID --target DIR");
    }
    Ok(damaged)
}

/// The row of a run, whose files had this stamp a moment ago, if it can be read.
fn row(
    store: &Store,
    id: &str,
    stamp: Option<Stamp>,
    index: &mut Index<Row>,
    damaged: &mut Damaged,
) -> Result<Option<Row>, CliError> {
    if let Some(row) = stamp.as_ref().and_then(|stamp| index.get(id, stamp)) {
        return Ok(Some(row.clone()));
    }
    let Some((run, state)) = runs::read(store, id, damaged)? else {
        return Ok(None);
    };
    let row = Row::of(&run, &state);
    let is_settled = is_at_rest(&run.plan, &state) && standing::driven_by(&run, &state).is_none();
    if let Some(stamp) = stamp.filter(|_| is_settled) {
        index.put(&run, stamp, row.clone());
    }
    Ok(Some(row))
}

/// A list of which each run is written before the next is read.
fn as_json<'i>(
    store: &Store,
    ids: impl Iterator<Item = &'i String>,
    args: &Args,
) -> Result<Damaged, CliError> {
    let (mut damaged, mut list) = (Damaged::default(), List::begin());
    for id in ids {
        let Some((run, state)) = runs::read(store, id, &mut damaged)? else {
            continue;
        };
        if Row::of(&run, &state).is_wanted(args) {
            list.add(&standing::summary(&run, &state));
        }
        if show::has_no_reader() {
            return Ok(damaged);
        }
    }
    Ok(damaged)
}
