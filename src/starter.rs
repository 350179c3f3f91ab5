//! EDGE: a new project, from the files in `starter/` of this repository.
//!
//! What it writes builds and checks clean, and its runbook runs; `tests/stories/newcomers.rs` says so.

use crate::files;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files of a new project but for `site.yaml`, by their paths below it.
const FILES: [(&str, &str); 5] = [
    (
        "content/index.md",
        include_str!("../starter/content/index.md"),
    ),
    (
        "content/guides/how-we-work.md",
        include_str!("../starter/content/guides/how-we-work.md"),
    ),
    (
        "content/data/roles.yaml",
        include_str!("../starter/content/data/roles.yaml"),
    ),
    (
        "content/data/approvals.yaml",
        include_str!("../starter/content/data/approvals.yaml"),
    ),
    (
        "runbooks/disk-space.yaml",
        include_str!("../starter/runbooks/disk-space.yaml"),
    ),
];
/// What the program makes in a project and nobody wants in its history.
const IGNORED: &str = "/public/\n/.runbook/cache/\n";

/// Why a project could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// There is something already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The file system refused.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
}

/// Begins a project in `folder`, which is made if it is not there, and gives the paths of its files
/// below it. Other files in the folder stay as they are.
///
/// # Errors
/// [`StarterError::Exists`] if one of its files is there already; nothing is written then.
pub fn begin(folder: &Path) -> Result<Vec<&'static str>, StarterError> {
    let title = format!("title: {}\ntarget: .\n", quoted(&title(folder)));
    let mut planned = vec![("site.yaml", title.as_str())];
    planned.extend(FILES);
    if !folder.join(".gitignore").exists() {
        planned.push((".gitignore", IGNORED));
    }
    if let Some(taken) = planned
        .iter()
        .map(|(name, _)| folder.join(name))
        .find(|path| path.exists())
    {
        return Err(StarterError::Exists(taken));
    }
    for (name, text) in &planned {
        let path = folder.join(name);
        write(&path, text).map_err(|source| StarterError::Io { path, source })?;
    }
    Ok(planned.into_iter().map(|(name, _)| name).collect())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    files::replace(path, text.as_bytes())
}

/// `our-releases` is `Our releases`.
fn title(folder: &Path) -> String {
    let path = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Guides and runbooks".to_owned(),
    }
}

/// A text as YAML: its double-quoted form is that of JSON.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text always becomes JSON")
}
