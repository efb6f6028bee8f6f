//! The windows of all threads, put together. Must not know: how they came about.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::Window;

use super::account::{add, written};
use super::course::Lasted;
use super::recorder::Step;
use super::windows::{Cell, Closed, Happened};
use crate::scenario::Scenario;

/// What happened in a window in one region.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) cell: Cell,
    /// Latencies of requests due in it, in ns: at 50, 95 and 99 %. `None` where none ended.
    pub(crate) percentiles: Option<[u64; 3]>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Collector {
    threads: usize,
    /// The length of a window, in ns.
    window: u64,
    /// What some threads have handed over, by window.
    open: BTreeMap<u64, (usize, Vec<Happened>)>,
    /// What all have, by window: one for each region.
    whole: BTreeMap<u64, Vec<Figures>>,
}

impl Collector {
    pub(crate) const fn new(threads: usize, window: u64) -> Self {
        Self { threads, window, open: BTreeMap::new(), whole: BTreeMap::new() }
    }

    /// Takes what one thread hands over.
    pub(crate) fn take(&mut self, closed: Vec<Closed>) {
        for Closed { index, cells } in closed {
            let (threads, all) = self.open.entry(index).or_default();
            *threads += 1;
            if all.is_empty() {
                *all = cells;
            } else {
                for ((mine, buckets), (theirs, more)) in all.iter_mut().zip(cells) {
                    merge(mine, theirs);
                    buckets.extend(more);
                }
            }
            if *threads == self.threads
                && let Some((_, all)) = self.open.remove(&index)
            {
                self.whole.insert(index, all.into_iter().map(figures).collect());
            }
        }
    }

    /// The last window that is whole. Of several regions, all counts, and the highest of each percentile.
    pub(crate) fn latest(&self) -> Option<Figures> {
        let mut all = self.whole.last_key_value()?.1.iter().cloned();
        let first = all.next()?;
        Some(all.fold(first, |mut sum, next| {
            merge(&mut sum.cell, next.cell);
            let higher =
                |(a, b): ([u64; 3], [u64; 3])| [0, 1, 2].map(|at| a.get(at).max(b.get(at)).copied().unwrap_or(0));
            sum.percentiles =
                sum.percentiles.zip(next.percentiles).map(higher).or(sum.percentiles).or(next.percentiles);
            sum
        }))
    }

    /// All windows, as a record keeps them. `users`: when users came and left, in any order.
    pub(crate) fn windows(
        mut self,
        scenario: &Scenario,
        lasted: &[Lasted],
        mut users: Vec<(u64, Step)>,
    ) -> Vec<Window> {
        users.sort_unstable_by_key(|(at, _)| *at);
        let (mut users, mut about) = (users.into_iter().peekable(), 0_u64);
        // What only some threads had is whole now: the others had nothing to say.
        for (index, (_, all)) in std::mem::take(&mut self.open) {
            self.whole.insert(index, all.into_iter().map(figures).collect());
        }
        let regions = scenario.regions.len().max(1);
        let mut under_way = vec![0_u64; regions];
        let mut windows = Vec::new();
        for (index, figures) in self.whole {
            let at = index * self.window;
            // Phases that lasted no time are none that a window could begin in.
            let current = scenario.phases.iter().zip(lasted).rfind(|(_, lasted)| lasted.start <= at);
            let current = current.filter(|(_, lasted)| lasted.end.is_none_or(|end| at < end));
            let closed = current.filter(|(phase, _)| !super::is_open(phase));
            let until = closed.and_then(|(_, lasted)| lasted.end).map_or(u64::MAX, |end| end).min(at + self.window);
            while let Some((_, step)) = users.next_if(|(moment, _)| *moment < until) {
                match step {
                    Step::Comes => about += 1,
                    Step::Leaves => about = about.saturating_sub(1),
                }
            }
            for ((region, figures), under_way) in figures.into_iter().enumerate().zip(&mut under_way) {
                let Figures { cell, percentiles } = figures;
                *under_way = (*under_way + cell.sent).saturating_sub(cell.ended);
                let open = current.is_some_and(|(phase, _)| super::is_open(phase)) || cell.offered > 0;
                let percentile = |at: usize| {
                    let value = percentiles.as_ref()?.get(at)?;
                    Finite::try_from(*value as f64).ok()
                };
                windows.push(Window {
                    at_s: super::seconds(at),
                    phase: current.map(|(phase, _)| phase.name.clone()),
                    region: scenario.regions.get(region).map(|region| region.name.clone()),
                    offered: open.then_some(cell.offered),
                    sent: cell.sent,
                    completed: cell.completed,
                    failed: cell.failed,
                    in_flight: Some(*under_way),
                    users: closed.is_some().then_some(about),
                    errors: written(&cell.errors),
                    statuses: written(&cell.statuses),
                    p50: percentile(0),
                    p95: percentile(1),
                    p99: percentile(2),
                });
            }
        }
        windows
    }
}

fn merge(mine: &mut Cell, theirs: Cell) {
    mine.offered += theirs.offered;
    mine.sent += theirs.sent;
    mine.completed += theirs.completed;
    mine.failed += theirs.failed;
    mine.ended += theirs.ended;
    theirs.errors.into_iter().for_each(|(kind, count)| add(&mut mine.errors, kind, count));
    theirs.statuses.into_iter().for_each(|(status, count)| add(&mut mine.statuses, status, count));
}

fn figures((cell, mut buckets): Happened) -> Figures {
    buckets.sort_unstable();
    let total: u64 = buckets.iter().map(|(_, count)| count).sum();
    let at = |percent: u64| {
        // The nearest rank: at least so many percent do not exceed it.
        let rank = (total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = buckets.iter().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        found.map_or(0, |(value, _)| *value)
    };
    Figures { cell, percentiles: (total > 0).then(|| [50, 95, 99].map(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_all_threads_together_and_not_from_theirs() {
        let mut collector = Collector::new(2, 1_000_000_000);
        let cells = |buckets: &[(u64, u64)]| vec![(Cell { sent: 1, ..Cell::default() }, buckets.to_vec())];
        collector.take(vec![Closed { index: 0, cells: cells(&[(10, 99)]) }]);
        assert!(collector.latest().is_none(), "one thread has not handed over its part");
        collector.take(vec![Closed { index: 0, cells: cells(&[(1000, 100), (2000, 1)]) }]);
        let latest = collector.latest();
        assert_eq!(latest.as_ref().and_then(|figures| figures.percentiles), Some([1000, 1000, 1000]));
        assert_eq!(latest.map(|figures| figures.cell.sent), Some(2));
    }
}
