//! The status: whether the service is ready, with everything that keeps it from being so.
//! Must not know: how anything was measured.

use bench_model::Direction;
use bench_model::assessment::{Assessment, AssessmentStatus, BenchmarkTarget, PlanItem, TargetOutcome, TestStatus};
use bench_model::run::Mode;
use bench_model::unit::rounded;
use bench_model::words::{NAMED, count, list};

use super::config::{AssessConfig, TargetBy};

/// Sets status, reasons, summary and notes from everything else.
pub(super) fn conclude(of: &mut Assessment, config: &AssessConfig) {
    of.reasons = reasons(of, config);
    let nothing = of.readiness.iter().all(|one| one.score.is_none());
    of.status = match (of.ledger.verified && !nothing, of.reasons.is_empty()) {
        (false, _) => AssessmentStatus::NotAssessed,
        (true, false) => AssessmentStatus::NotReady,
        (true, true) => AssessmentStatus::Ready,
    };
    of.summary = summary(of);
    of.notes = notes(of);
}

fn summary(of: &Assessment) -> String {
    let measured = of.readiness.iter().filter(|one| one.score.is_some()).count();
    let sum = |which: fn(&bench_model::assessment::PlanCounts) -> u32| of.plan.counts.iter().map(which).sum::<u32>();
    let score =
        of.overall.as_ref().map(|overall| format!(", with {} of 100 over these", rounded(overall.score.get(), 3)));
    let first = of.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!(
        "{} is {}{first}; {measured} of {} measured{}; of {} {} passed, {} failed, {} cannot be decided, {} were not run and {} are not automated",
        of.subject,
        of.status.label(),
        count(of.readiness.len(), "category", "categories"),
        score.unwrap_or_default(),
        count(of.plan.items.len(), "test", "tests"),
        sum(|counts| counts.passed),
        sum(|counts| counts.failed),
        sum(|counts| counts.inconclusive),
        sum(|counts| counts.not_run),
        sum(|counts| counts.not_automated),
    )
}

fn reasons(of: &Assessment, config: &AssessConfig) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(problem) = &of.ledger.problem {
        reasons.push(format!("the ledger's chain does not hold at line {}: {}", problem.seq, problem.problem));
    }
    if of.ledger.runs == 0 {
        reasons.push("the ledger tells of no run".into());
    }
    for one in of.readiness.iter().filter(|one| config.required.contains(&one.category)) {
        match one.score {
            None => reasons.push(format!("{} is not measured", one.category.label())),
            Some(score) if score < config.least_score => reasons.push(format!(
                "{} has {} of 100, less than {}",
                one.category.label(),
                rounded(score.get(), 3),
                config.least_score.get()
            )),
            Some(_) => {}
        }
    }
    for (status, words) in [
        (TestStatus::Failed, "failed"),
        (TestStatus::Inconclusive, "cannot be decided"),
        (TestStatus::NotRun, "not run"),
    ] {
        let mine: Vec<&str> =
            of.plan.items.iter().filter(|item| item.status == status).map(|item| item.id.as_str()).collect();
        if !mine.is_empty() {
            reasons.push(format!("{} {words}: {}", count(mine.len(), "test", "tests"), list(mine)));
        }
    }
    for (target, wanted) in of.targets.iter().zip(&config.targets) {
        match (target.outcome, &wanted.by) {
            (TargetOutcome::Met, _) | (TargetOutcome::NotMeasured, TargetBy::Nothing(_)) => {}
            (TargetOutcome::NotMeasured, _) => {
                reasons.push(format!("the target {} is not measured: {}", target.name, target.why));
            }
            (TargetOutcome::Missed, _) => {
                reasons.push(format!("the target {} is missed: {}", target.name, compared(target)));
            }
            (TargetOutcome::NotKnown, _) => {
                let (compared, why) = (compared(target), &target.why);
                reasons.push(format!("whether the target {} is met is not known: {compared}: {why}", target.name));
            }
        }
    }
    reasons
}

/// The first few of several things, and how many more there are.
pub(super) fn several(things: &[String]) -> String {
    let first: Vec<&str> = things.iter().take(NAMED).map(String::as_str).collect();
    match things.len().saturating_sub(NAMED) {
        0 => first.join("; "),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}

/// What was measured of a target against what is wanted, in words.
pub(super) fn compared(target: &BenchmarkTarget) -> String {
    let least = if target.at_least { "at least " } else { "" };
    let current = target.current.as_ref().map(ToString::to_string).unwrap_or_default();
    match target.direction {
        Direction::HigherIsBetter => format!("{least}{current} of {}", target.target),
        Direction::LowerIsBetter => format!("{current}, where at most {} is wanted", target.target),
    }
}

/// What a test's value is against its limit, in words.
pub(super) fn against(item: &PlanItem) -> String {
    match (&item.value, &item.limit, item.status) {
        (Some(value), Some(limit), TestStatus::Failed) => format!("{value}, where {limit} is wanted"),
        (Some(value), Some(limit), _) => format!("{value}, where {limit} is wanted: {}", item.why),
        (None, _, _) | (_, None, _) => item.why.clone(),
    }
}

fn notes(of: &Assessment) -> Vec<String> {
    let mut notes = Vec::new();
    let ids = |which: &dyn Fn(&bench_model::assessment::Evidence) -> bool| -> Vec<String> {
        of.evidence.iter().filter(|line| which(line)).map(|line| line.id.clone()).collect()
    };
    if let Some(oldest) = of.evidence.iter().map(|line| line.age_days).max() {
        notes.push(format!("the oldest evidence is {} old", count(oldest, "day", "days")));
    }
    let old = ids(&|line| line.old);
    if !old.is_empty() {
        notes.push(format!("older than it should be: {}", list(old.iter().map(String::as_str))));
    }
    let short = ids(&|line| line.mode == Mode::Quick);
    if !short.is_empty() {
        notes.push(format!("shortened runs, which decide nothing: {}", list(short.iter().map(String::as_str))));
    }
    let dirty = ids(&|line| line.dirty);
    if !dirty.is_empty() {
        notes
            .push(format!("measured with changes that were not committed: {}", list(dirty.iter().map(String::as_str))));
    }
    let epochs: std::collections::BTreeSet<_> = of.evidence.iter().map(|line| line.epoch.to_string()).collect();
    if epochs.len() > 1 {
        let number = epochs.len();
        notes.push(format!("the evidence is of {number} environments; what a scenario sends is part of its environment, so each has one of its own"));
    }
    if of.ledger.other_epochs > 0 {
        let values = count(of.ledger.other_epochs, "value", "values");
        notes.push(format!("{values} of other environments than the newest one of their metric left out"));
    }
    if of.ledger.incomplete_runs > 0 {
        let runs = count(of.ledger.incomplete_runs, "run", "runs");
        notes.push(format!("{runs} left out: not every asked round ended by itself, or nothing was measured"));
    }
    if of.economics.prices.as_ref().is_some_and(|prices| prices.example) {
        notes.push("the prices are examples, and nobody's real ones".into());
    }
    let example = |decision: &bench_model::assessment::ScalingDecision| {
        decision.predicted_peak.as_ref().is_some_and(|peak| peak.source == bench_model::assessment::Source::Example)
    };
    for decision in of.decisions.iter().filter(|decision| example(decision)) {
        notes.push(format!("the peak of {} is an example, and nobody's real demand", decision.name));
    }
    notes
}
