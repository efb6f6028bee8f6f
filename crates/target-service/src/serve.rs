//! From settings to a running service and back: opens what it stands on, announces the address, ends on a signal.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::signal::unix::{SignalKind, signal};

use crate::cache::Cache;
use crate::faults::Faults;
use crate::governance::Governance;
use crate::ids::Ids;
use crate::metrics::Metrics;
use crate::redis_link::RedisLink;
use crate::server;
use crate::settings::Settings;
use crate::state::AppState;
use crate::store::{Store, StoreError};
use crate::trust::Trust;
use crate::upstream::{BadUpstream, Upstream};

/// Threads that answer requests unless the command line says otherwise; the store has its own.
const MOST_WORKERS: usize = 4;

/// Why the service could not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("the runtime could not be started: {0}")]
    Runtime(#[source] std::io::Error),
    #[error("{0} could not be listened on: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the store could not be opened: {0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Upstream(#[from] BadUpstream),
    #[error("the address could not be announced on stdout: {0}")]
    Announce(#[source] std::io::Error),
}

impl ServeError {
    /// What to do next.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Runtime(_) => "check the limits on threads and descriptors",
            Self::Listen(..) => {
                "choose a free port, or port 0; processes that share one all need --reuse-port, and one owner"
            }
            Self::Store(_) => "check --data, --database-url and --redis-url, and that what they name can be reached",
            Self::Upstream(_) => "give --upstream as http://127.0.0.1:PORT",
            Self::Announce(_) => "keep stdout open until the address is read",
        }
    }
}

/// Runs the service until SIGTERM or SIGINT.
///
/// # Errors
/// Something it stands on cannot be had.
pub(crate) fn serve(settings: Settings) -> Result<(), ServeError> {
    let processors = || std::thread::available_parallelism().map_or(2, usize::from).clamp(2, MOST_WORKERS);
    let workers = settings.threads.and_then(|threads| usize::try_from(threads).ok()).unwrap_or_else(processors);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    runtime.block_on(run(settings))
}

async fn run(settings: Settings) -> Result<(), ServeError> {
    // Before anything that takes time, so that a signal during the start is not lost.
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Runtime)?;
    let end = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };

    let (listen, reuse_port) = (settings.listen, settings.reuse_port);
    let state = open(settings).await?;
    let listener = server::listen(listen, reuse_port).await.map_err(|source| ServeError::Listen(listen, source))?;
    let address = listener.local_addr().map_err(|source| ServeError::Listen(listen, source))?;
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening http://{address}").and_then(|()| out.flush()).map_err(ServeError::Announce)?;
    }
    server::serve(listener, server::router(Arc::clone(&state)), end).await;
    state.store.close();
    Ok(())
}

async fn open(settings: Settings) -> Result<Arc<AppState>, ServeError> {
    let now = Instant::now();
    let metrics = Arc::new(Metrics::new());
    let faults = Arc::new(Faults::new(now));
    let upstream = settings
        .upstream
        .as_deref()
        .map(|url| Upstream::new(url, settings.api_key.as_deref(), Arc::clone(&faults)))
        .transpose()?;
    let redis = match &settings.redis_url {
        Some(url) => Some(RedisLink::open(url).await?),
        None => None,
    };
    let store = Arc::new(Store::open(&settings, Arc::clone(&metrics)).await?);
    let trust = Trust::open(&store, &settings.data, redis.clone()).await?;
    let governance = Governance::open(&settings, &store, &metrics).await?;
    let salt = getrandom::u32().map_err(|source| StoreError::Setup(format!("no random bytes: {source}")))?;
    Ok(Arc::new(AppState {
        cache: Cache::new(redis, Arc::clone(&metrics), Arc::clone(&faults)),
        ids: Ids::new(salt),
        governance,
        started: Instant::now(),
        store,
        metrics,
        faults,
        trust,
        upstream,
        settings,
    }))
}
