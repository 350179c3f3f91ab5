//! The processes of a try: all that its command started and that still live.
//!
//! They are those of the shim's session, which a signal is meant for, and those that left it but
//! descend from the shim, which are named and otherwise let be: who makes a session of its own
//! means to stay.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod other;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::io;

/// A process that outlived the command that started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    /// Its process id.
    pub pid: i32,
    /// The name of its program, without arguments.
    pub name: String,
}

/// A line of the system's table of processes.
#[derive(Debug)]
struct Entry {
    pid: i32,
    parent: i32,
    /// The session, where the system tells it, else the process group.
    session: i32,
    name: String,
}

/// A living process of a try.
#[derive(Debug)]
pub(super) struct Member {
    process: Survivor,
    in_session: bool,
}

/// Takes care that what the command starts stays ours to find, where the system can do that.
pub(super) fn adopt() {
    system::adopt();
}

/// Lets orphans that ended go; not the command, whose end is waited for elsewhere.
pub(super) fn reap_orphans(command: i32) {
    system::reap_orphans(command);
}

/// The living processes that this shim's command, the leader of the group `command`, left or has.
///
/// # Errors
/// The operating system's reason.
pub(super) fn members(command: i32) -> io::Result<Vec<Member>> {
    let own = std::process::id() as i32;
    Ok(select(system::table()?, own, command))
}

fn select(table: Vec<Entry>, own: i32, command: i32) -> Vec<Member> {
    let mut ours = vec![own];
    loop {
        let before = ours.len();
        for entry in &table {
            if ours.contains(&entry.parent) && !ours.contains(&entry.pid) {
                ours.push(entry.pid);
            }
        }
        if ours.len() == before {
            break;
        }
    }
    let member = |entry: Entry| {
        let in_session = entry.session == own || entry.session == command;
        let is_ours = entry.pid != own && (in_session || ours.contains(&entry.pid));
        is_ours.then_some(Member {
            process: Survivor {
                pid: entry.pid,
                name: entry.name,
            },
            in_session,
        })
    };
    table.into_iter().filter_map(member).collect()
}

/// Sends a signal to those that a signal is meant for.
pub(super) fn send(members: &[Member], signal: Signal) {
    for member in members.iter().filter(|member| member.in_session) {
        // One that is gone by now needs no signal; one of another account will be named.
        let _ = kill(Pid::from_raw(member.process.pid), signal);
    }
}

/// Whether a signal would still reach somebody.
pub(super) fn has_session(members: &[Member]) -> bool {
    members.iter().any(|member| member.in_session)
}

/// Their names.
pub(super) fn survivors(members: Vec<Member>) -> Vec<Survivor> {
    members.into_iter().map(|member| member.process).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pid: i32, parent: i32, session: i32) -> Entry {
        Entry {
            pid,
            parent,
            session,
            name: format!("p{pid}"),
        }
    }

    #[test]
    fn session_and_descendants_are_found_and_nobody_else() {
        let table = vec![
            entry(1, 0, 1),
            entry(10, 1, 10),  // the shim itself
            entry(11, 10, 10), // the command
            entry(14, 13, 13), // a child of the daemon, listed before it
            entry(12, 1, 10),  // its parent is gone, its session is not
            entry(13, 11, 13), // made a session of its own
            entry(20, 1, 20),  // a stranger
        ];

        let found = select(table, 10, 11);

        let pids: Vec<(i32, bool)> = found
            .iter()
            .map(|member| (member.process.pid, member.in_session))
            .collect();
        assert_eq!(pids, [(11, true), (14, false), (12, true), (13, false)]);
        assert!(has_session(&found));
    }

    #[test]
    fn every_system_lists_this_process_with_its_parent() {
        let own = std::process::id() as i32;
        let parent = std::os::unix::process::parent_id() as i32;
        for (name, table) in [
            ("this system", system::table()),
            ("any system", other::table()),
        ] {
            let table = table.expect("processes can be listed");
            let found = table.iter().find(|entry| entry.pid == own);
            let found = found.unwrap_or_else(|| panic!("{name}: {table:?}"));
            assert_eq!(found.parent, parent, "{name}");
            assert!(!found.name.is_empty(), "{name}");
        }
    }
}
