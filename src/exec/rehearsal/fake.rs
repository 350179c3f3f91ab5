//! A fake: the process that stands for a command in a rehearsal.
//!
//! It learns its step from `RB_IDEMPOTENCY_KEY`, as any command can, and what to do from the script
//! beside it. An effect is a mark in a folder: a step makes it, its undo removes it, its verify
//! looks for it.

use crate::exec::process::shim::ACCEPTED_VARIABLE;
use crate::model::rehearsal::{self, Crash, Undone, Verified, plain};
use nix::sys::signal::{Signal, kill};
use nix::unistd::getppid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The hidden verb that is a fake: `runbook __fake FOLDER PART CODE [ASKS SAID]`; the last two are how
/// the command asks for a person: the exit code, and what it says.
pub const VERB: &str = "__fake";

/// The exit code of a verify that cannot tell.
const UNKNOWN: i32 = 99;

/// Which command a fake stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FakedCommand {
    /// What a step does.
    Step,
    /// A command that only looks.
    Look,
    /// The step's `verify`; the code that means no.
    Verify(i32),
    /// The step's `undo`.
    Undo,
    /// The `verify` of the undo; the code that means no.
    Undone(i32),
}

impl FakedCommand {
    /// As arguments of [`VERB`].
    pub(super) fn as_arguments(self) -> [String; 2] {
        let (word, code) = match self {
            Self::Step => ("step", 0),
            Self::Look => ("look", 0),
            Self::Verify(code) => ("verify", code),
            Self::Undo => ("undo", 0),
            Self::Undone(code) => ("undone", code),
        };
        [word.to_owned(), code.to_string()]
    }

    fn read(word: &str, code: &str) -> Option<Self> {
        let code = code.parse().ok()?;
        Some(match word {
            "step" => Self::Step,
            "look" => Self::Look,
            "verify" => Self::Verify(code),
            "undo" => Self::Undo,
            "undone" => Self::Undone(code),
            _ => return None,
        })
    }
}

/// What the fake of one try does: the file format between a rehearsal and its fakes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Deed {
    exit: i32,
    stdout: String,
    outputs: BTreeMap<String, String>,
    sleep_ms: u64,
    took_effect: bool,
    crash: Option<String>,
    verify: String,
    undo: String,
    refused: bool,
    accepted: bool,
}

impl From<&rehearsal::Fake> for Deed {
    fn from(fake: &rehearsal::Fake) -> Self {
        let outputs = fake.outputs.iter();
        Self {
            exit: fake.exit,
            stdout: fake.stdout.clone(),
            outputs: outputs
                .map(|(name, value)| (name.value.clone(), value.clone()))
                .collect(),
            sleep_ms: fake.sleep.map_or(0, |sleep| sleep.as_millis() as u64),
            took_effect: fake.took_effect.unwrap_or(fake.exit == 0),
            crash: fake.crash.map(|crash| match crash {
                Crash::BeforeEffect => "before".to_owned(),
                Crash::AfterEffect => "after".to_owned(),
            }),
            verify: match fake.verify {
                Verified::Truth => "truth",
                Verified::Present => "present",
                Verified::Absent => "absent",
                Verified::Unknown => "unknown",
                Verified::Refused => "refused",
            }
            .to_owned(),
            undo: match fake.undo {
                Undone::Works => "works",
                Undone::Fails => "fails",
                Undone::Refused => "refused",
            }
            .to_owned(),
            refused: fake.refused,
            accepted: fake.accepted,
        }
    }
}

/// The script of a case and the marks that its fakes leave.
pub(super) struct Props {
    folder: PathBuf,
}

impl Props {
    /// Writes down what the fakes of a case do.
    pub(super) fn lay(folder: &Path, case: &rehearsal::Case) -> io::Result<Self> {
        let script: BTreeMap<&String, Vec<Deed>> = case
            .fakes
            .iter()
            .map(|(step, faked)| (step, faked.tries.iter().map(Deed::from).collect()))
            .collect();
        for below in ["effects", "tries"] {
            fs::create_dir_all(folder.join(below))?;
        }
        fs::write(folder.join("script.json"), serde_json::to_vec(&script)?)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The steps whose effect remains, in order.
    pub(super) fn effects(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.folder.join("effects"))? {
            found.push(fs::read_to_string(entry?.path())?);
        }
        found.sort();
        Ok(found)
    }

    fn effect(&self, path: &str) -> PathBuf {
        self.folder.join("effects").join(file_name(path))
    }

    /// What the try does that comes next.
    fn next<'d>(&self, path: &str, deeds: &'d [Deed]) -> io::Result<&'d Deed> {
        let file = self.folder.join("tries").join(file_name(path));
        let before = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            tries => tries?.len(),
        };
        Ok(&deeds[before.min(deeds.len() - 1)])
    }

    /// Counts a try; the number of this one, from 0.
    fn count(&self, path: &str) -> io::Result<usize> {
        let file = self.folder.join("tries").join(file_name(path));
        let before = fs::read(&file).map_or(0, |tries| tries.len());
        let mut tries = OpenOptions::new().create(true).append(true).open(file)?;
        tries.write_all(b".")?;
        Ok(before)
    }

    /// What the script says for a step; an item or a round of it goes before the step itself.
    fn deeds(&self, path: &str) -> io::Result<Vec<Deed>> {
        let script = fs::read(self.folder.join("script.json"))?;
        let mut script: BTreeMap<String, Vec<Deed>> = serde_json::from_slice(&script)?;
        let plain = plain(path);
        let found = script.remove(path).or_else(|| script.remove(&plain));
        found
            .filter(|deeds| !deeds.is_empty())
            .ok_or_else(|| io::Error::other(format!("no fake for {path}")))
    }
}

fn file_name(path: &str) -> String {
    path.replace('/', "~")
}

/// Is a fake: `arguments` are those behind [`VERB`]. Gives the exit code.
///
/// # Errors
/// What is wrong with the sandbox, not with the runbook.
pub fn run(arguments: &[String]) -> io::Result<i32> {
    let broken = || io::Error::other("a fake was called without its part");
    let [folder, word, code, asks @ ..] = arguments else {
        return Err(broken());
    };
    let part = FakedCommand::read(word, code).ok_or_else(broken)?;
    let key = std::env::var("RB_IDEMPOTENCY_KEY").map_err(|_| broken())?;
    let path = key.split_once('/').ok_or_else(broken)?.1;
    let props = Props {
        folder: PathBuf::from(folder),
    };
    let deeds = props.deeds(path)?;
    let is_refused = match part {
        FakedCommand::Step | FakedCommand::Look => props.next(path, &deeds)?.refused,
        FakedCommand::Verify(_) => deeds[0].verify == "refused",
        FakedCommand::Undo => deeds[0].undo == "refused",
        FakedCommand::Undone(_) => false,
    };
    if let ([code, said, ..], true) = (asks, is_refused) {
        println!("{said}");
        return code.parse().map_err(|_| broken());
    }
    match part {
        FakedCommand::Step | FakedCommand::Look => {
            let number = props.count(path)?;
            act(&props, path, part, &deeds[number.min(deeds.len() - 1)])
        }
        FakedCommand::Verify(no) => Ok(verify(&deeds[0], props.effect(path).exists(), no)),
        FakedCommand::Undo if deeds[0].undo != "works" => Ok(1),
        FakedCommand::Undo => match fs::remove_file(props.effect(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(0),
        },
        FakedCommand::Undone(no) => Ok(if props.effect(path).exists() { no } else { 0 }),
    }
}

fn act(props: &Props, path: &str, part: FakedCommand, deed: &Deed) -> io::Result<i32> {
    if deed.crash.as_deref() == Some("before") {
        return crash();
    }
    thread::sleep(Duration::from_millis(deed.sleep_ms));
    io::stdout().write_all(deed.stdout.as_bytes())?;
    if let Some(note) = std::env::var_os(ACCEPTED_VARIABLE).filter(|_| deed.accepted) {
        fs::write(note, "accepted\n")?;
    }
    if part == FakedCommand::Step && deed.took_effect {
        fs::write(props.effect(path), path)?;
    }
    if deed.crash.is_some() {
        return crash();
    }
    if let Some(file) = std::env::var_os("RB_OUTPUT").filter(|_| deed.exit == 0) {
        let mut outputs = OpenOptions::new().append(true).open(file)?;
        for (name, value) in &deed.outputs {
            writeln!(outputs, "{name}={value}")?;
        }
    }
    Ok(deed.exit)
}

fn verify(deed: &Deed, there: bool, no: i32) -> i32 {
    match deed.verify.as_str() {
        "present" => 0,
        "absent" => no,
        "unknown" => UNKNOWN,
        _ if there => 0,
        _ if was_accepted() => UNKNOWN,
        _ => no,
    }
}

/// Whether a try of the step noted that what it sent was accepted.
fn was_accepted() -> bool {
    let note = std::env::var_os(ACCEPTED_VARIABLE).and_then(|note| fs::metadata(note).ok());
    note.is_some_and(|note| note.len() > 0)
}

/// Kills the shim, which is our parent, so that nobody writes down how we ended.
fn crash() -> io::Result<i32> {
    kill(getppid(), Signal::SIGKILL)?;
    Ok(0)
}
