//! Signing an answer as somebody who is asked: with a key of theirs, by stock `ssh-keygen -Y sign`.
//!
//! That program knows key files, passphrases, agents and security keys, and asks at the terminal for what it needs. We
//! only choose the key: the one that was named, or the first of the agent and of `~/.ssh` that the request lists.

use super::RunsError;
use crate::exec::record::request::Request;
use crate::exec::record::statement::{Signed, Statement};
use crate::exec::state::quorum;
use crate::signatures::{self, NAMESPACE, SignerKey};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A key that a person can sign with.
#[derive(Debug)]
pub struct Key {
    /// The person whose key it is, as the request has it.
    pub person: String,
    /// `SHA256:…`
    pub fingerprint: String,
    source: Source,
}

/// Where a key is.
#[derive(Debug)]
enum Source {
    /// In this file, or its public half is.
    File(PathBuf),
    /// With the agent; this is its line.
    Agent(String),
}

/// The key to answer a request with: the one in the file `wanted`, or the first at hand that the request lists for
/// `person`, or for anybody if that is `None`. `me` is who has this account, if that is known.
///
/// # Errors
/// [`RunsError::Refused`] to whoever is not asked, which says who is; [`RunsError::NoKey`], which says what was looked at.
pub fn key(
    request: &Request,
    wanted: Option<&Path>,
    person: Option<&str>,
    me: Option<&str>,
) -> Result<Key, RunsError> {
    let listed = listed(request, person);
    let at_hand = match wanted {
        Some(file) => vec![(of_file(file)?, Source::File(file.to_owned()))],
        None => at_hand(),
    };
    let seen: Vec<String> = at_hand.iter().map(|(print, _)| print.clone()).collect();
    let found = at_hand.into_iter().find_map(|(fingerprint, source)| {
        let person = listed.get(&fingerprint)?.to_owned();
        Some(Key {
            person,
            fingerprint,
            source,
        })
    });
    found.ok_or_else(|| {
        let by = person.or(me);
        match by.and_then(|by| quorum::unasked(request, by, Timestamp::now())) {
            Some(why) => RunsError::Refused(why),
            None => no_key(&seen, &listed, request, person),
        }
    })
}

/// The fingerprints that the request lists, each with the person.
fn listed(request: &Request, person: Option<&str>) -> BTreeMap<String, String> {
    let people = request.keys.iter();
    let meant = people.filter(|(name, _)| person.is_none_or(|person| *name == person));
    let pairs =
        meant.flat_map(|(name, keys)| keys.iter().map(move |key| (key.clone(), name.clone())));
    pairs.collect()
}

fn no_key(
    seen: &[String],
    listed: &BTreeMap<String, String>,
    request: &Request,
    person: Option<&str>,
) -> RunsError {
    let seen = match seen {
        [] => "no key was found, neither in an agent nor in ~/.ssh".to_owned(),
        seen => format!("the keys at hand are {}", seen.join(", ")),
    };
    let wanted: Vec<String> = listed
        .iter()
        .map(|(key, name)| format!("{name} {key}"))
        .collect();
    let wanted = match (wanted.as_slice(), person) {
        ([], Some(person)) if !request.keys.is_empty() => {
            format!(
                "the request lists no key of {person}; it lists keys of {}",
                names(request)
            )
        }
        ([], _) => "the request lists no key of anybody who is asked".to_owned(),
        (wanted, Some(_)) => format!("the request lists {}", wanted.join(", ")),
        (wanted, None) => format!(
            "it is for {}, and no key at hand is theirs: the request lists {}",
            quorum::named(request).join(" or "),
            wanted.join(", ")
        ),
    };
    RunsError::NoKey(format!("{wanted}; {seen}"))
}

fn names(request: &Request) -> String {
    let names: Vec<&str> = request.keys.keys().map(String::as_str).collect();
    names.join(", ")
}

/// The fingerprint of the key in a file, private or public.
fn of_file(file: &Path) -> Result<String, RunsError> {
    let ran = Command::new("ssh-keygen")
        .args(["-l", "-E", "sha256", "-f"])
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .map_err(RunsError::NoSshKeygen)?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let print = said.split(' ').nth(1).filter(|_| ran.status.success());
    print.map(str::to_owned).ok_or_else(|| {
        let why = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
        RunsError::NoKey(format!("{} cannot be read as a key: {why}", file.display()))
    })
}

/// The keys of the agent, then those of `~/.ssh`, with their fingerprints.
fn at_hand() -> Vec<(String, Source)> {
    let of_line = |line: &str| SignerKey::parse(line).ok().map(|key| key.fingerprint());
    let agent = Command::new("ssh-add")
        .arg("-L")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let agent = agent.map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned());
    let agent = agent.unwrap_or_default();
    let of_agent = agent
        .lines()
        .filter_map(|line| Some((of_line(line)?, Source::Agent(line.to_owned()))));
    let of_home = public_files().into_iter().filter_map(|file| {
        let line = fs::read_to_string(&file).ok()?;
        Some((of_line(line.trim())?, Source::File(file.with_extension(""))))
    });
    of_agent.chain(of_home).collect()
}

/// The `.pub` files of `~/.ssh` that have a private half beside them, in order.
fn public_files() -> Vec<PathBuf> {
    let Some(home) = std::env::var_os("HOME") else {
        return Vec::new();
    };
    let folder = fs::read_dir(Path::new(&home).join(".ssh"));
    let entries = folder.into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let is_whole = |file: &PathBuf| {
        file.extension().is_some_and(|extension| extension == "pub")
            && file.with_extension("").is_file()
    };
    let mut files: Vec<PathBuf> = files.filter(is_whole).collect();
    files.sort();
    files
}

/// Signs what a person says. At a terminal, `ssh-keygen` asks for what it needs.
///
/// # Errors
/// When it cannot be signed.
pub fn sign(key: &Key, statement: &Statement) -> Result<Signed, RunsError> {
    let line = statement.to_line();
    let ran = match &key.source {
        Source::File(file) => keygen(file, &line),
        Source::Agent(public) => {
            let folder = tempfile::tempdir().map_err(RunsError::NoSshKeygen)?;
            let file = folder.path().join("key.pub");
            fs::write(&file, format!("{public}\n")).map_err(RunsError::NoSshKeygen)?;
            keygen(&file, &line)
        }
    };
    let ran = ran.map_err(RunsError::NoSshKeygen)?;
    let signature = String::from_utf8_lossy(&ran.stdout).into_owned();
    if !ran.status.success() || !signature.starts_with(signatures::BEGIN) {
        let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
        return Err(RunsError::NotSigned {
            key: key.fingerprint.clone(),
            said,
        });
    }
    Ok(Signed {
        statement: line,
        signature,
    })
}

fn keygen(key: &Path, message: &str) -> io::Result<Output> {
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-q", "-n", NAMESPACE, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // It reads all of it before it signs, and a few hundred bytes fit into any pipe.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(message.as_bytes())?;
    }
    child.wait_with_output()
}
