//! Processes as Linux tells of them, in `/proc`.

use super::Entry;
use crate::exec::machine::process;
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use std::fs;
use std::io;

/// Orphans among our descendants become our children, so that they can be found.
pub(super) fn adopt() {
    // An old kernel cannot; then only the session is known.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Lets orphans that ended go, up to the command if it has ended.
pub(super) fn reap_orphans(command: i32) {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    while let Ok(ended) = waitid(Id::All, look) {
        match ended.pid() {
            Some(pid) if pid.as_raw() != command => {
                let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
            }
            _ => return,
        }
    }
}

/// Every living process. Those that end while we read are left out.
pub(super) fn table() -> io::Result<Vec<Entry>> {
    let mut table = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        table.extend(process::living(pid).map(|found| Entry {
            pid: pid as i32,
            parent: found.parent,
            session: found.session,
            name: found.name,
        }));
    }
    Ok(table)
}

/// Whether a process was started with this `NAME=VALUE`, or something that it descends from was.
/// Those of other accounts do not tell.
pub(super) fn carries(pid: i32, setting: &str) -> bool {
    let environment = process::environment(pid as u32);
    environment
        .split(|byte| *byte == 0)
        .any(|found| found == setting.as_bytes())
}
