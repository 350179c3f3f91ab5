//! The changelog of the repository in a folder, with the section of a version.

use super::versions::{Versions, keep_mode, read_text};
use crate::files;
use crate::git;
use crate::model::config::Config;
use crate::parse;
use crate::release::changelog::{self, Fault, Release, Written};
use semver::Version;
use std::io;
use std::path::{Path, PathBuf};

/// The changelog where a project names none.
const USUAL: &str = "CHANGELOG.md";

/// Why there is no section.
#[derive(Debug, thiserror::Error)]
pub enum ChangelogError {
    /// The file cannot be read or written.
    #[error("{file}: {error}")]
    File {
        /// Its name, as the project writes it.
        file: String,
        /// The operating system's reason.
        error: io::Error,
    },
    /// The version has a tag, so what the commits since the last one change is of a later version.
    #[error("v{0} has a tag already: its section was due before it")]
    Tagged(Version),
    /// The section is there, or would be empty.
    #[error("{file}: {fault}")]
    Section {
        /// Its name, as the project writes it.
        file: String,
        /// What is wrong.
        fault: Fault,
    },
}

/// A changelog that is not written yet.
#[derive(Debug)]
pub struct Changelog {
    /// Its name below the repository.
    pub file: String,
    path: PathBuf,
    /// Its text, and what is new in it.
    pub written: Written,
}

/// The changelog of a repository with the section of a version, dated by the last commit.
///
/// # Errors
/// [`ChangelogError`] if the file cannot be read, or has nothing to gain.
pub fn changelog(
    folder: &Path,
    config: &Config,
    versions: &Versions,
    version: &Version,
) -> Result<Changelog, ChangelogError> {
    let file = config.changelog.clone().unwrap_or_else(|| USUAL.to_owned());
    let path = folder.join(&file);
    let failed = |error| ChangelogError::File {
        file: file.clone(),
        error,
    };
    let text = match read_text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    if versions.history.all.contains(version) {
        return Err(ChangelogError::Tagged(version.clone()));
    }
    let date = git::ask_line(folder, &["log", "-1", "--format=%cs"]).unwrap_or_default();
    let release = Release {
        version,
        date: &date,
        changes: match version.pre.is_empty() {
            true => &versions.changes,
            false => &versions.changes_since_any,
        },
    };
    let headings = parse::changelog::headings(&text);
    let written =
        changelog::write(&text, &headings, &release).map_err(|fault| ChangelogError::Section {
            file: file.clone(),
            fault,
        })?;
    Ok(Changelog {
        file,
        path,
        written,
    })
}

impl Changelog {
    /// Writes the file: it is as it was, or whole.
    ///
    /// # Errors
    /// The operating system's reason.
    pub fn write(&self) -> Result<(), ChangelogError> {
        let text = self.written.text.as_bytes();
        let done = match self.path.exists() {
            true => keep_mode(&self.path, text),
            false => files::replace(&self.path, text),
        };
        done.map_err(|error| ChangelogError::File {
            file: self.file.clone(),
            error,
        })
    }
}
