//! EDGE: what git knows of a folder, asked without starting anything that the folder's own settings
//! name: a repository may be anybody's, and whoever only looks has agreed to nothing.
//!
//! Only commands that leave the files of the work tree alone may be asked, such as `rev-parse`,
//! `cat-file`, `log --name-only` and `config --get`. `status` and `diff` read those files through
//! filters, whose names nobody can foresee.

use std::path::Path;
use std::process::{Command, Stdio};

/// Settings in the place of those that name programs.
const SETTINGS: [&str; 9] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "gpg.program=false",
    "log.showSignature=false",
];

/// What git says in a folder, byte for byte; `None` if it fails, or is not there.
pub fn ask(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut git = Command::new("git");
    git.args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"]);
    for setting in SETTINGS {
        git.args(["-c", setting]);
    }
    let output = git
        .arg("-C")
        .arg(folder)
        .args(arguments)
        // What a partial clone does not have is not fetched: neither asked for, nor let through.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env_remove("GIT_EXTERNAL_DIFF")
        // A hook sets these, and they win over the folder.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_COMMON_DIR")
        .env_remove("GIT_OBJECT_DIRECTORY")
        .env_remove("GIT_NAMESPACE")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then_some(output.stdout)
}

/// The same as a text without the white space around it.
pub fn ask_line(folder: &Path, arguments: &[&str]) -> Option<String> {
    let said = ask(folder, arguments)?;
    Some(String::from_utf8_lossy(&said).trim().to_owned())
}
