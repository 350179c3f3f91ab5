//! A person at a terminal: the program on a pseudo-terminal, what it shows, what is typed.

use nix::pty::openpty;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// A program on a terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    /// How much of the screen was waited for already.
    read: usize,
}

#[derive(Default)]
struct Screen {
    text: String,
    ended: bool,
}

impl Terminal {
    /// Starts a program on a terminal of its own.
    pub(crate) fn start(mut command: Command) -> Self {
        let pty = openpty(None, None).expect("a terminal can be had");
        let (input, output, errors) = (pty.slave.try_clone(), pty.slave.try_clone(), pty.slave);
        command
            .stdin(Stdio::from(input.expect("it can be shared")))
            .stdout(Stdio::from(output.expect("it can be shared")))
            .stderr(Stdio::from(errors));
        let child = command.spawn().expect("the program starts");
        // The command keeps the program's side of the terminal open until it goes.
        drop(command);
        let keyboard = File::from(pty.master);
        let screen = Arc::<(Mutex<Screen>, Condvar)>::default();
        watch(
            keyboard.try_clone().expect("it can be shared"),
            screen.clone(),
        );
        Self {
            child,
            keyboard,
            screen,
            read: 0,
        }
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
                .wait_timeout(screen, Duration::from_secs(120))
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

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) -> &mut Self {
        self.keyboard
            .write_all(format!("{line}\n").as_bytes())
            .expect("the terminal is there");
        self
    }

    /// Everything shown so far.
    pub(crate) fn text(&self) -> String {
        self.screen.0.lock().expect("nobody panicked").text.clone()
    }

    /// Waits for the end and gives the exit code.
    pub(crate) fn ends(&mut self) -> i32 {
        let status = self.child.wait().expect("it ends");
        status.code().unwrap_or(-1)
    }

    /// Types the end of input, as a line that was cut does, and gives the program.
    pub(crate) fn hang_up(mut self) -> Child {
        self.keyboard
            .write_all(b"\x04")
            .expect("the terminal is there");
        self.child
    }

    /// Kills the program as the kernel would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

fn watch(mut from: File, screen: Arc<(Mutex<Screen>, Condvar)>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            let mut seen = screen.0.lock().expect("nobody panicked");
            match read {
                0 => seen.ended = true,
                _ => seen
                    .text
                    .push_str(&String::from_utf8_lossy(&buffer[..read])),
            }
            screen.1.notify_all();
            if seen.ended {
                return;
            }
        }
    });
}
