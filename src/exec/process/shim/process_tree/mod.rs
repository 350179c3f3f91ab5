//! The processes of a try: all that its command started and that still live.
//!
//! They are those of the shim's session, which a signal is meant for, and those that left it but
//! descend from the shim, which are named and otherwise let be: who makes a session of its own
//! means to stay.
//!
//! A process id is given out anew, and so is that of a session, once nobody is in it any more. Shim and
//! command are known by the moment of their start as well, and what carries the try's `RB_OUTPUT` is
//! of the try. So a session whose leader is gone is the shim's if one of those is in it, as no other can
//! have its id as long as anybody is there. If none is, its members may be strangers, or may have
//! thrown their environment away: they are named, so that nobody takes the try for over, and get no
//! signal.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod other;

#[cfg(target_os = "linux")]
use crate::exec::machine::Survivor;
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io;
use std::path::Path;

/// The variable in which each command is told where its outputs go: a path of the try alone.
pub(crate) const OUTPUTS_VARIABLE: &str = "RB_OUTPUT";

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
    let table = system::table()?;
    let ours = with_descendants(&table, vec![own]);
    let members = select(table, &ours, &[own, command], None);
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
    let is_marked = |pid| system::carries(pid, &mark);
    Ok(left_in(system::table()?, traces, own, is_marked))
}

/// The same in a table, for the process `own`.
fn left_in(
    table: Vec<Entry>,
    traces: &Traces<'_>,
    own: i32,
    is_marked: impl Fn(i32) -> bool,
) -> Vec<Member> {
    // A system gives no process an id that a session still has. So if the shim is gone and its id
    // is in use, its session is gone too, and that process is a stranger.
    let is_shims = traces.shim_lives || table.iter().all(|entry| entry.pid != traces.shim);
    let shim = Some(traces.shim).filter(|shim| is_shims && *shim != own);
    let known: Vec<i32> = shim
        .filter(|_| traces.shim_lives)
        .into_iter()
        .chain(traces.command)
        .collect();
    let marked = table.iter().map(|entry| entry.pid);
    let marked = marked.filter(|pid| is_marked(*pid));
    let ours = with_descendants(&table, known.iter().copied().chain(marked).collect());
    let is_ours = |entry: &Entry| ours.contains(&entry.pid) && entry.pid != own;
    let mut sessions = known;
    let mut doubtful = shim.filter(|shim| !sessions.contains(shim));
    let is_proved = |session: &i32| {
        let mut there = table.iter().filter(|entry| entry.session == *session);
        there.any(is_ours)
    };
    sessions.extend(doubtful.take_if(|session| is_proved(session)));
    let mut members = select(table, &ours, &sessions, doubtful);
    members.retain(|member| member.process.pid != own);
    members
}

/// These processes and all that descend from them.
fn with_descendants(table: &[Entry], mut found: Vec<i32>) -> Vec<i32> {
    loop {
        let before = found.len();
        for entry in table {
            if found.contains(&entry.parent) && !found.contains(&entry.pid) {
                found.push(entry.pid);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Those of a table that are ours, or in one of the sessions; and, not to be signaled, those in a
/// session of which nobody knows whose it is.
fn select(table: Vec<Entry>, ours: &[i32], sessions: &[i32], doubtful: Option<i32>) -> Vec<Member> {
    let member = |entry: Entry| {
        let in_session = sessions.contains(&entry.session);
        let is_there = in_session || ours.contains(&entry.pid) || Some(entry.session) == doubtful;
        is_there.then_some(Member {
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

    fn traces(shim: i32, shim_lives: bool, command: Option<i32>) -> Traces<'static> {
        Traces {
            shim,
            shim_lives,
            command,
            outputs: Path::new("/outputs"),
        }
    }

    /// What is found once the shim, process 10, is gone: each id, and whether it gets a signal.
    fn found_after(table: &[(i32, i32, i32)], command: Option<i32>, mark: i32) -> Vec<(i32, bool)> {
        let table = table
            .iter()
            .map(|(pid, parent, session)| entry(*pid, *parent, *session));
        let found = left_in(table.collect(), &traces(10, false, command), 99, |pid| {
            pid == mark
        });
        let found = found.iter();
        found
            .map(|member| (member.process.pid, member.in_session))
            .collect()
    }

    #[test]
    fn a_session_whose_leader_is_gone_is_ours_only_if_one_of_ours_is_in_it() {
        let stranger = (30, 1, 30);
        for (what, there, command, mark, found) in [
            (
                "a process of ours carries the mark",
                vec![(12, 1, 10), (13, 1, 10)],
                None,
                12,
                vec![(12, true), (13, true)],
            ),
            (
                "the command is in it",
                vec![(11, 1, 10), (12, 1, 10)],
                Some(11),
                0,
                vec![(11, true), (12, true)],
            ),
            (
                "a child of one with the mark is in it",
                vec![(12, 1, 12), (13, 12, 10), (14, 1, 10)],
                None,
                12,
                vec![(12, false), (13, true), (14, true)],
            ),
            (
                "nobody is known",
                vec![(12, 1, 10), (13, 1, 10)],
                None,
                0,
                vec![(12, false), (13, false)],
            ),
            (
                "ours are elsewhere",
                vec![(12, 1, 10), (13, 1, 13)],
                None,
                13,
                vec![(12, false), (13, false)],
            ),
            (
                "a stranger leads it",
                vec![(10, 1, 10), (12, 10, 10)],
                None,
                0,
                vec![],
            ),
            (
                "a stranger has the id elsewhere",
                vec![(10, 1, 4), (12, 10, 4)],
                None,
                0,
                vec![],
            ),
            (
                "a stranger has the id, and one of ours left",
                vec![(10, 1, 10), (12, 10, 10), (13, 1, 13)],
                None,
                13,
                vec![(13, false)],
            ),
            ("nobody is there", vec![], None, 0, vec![]),
        ] {
            let table: Vec<_> = there.into_iter().chain([stranger]).collect();
            assert_eq!(found_after(&table, command, mark), found, "{what}");
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

        let traces = traces(10, true, Some(11));
        let found = left_in(table, &traces, 99, |pid| pid == 21);

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
