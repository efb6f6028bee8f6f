//! `P_stats_history.csv`: windows. Without `--csv-full-history` its percentiles are cumulative since the start, and are not used: no
//! recovery could be seen in them. Must not know: the other files.
//!
//! The rule that tells: since the start, the 100th percentile is the maximum, and never falls. So the percentiles are those of a window
//! (Locust's last 10 s or so) if in a row of the total it is once clearly below `Total Max Response Time`, or lower than in the row before
//! although nothing was reset. In a run where neither happens they are left out, whichever they are.

use bench_model::Finite;
use bench_model::load::{LoadModel, Window};

use super::super::draft::{RUN, finite};
use super::super::fault::Fault;
use super::table::Table;
use super::{Row, at_most, is_total};

/// What a history says.
#[derive(Debug)]
pub(super) struct History {
    pub(super) windows: Vec<Window>,
    pub(super) window_s: Finite,
    /// From the first row to the last, in seconds since 1970.
    pub(super) span: Option<(f64, f64)>,
    pub(super) model: LoadModel,
    pub(super) warnings: Vec<String>,
}

struct Moment {
    at: u64,
    users: Option<u64>,
    requests: u64,
    failures: u64,
    max: Option<f64>,
    percentiles: Vec<(f64, f64)>,
}

/// Reads the rows for all requests together.
pub(super) fn read(table: &Table) -> Result<History, Fault> {
    let mut moments: Vec<Moment> = Vec::new();
    for row in table.rows().filter(is_total) {
        moments.push(moment(&row)?);
    }
    if moments.windows(2).any(|pair| matches!(pair, [a, b] if b.at < a.at)) {
        return Err(Fault::new("its time goes back: the history of one run is expected"));
    }
    let windowed = is_windowed(&moments);
    let start = moments.first().map_or(0, |first| first.at);
    let mut history = History {
        windows: Vec::new(),
        window_s: finite(step(&moments)),
        span: moments.last().map(|last| (start as f64, last.at as f64)),
        model: LoadModel::Unknown,
        warnings: Vec::new(),
    };
    for pair in moments.windows(2) {
        let [before, now] = pair else { continue };
        // `--reset-stats` starts counting anew.
        let reset = now.requests < before.requests;
        let grown = |now: u64, before: u64| if reset { now } else { now.saturating_sub(before) };
        let sent = grown(now.requests, before.requests);
        let failed = grown(now.failures, before.failures).min(sent);
        let percentile = |percent: f64| {
            // A row of zeros is one that Locust had nothing for yet.
            let known = windowed && now.percentiles.iter().any(|(_, value)| *value > 0.0);
            let found = now.percentiles.iter().find(|(known, _)| *known == percent).filter(|_| known)?;
            Finite::try_from(at_most(found.1) * 1e6).ok()
        };
        history.windows.push(Window {
            at_s: finite(before.at.saturating_sub(start) as f64),
            phase: Some(RUN.to_owned()),
            sent,
            completed: sent - failed,
            failed,
            users: now.users,
            p50: percentile(50.0),
            p95: percentile(95.0),
            p99: percentile(99.0),
            ..Window::default()
        });
    }
    let most = moments.iter().filter_map(|moment| moment.users).max();
    if let Some(users) = most.and_then(|users| u32::try_from(users).ok()) {
        history.model = LoadModel::Closed { from: 0, to: users };
    }
    history.warnings.push(if windowed {
        "the history's percentiles are of the last 10 s at each moment: a recovery shows up to 10 s late".to_owned()
    } else {
        "the history's percentiles are, or may be, cumulative since the start: windows have no latencies".to_owned()
    });
    if let Some(fall) = fall_of_users(&moments) {
        history.warnings.push(fall);
    }
    Ok(history)
}

fn moment(row: &Row<'_>) -> Result<Moment, Fault> {
    let at = row.count(&["timestamp"])?;
    Ok(Moment {
        at,
        users: row.number(&["user count", "# users"]).map(|users| users as u64),
        requests: row.count(&["total request count", "# requests", "request count"])?,
        failures: row.count(&["total failure count", "# failures", "failure count"])?,
        max: row.number(&["total max response time", "max response time"]),
        percentiles: row.percentiles().collect(),
    })
}

fn is_windowed(moments: &[Moment]) -> bool {
    let highest =
        |moment: &Moment| moment.percentiles.iter().find(|(percent, _)| *percent == 100.0).map(|(_, value)| *value);
    // Rounding takes a millisecond, and 5 % from 100 ms on.
    let below = |moment: &Moment| matches!((highest(moment), moment.max), (Some(p), Some(max)) if p < max * 0.9 - 1.0);
    let falls = |before: &Moment, now: &Moment| {
        now.requests >= before.requests && matches!((highest(before), highest(now)), (Some(a), Some(b)) if b < a)
    };
    moments.iter().any(below) || moments.windows(2).any(|pair| matches!(pair, [before, now] if falls(before, now)))
}

/// The usual time between rows, in seconds: 1, and 3 on a master.
fn step(moments: &[Moment]) -> f64 {
    let mut steps: Vec<u64> = moments
        .windows(2)
        .filter_map(|pair| match pair {
            [before, now] => Some(now.at.saturating_sub(before.at)).filter(|step| *step > 0),
            _ => None,
        })
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(1) as f64
}

/// A worker that dies takes its users along, and Locust ends with 0 all the same.
fn fall_of_users(moments: &[Moment]) -> Option<String> {
    let mut most = 0;
    for moment in moments {
        let users = moment.users?;
        // Users also go when the run ends, so a fall counts only while requests go on.
        if users < most && moments.last().is_some_and(|last| last.requests > moment.requests) {
            return Some(format!(
                "users fell from {most} to {users} while the run went on: a worker may have been lost"
            ));
        }
        most = most.max(users);
    }
    None
}
