//! The files below a folder of a project, in the order of their paths, whatever order the disk has them in.
//!
//! Hidden files and links are passed over. A folder that a link leads out of the project is not read: a site
//! may be built from somebody else's files, and shows whatever is in it. A file whose name can be no address
//! is told and left out, so that no later stage meets one.

use super::{LoadError, TextFile};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::printable::{in_letters, is_harmful, turns_around};
use crate::source::{Sources, Span};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A folder of a project.
pub(super) struct Folder<'f> {
    pub project: &'f Path,
    /// Its path below the project, with `/`.
    pub path: &'f str,
    /// Where it is named.
    pub named: Span,
}

/// A file that was found and not read.
pub(super) struct Found {
    /// Where it is on the disk.
    pub at: PathBuf,
    /// Its path below the project, with `/`.
    pub path: String,
    /// Its path below the folder, with `/`.
    pub name: String,
}

impl Found {
    /// The same file, whose text nobody reads.
    pub(super) fn unread(self, sources: &mut Sources) -> TextFile {
        TextFile {
            source: sources.add(&self.path, String::new()),
            path: self.path,
            name: self.name,
        }
    }
}

impl Folder<'_> {
    /// The files below it; none if it is not there.
    ///
    /// # Errors
    /// The folder that could not be read, and why.
    pub(super) fn files(
        &self,
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Result<Vec<Found>, LoadError> {
        let folder = self.project.join(self.path);
        if leads_out(self.project, &folder) {
            let message = format!(
                "`{}` is a symbolic link that leads out of the project",
                in_letters(self.path)
            );
            diagnostics.report(
                Diagnostic::new(codes::CONFIG_OUTSIDE, self.named, message)
                    .help("copy the folder into the project"),
            );
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        for at in walk(&folder)? {
            let name = relative(&folder, &at);
            let path = format!("{}/{name}", self.path);
            match why_not(&at) {
                None => files.push(Found { at, path, name }),
                Some(why) => {
                    let source = sources.add(in_letters(&path), String::new());
                    let message = format!("the name of this file {why}, and can be no address");
                    diagnostics.report(
                        Diagnostic::new(codes::FILE_NAME, Span::start_of(source), message)
                            .help("rename the file"),
                    );
                }
            }
        }
        Ok(files)
    }
}

/// Whether a link leads from `path` to a place that is not below the project.
pub(super) fn leads_out(project: &Path, path: &Path) -> bool {
    match (project.canonicalize(), path.canonicalize()) {
        (Ok(project), Ok(real)) => !real.starts_with(project),
        _ => false,
    }
}

/// Why the name of a file can be no address.
fn why_not(path: &Path) -> Option<&'static str> {
    let Some(name) = path.to_str() else {
        return Some("is not UTF-8");
    };
    match name.chars().find(|c| is_harmful(*c))? {
        '\n' => Some("has a line feed in it"),
        c if turns_around(c) => Some("has a character in it that changes the direction of text"),
        _ => Some("has a control character in it"),
    }
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).into_iter().filter_entry(visible) {
        let entry = entry.map_err(|error| LoadError::Io {
            path: error.path().unwrap_or(folder).to_owned(),
            source: error.into(),
        })?;
        if entry.file_type().is_file() {
            found.push(entry.into_path());
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn relative(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
