//! EDGE: the only reader of authors' files.
//!
//! Finds the files of a project in a fixed order, whatever order the disk has them in, and
//! reads their texts. A text that is not UTF-8 is read all the same, with a finding where the
//! first bad byte stands. Hidden files, links and what we write ourselves are left alone.

pub mod history;
mod image;

pub use image::size as image_size;

use crate::diag::{Diagnostic, Diagnostics};
use crate::model::config::Root;
use crate::source::{SourceId, Sources, Span};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Why a project could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no project here.
    #[error("no site.yaml in {}", .0.display())]
    NoProject(PathBuf),
    /// The file system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
}

/// A file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Its text's name.
    pub source: SourceId,
    /// Its path below the project, with `/`.
    pub path: String,
    /// Its path below its root or folder, with `/`.
    pub name: String,
}

/// The files of a project, each list in the order of the paths.
#[derive(Debug, Default)]
pub struct Files {
    /// Markdown, with the index of the root it was found in.
    pub pages: Vec<(usize, TextFile)>,
    /// `runbooks/*.yaml` without tests.
    pub runbooks: Vec<TextFile>,
    /// `runbooks/*.test.yaml`.
    pub tests: Vec<TextFile>,
    /// `data/*.yaml` of every root.
    pub data: Vec<TextFile>,
    /// Everything else below the roots, with the index of the root it was found in. Their texts
    /// are not read.
    pub assets: Vec<(usize, TextFile)>,
    /// Files of the project's own theme by their path below `themes/default/`.
    pub theme: BTreeMap<String, SourceId>,
}

/// Reads `site.yaml`.
///
/// # Errors
/// [`LoadError::NoProject`] if there is none.
pub fn config(
    project: &Path,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<SourceId, LoadError> {
    let path = project.join("site.yaml");
    match fs::read(&path) {
        Ok(bytes) => Ok(add(sources, "site.yaml", bytes, diagnostics)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(LoadError::NoProject(project.to_owned()))
        }
        Err(source) => Err(LoadError::Io { path, source }),
    }
}

/// Reads everything below the roots, `runbooks/` and `themes/default/`.
///
/// A root that is not there is a finding; a `runbooks/` that is not there is an answer.
///
/// # Errors
/// The file that could not be read, and why.
pub fn files(
    project: &Path,
    roots: &[Root],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<Files, LoadError> {
    let mut files = Files::default();
    for (index, root) in roots.iter().enumerate() {
        let folder = project.join(&root.dir.value);
        if !folder.is_dir() {
            diagnostics.report(
                Diagnostic::error(
                    "config/no-root",
                    root.dir.span,
                    format!("no folder `{}` in the project", root.dir.value),
                )
                .help(format!(
                    "make the folder and put `index.md` into it: `mkdir {}`",
                    root.dir.value
                )),
            );
            continue;
        }
        for path in walk(&folder)? {
            let name = relative(&folder, &path);
            let below = format!("{}/{name}", root.dir.value);
            if name.ends_with(".md") {
                files
                    .pages
                    .push((index, read(&path, below, name, sources, diagnostics)?));
            } else if name
                .strip_prefix("data/")
                .is_some_and(|rest| rest.ends_with(".yaml"))
            {
                files
                    .data
                    .push(read(&path, below, name, sources, diagnostics)?);
            } else {
                let source = sources.add(&below, String::new());
                let path = below;
                files.assets.push((index, TextFile { source, path, name }));
            }
        }
    }
    for path in walk(&project.join("runbooks"))? {
        let name = relative(&project.join("runbooks"), &path);
        if name.ends_with(".yaml") && !name.contains('/') {
            let below = format!("runbooks/{name}");
            let list = match name.ends_with(".test.yaml") {
                true => &mut files.tests,
                false => &mut files.runbooks,
            };
            list.push(read(&path, below, name, sources, diagnostics)?);
        }
    }
    let theme = project.join("themes/default");
    for path in walk(&theme)? {
        let name = relative(&theme, &path);
        let file = read(
            &path,
            format!("themes/default/{name}"),
            name,
            sources,
            diagnostics,
        )?;
        files.theme.insert(file.name, file.source);
    }
    Ok(files)
}

/// Whether a path below the project names a file or a folder.
pub fn is_there(project: &Path, path: &str) -> bool {
    project.join(path).exists()
}

/// Where a path that may start at the project leads: with links followed as far as it is there, and
/// the first link on the way.
pub fn whereabouts(project: &Path, path: &str) -> (PathBuf, Option<PathBuf>) {
    let whole = project.join(path);
    let whole = std::path::absolute(&whole).unwrap_or(whole);
    let is_link = |at: &&Path| at.symlink_metadata().is_ok_and(|found| found.is_symlink());
    let link = whole.ancestors().filter(is_link).last().map(Path::to_owned);
    let real = whole.ancestors().find_map(|at| {
        let rest = whole.strip_prefix(at).ok()?;
        Some(at.canonicalize().ok()?.join(rest))
    });
    (real.unwrap_or(whole.clone()), link)
}

/// Reads files that pages take in, by their paths below the project; adds those that are there
/// to `known`.
///
/// Hidden files, folders, and files that a link leads out of the project stay unread: what is
/// missing in `known` is reported where it was asked for.
///
/// # Errors
/// The file that could not be read, and why.
pub fn included(
    project: &Path,
    wanted: &[String],
    known: &mut BTreeMap<String, SourceId>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<(), LoadError> {
    let root = project
        .canonicalize()
        .unwrap_or_else(|_| project.to_owned());
    for name in wanted {
        let hidden = name.split('/').any(|part| part.starts_with('.'));
        let path = project.join(name);
        let inside = || {
            path.canonicalize()
                .is_ok_and(|real| real.starts_with(&root))
        };
        if hidden || known.contains_key(name) || !path.is_file() || !inside() {
            continue;
        }
        let file = read(&path, name.clone(), name.clone(), sources, diagnostics)?;
        known.insert(name.clone(), file.source);
    }
    Ok(())
}

/// The files below a folder in the order of their paths; none if the folder is not there.
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

fn read(
    path: &Path,
    below: String,
    name: String,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<TextFile, LoadError> {
    let bytes = fs::read(path).map_err(|source| LoadError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(TextFile {
        source: add(sources, &below, bytes, diagnostics),
        path: below,
        name,
    })
}

fn add(
    sources: &mut Sources,
    path: &str,
    bytes: Vec<u8>,
    diagnostics: &mut Diagnostics,
) -> SourceId {
    match String::from_utf8(bytes) {
        Ok(text) => sources.add(path, text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let id = sources.add(path, String::from_utf8_lossy(error.as_bytes()).into_owned());
            diagnostics.report(
                Diagnostic::error(
                    "file/not-utf8",
                    Span::new(id, at..at),
                    "this file is not UTF-8 text from here on",
                )
                .help("save it as UTF-8 in your editor"),
            );
            id
        }
    }
}
