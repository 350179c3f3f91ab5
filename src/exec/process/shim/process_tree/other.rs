//! Processes as `ps` lists them, for macOS and other systems without `/proc`.

use super::Entry;
use std::io;
use std::process::{Command, Stdio};

/// Such systems give orphans to the first process; what left the group is not found there.
#[cfg(not(target_os = "linux"))]
pub(super) fn adopt() {}

/// There are none to let go.
#[cfg(not(target_os = "linux"))]
pub(super) fn reap_orphans(_: i32) {}

/// Such systems do not show the environment of a process.
#[cfg(not(target_os = "linux"))]
pub(super) fn carries(_: i32, _: &str) -> bool {
    false
}

/// Every living process, with its group in place of the session.
pub(super) fn table() -> io::Result<Vec<Entry>> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,pgid=,stat=,comm="])
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Entry> {
    let mut words = line.split_whitespace();
    let pid = words.next()?.parse().ok()?;
    let parent = words.next()?.parse().ok()?;
    let session = words.next()?.parse().ok()?;
    let is_alive = !words.next()?.starts_with('Z');
    let path = words.collect::<Vec<_>>().join(" ");
    let name = path.rsplit('/').next()?.to_owned();
    is_alive.then_some(Entry {
        pid,
        parent,
        session,
        name,
    })
}
