//! A process as Linux tells of it in `/proc`, and whether it lives.
//!
//! What a process says of itself there is what its first thread says. That one may end before the
//! others, and is then a zombie like that of a process that has ended, while the process goes on: so
//! each of its threads is asked before it counts as ended.

use std::fs;

/// A living process. See proc_pid_stat(5).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// The name of its program, which may hold anything.
    pub(crate) name: String,
    /// The process id of its parent.
    pub(crate) parent: i32,
    pub(crate) session: i32,
    /// When it started, in ticks since the boot.
    pub(crate) started: String,
}

/// The process with this id, if it lives.
pub(crate) fn living(pid: u32) -> Option<Stat> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let (state, stat) = parse(&String::from_utf8_lossy(&stat))?;
    let is_alive = !is_dead(state) || living_threads(pid).next().is_some();
    is_alive.then_some(stat)
}

/// The environment that a living process was started with: `NAME=VALUE`, each ended by a zero byte.
/// Empty if it has none, and if it is of another account: that tells nobody. See proc_pid_environ(5).
pub(crate) fn environment(pid: u32) -> Vec<u8> {
    let of = |thread| {
        let found = fs::read(format!("/proc/{pid}/task/{thread}/environ"));
        found.ok().filter(|found| !found.is_empty())
    };
    // A thread that has ended has none any more, and the others still have it. They are asked only
    // then: of most processes of a machine nobody is told.
    let of_others = || {
        let has_ended = state(pid, pid).is_some_and(is_dead);
        let others = has_ended.then(|| living_threads(pid));
        others.into_iter().flatten().find_map(of)
    };
    of(pid).or_else(of_others).unwrap_or_default()
}

/// The threads of a process that have not ended.
fn living_threads(pid: u32) -> impl Iterator<Item = u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let ids = threads.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(move |thread| state(pid, *thread).is_some_and(|state| !is_dead(state)))
}

/// The state of a thread of a process.
fn state(pid: u32, thread: u32) -> Option<char> {
    let stat = fs::read(format!("/proc/{pid}/task/{thread}/stat")).ok()?;
    parse(&String::from_utf8_lossy(&stat)).map(|(state, _)| state)
}

/// Whether the thread in this state has ended.
fn is_dead(state: char) -> bool {
    matches!(state, 'Z' | 'X' | 'x')
}

/// `PID (NAME) STATE PARENT GROUP SESSION …`, where the start is the 22nd word.
fn parse(stat: &str) -> Option<(char, Stat)> {
    let (head, rest) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let word = |at: usize| words.get(at).copied();
    let stat = Stat {
        name: name.to_owned(),
        parent: word(1)?.parse().ok()?,
        session: word(3)?.parse().ok()?,
        started: word(19)?.to_owned(),
    };
    Some((word(0)?.chars().next()?, stat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_name_may_hold_anything() {
        let rest = "3 4 5 0 -1 6 7 8 9 10 11 12 13 14 15 16 17 18 1000 20";
        let (state, found) = parse(&format!("7 (a) b (c) S {rest}")).expect("it is whole");
        assert_eq!(state, 'S');
        let wanted = Stat {
            name: "a) b (c".to_owned(),
            parent: 3,
            session: 5,
            started: "1000".to_owned(),
        };
        assert_eq!(found, wanted);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn who_has_ended_and_was_not_waited_for_is_dead() {
        let mut child = Command::new("true").spawn().expect("it starts");
        while state(child.id(), child.id()) != Some('Z') {
            std::thread::yield_now();
        }
        assert_eq!(living(child.id()), None);
        child.wait().expect("it has ended");
        assert_eq!(living(child.id()), None);
    }

    /// A process whose first thread ends, and another one with it once its input does.
    const FAR: &str = "import ctypes, os, threading
def wait():
    os.read(0, 1)
    os._exit(0)
threading.Thread(target=wait).start()
ctypes.CDLL(None).pthread_exit(None)";

    #[test]
    fn a_process_lives_as_long_as_one_of_its_threads() {
        let mut child = Command::new("python3")
            .args(["-c", FAR])
            .env("RB_MARK", "far")
            .stdin(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        while state(child.id(), child.id()) != Some('Z') {
            std::thread::yield_now();
        }

        let found = living(child.id()).expect("its other thread lives");
        assert_eq!(found.parent, std::process::id() as i32);
        let environment = environment(child.id());
        let mut settings = environment.split(|byte| *byte == 0);
        assert!(settings.any(|setting| setting == b"RB_MARK=far"));

        drop(child.stdin.take());
        child.wait().expect("it has ended");
        assert_eq!(living(child.id()), None);
    }
}
