//! EDGE: the only reader of authors' files.
//!
//! Finds the files of a project and reads their texts. A text that is not UTF-8 is read all the same, with a
//! finding where the first bad byte stands.

mod folder;
pub mod history;
mod image;
mod other_projects;

pub use image::size as image_size;

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::files::regular;
use crate::model::config::Root;
use crate::source::{SourceId, Sources, Span, Spanned};
use folder::{Folder, Found, leads_out};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest text that is read, in bytes. A [`Span`] could hold 4 GiB; a page of a part of this is read by
/// nobody, and would fill the memory.
const LARGEST: u64 = 64 << 20;

/// Why a project could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no project here.
    #[error("no site.yaml in {}", .0.display())]
    NoProject(PathBuf),
    /// A link leads to a file of somebody else, which may be meant for nobody's eyes.
    #[error("cannot read {}: it is a symbolic link that leads out of the project; copy the file into the project", .0.display())]
    Outside(PathBuf),
    /// The file system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
}

impl LoadError {
    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoProject(folder) => Some(other_projects::way_in(folder)),
            Self::Outside(_) | Self::Io { .. } => None,
        }
    }
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
    if leads_out(project, &path) {
        return Err(LoadError::Outside(path));
    }
    match bytes_of(&path) {
        Ok(Some(bytes)) => Ok(add(sources, "site.yaml", bytes, diagnostics)),
        Ok(None) => Ok(too_large("site.yaml", sources, diagnostics)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(LoadError::NoProject(project.to_owned()))
        }
        Err(source) => Err(LoadError::Io { path, source }),
    }
}

/// Reads everything below the roots, `runbooks/` and `themes/default/`.
///
/// A root that is not there is a finding; a `runbooks/` that is not there is an answer. `settings` is the
/// text of `site.yaml`.
///
/// # Errors
/// The file that could not be read, and why.
pub fn files(
    project: &Path,
    settings: SourceId,
    roots: &[Root],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<Files, LoadError> {
    let mut files = Files::default();
    for (index, root) in roots.iter().enumerate() {
        let folder = Folder {
            project,
            path: &root.dir.value,
            named: root.dir.span,
        };
        if !project.join(folder.path).is_dir() {
            diagnostics.report(no_root(project, &root.dir));
            continue;
        }
        for found in folder.files(sources, diagnostics)? {
            let Found { name, .. } = &found;
            tell_of_name(&found, sources, diagnostics);
            if name.ends_with(".md") {
                let page = read(found, sources, diagnostics)?;
                files.pages.extend(page.map(|page| (index, page)));
            } else if name.starts_with("data/") && name.ends_with(".yaml") {
                files.data.extend(read(found, sources, diagnostics)?);
            } else {
                files.assets.push((index, found.unread(sources)));
            }
        }
    }
    for folder in in_another_case("runbooks", project) {
        for found in own(&folder, project, settings).files(sources, diagnostics)? {
            if found.name.ends_with(".yaml") {
                not_read(
                    &found,
                    &format!("runbooks/{}", found.name),
                    sources,
                    diagnostics,
                );
            }
        }
    }
    for found in own("runbooks", project, settings).files(sources, diagnostics)? {
        if let Some(name) = runbook_name(&found.name) {
            not_read(&found, &format!("runbooks/{name}"), sources, diagnostics);
        }
        if found.name.ends_with(".yaml") && !found.name.contains('/') {
            let list = match found.name.ends_with(".test.yaml") {
                true => &mut files.tests,
                false => &mut files.runbooks,
            };
            list.extend(read(found, sources, diagnostics)?);
        }
    }
    for found in own("themes/default", project, settings).files(sources, diagnostics)? {
        let file = read(found, sources, diagnostics)?;
        files
            .theme
            .extend(file.map(|file| (file.name, file.source)));
    }
    Ok(files)
}

/// The name that a file of `runbooks/` has to have to be read, if it looks like one to be read and has another.
fn runbook_name(name: &str) -> Option<String> {
    let (stem, ending) = stem_and_ending(name)?;
    let file = stem.rsplit('/').next().unwrap_or(stem);
    let wanted = format!("{}.yaml", with_small_test(file));
    (["yaml", "yml"].contains(&ending.as_str()) && name != wanted).then_some(wanted)
}

/// `x.TEST` is `x.test`: what makes a file one of rehearsals.
fn with_small_test(stem: &str) -> String {
    match stem.rsplit_once('.') {
        Some((name, part)) if part.eq_ignore_ascii_case("test") => format!("{name}.test"),
        _ => stem.to_owned(),
    }
}

/// Reports a file below a root that looks like one to be read and is copied instead.
fn tell_of_name(found: &Found, sources: &mut Sources, diagnostics: &mut Diagnostics) {
    let name = found.name.as_str();
    let Some((stem, ending)) = stem_and_ending(name) else {
        return;
    };
    let of_data = name
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("data/"));
    let wanted = match ending.as_str() {
        "yaml" | "yml" if of_data => format!("data/{}.yaml", &stem[5..]),
        "md" | "mdx" | "markdown" | "mdown" | "mkd" => format!("{stem}.md"),
        _ => return,
    };
    if name != wanted {
        let folder = found.path.strip_suffix(name).unwrap_or_default();
        not_read(found, &format!("{folder}{wanted}"), sources, diagnostics);
    }
}

/// The name without its ending, and the ending in small letters; an editor's `.txt` behind it counts for
/// nothing.
fn stem_and_ending(name: &str) -> Option<(&str, String)> {
    let split = |name| -> Option<(&str, String)> {
        let (stem, ending) = str::rsplit_once(name, '.')?;
        Some((stem, ending.to_ascii_lowercase()))
    };
    let (stem, ending) = split(name)?;
    match ending.as_str() {
        "txt" => split(stem),
        _ => Some((stem, ending)),
    }
}

/// Folders at the top of a project whose names differ from this one in nothing but small and large letters;
/// none where the system takes them for the same.
fn in_another_case(name: &str, project: &Path) -> Vec<String> {
    let entries = project.read_dir().into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_another = |other: &String| {
        other != name
            && other.eq_ignore_ascii_case(name)
            && project.join(other).is_dir()
            && !is_same(&project.join(other), &project.join(name))
    };
    let mut found: Vec<String> = names.filter(is_another).collect();
    found.sort();
    found
}

/// Whether two paths lead to one place.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn not_read(found: &Found, wanted: &str, sources: &mut Sources, diagnostics: &mut Diagnostics) {
    let id = sources.add(&found.path, String::new());
    let message = format!(
        "`{}` is not read: its name is none of those that are",
        found.path
    );
    diagnostics.report(
        Diagnostic::new(codes::FILE_NOT_READ, Span::start_of(id), message)
            .help(format!("rename it to `{wanted}`")),
    );
}

fn own<'f>(path: &'f str, project: &'f Path, settings: SourceId) -> Folder<'f> {
    Folder {
        project,
        path,
        named: Span::start_of(settings),
    }
}

fn no_root(project: &Path, dir: &Spanned<String>) -> Diagnostic {
    let message = format!("no folder `{}` in the project", dir.value);
    let help = match in_another_case(&dir.value, project).first() {
        Some(other) => format!("rename `{other}` to `{}`", dir.value),
        None => format!(
            "make the folder and put `index.md` into it: `mkdir {}`",
            dir.value
        ),
    };
    Diagnostic::new(codes::CONFIG_NO_ROOT, dir.span, message).help(help)
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
    for name in wanted {
        let hidden = name.split('/').any(|part| part.starts_with('.'));
        let at = project.join(name);
        if hidden || known.contains_key(name) || !at.is_file() || leads_out(project, &at) {
            continue;
        }
        let (path, name) = (name.clone(), name.clone());
        let file = read(Found { at, path, name }, sources, diagnostics)?;
        known.extend(file.map(|file| (file.name, file.source)));
    }
    Ok(())
}

/// Reads the text of a file that was found. One that is too large is a finding, and left out.
fn read(
    found: Found,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<Option<TextFile>, LoadError> {
    let Found { at, path, name } = found;
    let bytes = bytes_of(&at).map_err(|source| LoadError::Io { path: at, source })?;
    let Some(bytes) = bytes else {
        too_large(&path, sources, diagnostics);
        return Ok(None);
    };
    Ok(Some(TextFile {
        source: add(sources, &path, bytes, diagnostics),
        path,
        name,
    }))
}

/// The bytes of a file, if they are not too many. A FIFO would be waited for, and a device may have no end.
fn bytes_of(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let file = regular::open_named(path)?;
    if file.metadata()?.len() > LARGEST {
        return Ok(None);
    }
    // It may grow while it is read.
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= LARGEST))
}

/// Reports a file that is not read; its text is empty.
fn too_large(path: &str, sources: &mut Sources, diagnostics: &mut Diagnostics) -> SourceId {
    let id = sources.add(path, String::new());
    let message = format!(
        "this file has more than the {} MiB that a text may have, and is left out",
        LARGEST >> 20
    );
    diagnostics.report(
        Diagnostic::new(codes::FILE_TOO_LARGE, Span::start_of(id), message)
            .help("split it into smaller files, or move it out of the folders that are read"),
    );
    id
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
                Diagnostic::new(
                    codes::FILE_NOT_UTF8,
                    Span::new(id, at..at),
                    "this file is not UTF-8 text from here on",
                )
                .help("save it as UTF-8 in your editor"),
            );
            id
        }
    }
}
