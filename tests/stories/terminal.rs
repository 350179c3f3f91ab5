//! A person at a terminal: the program on a pseudo-terminal, what it shows, what is typed.

use crate::project::ends;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::termios::{LocalFlags, tcgetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take until it is thought to wait for something that nobody will do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program on a terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    /// The name of the program's side.
    line: String,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    /// How much of the screen was waited for already.
    read: usize,
}

#[derive(Default)]
struct Screen {
    text: String,
    /// The same as it came, byte for byte.
    bytes: Vec<u8>,
    ended: bool,
    /// Whether nobody looks at it any more.
    closed: bool,
}

impl Terminal {
    /// Starts a program on a terminal of its own: one that can only print lines and does not belong to
    /// a build, unless the command says otherwise, so that it is all the same where the tests are run.
    pub(crate) fn start(mut command: Command) -> Self {
        let named: Vec<_> = command
            .get_envs()
            .map(|(name, _)| name.to_owned())
            .collect();
        let is_named = |name: &str| named.iter().any(|given| given == name);
        if !is_named("TERM") {
            command.env("TERM", "dumb");
        }
        for name in ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            if !is_named(name) {
                command.env_remove(name);
            }
        }
        // No program inherits our side: the line is lost when we let go of it.
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC);
        let master = master.expect("a terminal can be had");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is ours");
        let mut slave = OpenOptions::new();
        slave
            .read(true)
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits());
        let line = ptsname_r(&master).expect("it has a name");
        let slave = slave.open(&line);
        let slave = slave.expect("it can be opened");
        let (input, output, errors) = (slave.try_clone(), slave.try_clone(), slave);
        command
            .stdin(Stdio::from(input.expect("it can be shared")))
            .stdout(Stdio::from(output.expect("it can be shared")))
            .stderr(Stdio::from(errors));
        let child = command.spawn().expect("the program starts");
        // The command keeps the program's side of the terminal open until it goes.
        drop(command);
        let keyboard = File::from(OwnedFd::from(master));
        let screen = Arc::<(Mutex<Screen>, Condvar)>::default();
        watch(
            keyboard.try_clone().expect("it can be shared"),
            screen.clone(),
        );
        Self {
            child,
            keyboard,
            line,
            screen,
            read: 0,
        }
    }

    /// Starts a program that the terminal belongs to: Ctrl-C and the loss of the line reach it as
    /// signals, also where the tests themselves were begun in the background, which ignores them.
    pub(crate) fn seated(command: &Command) -> Self {
        Self::sat_down(command, &[])
    }

    /// The same on a terminal with this many columns, which can draw.
    pub(crate) fn drawn(command: &mut Command, columns: u16) -> Self {
        command
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8");
        let size = format!("stty columns {columns} rows 24; exec \"$@\"");
        Self::sat_down(command, &["sh", "-c", &size, "sh"])
    }

    fn sat_down(command: &Command, before: &[&str]) -> Self {
        let mut seated = Command::new("env");
        seated
            .args(["--default-signal=INT,QUIT,HUP", "setsid", "--ctty"])
            .args(before)
            .arg(command.get_program())
            .args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            seated.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            seated.env(name, value.expect("no variable is taken away"));
        }
        Self::start(seated)
    }

    /// Waits until the program shows a text after what was waited for before.
    pub(crate) fn shows(&mut self, wanted: &str) -> &mut Self {
        let (screen, changed) = &*self.screen;
        let mut screen = screen.lock().expect("nobody panicked");
        loop {
            if let Some(at) = screen.text[self.read..].find(wanted) {
                self.read += at + wanted.len();
                drop(screen);
                return self;
            }
            let (next, time) = changed
                .wait_timeout(screen, PATIENCE)
                .expect("nobody panicked");
            screen = next;
            let may_come = screen.text[self.read..].contains(wanted) || !screen.ended;
            assert!(
                may_come && !time.timed_out(),
                "`{wanted}` is not shown:\n{}",
                screen.text
            );
        }
    }

    /// Everything shown so far, as it came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.screen.0.lock().expect("nobody panicked").bytes.clone()
    }

    /// Gives the terminal another width.
    pub(crate) fn resizes(&mut self, columns: u16) -> &mut Self {
        let mut stty = Command::new("stty");
        stty.args(["-F", &self.line, "columns", &columns.to_string()]);
        assert!(stty.status().expect("stty is there").success());
        self
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) -> &mut Self {
        self.keyboard
            .write_all(format!("{line}\n").as_bytes())
            .expect("the terminal is there");
        self
    }

    /// Presses keys.
    pub(crate) fn presses(&mut self, keys: &str) -> &mut Self {
        self.keyboard
            .write_all(keys.as_bytes())
            .expect("the terminal is there");
        self
    }

    /// Takes the terminal away under the program, and gives the program.
    pub(crate) fn close(self) -> Child {
        self.screen.0.lock().expect("nobody panicked").closed = true;
        let (screen, changed) = &*self.screen;
        let seen = screen.lock().expect("nobody panicked");
        let seen = changed.wait_timeout_while(seen, PATIENCE, |seen| !seen.ended);
        let (seen, time) = seen.expect("nobody panicked");
        assert!(
            !time.timed_out(),
            "nobody closes the terminal:\n{}",
            seen.text
        );
        drop(seen);
        self.child
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let settings = tcgetattr(&self.keyboard).expect("the terminal is there");
        settings.local_flags.contains(LocalFlags::ECHO)
    }

    /// Everything shown so far.
    pub(crate) fn text(&self) -> String {
        self.screen.0.lock().expect("nobody panicked").text.clone()
    }

    /// Everything that is shown until nobody has the terminal any more.
    pub(crate) fn whole_text(&self) -> String {
        let (screen, changed) = &*self.screen;
        let seen = screen.lock().expect("nobody panicked");
        let seen = changed.wait_timeout_while(seen, PATIENCE, |seen| !seen.ended);
        let (seen, time) = seen.expect("nobody panicked");
        assert!(
            !time.timed_out(),
            "somebody still has the terminal:\n{}",
            seen.text
        );
        seen.text.clone()
    }

    /// Waits for the end and gives the exit code.
    pub(crate) fn ends(&mut self) -> i32 {
        self.ends_while(|_| ())
    }

    /// Gives each question the end of the input for an answer; the exit code.
    pub(crate) fn answers_nothing(&mut self) -> i32 {
        self.ends_while(|terminal| {
            // The program may have ended meanwhile.
            let _ = terminal.keyboard.write_all(b"\x04");
        })
    }

    /// Waits for the end and does something meanwhile, again and again.
    fn ends_while(&mut self, mut meanwhile: impl FnMut(&mut Self)) -> i32 {
        let begun = Instant::now();
        loop {
            meanwhile(self);
            match self.child.try_wait().expect("it is ours") {
                Some(status) => return status.code().unwrap_or(-1),
                None if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
                None => {
                    self.kill();
                    panic!("the program does not end:\n{}", self.text());
                }
            }
        }
    }

    /// Kills the program as the kernel would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        ends(&mut self.child);
    }
}

fn watch(mut from: File, screen: Arc<(Mutex<Screen>, Condvar)>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let mut ready = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
            let is_ready = poll(&mut ready, PollTimeout::from(50_u8)) != Ok(0);
            if screen.0.lock().expect("nobody panicked").closed {
                drop(from);
                screen.0.lock().expect("nobody panicked").ended = true;
                screen.1.notify_all();
                return;
            }
            if !is_ready {
                continue;
            }
            let read = from.read(&mut buffer).unwrap_or(0);
            let mut seen = screen.0.lock().expect("nobody panicked");
            match read {
                0 => seen.ended = true,
                _ => {
                    seen.text
                        .push_str(&String::from_utf8_lossy(&buffer[..read]));
                    seen.bytes.extend_from_slice(&buffer[..read]);
                }
            }
            screen.1.notify_all();
            if seen.ended {
                return;
            }
        }
    });
}
