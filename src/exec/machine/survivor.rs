//! What is left of a command when it has ended.

use serde::{Deserialize, Serialize};

/// A process that outlived the command that started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    /// Its process id.
    pub pid: i32,
    /// The name of its program, without arguments.
    pub name: String,
}

/// Whether a try that ended may act still, or did more than it could say: something of it ran when it
/// had ended, or a signal ended it that was not sent `by_us`.
pub fn may_act(survivors: &[Survivor], signal: Option<i32>, by_us: bool) -> bool {
    !survivors.is_empty() || (signal.is_some() && !by_us)
}
