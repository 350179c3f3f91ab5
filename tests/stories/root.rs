//! What not every machine can do: what only root may, and what has to be installed.

use nix::unistd::Uid;
use std::io::Write;

/// Set by `tests/run`: nothing may be left out there.
const GATE: &str = "RUNBOOK_GATE";

/// Whether root runs the tests. If not, the test is left out; `only` is what nobody else can.
pub(crate) fn is_root(only: &str) -> bool {
    Uid::effective().is_root() || left_out(&format!("only root can {only}; run the gate as root"))
}

/// Names a test that cannot be tried here among the lines of the whole run, as those of a test that
/// passes are not shown; in the gate that is a failure. Gives `false`, for a test that asks.
pub(crate) fn left_out(why: &str) -> bool {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    let words = format!("NOT TESTED: {test}: {why}");
    assert!(std::env::var_os(GATE).is_none(), "{words}");
    // Not by `eprintln!`, which is kept from who reads the run.
    let _ = writeln!(std::io::stderr().lock(), "{words}");
    false
}
