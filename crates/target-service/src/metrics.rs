//! Counters, gauges and histograms of the service and their Prometheus text. Owns the names; knows nothing of what is counted.

mod family;

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use family::{Counter, CounterVec, Gauge, Histogram};

/// Everything behind `/metrics`.
pub(crate) struct Metrics {
    /// Answers by route and status; labels are given as `[route, status]`.
    pub(crate) requests: CounterVec<2>,
    /// Time from the request's head to its answer.
    pub(crate) request_duration: Histogram,
    /// `/api` requests being worked on.
    pub(crate) in_flight: Gauge,
    /// Results found in a cache, by cache.
    pub(crate) cache_hits: CounterVec<1>,
    /// Results not found in a cache, by cache.
    pub(crate) cache_misses: CounterVec<1>,
    /// Statements or transactions sent to the store.
    pub(crate) db_queries: Counter,
    /// Time of one of these, with its wait for a connection.
    pub(crate) db_query_duration: Histogram,
    /// The wait for a connection of the pool, where the store is PostgreSQL.
    pub(crate) db_pool_wait: Histogram,
    /// Reviews waiting.
    pub(crate) review_queue_depth: Gauge,
    /// Reviews done.
    pub(crate) reviews_completed: Counter,
    /// Time from an escalation to the end of its review.
    pub(crate) review: Histogram,
    /// Reviewers at work.
    pub(crate) reviewers: Gauge,
    /// Decisions by outcome: allow, deny, escalate.
    pub(crate) decisions: CounterVec<1>,
    /// Violations by category.
    pub(crate) violations: CounterVec<1>,
    /// Entities found, by kind.
    pub(crate) pii_entities: CounterVec<1>,
    /// Entities found that the labels hold.
    pub(crate) pii_true_positives: Counter,
    /// Entities found that the labels do not hold.
    pub(crate) pii_false_positives: Counter,
    /// Labelled entities not found.
    pub(crate) pii_false_negatives: Counter,
    /// Entities found again in a text after its redaction.
    pub(crate) pii_unredacted: Counter,
    /// Labelled entities of which something is left to read after the redaction.
    pub(crate) pii_missed: Counter,
    /// Time to load a plugin's details or its bytes.
    pub(crate) plugin_load: Histogram,
    /// Time to evaluate a policy.
    pub(crate) policy_evaluation: Histogram,
    started_s: f64,
}

/// What `/metrics` asks others for at the moment it is read.
pub(crate) struct PoolUse {
    /// Store connections at work.
    pub(crate) in_use: usize,
    /// Store connections there are.
    pub(crate) size: usize,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            requests: CounterVec::new("http_requests_total", "Answers.", ["route", "status"]),
            request_duration: Histogram::new("http_request_duration_seconds", "Time from request to answer."),
            in_flight: Gauge::new("in_flight_requests", "API requests being worked on."),
            cache_hits: CounterVec::new("cache_hits_total", "Results found in a cache.", ["cache"]),
            cache_misses: CounterVec::new("cache_misses_total", "Results not found in a cache.", ["cache"]),
            db_queries: Counter::new("db_queries_total", "Statements and transactions sent to the store."),
            db_query_duration: Histogram::new("db_query_duration_seconds", "Time of one, with its wait."),
            db_pool_wait: Histogram::new("db_pool_wait_seconds", "Wait for a connection to the database."),
            review_queue_depth: Gauge::new("review_queue_depth", "Reviews waiting."),
            reviews_completed: Counter::new("reviews_completed_total", "Reviews done."),
            review: Histogram::new("review_seconds", "Time from an escalation to the end of its review."),
            reviewers: Gauge::new("reviewers", "Reviewers at work."),
            decisions: CounterVec::new("decisions_total", "Decisions by outcome.", ["decision"]),
            violations: CounterVec::new("violations_total", "Violations by category.", ["category"]),
            pii_entities: CounterVec::new("pii_entities_total", "Entities found, by kind.", ["kind"]),
            pii_true_positives: Counter::new("pii_true_positives_total", "Entities found that are labelled."),
            pii_false_positives: Counter::new("pii_false_positives_total", "Entities found that are not labelled."),
            pii_false_negatives: Counter::new("pii_false_negatives_total", "Labelled entities not found."),
            pii_unredacted: Counter::new(
                "pii_unredacted_total",
                "Entities that the detector still finds after redaction.",
            ),
            pii_missed: Counter::new("pii_missed_total", "Labelled entities that can still be read after redaction."),
            plugin_load: Histogram::new("plugin_load_seconds", "Time to load a plugin."),
            policy_evaluation: Histogram::new("policy_evaluation_seconds", "Time to evaluate a policy."),
            started_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()),
        }
    }

    /// Counts one answer.
    pub(crate) fn answered(&self, route: &str, status: u16, elapsed: Duration) {
        self.requests.inc([route, &status.to_string()]);
        self.request_duration.observe(elapsed);
    }

    /// The Prometheus text format, version 0.0.4.
    pub(crate) fn text(&self, pool: &PoolUse) -> String {
        let mut out = String::with_capacity(8 << 10);
        for family in [
            &self.requests as &dyn family::Family,
            &self.request_duration,
            &self.in_flight,
            &self.cache_hits,
            &self.cache_misses,
            &self.db_queries,
            &self.db_query_duration,
            &self.db_pool_wait,
            &self.review_queue_depth,
            &self.reviews_completed,
            &self.review,
            &self.reviewers,
            &self.decisions,
            &self.violations,
            &self.pii_entities,
            &self.pii_true_positives,
            &self.pii_false_positives,
            &self.pii_false_negatives,
            &self.pii_unredacted,
            &self.pii_missed,
            &self.plugin_load,
            &self.policy_evaluation,
        ] {
            family.write(&mut out);
        }
        gauge(&mut out, "db_pool_in_use", "Store connections at work.", pool.in_use as f64);
        gauge(&mut out, "db_pool_size", "Store connections there are.", pool.size as f64);
        if let Some(bytes) = resident_bytes() {
            gauge(&mut out, "process_resident_memory_bytes", "Resident memory.", bytes as f64);
        }
        gauge(&mut out, "process_start_time_seconds", "Start of the process since 1970.", self.started_s);
        out
    }
}

fn gauge(out: &mut String, name: &str, help: &str, value: f64) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}

/// Resident memory of this process, bytes; absent where `/proc` does not say.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
