//! Promotion: gathers the facts, lets the criteria decide, and appends the line.
//! Must not know: judging.

use bench_model::ledger::{Body, Promotion};
use bench_model::time::Timestamp;
use bench_model::{MetricName, RunId, Sha256};

use crate::criteria::{Facts, TestEvidence, validate_promotion_criteria};
use crate::git::{Ancestry, Git};
use crate::record::{JudgedRun, held_line};
use crate::refusal::Refusal;
use crate::store::{Change, Store};
use crate::{Error, Ledger};

/// A promotion that is asked for.
#[derive(Debug)]
pub struct Promoting<'a> {
    /// The run.
    pub run: &'a JudgedRun,
    /// How tests are proved.
    pub tests: Option<&'a TestEvidence>,
    /// Whether a first baseline beside those of other epochs or modes is wanted.
    pub new_epoch: bool,
    /// Metrics of the baseline in force to let go of, which the run did not report.
    pub retire: &'a [MetricName],
    /// The project, whose repository knows which commit is newer.
    pub project: &'a std::path::Path,
    /// The only branch that baselines come from.
    pub main_branch: &'a str,
    /// The remote whose main branch counts, too.
    pub remote: &'a str,
}

/// What became of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Promoted {
    /// The run.
    pub run_id: RunId,
    /// The line of the promotion.
    pub seq: u64,
    /// Whether this call promoted it; otherwise it was the baseline already.
    pub promoted: bool,
    /// Each criterion with the evidence that met it.
    pub criteria: Vec<String>,
    /// The ledger's head afterwards.
    pub head: Sha256,
    /// What to know.
    pub warnings: Vec<String>,
}

/// Makes a run the baseline of its epoch and mode when it meets every criterion. Its run line is appended first where it is
/// missing. A run that is the baseline already stays it.
///
/// # Errors
/// [`Error::Refused`] with every criterion that is not met; [`Error::RunTaken`] when the ledger holds the run made from
/// other files; and what storage can fail with. The ledger is unchanged then.
pub fn promote_baseline(store: &Store, asked: &Promoting<'_>, now: Timestamp) -> Result<Promoted, Error> {
    let run_id = asked.run.report.run_id.clone();
    let mut done = (0, false, Vec::new());
    let changed = store.update(now, Some(&run_id), &mut |ledger| {
        let report = &asked.run.report;
        let current = ledger.promotion(&report.provenance.epoch, report.plan.mode);
        if let Some(held) = current
            && held.value.run_id == run_id
            && held.value.digests == asked.run.digests
        {
            done = (held.seq, false, held.value.criteria.clone());
            return Ok(Change::default());
        }
        let held = held_line(ledger, &run_id, &asked.run.digests)?;
        let criteria = decide(ledger, asked)?;
        let run = asked.run.entry()?;
        let Some(commit) = run.commit.clone() else { return Err(refused(asked, vec![Refusal::Commit])) };
        let promotion = Promotion {
            run_id: run_id.clone(),
            commit,
            epoch: run.epoch.clone(),
            mode: run.mode,
            digests: run.digests.clone(),
            replaces: current.map(|held| held.seq),
            criteria,
            metrics: run.metrics.clone(),
        };
        let mut append = Vec::new();
        if held.is_none() {
            append.push(Body::Run(run));
        }
        append.push(Body::Promotion(promotion.clone()));
        done = (ledger.summary.last_seq + append.len() as u64, true, promotion.criteria);
        Ok(Change { append, ..Change::default() })
    })?;
    let (seq, promoted, criteria) = done;
    Ok(Promoted { run_id, seq, promoted, criteria, head: changed.head, warnings: changed.warnings })
}

fn refused(asked: &Promoting<'_>, refusals: Vec<Refusal>) -> Error {
    Error::Refused { run_id: asked.run.report.run_id.clone(), refusals }
}

fn decide(ledger: &Ledger, asked: &Promoting<'_>) -> Result<Vec<String>, Error> {
    let JudgedRun { report, judgement, digests } = asked.run;
    let (epoch, mode) = (&report.provenance.epoch, report.plan.mode);
    let git = Git::new(asked.project);
    let commit = report.provenance.source.as_ref().map(|source| source.commit.as_str());
    let current = ledger.promotion(epoch, mode).map(|held| &held.value);
    let others = ledger.other_baselines(epoch, mode);
    let waivers: Vec<_> = ledger.waivers.iter().map(|held| held.value.clone()).collect();
    let facts = Facts {
        report,
        judgement,
        digests,
        main_branch: asked.main_branch,
        in_main: commit.map_or(Ancestry::Unknown, |commit| in_main(&git, asked, commit)),
        tests: asked.tests,
        current,
        others: &others,
        new_epoch: asked.new_epoch,
        retire: asked.retire,
        waivers: &waivers,
        descends: match (commit, current) {
            (Some(commit), Some(current)) => git.contains(commit, current.commit.as_str()),
            _ => Ancestry::Unknown,
        },
    };
    match validate_promotion_criteria(&facts) {
        Ok(met) => Ok(met.into_iter().map(|met| met.0).collect()),
        Err(refusals) => Err(refused(asked, refusals)),
    }
}

fn in_main(git: &Git, asked: &Promoting<'_>, commit: &str) -> Ancestry {
    let local = format!("refs/heads/{}", asked.main_branch);
    let remote = format!("refs/remotes/{}/{}", asked.remote, asked.main_branch);
    match git.contains(&local, commit) {
        Ancestry::Yes => Ancestry::Yes,
        local => match git.contains(&remote, commit) {
            Ancestry::Unknown => local,
            known => known,
        },
    }
}
