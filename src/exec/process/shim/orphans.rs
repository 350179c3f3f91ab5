//! What lives of a try that nobody looks after any more, and how it is stopped.
//!
//! A free lock alone does not say that nothing of a try runs: a command that closes its
//! descriptors, as an SSH client does, holds no lock, and a log that somebody deletes takes its
//! lock along. So whoever judges a try looks for its processes as well: those of the shim's
//! session, its command with what descends from it, and what carries the try's own environment.

use super::escalation::Escalation;
use super::process_tree::{self, Member, Traces};
use super::{control_files, stop};
use crate::exec::machine::Survivor;
use crate::exec::machine::{Life, Machine, Process};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the processes of the machine are gone through: each of them has to be read for that.
const LOOK: Duration = Duration::from_millis(200);

/// The living processes of a try, as they were when somebody looked last.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    looked: Option<Instant>,
    members: Vec<Member>,
    /// Whether the shim lives: then it is the one to stop the command.
    is_looked_after: bool,
    escalation: Option<Escalation>,
}

impl Orphans {
    /// Whether nobody is left to be waited for: only what made a session of its own, and means to
    /// stay, or nobody at all. In that case only the lock of the try, if whoever asks has it, tells
    /// that none is about to start.
    pub(super) fn are_left_to_themselves(
        &mut self,
        folder: &Path,
        has_lock: bool,
    ) -> io::Result<bool> {
        self.look(folder, has_lock)?;
        Ok(!self.is_looked_after
            && !process_tree::has_session(&self.members)
            && (has_lock || !self.members.is_empty()))
    }

    /// Looks again, if the last look is long ago or found nobody. A shim that lives and has the lock
    /// looks after the others.
    fn look(&mut self, folder: &Path, has_lock: bool) -> io::Result<()> {
        let now = Instant::now();
        let is_fresh = self.looked.is_some_and(|looked| now - looked < LOOK);
        if is_fresh && !self.members.is_empty() {
            return Ok(());
        }
        self.looked = Some(now);
        self.is_looked_after = control_files::shim(folder).is_some_and(|shim| lives(&shim));
        self.members = match self.is_looked_after && !has_lock {
            true => Vec::new(),
            false => list_members(folder)?,
        };
        Ok(())
    }

    /// Those that nobody looks after.
    pub(super) fn left_alone(&self) -> Vec<Survivor> {
        match self.is_looked_after {
            true => Vec::new(),
            false => process_tree::survivors(&self.members),
        }
    }

    /// Does what the shim would do, if somebody wants the command to end and the shim is gone.
    pub(super) fn stop_if_wanted(&mut self, folder: &Path) -> io::Result<()> {
        if self.is_looked_after {
            return Ok(());
        }
        let Some(how) = stop::wanted(folder)? else {
            return Ok(());
        };
        let now = Instant::now();
        let escalation = self
            .escalation
            .get_or_insert_with(Escalation::from_environment);
        let due = escalation.due(now);
        if let Some(signal) = escalation.climb(how, now).or(due) {
            // A process id may have been given to a stranger since the last look.
            process_tree::send(&list_members(folder)?, signal);
        }
        Ok(())
    }
}

/// Whether a process of a try lives on this machine. Early versions wrote its id alone, which any
/// process may have by now.
fn lives(process: &Process) -> bool {
    process.started.is_some() && Machine::here().life(process) == Life::Lives
}

/// The living processes of a try, its shim among them unless that is this process.
///
/// # Errors
/// The operating system's reason.
pub(super) fn list_members(folder: &Path) -> io::Result<Vec<Member>> {
    // Nothing was started.
    let Some(shim) = control_files::shim(folder) else {
        return Ok(Vec::new());
    };
    // Nothing of it can be seen from here.
    if matches!(
        Machine::here().life(&shim),
        Life::Restarted | Life::Elsewhere
    ) {
        return Ok(Vec::new());
    }
    let command = control_files::command(folder).filter(lives);
    process_tree::left(&Traces {
        shim: shim.pid as i32,
        shim_lives: lives(&shim),
        command: command.map(|command| command.pid as i32),
        outputs: &folder.join("outputs"),
    })
}
