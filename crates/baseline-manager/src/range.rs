//! Between which two commits a metric got worse: where a bisection starts.
//! Must not know: git, or how to bisect.

use std::collections::BTreeSet;

use bench_model::verdict::Verdict;
use bench_model::{Commit, MetricName};
use serde::Serialize;

use crate::changes::{find_changes, on_main};
use crate::series::{Collector, Past};
use crate::{Error, Ledger, Mainline, MetricNames, Store};

/// Two commits of the main branch between which a metric got worse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The metric.
    pub metric: MetricName,
    /// A commit known to be good.
    pub good: Commit,
    /// A later one known to be bad.
    pub bad: Commit,
    /// What says so.
    pub from: RangeSource,
}

/// What says that a metric got worse, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeSource {
    /// An incident that is open.
    Incident,
    /// A change point of the history.
    ChangePoint,
    /// The verdicts of two runs.
    Verdict,
}

/// The range of the newest open incident of a metric (a headline's name or a full one); else of the newest change point that
/// is a loss; else of the two newest runs between which the verdict turned to `regressed`.
///
/// # Errors
/// [`Error::NoRange`] where nothing says so, [`Error::UnknownMetric`], [`Error::Broken`], and what reading can fail with.
pub fn find_range(
    store: &Store,
    names: &mut MetricNames<'_>,
    metric: &str,
    main: Mainline<'_>,
) -> Result<Range, Error> {
    let mut collector = Collector::new(main, BTreeSet::from([names.full(metric).to_owned()]));
    let ledger = store.read(None, &mut |entry| {
        names.learn(entry);
        collector.visit(entry);
    })?;
    let metric = names.resolve(metric)?;
    let past = collector.finish(&ledger);
    let found = (of_incident(&ledger, &metric).map(|ends| (ends, RangeSource::Incident)))
        .or_else(|| of_change(&past).map(|ends| (ends, RangeSource::ChangePoint)))
        .or_else(|| of_verdicts(&past).map(|ends| (ends, RangeSource::Verdict)));
    match found {
        Some(((good, bad), from)) => Ok(Range { metric, good, bad, from }),
        None => Err(Error::NoRange { metric: metric.to_string() }),
    }
}

fn of_incident(ledger: &Ledger, metric: &MetricName) -> Option<(Commit, Commit)> {
    let open = ledger.incidents.values().map(|open| &open.opened).filter(|open| open.incident.metric == *metric);
    let newest = open.max_by_key(|open| open.seq)?;
    Some((newest.incident.good.clone()?, newest.incident.commit.clone()))
}

fn of_change(past: &Past) -> Option<(Commit, Commit)> {
    let losses = past.series.values().flat_map(|series| {
        let changes = find_changes(past, series).changes.into_iter();
        let losses = changes.filter(|change| change.is_loss(series.direction));
        losses.filter_map(|change| {
            let run = series.points.get(change.point)?.run;
            Some((run, (change.before?, change.commit)))
        })
    });
    losses.max_by_key(|(run, _)| *run).map(|(_, ends)| ends)
}

fn of_verdicts(past: &Past) -> Option<(Commit, Commit)> {
    let turns = past.series.values().flat_map(|series| {
        let main = on_main(past, series);
        let turn = |pair: &[(usize, &crate::Point, &Commit)]| match pair {
            [(_, before, good), (_, now, bad)]
                if now.verdict == Verdict::Regressed && before.verdict != Verdict::Regressed && good != bad =>
            {
                Some((now.run, ((*good).clone(), (*bad).clone())))
            }
            _ => None,
        };
        main.windows(2).filter_map(turn).collect::<Vec<_>>()
    });
    turns.max_by_key(|(run, _)| *run).map(|(_, ends)| ends)
}
