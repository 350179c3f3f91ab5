//! The preview as a server on loopback: pages, the index when it is there, and a stream of news.
//!
//! Each page gets one script more, which listens to the stream, comes again when the page has
//! changed, and shows what is wrong above it.

mod asker;
mod connections;

use crate::files::short_hash;
use crate::serve::shown::Shown;
use crate::site::plan::Output;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch::Receiver;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

/// The first port that is tried, and how many.
const PORTS: std::ops::Range<u16> = 8000..8020;
/// Where what is the preview's own is found; no page of a site can be there.
const SCRIPT: &str = "/-/preview.js";
const STYLE: &str = "/-/preview.css";
const NEWS: &str = "/-/news";
/// The header that tells a page from its former self.
const PAGE: &str = "x-page";
/// What stands in for a site that could not be planned at all.
const UNBUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Preview</title></head><body><main><h1>There is no site yet</h1><p>Errors are shown here until they are fixed.</p></main></body></html>";
/// How long a request for the search index waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the preview could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port that was asked for cannot be had.
    #[error("cannot listen on port {port}: {source}")]
    Port {
        /// As it was asked for.
        port: u16,
        /// The operating system's reason.
        source: io::Error,
    },
    /// No port could be had.
    #[error("cannot listen on this machine: {0}")]
    Listen(io::Error),
}

/// Takes a port on loopback: the one asked for, or the first free one of [`PORTS`].
pub(super) fn listen(port: Option<u16>) -> Result<TcpListener, ServeError> {
    if let Some(port) = port {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        return bound.map_err(|source| ServeError::Port { port, source });
    }
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in PORTS {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(ServeError::Listen(last))
}

/// What every request is answered from.
#[derive(Clone)]
struct Preview {
    shown: Receiver<Arc<Shown>>,
    folder: PathBuf,
}

/// Answers requests until the process is told to end.
pub(super) fn run(
    listener: TcpListener,
    folder: PathBuf,
    shown: Receiver<Arc<Shown>>,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Listen)?;
    runtime
        .block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let app = Router::new()
                .route(NEWS, get(news))
                .route(
                    SCRIPT,
                    get(|| async { own("text/javascript", include_str!("preview.js")) }),
                )
                .route(
                    STYLE,
                    get(|| async { own("text/css", include_str!("preview.css")) }),
                )
                .fallback(get(file))
                .layer(axum::middleware::from_fn(asker::judged))
                .with_state(Preview { shown, folder });
            let mut terminated = signal(SignalKind::terminate())?;
            tokio::select! {
                () = connections::answer(listener, app) => Ok(()),
                interrupted = tokio::signal::ctrl_c() => interrupted,
                _ = terminated.recv() => Ok(()),
            }
        })
        .map_err(ServeError::Listen)
}

fn own(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// What a page is told: the state now, and again after each change.
#[derive(Serialize)]
struct News<'s> {
    generation: u64,
    assets: u64,
    errors: &'s [String],
    warnings: &'s [String],
}

async fn news(
    State(preview): State<Preview>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = WatchStream::new(preview.shown).filter(|shown| shown.generation > 0);
    let told = stream.map(|shown| {
        let news = News {
            generation: shown.generation,
            assets: shown.assets,
            errors: &shown.errors,
            warnings: &shown.warnings,
        };
        Ok(Event::default().data(serde_json::to_string(&news).unwrap_or_default()))
    });
    Sse::new(told).keep_alive(KeepAlive::default())
}

async fn file(State(mut preview): State<Preview>, uri: Uri) -> Response {
    let Ok(decoded) = percent_encoding::percent_decode_str(uri.path()).decode_utf8() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // The first requests may come before the first build has ended.
    let built = preview.shown.wait_for(|shown| shown.generation > 0).await;
    let Ok(shown) = built.map(|shown| Arc::clone(&shown)) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let path = wanted(&decoded, &shown.base);
    match shown.files.get(&path) {
        Some(Output::Copy(from)) => copy(&path, preview.folder.join(from)).await,
        Some(Output::Text(text)) if path.ends_with(".html") => page(StatusCode::OK, text, &shown),
        Some(Output::Text(text)) => content(&path, text.clone().into_bytes()),
        None if path.starts_with("search/") => index(&mut preview, &path).await,
        None => match shown.files.get("404.html") {
            Some(Output::Text(text)) => page(StatusCode::NOT_FOUND, text, &shown),
            _ => page(StatusCode::NOT_FOUND, UNBUILT, &shown),
        },
    }
}

/// The path of a file below the site's root: folders mean their first page, and the folder that the
/// site will have on its host may stand before it.
fn wanted(path: &str, base: &str) -> String {
    let below = path
        .strip_prefix(base)
        .unwrap_or(path)
        .trim_start_matches('/');
    match below.is_empty() || below.ends_with('/') {
        true => format!("{below}index.html"),
        false => below.to_owned(),
    }
}

/// A file of the search index, as soon as it is there.
async fn index(preview: &mut Preview, path: &str) -> Response {
    let ready = preview.shown.wait_for(|shown| shown.is_searchable());
    let Ok(Ok(shown)) = tokio::time::timeout(PATIENCE, ready).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let files = shown.search.as_ref();
    match files.and_then(|files| files.get(path)) {
        Some(text) => content(path, text.clone().into_bytes()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn copy(path: &str, from: PathBuf) -> Response {
    match tokio::task::spawn_blocking(move || std::fs::read(from)).await {
        Ok(Ok(bytes)) => content(path, bytes),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn content(path: &str, bytes: Vec<u8>) -> Response {
    let kind = mime_guess::from_path(path).first_or_text_plain();
    let kind = match kind.type_() {
        mime_guess::mime::TEXT => format!("{kind}; charset=utf-8"),
        _ => kind.to_string(),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// A page with the script that listens, and the name of what it says, by which the script tells
/// whether it has changed.
fn page(status: StatusCode, page: &str, shown: &Shown) -> Response {
    let name = short_hash(page.as_bytes());
    let tags = format!(
        "<link rel=\"stylesheet\" href=\"{STYLE}\"><script src=\"{SCRIPT}\" data-page=\"{name}\" data-assets=\"{}\" data-news=\"{NEWS}\" defer></script>",
        shown.assets,
    );
    let at = page.rfind("</head>").unwrap_or(0);
    let page = format!("{}{tags}{}", &page[..at], &page[at..]);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::HeaderName::from_static(PAGE), name),
    ];
    (status, headers, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_files_with_and_without_the_folder_on_the_host() {
        for (path, base, expected) in [
            ("/", "/", "index.html"),
            ("/release/", "/", "release/index.html"),
            ("/release/hotfix.html", "", "release/hotfix.html"),
            ("/docs/release/hotfix.html", "/docs/", "release/hotfix.html"),
            ("/release/hotfix.html", "/docs/", "release/hotfix.html"),
            ("/docs/", "/docs/", "index.html"),
        ] {
            assert_eq!(wanted(path, base), expected, "{path} below {base}");
        }
    }
}
