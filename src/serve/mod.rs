//! EDGE: a preview of the site while it is being written, on this machine only.
//!
//! ```text
//!  watch ─▶ builder ─▶ Shown ─▶ http ─▶ browser     builder ─▶ indexer ─▶ Shown.search
//! ```
//!
//! Nothing is written to disk. The builder plans the whole site after each change and publishes a
//! `Shown`; the search index follows by itself, so that it keeps no page waiting. Async stays
//! in `http`.

mod http;
mod shown;
mod watch;

pub use http::ServeError;

use crate::driver::{self, DriverError, Preview};
use crate::serve::shown::Shown;
use crate::serve::watch::{Changes, Watcher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use tokio::sync::watch as channel;

/// What the preview tells whoever started it.
pub enum News<'n> {
    /// It answers at this address.
    Listening(String),
    /// The site was planned; what is shown may have changed.
    Built(&'n Preview),
    /// The project could not be read; what was shown before stays.
    Failed(&'n DriverError),
    /// Changes cannot be seen, and why.
    Blind(String),
}

/// Serves the project in `folder` on loopback until the process is told to end (`SIGINT` or `SIGTERM`).
///
/// With `port` none, the first free one from 8000 on is taken; 0 takes any.
///
/// # Errors
/// When no port could be had.
pub fn serve(
    folder: &Path,
    port: Option<u16>,
    tell: impl Fn(News<'_>) + Send + Sync + 'static,
) -> Result<(), ServeError> {
    let listener = http::listen(port)?;
    let address = listener.local_addr().map_err(ServeError::Listen)?;
    let (publish, shown) = channel::channel(Arc::new(Shown::default()));
    let publish = Arc::new(publish);
    let tell = Arc::new(tell);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let builder = Builder {
        folder: folder.clone(),
        publish: Arc::clone(&publish),
        index: start_indexer(publish),
        tell: Arc::clone(&tell) as Arc<dyn Fn(News<'_>) + Send + Sync>,
        blind: OnceLock::new(),
    };
    tell(News::Listening(format!("http://{address}/")));
    thread::spawn(move || builder.run());
    http::run(listener, folder, shown)
}

/// Plans the site again and again.
struct Builder {
    folder: PathBuf,
    publish: Arc<channel::Sender<Arc<Shown>>>,
    index: Sender<(u64, Preview)>,
    tell: Arc<dyn Fn(News<'_>) + Send + Sync>,
    /// Set once changes cannot be seen.
    blind: OnceLock<()>,
}

impl Builder {
    fn run(self) {
        let mut watcher = match Watcher::new(&self.folder) {
            Ok(watcher) => watcher,
            Err(error) => {
                self.build(&Changes::default(), None);
                return self.go_blind(&error);
            }
        };
        let mut changes = Changes::default();
        loop {
            self.build(&changes, Some(&mut watcher));
            match watcher.wait() {
                Ok(seen) => changes = seen,
                Err(error) => return self.go_blind(&error),
            }
        }
    }

    fn build(&self, changes: &Changes, watcher: Option<&mut Watcher>) {
        let preview = match driver::preview(&self.folder) {
            Ok(preview) => preview,
            Err(error) => {
                (self.tell)(News::Failed(&error));
                let before = self.publish.borrow().clone();
                self.publish
                    .send_replace(Arc::new(before.failed(&error.to_string())));
                return;
            }
        };
        if let Some(error) = watcher.and_then(|watcher| watcher.follow(&preview.project).err()) {
            self.go_blind(&error);
        }
        let before = self.publish.borrow().clone();
        let after = before.after(&preview, |asset| changes.touch(&self.folder.join(asset)));
        if after == *before {
            return;
        }
        let (generation, is_searchable) = (after.generation, after.is_searchable());
        self.publish.send_replace(Arc::new(after));
        (self.tell)(News::Built(&preview));
        if !is_searchable {
            // The indexer lives as long as we do.
            let _ = self.index.send((generation, preview));
        }
    }

    fn go_blind(&self, error: &notify::Error) {
        if self.blind.set(()).is_ok() {
            (self.tell)(News::Blind(error.to_string()));
        }
    }
}

/// Starts the thread that indexes the newest site it was given and passes over older ones.
fn start_indexer(publish: Arc<channel::Sender<Arc<Shown>>>) -> Sender<(u64, Preview)> {
    let (sender, receiver): (_, Receiver<(u64, Preview)>) = mpsc::channel();
    thread::spawn(move || {
        while let Ok(first) = receiver.recv() {
            let (generation, preview) = receiver.try_iter().last().unwrap_or(first);
            let files = driver::search_files(&preview.project.site).unwrap_or_default();
            publish.send_if_modified(|shown| {
                let newest = shown.generation == generation;
                if newest {
                    *shown = Arc::new(shown.searchable(files));
                }
                newest
            });
        }
    });
    sender
}
