//! Results that may be forgotten: in the process (bounded, with a time to live) or in Redis. Counts hits and misses by cache. A Redis
//! that fails is a miss, never an error: the caller can compute the result.

mod local;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redis::AsyncCommands as _;

use crate::faults::Faults;
use crate::metrics::Metrics;
use crate::redis_link::RedisLink;
use crate::timing::{self, Stage};

/// Which results; the label `cache` of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheName {
    /// Answers of `/api/phase6/stats`.
    Stats,
    /// Decisions by subject, action and resource.
    Decisions,
    /// Results of policy evaluations, kept for when the upstream is down.
    Policies,
    /// Plugin details.
    Plugins,
}

impl CacheName {
    fn label(self) -> &'static str {
        match self {
            Self::Stats => "stats",
            Self::Decisions => "decisions",
            Self::Policies => "policies",
            Self::Plugins => "plugins",
        }
    }
}

/// Entries the in-process cache holds at most.
const LOCAL_ENTRIES: usize = 100_000;

enum Backend {
    Local(Box<local::Local>),
    Redis(RedisLink),
}

/// The cache.
pub(crate) struct Cache {
    backend: Backend,
    metrics: Arc<Metrics>,
    faults: Arc<Faults>,
    failing: AtomicBool,
}

impl Cache {
    /// In Redis when there is a link to one, in the process otherwise.
    pub(crate) fn new(redis: Option<RedisLink>, metrics: Arc<Metrics>, faults: Arc<Faults>) -> Self {
        let backend = match redis {
            Some(link) => Backend::Redis(link),
            None => Backend::Local(Box::new(local::Local::new(LOCAL_ENTRIES))),
        };
        Self { backend, metrics, faults, failing: AtomicBool::new(false) }
    }

    /// The value put under `key`, unless it is too old, was pushed out, or the fault `cache_off` is on. Counts a hit or a miss.
    pub(crate) async fn get(&self, name: CacheName, key: &str) -> Option<String> {
        let found = if self.faults.cache_off() { None } else { self.look_up(name, key).await };
        match found {
            Some(_) => self.metrics.cache_hits.inc([name.label()]),
            None => self.metrics.cache_misses.inc([name.label()]),
        }
        found
    }

    async fn look_up(&self, name: CacheName, key: &str) -> Option<String> {
        let key = full_key(name, key);
        timing::measure(Stage::Database, async {
            match &self.backend {
                Backend::Local(local) => local.get(&key, Instant::now()),
                Backend::Redis(link) => self.heard(link.connection().get(key).await),
            }
        })
        .await
    }

    /// Keeps `value` for at most `ttl`.
    pub(crate) async fn put(&self, name: CacheName, key: &str, value: String, ttl: Duration) {
        if self.faults.cache_off() {
            return;
        }
        let key = full_key(name, key);
        match &self.backend {
            Backend::Local(local) => local.put(key, value, Instant::now() + ttl),
            Backend::Redis(link) => {
                let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
                let _: Option<()> =
                    self.heard(timing::measure(Stage::Record, link.connection().pset_ex(key, value, millis)).await);
            }
        }
    }

    /// Says once that Redis fails and once that it is back; a line per request would drown the log.
    fn heard<T: Default>(&self, answer: Result<Option<T>, redis::RedisError>) -> Option<T> {
        let failed = answer.is_err();
        if self.failing.swap(failed, Ordering::Relaxed) != failed {
            match &answer {
                Ok(_) => eprintln!("target-service: redis answers again"),
                Err(source) => eprintln!("target-service: redis fails, results are computed anew: {source}"),
            }
        }
        answer.unwrap_or_default()
    }
}

fn full_key(name: CacheName, key: &str) -> String {
    format!("target-service:{}:{key}", name.label())
}
