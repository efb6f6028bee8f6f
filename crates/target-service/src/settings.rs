//! The command line as checked values, read once and passed on.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// A scratch directory that ends with the process.
    Memory,
    /// A directory: the store and the signing key outlive the process.
    Directory(PathBuf),
}

/// What the service was told at its start.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Address to listen on; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Where rows are kept when no database is named.
    pub(crate) data: Data,
    /// PostgreSQL, instead of the embedded SQLite.
    pub(crate) database_url: Option<String>,
    /// Redis, instead of the cache and the counters in the process.
    pub(crate) redis_url: Option<String>,
    /// Key demanded on `/api/*`.
    pub(crate) api_key: Option<String>,
    /// Plugins in the marketplace catalogue.
    pub(crate) plugins: u32,
    /// Requests to `/api/*` worked on at once; more are refused with 429.
    pub(crate) max_in_flight: u32,
    /// Reviewers taking reviews off the queue.
    pub(crate) reviewers: u32,
    /// How long a reviewer takes for one review.
    pub(crate) review_time: Duration,
    /// Another target-service that evaluates policies for this one.
    pub(crate) upstream: Option<String>,
    /// Whether `/faults` exists.
    pub(crate) allow_faults: bool,
    /// Time after the start in which the service is not ready.
    pub(crate) slow_start: Duration,
    /// Threads that answer requests; as the processors are, without a number.
    pub(crate) threads: Option<u32>,
    /// Connections to the database at most; 16 without a number.
    pub(crate) pool: Option<u32>,
    /// Whether several processes share the address.
    pub(crate) reuse_port: bool,
}
