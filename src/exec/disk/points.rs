//! Fail points: each operation on each part of the record has a name, such as `journal.sync`.
//!
//! [`POINTS`] lists them all, and a test says that each of them was hit. In builds with debug assertions
//! the variable `RUNBOOK_FAIL` makes the program fail at one: `journal.sync:3:before`. In other
//! builds there is no such thing.

use std::io;

/// What a file or folder is to the record of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The folder of all runs, and those above it.
    Store,
    /// The folder of one run, and those in it.
    Run,
    /// `plan.json`.
    Plan,
    /// `journal.jsonl`.
    Journal,
    /// What was cut off a journal.
    Torn,
    /// An answer in the inbox.
    Letter,
    /// Why an answer did not count.
    Refusal,
    /// The folder of a try, and those above and below it.
    Try,
    /// `command.json` of a try.
    Job,
    /// `pid` of a try.
    Pid,
    /// `outputs` of a try.
    Outputs,
    /// `log` of a try.
    Log,
    /// `exit.json` of a try.
    Exit,
    /// `revoked` of a try.
    Revoked,
}

/// What is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Its bytes are read.
    Read,
    /// It is looked for.
    Look,
    /// Its names are read.
    List,
    /// It is made, a folder.
    MakeFolder,
    /// It is made, a file.
    Create,
    /// It is opened to be written.
    Open,
    /// Bytes are written.
    Write,
    /// Its end is cut off.
    Cut,
    /// Its bytes are synced.
    Sync,
    /// It gets its name.
    Rename,
    /// It is removed.
    Remove,
    /// The names in its folder are synced.
    SyncFolder,
}

/// Every fail point.
pub const POINTS: [&str; 71] = [
    "store.look",
    "store.list",
    "store.make-folder",
    "store.sync-folder",
    "run.look",
    "run.make-folder",
    "run.rename",
    "run.remove",
    "run.sync-folder",
    "plan.read",
    "plan.create",
    "plan.write",
    "plan.sync",
    "journal.read",
    "journal.create",
    "journal.open",
    "journal.write",
    "journal.cut",
    "journal.sync",
    "torn.look",
    "torn.create",
    "torn.write",
    "torn.sync",
    "torn.rename",
    "torn.sync-folder",
    "letter.look",
    "letter.list",
    "letter.read",
    "letter.create",
    "letter.write",
    "letter.sync",
    "letter.rename",
    "letter.remove",
    "letter.sync-folder",
    "refusal.look",
    "refusal.create",
    "refusal.write",
    "refusal.sync",
    "refusal.rename",
    "refusal.remove",
    "refusal.sync-folder",
    "try.look",
    "try.make-folder",
    "try.sync-folder",
    "job.read",
    "job.create",
    "job.write",
    "job.sync",
    "pid.look",
    "pid.create",
    "pid.write",
    "pid.sync",
    "outputs.look",
    "outputs.read",
    "outputs.create",
    "outputs.open",
    "outputs.write",
    "outputs.sync",
    "log.look",
    "log.create",
    "log.open",
    "log.sync",
    "exit.look",
    "exit.read",
    "exit.create",
    "exit.write",
    "exit.sync",
    "exit.rename",
    "exit.sync-folder",
    "revoked.look",
    "revoked.create",
];

/// The name of a fail point.
pub fn name(part: Part, op: Op) -> String {
    let part = match part {
        Part::Store => "store",
        Part::Run => "run",
        Part::Plan => "plan",
        Part::Journal => "journal",
        Part::Torn => "torn",
        Part::Letter => "letter",
        Part::Refusal => "refusal",
        Part::Try => "try",
        Part::Job => "job",
        Part::Pid => "pid",
        Part::Outputs => "outputs",
        Part::Log => "log",
        Part::Exit => "exit",
        Part::Revoked => "revoked",
    };
    let op = match op {
        Op::Read => "read",
        Op::Look => "look",
        Op::List => "list",
        Op::MakeFolder => "make-folder",
        Op::Create => "create",
        Op::Open => "open",
        Op::Write => "write",
        Op::Cut => "cut",
        Op::Sync => "sync",
        Op::Rename => "rename",
        Op::Remove => "remove",
        Op::SyncFolder => "sync-folder",
    };
    format!("{part}.{op}")
}

/// Does something to a file of the operating system's disk.
#[cfg(not(debug_assertions))]
pub(super) fn at<T>(_: Part, _: Op, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    act()
}

/// Writes bytes to a file of the operating system's disk.
#[cfg(not(debug_assertions))]
pub(super) fn write(
    _: Part,
    bytes: &[u8],
    mut act: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    act(bytes)
}

#[cfg(debug_assertions)]
pub(super) use failing::{at, write};

#[cfg(debug_assertions)]
mod failing {
    //! Failing where `RUNBOOK_FAIL` says.

    use super::{Op, POINTS, Part, io, name};
    use nix::errno::Errno;
    use nix::sys::signal::{Signal, raise};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Where and how the program fails: `POINT:N:HOW`, at the Nth time that it comes there.
    struct Failure {
        point: String,
        nth: u32,
        how: How,
        passed: AtomicU32,
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum How {
        /// Killed before it.
        Before,
        /// Killed in the middle of it, if it writes.
        Within,
        /// Killed after it.
        After,
        /// The disk refuses.
        Refused(Errno),
    }

    fn failure() -> Option<&'static Failure> {
        static FAILURE: OnceLock<Option<Failure>> = OnceLock::new();
        let read = || std::env::var("RUNBOOK_FAIL").ok().map(|text| parse(&text));
        FAILURE.get_or_init(read).as_ref()
    }

    fn parse(text: &str) -> Failure {
        let [point, nth, how] = text.split(':').collect::<Vec<_>>()[..] else {
            panic!("RUNBOOK_FAIL is POINT:N:HOW, not {text}");
        };
        assert!(POINTS.contains(&point), "there is no fail point {point}");
        Failure {
            point: point.to_owned(),
            nth: nth.parse().expect("N is a number"),
            how: match how {
                "before" => How::Before,
                "within" => How::Within,
                "after" => How::After,
                "EIO" => How::Refused(Errno::EIO),
                "ENOSPC" => How::Refused(Errno::ENOSPC),
                other => panic!("RUNBOOK_FAIL does not know {other}"),
            },
            passed: AtomicU32::new(0),
        }
    }

    /// How to fail here and now.
    fn here(part: Part, op: Op) -> Option<How> {
        let failure = failure().filter(|failure| failure.point == name(part, op))?;
        let passed = failure.passed.fetch_add(1, Ordering::SeqCst) + 1;
        (passed == failure.nth).then_some(failure.how)
    }

    fn die() {
        raise(Signal::SIGKILL).expect("a process can kill itself");
    }

    pub(in super::super) fn at<T>(
        part: Part,
        op: Op,
        act: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let how = here(part, op);
        match how {
            Some(How::Before | How::Within) => die(),
            Some(How::Refused(errno)) => return Err(errno.into()),
            Some(How::After) | None => {}
        }
        let done = act();
        if how == Some(How::After) {
            die();
        }
        done
    }

    pub(in super::super) fn write(
        part: Part,
        bytes: &[u8],
        mut act: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let half = &bytes[..bytes.len() / 2];
        let how = here(part, Op::Write);
        match how {
            Some(How::Before) => die(),
            Some(How::Within) => {
                act(half)?;
                die();
            }
            // A full disk takes what still fits.
            Some(How::Refused(errno)) => {
                act(half)?;
                return Err(errno.into());
            }
            Some(How::After) | None => {}
        }
        act(bytes)?;
        if how == Some(How::After) {
            die();
        }
        Ok(())
    }
}
