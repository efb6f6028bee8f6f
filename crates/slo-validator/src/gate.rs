//! What a run of proven work kept of the entry before it: the gate of `thresholds.toml`, judged from the same baseline file as everything.
//! Must not know: what work it was.

mod slide;

use bench_cli::words::{amount, count, unsigned_percent};
use bench_model::config::{Gate, Keep, KeepBy};
use bench_model::ledger::HistoryPoint;
use bench_model::perf::{EvidenceLevel, Metric, Report};
use bench_model::proof::inputs;
use bench_model::verdict::{GateCheck, GateJudgement, GateOutcome, PreviousValue, Status};
use bench_model::{Direction, Finite, Sha256};

use crate::grounds::Grounds;

/// Judges a run by the gate; `None` where there is none, or the run is none that it is for.
pub(crate) fn judge(report: &Report, gate: Option<&Gate>, grounds: &Grounds<'_>) -> Option<GateJudgement> {
    let gate = gate?;
    let measured = |keep: &Keep| report.metrics.iter().find(|metric| metric.name == keep.metric);
    // Every round may have failed: a run of which nothing came is one of those that the gate is for.
    let meant = |keep: &Keep| measured(keep).is_some() || report.plan.asks_for(keep.metric.as_str());
    if report.proofs.is_empty() && !gate.keep.iter().any(meant) {
        return None;
    }
    let inputs = inputs(&report.proofs);
    let check = |keep: &Keep| {
        let metric = measured(keep);
        // Values of two units are no series.
        let history =
            grounds.history(&keep.metric).filter(|history| metric.is_none_or(|metric| metric.unit == history.unit));
        check(keep, metric, &Entries::of(history.map_or(&[], |history| &history.points), gate.evidence, &inputs))
    };
    Some(GateJudgement {
        evidence: report.evidence(),
        wanted: gate.evidence,
        checks: gate.keep.iter().map(check).collect(),
    })
}

/// Earlier values of a metric that may be held against.
struct Entries<'a> {
    /// Those of runs that prove enough and did the same work, oldest first.
    points: Vec<&'a HistoryPoint>,
    /// How many prove less: a run that did not do the work is no entry to be measured by.
    weaker: usize,
    /// How many of the others worked on something else: what fewer or other data allow says nothing of these.
    elsewhere: usize,
    /// Whether the run itself says on what it worked.
    named: bool,
    wanted: EvidenceLevel,
}

impl<'a> Entries<'a> {
    fn of(all: &'a [HistoryPoint], wanted: EvidenceLevel, inputs: &[Sha256]) -> Self {
        let level = |point: &HistoryPoint| point.evidence_level.unwrap_or(EvidenceLevel::CiBenchmark);
        let (strong, weak): (Vec<_>, Vec<_>) = all.iter().partition(|point| level(point) >= wanted);
        let (points, others): (Vec<_>, Vec<_>) = strong.into_iter().partition(|point| point.inputs == inputs);
        Self { points, weaker: weak.len(), elsewhere: others.len(), named: !inputs.is_empty(), wanted }
    }

    /// Those that did other work, in words; `None` when there are none.
    fn elsewhere(&self) -> Option<String> {
        let entries =
            |one: &str, many: &str| count(self.elsewhere, &format!("entry {one}"), &format!("entries {many}"));
        match (self.elsewhere, self.named) {
            (0, _) => None,
            (_, true) => Some(format!("{} on another file", entries("worked", "worked"))),
            (_, false) => Some(format!("{} on which file, and the run does not", entries("says", "say"))),
        }
    }

    /// Those that do not count, in words; `None` when all do.
    fn left_out(&self) -> Option<String> {
        let weaker = (self.weaker > 0).then(|| format!("{} less", count(self.weaker, "entry proves", "entries prove")));
        let all: Vec<String> = weaker.into_iter().chain(self.elsewhere()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    fn why_none(&self) -> String {
        let wanted = self.wanted.as_str();
        let left_out = self.left_out().map_or(String::new(), |left_out| format!(" ({left_out})"));
        format!(
            "the ledger holds no earlier entry of the main branch, in this environment and mode, that proves {wanted} and worked on the \
             same file{left_out}: no verdict"
        )
    }
}

fn check(keep: &Keep, measured: Option<&Metric>, entries: &Entries<'_>) -> GateCheck {
    let before = entries.points.last().map(|point| previous(point));
    let metric = keep.metric.clone();
    let Some(found) = measured else {
        let why = "it was not measured".to_owned();
        let outcome = GateOutcome::NotMet;
        return GateCheck { metric, unit: None, value: None, previous: before, limit: None, outcome, why, slide: None };
    };
    let (value, unit) = (found.value, found.unit);
    let shown = |value: f64| Finite::try_from(value).map_or_else(|_| value.to_string(), |value| amount(value, unit));
    let (limit, outcome, why) = match &before {
        None => (None, GateOutcome::NoPrevious, entries.why_none()),
        Some(before) => {
            let limit = keep.by.limit(before.value.get(), found.direction);
            let kept = keep.by.is_kept(before.value.get(), value.get(), found.direction);
            let of = match (keep.by, found.direction) {
                (KeepBy::Share(share), Direction::HigherIsBetter) => {
                    format!("{} of the entry before", unsigned_percent(share))
                }
                (KeepBy::Share(share), Direction::LowerIsBetter) => {
                    format!("the entry before, divided by {}", unsigned_percent(share))
                }
                (KeepBy::Drop(drop), Direction::HigherIsBetter) => {
                    format!("a drop of {} from the entry before", shown(drop))
                }
                (KeepBy::Drop(drop), Direction::LowerIsBetter) => {
                    format!("a rise of {} from the entry before", shown(drop))
                }
            };
            let relation = match (kept, found.direction) {
                (true, _) => "keeps",
                (false, Direction::HigherIsBetter) => "lies below",
                (false, Direction::LowerIsBetter) => "lies above",
            };
            let elsewhere = entries.elsewhere().map_or(String::new(), |elsewhere| format!("; {elsewhere}"));
            let (value, before) = (shown(value.get()), shown(before.value.get()));
            let why = format!("{value} {relation} {}: {of} ({before}){elsewhere}", shown(limit));
            (Finite::try_from(limit).ok(), if kept { GateOutcome::Met } else { GateOutcome::NotMet }, why)
        }
    };
    let slide = slide::slide(keep.by, value, &entries.points, found.direction);
    GateCheck { metric, unit: Some(unit), value: Some(value), previous: before, limit, outcome, why, slide }
}

fn previous(point: &HistoryPoint) -> PreviousValue {
    PreviousValue { run_id: point.run_id.clone(), value: point.value }
}

/// What the gate adds to the reasons of a status.
pub(crate) fn reasons(gate: &GateJudgement) -> Vec<(Status, String)> {
    let mut reasons = Vec::new();
    if lacks_evidence(gate) {
        let (is, wanted) = (gate.evidence.as_str(), gate.wanted.as_str());
        reasons.push((Status::Fail, format!("the gate asks for evidence of {wanted}, and the run's is {is}")));
    }
    for check in &gate.checks {
        let status = match check.outcome {
            GateOutcome::Met => None,
            GateOutcome::NotMet => Some(Status::Fail),
            GateOutcome::NoPrevious => Some(Status::Warn),
        };
        reasons.extend(status.map(|status| (status, format!("gate: `{}`: {}", check.metric, check.why))));
        let said = slide::sentence(check).map(|text| (Status::Warn, format!("gate: `{}` {text}", check.metric)));
        reasons.extend(said);
    }
    reasons
}

fn lacks_evidence(gate: &GateJudgement) -> bool {
    gate.evidence < gate.wanted
}

/// Whether the gate could not decide on something.
pub(crate) fn is_open(gate: &GateJudgement) -> bool {
    gate.checks.iter().any(|check| check.outcome == GateOutcome::NoPrevious)
}

/// What to do about a gate that was not met; `None` for one that was. No waiver permits what it asks for.
pub(crate) fn advice(gate: &GateJudgement) -> Option<&'static str> {
    if lacks_evidence(gate) {
        return Some("measure again with all of the work done and checked: no dry run, every round with its account");
    }
    let failed = gate.checks.iter().any(|check| check.outcome == GateOutcome::NotMet);
    failed.then_some(
        "find the change that caused it and measure again on a quiet machine; a loss that is meant needs another `of_previous` or `drop` in \
         [gate] of thresholds.toml",
    )
}
