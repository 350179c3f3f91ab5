//! What the verbs about runs share: the store, the person, the run that is meant, and how a verb
//! that cannot go on ends.

use super::show;
use crate::driver::{self, DriverError};
use crate::exec::engine::EngineError;
use crate::exec::process::shim::secret_folder;
use crate::exec::record::event::Attached;
use crate::exec::record::journal::{JournalError, Misfit};
use crate::exec::state::RunState;
use crate::exec::state::next::{is_at_rest, is_over};
use crate::exec::store::sending::{self, Sending};
use crate::exec::store::tries::Tries;
use crate::exec::store::{Run, Store, StoreError, short};
use crate::files::regular;
use crate::load::LoadError;
use std::env;
use std::path::{Path, PathBuf};

/// Why a verb ended early: the exit code, and the lines to show.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: u8,
    pub(super) lines: Vec<String>,
}

impl Ended {
    /// Wrong usage.
    pub(super) fn usage(line: impl Into<String>) -> Self {
        Self {
            code: 2,
            lines: vec![line.into()],
        }
    }

    /// Definition or params invalid: nothing was started.
    pub(super) fn invalid(lines: Vec<String>) -> Self {
        Self { code: 3, lines }
    }
}

impl From<DriverError> for Ended {
    fn from(error: DriverError) -> Self {
        Self {
            code: 2,
            lines: vec![error.to_string()],
        }
    }
}

impl From<LoadError> for Ended {
    fn from(error: LoadError) -> Self {
        Self {
            code: 2,
            lines: vec![error.to_string()],
        }
    }
}

/// What to do about a record that is not what was written.
const ALTERED: &str = "nothing was changed; compare with a copy before you trust it";
/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

/// What to do about a folder that does not fit together.
const MIXED: &str = "nothing was changed; compare with a copy, put the whole folder back from one copy alone, or move it out of the state folder and look what was done before you begin anew";
/// What to do about a run in two folders.
const TWICE: &str =
    "nothing was changed; compare the two, move the one away that knows less, then do this again";
/// What to do about a record that a newer program wrote.
const NEWER: &str =
    "nothing was changed; update runbook to the version that wrote it, then do this again";

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        let (code, help) = match &error {
            newer if newer.is_newer() => (13, Some(NEWER.to_owned())),
            StoreError::Overtaken(later) => (
                3,
                Some(match &later.stays {
                    None => format!(
                        "nothing was started; take that one back first: runbook undo {}",
                        later.run
                    ),
                    Some(reason) => format!(
                        "nothing was started; what {run} did there {reason}; so {own} is to be taken back by hand, with a look at what that changes for {run}: runbook undo {own} --plan shows what, in which order",
                        run = later.run,
                        own = later.own,
                    ),
                }),
            ),
            StoreError::Known { run, .. } => (
                9,
                Some(format!("look at it with: runbook status {}", run.short())),
            ),
            StoreError::Unknown { run, .. } => (
                10,
                Some(format!(
                    "look at it with: runbook verify {run}; then move its folder away"
                )),
            ),
            StoreError::Locked(locked) => (
                9,
                Some(match locked.driver.is_empty() {
                    true => format!("go on with that one: {}", locked.way),
                    false => format!(
                        "follow that one with: runbook watch {}; once nobody drives it: {}",
                        locked.run, locked.way
                    ),
                }),
            ),
            StoreError::Driven { run, .. } => {
                (9, Some(format!("follow it with: runbook watch {run}")))
            }
            StoreError::Journal(JournalError::Misfit {
                misfit: Misfit::Empty | Misfit::Missing | Misfit::NoFile(_),
                ..
            }) => (
                10,
                Some(
                    "nothing was changed; put it back from a copy, or move the run's folder away"
                        .to_owned(),
                ),
            ),
            StoreError::OpenToAll { folder, close } => (
                2,
                Some(format!(
                    "nothing was started; close it with: {close} {}; or name a folder of your own in RUNBOOK_STATE_DIR. Prove runs that are there already with: runbook verify RUN",
                    quoted(folder)
                )),
            ),
            StoreError::NotOurs { .. } => (
                2,
                Some(
                    "nothing was started; name a folder of your own in RUNBOOK_STATE_DIR, or work as the account whose runs these are"
                        .to_owned(),
                ),
            ),
            StoreError::Mixed { .. } => (10, Some(MIXED.to_owned())),
            StoreError::Twice { .. } => (10, Some(TWICE.to_owned())),
            StoreError::Journal(JournalError::Misfit { .. }) | StoreError::Plan { .. } => {
                (10, Some(ALTERED.to_owned()))
            }
            StoreError::NoRun(_) | StoreError::Ambiguous { .. } => {
                (2, Some("list them with: runbook runs".to_owned()))
            }
            StoreError::Io { .. } | StoreError::Journal(_) => (2, None),
        };
        Self {
            code,
            lines: [error.to_string()].into_iter().chain(help).collect(),
        }
    }
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        let (code, help) = match &error {
            EngineError::Refused(_) => (
                2,
                "nothing was begun; look at it with: runbook status".to_owned(),
            ),
            EngineError::Forgotten { .. } => (10, ALTERED.to_owned()),
            EngineError::Unattended { run, .. } => (
                1,
                format!(
                    "it counts as not done, and nothing further was started; begin it again with: runbook resume {run}"
                ),
            ),
            EngineError::Journal(_) | EngineError::Io(_) => (
                2,
                "nothing further was started; mend this, then resume the run".to_owned(),
            ),
        };
        Self {
            code,
            lines: vec![error.to_string(), help],
        }
    }
}

/// The runs of the project in this folder.
pub(super) fn store(project: &Path) -> Result<Store, Ended> {
    let config = driver::config(project)?;
    let root = state_root(project, config.state_dir.as_deref())?;
    let store = Store::new(&root, &config.id);
    store.refuse_open_to_all()?;
    Ok(store)
}

fn state_root(project: &Path, configured: Option<&str>) -> Result<PathBuf, Ended> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let root = set("RUNBOOK_STATE_DIR")
        .or_else(|| configured.map(|dir| project.join(dir)))
        .or_else(|| set("XDG_STATE_HOME").map(|state| state.join("runbook")))
        .or_else(|| set("HOME").map(|home| home.join(".local/state/runbook")))
        .ok_or_else(|| Ended::usage("no folder for runs: set RUNBOOK_STATE_DIR or HOME"))?;
    std::path::absolute(&root)
        .map_err(|error| Ended::usage(format!("cannot keep runs in {}: {error}", root.display())))
}

/// The run that is meant: by the end of its id, or the only open one. Whoever asks is about to
/// write something down or to go on: its folder fits together, and is the only one of this run.
pub(super) fn find(store: &Store, name: Option<&str>) -> Result<Run, Ended> {
    let run = match name {
        Some(name) => whole(store, name)?.0,
        None => {
            let (known, damaged) = readable(store)?;
            only_open(known, &damaged)?.0
        }
    };
    run.refuse_twin()?;
    Ok(run)
}

/// The run that somebody wants to look at, whatever its files are: by the end of its id, or the only
/// open one, or the newest of those that have ended.
pub(super) fn look_up(store: &Store, name: Option<&str>) -> Result<Run, Ended> {
    match name {
        Some(name) => {
            let run = store.find(name)?;
            if Tries::of(&run.folder).are_of(&run.id) {
                forget_left(&run);
            }
            Ok(run)
        }
        None => Ok(in_sight(store)?.0),
    }
}

/// The same of a run whose folder fits together, and how it is.
pub(super) fn look_up_with_state(
    store: &Store,
    name: Option<&str>,
) -> Result<(Run, RunState), Ended> {
    match name {
        Some(name) => whole(store, name),
        None => in_sight(store),
    }
}

/// The run whose id ends like this, which can be read and whose folder fits together, and how it is.
fn whole(store: &Store, name: &str) -> Result<(Run, RunState), Ended> {
    let run = store.find(name)?;
    let state = run.fitting(run.state()?)?;
    forget_left(&run);
    Ok((run, state))
}

/// Removes what kills left of secrets: whoever looks at a run does so.
fn forget_left(run: &Run) {
    secret_folder::forget_left(&run.folder);
    sending::forget_left(run);
}

/// The only open run, or the newest of those that have ended. Each journal is read once: it may be
/// long.
fn in_sight(store: &Store) -> Result<(Run, RunState), Ended> {
    let (mut known, damaged) = readable(store)?;
    // One that cannot be read may be the open one.
    let none_is_open = damaged.lines.is_empty() && known.iter().all(is_done_with);
    match known.pop_if(|_| none_is_open) {
        Some(newest) => Ok(newest),
        None => only_open(known, &damaged),
    }
}

/// The runs that cannot be read.
#[derive(Debug, Default)]
pub(super) struct Damaged {
    /// A line for each.
    pub(super) lines: Vec<String>,
    /// Whether there is more to them than that a newer program wrote them.
    altered: bool,
}

impl Damaged {
    /// Adds a run that is passed over.
    pub(super) fn add(&mut self, id: &str, error: &StoreError) {
        self.altered |= !error.is_newer();
        let line = format!("run {} cannot be read: {error}", short(id));
        self.lines.push(line);
    }

    /// The code of a verb that had to pass over them.
    pub(super) fn code(&self) -> u8 {
        match (self.lines.is_empty(), self.altered) {
            (true, _) => 0,
            (false, true) => 10,
            (false, false) => 13,
        }
    }

    /// What to do about them.
    fn help(&self) -> &'static str {
        if self.altered { ALTERED } else { NEWER }
    }
}

/// Runs with how they are.
pub(super) type Known = Vec<(Run, RunState)>;

/// The runs that can be read with how they are, the oldest first, and a line for each that cannot:
/// one damaged run must not hide the others.
pub(super) fn readable(store: &Store) -> Result<(Known, Damaged), Ended> {
    let (mut found, mut damaged) = (Vec::new(), Damaged::default());
    for id in store.ids()? {
        found.extend(read(store, &id, &mut damaged)?);
    }
    Ok((found, damaged))
}

/// A run with how it is. Nothing if it cannot be read, which is then added to `damaged`, or if
/// somebody removed it while we looked.
pub(super) fn read(
    store: &Store,
    id: &str,
    damaged: &mut Damaged,
) -> Result<Option<(Run, RunState)>, Ended> {
    let read = store.load(id).and_then(|run| {
        let state = run.state()?;
        // Nothing goes on in one that is at rest.
        let state = match is_at_rest(&run.plan, &state) {
            false => run.fitting(state)?,
            true => state,
        };
        Ok((run, state))
    });
    match read {
        Ok((run, state)) => {
            // A run at rest has none: its tries were followed to their ends.
            if !is_at_rest(&run.plan, &state) {
                forget_left(&run);
            }
            return Ok(Some((run, state)));
        }
        Err(error) if store.ids()?.iter().any(|there| there == id) => damaged.add(id, &error),
        Err(_) => {}
    }
    Ok(None)
}

/// Whether a run has ended, with all that its end brings.
pub(super) fn is_done_with((run, state): &(Run, RunState)) -> bool {
    is_over(&run.plan, state)
}

/// The only open run. One that cannot be read is named, and keeps nobody from another.
fn only_open(mut open: Known, damaged: &Damaged) -> Result<(Run, RunState), Ended> {
    open.retain(|known| !is_done_with(known));
    if open.is_empty() && !damaged.lines.is_empty() {
        let help = damaged.help().to_owned();
        return Err(Ended {
            code: damaged.code(),
            lines: damaged.lines.iter().cloned().chain([help]).collect(),
        });
    }
    let remark = |line: &String| format!("passed over: {line}");
    show::remarks(&damaged.lines.iter().map(remark).collect::<Vec<_>>());
    match (open.pop(), open.len()) {
        (Some(found), 0) => Ok(found),
        (None, _) => Err(Ended::usage(
            "no run is open; begin one with: runbook exec ID --target DIR",
        )),
        (Some(last), _) => {
            open.push(last);
            let line = |(run, _): &(Run, RunState)| {
                format!(
                    "  {}  {} {}",
                    run.short(),
                    run.plan.runbook,
                    run.plan.version
                )
            };
            let lines = std::iter::once("several runs are open; name one:".to_owned())
                .chain(open.iter().map(line));
            Err(Ended {
                code: 2,
                lines: lines.collect(),
            })
        }
    }
}

/// Copies files into the folder of a run, to be named by an event: all of them or, as far as one can
/// know before, none.
pub(super) fn keep(sending: &mut Sending, files: &[PathBuf]) -> Result<Vec<Attached>, Ended> {
    let cannot = |file: &Path, error: std::io::Error| {
        Ended::usage(format!("cannot keep {}: {error}", file.display()))
    };
    for file in files {
        regular::open_named(file).map_err(|error| cannot(file, error))?;
    }
    let keep = |file: &PathBuf| sending.keep(file).map_err(|error| cannot(file, error));
    files.iter().map(keep).collect()
}

/// The operating system's name of the person at the terminal.
pub(super) fn account() -> String {
    let uid = nix::unistd::Uid::effective();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| format!("uid-{uid}"), |user| user.name)
}
