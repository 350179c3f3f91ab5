//! The wish that a command ends: the file `stop` of a try, which its shim looks for. So whoever
//! drives the run can stop what another driver started, and no signal ever meets a stranger.

use crate::files::{self, regular};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// How a command is to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// As by Ctrl-C, and harder only if it does not end.
    Interrupt,
    /// At once.
    Kill,
}

/// Asks the shim to stop the command. The last wish counts.
pub(super) fn want(folder: &Path, how: Stop) -> io::Result<()> {
    files::replace(&folder.join("stop"), &serde_json::to_vec(&how)?)
}

/// How the command is to be stopped, if somebody wants that.
pub(super) fn wanted(folder: &Path) -> io::Result<Option<Stop>> {
    match regular::read(&folder.join("stop")) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
