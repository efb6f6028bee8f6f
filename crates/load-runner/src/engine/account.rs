//! What happened to one request in one phase and region. Must not know: time, other requests.

use std::collections::BTreeMap;

use bench_model::load::{Buckets, CheckCount, Distribution, Series};

use super::counts::Counts;

/// How many stages of a service are told apart; what a hostile header adds beyond is left out.
const MOST_OPERATIONS: usize = 32;

/// Requests that were due in the same stretch of this length, in ns, are turned away together.
const TOGETHER: u64 = 10_000_000;

/// How long the parts of a request took, in ns; `None` for what did not happen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parts {
    /// The wait for a free connection.
    pub(crate) queue: Option<u64>,
    pub(crate) dns: Option<u64>,
    pub(crate) connect: Option<u64>,
    pub(crate) tls: Option<u64>,
    pub(crate) first_byte: Option<u64>,
}

/// The counts of a series.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    pub(crate) offered: u64,
    pub(crate) sent: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) unsent: u64,
    pub(crate) in_flight: u64,
    pub(crate) received: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) errors: Vec<(&'static str, u64)>,
    pub(crate) statuses: Vec<(u16, u64)>,
    /// By the check's place in the request.
    pub(crate) checks: Vec<CheckCount>,
    pub(crate) latency: Counts,
    pub(crate) open: Counts,
    pub(crate) service: Counts,
    pub(crate) lag: Counts,
    queue: Counts,
    dns: Counts,
    connect: Counts,
    tls: Counts,
    first_byte: Counts,
    operations: Vec<(String, Counts)>,
    /// Requests that were turned away: when the last of each few was due, and how many.
    turned_away: Vec<(u64, u64)>,
}

/// Counts one more under `key`, of which there are few.
pub(crate) fn one_more<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K) {
    add(counts, key, 1);
}

pub(crate) fn add<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K, more: u64) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, count)) => *count += more,
        None => counts.push((key, more)),
    }
}

/// Counts as records keep them.
pub(crate) fn written<K: ToString>(counts: &[(K, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(key, count)| (key.to_string(), *count)).collect()
}

impl Account {
    pub(crate) fn parts(&mut self, parts: &Parts) {
        let Parts { queue, dns, connect, tls, first_byte } = *parts;
        let all = [
            (&mut self.queue, queue),
            (&mut self.dns, dns),
            (&mut self.connect, connect),
            (&mut self.tls, tls),
            (&mut self.first_byte, first_byte),
        ];
        for (counts, time) in all {
            if let Some(time) = time {
                counts.record(time);
            }
        }
    }

    /// A stage of the service took so long.
    pub(crate) fn operation(&mut self, name: &str, nanos: u64) {
        if let Some((_, counts)) = self.operations.iter_mut().find(|(known, _)| known == name) {
            counts.record(nanos);
        } else if self.operations.len() < MOST_OPERATIONS {
            let mut counts = Counts::default();
            counts.record(nanos);
            self.operations.push((name.to_owned(), counts));
        }
    }

    /// A request that was due at `due` is never sent, because too many wait. How long it went without an answer is known at the end only.
    pub(crate) fn turn_away(&mut self, due: u64) {
        self.unsent += 1;
        match self.turned_away.last_mut() {
            Some((last, count)) if *last / TOGETHER == due / TOGETHER => {
                *last = due.max(*last);
                *count += 1;
            }
            Some(_) | None => self.turned_away.push((due, 1)),
        }
    }

    /// The run is over: those turned away went without an answer until now.
    pub(crate) fn over(&mut self, now: u64) {
        for (due, count) in std::mem::take(&mut self.turned_away) {
            self.open.record_many(now.saturating_sub(due), count);
        }
    }

    /// A check held, or did not.
    pub(crate) fn check(&mut self, check: usize, passed: bool) {
        if self.checks.len() <= check {
            self.checks.resize(check + 1, CheckCount::default());
        }
        if let Some(count) = self.checks.get_mut(check) {
            if passed {
                count.passed += 1;
            } else {
                count.failed += 1;
            }
        }
    }

    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.offered += other.offered;
        self.sent += other.sent;
        self.completed += other.completed;
        self.failed += other.failed;
        self.unsent += other.unsent;
        self.in_flight += other.in_flight;
        self.received += other.received;
        self.sent_bytes += other.sent_bytes;
        other.errors.into_iter().for_each(|(kind, count)| add(&mut self.errors, kind, count));
        other.statuses.into_iter().for_each(|(status, count)| add(&mut self.statuses, status, count));
        if self.checks.len() < other.checks.len() {
            self.checks.resize(other.checks.len(), CheckCount::default());
        }
        for (mine, theirs) in self.checks.iter_mut().zip(&other.checks) {
            mine.passed += theirs.passed;
            mine.failed += theirs.failed;
        }
        for (mine, theirs) in [
            (&mut self.latency, &other.latency),
            (&mut self.open, &other.open),
            (&mut self.service, &other.service),
            (&mut self.lag, &other.lag),
            (&mut self.queue, &other.queue),
            (&mut self.dns, &other.dns),
            (&mut self.connect, &other.connect),
            (&mut self.tls, &other.tls),
            (&mut self.first_byte, &other.first_byte),
        ] {
            mine.add(theirs);
        }
        for (name, counts) in other.operations {
            match self.operations.iter_mut().find(|(known, _)| *known == name) {
                Some((_, mine)) => mine.add(&counts),
                None => self.operations.push((name, counts)),
            }
        }
    }

    /// The series, `names` being those of the request's checks. `open_model`: requests were due.
    pub(crate) fn series(
        &self,
        request: &str,
        phase: &str,
        tags: BTreeMap<String, String>,
        names: &[String],
        open_model: bool,
    ) -> Series {
        let parts = [
            ("queue", &self.queue),
            ("dns", &self.dns),
            ("connect", &self.connect),
            ("tls", &self.tls),
            ("first_byte", &self.first_byte),
        ];
        let named = |(name, counts): (&str, &Counts)| -> Option<(String, Buckets)> {
            Some((name.to_owned(), counts.record_of()?))
        };
        Series {
            request: request.to_owned(),
            phase: Some(phase.to_owned()),
            tags,
            offered: open_model.then_some(self.offered),
            sent: self.sent,
            completed: self.completed,
            failed: self.failed,
            unsent: self.unsent,
            in_flight: self.in_flight,
            errors: written(&self.errors),
            statuses: written(&self.statuses),
            checks: names.iter().cloned().zip(self.checks.iter().copied()).collect(),
            received_bytes: Some(self.received),
            sent_bytes: Some(self.sent_bytes),
            latency: self.latency.record_of().map(Distribution::Buckets),
            open: self.open.record_of(),
            service: self.service.record_of(),
            lag: self.lag.record_of(),
            parts: parts.into_iter().filter_map(named).collect(),
            operations: self.operations.iter().filter_map(|(name, counts)| named((name, counts))).collect(),
        }
    }
}
