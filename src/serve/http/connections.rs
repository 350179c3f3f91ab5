//! Connections to the preview: so many at once and no more, and none that keeps its request to itself.
//!
//! A process may hold about a thousand descriptors, and whoever opens as many connections would stop every
//! answer. So when there is no room, the oldest connection that asked nothing yet is closed for the new one, and
//! if all have asked, the oldest of these.

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// How many connections are held at once; a browser opens six.
const MOST: usize = 200;
/// How long a request may take to say what it wants, and a connection to ask again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait when the system gives no connection, as without descriptors.
const REST: Duration = Duration::from_millis(50);

/// One connection that is being answered.
struct Connection {
    task: AbortHandle,
    /// Whether it asked something.
    has_asked: Arc<AtomicBool>,
}

/// Answers connections for ever.
pub(super) async fn answer(listener: TcpListener, app: Router) {
    let mut held = VecDeque::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                make_room(&mut held);
                held.push_back(begin(stream, &app));
            }
            Err(_) => tokio::time::sleep(REST).await,
        }
    }
}

fn make_room(held: &mut VecDeque<Connection>) {
    held.retain(|connection| !connection.task.is_finished());
    while held.len() >= MOST {
        let has_asked = |connection: &Connection| connection.has_asked.load(Ordering::Relaxed);
        let oldest = held.iter().position(|connection| !has_asked(connection));
        if let Some(connection) = held.remove(oldest.unwrap_or(0)) {
            connection.task.abort();
        }
    }
}

fn begin(stream: TcpStream, app: &Router) -> Connection {
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let app = app.clone().layer(axum::middleware::from_fn(
        move |request: axum::extract::Request, next: axum::middleware::Next| {
            asked.store(true, Ordering::Relaxed);
            next.run(request)
        },
    ));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    // However a connection ends, its end is the reader's affair.
    let task = tokio::spawn(async { drop(served.await) }).abort_handle();
    Connection { task, has_asked }
}
