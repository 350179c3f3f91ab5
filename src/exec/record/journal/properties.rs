//! Whatever happens to the bytes of a journal, it is never taken as intact, and a torn end costs that end.

use super::*;
use crate::properties::config;
use proptest::prelude::*;
use proptest::sample::Index;

/// What happens to a file. Places are counted in its bytes or in its lines.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Zero(Index, Index),
    Insert(Index, Vec<u8>),
    Swap(Index, Index),
    Repeat(Index),
    Drop(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (at(), at()).prop_map(|(from, to)| Damage::Zero(from, to)),
        (at(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, new)| Damage::Insert(at, new)),
        (at(), at()).prop_map(|(one, other)| Damage::Swap(one, other)),
        at().prop_map(Damage::Repeat),
        at().prop_map(Damage::Drop),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Self::Flip(at, bits) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Self::Zero(from, to) => {
                let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
                bytes[from.min(to)..from.max(to)].fill(0);
            }
            Self::Insert(at, new) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, new.iter().copied());
            }
            Self::Flip(..) => {}
            Self::Swap(..) | Self::Repeat(_) | Self::Drop(_) => self.apply_to_lines(bytes),
        }
    }

    fn apply_to_lines(&self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        if lines.is_empty() {
            return;
        }
        match self {
            Self::Swap(one, other) => {
                let count = lines.len();
                lines.swap(one.index(count), other.index(count));
            }
            Self::Repeat(at) => {
                let at = at.index(lines.len());
                lines.insert(at, lines[at].clone());
            }
            Self::Drop(at) => drop(lines.remove(at.index(lines.len()))),
            _ => {}
        }
        *bytes = lines.concat();
    }
}

/// A text with what the format itself is made of.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        ".{0,8}",
        Just("x\",\"h\":\"".to_owned()),
        Just("a\nb\r\u{2028}".to_owned())
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let note = |(by, text)| Event::NoteAdded {
        by,
        text,
        seen: None,
        files: Vec::new(),
    };
    let started = |(step, attempt)| Event::StepStarted {
        step,
        attempt,
        terminal: false,
        kept: Vec::new(),
    };
    let event = prop_oneof![
        (text(), text()).prop_map(note),
        (text(), any::<u32>()).prop_map(started),
    ];
    prop::collection::vec(event, 1..7)
}

/// The bytes of a journal in which this happened.
fn written(events: &[Event]) -> (Vec<u8>, Vec<Entry>) {
    let (mut bytes, mut entries, mut head) = (Vec::new(), Vec::new(), "plan".to_owned());
    for (at, event) in events.iter().enumerate() {
        let mut entry = Entry {
            at: "2026-11-26T00:00:00Z".to_owned(),
            letter: None,
            event: event.clone(),
            hash: String::new(),
        };
        let (line, hash) = write_line("R", at as u64 + 1, &entry, &head);
        bytes.extend(line.as_bytes());
        head.clone_from(&hash);
        entry.hash = hash;
        entries.push(entry);
    }
    (bytes, entries)
}

proptest! {
    #![proptest_config(config("tests/regressions/journal.txt", 512))]

    #[test]
    fn what_is_written_is_read_again(events in events()) {
        let (bytes, entries) = written(&events);
        let contents = read(&bytes, "plan").expect("nothing was altered");
        prop_assert_eq!(&contents.entries, &entries);
        prop_assert_eq!((contents.whole, contents.torn), (bytes.len(), false));
    }

    #[test]
    fn piece_by_piece_it_says_the_same(
        events in events(),
        damages in prop::collection::vec(damage(), 0..3),
        piece in 1_usize..700,
    ) {
        let (mut bytes, _) = written(&events);
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        let whole = read_of(&bytes, "plan", "R").map(|contents| contents.entries);

        let mut entries = Vec::new();
        let read = reading::in_pieces(&bytes[..], piece, "plan", "R", &mut |known| entries.push(known.into_entry()));

        prop_assert_eq!(read.expect("memory can be read").map(|()| entries), whole);
    }

    #[test]
    fn a_damaged_journal_is_refused_or_loses_its_end(
        events in events(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let (bytes, entries) = written(&events);
        let mut damaged = bytes.clone();
        damages.iter().for_each(|damage| damage.apply(&mut damaged));
        let Ok(contents) = read(&damaged, "plan") else {
            return Ok(());
        };
        // What is taken as true is the beginning of what is true.
        let known = contents.entries.len();
        prop_assert_eq!(&contents.entries, &entries[..known]);
        prop_assert_eq!(&damaged[..contents.whole], &bytes[..contents.whole]);
        // The rest is one line at most, and is not passed over in silence. That whole lines were cut
        // off at the end, nothing inside the file can tell.
        let rest = &damaged[contents.whole..];
        prop_assert_eq!(contents.torn, !rest.is_empty());
        prop_assert!(rest.iter().rev().skip(1).all(|byte| *byte != b'\n'));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_are_no_journal(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(contents) = read(&bytes, "plan") {
            prop_assert!(contents.entries.is_empty());
        }
    }

    #[test]
    fn a_torn_end_is_kept_aside_and_the_journal_goes_on(events in events(), cut in any::<Index>(), rest in prop::collection::vec(any::<u8>(), 0..9)) {
        use crate::exec::record::disk::memory::Memory;
        use crate::exec::record::disk::{FileKind, Shared};
        use crate::exec::record::storage::Storage;
        use crate::exec::record::storage::files::Files;
        use std::path::{Path, PathBuf};
        use std::sync::Arc;

        let (bytes, entries) = written(&events);
        let first = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        let cut = first + cut.index(bytes.len() - first + 1);
        let mut torn = bytes[..cut].to_vec();
        torn.extend(rest.iter().filter(|byte| **byte != b'\n'));
        let disk: Shared = Arc::new(Memory::new());
        let folder = Path::new("/state/runs/R");
        disk.make_folders(FileKind::Run, folder).expect("nothing fails");
        disk.write_new(FileKind::Journal, &folder.join("journal.jsonl"), &torn).expect("nothing fails");
        let record = Files::new(disk.clone(), PathBuf::from("/state")).record("R");

        let open = || Journal::open(record.as_ref(), "R", "plan", "later".to_owned());
        let mut journal = open().expect("a crash is no alteration");
        let whole = torn.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(&journal.entries()[..whole], &entries[..whole]);
        let is_torn = torn.last() != Some(&b'\n');
        prop_assert_eq!(journal.entries().len(), whole + usize::from(is_torn));
        journal.append("later".to_owned(), events[0].clone()).expect("nothing fails");
        let again = open().expect("it is whole");
        prop_assert_eq!(again.entries(), journal.entries());
        if is_torn {
            let aside = disk.list(FileKind::Run, folder).expect("nothing fails");
            let is_it = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("torn-");
            prop_assert!(aside.iter().any(is_it));
        }
    }
}
