//! `SCALABILITY_GATE_REPORT.md`: what a run of proven work kept of the entry before it, and what it did.
//! It copies what the records say. Must not know: how the gate decides, files, or the clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bench_model::perf::Report;
use bench_model::proof::{DataDigest, Proof};
use bench_model::unit::rounded;
use bench_model::verdict::{GateCheck, GateJudgement, GateOutcome, Judgement};
use bench_model::words::{amount, count, thousands};
use bench_model::{Finite, Unit};

use crate::comment::markdown::{code, prose, prose_inside};

/// How much of a name is shown.
const NAME: usize = 200;
/// How much of a fact is shown.
const FACT: usize = 100;
/// Rounds in the table; the rest is counted.
const ROUNDS: usize = 50;

/// What the gate comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateStatus {
    /// The evidence suffices, and everything was kept.
    Pass,
    /// Something was not kept, or the evidence does not suffice.
    Fail,
    /// There is no entry before to hold the run against, or the run did not measure all that it was to.
    NoVerdict,
}

impl GateStatus {
    /// Of a gate's decisions on a run. What failed has failed, whatever else is open.
    pub fn of(report: &Report, gate: &GateJudgement) -> Self {
        let any = |outcome| gate.checks.iter().any(|check| check.outcome == outcome);
        if gate.evidence < gate.wanted || any(GateOutcome::NotMet) {
            Self::Fail
        } else if any(GateOutcome::NoPrevious) || !is_whole(report) {
            Self::NoVerdict
        } else {
            Self::Pass
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::NoVerdict => "NO VERDICT",
        }
    }
}

/// Whether the run measured all that it was to.
fn is_whole(report: &Report) -> bool {
    report.complete && report.errors.is_empty()
}

/// Writes the report of a gate that judged a run.
pub fn gate_markdown(report: &Report, judgement: &Judgement, gate: &GateJudgement) -> String {
    let status = GateStatus::of(report, gate);
    let mut text = format!("# Scalability gate: {}\n\n", status.as_str());
    summary(&mut text, report, judgement, gate);
    checks(&mut text, gate);
    reasons(&mut text, judgement);
    done(&mut text, &report.proofs);
    next(&mut text, report, gate);
    let _ = writeln!(text, "\nMade from perf.json `{}`.", judgement.perf_sha256);
    text
}

fn summary(text: &mut String, report: &Report, judgement: &Judgement, gate: &GateJudgement) {
    let met = gate.checks.iter().filter(|check| check.outcome == GateOutcome::Met).count();
    let proven = if gate.evidence >= gate.wanted { "which suffices" } else { "**which does not suffice**" };
    let _ = writeln!(
        text,
        "{met} of {} met. The run's numbers are evidence of `{}`, where `{}` is asked for, {proven}. The run as a whole: {}.\n",
        count(gate.checks.len(), "check is", "checks are"),
        gate.evidence.as_str(),
        gate.wanted.as_str(),
        judgement.status,
    );
    let commit = report.provenance.source.as_ref().map(|source| {
        let dirty = if source.dirty { " with changes that were not committed" } else { "" };
        format!(", commit `{}`{dirty}", source.commit.short())
    });
    let _ = writeln!(
        text,
        "Run {}{}, {}, environment {}, {} mode.\n",
        code(report.run_id.as_str(), NAME),
        commit.unwrap_or_default(),
        report.provenance.started,
        code(&report.provenance.epoch.0, NAME),
        report.plan.mode.as_str().replace('_', " "),
    );
    if !is_whole(report) {
        let ended = if report.complete { "" } else { ": not every asked round ended by itself" };
        let errors = count(report.errors.len(), "error", "errors");
        let _ = writeln!(
            text,
            "> **The run is not whole**{ended} ({errors}). What it lost is not known, and it is no PASS.\n"
        );
    }
}

fn checks(text: &mut String, gate: &GateJudgement) {
    text.push_str("## What was to be kept\n\n");
    if gate.checks.is_empty() {
        text.push_str("The gate names no metric: it asks for evidence alone.\n\n");
        return;
    }
    text.push_str(
        "| outcome | metric | value | entry before | its run | limit | why |\n|---|---|---:|---:|---|---:|---|\n",
    );
    for check in &gate.checks {
        let outcome = match check.outcome {
            GateOutcome::Met => "met",
            GateOutcome::NotMet => "**not met**",
            GateOutcome::NoPrevious => "no verdict",
        };
        let previous = check.previous.as_ref();
        let _ = writeln!(
            text,
            "| {outcome} | {} | {} | {} | {} | {} | {} |",
            code(check.metric.as_str(), NAME),
            shown(check, check.value).unwrap_or_else(|| "not measured".into()),
            previous.and_then(|previous| shown(check, Some(previous.value))).unwrap_or_default(),
            previous.map(|previous| code(previous.run_id.as_str(), NAME)).unwrap_or_default(),
            shown(check, check.limit).unwrap_or_default(),
            prose_inside(&check.why),
        );
    }
    text.push('\n');
    for (check, slide) in gate.checks.iter().filter_map(|check| check.slide.as_ref().map(|slide| (check, slide))) {
        let unit = check.unit.unwrap_or(Unit::Count);
        let step = slide.step.as_ref().map(|step| {
            let run = code(step.run_id.as_str(), NAME);
            format!("; run {run} fell to {} in one step", amount(step.value, unit))
        });
        let _ = writeln!(
            text,
            "> **A slide** of {}: {} % of {}, which {} ago stood{}.\n",
            code(check.metric.as_str(), NAME),
            rounded(slide.share.get() * 100.0, 3),
            amount(slide.best, unit),
            count(slide.entries, "entry", "entries"),
            step.unwrap_or_default(),
        );
    }
}

/// Without the unit where the metric was not measured: nobody knows it then.
fn shown(check: &GateCheck, value: Option<Finite>) -> Option<String> {
    Some(match check.unit {
        Some(unit) => amount(value?, unit),
        None => rounded(value?.get(), 3),
    })
}

fn reasons(text: &mut String, judgement: &Judgement) {
    if judgement.reasons.is_empty() {
        return;
    }
    let _ = writeln!(text, "## Why the run as a whole is {}\n", judgement.status);
    for reason in &judgement.reasons {
        let _ = writeln!(text, "- {}", prose(reason));
    }
    text.push('\n');
}

fn done(text: &mut String, proofs: &[Proof]) {
    text.push_str("## What was done\n\n");
    if proofs.is_empty() {
        text.push_str("The run gives no account of what it did in every round.\n\n");
        return;
    }
    text.push_str(
        "| round | work | to do | done | of it resumed | read back | right | input | output | what it lacks |\n",
    );
    text.push_str("|---:|---|---:|---:|---:|---:|---:|---|---|---|\n");
    let digest = |data: &DataDigest| {
        format!("{} B, `{}`", thousands(data.bytes), data.sha256.as_str().get(..12).unwrap_or_default())
    };
    for (round, proof) in (1..).zip(proofs.iter().take(ROUNDS)) {
        let _ = writeln!(
            text,
            "| {round} | {}{} | {} | {} | {} | {} | {} | {} | {} | {} |",
            code(&proof.work, NAME),
            if proof.dry_run { ", dry run" } else { "" },
            thousands(proof.planned),
            thousands(proof.done),
            thousands(proof.resumed),
            thousands(proof.sampled),
            thousands(proof.verified),
            digest(&proof.input),
            proof.output.as_ref().map(digest).unwrap_or_default(),
            proof.shortfall().map(|why| prose_inside(&why)).unwrap_or_default(),
        );
    }
    if let Some(more) = proofs.len().checked_sub(ROUNDS).filter(|more| *more > 0) {
        let _ = writeln!(text, "\n{} in perf.json.", count(more, "more round stands", "more rounds stand"));
    }
    text.push('\n');
    let facts = common(proofs);
    if !facts.is_empty() {
        text.push_str("In all rounds: ");
        let each: Vec<_> =
            facts.iter().map(|(name, fact)| format!("{} {}", prose_inside(name), code(fact, FACT))).collect();
        let _ = writeln!(text, "{}.\n", each.join(", "));
    }
}

/// Facts that all rounds say alike.
fn common(proofs: &[Proof]) -> BTreeMap<&str, &str> {
    let Some((first, rest)) = proofs.split_first() else { return BTreeMap::new() };
    let alike = |(name, fact): &(&String, &String)| rest.iter().all(|proof| proof.facts.get(*name) == Some(*fact));
    first.facts.iter().filter(alike).map(|(name, fact)| (name.as_str(), fact.as_str())).collect()
}

fn next(text: &mut String, report: &Report, gate: &GateJudgement) {
    text.push_str("## What to do next\n\n");
    let slides = gate.checks.iter().any(|check| check.slide.is_some());
    let missing = gate.checks.iter().any(|check| check.value.is_none());
    let open = gate.checks.iter().any(|check| check.outcome == GateOutcome::NoPrevious);
    let short = gate.checks.iter().any(|check| check.outcome == GateOutcome::NotMet && check.value.is_some());
    let steps = [
        (
            gate.evidence < gate.wanted,
            "Measure again with all of the work done and checked: no dry run, and an account of what was done in every round.",
        ),
        (
            !is_whole(report),
            "See why the run did not measure all that it was to: `errors` in perf.json, and harness.log beside it.",
        ),
        (
            missing && is_whole(report) && gate.evidence >= gate.wanted,
            "See why a metric was not measured: `errors` in perf.json, and harness.log beside it.",
        ),
        (
            short,
            "Find the change between the two runs' commits, and measure again on a quiet machine. A loss that is meant needs another \
             `of_previous` or `drop` in `[gate]` of thresholds.toml, in a reviewed change.",
        ),
        (slides, "Look at the trend, and decide whether the level that is left is the one that is wanted."),
        (
            open && is_whole(report) && gate.evidence >= gate.wanted,
            "Measure again on the main branch: the gate decides as soon as the ledger holds an earlier entry of the same work in this \
             environment.",
        ),
    ];
    let mut any = false;
    for (_, step) in steps.iter().filter(|(applies, _)| *applies) {
        any = true;
        let _ = writeln!(text, "- {step}");
    }
    if !any {
        text.push_str("Nothing.\n");
    }
}
