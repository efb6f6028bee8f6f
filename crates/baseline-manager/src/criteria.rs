//! What a run must show to become the baseline. Pure: every fact comes in as an argument, nothing is judged again.
//! Must not know: files, git, or the ledger's storage.

use std::fmt;

use bench_model::ledger::{Digests, OtherBaseline, Promotion};
use bench_model::perf::{EvidenceLevel, Report};
use bench_model::run::{Pass, Purpose, Side};
use bench_model::verdict::{Judgement, Status, Verdict, WaiverOutcome};
use bench_model::{Commit, MetricName, Sha256};

use crate::git::Ancestry;
use crate::refusal::Refusal;

/// Everything that decides about a promotion.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The report.
    pub report: &'a Report,
    /// Its verdict.
    pub judgement: &'a Judgement,
    /// The digests of both files as they are.
    pub digests: &'a Digests,
    /// The only branch that baselines come from.
    pub main_branch: &'a str,
    /// Whether the commit lies in the main branch's history, as far as this clone knows.
    pub in_main: Ancestry,
    /// How the tests are proved to have passed, when any proof was given.
    pub tests: Option<&'a TestEvidence>,
    /// The promotion in force for the run's epoch and mode.
    pub current: Option<&'a Promotion>,
    /// Epochs and modes other than the run's that have a promotion in force.
    pub others: &'a [OtherBaseline],
    /// Whether a first baseline beside those of other epochs or modes is wanted.
    pub new_epoch: bool,
    /// Metrics of the current baseline to let go of.
    pub retire: &'a [MetricName],
    /// Whether the run's commit contains the current baseline's commit. Not looked at without a current one.
    pub descends: Ancestry,
}

/// What is known of the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestEvidence {
    /// A check that a CI service reports green for a commit.
    Check {
        /// The check's name.
        name: String,
        /// The commit it ran on.
        commit: Commit,
    },
    /// A JUnit report.
    Junit {
        /// Tests that ran.
        ran: u64,
        /// Tests that were left out.
        skipped: u64,
        /// Tests that failed.
        failures: u64,
        /// Tests that broke.
        errors: u64,
        /// The digest of the report.
        digest: Sha256,
    },
}

/// A criterion that is met, with the evidence, as the promotion line keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met(pub String);

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Holds a run against every criterion.
///
/// # Errors
/// Every criterion that is not met, in a fixed order.
pub fn validate_promotion_criteria(facts: &Facts<'_>) -> Result<Vec<Met>, Vec<Refusal>> {
    let checks = [
        verdict_of_this_report(facts),
        measured_to_be_judged(facts),
        judged_against_current(facts),
        on_main(facts),
        clean_tree(facts),
        complete(facts),
        whole(facts),
        floors(facts),
        evaluable(facts),
        no_regression(facts),
        nothing_missing(facts),
        retired(facts),
        measured(facts),
        tests(facts),
        same_epoch(facts),
        newer(facts),
        evidence(facts),
    ];
    let (mut met, mut refused) = (Vec::new(), Vec::new());
    for check in checks {
        match check {
            Ok(evidence) => met.extend(evidence.map(Met)),
            Err(refusal) => refused.push(refusal),
        }
    }
    if refused.is_empty() { Ok(met) } else { Err(refused) }
}

/// The evidence that a criterion is met; `None` where it does not apply.
type Check = Result<Option<String>, Refusal>;

fn met(evidence: impl Into<String>) -> Check {
    Ok(Some(evidence.into()))
}

fn verdict_of_this_report(facts: &Facts<'_>) -> Check {
    let (judgement, report, found) = (facts.judgement, facts.report, &facts.digests.perf);
    if judgement.perf_sha256 == *found && judgement.run_id == report.run_id {
        return met(format!("the verdict was made from perf.json {found}"));
    }
    Err(Refusal::VerdictOfThisReport {
        judged: judgement.run_id.clone(),
        run_id: report.run_id.clone(),
        stated: judgement.perf_sha256.clone(),
        found: found.clone(),
    })
}

/// A planted delay is no code's speed, noise is measured with other rounds, and what confirms a run is no run of its own.
fn measured_to_be_judged(facts: &Facts<'_>) -> Check {
    let Some(pairing) = &facts.report.plan.pairing else { return Ok(None) };
    let what = match (pairing.purpose, pairing.side, pairing.pass) {
        (Purpose::Noise, ..) => "to learn what noise looks like",
        (Purpose::Plant, ..) => "with a planted delay",
        (Purpose::Change, Side::Base, _) => "as the base side of a comparison",
        (Purpose::Change, Side::Head, Pass::Confirm) => "to confirm another run",
        (Purpose::Change, Side::Head, Pass::First) => return met("the head side of a comparison"),
    };
    Err(Refusal::MeasuredToBeJudged { what })
}

fn judged_against_current(facts: &Facts<'_>) -> Check {
    let Some(current) = facts.current else { return Ok(None) };
    let compared = facts.judgement.baseline.as_ref().map(|baseline| baseline.run_id.clone());
    if compared.as_ref() == Some(&current.run_id) {
        return met(format!("judged against the baseline in force, run {}", current.run_id));
    }
    Err(Refusal::JudgedAgainstCurrent { compared, current: current.run_id.clone() })
}

fn on_main(facts: &Facts<'_>) -> Check {
    let Some(source) = &facts.report.provenance.source else { return Err(Refusal::Commit) };
    let (commit, main) = (source.commit.clone(), facts.main_branch);
    match facts.in_main {
        Ancestry::Yes => met(format!("{commit} lies in the history of `{main}`")),
        // A branch's name alone proves little: a fork may call its own `main`.
        Ancestry::Unknown if source.branch.as_deref() == Some(main) => {
            met(format!("{commit} was measured on `{main}`"))
        }
        Ancestry::No | Ancestry::Unknown => {
            Err(Refusal::OnMain { commit, branch: source.branch.clone(), main: main.to_owned() })
        }
    }
}

fn clean_tree(facts: &Facts<'_>) -> Check {
    match &facts.report.provenance.source {
        Some(source) if source.dirty => Err(Refusal::CleanTree),
        Some(_) => met("the work tree was clean"),
        // Refused by its own name already.
        None => Ok(None),
    }
}

fn complete(facts: &Facts<'_>) -> Check {
    match facts.report.complete && facts.report.errors.is_empty() {
        true => met(format!("the run is complete, {} rounds", facts.report.plan.rounds)),
        false => Err(Refusal::Complete { errors: facts.report.errors.clone() }),
    }
}

fn whole(facts: &Facts<'_>) -> Check {
    let plan = &facts.report.plan;
    match &plan.filter {
        Some(filter) => Err(Refusal::Whole { what: format!("filter `{filter}`") }),
        None if plan.partial => Err(Refusal::Whole {
            what: "other packages, targets, features or arguments than the configuration names".into(),
        }),
        None => met("every benchmark was asked for"),
    }
}

fn floors(facts: &Facts<'_>) -> Check {
    let Judgement { status, violations, metrics, .. } = facts.judgement;
    let (gone, unmet): (Vec<_>, Vec<_>) =
        violations.iter().partition(|violation| violation.value.is_none() && is_retired(facts, &violation.metric));
    if !unmet.is_empty() || (*status == Status::Fail && gone.is_empty()) {
        let violations = unmet.into_iter().map(|violation| violation.message.clone()).collect();
        return Err(Refusal::Floors { status: *status, violations });
    }
    let floors = metrics.iter().filter(|metric| metric.floor.is_some() && !is_retired(facts, &metric.name)).count();
    let but = if gone.is_empty() { "" } else { " but for what is retired" };
    met(format!("status {status}, {floors} floors met{but}"))
}

/// A load run whose guards were not kept, or whose thresholds could not be told, is no measure for later ones.
fn evaluable(facts: &Facts<'_>) -> Check {
    match &facts.judgement.load {
        None => Ok(None),
        Some(load) if load.evaluable => {
            met(format!("the load run is evaluable, {} thresholds and guards", load.thresholds.len()))
        }
        Some(_) => {
            let mut reasons =
                facts.judgement.reasons.iter().filter_map(|reason| reason.strip_prefix("not evaluable: "));
            Err(Refusal::Evaluable { what: reasons.next().unwrap_or("see its verdict").to_owned() })
        }
    }
}

fn no_regression(facts: &Facts<'_>) -> Check {
    let metrics = &facts.judgement.metrics;
    let (waived, refused): (Vec<_>, Vec<_>) =
        metrics.iter().filter(|metric| metric.verdict == Verdict::Regressed).partition(|metric| metric.waived);
    if !refused.is_empty() {
        let metrics = refused.iter().map(|metric| metric.name.to_string()).collect();
        return Err(Refusal::NoRegression { metrics });
    }
    let inconclusive = metrics.iter().filter(|metric| metric.verdict == Verdict::Inconclusive).count();
    let which = if waived.is_empty() { "" } else { "unwaived " };
    let waived: String = waived.iter().map(|metric| permitted(facts, &metric.name)).collect();
    met(format!("no {which}regression among {} metrics, {inconclusive} inconclusive{waived}", metrics.len()))
}

/// By which issue the judge says that a regression is waived.
fn permitted(facts: &Facts<'_>, metric: &MetricName) -> String {
    let mut used = facts.judgement.waivers.iter().filter(|waiver| waiver.outcome == WaiverOutcome::Used);
    match used.find(|waiver| waiver.waiver.metric == *metric) {
        Some(waiver) => format!("; `{metric}` regressed as waived in {}", waiver.waiver.issue),
        None => format!("; `{metric}` regressed as waived"),
    }
}

fn nothing_missing(facts: &Facts<'_>) -> Check {
    let missing = facts.judgement.metrics.iter().filter(|metric| metric.verdict == Verdict::Missing);
    let missing: Vec<_> = missing.filter(|metric| !is_retired(facts, &metric.name)).collect();
    match missing.is_empty() {
        true => met("nothing missing"),
        false => {
            Err(Refusal::NothingMissing { metrics: missing.iter().map(|metric| metric.name.to_string()).collect() })
        }
    }
}

/// Whether a metric is to be let go of, and can be: the current baseline holds it, and the run did not report it.
fn is_retired(facts: &Facts<'_>, name: &MetricName) -> bool {
    let held = facts.current.is_some_and(|current| current.metrics.iter().any(|metric| metric.name == *name));
    held && facts.retire.contains(name) && facts.report.metrics.iter().all(|metric| metric.name != *name)
}

fn retired(facts: &Facts<'_>) -> Check {
    let others: Vec<_> = facts.retire.iter().filter(|name| !is_retired(facts, name)).cloned().collect();
    if !others.is_empty() {
        return Err(Refusal::Retired { metrics: others });
    }
    let names: Vec<_> = facts.retire.iter().map(|name| format!("retired `{name}` on request")).collect();
    Ok((!names.is_empty()).then(|| names.join(", ")))
}

fn measured(facts: &Facts<'_>) -> Check {
    match facts.judgement.metrics.iter().any(|metric| metric.value.is_some()) {
        true => Ok(None),
        false => Err(Refusal::SomethingMeasured),
    }
}

fn tests(facts: &Facts<'_>) -> Check {
    let refuse = |reason| Err(Refusal::TestsPassed { reason });
    let measured = facts.report.provenance.source.as_ref().map(|source| &source.commit);
    match facts.tests {
        None => Err(Refusal::TestsProved),
        Some(TestEvidence::Check { name, commit }) if measured != Some(commit) => {
            let measured = measured.map_or("no commit".to_owned(), Commit::to_string);
            refuse(format!("check `{name}` is about commit {commit}, and {measured} was measured"))
        }
        Some(TestEvidence::Check { name, commit }) => met(format!("tests passed: check `{name}` on {commit}")),
        Some(TestEvidence::Junit { failures, errors, .. }) if failures + errors > 0 => {
            refuse(format!("the JUnit report holds {failures} failures and {errors} errors"))
        }
        Some(TestEvidence::Junit { ran: 0, skipped, .. }) => {
            refuse(format!("the JUnit report holds no test that ran ({skipped} skipped)"))
        }
        Some(TestEvidence::Junit { ran, skipped, digest, .. }) => {
            met(format!("tests passed: {ran} ran, {skipped} skipped, in the JUnit report {digest}"))
        }
    }
}

fn same_epoch(facts: &Facts<'_>) -> Check {
    let (epoch, mode) = (facts.report.provenance.epoch.clone(), facts.report.plan.mode.as_str());
    match facts.current {
        Some(_) => met(format!("same environment ({epoch}) and mode ({mode}) as the baseline it replaces")),
        None if facts.others.is_empty() => met(format!("the first baseline, environment {epoch} in {mode} mode")),
        None if facts.new_epoch => {
            met(format!("the first baseline of environment {epoch} in {mode} mode, asked for by --new-epoch"))
        }
        None => {
            let own = OtherBaseline { epoch, mode: facts.report.plan.mode };
            Err(Refusal::SameEpoch { own, others: facts.others.to_vec() })
        }
    }
}

fn newer(facts: &Facts<'_>) -> Check {
    let (Some(current), Some(source)) = (facts.current, &facts.report.provenance.source) else { return Ok(None) };
    let (commit, base) = (source.commit.clone(), current.commit.clone());
    let (reason, next) = match facts.descends {
        _ if commit == base => ("it is the same commit, measured again", "promote a run of a later commit"),
        Ancestry::Yes => return met(format!("{commit} is newer than the baseline's {base}")),
        Ancestry::No => ("it does not descend from it", "promote a run of a commit that descends from it"),
        Ancestry::Unknown => ("this clone does not hold both", "fetch the full history (fetch-depth: 0)"),
    };
    Err(Refusal::Newer { commit, base, reason: reason.into(), next })
}

fn evidence(facts: &Facts<'_>) -> Check {
    let level = facts.report.evidence_level;
    let name = serde_json::to_value(level).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    match level >= EvidenceLevel::CiBenchmark {
        true => met(format!("evidence level {name}")),
        false => Err(Refusal::Evidence { found: name }),
    }
}
