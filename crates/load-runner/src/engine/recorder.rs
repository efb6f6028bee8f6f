//! What one thread of the engine has seen: series, windows, and requests under way. Memory follows the number of series and of requests
//! under way, not of requests. Must not know: clocks (moments are handed in, in ns since the first phase began), HTTP.

use super::account::{Account, Parts, one_more};
use super::counts::Counts;
use super::windows::{Closed, Windows};
use crate::exchange::Checked;
use crate::observe::server_timing;

/// Which series a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) phase: usize,
    pub(crate) request: usize,
    pub(crate) region: usize,
}

/// How many phases, requests and regions there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) phases: usize,
    pub(crate) requests: usize,
    /// At least 1: without regions everything is in one.
    pub(crate) regions: usize,
}

impl Shape {
    pub(crate) fn places(self) -> impl Iterator<Item = Place> {
        let requests = move |phase| (0..self.requests).map(move |request| (phase, request));
        (0..self.phases)
            .flat_map(requests)
            .flat_map(move |(phase, request)| (0..self.regions).map(move |region| Place { phase, request, region }))
    }

    fn index(self, place: Place) -> usize {
        (place.phase * self.requests + place.request) * self.regions + place.region
    }
}

/// A request under way.
#[derive(Debug, Clone, Copy)]
struct Live {
    place: Place,
    due: u64,
    sent: u64,
}

/// A request under way, as its sender knows it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Ticket(usize);

/// How a request ended.
#[derive(Debug)]
pub(crate) struct Ending<'a> {
    pub(crate) parts: Parts,
    /// The answer, when there was a whole one.
    pub(crate) answer: Option<Answer<'a>>,
    /// Why it counts as failed, when it does.
    pub(crate) failure: Option<&'static str>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a http::HeaderMap,
    /// Bytes of its body.
    pub(crate) received: u64,
    pub(crate) checks: Checked,
}

/// The kind of failure of a request that took longer than it may.
pub(crate) const TIMEOUT: &str = "timeout";

/// Counts of a whole run so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) offered: u64,
    pub(crate) sent: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) in_flight: u64,
    /// Connections that the service closed after an answer, or before the next request.
    pub(crate) reconnects: u64,
}

impl Totals {
    /// Both together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            offered: self.offered + other.offered,
            sent: self.sent + other.sent,
            completed: self.completed + other.completed,
            failed: self.failed + other.failed,
            in_flight: self.in_flight + other.in_flight,
            reconnects: self.reconnects + other.reconnects,
        }
    }
}

/// What one thread has seen.
#[derive(Debug)]
pub(crate) struct Recorder {
    shape: Shape,
    accounts: Vec<Option<Box<Account>>>,
    windows: Windows,
    live: Vec<Option<Live>>,
    free: Vec<usize>,
    totals: Totals,
    warm_ups: Vec<bool>,
    /// How late the pacer was, warm-ups left out.
    ticks: Counts,
}

impl Recorder {
    /// `window`: the length of a window, in ns. `warm_ups`: which phases only prepare.
    pub(crate) fn new(shape: Shape, window: u64, warm_ups: Vec<bool>) -> Self {
        let mut accounts = Vec::new();
        accounts.resize_with(shape.phases * shape.requests * shape.regions, || None);
        let windows = Windows::new(window, shape.regions);
        Self {
            shape,
            accounts,
            windows,
            live: Vec::new(),
            free: Vec::new(),
            totals: Totals::default(),
            warm_ups,
            ticks: Counts::default(),
        }
    }

    /// Counts so far.
    pub(crate) fn totals(&self) -> Totals {
        Totals { in_flight: (self.live.len() - self.free.len()) as u64, ..self.totals }
    }

    /// A request became due, and the pacer woke for it at `now`.
    pub(crate) fn offered(&mut self, place: Place, due: u64, now: u64) {
        self.totals.offered += 1;
        if !self.warm_ups.get(place.phase).is_some_and(|warm_up| *warm_up) {
            self.ticks.record(now.saturating_sub(due));
        }
        self.windows.begin(due);
        if let Some(cell) = self.windows.at(due, place.region) {
            cell.offered += 1;
        }
        if let Some(account) = self.account(place) {
            account.offered += 1;
        }
    }

    /// A request is sent. `due`: when it was due, in an open model; [`offered`](Self::offered) told of it before.
    pub(crate) fn sent(&mut self, place: Place, due: Option<u64>, now: u64, bytes: u64) -> Ticket {
        self.totals.sent += 1;
        if due.is_none() {
            self.windows.begin(now);
        }
        if let Some(cell) = self.windows.at(now, place.region) {
            cell.sent += 1;
        }
        if let Some(account) = self.account(place) {
            account.sent += 1;
            account.sent_bytes += bytes;
            if let Some(due) = due {
                account.lag.record(now.saturating_sub(due));
            }
        }
        let live = Some(Live { place, due: due.unwrap_or(now), sent: now });
        match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.live.get_mut(slot) {
                    *place = live;
                }
                Ticket(slot)
            }
            None => {
                self.live.push(live);
                Ticket(self.live.len() - 1)
            }
        }
    }

    /// A request ended.
    pub(crate) fn ended(&mut self, ticket: Ticket, now: u64, ending: &Ending<'_>) {
        let Ticket(slot) = ticket;
        let Some(Live { place, due, sent }) = self.live.get_mut(slot).and_then(Option::take) else { return };
        self.free.push(slot);
        let lasted = now.saturating_sub(due);
        // One that ran into its timeout lasted at least that long; of others without answer nothing is known.
        let bound = ending.failure == Some(TIMEOUT);
        self.windows.end(due, place.region, (bound || ending.answer.is_some()).then_some(lasted));
        self.totals.completed += u64::from(ending.answer.is_some());
        self.totals.failed += u64::from(ending.failure.is_some());
        if let Some(cell) = self.windows.at(now, place.region) {
            cell.ended += 1;
            if let Some(answer) = &ending.answer {
                cell.completed += 1;
                one_more(&mut cell.statuses, answer.status);
            }
            if let Some(kind) = ending.failure {
                cell.failed += 1;
                one_more(&mut cell.errors, kind);
            }
        }
        let Some(account) = self.account(place) else { return };
        account.parts(&ending.parts);
        if let Some(kind) = ending.failure {
            account.failed += 1;
            one_more(&mut account.errors, kind);
        }
        if let Some(answer) = &ending.answer {
            account.completed += 1;
            account.latency.record(lasted);
            account.service.record(now.saturating_sub(sent));
            account.received += answer.received;
            one_more(&mut account.statuses, answer.status);
            answer.checks.iter().for_each(|(check, passed)| account.check(check, passed));
            for value in answer.headers.get_all("server-timing") {
                server_timing::parse(value).for_each(|(name, ms)| account.operation(name, (ms * 1e6) as u64));
            }
        } else if bound {
            account.open.record(lasted);
        }
    }

    /// Whether the service had closed a connection between two requests: no failure, and counted.
    pub(crate) fn reconnected(&mut self, renewed: bool) {
        self.totals.reconnects += u64::from(renewed);
    }

    /// A request that was due is never sent.
    pub(crate) fn unsent(&mut self, place: Place, due: u64, now: u64) {
        self.windows.end(due, place.region, None);
        if let Some(account) = self.account(place) {
            account.unsent += 1;
            account.open.record(now.saturating_sub(due));
        }
    }

    /// The run is over: what is under way never ends.
    pub(crate) fn over(&mut self, now: u64) {
        for live in std::mem::take(&mut self.live).into_iter().flatten() {
            self.windows.end(live.due, live.place.region, None);
            if let Some(account) = self.account(live.place) {
                account.in_flight += 1;
                account.open.record(now.saturating_sub(live.due));
            }
        }
        self.free.clear();
    }

    /// Hands over windows that are past; see [`Windows::close`].
    pub(crate) fn close_windows(&mut self, now: u64, all: bool) -> Vec<Closed> {
        self.windows.close(now, all)
    }

    /// The accounts, by [`Shape::places`], and how late the pacer was.
    pub(crate) fn into_parts(self) -> (Vec<Option<Box<Account>>>, Counts) {
        (self.accounts, self.ticks)
    }

    fn account(&mut self, place: Place) -> Option<&mut Account> {
        let slot = self.accounts.get_mut(self.shape.index(place))?;
        Some(slot.get_or_insert_default())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    const PLACE: Place = Place { phase: 0, request: 0, region: 0 };

    fn recorder() -> Recorder {
        Recorder::new(Shape { phases: 1, requests: 1, regions: 1 }, 1_000_000_000, vec![false])
    }

    fn answered(status: u16, headers: &http::HeaderMap) -> Ending<'_> {
        let answer = Answer { status, headers, received: 3, checks: Checked::default() };
        Ending { parts: Parts::default(), answer: Some(answer), failure: None }
    }

    fn lost(kind: &'static str) -> Ending<'static> {
        Ending { parts: Parts::default(), answer: None, failure: Some(kind) }
    }

    fn account(recorder: Recorder) -> Account {
        *recorder.into_parts().0.into_iter().flatten().next().unwrap()
    }

    #[test]
    fn every_request_that_was_due_is_sent_or_unsent_and_every_one_sent_ended_or_in_flight() {
        let mut recorder = recorder();
        let headers = http::HeaderMap::new();
        (0..5).for_each(|due| recorder.offered(PLACE, due * 100, due * 100));
        let tickets: Vec<_> = (0..4).map(|due| recorder.sent(PLACE, Some(due * 100), 1_000, 0)).collect();
        let [first, second, third, _fourth] = <[Ticket; 4]>::try_from(tickets).unwrap();
        recorder.ended(first, 2_000, &answered(200, &headers));
        recorder.ended(second, 3_000, &lost("closed"));
        recorder.ended(third, 5_000_000, &lost(TIMEOUT));
        assert_eq!(recorder.totals().in_flight, 1);
        recorder.unsent(PLACE, 400, 6_000_000);
        recorder.over(6_000_000);
        let account = account(recorder);
        assert_eq!((account.offered, account.sent, account.unsent), (5, 4, 1));
        assert_eq!((account.completed, account.failed, account.in_flight), (1, 2, 1));
        // The timeout, the one in flight and the unsent one bound the tail; the broken one says nothing about time.
        assert_eq!(account.open.record_of().unwrap().count(), 3);
        assert_eq!(account.latency.record_of().unwrap().count(), 1);
        assert_eq!(account.errors, [("closed", 1), (TIMEOUT, 1)]);
    }

    #[test]
    fn latency_counts_from_due_and_service_from_the_send() {
        let mut recorder = recorder();
        let headers = http::HeaderMap::new();
        recorder.offered(PLACE, 1_000_000, 1_000_100);
        let ticket = recorder.sent(PLACE, Some(1_000_000), 4_000_000, 0);
        recorder.ended(ticket, 9_000_000, &answered(200, &headers));
        let account = account(recorder);
        let only = |counts: &Counts| counts.record_of().unwrap().min.unwrap();
        assert_eq!(
            (only(&account.latency), only(&account.service), only(&account.lag)),
            (8_000_000, 5_000_000, 3_000_000)
        );
    }

    #[test]
    fn the_stages_of_a_service_are_counted_and_their_number_is_bounded() {
        let mut recorder = recorder();
        let mut headers = http::HeaderMap::new();
        let many: Vec<String> = (0..500).map(|name| format!("stage{name};dur=1.5")).collect();
        headers.append("server-timing", "database;dur=0.25, total".parse().unwrap());
        headers.append("server-timing", many.join(", ").parse().unwrap());
        let ticket = recorder.sent(PLACE, None, 0, 0);
        recorder.ended(ticket, 10, &answered(200, &headers));
        let series = account(recorder).series("r", "p", Default::default(), &[], false);
        assert_eq!(series.operations.get("database").and_then(|buckets| buckets.min), Some(250_000));
        assert!(series.operations.len() <= 32);
    }
}
