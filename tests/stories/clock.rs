//! A clock for the program under test in place of the machine's: hours pass in no time.
//!
//! libfaketime stands between the built program and the system's calls for the time of day. How long
//! something takes is still measured by the real clock, so nothing in between runs faster; the commands
//! of steps have the environment that the program gives them, and see the machine's own time.

use crate::root::left_out;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Whether there is such a clock. If not, the test is named as left out.
pub(crate) fn is_there() -> bool {
    library().is_some() || left_out("libfaketime is not installed (apt-get install faketime)")
}

/// Lets a program think that it is so many minutes later than it is, or earlier.
pub(crate) fn shift(command: &mut Command, minutes: i64) {
    let library = library().expect("the test asked whether it is there");
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME", format!("{:+}", minutes * 60))
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("FAKETIME_DISABLE_SHM", "1")
        .env("NO_FAKE_STAT", "1");
}

/// The library, in the folder of whatever processor this is.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?;
    let files = folders.filter_map(|folder| {
        let file = folder.ok()?.path().join("faketime/libfaketime.so.1");
        file.exists().then_some(file)
    });
    files.min()
}
