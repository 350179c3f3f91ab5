//! A message to a program: written to its standard input while its end is waited for, neither of
//! them for longer than it has patience. What does not end in time is killed with all it started.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io::{self, ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Runs a program as the person who drives the run, with their whole environment, in the folder
/// `target`, and gives it the text and a line break.
///
/// # Errors
/// Why it did not end well, for people.
pub(super) fn give(
    words: &[String],
    target: &Path,
    text: &str,
    patience: Duration,
) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("it names no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(target)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| error.to_string())?;
    let input = child.stdin.take().map(|pipe| Input::new(pipe, text));
    let ended = input.transpose().map_err(|error| error.to_string());
    let ended = ended.and_then(|input| wait(&mut child, input, patience));
    if ended.is_err() {
        kill(&mut child);
    }
    ended
}

/// Waits for the end of a program, and writes to it whenever it reads.
fn wait(child: &mut Child, mut input: Option<Input>, patience: Duration) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let goes_on = input.as_mut().is_some_and(Input::goes_on);
        if !goes_on {
            input = None;
        }
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(status.to_string()),
            None if began.elapsed() > patience => {
                return Err(format!("it took longer than {} s", patience.as_secs()));
            }
            None => thread::sleep(LOOK),
        }
    }
}

/// Ends a program with all that it started in its group.
fn kill(child: &mut Child) {
    if let Ok(Some(_)) = child.try_wait() {
        return; // Its number may be somebody else's by now.
    }
    if let Ok(group) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    let _ = child.wait();
}

/// What is still to be written to a program.
struct Input {
    pipe: ChildStdin,
    text: Vec<u8>,
    written: usize,
}

impl Input {
    fn new(pipe: ChildStdin, text: &str) -> io::Result<Self> {
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let text = format!("{text}\n").into_bytes();
        Ok(Self {
            pipe,
            text,
            written: 0,
        })
    }

    /// Writes as much as the pipe takes now, and says whether there is more. A program that does
    /// not read its input is no fault, if it ends well.
    fn goes_on(&mut self) -> bool {
        while self.written < self.text.len() {
            match self.pipe.write(&self.text[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// More than a pipe holds.
    fn long() -> String {
        "x".repeat(1 << 20)
    }

    /// What becomes of a message to a shell command; the test fails if it takes for ever.
    fn given(script: &str, text: String, patience: Duration) -> Result<(), String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let (told, heard) = mpsc::channel();
        thread::spawn(move || told.send(give(&words, Path::new("/"), &text, patience)));
        heard
            .recv_timeout(Duration::from_secs(30))
            .expect("it comes to an end")
    }

    #[test]
    fn a_program_that_does_not_read_is_killed_with_its_children() {
        let pids = tempfile::NamedTempFile::new().expect("a file can be made");
        let script = format!("sleep 600 & echo $! > {}; wait", pids.path().display());

        let why = given(&script, long(), Duration::from_secs(1)).expect_err("it does not end");

        assert!(why.contains("longer than 1 s"), "{why}");
        let pid = std::fs::read_to_string(pids.path()).expect("it was written");
        let child = Pid::from_raw(pid.trim().parse().expect("a number"));
        let began = Instant::now();
        // It is gone, or a zombie that nobody has asked after.
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            stat.rsplit(") ")
                .next()
                .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
        };
        while lives() {
            assert!(began.elapsed() < Duration::from_secs(20), "it lives on");
            thread::sleep(LOOK);
        }
    }

    #[test]
    fn a_long_message_arrives_whole_and_one_that_is_not_read_is_no_fault() {
        let patience = Duration::from_secs(20);
        let count = format!("test \"$(wc -c)\" -eq {}", (1 << 20) + 1);
        assert_eq!(given(&count, long(), patience), Ok(()));
        assert_eq!(given("exit 0", long(), patience), Ok(()));
        let why = given("exit 3", long(), patience).expect_err("3 is no yes");
        assert!(why.contains('3'), "{why}");
    }
}
