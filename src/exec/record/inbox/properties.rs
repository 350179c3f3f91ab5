//! Whatever lies in an inbox, a run takes in what is a message, says why the rest is none, and goes on.

use super::*;
use crate::exec::record::disk::memory::Memory;
use crate::exec::record::disk::{FileKind, Shared};
use crate::exec::record::storage::Storage;
use crate::exec::record::storage::files::Files;
use crate::properties::config;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Any message.
pub(crate) fn message() -> impl Strategy<Value = Message> {
    let step = || prop_oneof![Just("go".to_owned()), Just("build".to_owned()), ".{0,9}"];
    let by = || prop_oneof![Just("ana".to_owned()), Just("bob".to_owned()), ".{0,9}"];
    let fields = prop::collection::btree_map("[a-z]{1,3}", ".{0,9}", 0..3);
    let conditions = prop::collection::vec(".{1,9}", 0..2);
    prop_oneof![
        (step(), by(), conditions).prop_map(|(step, by, conditions)| Message::Approve {
            step,
            by,
            account: None,
            conditions,
            signed: None,
        }),
        (step(), by(), ".{0,9}").prop_map(|(step, by, reason)| Message::Reject {
            step,
            by,
            reason,
            account: None,
            signed: None,
        }),
        (step(), by(), fields, prop::option::of(".{0,9}")).prop_map(
            |(step, by, fields, choice)| {
                Message::Answer {
                    step,
                    by,
                    account: None,
                    fields,
                    choice,
                    files: Vec::new(),
                }
            }
        ),
        (by(), ".{0,9}").prop_map(|(by, text)| Message::Note {
            by,
            text,
            seen: None,
            files: Vec::new()
        }),
        (by(), ".{0,9}").prop_map(|(by, reason)| Message::Abort { by, reason }),
    ]
}

/// The bytes of a letter, and what is done to them.
fn letter() -> impl Strategy<Value = Vec<u8>> {
    let cut =
        (message(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(message, at, byte)| {
            let mut bytes = serde_json::to_vec(&message).expect("a message can be written");
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        });
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        message()
            .prop_map(|message| serde_json::to_vec(&message).expect("a message can be written")),
        cut,
        Just(b"[".repeat(5000)),
    ]
}

proptest! {
    #![proptest_config(config("tests/regressions/inbox.txt", 256))]

    #[test]
    fn every_letter_is_taken_in_once_or_refused_with_a_reason(letters in prop::collection::vec(letter(), 1..6)) {
        let disk: Shared = Arc::new(Memory::new());
        let folder = Path::new("/state/runs/R/inbox");
        disk.make_folders(FileKind::Run, folder).expect("nothing fails");
        for (at, bytes) in letters.iter().enumerate() {
            let path = folder.join(format!("{at}.json"));
            disk.write_new(FileKind::Letter, &path, bytes).expect("nothing fails");
        }
        let inbox = Inbox::new(Files::new(disk, PathBuf::from("/state")).record("R"));

        let mut taken = Vec::new();
        let drained = drain(&inbox, |letter| {
            taken.push(letter.id);
            Ok::<_, StorageError>(Ok(()))
        });

        drained.expect("the disk refuses nothing");
        for at in 0..letters.len() {
            let id = at.to_string();
            let fate = inbox.fate(&id).expect("nothing fails");
            match taken.contains(&id) {
                true => prop_assert_eq!(fate, Fate::Taken),
                false => prop_assert!(matches!(fate, Fate::Refused(why) if why.starts_with("it cannot be read"))),
            }
        }
        prop_assert!(!has_mail(&inbox));
    }
}
