//! The machine as Linux tells of it, in `/proc`.

use super::process;
use nix::sys::statfs::{FsType, TMPFS_MAGIC, statfs};
use std::fs;
use std::path::Path;

/// See statfs(2); the `nix` crate does not name it.
const RAMFS_MAGIC: u32 = 0x8584_58f6;

/// Whether a folder is on a file system in memory.
pub(super) fn is_in_memory(folder: &Path) -> bool {
    let Ok(found) = statfs(folder) else {
        return false;
    };
    let FsType(kind) = found.filesystem_type();
    let FsType(tmpfs) = TMPFS_MAGIC;
    // How wide the number is, and whether it has a sign, depends on the processor.
    kind == tmpfs || kind as u32 == RAMFS_MAGIC
}

/// The boot: random, and the same until the machine is started anew. See random(4).
pub(super) fn boot() -> Option<String> {
    line("/proc/sys/kernel/random/boot_id")
}

/// The name of the machine.
pub(super) fn host() -> Option<String> {
    line("/proc/sys/kernel/hostname")
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// When a living process started, in ticks since the boot.
pub(super) fn started(pid: u32) -> Option<String> {
    process::living(pid).map(|found| found.started)
}
