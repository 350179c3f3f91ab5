//! EDGE: an output plan to the disk.
//!
//! Only what changed is written. A new site is put together in a folder beside its place and
//! then renamed; into an existing site, each file is written beside its place and renamed. So a
//! crash leaves the old file or the new one, never a half. `.runbook-files` lists what is ours:
//! files we wrote before and no longer plan are removed, all other files stay.

use crate::files;
use crate::site::plan::{Output, OutputPlan};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The list of the files that are ours.
const LIST: &str = ".runbook-files";

/// Why the site could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct WriteError {
    /// What we tried, as a verb.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// The operating system's reason.
    pub source: io::Error,
}

/// What writing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or different.
    pub written: usize,
    /// Files that were right already.
    pub unchanged: usize,
    /// Files of ours that were removed.
    pub removed: usize,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError {
        action,
        path,
        source,
    }
}

/// Makes the folder `out` hold the plan. Copies are read below `project`.
///
/// # Errors
/// The first file that could not be read or written. What was written before is whole.
pub fn write(plan: &OutputPlan, project: &Path, out: &Path) -> Result<Written, WriteError> {
    match out.exists() {
        true => update(plan, project, out),
        false => create(plan, project, out),
    }
}

fn create(plan: &OutputPlan, project: &Path, out: &Path) -> Result<Written, WriteError> {
    let staging = out.with_file_name(format!(
        ".{}.partial",
        out.file_name().unwrap_or_default().to_string_lossy()
    ));
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(failed("remove", &staging))?;
    }
    let target = Folder {
        project,
        out: &staging,
    };
    target.make_folders(plan)?;
    plan.files
        .par_iter()
        .try_for_each(|(path, output)| target.put(path, output))?;
    target.write_list(plan.files.keys())?;
    fs::rename(&staging, out).map_err(failed("put in place", out))?;
    Ok(Written {
        written: plan.files.len(),
        ..Written::default()
    })
}

fn update(plan: &OutputPlan, project: &Path, out: &Path) -> Result<Written, WriteError> {
    let target = Folder { project, out };
    let before = target.read_list()?;
    let planned: BTreeSet<&String> = plan.files.keys().collect();
    // Until all is done both old and new files are ours: a crash must not orphan either.
    let ours: BTreeSet<&String> = before.iter().chain(planned.iter().copied()).collect();
    if before.iter().collect::<BTreeSet<_>>() != planned {
        target.write_list(ours.into_iter())?;
    }
    target.make_folders(plan)?;
    let written = AtomicUsize::new(0);
    plan.files.par_iter().try_for_each(|(path, output)| {
        if !target.holds(path, output)? {
            target.replace(path, output)?;
            written.fetch_add(1, Ordering::Relaxed);
        }
        Ok::<(), WriteError>(())
    })?;
    let stale: Vec<&String> = before
        .iter()
        .filter(|path| !plan.files.contains_key(*path))
        .collect();
    let removed = stale.iter().filter(|path| target.remove(path)).count();
    if before.iter().collect::<BTreeSet<_>>() != planned {
        target.write_list(planned.into_iter())?;
    }
    let written = written.into_inner();
    Ok(Written {
        written,
        unchanged: plan.files.len() - written,
        removed,
    })
}

/// The folder that is written into, and the one that copies come from.
struct Folder<'p> {
    project: &'p Path,
    out: &'p Path,
}

impl Folder<'_> {
    fn make_folders(&self, plan: &OutputPlan) -> Result<(), WriteError> {
        let folders: BTreeSet<&str> = plan
            .files
            .keys()
            .filter_map(|path| Some(path.rsplit_once('/')?.0))
            .collect();
        for folder in std::iter::once("").chain(folders) {
            let path = self.out.join(folder);
            fs::create_dir_all(&path).map_err(failed("make the folder", &path))?;
        }
        Ok(())
    }

    fn bytes<'o>(&self, output: &'o Output) -> Result<std::borrow::Cow<'o, [u8]>, WriteError> {
        match output {
            Output::Text(text) => Ok(text.as_bytes().into()),
            Output::Copy(from) => {
                let from = self.project.join(from);
                Ok(fs::read(&from).map_err(failed("read", &from))?.into())
            }
        }
    }

    fn put(&self, path: &str, output: &Output) -> Result<(), WriteError> {
        let path = self.out.join(path);
        fs::write(&path, self.bytes(output)?).map_err(failed("write", &path))
    }

    fn replace(&self, path: &str, output: &Output) -> Result<(), WriteError> {
        let path = self.out.join(path);
        files::replace(&path, &self.bytes(output)?).map_err(failed("write", &path))
    }

    fn holds(&self, path: &str, output: &Output) -> Result<bool, WriteError> {
        let wanted = self.bytes(output)?;
        let path = self.out.join(path);
        match fs::metadata(&path) {
            Ok(found) if found.len() == wanted.len() as u64 => {
                Ok(fs::read(&path).map_err(failed("read", &path))? == *wanted)
            }
            _ => Ok(false),
        }
    }

    /// Removes a file of ours and the folders it leaves empty; whether it was there.
    fn remove(&self, path: &str) -> bool {
        let path = self.out.join(path);
        let removed = fs::remove_file(&path).is_ok();
        let mut folder = path.parent();
        while let Some(empty) =
            folder.filter(|folder| *folder != self.out && fs::remove_dir(folder).is_ok())
        {
            folder = empty.parent();
        }
        removed
    }

    fn read_list(&self) -> Result<BTreeSet<String>, WriteError> {
        let path = self.out.join(LIST);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text
                .lines()
                .filter(|line| stays_inside(line))
                .map(str::to_owned)
                .collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }

    fn write_list<'p>(&self, paths: impl Iterator<Item = &'p String>) -> Result<(), WriteError> {
        let text: String = paths.map(|path| format!("{path}\n")).collect();
        let path = self.out.join(LIST);
        files::replace(&path, text.as_bytes()).map_err(failed("write", &path))
    }
}

/// Whether a line of the list names a file below the site: the list may have been edited.
fn stays_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && path.split('/').all(|part| part != "..")
}
