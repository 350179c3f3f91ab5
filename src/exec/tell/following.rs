//! Follows a run that another process drives, from the files of its folder alone: what was added
//! to the journal, what the running step says, and whether anybody drives it still.

use crate::exec::machine::Machine;
use crate::exec::process::shim::Attempt;
use crate::exec::record::journal::Contents;
use crate::exec::record::storage::Stamp;
use crate::exec::state::{Progress, RunState};
use crate::exec::store::driving;
use crate::exec::store::{Run, StoreError};

/// How much of the end of a log is looked at for its last lines, in bytes.
const LOG_END: u64 = 4096;

/// A run that is followed.
pub struct Following {
    /// Its plan, and the folder that is looked into; never written to.
    pub run: Run,
    /// What happened so far.
    pub contents: Contents,
    /// How it is.
    pub state: RunState,
    /// What the record was like when it was read.
    stamp: Option<Stamp>,
}

impl Following {
    /// Begins to follow a run.
    ///
    /// # Errors
    /// When its journal cannot be read.
    pub fn new(run: Run) -> Result<Self, StoreError> {
        let stamp = run.record.stamp();
        let contents = run.contents()?;
        Ok(Self {
            state: RunState::fold(&contents.entries),
            run,
            contents,
            stamp,
        })
    }

    /// Looks whether something was added to the journal, and takes it in.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn look(&mut self) -> Result<bool, StoreError> {
        let stamp = self.run.record.stamp();
        if stamp.is_some() && stamp == self.stamp {
            return Ok(false);
        }
        self.contents = self.run.contents()?;
        self.state = RunState::fold(&self.contents.entries);
        self.stamp = stamp;
        Ok(true)
    }

    /// Whether somebody drives the run, as far as this machine can tell.
    pub fn is_driven(&self, machine: &Machine) -> bool {
        driving::driver(&self.run.plan, &self.state, machine).is_some()
    }

    /// The last lines that the running steps said, no more than `most` of them.
    pub fn last_lines(&self, most: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, step) in &self.state.steps {
            if step.progress == Progress::Started {
                let attempt = Attempt::new(&self.run.folder, id, step.attempt);
                let end = attempt.log_end(LOG_END).unwrap_or_default();
                let text = String::from_utf8_lossy(&end).into_owned();
                lines.extend(text.lines().map(as_shown));
            }
        }
        lines.retain(|line| !line.trim().is_empty());
        lines.split_off(lines.len().saturating_sub(most))
    }
}

/// What a terminal would still show of a line that was written over: what came last.
fn as_shown(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    line.rsplit('\r').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_line_that_was_written_over_the_last_is_shown() {
        for (line, shown) in [
            ("10 %\r50 %\r100 %\r", "100 %"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(as_shown(line), shown, "{line:?}");
        }
    }
}
