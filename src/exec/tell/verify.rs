//! What a run's record can be trusted for: each part of it compared with what vouches for it.
//!
//! The journal vouches for logs and files, each line for the one before, and the first for the
//! plan. Nothing in the folder vouches for the journal's last line: an anchor does, a head that
//! left the machine, such as the one in the message of a release's tag.

use crate::exec::digest::sha256;
use crate::exec::process::shim::Attempt;
use crate::exec::record::event::{Attached, Kept, Vouched};
use crate::exec::record::evidence;
use crate::exec::record::journal::{Contents, Entry, JournalError};
use crate::exec::state::{RunState, proofs};
use crate::exec::store::tries::Tries;
use crate::exec::store::{Run, StoreError};
use serde::Serialize;
use std::io;
use std::path::{Component, Path};

/// Something that was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is, and what was found, as people read it.
    pub text: String,
    /// Whether it fits.
    pub fits: bool,
}

/// A head that left the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Where it was found, for people.
    pub place: String,
    /// The id of its run.
    pub run: String,
    /// The hash of a line of the journal.
    pub head: String,
}

fn fits(text: String) -> Check {
    Check { text, fits: true }
}

fn differs(text: String) -> Check {
    Check { text, fits: false }
}

/// The anchors in a text, such as a tag's message: lines `Runbook-Run:` with a line
/// `Runbook-Head:` after each.
pub fn anchors(place: &str, text: &str) -> Vec<Anchor> {
    let (mut found, mut run) = (Vec::new(), None);
    for line in text.lines().map(str::trim) {
        if let Some(id) = line.strip_prefix("Runbook-Run:") {
            run = Some(id.trim().to_owned());
        }
        if let Some(head) = line.strip_prefix("Runbook-Head:")
            && let Some(run) = run.take()
        {
            found.push(Anchor {
                place: place.to_owned(),
                run,
                head: head.trim().to_owned(),
            });
        }
    }
    found
}

/// Compares all of a run's record, and with anchors if there are any.
///
/// # Errors
/// When a file cannot be read; what does not fit is an answer.
pub fn verify(run: &Run, anchors: &[Anchor]) -> Result<Vec<Check>, StoreError> {
    // Read before the journal, which knows of a try before its folder is there.
    let tries = Tries::of(&run.folder);
    let contents = match run.contents() {
        Ok(contents) => contents,
        // What only a newer program can read is for that to prove.
        Err(StoreError::Journal(misfit @ JournalError::Misfit { .. })) if !misfit.is_newer() => {
            return Ok(vec![differs(misfit.to_string())]);
        }
        Err(other) => return Err(other),
    };
    let mut checks = vec![journal(&contents)];
    if contents.torn {
        let torn = "the last line of the journal was cut off, as after a crash; `resume` moves that line to a separate file";
        checks.push(fits(torn.to_owned()));
    }
    checks.extend(approvals(run, &contents.entries)?);
    let state = RunState::fold(&contents.entries);
    let misfits = tries.misfits(&run.id, &run.plan, &state);
    checks.extend(misfits.into_iter().map(differs));
    let entries = contents.entries.iter();
    checks.extend(entries.flat_map(|entry| vouched(run, entry)));
    checks.extend(
        anchors
            .iter()
            .filter(|anchor| anchor.run == run.id)
            .map(|anchor| compared(anchor, &contents.entries)),
    );
    Ok(checks)
}

fn journal(contents: &Contents) -> Check {
    let lines = contents.entries.len();
    fits(format!(
        "journal: {lines} lines, an unbroken chain that starts with the plan; head {}",
        contents.head
    ))
}

/// The approvals, judged again.
fn approvals(run: &Run, entries: &[Entry]) -> Result<Vec<Check>, StoreError> {
    let found = proofs::judge(&run.plans(entries)?, &run.id, entries);
    let approval = |text: String| format!("approval of {text}");
    let good = found.signed.into_iter().chain(found.claimed);
    let good = good.map(|text| fits(approval(text)));
    let bad = found.faults.into_iter();
    Ok(good.chain(bad.map(differs)).collect())
}

/// What a line vouches for, compared.
fn vouched(run: &Run, entry: &Entry) -> Vec<Check> {
    let vouched = entry.event.vouches_for().into_iter();
    vouched.map(|vouched| compare(run, vouched)).collect()
}

fn compare(run: &Run, vouched: Vouched<'_>) -> Check {
    let (what, found, wanted) = match vouched {
        Vouched::Log {
            step,
            attempt,
            sha256,
            bytes,
        } => (
            format!("log of {step}, attempt {attempt}"),
            Attempt::new(&run.folder, step, attempt).log_digest(),
            (Some(bytes), sha256),
        ),
        Vouched::Plan { file, sha256 } => (
            format!("plan {file}"),
            plan_digest(run, file),
            (None, sha256),
        ),
        Vouched::Evidence(Attached {
            name,
            sha256,
            bytes,
        }) => (
            format!("file {name}"),
            digest(&run.evidence(), name, 1),
            (Some(*bytes), sha256.as_str()),
        ),
        Vouched::Kept(Kept {
            path,
            sha256,
            bytes,
        }) => (
            format!("file steps/{path}"),
            digest(&run.folder.join("steps"), path, 2),
            (Some(*bytes), sha256.as_str()),
        ),
    };
    judged(what, found, wanted)
}

/// The digest of a plan that the record holds. A name that leads elsewhere was never written by us.
fn plan_digest(run: &Run, name: &str) -> io::Result<(u64, String)> {
    if !is_plain(name, 1) {
        return Err(elsewhere());
    }
    let bytes = run.record.plan(name).map_err(|error| error.source)?;
    Ok((bytes.len() as u64, sha256(&bytes)))
}

/// The digest of a file so many names below a folder. A name that leads elsewhere was never written
/// by us.
fn digest(folder: &Path, name: &str, names: usize) -> io::Result<(u64, String)> {
    match is_plain(name, names) {
        true => evidence::digest(&folder.join(name)),
        false => Err(elsewhere()),
    }
}

/// Whether a name leads so many names down, and nowhere else.
fn is_plain(name: &str, names: usize) -> bool {
    let mut parts = Path::new(name).components();
    parts.all(|part| matches!(part, Component::Normal(_))) && name.split('/').count() == names
}

fn elsewhere() -> io::Error {
    io::Error::other("its name leads elsewhere")
}

fn judged(
    what: String,
    found: io::Result<(u64, String)>,
    (length, digest): (Option<u64>, &str),
) -> Check {
    match found {
        Ok((bytes, sha256)) if length.is_none_or(|length| bytes == length) && sha256 == digest => {
            fits(format!("{what}: {bytes} bytes, as recorded"))
        }
        Ok((bytes, _)) => match length {
            Some(length) if length != bytes => {
                differs(format!("{what}: {bytes} bytes, and {length} were recorded"))
            }
            _ => differs(format!("{what}: its content is not what was recorded")),
        },
        Err(error) => differs(format!("{what}: cannot be read: {error}")),
    }
}

fn compared(anchor: &Anchor, entries: &[Entry]) -> Check {
    let place = &anchor.place;
    let line = entries.iter().position(|entry| entry.hash == anchor.head);
    match line {
        Some(line) => fits(format!(
            "{place}: names line {} of {}; up to there the record is what it was then",
            line + 1,
            entries.len()
        )),
        None => differs(format!(
            "{place}: names a line that the journal does not have: lines were cut off, or all was written again"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_found_in_messages_of_tags() {
        let message = "Release 1.4.3\n\n  Runbook-Run: 01A\n  Runbook-Head: aa\n\nRunbook-Head: lost\nRunbook-Run: 01B\nRunbook-Head: bb\n";
        let found = anchors("v1.4.3", message);
        let pairs: Vec<_> = found
            .iter()
            .map(|anchor| (anchor.run.as_str(), anchor.head.as_str()))
            .collect();
        assert_eq!(pairs, [("01A", "aa"), ("01B", "bb")]);
    }
}
