//! `operations`: what single operations of Redis and PostgreSQL take, on servers that are given. A server that is not given is not
//! measured, and not mentioned.
//!
//! Each connection has a thread of its own and waits for each answer, so that latencies are those of callers; an operation counts only
//! when its answer was right. Of each server there is data of this run alone, and it is removed at the end, also after an error or a signal.
//! Must not know: who reads the figures.

mod every;
mod place;
mod postgres;
mod redis;
mod repeat;
mod show;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

pub(crate) use show::{lines, table};

/// Operations sent at once, before the first answer is waited for.
const BATCH: u32 = 100;
/// Longest wait for a connection or an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is measured.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) redis: Option<String>,
    pub(crate) postgres: Option<String>,
    /// For each operation.
    pub(crate) time: Duration,
    /// Of what is measured with several connections; 1 leaves it out.
    pub(crate) connections: u32,
    pub(crate) allow_remote: bool,
}

/// What one operation takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// Server and operation, such as `redis/get`.
    pub(crate) name: String,
    /// Operations a second, of all connections together.
    pub(crate) rate: f64,
    /// Latencies in nanoseconds; of a batch, the time until its last answer.
    pub(crate) p50: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
}

/// Why operations cannot be measured. No variant holds an address: it may have a password in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperationsError {
    #[error("no server is named")]
    Nothing,
    #[error("the address of {0} makes no sense")]
    Address(&'static str),
    #[error("{0} is not on a loopback address")]
    Remote(&'static str),
    #[error("Redis failed: {0}")]
    Redis(#[from] ::redis::RedisError),
    #[error("PostgreSQL failed: {}", told(.0))]
    Postgres(#[from] tokio_postgres::Error),
    #[error("PostgreSQL did not answer within {} s", TIMEOUT.as_secs())]
    Slow(#[from] tokio::time::error::Elapsed),
    #[error("{server} gave a wrong answer: {what}")]
    Wrong { server: &'static str, what: String },
    #[error("it was interrupted; what it made on the servers is removed")]
    Interrupted,
    #[error("the system refuses a thread, a clock or random numbers: {0}")]
    System(String),
}

/// What a driver says, with its cause.
fn told(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl OperationsError {
    /// The code in the project's list of errors.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Address(_) | Self::Remote(_) => "CBKB101",
            Self::Redis(_)
            | Self::Postgres(_)
            | Self::Slow(_)
            | Self::Wrong { .. }
            | Self::Interrupted
            | Self::System(_) => "CBKB105",
        }
    }

    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "name a server with --redis or --postgres",
            Self::Address(_) => "write it as redis://127.0.0.1:6379/ or postgres://user@127.0.0.1:5432/database",
            Self::Remote(_) => "measure a server on this machine, or allow others with --allow-remote",
            Self::Redis(_) => "check that Redis answers there, and that its user may use keys",
            Self::Postgres(_) => "check that PostgreSQL answers there, and that its user may create tables",
            Self::Slow(_) => "measure a server that does nothing else",
            Self::Wrong { .. } => "measure a server that nobody else changes, and that evicts no keys",
            Self::Interrupted => "run it again",
            Self::System(_) => "free what the system lacks, or measure with fewer --connections",
        }
    }
}

/// Measures every operation of every server that is named, in order.
///
/// # Errors
/// [`OperationsError`]; what was made on the servers is removed then, too.
pub(crate) fn measure(wanted: &Wanted) -> Result<Vec<Figure>, OperationsError> {
    if wanted.redis.is_none() && wanted.postgres.is_none() {
        return Err(OperationsError::Nothing);
    }
    // Both are looked at before either is touched.
    let redis = wanted.redis.as_deref().map(|url| place::redis(url, wanted.allow_remote)).transpose()?;
    let postgres = wanted.postgres.as_deref().map(|url| place::postgres(url, wanted.allow_remote)).transpose()?;
    let stop = on_signal()?;
    let repeat = repeat::Repeat { time: wanted.time, connections: wanted.connections, stop: &stop };
    let all = || {
        let mut figures = Vec::new();
        if let Some(client) = redis {
            figures.extend(redis::measure(&client, &repeat)?);
        }
        if let Some(config) = postgres {
            figures.extend(postgres::measure(&config, &repeat)?);
        }
        Ok(figures)
    };
    // The system gives a signal to the first thread: in another one it interrupts no operation, which would fail with it.
    let ended = || Err(OperationsError::System("a thread ended early".into()));
    std::thread::scope(|scope| scope.spawn(all).join().unwrap_or_else(|_| ended()))
}

/// Set when a signal asks for the end: data is removed before the process ends.
fn on_signal() -> Result<Arc<AtomicBool>, OperationsError> {
    let system = |error: std::io::Error| OperationsError::System(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(system)?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt()).map_err(system)?, signal(SignalKind::terminate()).map_err(system)?)
    };
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        set.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait).map_err(system)?;
    Ok(stop)
}

/// A number that no other run on the same server has, from 0 to 2^31 - 1.
fn identity() -> Result<i32, OperationsError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| OperationsError::System(error.to_string()))?;
    Ok(i32::from_le_bytes(bytes) & i32::MAX)
}
