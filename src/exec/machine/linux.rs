//! The machine as Linux tells of it, in `/proc`.

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
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(&String::from_utf8_lossy(&stat))
}

/// The 22nd word of `PID (NAME) STATE …`, where the name may hold anything, and a process in state
/// Z or X has ended. See proc_pid_stat(5).
fn parse(stat: &str) -> Option<String> {
    let (_, rest) = stat.rsplit_once(')')?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let is_alive = !matches!(*words.first()?, "Z" | "X");
    is_alive.then(|| words.get(19).map(|word| (*word).to_owned()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_found_whatever_the_name_is_and_the_dead_have_none() {
        let rest = "3 4 5 0 -1 6 7 8 9 10 11 12 13 14 15 16 17 18 1000 20";
        assert_eq!(
            parse(&format!("7 (a) b (c) S {rest}")).as_deref(),
            Some("1000")
        );
        assert_eq!(parse(&format!("7 (gone) Z {rest}")), None);
        assert_eq!(parse(""), None);
    }
}
