//! This program, for whoever starts it once more.

use std::io;
use std::path::{Path, PathBuf};

/// Where it is, also if another version was put in its place meanwhile: a run that goes on is not
/// stopped by an update. It is for a process that we start ourselves; to others the path may mean them.
///
/// # Errors
/// The operating system's reason.
pub fn path() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let running = Path::new("/proc/self/exe");
    match !program.exists() && running.exists() {
        true => Ok(running.to_owned()),
        false => Ok(program),
    }
}

/// The same for a process of others. After an update it is the new version; nothing if that is gone too.
pub fn path_for_others() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    // As the kernel names a file that another one took the place of (proc(5)).
    let name = program.to_str()?.trim_end_matches(" (deleted)");
    Path::new(name).exists().then(|| name.into())
}
