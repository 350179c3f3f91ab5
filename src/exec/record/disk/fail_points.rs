//! The fail points of the built program.
//!
//! In builds with debug assertions the variable `RUNBOOK_FAIL` makes the program fail at one:
//! `journal.sync:3:before`; and `RUNBOOK_TRACE` names a file that gets a line, process id and
//! point, for each one that is passed. In other builds there is no such thing.

#[cfg(debug_assertions)]
pub(super) use failing::{at, write};
#[cfg(not(debug_assertions))]
pub(super) use plain::{at, write};

#[cfg(not(debug_assertions))]
mod plain {
    //! Passing without a word.

    use super::super::points::{FileKind, Op};
    use std::io;

    /// Does something to a file.
    pub(in super::super) fn at<T>(
        _: FileKind,
        _: Op,
        act: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        act()
    }

    /// Writes bytes to a file.
    pub(in super::super) fn write(
        _: FileKind,
        bytes: &[u8],
        mut act: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        act(bytes)
    }
}

#[cfg(debug_assertions)]
mod failing {
    //! Failing where `RUNBOOK_FAIL` says.

    use super::super::points::{FileKind, Op, POINTS, name};
    use nix::errno::Errno;
    use nix::sys::signal::{Signal, raise};
    use std::fs::{File, OpenOptions};
    use std::io::{self, Write};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Where and how the program fails: `POINT:N:HOW`, at the Nth time that it comes there.
    struct Failure {
        point: String,
        nth: u32,
        how: How,
        passed: AtomicU32,
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum How {
        /// Killed before it.
        Before,
        /// Killed in the middle of it, if it writes.
        Within,
        /// Killed after it.
        After,
        /// The disk refuses.
        Refused(Errno),
    }

    fn failure() -> Option<&'static Failure> {
        static FAILURE: OnceLock<Option<Failure>> = OnceLock::new();
        let read = || std::env::var("RUNBOOK_FAIL").ok().map(|text| parse(&text));
        FAILURE.get_or_init(read).as_ref()
    }

    fn parse(text: &str) -> Failure {
        let [point, nth, how] = text.split(':').collect::<Vec<_>>()[..] else {
            panic!("RUNBOOK_FAIL is POINT:N:HOW, not {text}");
        };
        assert!(POINTS.contains(&point), "there is no fail point {point}");
        Failure {
            point: point.to_owned(),
            nth: nth.parse().expect("N is a number"),
            how: match how {
                "before" => How::Before,
                "within" => How::Within,
                "after" => How::After,
                "EIO" => How::Refused(Errno::EIO),
                "ENOSPC" => How::Refused(Errno::ENOSPC),
                other => panic!("RUNBOOK_FAIL does not know {other}"),
            },
            passed: AtomicU32::new(0),
        }
    }

    /// Writes a point down as passed; one write a line, as several processes do so.
    fn trace(point: &str) {
        static TRACE: OnceLock<Option<File>> = OnceLock::new();
        let open = || {
            let path = std::env::var_os("RUNBOOK_TRACE")?;
            let file = OpenOptions::new().create(true).append(true).open(path);
            Some(file.expect("the file of RUNBOOK_TRACE can be written"))
        };
        if let Some(mut file) = TRACE.get_or_init(open).as_ref() {
            let line = format!("{} {point}\n", std::process::id());
            file.write_all(line.as_bytes())
                .expect("the file of RUNBOOK_TRACE can be written");
        }
    }

    /// How to fail here and now.
    fn here(part: FileKind, op: Op) -> Option<How> {
        let point = name(part, op);
        trace(&point);
        let failure = failure().filter(|failure| failure.point == point)?;
        let passed = failure.passed.fetch_add(1, Ordering::SeqCst) + 1;
        (passed == failure.nth).then_some(failure.how)
    }

    fn die() {
        raise(Signal::SIGKILL).expect("a process can kill itself");
    }

    pub(in super::super) fn at<T>(
        part: FileKind,
        op: Op,
        act: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let how = here(part, op);
        match how {
            Some(How::Before | How::Within) => die(),
            Some(How::Refused(errno)) => return Err(errno.into()),
            Some(How::After) | None => {}
        }
        let done = act();
        if how == Some(How::After) {
            die();
        }
        done
    }

    pub(in super::super) fn write(
        part: FileKind,
        bytes: &[u8],
        mut act: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let half = &bytes[..bytes.len() / 2];
        let how = here(part, Op::Write);
        match how {
            Some(How::Before) => die(),
            Some(How::Within) => {
                act(half)?;
                die();
            }
            // A full disk takes what still fits.
            Some(How::Refused(errno)) => {
                act(half)?;
                return Err(errno.into());
            }
            Some(How::After) | None => {}
        }
        act(bytes)?;
        if how == Some(How::After) {
            die();
        }
        Ok(())
    }
}
