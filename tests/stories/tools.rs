//! Programs of others that tests use, each in a folder of its own below `tests/tools/`, with its
//! versions locked.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The folder of a tool, installed by npm if nobody has.
pub(crate) fn installed(tool: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tools")
        .join(tool);
    // npm writes this file when all the others are there.
    if !folder.join("node_modules/.package-lock.json").exists() {
        let npm = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder)
            .status();
        assert!(
            npm.expect("npm starts").success(),
            "{tool} could not be installed"
        );
    }
    folder
}
