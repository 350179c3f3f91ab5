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
use std::path::Path;

/// The variable in which each command is told where its outputs go: a path of the try alone.
pub(crate) const OUTPUTS_VARIABLE: &str = "RB_OUTPUT";

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
    let members = select(system::table()?, &[own], &[own, command], |_| false);
    Ok(members
        .into_iter()
        .filter(|member| member.process.pid != own)
        .collect())
}

/// What is known of the processes of a try whose shim somebody else started.
#[derive(Debug)]
pub(super) struct Traces<'a> {
    /// The process id of the shim, which is that of its session.
    pub(super) shim: i32,
    /// Whether the shim lives.
    pub(super) shim_lives: bool,
    /// The process id of the command, which leads a group, if it lives.
    pub(super) command: Option<i32>,
    /// The file that the command was told to write its outputs to.
    pub(super) outputs: &'a Path,
}

/// The living processes that have these traces; never this process.
///
/// # Errors
/// The operating system's reason.
pub(super) fn left(traces: &Traces<'_>) -> io::Result<Vec<Member>> {
    let own = std::process::id() as i32;
    let mark = format!("{OUTPUTS_VARIABLE}={}", traces.outputs.display());
    let table = system::table()?;
    // A system gives no process an id that a session still has. So if the shim is gone and its id
    // is in use, its session is gone too, and that process is a stranger.
    let is_shims = traces.shim_lives || table.iter().all(|entry| entry.pid != traces.shim);
    let shim = Some(traces.shim).filter(|shim| is_shims && *shim != own);
    let roots: Vec<i32> = shim.into_iter().chain(traces.command).collect();
    let members = select(table, &roots, &roots, |pid| system::carries(pid, &mark));
    Ok(members
        .into_iter()
        .filter(|member| member.process.pid != own)
        .collect())
}

/// Those of a table that are a root, descend from one, belong to one of the sessions, or have a
/// mark.
fn select(
    table: Vec<Entry>,
    roots: &[i32],
    sessions: &[i32],
    is_marked: impl Fn(i32) -> bool,
) -> Vec<Member> {
    let mut ours = roots.to_vec();
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
        let in_session = sessions.contains(&entry.session);
        let is_ours = in_session || ours.contains(&entry.pid) || is_marked(entry.pid);
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
pub(super) fn survivors(members: &[Member]) -> Vec<Survivor> {
    members
        .iter()
        .map(|member| member.process.clone())
        .collect()
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
            entry(21, 1, 21),  // its parents are gone, its environment tells
        ];

        let found = select(table, &[10], &[10, 11], |pid| pid == 21);

        let pids: Vec<(i32, bool)> = found
            .iter()
            .map(|member| (member.process.pid, member.in_session))
            .collect();
        assert_eq!(
            pids,
            [
                (10, true),
                (11, true),
                (14, false),
                (12, true),
                (13, false),
                (21, false)
            ]
        );
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
