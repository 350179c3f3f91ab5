//! Messages that a project knows, and a log that is pasted.

use runbook::known_errors::{Answered, Book, Finding, Paste, Pattern};

/// Between the messages and the paste.
const CUT: &str = "\n----\n";
/// Messages of one entry.
const EACH: usize = 3;

/// An input is messages, one a line, and a paste, with a line of dashes between. A message that is no pattern says at
/// which byte; the others lead to entries that are each there once, from lines that are there, and catch what was
/// pasted. A line that becomes a message is found by it.
pub(crate) fn messages(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let (known, pasted) = text.split_once(CUT).unwrap_or(("", text));
    let book = Book::new(known.lines().enumerate().filter_map(read).collect());
    let paste = Paste::new(pasted);
    for finding in book.diagnose(&paste) {
        hold(&finding, &paste, pasted);
    }
    pasted.split(['\n', '\r']).take(20).for_each(finds_itself);
}

fn read((at, line): (usize, &str)) -> Option<Answered> {
    match Pattern::parse(line) {
        Ok(pattern) => Some(Answered {
            entry: at / EACH,
            pattern,
            general: line.len() % 5 == 0,
        }),
        Err(fault) => {
            assert!(
                fault
                    .at()
                    .is_none_or(|at| line.is_char_boundary(at) && at < line.len())
            );
            None
        }
    }
}

fn hold(finding: &Finding, paste: &Paste, pasted: &str) {
    assert!(!finding.said.is_empty() && finding.said.len() <= EACH && finding.score > 0);
    for said in &finding.said {
        assert!(!paste.line(said.line).is_empty() && !paste.part(said).is_empty());
        assert!(said.weight > 0 && said.caught.len() <= 12);
        for caught in &said.caught {
            assert!(!caught.name.is_empty() && caught.value.len() <= 2 * pasted.len());
            assert!(
                !caught.value.contains(|c: char| c.is_control()),
                "{caught:?}"
            );
        }
    }
}

fn finds_itself(line: &str) {
    let Some(text) = Pattern::written(line) else {
        return;
    };
    let pattern = Pattern::parse(&text).expect("it was written as one");
    let book = Book::new(vec![Answered {
        entry: 0,
        pattern,
        general: false,
    }]);
    let found = book.diagnose(&Paste::new(line));
    assert!(found.len() == 1 && found[0].said[0].line == 0, "{line:?}");
}
