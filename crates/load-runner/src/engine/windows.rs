//! What happens in each stretch of time of one thread of the engine: latencies by when a request was due, the rest by when it happened.
//! A window is handed over when it is past and every request that was due in it has ended, so that few are open at any time.
//! Must not know: the windows of other threads.

use std::collections::VecDeque;

use super::counts::Counts;

/// How long a window stays open beyond its end, in ns: a request ends a moment after its clock was read.
const MARGIN: u64 = 50_000_000;

/// What happened in one window in one region.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) offered: u64,
    pub(crate) sent: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    /// Requests that ended, answered or not.
    pub(crate) ended: u64,
    pub(crate) errors: Vec<(&'static str, u64)>,
    pub(crate) statuses: Vec<(u16, u64)>,
}

/// A window that nothing more happens in.
#[derive(Debug, Clone)]
pub(crate) struct Closed {
    /// Which one, counted from 0.
    pub(crate) index: u64,
    /// What happened, by region.
    pub(crate) cells: Vec<Happened>,
}

/// What happened in one region, with `[upper end, how many]` of the latencies.
pub(crate) type Happened = (Cell, Vec<(u64, u64)>);

#[derive(Debug, Default)]
struct Open {
    /// Requests due in it that have not ended.
    pending: u64,
    cells: Vec<(Cell, Counts)>,
}

/// The windows of one thread.
#[derive(Debug)]
pub(crate) struct Windows {
    /// The length of each, in ns.
    length: u64,
    regions: usize,
    /// The index of the first in `open`.
    first: u64,
    /// `None`: handed over, while one before it is still open.
    open: VecDeque<Option<Open>>,
    /// Histograms to use again.
    spare: Vec<Counts>,
}

impl Windows {
    pub(crate) fn new(length: u64, regions: usize) -> Self {
        Self { length: length.max(1), regions: regions.max(1), first: 0, open: VecDeque::new(), spare: Vec::new() }
    }

    /// What happens at `at` in a region is counted here.
    pub(crate) fn at(&mut self, at: u64, region: usize) -> Option<&mut Cell> {
        self.window(at)?.cells.get_mut(region).map(|(cell, _)| cell)
    }

    /// A request that is due (or, where nothing is due, sent) at `due` has begun.
    pub(crate) fn begin(&mut self, due: u64) {
        if let Some(window) = self.window(due) {
            window.pending += 1;
        }
    }

    /// A request that was due at `due` has ended, with its latency when it is known.
    pub(crate) fn end(&mut self, due: u64, region: usize, latency: Option<u64>) {
        let Some(window) = self.window(due) else { return };
        window.pending = window.pending.saturating_sub(1);
        if let (Some(latency), Some((_, counts))) = (latency, window.cells.get_mut(region)) {
            counts.record(latency);
        }
    }

    /// The open window of a moment; the first open one after it, should it be closed.
    fn window(&mut self, at: u64) -> Option<&mut Open> {
        let index = usize::try_from((at / self.length).saturating_sub(self.first)).ok()?;
        self.reach(index);
        self.open.iter_mut().skip(index).find_map(Option::as_mut)
    }

    /// Makes windows up to the `index`th from the first open one.
    fn reach(&mut self, index: usize) {
        while self.open.len() <= index || self.open.back().is_some_and(Option::is_none) {
            let mut cells = Vec::with_capacity(self.regions);
            cells.resize_with(self.regions, || (Cell::default(), self.spare.pop().unwrap_or_default()));
            self.open.push_back(Some(Open { pending: 0, cells }));
        }
    }

    /// Hands over what is past at `now`; with `all`, everything that has begun.
    pub(crate) fn close(&mut self, now: u64, all: bool) -> Vec<Closed> {
        let past = now.saturating_sub(if all { 0 } else { MARGIN }) / self.length;
        if let Some(last) = past.checked_sub(self.first + 1).and_then(|last| usize::try_from(last).ok()) {
            self.reach(last);
        }
        let mut closed = Vec::new();
        for (index, slot) in (self.first..).zip(&mut self.open) {
            if let Some(window) = slot.take_if(|window| all || (index < past && window.pending == 0)) {
                let hand_over = |(cell, mut counts): (Cell, Counts)| {
                    let buckets = counts.buckets();
                    counts.clear();
                    self.spare.push(counts);
                    (cell, buckets)
                };
                closed.push(Closed { index, cells: window.cells.into_iter().map(hand_over).collect() });
            }
        }
        while self.open.pop_front_if(|slot| slot.is_none()).is_some() {
            self.first += 1;
        }
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn indices(closed: &[Closed]) -> Vec<u64> {
        closed.iter().map(|window| window.index).collect()
    }

    #[test]
    fn a_window_is_handed_over_once_its_requests_ended_and_not_before() {
        let mut windows = Windows::new(SECOND, 1);
        windows.begin(SECOND / 2);
        windows.begin(SECOND / 2);
        windows.begin(3 * SECOND / 2);
        windows.end(3 * SECOND / 2, 0, Some(5));
        windows.end(SECOND / 2, 0, Some(7));
        // The first still waits for an answer, the second does not.
        assert_eq!(indices(&windows.close(3 * SECOND, false)), [1]);
        windows.end(SECOND / 2, 0, Some(9));
        let closed = windows.close(3 * SECOND, false);
        assert_eq!(indices(&closed), [0]);
        assert_eq!(closed[0].cells[0].1.iter().map(|(_, count)| count).sum::<u64>(), 2);
        // Windows in which nothing happened are there, too.
        assert_eq!(indices(&windows.close(6 * SECOND, false)), [2, 3, 4]);
    }

    #[test]
    fn what_comes_late_is_counted_in_a_later_window_and_never_lost() {
        let mut windows = Windows::new(SECOND, 1);
        assert_eq!(indices(&windows.close(2 * SECOND, false)), [0]);
        if let Some(cell) = windows.at(0, 0) {
            cell.sent += 1;
        }
        let closed = windows.close(2 * SECOND, true);
        assert_eq!(closed.iter().map(|window| window.cells[0].0.sent).sum::<u64>(), 1);
    }

    #[test]
    fn a_histogram_that_is_used_again_has_forgotten() {
        let mut windows = Windows::new(SECOND, 1);
        for second in 0..3 {
            windows.begin(second * SECOND);
            windows.end(second * SECOND, 0, Some(1_000_000 * (second + 1)));
            let closed = windows.close((second + 2) * SECOND, false);
            let counts: Vec<_> = closed.iter().flat_map(|window| &window.cells[0].1).collect();
            assert_eq!(counts.len(), 1, "{counts:?}");
        }
    }
}
