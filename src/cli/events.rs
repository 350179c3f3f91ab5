//! `--events`: the lines of the journal on standard output, and all that is said to people on
//! standard error.

use super::error::CliError;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

/// Keeps standard output for events: from now on, what is said there goes to standard error.
///
/// # Errors
/// When the operating system does not let us.
pub(super) fn divert() -> Result<Box<dyn Write + Send>, CliError> {
    let failed =
        |why: String| CliError::usage(format!("cannot give out events on standard output: {why}"));
    // A copy that no step inherits: who reads it sees its end when we end.
    let output = io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .map_err(|error| failed(error.to_string()))?;
    nix::unistd::dup2_stdout(io::stderr()).map_err(|errno| failed(errno.to_string()))?;
    Ok(Box::new(File::from(output)))
}
