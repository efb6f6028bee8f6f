//! What one thread of the engine has seen: series, windows, and requests under way. Memory follows the number of series and of requests
//! under way, not of requests. Must not know: clocks (moments are handed in, in ns since the first phase began), HTTP.

mod live;
mod place;

use super::account::{Account, Parts, one_more};
use super::counts::Counts;
use super::windows::{Closed, Windows};
use crate::exchange::Checked;
use crate::observe::server_timing;
pub(crate) use live::Ticket;
use live::{Live, UnderWay};
pub(crate) use place::{Place, Shape};

/// What a user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Comes,
    Leaves,
}

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

/// Accounts by [`Shape::places`]; `None` where nothing happened.
pub(crate) type Accounts = Vec<Option<Box<Account>>>;

/// What one thread has seen.
#[derive(Debug)]
pub(crate) struct Recorder {
    shape: Shape,
    accounts: Accounts,
    windows: Windows,
    live: UnderWay,
    /// When users came, and left.
    users: Vec<(u64, Step)>,
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
            live: UnderWay::default(),
            users: Vec::new(),
            totals: Totals::default(),
            warm_ups,
            ticks: Counts::default(),
        }
    }

    /// Counts so far.
    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// Whether every request that was due or wanted has ended.
    pub(crate) const fn is_idle(&self) -> bool {
        self.live.is_empty()
    }

    /// A request became due, and the pacer woke for it at `now`.
    pub(crate) fn offered(&mut self, place: Place, due: u64, now: u64) -> Ticket {
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
        self.live.begin(Live { place, since: due, due: true, sent: None })
    }

    /// A user wants to send a request.
    pub(crate) fn wanted(&mut self, place: Place, now: u64) -> Ticket {
        self.windows.begin(now);
        self.live.begin(Live { place, since: now, due: false, sent: None })
    }

    /// A user came, or left.
    pub(crate) fn user(&mut self, now: u64, step: Step) {
        self.users.push((now, step));
    }

    /// A request is sent.
    pub(crate) fn sent(&mut self, ticket: &Ticket, now: u64, bytes: u64) {
        let Some(live) = self.live.get_mut(ticket) else { return };
        live.sent = Some(now);
        let Live { place, since, due, .. } = *live;
        self.totals.sent += 1;
        self.totals.in_flight += 1;
        if let Some(cell) = self.windows.at(now, place.region) {
            cell.sent += 1;
        }
        if let Some(account) = self.account(place) {
            account.sent += 1;
            account.sent_bytes += bytes;
            if due {
                account.lag.record(now.saturating_sub(since));
            }
        }
    }

    /// A user went away before its request was sent.
    pub(crate) fn given_up(&mut self, ticket: Ticket) {
        if let Some(Live { place, since, .. }) = self.live.end(ticket) {
            self.windows.end(since, place.region, None);
        }
    }

    /// A request that was due is never sent, because too many wait.
    pub(crate) fn turned_away(&mut self, ticket: Ticket) {
        if let Some(Live { place, since, .. }) = self.live.end(ticket) {
            self.windows.end(since, place.region, None);
            if let Some(account) = self.account(place) {
                account.turn_away(since);
            }
        }
    }

    /// A request ended.
    pub(crate) fn ended(&mut self, ticket: Ticket, now: u64, ending: &Ending<'_>) {
        let Some(Live { place, since, sent, .. }) = self.live.end(ticket) else { return };
        self.totals.in_flight = self.totals.in_flight.saturating_sub(u64::from(sent.is_some()));
        let lasted = now.saturating_sub(since);
        // One that ran into its timeout lasted at least that long; of others without answer nothing is known.
        let bound = ending.failure == Some(TIMEOUT);
        self.windows.end(since, place.region, (bound || ending.answer.is_some()).then_some(lasted));
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
            account.service.record(now.saturating_sub(sent.unwrap_or(since)));
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

    /// So many connections the service had closed between two requests: no failure, and counted.
    pub(crate) const fn closed(&mut self, connections: u64) {
        self.totals.reconnects += connections;
    }

    /// The run is over: what is under way never ends, and what was due and waits is never sent. What a user wanted and did not send
    /// was not part of any schedule, and is not counted.
    pub(crate) fn over(&mut self, now: u64) {
        for Live { place, since, due, sent } in self.live.take() {
            self.windows.end(since, place.region, None);
            let Some(account) = self.account(place) else { continue };
            match (sent.is_some(), due) {
                (true, _) => account.in_flight += 1,
                (false, true) => account.unsent += 1,
                (false, false) => continue,
            }
            account.open.record(now.saturating_sub(since));
        }
        self.accounts.iter_mut().flatten().for_each(|account| account.over(now));
    }

    /// Hands over windows that are past; see [`Windows::close`].
    pub(crate) fn close_windows(&mut self, now: u64, all: bool) -> Vec<Closed> {
        self.windows.close(now, all)
    }

    /// The accounts, by [`Shape::places`], how late the pacer was, and when users came and left.
    pub(crate) fn into_parts(self) -> (Accounts, Counts, Vec<(u64, Step)>) {
        (self.accounts, self.ticks, self.users)
    }

    fn account(&mut self, place: Place) -> Option<&mut Account> {
        let slot = self.accounts.get_mut(self.shape.index(place))?;
        Some(slot.get_or_insert_default())
    }
}

#[cfg(test)]
mod tests;
