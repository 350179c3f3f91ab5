//! Versions of the repository in a folder: what its tags, commits and files say, and the same files
//! with another version. Nothing is asked of the network, and the commits stay as they are.

use super::taken_in::{self, TakenIn};
use crate::files::{self, regular};
use crate::git;
use crate::model::config::Config;
use crate::release::commits::{self, Change, Commit};
use crate::release::next::{self, History, Next, NoNext};
use crate::release::sources::{self, Form, Place};
use semver::{Prerelease, Version};
use std::io;
use std::path::{Path, PathBuf};

/// The files that are looked at where a project lists none.
const USUAL: [&str; 3] = ["package.json", "package-lock.json", "npm-shrinkwrap.json"];

/// Why versions cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum VersionsError {
    /// There is no repository, or no commit in it.
    #[error("{} has no commit: it is not in a git repository, or nothing is committed", .0.display())]
    NoCommit(PathBuf),
    /// Older commits are not here.
    #[error("this is a shallow clone: the commits since the last version are not all here")]
    Shallow,
    /// git cannot read the commits or the tags that are there.
    #[error("git cannot read the history of {}", .0.display())]
    History(PathBuf),
    /// A file that holds the version cannot be read.
    #[error("{file}: {error}")]
    File {
        /// Its name, as the project writes it.
        file: String,
        /// The operating system's reason.
        error: io::Error,
    },
    /// A file does not hold a version where the project says.
    #[error("{file}: {fault}")]
    Source {
        /// Its name, as the project writes it.
        file: String,
        /// What is wrong.
        fault: sources::Fault,
    },
}

impl VersionsError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoCommit(_) => Some("name the repository with --target".to_owned()),
            Self::Shallow => Some("git fetch --unshallow --tags".to_owned()),
            Self::History(_) => Some("`git fsck` says what is broken".to_owned()),
            Self::File { .. } | Self::Source { .. } => {
                Some("correct the file, or `versions` in site.yaml".to_owned())
            }
        }
    }
}

/// What a repository says of its versions.
#[derive(Debug, Clone)]
pub struct Versions {
    /// What its tags and commits say.
    pub history: History,
    /// What the commits since the last version that is no prerelease change, as they were made.
    pub changes: Vec<Change>,
    /// The same since the last version of any kind.
    pub changes_since_any: Vec<Change>,
    /// The files that hold a version.
    pub files: Vec<VersionFile>,
}

/// A file that holds a version.
#[derive(Debug, Clone)]
pub struct VersionFile {
    /// Its name below the repository, as the project writes it.
    pub name: String,
    /// Where it is.
    path: PathBuf,
    text: String,
    /// How its first place is found.
    form: Form,
    places: Vec<Place>,
}

impl VersionFile {
    /// Adds places of the same text.
    fn add(&mut self, places: Vec<Place>) {
        self.places.extend(places);
        self.places.sort_by_key(|place| place.range.start);
        self.places.dedup();
    }

    /// The versions in it, in their order; mostly one.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.version.as_str())
    }
}

impl Versions {
    /// The version after all that is known; see [`next::next`].
    ///
    /// # Errors
    /// [`NoNext`] when nothing is to be released, or no number fits.
    pub fn next(&self, pre: Option<&Prerelease>) -> Result<Next, NoNext> {
        next::next(&self.history, pre, &self.first())
    }

    /// What a repository without a version begins with: what its files say already.
    fn first(&self) -> Version {
        let said = self.files.iter().flat_map(VersionFile::versions);
        let read = said.filter_map(|said| Version::parse(said).ok());
        let mut numbers = read.map(|one| next::core_of(&one));
        let none = Version::new(0, 0, 0);
        let found = numbers.find(|one| *one > none);
        found.unwrap_or_else(|| Version::new(0, 1, 0))
    }

    /// The last version of the line, prereleases too.
    pub fn current(&self) -> Option<&Version> {
        self.history.of_line.iter().max()
    }

    /// Everything that speaks against this version, for people; nothing if it may be released.
    pub fn against(&self, version: &Version) -> Vec<String> {
        let mut found = Vec::new();
        let history = &self.history;
        if history.all.contains(version) {
            found.push(format!("there is a tag of {version} already"));
        } else if let Some(last) = self.current().filter(|last| *last >= version) {
            found.push(format!(
                "{version} is not higher than {last}, which this line has"
            ));
        }
        let above = next::above(history).filter(|above| **above <= next::core_of(version));
        if let Some(above) = above {
            found.push(format!(
                "{above} was released on another line: this line has to stay below it"
            ));
        }
        let pre = version.pre.as_str();
        let kind = pre.rsplit_once('.').map_or(pre, |(kind, _)| kind);
        let asked = Prerelease::new(kind).ok().filter(|kind| !kind.is_empty());
        match self.next(asked.as_ref()) {
            Ok(Next { version: least, .. }) if *version < least => {
                found.push(format!("the commits ask for {least} at least"));
            }
            // What is said above, or another number fits.
            Ok(_) | Err(NoNext::OtherLine { .. }) => {}
            Err(why) => found.push(why.to_string()),
        }
        found
    }

    /// Writes a version into the files that hold it; gives the names of those that changed.
    ///
    /// # Errors
    /// The file that could not be written, and why. Each file is as it was or whole; those before it
    /// are written.
    pub fn write(&self, version: &Version) -> Result<Vec<&str>, VersionsError> {
        let version = version.to_string();
        let mut changed = Vec::new();
        for file in &self.files {
            let text = sources::with_version(&file.text, &file.places, &version);
            if text == file.text {
                continue;
            }
            keep_mode(&file.path, text.as_bytes()).map_err(|error| VersionsError::File {
                file: file.name.clone(),
                error,
            })?;
            changed.push(file.name.as_str());
        }
        Ok(changed)
    }
}

/// The text of a regular file.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let bytes = regular::read(path)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Puts a text in the place of a file that stays as readable as it was.
pub(super) fn keep_mode(path: &Path, content: &[u8]) -> io::Result<()> {
    let permissions = std::fs::metadata(path)?.permissions();
    files::replace(path, content)?;
    std::fs::set_permissions(path, permissions)
}

/// What the repository in `folder` says of its versions; all its files are read before anything else
/// is done.
///
/// # Errors
/// [`VersionsError`], for the first thing that cannot be told.
pub fn versions(folder: &Path, config: &Config) -> Result<Versions, VersionsError> {
    let top = git::ask_line(folder, &["rev-parse", "--show-toplevel"]);
    let has_commit = git::ask_line(
        folder,
        &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"],
    );
    let (Some(_), Some(_)) = (top, has_commit) else {
        return Err(VersionsError::NoCommit(folder.to_owned()));
    };
    if git::ask_line(folder, &["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true") {
        return Err(VersionsError::Shallow);
    }
    let files = version_files(folder, config)?;
    let mut of_line = tags(folder, &["--merged=HEAD"])?;
    let all = tags(folder, &[])?;
    let taken_in = taken_in_since(folder, files.first(), &of_line, &all);
    of_line.extend(taken_in.iter().map(|one| one.version.clone()));
    of_line.sort();
    of_line.dedup();
    let last = of_line.iter().max();
    let base = next::stable(&of_line).max();
    let changes = changes_since(folder, base, &taken_in)?;
    let changes_since_any = match last == base {
        true => changes.clone(),
        false => changes_since(folder, last, &taken_in)?,
    };
    Ok(Versions {
        history: History {
            since_release: commits::bump(&changes),
            since_any: commits::bump(&changes_since_any),
            of_line,
            all,
        },
        changes,
        changes_since_any,
        files,
    })
}

/// The versions above the last one that came to the line as other commits.
fn taken_in_since(
    folder: &Path,
    file: Option<&VersionFile>,
    of_line: &[Version],
    all: &[Version],
) -> Vec<TakenIn> {
    let last = of_line.iter().max();
    let elsewhere = all
        .iter()
        .filter(|one| !of_line.contains(one) && Some(*one) > last);
    let elsewhere: Vec<&Version> = elsewhere.collect();
    let file = file.map(|file| (file.name.as_str(), &file.form));
    file.map_or_else(Vec::new, |file| {
        taken_in::taken_in(folder, file, last, &elsewhere)
    })
}

/// The versions that tags `vX.Y.Z` name, without those that are no version.
fn tags(folder: &Path, which: &[&str]) -> Result<Vec<Version>, VersionsError> {
    let mut ask = vec!["for-each-ref", "--format=%(refname:strip=2)"];
    ask.extend(which);
    ask.push("refs/tags");
    let said =
        git::ask_line(folder, &ask).ok_or_else(|| VersionsError::History(folder.to_owned()))?;
    let mut found: Vec<Version> = said
        .lines()
        .filter_map(|tag| Version::parse(tag.strip_prefix('v')?).ok())
        .collect();
    found.sort();
    Ok(found)
}

/// What the commits after a version change; all of them if there is none. Commits that brought a version to
/// this line, and those that its tag has in another form, are not after it.
fn changes_since(
    folder: &Path,
    version: Option<&Version>,
    taken_in: &[TakenIn],
) -> Result<Vec<Change>, VersionsError> {
    let range = match version {
        Some(version) => format!("refs/tags/v{version}...HEAD"),
        None => "HEAD".to_owned(),
    };
    let ask = [
        "log",
        "-z",
        "--right-only",
        "--cherry-pick",
        "--no-ext-diff",
        "--no-textconv",
        "--topo-order",
        "--encoding=UTF-8",
        "--format=%H%n%P%n%B",
        &range,
        "--",
    ];
    let said = git::ask(folder, &ask).ok_or_else(|| VersionsError::History(folder.to_owned()))?;
    let said = String::from_utf8_lossy(&said);
    let commits: Vec<Commit> = said
        .split('\0')
        .filter_map(|entry| {
            let (hash, rest) = entry.split_once('\n')?;
            let (parents, message) = rest.split_once('\n')?;
            let is_known = taken_in.iter().any(|one| one.commit == hash);
            (!is_known).then(|| Commit {
                hash: hash.to_owned(),
                parents: parents.split(' ').map(str::to_owned).collect(),
                message: message.to_owned(),
            })
        })
        .collect();
    Ok(commits::changes(&commits))
}

fn version_files(folder: &Path, config: &Config) -> Result<Vec<VersionFile>, VersionsError> {
    if config.versions.is_empty() {
        let there = USUAL.iter().filter(|name| folder.join(name).exists());
        let read = there.map(|name| read(folder, name, Form::Json));
        // A package that is never published needs no version.
        return read.filter(|read| !lacks_version(read)).collect();
    }
    let mut files: Vec<VersionFile> = Vec::new();
    for listed in &config.versions {
        let form = match listed.around.clone() {
            Some((before, after)) => Form::Text { before, after },
            None => Form::Json,
        };
        let found = read(folder, &listed.file, form)?;
        match files.iter_mut().find(|file| file.path == found.path) {
            Some(file) => file.add(found.places),
            None => files.push(found),
        }
    }
    Ok(files)
}

fn lacks_version(read: &Result<VersionFile, VersionsError>) -> bool {
    let fault = read.as_ref().err();
    matches!(
        fault,
        Some(VersionsError::Source {
            fault: sources::Fault::NoMember,
            ..
        })
    )
}

fn read(folder: &Path, name: &str, form: Form) -> Result<VersionFile, VersionsError> {
    let path = folder.join(name);
    let failed = |error| VersionsError::File {
        file: name.to_owned(),
        error,
    };
    let text = read_text(&path).map_err(failed)?;
    let places = sources::places(&text, &form).map_err(|fault| VersionsError::Source {
        file: name.to_owned(),
        fault,
    })?;
    Ok(VersionFile {
        name: name.to_owned(),
        path,
        text,
        form,
        places,
    })
}
