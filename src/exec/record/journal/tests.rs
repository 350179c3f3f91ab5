//! The journal on a real disk.

use super::*;
use crate::exec::record::disk;
use crate::exec::record::storage::files::Files;
use crate::exec::record::storage::{NewRun, Storage};
use std::fs;
use std::path::PathBuf;

fn note(text: &str) -> Event {
    Event::NoteAdded {
        by: "ana".to_owned(),
        text: text.to_owned(),
        seen: None,
        files: Vec::new(),
    }
}

/// The records in a folder.
fn records(folder: &tempfile::TempDir) -> Files {
    Files::new(disk::real(), folder.path().join("state"))
}

fn sample() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = records(&folder);
    let _deciding = files.deciding().expect("nobody else does");
    let line = first_line("R", "plan", "t0".to_owned(), note("one"));
    let run = NewRun {
        id: "R",
        plan: b"{}",
        line: &line,
    };
    files.create(run).expect("it can be made");
    let record = files.record("R");
    let path = PathBuf::from(record.place());
    let mut journal =
        Journal::open(record.as_ref(), "R", "plan", "t0".to_owned()).expect("it is whole");
    for text in ["two", "with ,\"h\":\" inside", "ünï\ncode"] {
        journal
            .append("t1".to_owned(), note(text))
            .expect("it can be written");
    }
    let bytes = fs::read(&path).expect("it is there");
    (folder, path, bytes)
}

#[test]
fn what_was_written_is_read_again() {
    let (_folder, _, bytes) = sample();
    let contents = read(&bytes, "plan").expect("nothing was altered");
    assert_eq!(contents.entries.len(), 4);
    assert_eq!(contents.entries[2].event, note("with ,\"h\":\" inside"));
    assert!(!contents.torn);
}

#[test]
fn every_single_bit_flip_is_noticed() {
    let (_folder, _, bytes) = sample();
    let whole = read(&bytes, "plan").expect("nothing was altered");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            if let Ok(contents) = read(&flipped, "plan") {
                assert!(
                    contents.torn && contents.entries.len() < whole.entries.len(),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }
}

#[test]
fn a_cut_at_any_byte_loses_only_the_cut_line_and_is_mended() {
    let (folder, path, bytes) = sample();
    let record = records(&folder).record("R");
    let first = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line")
        + 1;
    for end in first..bytes.len() {
        fs::write(&path, &bytes[..end]).expect("it can be written");
        let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
        let torn = bytes[end - 1] != b'\n';
        let journal = Journal::open(record.as_ref(), "R", "plan", "t2".to_owned())
            .expect("a crash is no alteration");
        assert_eq!(
            journal.entries().len(),
            whole + usize::from(torn),
            "cut at {end}"
        );
        let again =
            read(&fs::read(&path).expect("it is there"), "plan").expect("it is whole again");
        assert!(!again.torn);
    }
}

#[test]
fn another_plan_does_not_fit() {
    let (_folder, _, bytes) = sample();
    assert!(read(&bytes, "another").is_err());
}

/// What is said of a second line with these members, whose hash fits.
fn second(members: impl Fn(&str) -> String) -> Result<Contents, Misfit> {
    let (_folder, _, mut bytes) = sample();
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line");
    bytes.truncate(end + 1);
    let first = String::from_utf8(bytes.clone()).expect("UTF-8");
    let (_, tail) = first.rsplit_once("\"h\":\"").expect("a hash");
    let body = members(&tail[..64]);
    let hash = sha256(body.as_bytes());
    bytes.extend(format!("{body},\"h\":\"{hash}\"}}\n").bytes());
    read(&bytes, "plan")
}

#[test]
fn of_a_newer_version_only_what_was_promised_is_read() {
    for members in [
        "{\"v\":2,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"letter\":{\"id\":7},\"type\":\"gate.weighed\"",
        "{\"letter\":[],\"v\":4294967296,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"type\":\"run.finished\"",
        "{\"type\":\"step.started\",\"step\":4,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"v\":3",
        "{\"v\":1,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"type\":\"step.teleported\",\"to\":{}",
    ] {
        let read = second(|prev| format!("{members},\"prev\":\"{prev}\""));
        assert!(
            matches!(read, Err(Misfit::Newer { line: 2, .. })),
            "{members}: {read:?}"
        );
    }
}

#[test]
fn of_this_version_everything_has_its_kind() {
    for members in [
        "{\"v\":1,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"letter\":{},\"type\":\"run.finished\"",
        "{\"v\":0,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"type\":\"run.finished\"",
        "{\"v\":\"1\",\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"type\":\"run.finished\"",
        "{\"v\":1,\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"type\":\"step.started\",\"step\":4",
        "{\"v\":1,\"seq\":2,\"at\":\"x\",\"run\":\"R\"",
        "{\"seq\":2,\"at\":\"x\",\"run\":\"R\",\"type\":\"run.finished\"",
    ] {
        let read = second(|prev| format!("{members},\"prev\":\"{prev}\""));
        assert!(
            matches!(read, Err(Misfit::Altered { line: 2, .. })),
            "{members}: {read:?}"
        );
    }
}
