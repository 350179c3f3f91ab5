//! A try to be waited for: one that we started, or one that somebody left.
//!
//! Nothing here blocks, so that whoever drives can look after several tries, a person and their
//! own end at once.

use super::orphans::Orphans;
use super::{Attempt, ExitRecord, LOOK, Output, Stop, control_files, log, secret_folder, stop};
use crate::exec::machine::Survivor;
use nix::fcntl::FlockArg;
use std::io;
use std::process::Child;
use std::thread;

/// What is known of a try after nothing of it runs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It ended, and this is how.
    Ended(ExitRecord),
    /// Its command was never started, and never will be.
    NeverStarted,
    /// Its command was started; how it ended is not known.
    Unknown,
}

/// A try of which something may run.
#[derive(Debug)]
pub struct Running {
    attempt: Attempt,
    /// The shim, if we started it and have not seen its end.
    shim: Option<Child>,
    /// What lives of it without a shim.
    orphans: Orphans,
}

impl Running {
    pub(super) fn started(attempt: Attempt, shim: Child) -> Self {
        Self {
            attempt,
            shim: Some(shim),
            orphans: Orphans::default(),
        }
    }

    pub(super) fn found(attempt: Attempt) -> Self {
        Self {
            attempt,
            shim: None,
            orphans: Orphans::default(),
        }
    }

    /// What became of the try, and `None` while something of it runs, apart from what left its session
    /// to stay: see [`Attempt::living`]. An answer is final: a try that was never started is forbidden
    /// to start later.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn try_wait(&mut self) -> io::Result<Option<Found>> {
        if let Some(shim) = &mut self.shim {
            if shim.try_wait()?.is_none() {
                return Ok(None);
            }
            self.shim = None;
        }
        self.settled()
    }

    /// Whether nothing of the try runs any more, as far as can be seen without changing anything.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn is_over(&self) -> io::Result<bool> {
        if control_files::read_record(self.attempt.disk(), self.attempt.folder())?.is_some() {
            return Ok(true);
        }
        let held = self.attempt.lock(FlockArg::LockExclusiveNonblock)?;
        Orphans::default().are_left_to_themselves(self.attempt.folder(), held.is_some())
    }

    /// The processes of the try that live though its shim is gone.
    pub fn orphans(&self) -> Vec<Survivor> {
        self.orphans.left_alone()
    }

    /// Whether it is written down how the command ended.
    pub fn has_record(&self) -> bool {
        control_files::read_record(self.attempt.disk(), self.attempt.folder())
            .is_ok_and(|record| record.is_some())
    }

    /// Asks the shim to stop the command; if the shim is gone, whoever waits does so. It is asked,
    /// not waited for.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn stop(&self, how: Stop) -> io::Result<()> {
        stop::want(self.attempt.folder(), how)
    }

    /// What the command says, from its first byte.
    pub fn output(&self) -> Output {
        self.attempt.output()
    }

    /// Waits until nothing of the try runs any more, and says what became of it.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn wait(&mut self) -> io::Result<Found> {
        loop {
            match self.try_wait()? {
                Some(found) => return Ok(found),
                None => thread::sleep(LOOK),
            }
        }
    }

    fn settled(&mut self) -> io::Result<Option<Found>> {
        let (disk, folder) = (self.attempt.disk(), self.attempt.folder());
        // A command may leave a process behind that keeps the log open: its record is enough.
        if let Some(record) = control_files::read_record(disk, folder)? {
            return Ok(Some(Found::Ended(record)));
        }
        let held = self.attempt.lock(FlockArg::LockExclusiveNonblock)?;
        let has_lock = held.is_some();
        if !self.orphans.are_left_to_themselves(folder, has_lock)? {
            self.orphans.stop_if_wanted(folder)?;
            return Ok(None);
        }
        secret_folder::remove(folder);
        let found = control_files::judge(disk, folder)?;
        match found {
            Found::Ended(_) => log::forget_segments(folder)?,
            Found::Unknown => log::recover(folder)?,
            Found::NeverStarted => {}
        }
        Ok(Some(found))
    }
}
