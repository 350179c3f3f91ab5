//! The codes that the program ends with.

use crate::screen::signs::Sign;
use serde_json::{Value, json};

/// A code that the program ends with. The numbers are those of `docs/reference/exit-codes.md`, and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// What was wanted is done; of a run: it is finished.
    Finished = 0,
    /// It failed, or a check found something.
    Failed = 1,
    /// It could not be tried: wrong usage, or a file that cannot be read or written.
    CouldNotRun = 2,
    /// The runbook, its params or its target do not allow it: nothing was started.
    Invalid = 3,
    /// Somebody rejected it, or nobody approved it in time.
    Refused = 4,
    /// It waits for somebody, or for time to pass.
    Suspended = 5,
    /// Nobody knows whether a step happened.
    InDoubt = 6,
    /// All that can be undone is undone.
    Undone = 7,
    /// Something could not be undone, or an undo was cut off.
    PartlyUndone = 8,
    /// Another run has the lock, or somebody else drives this one.
    Locked = 9,
    /// A record is not what was written.
    Altered = 10,
    /// The run worked for as long as its budget allows.
    TimeLimit = 11,
    /// A person ended it.
    Aborted = 12,
    /// A newer program wrote the record.
    Newer = 13,
    /// Its terminal is gone (128 + SIGHUP).
    HungUp = 129,
    /// It was interrupted (128 + SIGINT).
    Interrupted = 130,
    /// It was told to end (128 + SIGTERM).
    Terminated = 143,
}

impl ExitCode {
    /// What a run ends with, or would now.
    pub const OF_RUNS: [Self; 9] = [
        Self::Finished,
        Self::Failed,
        Self::Refused,
        Self::Suspended,
        Self::InDoubt,
        Self::Undone,
        Self::PartlyUndone,
        Self::TimeLimit,
        Self::Aborted,
    ];

    /// The number that the operating system gets.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The code and its name: `{ "code": 5, "name": "suspended" }`.
    pub fn as_json(self) -> Value {
        json!({ "code": self.number(), "name": self.name() })
    }

    /// How a run looks that ended with this code, or would now.
    pub fn sign(self) -> Sign {
        match self {
            Self::Finished => Sign::Ok,
            Self::Suspended => Sign::Waiting,
            Self::InDoubt => Sign::Doubt,
            Self::PartlyUndone | Self::TimeLimit => Sign::Warning,
            Self::Undone | Self::Aborted => Sign::Skipped,
            _ => Sign::Failed,
        }
    }

    /// The name, as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::CouldNotRun => "could_not_run",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
            Self::InDoubt => "in_doubt",
            Self::Undone => "undone",
            Self::PartlyUndone => "partly_undone",
            Self::Locked => "locked",
            Self::Altered => "altered",
            Self::TimeLimit => "time_limit",
            Self::Aborted => "aborted",
            Self::Newer => "newer",
            Self::HungUp => "hung_up",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }
}
