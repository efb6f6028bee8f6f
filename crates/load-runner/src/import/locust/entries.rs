//! `--json-file` (and `--json`): one entry for each request with its response times as counted, so that the files of several workers
//! merge exactly. Must not know: the CSV files.

use std::collections::BTreeMap;

use bench_model::load::{Buckets, Distribution, Series, Window};
use serde::Deserialize;

use super::super::draft::{RUN, add, finite, series};
use super::super::fault::Fault;
use super::super::kind::name;

/// The entries of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(in super::super) struct Entries(Vec<Entry>);

#[derive(Debug, Clone, Deserialize)]
struct Entry {
    name: String,
    method: Option<String>,
    start_time: f64,
    last_request_timestamp: Option<f64>,
    num_requests: u64,
    num_failures: u64,
    #[serde(default)]
    total_response_time: f64,
    max_response_time: Option<f64>,
    min_response_time: Option<f64>,
    #[serde(default)]
    total_content_length: u64,
    response_times: BTreeMap<String, u64>,
    #[serde(default)]
    num_reqs_per_sec: BTreeMap<String, u64>,
    #[serde(default)]
    num_fail_per_sec: BTreeMap<String, u64>,
}

impl Entries {
    /// Reads a file.
    pub(in super::super) fn read(text: &str) -> Result<Self, Fault> {
        let entries: Self = serde_json::from_str(text).map_err(|error| {
            Fault::at(
                error.line() as u64,
                format!("expected Locust's JSON, a list of entries with `response_times`: {error}"),
            )
        })?;
        for entry in &entries.0 {
            let odd = entry.response_times.keys().find(|key| milliseconds(key).is_none());
            if let Some(key) = odd {
                let shown: String = key.chars().take(40).collect();
                return Err(Fault::new(format!("`{shown}` in `response_times` is no time in ms")));
            }
        }
        Ok(entries)
    }

    /// From the first request to the last, in seconds since 1970.
    pub(super) fn span(&self) -> Option<(f64, f64)> {
        let with = || self.0.iter().filter(|entry| entry.num_requests > 0);
        let from = with().map(|entry| entry.start_time).min_by(f64::total_cmp)?;
        let to = with().filter_map(|entry| entry.last_request_timestamp).max_by(f64::total_cmp)?;
        Some((from, to))
    }

    /// Whether both were sent at the same time; a file without requests goes with any.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (self.span(), other.span()) {
            (Some(a), Some(b)) => a.0 <= b.1 && b.0 <= a.1,
            (None, _) | (_, None) => true,
        }
    }

    pub(super) fn seconds(&self) -> Option<f64> {
        self.span().map(|(from, to)| to - from).filter(|seconds| *seconds > 0.0)
    }

    /// Both workers' entries.
    pub(super) fn merged(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    pub(super) fn series(&self) -> Vec<Series> {
        let mut all: BTreeMap<(String, String), Series> = BTreeMap::new();
        for entry in &self.0 {
            let method = entry.method.clone().unwrap_or_default();
            let key = (name(&entry.name).into_owned(), method.clone());
            let one = all.entry(key).or_insert_with_key(|(name, method)| {
                let mut one = series(name);
                one.tags.insert("method".to_owned(), method.clone());
                one
            });
            one.sent = one.sent.saturating_add(entry.num_requests);
            one.failed = one.failed.saturating_add(entry.num_failures.min(entry.num_requests));
            one.completed = one.sent.saturating_sub(one.failed);
            one.received_bytes = Some(one.received_bytes.unwrap_or(0).saturating_add(entry.total_content_length));
            if let Some(buckets) = entry.buckets() {
                one.latency = Some(Distribution::Buckets(match one.latency.take() {
                    Some(Distribution::Buckets(known)) => known.merged(&buckets),
                    Some(Distribution::Summary(_)) | None => buckets,
                }));
            }
        }
        all.into_values().collect()
    }

    /// Requests by the second in which they ended, without latencies.
    pub(super) fn windows(&self) -> Vec<Window> {
        let mut seconds: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for entry in &self.0 {
            for (second, count) in &entry.num_reqs_per_sec {
                if let Ok(second) = second.parse() {
                    add(&mut seconds.entry(second).or_default().0, *count);
                }
            }
            for (second, count) in &entry.num_fail_per_sec {
                if let Ok(second) = second.parse() {
                    add(&mut seconds.entry(second).or_default().1, *count);
                }
            }
        }
        let start = seconds.keys().next().copied().unwrap_or(0);
        seconds
            .into_iter()
            .map(|(second, (sent, failed))| Window {
                at_s: finite(second.saturating_sub(start) as f64),
                phase: Some(RUN.to_owned()),
                sent,
                completed: sent.saturating_sub(failed),
                failed,
                ..Window::default()
            })
            .collect()
    }
}

impl Entry {
    fn buckets(&self) -> Option<Buckets> {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for (key, count) in self.response_times.iter().filter(|(_, count)| **count > 0) {
            let slot = counts.entry(upper_end(milliseconds(key)?)).or_default();
            *slot = slot.saturating_add(*count);
        }
        let ns =
            |value: Option<f64>| value.filter(|ms| ms.is_finite() && *ms >= 0.0).map(|ms| (ms * 1e6).round() as u64);
        (!counts.is_empty()).then(|| Buckets {
            resolution: finite(0.05),
            min: ns(self.min_response_time),
            max: ns(self.max_response_time),
            sum: finite(self.total_response_time * 1e6),
            buckets: counts.into_iter().collect(),
        })
    }
}

fn milliseconds(key: &str) -> Option<f64> {
    key.parse().ok().filter(|value: &f64| (0.0..1e12).contains(value))
}

/// Locust rounds to whole ms below 100, to two digits up to 10 s, and to seconds above: a value stands for half a step on either side.
fn upper_end(ms: f64) -> u64 {
    let step = match ms {
        ms if ms < 100.0 => 1.0,
        ms if ms < 1_000.0 => 10.0,
        ms if ms < 10_000.0 => 100.0,
        _ => 1_000.0,
    };
    ((ms + step / 2.0) * 1e6).round() as u64
}
