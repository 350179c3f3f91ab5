//! EDGE: what git knows of a folder, asked without starting anything that the folder's own settings
//! name: a repository may be anybody's, and whoever only looks has agreed to nothing.
//!
//! Only commands that leave the files of the work tree alone may be asked, such as `rev-parse`,
//! `cat-file`, `log --name-only` and `config --get`. `status` and `diff` read those files through
//! filters, whose names nobody can foresee.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

/// Whether a text is the whole hash of a commit, and no name that could stand for another one later.
pub fn is_hash(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// How ssh is begun where nothing else is set: it asks for no passphrase and for no trust in a host, which could only
/// be at the terminal of a run that goes on by itself.
const SSH: &str = "ssh -oBatchMode=yes";

/// What git says of any remote that it cannot read, in parts of lines; the cause is in another line.
const OF_ANY_REMOTE: [&str; 3] = [
    "Could not read from remote repository",
    "Please make sure you have the correct access rights",
    "and the repository exists",
];

/// How long a remote is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether git is done.
const LOOK: Duration = Duration::from_millis(20);

/// A branch as a remote has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// The name of the branch.
    pub branch: String,
    /// The commit, which is here then.
    pub commit: String,
}

/// Asks a remote for a branch, the one that clones begin with if none is named, and fetches its commits. No branch,
/// tag or file of the repository changes.
///
/// Whoever calls this has agreed to reach the remote as git does for them: their keys and helpers are used, and nobody
/// is asked for a password.
///
/// # Errors
/// What git says, for people.
pub fn tip(folder: &Path, remote: &str, branch: Option<&str>) -> Result<Tip, String> {
    let wanted = branch.map_or_else(
        || "HEAD".to_owned(),
        |branch| format!("refs/heads/{branch}"),
    );
    let listed = reach(folder, &["ls-remote", "--symref", remote, &wanted])?;
    let symbolic = listed.lines().find_map(|line| {
        let name = line.strip_prefix("ref: refs/heads/")?;
        name.split('\t').next()
    });
    let commit = listed.lines().find_map(|line| {
        let (commit, name) = line.split_once('\t')?;
        (name == wanted && !commit.starts_with("ref:")).then_some(commit)
    });
    let (Some(branch), Some(commit)) = (branch.or(symbolic), commit) else {
        return Err(format!(
            "{remote} has no branch {}",
            branch.unwrap_or("that clones begin with")
        ));
    };
    let refs = format!("refs/heads/{branch}");
    let fetch = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--refmap=",
        remote,
        &refs,
    ];
    reach(folder, &fetch)?;
    Ok(Tip {
        branch: branch.to_owned(),
        commit: commit.to_owned(),
    })
}

/// What git says that may reach a remote.
fn reach(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let (said, out) = (tempfile::tempfile(), tempfile::tempfile());
    let (mut said, mut out) = (
        said.map_err(|e| e.to_string())?,
        out.map_err(|e| e.to_string())?,
    );
    let handle = |file: &File| file.try_clone().map_err(|error| error.to_string());
    let mut git = Command::new("git");
    if !has_own_ssh(folder) {
        git.env("GIT_SSH_COMMAND", SSH);
    }
    let mut child = git
        .args(["--no-pager", "-c", "core.hooksPath=/dev/null", "-C"])
        .arg(folder)
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        // The cause is looked for among lines that are known.
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null())
        .stdout(handle(&out)?)
        .stderr(handle(&said)?)
        .spawn()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer within {} s", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(LOOK),
        }
    };
    match status.success() {
        true => whole(&mut out),
        false => Err(cause(&whole(&mut said)?)),
    }
}

/// Whether whoever runs this, or the repository, has a command of their own in the place of ssh.
fn has_own_ssh(folder: &Path) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    // One of the values is ours, see `SETTINGS`.
    let values = ask_line(folder, &["config", "--get-all", "core.sshCommand"]);
    let configured = values.is_some_and(|values| values.lines().count() > 1);
    configured || ["GIT_SSH_COMMAND", "GIT_SSH"].into_iter().any(is_set)
}

/// Of what git says when it fails, the last line that names a cause.
fn cause(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_of_any = |line: &&str| OF_ANY_REMOTE.iter().any(|part| line.contains(part));
    let cause = lines.clone().rfind(|line| !is_of_any(line));
    let cause = cause.or(lines.clone().next());
    cause.unwrap_or("git gives no reason").to_owned()
}

fn whole(file: &mut File) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
