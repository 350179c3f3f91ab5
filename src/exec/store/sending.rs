//! What is on its way to a run: the files that come with a message lie in the run's folder before the
//! message that names them does.
//!
//! A sender that is killed in between leaves files of which nobody ever says what they are, and into
//! which nobody looks for secrets. So it writes down what it is about to put there, and holds a lock
//! that senders share from then on until the message is there. Where nobody holds it, whoever looks at
//! the run next removes what was left: no other file, as one that the journal does not name may
//! be what tells that lines of it were cut off.

use crate::exec::record::event::Attached;
use crate::exec::record::evidence;
use crate::exec::record::private;
use crate::exec::record::storage::StorageError;
use crate::exec::store::Run;
use crate::files::regular;
use memchr::memmem;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// How the list of what a sender is about to put there ends, in the inbox.
const LIST: &str = ".sending";
/// How the name of a file ends that is not whole yet.
const PARTIAL: &str = ".partial";
/// How that of a letter does.
const PARTIAL_LETTER: &str = ".json.partial";

/// The right to put files into a run that a message will name, for as long as this lives.
pub struct Sending {
    inbox: PathBuf,
    evidence: PathBuf,
    list: Option<(PathBuf, File)>,
    _held: Flock<File>,
}

impl Sending {
    /// Begins to send something to a run.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn begin(run: &Run) -> io::Result<Self> {
        let inbox = inbox(run);
        // A copy of a run may have come without its empty folders.
        private::folder(&inbox)?;
        let held = Flock::lock(File::open(&inbox)?, FlockArg::LockShared);
        Ok(Self {
            _held: held.map_err(|(_, errno)| errno)?,
            inbox,
            evidence: run.evidence(),
            list: None,
        })
    }

    /// Copies a file into the run's folder, as [`evidence::keep`] does.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn keep(&mut self, file: &Path) -> io::Result<Attached> {
        let (inbox, list) = (&self.inbox, &mut self.list);
        evidence::keep(&self.evidence, file, |name| write_down(inbox, list, name))
    }

    /// The message that names the files is there. A list that stays all the same does no harm.
    pub fn is_sent(self) {
        if let Some((path, _)) = self.list {
            let _ = fs::remove_file(path);
        }
    }
}

fn inbox(run: &Run) -> PathBuf {
    run.folder.join("inbox")
}

/// Adds a name to the list of a sender, which is made if there is none.
fn write_down(inbox: &Path, list: &mut Option<(PathBuf, File)>, name: &str) -> io::Result<()> {
    if list.is_none() {
        let path = inbox.join(format!(".{}{LIST}", ulid::Ulid::generate()));
        let file = private::new_file(&path)?;
        File::open(inbox)?.sync_all()?;
        *list = Some((path, file));
    }
    if let Some((_, file)) = list {
        writeln!(file, "{name}")?;
        file.sync_all()?;
    }
    Ok(())
}

/// Removes what senders left that were killed. Nothing happens if somebody sends just now, or if
/// something cannot be read: whoever comes next looks again.
pub fn forget_left(run: &Run) {
    let _ = tidy(run);
}

fn tidy(run: &Run) -> io::Result<()> {
    let inbox = inbox(run);
    if lists(&inbox)?.is_empty() && partial(run)?.is_empty() {
        return Ok(());
    }
    let _held = match Flock::lock(File::open(&inbox)?, FlockArg::LockExclusiveNonblock) {
        Ok(held) => held,
        Err((_, Errno::EWOULDBLOCK)) => return Ok(()),
        Err((_, errno)) => return Err(errno.into()),
    };
    // One of them may have been finished before the lock was had.
    let (lists, mut left) = (lists(&inbox)?, BTreeSet::new());
    for list in &lists {
        let text = String::from_utf8_lossy(&regular::read(list)?).into_owned();
        left.extend(text.lines().map(str::to_owned));
    }
    // Letters first: what was in one that is taken in meanwhile stands in the journal.
    for letter in run.record.letters().map_err(reason)? {
        match run.record.letter(&letter) {
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => {}
            letter => forget_named(letter.map_err(reason)?.as_slice(), &mut left)?,
        }
    }
    if !left.is_empty() {
        forget_named(run.record.lines().map_err(reason)?, &mut left)?;
    }
    let files = left.iter().filter(|name| is_plain(name));
    let files = files.map(|name| run.evidence().join(name));
    // The lists last: until then they are looked at again.
    for path in files.chain(partial(run)?).chain(lists) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn reason(error: StorageError) -> io::Error {
    error.source
}

/// Takes those names away that stand somewhere in a text.
fn forget_named(text: impl Read, names: &mut BTreeSet<String>) -> io::Result<()> {
    let (mut text, mut line) = (BufReader::new(text), Vec::new());
    while !names.is_empty() && text.read_until(b'\n', &mut line)? > 0 {
        names.retain(|name| memmem::find(&line, name.as_bytes()).is_none());
        line.clear();
    }
    Ok(())
}

/// Whether this is the name of a file in the folder itself.
fn is_plain(name: &str) -> bool {
    Path::new(name).file_name() == Some(OsStr::new(name))
}

/// The lists of senders, in order.
fn lists(inbox: &Path) -> io::Result<Vec<PathBuf>> {
    named(inbox, |name| name.starts_with('.') && name.ends_with(LIST))
}

/// What senders have not finished to write, in order.
fn partial(run: &Run) -> io::Result<Vec<PathBuf>> {
    let mut found = named(&inbox(run), |name| {
        name.starts_with('.') && name.ends_with(PARTIAL_LETTER)
    })?;
    found.extend(named(&run.evidence(), |name| {
        name.starts_with('.') && name.ends_with(PARTIAL)
    })?);
    Ok(found)
}

/// What is in a folder by such a name, in order. Nothing if there is no such folder.
fn named(folder: &Path, is_meant: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&is_meant) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
