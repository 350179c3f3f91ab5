//! This machine, and processes named so that none is mistaken for another.
//!
//! A process id alone names nobody for long: ids are given out anew, and all of them are when the
//! machine starts anew. Together with the boot and the moment of its start it is one process for
//! ever. Whoever judges whether it still lives is given a [`Machine`]; nothing here sends a signal.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod other;
#[cfg(target_os = "linux")]
pub(crate) mod process;
mod survivor;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

pub use survivor::{Survivor, may_act};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

/// Whether what lies in a folder is in memory, and never on a disk.
pub fn is_in_memory(folder: &Path) -> bool {
    system::is_in_memory(folder)
}

/// A process. What is not known of it is left out: records of early versions have the id alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// When it started, in the words of its system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// The boot of its machine: another one after each start of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The name of its machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// A machine as it is now.
#[derive(Debug, Clone)]
pub struct Machine {
    boot: Option<String>,
    host: Option<String>,
    /// When the living process with this id started.
    started: fn(u32) -> Option<String>,
}

/// What is known of a process by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// The process with this id began at the same moment of the same boot.
    Lives,
    /// It has ended; another one may have its id.
    Ended,
    /// It ended with its machine, which has been started anew.
    Restarted,
    /// It is on another machine, and cannot be seen from here.
    Elsewhere,
}

impl Process {
    /// The process that asks.
    pub fn own() -> &'static Self {
        static OWN: OnceLock<Process> = OnceLock::new();
        OWN.get_or_init(|| Self::here(std::process::id()))
    }

    /// The process of this machine that has this id now.
    pub fn here(pid: u32) -> Self {
        let machine = Machine::here();
        Self {
            pid,
            started: (machine.started)(pid),
            boot: machine.boot,
            host: machine.host,
        }
    }

    /// The line in which the shim of a try names itself and its command; what is not known is `-`.
    pub fn to_line(&self) -> String {
        let word = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        let (started, boot, host) = (word(&self.started), word(&self.boot), word(&self.host));
        format!("{} {started} {boot} {host}\n", self.pid)
    }

    /// Reads such a line; early versions wrote the id alone.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let pid = words.next()?.parse().ok()?;
        let mut part = || {
            let word = words.next().filter(|word| *word != "-");
            word.map(str::to_owned)
        };
        Some(Self {
            pid,
            started: part(),
            boot: part(),
            host: part(),
        })
    }
}

impl Machine {
    /// The machine that this program runs on.
    pub fn here() -> Self {
        Self {
            boot: system::boot().map(without_spaces),
            host: system::host().map(without_spaces),
            started: |pid| system::started(pid).map(without_spaces),
        }
    }

    /// Whether a process still lives. A machine may get another name, but not another boot without
    /// a restart; so the boot is looked at first.
    pub fn life(&self, process: &Process) -> Life {
        let is_same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        };
        match (
            is_same(&process.boot, &self.boot),
            is_same(&process.host, &self.host),
        ) {
            (Some(true), _) | (None, Some(true) | None) => {}
            (Some(false), Some(true) | None) => return Life::Restarted,
            (_, Some(false)) => return Life::Elsewhere,
        }
        let Some(now) = (self.started)(process.pid) else {
            return Life::Ended;
        };
        match process.started.as_ref().is_none_or(|then| *then == now) {
            true => Life::Lives,
            false => Life::Ended,
        }
    }
}

/// `process 812 on l7`
impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        match &self.host {
            Some(host) => write!(f, " on {host}"),
            None => Ok(()),
        }
    }
}

/// What a system says, as one word of a line.
fn without_spaces(text: String) -> String {
    text.replace(char::is_whitespace, "_")
}

impl Life {
    /// Its word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lives => "lives",
            Self::Ended => "ended",
            Self::Restarted => "restarted",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The end of a sentence about a process that cannot be seen to live.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Lives => "lives",
            Self::Ended => "has ended",
            Self::Restarted => "ended when its machine went down; it was started again since",
            Self::Elsewhere => "is on another machine and cannot be seen from here",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            boot: Some("b2".to_owned()),
            host: Some("l7".to_owned()),
            started: |pid| (pid == 7).then(|| "1000".to_owned()),
        }
    }

    fn process(pid: u32, started: &str, boot: &str, host: &str) -> Process {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Process {
            pid,
            started: part(started),
            boot: part(boot),
            host: part(host),
        }
    }

    #[test]
    fn a_process_is_known_by_more_than_its_id() {
        for (process, life, why) in [
            (process(7, "1000", "b2", "l7"), Life::Lives, "all fits"),
            (
                process(7, "1000", "b2", "l9"),
                Life::Lives,
                "it was renamed",
            ),
            (
                process(7, "999", "b2", "l7"),
                Life::Ended,
                "its id was reused",
            ),
            (
                process(8, "1000", "b2", "l7"),
                Life::Ended,
                "no such process",
            ),
            (
                process(7, "1000", "b1", "l7"),
                Life::Restarted,
                "power was lost",
            ),
            (process(7, "1000", "b1", ""), Life::Restarted, "the same"),
            (
                process(7, "1000", "b1", "l9"),
                Life::Elsewhere,
                "another one",
            ),
            (
                process(7, "1000", "", "l9"),
                Life::Elsewhere,
                "another name",
            ),
            (process(7, "", "", ""), Life::Lives, "an early record"),
            (process(8, "", "", ""), Life::Ended, "an early record"),
        ] {
            assert_eq!(machine().life(&process), life, "{why}");
        }
    }

    #[test]
    fn this_process_lives() {
        assert_eq!(Machine::here().life(Process::own()), Life::Lives);
        assert!(Process::own().boot.is_some(), "the boot is known");
    }

    #[test]
    fn every_system_knows_when_a_process_started() {
        let own = std::process::id();
        for (name, started) in [
            ("this system", system::started(own)),
            ("any system", other::started(own)),
        ] {
            assert!(started.is_some_and(|text| !text.is_empty()), "{name}");
        }
        for (name, host) in [
            ("this system", system::host()),
            ("any system", other::host()),
        ] {
            assert!(host.is_some_and(|text| !text.is_empty()), "{name}");
        }
        assert_eq!(other::started(u32::MAX), None);
    }

    #[test]
    fn a_line_names_a_process_for_whoever_comes_later() {
        for found in [
            process(7, "1000", "b2", "l7"),
            process(7, "", "b2", ""),
            process(7, "", "", ""),
        ] {
            assert_eq!(Process::from_line(&found.to_line()), Some(found));
        }
        assert_eq!(
            Process::from_line("4711\n"),
            Some(process(4711, "", "", "")),
            "as early versions wrote it"
        );
        assert_eq!(Process::from_line("soon\n"), None);
    }
}
