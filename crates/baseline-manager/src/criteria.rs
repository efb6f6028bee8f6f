//! What a run must show to become the baseline. Pure: every fact comes in as an argument, nothing is judged again.
//! Must not know: files, git, or the ledger's storage.

use std::fmt;

use bench_model::ledger::{Digests, Promotion};
use bench_model::perf::{EvidenceLevel, Report};
use bench_model::provenance::Epoch;
use bench_model::verdict::{Judgement, Status, Verdict};
use bench_model::{Commit, RunId, Sha256};

use crate::git::Ancestry;

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
    /// The promotion in force for the run's epoch.
    pub current: Option<&'a Promotion>,
    /// Epochs other than the run's that have a promotion in force.
    pub other_epochs: &'a [Epoch],
    /// Whether a first baseline beside those of other epochs is wanted.
    pub new_epoch: bool,
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

/// A criterion that is not met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "criterion", rename_all = "kebab-case")]
pub enum Refusal {
    /// The verdict belongs to another report.
    #[error(
        "the verdict was made from another perf.json: it names run {judged} and digest {stated}, this file is run {run_id} with digest {found}"
    )]
    VerdictOfThisReport {
        /// The run in the verdict.
        judged: RunId,
        /// The run in the report.
        run_id: RunId,
        /// The report's digest in the verdict.
        stated: Sha256,
        /// The report's digest.
        found: Sha256,
    },
    /// The verdict was made against another baseline than the one in force.
    #[error("the verdict compares with {}, but the baseline in force is run {current}: judge again", compared.as_ref().map_or("no baseline".to_owned(), |run| format!("run {run}")))]
    JudgedAgainstCurrent {
        /// The run compared with.
        compared: Option<RunId>,
        /// The run in force.
        current: RunId,
    },
    /// No commit is known.
    #[error("the run was not measured in a git repository, so no commit can be the baseline")]
    Commit,
    /// Not on the main branch.
    #[error("{commit} was measured on {}, and is not known to lie in `{main}`", branch.as_ref().map_or("no branch".to_owned(), |name| format!("`{name}`")))]
    OnMain {
        /// The commit.
        commit: Commit,
        /// The branch measured on.
        branch: Option<String>,
        /// The main branch.
        main: String,
    },
    /// The work tree was not clean.
    #[error("the work tree differed from the commit when it was measured")]
    CleanTree,
    /// Not everything asked for was measured.
    #[error("the run did not measure everything it was asked for: {}", errors.first().map_or("it was cut short", String::as_str))]
    Complete {
        /// What could not be measured.
        errors: Vec<String>,
    },
    /// Only a part was asked for.
    #[error(
        "only a part of the benchmarks was asked for ({what}); what the project always leaves out belongs in its config/perfledger.toml"
    )]
    Whole {
        /// By what.
        what: String,
    },
    /// Floors.
    #[error("status {status}: {}", if violations.is_empty() { "the verdict fails".to_owned() } else { violations.join("; ") })]
    Floors {
        /// The status.
        status: Status,
        /// Floors not met, and required metrics that are missing.
        violations: Vec<String>,
    },
    /// Regressions.
    #[error("{} regressed: {}", metrics.len(), metrics.join(", "))]
    NoRegression {
        /// The metrics.
        metrics: Vec<String>,
    },
    /// Missing metrics.
    #[error("{} missing: {}", metrics.len(), metrics.join(", "))]
    NothingMissing {
        /// The metrics.
        metrics: Vec<String>,
    },
    /// Nothing was judged.
    #[error("the verdict holds no measured metric")]
    SomethingMeasured,
    /// No proof of passed tests.
    #[error(
        "nothing shows that the tests passed: name the commit's green check with --tests-check \"NAME@SHA\", or pass --junit FILE"
    )]
    TestsProved,
    /// The proof shows something else.
    #[error("{reason}")]
    TestsPassed {
        /// What it shows.
        reason: String,
    },
    /// Another environment.
    #[error("baselines exist for {} and none for this environment ({epoch}): a first one beside them needs --new-epoch", others.iter().map(Epoch::to_string).collect::<Vec<_>>().join(", "))]
    SameEpoch {
        /// The run's epoch.
        epoch: Epoch,
        /// Epochs with a baseline.
        others: Vec<Epoch>,
    },
    /// Not newer than what it replaces.
    #[error("{commit} is not newer than the baseline's commit {base}: {reason}")]
    Newer {
        /// The run's commit.
        commit: Commit,
        /// The baseline's commit.
        base: Commit,
        /// In which way.
        reason: String,
    },
    /// Too little was done.
    #[error("evidence level {found} is below ci_benchmark")]
    Evidence {
        /// The level.
        found: String,
    },
}

impl Refusal {
    /// The criterion's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::VerdictOfThisReport { .. } => "verdict-of-this-report",
            Self::JudgedAgainstCurrent { .. } => "judged-against-current",
            Self::Commit => "commit",
            Self::OnMain { .. } => "on-main",
            Self::CleanTree => "clean-tree",
            Self::Complete { .. } => "complete",
            Self::Whole { .. } => "whole",
            Self::Floors { .. } => "floors",
            Self::NoRegression { .. } => "no-regression",
            Self::NothingMissing { .. } => "nothing-missing",
            Self::SomethingMeasured => "something-measured",
            Self::TestsProved => "tests-proved",
            Self::TestsPassed { .. } => "tests-passed",
            Self::SameEpoch { .. } => "same-epoch",
            Self::Newer { .. } => "newer",
            Self::Evidence { .. } => "evidence",
        }
    }
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
        judged_against_current(facts),
        on_main(facts),
        clean_tree(facts),
        complete(facts),
        whole(facts),
        floors(facts),
        verdicts(facts, Verdict::Regressed, |metrics| Refusal::NoRegression { metrics }),
        verdicts(facts, Verdict::Missing, |metrics| Refusal::NothingMissing { metrics }),
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
    if source.branch.as_deref() == Some(main) {
        return met(format!("{commit} was measured on `{main}`"));
    }
    if facts.in_main == Ancestry::Yes {
        return met(format!("{commit} lies in the history of `{main}`"));
    }
    Err(Refusal::OnMain { commit, branch: source.branch.clone(), main: main.to_owned() })
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
        None if plan.partial => Err(Refusal::Whole { what: "named packages or targets".into() }),
        None => met("every benchmark was asked for"),
    }
}

fn floors(facts: &Facts<'_>) -> Check {
    let Judgement { status, violations, metrics, .. } = facts.judgement;
    if *status == Status::Fail || !violations.is_empty() {
        let violations = violations.iter().map(|violation| violation.message.clone()).collect();
        return Err(Refusal::Floors { status: *status, violations });
    }
    let floors = metrics.iter().filter(|metric| metric.floor.is_some()).count();
    met(format!("status {status}, {floors} floors met"))
}

fn verdicts(facts: &Facts<'_>, bad: Verdict, refuse: fn(Vec<String>) -> Refusal) -> Check {
    let metrics = &facts.judgement.metrics;
    let found: Vec<_> =
        metrics.iter().filter(|metric| metric.verdict == bad).map(|metric| metric.name.to_string()).collect();
    if !found.is_empty() {
        return Err(refuse(found));
    }
    if bad == Verdict::Missing {
        return met("nothing missing");
    }
    let inconclusive = metrics.iter().filter(|metric| metric.verdict == Verdict::Inconclusive).count();
    met(format!("no regression among {} metrics, {inconclusive} inconclusive", metrics.len()))
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
    let epoch = facts.report.provenance.epoch.clone();
    match facts.current {
        Some(_) => met(format!("same environment ({epoch}) as the baseline it replaces")),
        None if facts.other_epochs.is_empty() => met(format!("the first baseline, environment {epoch}")),
        None if facts.new_epoch => met(format!("the first baseline of environment {epoch}, asked for by --new-epoch")),
        None => Err(Refusal::SameEpoch { epoch, others: facts.other_epochs.to_vec() }),
    }
}

fn newer(facts: &Facts<'_>) -> Check {
    let (Some(current), Some(source)) = (facts.current, &facts.report.provenance.source) else { return Ok(None) };
    let (commit, base) = (source.commit.clone(), current.commit.clone());
    let reason = match facts.descends {
        _ if commit == base => "it is the same commit, measured again",
        Ancestry::Yes => return met(format!("{commit} is newer than the baseline's {base}")),
        Ancestry::No => "it does not descend from it",
        Ancestry::Unknown => "this clone does not hold both; fetch the full history (fetch-depth: 0)",
    };
    Err(Refusal::Newer { commit, base, reason: reason.into() })
}

fn evidence(facts: &Facts<'_>) -> Check {
    let level = facts.report.evidence_level;
    let name = serde_json::to_value(level).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    match level >= EvidenceLevel::CiBenchmark {
        true => met(format!("evidence level {name}")),
        false => Err(Refusal::Evidence { found: name }),
    }
}
