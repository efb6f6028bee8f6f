//! Windows of one second. Lines of a file are not in order of time, so a window stays open until none is expected for it any more;
//! then its percentiles are made and its counts let go. Must not know: any tool's format.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::Window;

use super::counts::Counts;
use super::draft::{RUN, finite};
use super::tally::Hit;

/// How long a window stays open after a request ended, in seconds: the longest time a request is expected to take (k6's timeout is 60).
const OPEN_FOR: i64 = 120;
/// A clock that jumps must not make a window for each second between.
const MAX_WINDOWS: usize = 1 << 20;

/// Windows by second and region.
#[derive(Debug, Default)]
pub(super) struct Windows {
    windows: BTreeMap<(i64, Option<Box<str>>), Open>,
    closed_before: i64,
    late: u64,
    users: BTreeMap<i64, u64>,
}

#[derive(Debug, Default)]
struct Open {
    sent: u64,
    completed: u64,
    failed: u64,
    errors: BTreeMap<&'static str, u64>,
    statuses: BTreeMap<u16, u64>,
    latency: Counts,
    percentiles: Option<[f64; 3]>,
}

impl Windows {
    /// Counts a request that ended at `end`: it was sent and timed in the window it began in, and answered in that of its end.
    pub(super) fn hit(&mut self, hit: &Hit<'_>, end: i64) {
        let (begun, ended) = (hit.start.div_euclid(1_000_000_000), end.div_euclid(1_000_000_000));
        self.close(ended.saturating_sub(OPEN_FOR));
        if self.windows.len() >= MAX_WINDOWS {
            return;
        }
        let closed = begun < self.closed_before;
        let window = self.windows.entry((begun, hit.region.map(Box::from))).or_default();
        window.sent += 1;
        if hit.status.is_some() {
            match closed {
                true => self.late += 1,
                false => window.latency.record(hit.took),
            }
        }
        let window = self.windows.entry((ended, hit.region.map(Box::from))).or_default();
        if let Some(status) = hit.status {
            window.completed += 1;
            *window.statuses.entry(status).or_default() += 1;
        }
        if let Some(kind) = hit.failure {
            window.failed += 1;
            *window.errors.entry(kind).or_default() += 1;
        }
    }

    /// Counts a failure that was found after the answer, at a moment in ns.
    pub(super) fn refuse(&mut self, at: i64, kind: &'static str, region: Option<&str>) {
        if self.windows.len() < MAX_WINDOWS {
            let window = self.windows.entry((at.div_euclid(1_000_000_000), region.map(Box::from))).or_default();
            window.failed += 1;
            *window.errors.entry(kind).or_default() += 1;
        }
    }

    /// Notes the users at a moment, in ns.
    pub(super) fn users(&mut self, at: i64, users: u64) {
        if self.users.len() < MAX_WINDOWS {
            self.users.insert(at.div_euclid(1_000_000_000), users);
        }
    }

    fn close(&mut self, before: i64) {
        if before <= self.closed_before {
            return;
        }
        let from = (self.closed_before, None);
        let from = if self.closed_before == 0 { (i64::MIN, None) } else { from };
        for (_, window) in self.windows.range_mut(from..(before, None)) {
            window.shut();
        }
        self.closed_before = before;
    }

    /// All windows, dated from `zero` (in ns).
    pub(super) fn finish(mut self, zero: i64, warnings: &mut Vec<String>) -> Vec<Window> {
        if self.late > 0 {
            warnings.push(format!(
                "{} requests took longer than {OPEN_FOR} s: their windows' percentiles do not have them",
                self.late
            ));
        }
        if self.windows.len() >= MAX_WINDOWS {
            warnings.push(format!("only the first {MAX_WINDOWS} windows are kept"));
        }
        let zero = zero.div_euclid(1_000_000_000);
        let users = self.users;
        self.windows
            .iter_mut()
            .map(|((second, region), window)| {
                window.shut();
                let percentile = |index: usize| {
                    let percentiles = window.percentiles.as_ref()?;
                    Finite::try_from(*percentiles.get(index)?).ok()
                };
                Window {
                    at_s: finite(second.saturating_sub(zero).max(0) as f64),
                    phase: Some(RUN.to_owned()),
                    region: region.as_deref().map(str::to_owned),
                    offered: None,
                    sent: window.sent,
                    completed: window.completed,
                    failed: window.failed,
                    in_flight: None,
                    users: users.get(second).copied(),
                    errors: window.errors.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
                    statuses: window.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
                    p50: percentile(0),
                    p95: percentile(1),
                    p99: percentile(2),
                }
            })
            .collect()
    }
}

impl Open {
    fn shut(&mut self) {
        if let Some(buckets) = std::mem::take(&mut self.latency).buckets() {
            let at = |percent| buckets.percentile(percent).unwrap_or_default();
            self.percentiles = Some([at(50.0), at(95.0), at(99.0)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_timed_where_it_began_and_answered_where_it_ended() {
        let mut windows = Windows::default();
        let hit = |start, took| Hit { start, took, status: Some(200), failure: None, region: None };
        windows.hit(&hit(900_000_000, 2_000_000_000), 2_900_000_000);
        windows.hit(&hit(1_100_000_000, 1_000_000), 1_101_000_000);
        let windows = windows.finish(0, &mut Vec::new());
        let shown: Vec<_> = windows.iter().map(|w| (w.at_s.get(), w.sent, w.completed, w.p50.is_some())).collect();
        assert_eq!(shown, [(0.0, 1, 0, true), (1.0, 1, 1, true), (2.0, 0, 1, false)]);
        assert!(windows.first().unwrap().p50.unwrap().get() >= 2e9);
    }

    #[test]
    fn a_request_that_comes_too_late_is_counted_and_not_timed() {
        let mut windows = Windows::default();
        let mut hit = |start: i64, took: u64| {
            let hit = Hit { start, took, status: Some(200), failure: None, region: None };
            windows.hit(&hit, start + took as i64);
        };
        hit(1_000_000_000, 5);
        hit(400_000_000_000, 5);
        hit(1_000_000_000, 7);
        let mut warnings = Vec::new();
        let windows = windows.finish(0, &mut warnings);
        assert_eq!(windows.first().map(|w| (w.sent, w.p99.map(Finite::get))), Some((2, Some(5.0))));
        assert_eq!(warnings.len(), 1);
    }
}
