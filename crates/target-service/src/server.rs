//! Listens, serves each connection with hyper (HTTP/1.1, or HTTP/2 with prior knowledge), and ends gracefully. Owns the connections;
//! what a request means is decided by the routes.

mod closable;
mod guard;
mod service_routes;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tower::Service as _;

use crate::error::ApiError;
use crate::state::AppState;
use crate::{governance, trust};
use closable::{Closable, Closer};

/// Largest body read.
const LARGEST_BODY: usize = 1 << 20;
/// How long requests under way may take at the end.
const GRACE: Duration = Duration::from_secs(10);
/// Connections that may wait to be accepted; as many as for an address that is not shared.
const BACKLOG: u32 = 1_024;
/// Pause after a failed accept, so that running out of descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Listens on `address`, with `reuse_port` (`SO_REUSEPORT`, socket(7)) beside other processes that do so too: the system then gives each
/// new connection to one of them, by its addresses and ports.
///
/// # Errors
/// The address cannot be had.
pub(crate) async fn listen(address: SocketAddr, reuse_port: bool) -> std::io::Result<TcpListener> {
    if !reuse_port {
        return TcpListener::bind(address).await;
    }
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Every route behind the guard.
pub(crate) fn router(state: Arc<AppState>) -> Router {
    let mut router = service_routes::routes().merge(trust::routes()).merge(governance::routes());
    if state.settings.allow_faults {
        router = router.merge(service_routes::fault_routes());
    }
    router
        .fallback(|| async { ApiError::NotFound("route") })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), guard::guard))
        .with_state(state)
}

/// Serves until `end` is ready, then lets requests under way finish for at most 10 s.
pub(crate) async fn serve(listener: TcpListener, router: Router, end: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let builder = Arc::new(builder);
    let connections = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        match accepted {
            Ok((stream, _)) => serve_connection(stream, &builder, &router, &connections),
            Err(source) => {
                eprintln!("target-service: a connection could not be accepted: {source}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        eprintln!("target-service: some requests did not end within {} s", GRACE.as_secs());
    }
}

fn serve_connection(
    stream: TcpStream,
    builder: &Arc<Builder<TokioExecutor>>,
    router: &Router,
    connections: &GracefulShutdown,
) {
    // Answers are small and written at once: waiting to fill a packet would only delay them. Failing changes speed, nothing else.
    let _ = stream.set_nodelay(true);
    let closer = Closer::default();
    let stream = Closable::new(TokioIo::new(stream), closer.clone());
    let router = router.clone();
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(closer.clone());
        router.clone().call(request)
    });
    let connection = connections.watch(builder.serve_connection(stream, service).into_owned());
    tokio::spawn(async move {
        // A client that breaks its connection off is not our error.
        let _ = connection.await;
    });
}
