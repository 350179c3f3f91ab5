//! EDGE: waits until something changes that the site is made from.
//!
//! The system tells of changes; four of its habits are met here. Reading a file counts as an
//! access, which is passed over, or a build would cause the next one. Files made at once inside a
//! new folder are not told, so a new folder is looked at twice. One save is many events, so we wait
//! until it is quiet. And where the system has no more watches to give, files are compared by
//! their times instead.

use crate::driver::Project;
use notify::event::{CreateKind, ModifyKind};
use notify::{
    Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher as System,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// A change is taken up when it has been quiet for this long: editors need a few milliseconds
/// from the first to the last event of one save.
const QUIET: Duration = Duration::from_millis(40);
/// A change is taken up after this long even if there is no quiet.
const LONGEST: Duration = Duration::from_millis(400);
/// A new folder is looked at again after this long.
const AGAIN: Duration = Duration::from_millis(250);
/// How often files are compared where the system does not tell.
const POLL: Duration = Duration::from_millis(500);

/// What changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    paths: BTreeSet<PathBuf>,
    /// A folder came or moved: what it holds may not have been told.
    folders: bool,
}

impl Changes {
    /// Whether this file, or a folder above it, was changed.
    pub(super) fn touch(&self, file: &Path) -> bool {
        file.ancestors().any(|path| self.paths.contains(path))
    }

    fn take(&mut self, event: Event) {
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        self.folders |= matches!(
            event.kind,
            EventKind::Create(CreateKind::Folder) | EventKind::Modify(ModifyKind::Name(_))
        );
        self.paths
            .extend(event.paths.into_iter().filter(|path| !is_hidden(path)));
    }
}

/// Files that editors keep for themselves, and ours.
fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~')
}

/// Sees the changes of a project.
pub(super) struct Watcher {
    system: Box<dyn System + Send>,
    events: Receiver<notify::Result<Event>>,
    folder: PathBuf,
    followed: BTreeMap<PathBuf, RecursiveMode>,
    /// When a new folder is looked at again.
    again: Option<Instant>,
}

impl Watcher {
    /// Watches the project in `folder`, an absolute path without links.
    pub(super) fn new(folder: &Path) -> notify::Result<Self> {
        let (sender, events) = mpsc::channel();
        let polling = Config::default().with_poll_interval(POLL);
        let system: Box<dyn System + Send> =
            match RecommendedWatcher::new(sender.clone(), Config::default()) {
                Ok(system) => Box::new(system),
                Err(_) => Box::new(PollWatcher::new(sender, polling)?),
            };
        let mut watcher = Self {
            system,
            events,
            folder: folder.to_owned(),
            followed: BTreeMap::new(),
            again: None,
        };
        watcher.turn_to(BTreeMap::from([(
            folder.to_owned(),
            RecursiveMode::NonRecursive,
        )]))?;
        Ok(watcher)
    }

    /// Watches what `project` is made from now: its roots, runbooks and theme with all that is
    /// below them, and the folders of further files that it read.
    pub(super) fn follow(&mut self, project: &Project) -> notify::Result<()> {
        let roots = project.site.config.roots.iter();
        let deep = roots.map(|root| root.dir.value.as_str());
        let deep: Vec<PathBuf> = deep
            .chain(["runbooks", "themes"])
            .map(|name| self.folder.join(name))
            .filter(|path| path.is_dir())
            .collect();
        let files = project.sources.iter().map(|source| source.path());
        let beside = files.filter_map(|path| Some(self.folder.join(path).parent()?.to_owned()));
        let mut wanted: BTreeMap<PathBuf, RecursiveMode> = beside
            .chain([self.folder.clone()])
            .filter(|path| path.is_dir() && !deep.iter().any(|above| path.starts_with(above)))
            .map(|path| (path, RecursiveMode::NonRecursive))
            .collect();
        wanted.extend(
            deep.into_iter()
                .map(|path| (path, RecursiveMode::Recursive)),
        );
        self.turn_to(wanted)
    }

    fn turn_to(&mut self, wanted: BTreeMap<PathBuf, RecursiveMode>) -> notify::Result<()> {
        let before = std::mem::take(&mut self.followed);
        for path in before.keys().filter(|path| !wanted.contains_key(*path)) {
            // It may be gone already.
            let _ = self.system.unwatch(path);
        }
        for (path, mode) in wanted {
            if before.get(&path) != Some(&mode) {
                self.system.watch(&path, mode)?;
            }
            self.followed.insert(path, mode);
        }
        Ok(())
    }

    /// Waits for a change and until it is quiet.
    ///
    /// # Errors
    /// When the system cannot tell of changes any more.
    pub(super) fn wait(&mut self) -> notify::Result<Changes> {
        let mut changes = Changes::default();
        while changes.paths.is_empty() {
            match self.next(
                self.again
                    .map(|at| at.saturating_duration_since(Instant::now())),
            ) {
                Some(event) => changes.take(event?),
                None => {
                    self.again = None;
                    return Ok(changes);
                }
            }
        }
        let first = Instant::now();
        while first.elapsed() < LONGEST
            && let Some(event) = self.next(Some(QUIET))
        {
            changes.take(event?);
        }
        if changes.folders {
            self.forget_moved(&changes);
            self.again = Some(Instant::now() + AGAIN);
        }
        Ok(changes)
    }

    /// A folder that was moved away and made anew has lost its watch: it is to be watched again.
    fn forget_moved(&mut self, changes: &Changes) {
        let lost: Vec<PathBuf> = self
            .followed
            .keys()
            .filter(|path| changes.paths.contains(*path))
            .cloned()
            .collect();
        for path in lost {
            let _ = self.system.unwatch(&path);
            self.followed.remove(&path);
        }
    }

    /// The next event; none when `limit` has passed.
    fn next(&self, limit: Option<Duration>) -> Option<notify::Result<Event>> {
        match limit {
            None => self.events.recv().ok(),
            Some(limit) => self.events.recv_timeout(limit).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, AccessMode, DataChange};

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(PathBuf::from(path))
    }

    #[test]
    fn only_what_can_change_the_site_counts() {
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        for (kind, path, counts) in [
            (written, "/p/content/a.md", true),
            // Our own reading would cause the next build.
            (
                EventKind::Access(AccessKind::Open(AccessMode::Any)),
                "/p/content/a.md",
                false,
            ),
            (written, "/p/content/.a.md.swp", false),
            (written, "/p/content/a.md~", false),
            (
                EventKind::Remove(notify::event::RemoveKind::File),
                "/p/content/a.md",
                true,
            ),
        ] {
            let mut changes = Changes::default();
            changes.take(event(kind, path));
            assert_eq!(!changes.paths.is_empty(), counts, "{kind:?} {path}");
        }
    }

    #[test]
    fn a_file_below_a_changed_folder_is_touched() {
        let mut changes = Changes::default();
        changes.take(event(
            EventKind::Create(CreateKind::Folder),
            "/p/content/new",
        ));
        assert!(changes.folders);
        assert!(changes.touch(Path::new("/p/content/new/deep/a.png")));
        assert!(!changes.touch(Path::new("/p/content/old/a.png")));
    }
}
