//! The signals that people and systems send to the program itself. They set a mark; whoever
//! drives a run looks at the flags where it can leave with everything written down.

use crate::exec::state::exit::ExitCode;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

static FLAGS: OnceLock<Flags> = OnceLock::new();

#[derive(Default)]
struct Flags {
    interrupted: Arc<AtomicBool>,
    terminated: Arc<AtomicBool>,
    hung_up: Arc<AtomicBool>,
}

/// A signal that ends the program, though not what it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// SIGINT without anybody at a terminal.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// SIGHUP: the terminal is gone.
    HungUp,
}

impl Ending {
    /// The code that the program ends with.
    pub fn code(self) -> ExitCode {
        match self {
            Self::HungUp => ExitCode::HungUp,
            Self::Interrupted => ExitCode::Interrupted,
            Self::Terminated => ExitCode::Terminated,
        }
    }

    /// The word in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HungUp => "hup",
            Self::Interrupted => "int",
            Self::Terminated => "term",
        }
    }
}

/// From now on signals set flags instead of ending the program.
///
/// # Errors
/// When the operating system does not let us.
pub fn catch() -> std::io::Result<()> {
    let flags = FLAGS.get_or_init(Flags::default);
    for (signal, mark) in [
        (SIGINT, &flags.interrupted),
        (SIGTERM, &flags.terminated),
        (SIGHUP, &flags.hung_up),
    ] {
        flag::register(signal, Arc::clone(mark))?;
    }
    Ok(())
}

/// Whether somebody pressed Ctrl-C since this was asked before.
pub fn take_interrupt() -> bool {
    FLAGS
        .get()
        .is_some_and(|flags| flags.interrupted.swap(false, Ordering::Relaxed))
}

/// Whether the program is to end.
pub fn ending() -> Option<Ending> {
    let flags = FLAGS.get()?;
    let hung_up = flags.hung_up.load(Ordering::Relaxed);
    let terminated = flags.terminated.load(Ordering::Relaxed);
    match (hung_up, terminated) {
        (true, _) => Some(Ending::HungUp),
        (_, true) => Some(Ending::Terminated),
        _ => None,
    }
}
