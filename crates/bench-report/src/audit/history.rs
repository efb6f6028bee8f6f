//! What happened: promotions, regressions, and the waivers that permitted them.
//! Must not know: metrics' values over time.

use bench_model::audit::{Audit, BaselineRecord, IncidentRecord, WaiverRecord};
use bench_model::ledger::IncidentState;
use serde::Serialize;

use super::lines::Lines;
use super::metrics::{MetricRef, Names};
use super::words::{Moment, change, count, duration, shown, size};

/// A promotion.
#[derive(Debug, Serialize)]
pub(super) struct Baseline {
    seq: u64,
    pruned: bool,
    time: Option<Moment>,
    in_period: bool,
    run: String,
    commit: String,
    short: String,
    environment: String,
    anchor: Option<String>,
    replaces: Option<u64>,
    author: Option<String>,
    reason: Option<String>,
    criteria: Vec<String>,
    metrics: String,
}

impl Baseline {
    pub(super) fn of(record: &BaselineRecord, lines: &mut Lines) -> Self {
        let run = shown(record.run_id.as_str());
        let digest = record.line.as_ref().map(|line| format!("; SHA-256 of the line {line}")).unwrap_or_default();
        lines.say(record.seq, record.time, format!("Promotion of run {run}, commit {}{digest}", record.commit));
        if let Some(replaced) = record.replaces {
            lines.say(replaced, None, format!("Promotion that line {} replaced", record.seq));
        }
        Self {
            seq: record.seq,
            pruned: record.line.is_none(),
            time: record.time.map(Moment::from),
            in_period: record.in_period,
            run,
            commit: record.commit.to_string(),
            short: record.commit.short().to_owned(),
            environment: shown(&format!("{}, {}", record.epoch, record.mode.as_str())),
            anchor: record.anchor.as_deref().map(shown),
            replaces: record.replaces,
            author: record.author.as_deref().map(shown),
            reason: record.reason.as_deref().map(shown),
            criteria: record.criteria.iter().map(|text| shown(text)).collect(),
            metrics: count(u64::from(record.metrics), "metric", "metrics"),
        }
    }
}

/// A regression on the main branch.
#[derive(Debug, Serialize)]
pub(super) struct Incident {
    metric: MetricRef,
    environment: String,
    state: &'static str,
    change: Option<String>,
    duration: String,
    opened: Occasion,
    good: Option<String>,
    ended: Option<Occasion>,
    waiver: Option<Permission>,
    accepted: Option<Acceptance>,
}

/// The promotion that accepted a regression.
#[derive(Debug, Serialize)]
struct Acceptance {
    seq: u64,
    author: Option<String>,
    reason: Option<String>,
}

impl Acceptance {
    fn of(record: &BaselineRecord) -> Self {
        Self {
            seq: record.seq,
            author: record.author.as_deref().map(shown),
            reason: record.reason.as_deref().map(shown),
        }
    }
}

/// The promotion that accepted a regression: of the run, environment and mode with which it ended, the one whose line is nearest;
/// a run may be promoted again later, as an anchor. None when the regression did not end so, or the audit does not hold the
/// promotion.
pub fn accepting<'a>(audit: &'a Audit, record: &IncidentRecord) -> Option<&'a BaselineRecord> {
    let end = record.end.as_ref().filter(|end| end.state == IncidentState::Accepted)?;
    let same = |baseline: &&BaselineRecord| {
        baseline.run_id == end.run_id && baseline.epoch == record.epoch && baseline.mode == record.mode
    };
    audit.baselines.iter().filter(same).min_by_key(|baseline| baseline.seq.abs_diff(end.seq))
}

/// Where something began or ended.
#[derive(Debug, Serialize)]
struct Occasion {
    seq: u64,
    time: Moment,
    run: String,
    commit: String,
    short: String,
}

/// The word for where an incident stands.
pub(crate) const fn state_word(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Opened => "open",
        IncidentState::Recovered => "recovered",
        IncidentState::Waived => "waived",
        IncidentState::Accepted => "accepted",
    }
}

impl Incident {
    pub(super) fn of(record: &IncidentRecord, audit: &Audit, names: &Names<'_>, lines: &mut Lines) -> Self {
        let metric = names.of_metric(&record.metric);
        lines.say(record.seq, Some(record.opened), format!("Regression of {} began", metric.short));
        let ended = record.end.as_ref().map(|end| {
            let what = format!("Regression of {} ended: {}", metric.short, state_word(end.state));
            lines.say(end.seq, Some(end.time), what);
            Occasion {
                seq: end.seq,
                time: end.time.into(),
                run: shown(end.run_id.as_str()),
                commit: end.commit.to_string(),
                short: end.commit.short().to_owned(),
            }
        });
        Self {
            metric,
            environment: shown(&format!("{}, {}", record.epoch, record.mode.as_str())),
            state: record.end.as_ref().map_or("open", |end| state_word(end.state)),
            change: record.change.map(change),
            duration: duration(record.duration_s),
            opened: Occasion {
                seq: record.seq,
                time: record.opened.into(),
                run: shown(record.run_id.as_str()),
                commit: record.commit.to_string(),
                short: record.commit.short().to_owned(),
            },
            good: record.good.as_ref().map(|commit| commit.short().to_owned()),
            ended,
            waiver: record.waiver.as_ref().map(Permission::of),
            accepted: accepting(audit, record).map(Acceptance::of),
        }
    }
}

/// A waiver's own words.
#[derive(Debug, Serialize)]
struct Permission {
    ceiling: String,
    expires: String,
    issue: String,
    reason: String,
    author: String,
}

impl Permission {
    fn of(waiver: &bench_model::ledger::Waiver) -> Self {
        Self {
            ceiling: size(waiver.ceiling),
            expires: shown(&waiver.expires),
            issue: shown(&waiver.issue),
            reason: shown(&waiver.reason),
            author: shown(&waiver.author),
        }
    }
}

/// A waiver that permitted a regression.
#[derive(Debug, Serialize)]
pub(super) struct Waiver {
    metric: MetricRef,
    terms: Permission,
    runs: String,
    largest: String,
    first: u64,
    last: u64,
}

impl Waiver {
    pub(super) fn of(record: &WaiverRecord, names: &Names<'_>, lines: &mut Lines) -> Self {
        let metric = names.of_metric(&record.waiver.metric);
        for seq in [record.first_seq, record.last_seq] {
            lines.say(seq, None, format!("Waiver permitted a regression of {}", metric.short));
        }
        Self {
            metric,
            terms: Permission::of(&record.waiver),
            runs: count(u64::from(record.runs), "run", "runs"),
            largest: size(record.largest),
            first: record.first_seq,
            last: record.last_seq,
        }
    }
}
