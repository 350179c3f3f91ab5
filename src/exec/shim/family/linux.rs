//! Processes as Linux tells of them, in `/proc`.

use super::Entry;
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
        let stat = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
        table.extend(parse(pid, &String::from_utf8_lossy(&stat)));
    }
    Ok(table)
}

/// Whether a process was started with this `NAME=VALUE`, or something that it descends from was.
/// Those of other accounts do not tell. See proc_pid_environ(5).
pub(super) fn carries(pid: i32, setting: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .any(|found| found == setting.as_bytes())
}

/// `PID (NAME) STATE PARENT GROUP SESSION …`, where the name may hold anything, and a process in
/// state Z or X has ended. See proc_pid_stat(5).
fn parse(pid: i32, stat: &str) -> Option<Entry> {
    let (head, rest) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut words = rest.split_whitespace();
    let is_alive = !matches!(words.next()?, "Z" | "X");
    let parent = words.next()?.parse().ok()?;
    let session = words.nth(1)?.parse().ok()?;
    is_alive.then(|| Entry {
        pid,
        parent,
        session,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything_and_the_dead_are_left_out() {
        let found = parse(7, "7 (a) b (c) S 3 4 5 0 -1").expect("it lives");
        assert_eq!(
            (found.parent, found.session, found.name.as_str()),
            (3, 5, "a) b (c")
        );
        assert!(parse(7, "7 (gone) Z 3 4 5 0 -1").is_none());
        assert!(parse(7, "").is_none());
    }
}
