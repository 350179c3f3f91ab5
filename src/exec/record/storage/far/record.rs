//! The record of one run in a storage far away.

use super::{Far, Lock};
use crate::exec::record::storage::far::kept::KeptRun;
use crate::exec::record::storage::{CHANGED_PLAN, Lines, LockGuard, Record, Stamp, StorageError};
use std::io::{self, Cursor, Read};

/// The record of one run.
#[derive(Debug)]
pub(super) struct FarRecord {
    pub(super) far: Far,
    pub(super) id: String,
}

impl FarRecord {
    fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&KeptRun) -> io::Result<T>,
    ) -> Result<T, StorageError> {
        self.far.read(name, |kept| read(kept.run(&self.id)?))
    }
}

impl Record for FarRecord {
    fn place(&self) -> String {
        format!("the journal of {}", self.id)
    }

    fn plan(&self, name: &str) -> Result<Vec<u8>, StorageError> {
        self.read("read the plan", |run| run.plan(name))
    }

    fn has_changed_plans(&self) -> Result<bool, StorageError> {
        let is_changed = |name: &String| name.starts_with(CHANGED_PLAN);
        self.read("look for plans", |run| Ok(run.plans.keys().any(is_changed)))
    }

    fn add_plan(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.far.write("add a plan", |kept, _| {
            let run = kept.run_mut(&self.id)?;
            run.plans.insert(name.to_owned(), bytes.to_vec());
            Ok(())
        })
    }

    fn lines(&self) -> Result<Box<dyn Read + Send>, StorageError> {
        let text = self.read("read the lines", |run| Ok(run.lines.concat()))?;
        Ok(Box::new(Cursor::new(text)))
    }

    fn lock(&self) -> Result<Option<LockGuard>, StorageError> {
        let number = self.far.call("lock", |kept, _| kept.lock(&self.id))?;
        Ok(number.map(|number| self.far.held(Lock::Run(self.id.clone(), number))))
    }

    fn open(&self, whole: &[u8], torn: &[u8]) -> Result<Box<dyn Lines>, StorageError> {
        assert!(torn.is_empty(), "a line is there whole or not at all");
        Ok(Box::new(FarLines {
            far: self.far.clone(),
            id: self.id.clone(),
            known: whole.iter().filter(|byte| **byte == b'\n').count(),
        }))
    }

    fn send(&self, id: &str, text: &[u8]) -> Result<(), StorageError> {
        self.far.write("send", |kept, now| {
            kept.run_mut(&self.id)?.send(id, text, now);
            Ok(())
        })
    }

    fn letters(&self) -> Result<Vec<String>, StorageError> {
        let own: Vec<String> = self
            .far
            .view()
            .kept
            .run(&self.id)
            .map(|run| run.letters.keys().cloned().collect())
            .unwrap_or_default();
        self.far.call("look for letters", |kept, now| {
            let letters = kept.run(&self.id)?.letters.iter();
            let seen = letters.filter(|(id, letter)| letter.arrives <= now || own.contains(id));
            Ok(seen.map(|(id, _)| id.clone()).collect())
        })
    }

    fn letter(&self, id: &str) -> Result<Vec<u8>, StorageError> {
        self.far.call("read a letter", |kept, _| {
            Ok(kept.run(&self.id)?.letter(id)?.text.clone())
        })
    }

    fn put_away(&self, id: &str, refusal: Option<&str>) -> Result<(), StorageError> {
        self.far.write("put a letter away", |kept, _| {
            let run = kept.run_mut(&self.id)?;
            if let Some(why) = refusal {
                run.refusals.insert(id.to_owned(), why.to_owned());
            }
            run.letters.remove(id);
            Ok(())
        })
    }

    fn waits(&self, id: &str) -> Result<bool, StorageError> {
        self.far.call("look for a letter", |kept, _| {
            Ok(kept.run(&self.id)?.letters.contains_key(id))
        })
    }

    fn refusal(&self, id: &str) -> Result<Option<String>, StorageError> {
        self.far.call("look for a refusal", |kept, _| {
            Ok(kept.run(&self.id)?.refusals.get(id).cloned())
        })
    }

    /// How many lines this process would read.
    fn stamp(&self) -> Option<Stamp> {
        let lines = self.read("ask", |run| Ok(run.lines.len()));
        let lines = lines.ok()?;
        Some(Stamp::new(vec![lines as i128], 0))
    }
}

/// A journal that is open for more lines.
struct FarLines {
    far: Far,
    id: String,
    /// How many lines there are, as far as its writer knows.
    known: usize,
}

impl Lines for FarLines {
    fn add(&mut self, line: &str) -> Result<(), StorageError> {
        self.far.write("add a line", |kept, _| {
            kept.run_mut(&self.id)?.add(self.known, line)
        })?;
        self.known += 1;
        Ok(())
    }
}
