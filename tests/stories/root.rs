//! What only root can do: make accounts, mounts and process ids.

use nix::unistd::Uid;
use std::io::Write;

/// Set by `tests/run`: nothing may be left out there.
const GATE: &str = "RUNBOOK_GATE";

/// Whether root runs the tests. If not, the test is named among the lines of the whole run, as those
/// of a test that passes are not shown; in the gate that is a failure. `only` is what nobody else can.
pub(crate) fn is_root(only: &str) -> bool {
    if Uid::effective().is_root() {
        return true;
    }
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    let words = format!("NOT TESTED: {test}: only root can {only}");
    assert!(
        std::env::var_os(GATE).is_none(),
        "{words}; run the gate as root"
    );
    // Not by `eprintln!`, which is kept from who reads the run.
    let _ = writeln!(std::io::stderr().lock(), "{words}");
    false
}
