//! The machine as `sysctl`, `uname` and `ps` tell of it, for macOS and other systems without `/proc`.

use std::process::{Command, Stdio};

/// The boot: the same until the machine is started anew.
#[cfg(not(target_os = "linux"))]
pub(super) fn boot() -> Option<String> {
    output_of("sysctl", &["-n", "kern.bootsessionuuid"])
        .or_else(|| output_of("sysctl", &["-n", "kern.boottime"]))
}

/// Whether a folder is on a file system in memory.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_in_memory(folder: &std::path::Path) -> bool {
    let found = nix::sys::statfs::statfs(folder);
    found.is_ok_and(|found| found.filesystem_type_name() == "tmpfs")
}

/// The name of the machine.
pub(super) fn host() -> Option<String> {
    output_of("uname", &["-n"])
}

/// When a living process started, to the second.
pub(super) fn started(pid: u32) -> Option<String> {
    output_of("ps", &["-o", "lstart=", "-p", &pid.to_string()])
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let output = command
        .args(arguments)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
