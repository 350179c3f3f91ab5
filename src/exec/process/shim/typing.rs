//! A secret on its way to the standard input of a command. It is written as the command reads it,
//! so that one that does not read can still be listened to and stopped.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ChildStdin;

/// The rest of what is to be typed.
#[derive(Debug)]
pub(super) struct Typing {
    pipe: ChildStdin,
    rest: Vec<u8>,
}

impl Typing {
    /// Begins to type into this input. `None` if the system refuses not to wait for the reader,
    /// which it does for no pipe.
    pub(super) fn begin(pipe: ChildStdin, text: &str) -> Option<Self> {
        let flags = OFlag::from_bits_retain(fcntl(&pipe, FcntlArg::F_GETFL).ok()?);
        fcntl(&pipe, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).ok()?;
        let rest = text.as_bytes().to_vec();
        Some(Self { pipe, rest })
    }

    /// What to wait for: that it can be written to.
    pub(super) fn input(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// Types what the command takes now. Gives itself back as long as something is left; a command
    /// that does not want its input is no fault.
    pub(super) fn go_on(mut self) -> Option<Self> {
        while !self.rest.is_empty() {
            match self.pipe.write(&self.rest) {
                Ok(written) => drop(self.rest.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.raw_os_error() == Some(Errno::EAGAIN as i32) => {
                    return Some(self);
                }
                Err(_) => return None,
            }
        }
        None
    }
}
