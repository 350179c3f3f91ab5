//! The inbox of a run, on a disk that holds nothing else.

use super::records::PLAN;
use runbook::exec::record::disk::{Disk, FileKind, LockGuard, OpenFile, Shared, Wait};
use runbook::exec::record::event::Event;
use runbook::exec::record::inbox::{self, Fate, Inbox};
use runbook::exec::record::storage::files::Files;
use runbook::exec::record::storage::{Storage, StorageError};
use runbook::exec::state::RunState;
use runbook::exec::state::answers;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A letter of these bytes is taken in or refused with a reason, and is gone afterwards. What is taken in
/// makes an event for the run that waits at a gate, or a reason, and the run can be continued.
pub(crate) fn letters(bytes: &[u8]) {
    let letter = PathBuf::from("/runs/R/inbox/letter.json");
    let folder = Folder::default();
    folder.files().insert(letter, bytes.to_vec());
    let disk: Shared = Arc::new(folder);
    let inbox = Inbox::new(Files::new(disk, PathBuf::from("/")).record("R"));
    let mut taken = Vec::new();
    inbox::drain(&inbox, |letter| {
        taken.push(letter.message);
        Ok::<_, StorageError>(Ok(()))
    })
    .expect("the disk refuses nothing");
    assert!(!inbox::has_mail(&inbox));
    match inbox.fate("letter").expect("the disk refuses nothing") {
        Fate::Taken => assert_eq!(taken.len(), 1),
        Fate::Refused(why) => assert!(why.len() < 1_000 + 2 * bytes.len() && taken.is_empty()),
        Fate::Waits => panic!("it was looked at"),
    }
    for message in taken {
        let mut state = RunState::default();
        let opened = Event::GateOpened {
            step: "go".to_owned(),
            text: String::new(),
            count: 2,
            expires: None,
            request: None,
        };
        state.apply("2026-11-26T00:00:00Z", &opened);
        match answers::event(
            &PLAN,
            &state,
            "7KQ2PS",
            message,
            jiff::Timestamp::UNIX_EPOCH,
        ) {
            Ok(event) => state.apply("2026-11-26T00:00:01Z", &event),
            Err(why) => assert!(!why.is_empty()),
        }
        assert!(!runbook::exec::state::next::next(&PLAN, &state).is_empty());
    }
}

/// A folder in memory, with files that are written at once.
#[derive(Debug, Default, Clone)]
struct Folder(Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>);

impl Folder {
    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, path: &Path) -> io::Result<Vec<u8>> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        self.files().remove(path).ok_or_else(gone)
    }
}

impl Disk for Folder {
    fn read(&self, _: FileKind, path: &Path) -> io::Result<Vec<u8>> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        self.files().get(path).cloned().ok_or_else(gone)
    }

    fn exists(&self, _: FileKind, path: &Path) -> io::Result<bool> {
        Ok(self.files().contains_key(path))
    }

    fn list(&self, _: FileKind, _: &Path) -> io::Result<Vec<OsString>> {
        let names = |path: &PathBuf| path.file_name().map(OsString::from);
        Ok(self.files().keys().filter_map(names).collect())
    }

    fn make_folder(&self, _: FileKind, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, part: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        self.files().insert(path.to_owned(), Vec::new());
        self.open(part, path)
    }

    fn open(&self, _: FileKind, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let file = (self.clone(), path.to_owned());
        Ok(Box::new(Opened(file.0, file.1)))
    }

    fn rename(&self, _: FileKind, from: &Path, to: &Path) -> io::Result<()> {
        let bytes = self.take(from)?;
        self.files().insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, _: FileKind, path: &Path) -> io::Result<()> {
        self.take(path).map(drop)
    }

    fn sync_folder(&self, _: FileKind, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, _: &Path, _: Wait) -> io::Result<Option<LockGuard>> {
        Ok(Some(Box::new(())))
    }
}

/// An open file of a [`Folder`].
struct Opened(Folder, PathBuf);

impl OpenFile for Opened {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut files = self.0.files();
        let file = files.entry(self.1.clone()).or_default();
        file.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
        file.extend_from_slice(bytes);
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut files = self.0.files();
        let file = files.entry(self.1.clone()).or_default();
        file.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
