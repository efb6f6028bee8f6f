//! Why a run does not become the baseline: each criterion that is not met, by its stable name.
//! Must not know: how the criteria are checked.

use bench_model::ledger::OtherBaseline;
use bench_model::verdict::Status;
use bench_model::{Commit, MetricName, RunId, Sha256};

/// A criterion that is not met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// It was measured for something else than being judged.
    #[error("the run was measured {what}")]
    MeasuredToBeJudged {
        /// For what, or how.
        what: &'static str,
    },
    /// The verdict was made against another baseline than the one in force.
    #[error("the verdict compares with {}, but the baseline in force is run {current}", compared.as_ref().map_or("no baseline".to_owned(), |run| format!("run {run}")))]
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
    #[error("only a part of the benchmarks was asked for ({what})")]
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
    /// A load run that proves nothing.
    #[error("the load run is not evaluable: {what}")]
    Evaluable {
        /// The first thing that it did not keep or tell.
        what: String,
    },
    /// Missing metrics.
    #[error("{} missing: {}", metrics.len(), metrics.join(", "))]
    NothingMissing {
        /// The metrics.
        metrics: Vec<String>,
    },
    /// Not to be retired.
    #[error("cannot retire {}: the baseline in force does not hold it, or the run reports it", metrics.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    Retired {
        /// The metrics.
        metrics: Vec<MetricName>,
    },
    /// Nothing was judged.
    #[error("the verdict holds no measured metric")]
    SomethingMeasured,
    /// No proof of passed tests.
    #[error("nothing shows that the tests passed")]
    TestsProved,
    /// The proof shows something else.
    #[error("{reason}")]
    TestsPassed {
        /// What it shows.
        reason: String,
    },
    /// Another environment or mode.
    #[error("baselines exist for {} and none for {own}", others.iter().map(OtherBaseline::to_string).collect::<Vec<_>>().join(", "))]
    SameEpoch {
        /// The run's epoch and mode.
        own: OtherBaseline,
        /// Epochs and modes with a baseline.
        others: Vec<OtherBaseline>,
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
        /// What to do about it.
        next: &'static str,
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
            Self::MeasuredToBeJudged { .. } => "measured-to-be-judged",
            Self::JudgedAgainstCurrent { .. } => "judged-against-current",
            Self::Commit => "commit",
            Self::OnMain { .. } => "on-main",
            Self::CleanTree => "clean-tree",
            Self::Complete { .. } => "complete",
            Self::Whole { .. } => "whole",
            Self::Floors { .. } => "floors",
            Self::NoRegression { .. } => "no-regression",
            Self::Evaluable { .. } => "evaluable",
            Self::NothingMissing { .. } => "nothing-missing",
            Self::Retired { .. } => "retired",
            Self::SomethingMeasured => "something-measured",
            Self::TestsProved => "tests-proved",
            Self::TestsPassed { .. } => "tests-passed",
            Self::SameEpoch { .. } => "same-epoch",
            Self::Newer { .. } => "newer",
            Self::Evidence { .. } => "evidence",
        }
    }

    /// What to do about it.
    pub const fn next(&self) -> &'static str {
        match self {
            Self::VerdictOfThisReport { .. } => "judge this perf.json, and pass the verdict on it",
            Self::MeasuredToBeJudged { .. } => "measure again without that",
            Self::JudgedAgainstCurrent { .. } => "judge the run again, with what `baseline` writes now",
            Self::Commit => "measure a commit in a clone of the project",
            Self::OnMain { .. } => {
                "merge it and measure there; where it is merged, fetch that branch, or correct ledger.main_branch"
            }
            Self::CleanTree => "commit the changes or put them aside, and measure again",
            Self::Complete { .. } => "see to that, and measure again",
            Self::Whole { .. } => {
                "measure without narrowing; what the project always leaves out belongs in config/perfledger.toml"
            }
            Self::Floors { .. } => {
                "raise the values above their floors, or have other floors in config/thresholds.toml reviewed"
            }
            Self::NoRegression { .. } => "make up for the loss, or have a waiver in config/waivers.toml reviewed",
            Self::Evaluable { .. } => "see its reasons in verdict.json, and run the load again",
            Self::NothingMissing { .. } => "measure them again; name those that are gone for good with --retire",
            Self::Retired { .. } => "leave out --retire for these",
            Self::SomethingMeasured => "see in run.json why no benchmark reported, and measure again",
            Self::TestsProved => "name the commit's green check with --tests-check \"NAME@SHA\", or pass --junit FILE",
            Self::TestsPassed { .. } => "make the tests of the measured commit pass, and pass their proof",
            Self::SameEpoch { .. } => "measure where a baseline is; a first one beside them needs --new-epoch",
            Self::Newer { next, .. } => next,
            Self::Evidence { .. } => "measure real work: a dry run measures nothing",
        }
    }
}
