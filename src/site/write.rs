//! EDGE: an output plan to the disk.
//!
//! Only what changed is written. A new site is put together in a folder beside its place and
//! then renamed; into an existing site, each file is written beside its place and renamed. So a
//! crash leaves the old file or the new one, never a half. `.runbook-files` lists what is ours:
//! files we wrote before and no longer plan are removed, all other files stay. A file that stood in
//! the way before we came is not overwritten, and nothing is written or removed through a link.

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
pub enum WriteError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What we tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Files of others have the names of files of the site.
    #[error("{} {}, and would be lost; move {} away, or write the site to another folder with `--out`",
        listed(paths), if paths.len() == 1 { "was not written by runbook" } else { "were not written by runbook" },
        if paths.len() == 1 { "it" } else { "them" })]
    NotOurs {
        /// All of them, in order.
        paths: Vec<PathBuf>,
    },
    /// A folder of the site leads to another place.
    #[error("{} is a symbolic link, and what it leads to is not changed; remove it, or write the site to another folder with `--out`", .0.display())]
    Link(PathBuf),
}

/// How many files are named before the rest is counted.
const NAMED: usize = 10;

fn listed(paths: &[PathBuf]) -> String {
    let named = paths.iter().take(NAMED);
    let named: Vec<String> = named.map(|path| path.display().to_string()).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
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
    move |source| WriteError::Io {
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
    target.spare_others(plan, &before)?;
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
        for folder in std::iter::once("").chain(folders(plan)) {
            let path = self.out.join(folder);
            fs::create_dir_all(&path).map_err(failed("make the folder", &path))?;
        }
        Ok(())
    }

    /// That no folder on the way to `below` is a link. The site's own folder may be one: whoever names it
    /// means it.
    fn is_real(&self, below: &str) -> Result<(), WriteError> {
        let mut path = self.out.to_owned();
        for part in below.split('/').filter(|part| !part.is_empty()) {
            path.push(part);
            if path.is_symlink() {
                return Err(WriteError::Link(path));
            }
        }
        Ok(())
    }

    /// That no file of others stands where one of the site would, except with the same content.
    fn spare_others(&self, plan: &OutputPlan, ours: &BTreeSet<String>) -> Result<(), WriteError> {
        for folder in folders(plan) {
            self.is_real(folder)?;
        }
        let mut paths = Vec::new();
        for (path, output) in &plan.files {
            let at = self.out.join(path);
            if !ours.contains(path) && at.symlink_metadata().is_ok() && !self.holds(path, output)? {
                paths.push(at);
            }
        }
        match paths.is_empty() {
            true => Ok(()),
            false => Err(WriteError::NotOurs { paths }),
        }
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
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() && found.len() == wanted.len() as u64 => {
                Ok(fs::read(&path).map_err(failed("read", &path))? == *wanted)
            }
            _ => Ok(false),
        }
    }

    /// Removes a file of ours and the folders it leaves empty; whether it was there.
    fn remove(&self, path: &str) -> bool {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if self.is_real(folder).is_err() {
            return false;
        }
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

/// The folders that hold files of the plan, without the site's own.
fn folders(plan: &OutputPlan) -> BTreeSet<&str> {
    let paths = plan.files.keys();
    paths
        .filter_map(|path| Some(path.rsplit_once('/')?.0))
        .collect()
}

/// Whether a line of the list names a file below the site: the list may have been edited.
fn stays_inside(path: &str) -> bool {
    !path.is_empty() && !path.split('/').any(|part| ["", ".", ".."].contains(&part))
}
