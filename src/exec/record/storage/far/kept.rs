//! What a storage far away holds.

use crate::exec::record::storage::FIRST_PLAN;
use std::collections::BTreeMap;
use std::io;

/// How many calls a letter is on its way to others than its sender.
const ON_ITS_WAY: usize = 4;

#[derive(Clone, Default)]
pub(super) struct Kept {
    pub(super) runs: BTreeMap<String, KeptRun>,
    /// The number of the lock of whoever decides which runs there are.
    pub(super) decides: Option<u64>,
    /// How many locks were given out.
    locks: u64,
}

#[derive(Clone, Default)]
pub(super) struct KeptRun {
    pub(super) plans: BTreeMap<String, Vec<u8>>,
    pub(super) lines: Vec<String>,
    pub(super) letters: BTreeMap<String, Letter>,
    pub(super) refusals: BTreeMap<String, String>,
    /// The number of the lock of whoever drives it.
    holder: Option<u64>,
}

#[derive(Clone)]
pub(super) struct Letter {
    pub(super) text: Vec<u8>,
    /// The number of the call from which on others than its sender see it.
    pub(super) arrives: usize,
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "there is no such thing")
}

impl Kept {
    pub(super) fn run(&self, id: &str) -> io::Result<&KeptRun> {
        self.runs.get(id).ok_or_else(gone)
    }

    pub(super) fn run_mut(&mut self, id: &str) -> io::Result<&mut KeptRun> {
        self.runs.get_mut(id).ok_or_else(gone)
    }

    fn number(&mut self) -> u64 {
        self.locks += 1;
        self.locks
    }

    /// The right to decide which runs there are, if nobody has it.
    pub(super) fn decide(&mut self) -> Option<u64> {
        if self.decides.is_some() {
            return None;
        }
        let number = self.number();
        self.decides = Some(number);
        Some(number)
    }

    pub(super) fn give_back(&mut self, number: u64) {
        self.decides.take_if(|decides| *decides == number);
    }

    /// The lock of a run, if nobody has it.
    pub(super) fn lock(&mut self, id: &str) -> io::Result<Option<u64>> {
        let number = self.number();
        let run = self.run_mut(id)?;
        if run.holder.is_some() {
            return Ok(None);
        }
        run.holder = Some(number);
        Ok(Some(number))
    }

    pub(super) fn release(&mut self, id: &str, number: u64) {
        if let Some(run) = self.runs.get_mut(id) {
            run.holder.take_if(|holder| *holder == number);
        }
    }

    /// Takes all locks away from whoever holds them.
    pub(super) fn run_out(&mut self) {
        self.decides = None;
        for run in self.runs.values_mut() {
            run.holder = None;
        }
    }
}

impl KeptRun {
    pub(super) fn new(plan: &[u8], line: &str) -> Self {
        Self {
            plans: [(FIRST_PLAN.to_owned(), plan.to_vec())].into(),
            lines: vec![line.to_owned()],
            ..Self::default()
        }
    }

    pub(super) fn plan(&self, name: &str) -> io::Result<Vec<u8>> {
        self.plans.get(name).cloned().ok_or_else(gone)
    }

    /// Adds a line behind so many.
    pub(super) fn add(&mut self, known: usize, line: &str) -> io::Result<()> {
        if self.lines.len() != known {
            return Err(io::Error::other("somebody else added a line"));
        }
        self.lines.push(line.to_owned());
        Ok(())
    }

    pub(super) fn send(&mut self, id: &str, text: &[u8], now: usize) {
        let letter = Letter {
            text: text.to_vec(),
            arrives: now + ON_ITS_WAY,
        };
        self.letters.insert(id.to_owned(), letter);
    }

    pub(super) fn letter(&self, id: &str) -> io::Result<&Letter> {
        self.letters.get(id).ok_or_else(gone)
    }

    /// Brings every letter to its end at once.
    pub(super) fn deliver(&mut self) {
        for letter in self.letters.values_mut() {
            letter.arrives = 0;
        }
    }
}
