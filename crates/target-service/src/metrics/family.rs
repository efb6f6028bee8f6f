//! The kinds of metric: a counter, a gauge, counters by label, a histogram with fixed bounds; all are atomics and can be shared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Something that can write itself as Prometheus text.
pub(super) trait Family {
    fn write(&self, out: &mut String);
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A number that only rises.
pub(crate) struct Counter {
    name: &'static str,
    help: &'static str,
    value: AtomicU64,
}

impl Counter {
    pub(super) fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, value: AtomicU64::new(0) }
    }

    pub(crate) fn inc(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, by: u64) {
        self.value.fetch_add(by, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}

impl Family for Counter {
    fn write(&self, out: &mut String) {
        head(out, self.name, self.help, "counter");
        let _ = writeln!(out, "{} {}", self.name, self.get());
    }
}

/// A number that rises and falls.
pub(crate) struct Gauge {
    name: &'static str,
    help: &'static str,
    value: AtomicI64,
}

impl Gauge {
    pub(super) fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, value: AtomicI64::new(0) }
    }

    pub(crate) fn set(&self, value: i64) {
        self.value.store(value, Ordering::Relaxed);
    }

    /// Adds `by` and gives the value after it.
    pub(crate) fn add(&self, by: i64) -> i64 {
        self.value.fetch_add(by, Ordering::Relaxed).wrapping_add(by)
    }
}

impl Family for Gauge {
    fn write(&self, out: &mut String) {
        head(out, self.name, self.help, "gauge");
        let _ = writeln!(out, "{} {}", self.name, self.value.load(Ordering::Relaxed));
    }
}

/// Counters by the values of `N` labels. Values must come from a small fixed set (routes, kinds), never from a caller's text.
pub(crate) struct CounterVec<const N: usize> {
    name: &'static str,
    help: &'static str,
    labels: [&'static str; N],
    values: RwLock<BTreeMap<[String; N], AtomicU64>>,
}

impl<const N: usize> CounterVec<N> {
    pub(super) fn new(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        Self { name, help, labels, values: RwLock::new(BTreeMap::new()) }
    }

    pub(crate) fn inc(&self, labels: [&str; N]) {
        self.add(labels, 1);
    }

    pub(crate) fn add(&self, labels: [&str; N], by: u64) {
        let key = labels.map(str::to_owned);
        if let Some(value) = self.values.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            value.fetch_add(by, Ordering::Relaxed);
            return;
        }
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        values.entry(key).or_default().fetch_add(by, Ordering::Relaxed);
    }
}

impl<const N: usize> Family for CounterVec<N> {
    fn write(&self, out: &mut String) {
        head(out, self.name, self.help, "counter");
        for (key, value) in &*self.values.read().unwrap_or_else(PoisonError::into_inner) {
            let labels: Vec<String> =
                self.labels.iter().zip(key).map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
            let _ = writeln!(out, "{}{{{}}} {}", self.name, labels.join(","), value.load(Ordering::Relaxed));
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Upper bounds of the buckets in seconds: 1-2.5-5 steps from 50 us to 10 s.
const BOUNDS_S: [f64; 17] =
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How many durations fell under each bound.
pub(crate) struct Histogram {
    name: &'static str,
    help: &'static str,
    buckets: [AtomicU64; BOUNDS_S.len()],
    count: AtomicU64,
    nanos: AtomicU64,
}

impl Histogram {
    pub(super) fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, buckets: Default::default(), count: AtomicU64::new(0), nanos: AtomicU64::new(0) }
    }

    pub(crate) fn observe(&self, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        if let Some((_, bucket)) = BOUNDS_S.iter().zip(&self.buckets).find(|(bound, _)| seconds <= **bound) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Family for Histogram {
    fn write(&self, out: &mut String) {
        head(out, self.name, self.help, "histogram");
        // Buckets are read before the count, so that a reader never sees a bucket above `+Inf`.
        let mut below = 0;
        for (bound, bucket) in BOUNDS_S.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{}_bucket{{le=\"{bound}\"}} {below}", self.name);
        }
        let count = self.count.load(Ordering::Relaxed).max(below);
        let sum = Duration::from_nanos(self.nanos.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{0}_bucket{{le=\"+Inf\"}} {count}\n{0}_sum {sum}\n{0}_count {count}", self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(family: &dyn Family) -> String {
        let mut out = String::new();
        family.write(&mut out);
        out
    }

    #[test]
    fn labels_are_escaped_and_sorted() {
        let family = CounterVec::new("x_total", "X.", ["a", "b"]);
        family.inc(["q\"uo\\te", "2"]);
        family.add(["a", "1"], 3);
        assert_eq!(
            text(&family),
            "# HELP x_total X.\n# TYPE x_total counter\nx_total{a=\"a\",b=\"1\"} 3\nx_total{a=\"q\\\"uo\\\\te\",b=\"2\"} 1\n"
        );
    }

    #[test]
    fn buckets_are_cumulative_and_end_in_the_count() {
        let family = Histogram::new("y_seconds", "Y.");
        for millis in [1, 1, 3, 20_000] {
            family.observe(Duration::from_millis(millis));
        }
        let text = text(&family);
        for line in ["{le=\"0.0005\"} 0", "{le=\"0.001\"} 2", "{le=\"0.005\"} 3", "{le=\"10\"} 3", "{le=\"+Inf\"} 4"] {
            assert!(text.contains(&format!("y_seconds_bucket{line}\n")), "{line} in {text}");
        }
        assert!(text.ends_with("y_seconds_sum 20.005\ny_seconds_count 4\n"), "{text}");
    }
}
