//! Which released commits were measured: each tag of the period with the best run of its commit.
//! Must not know: git.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::audit::{Release, ReleaseEvidence};
use bench_model::ledger::RunEntry;
use bench_model::verdict::Status;
use bench_model::{Commit, RunId};

use crate::{Months, Tag};

/// The runs of released commits seen so far.
#[derive(Debug, Default)]
pub(super) struct Deployments {
    best: BTreeMap<Commit, Option<Measured>>,
    promoted: BTreeSet<RunId>,
}

#[derive(Debug)]
struct Measured {
    seq: u64,
    run_id: RunId,
    status: Status,
}

impl Deployments {
    /// For the tags of a period.
    pub(super) fn new(tags: &[Tag], period: Months) -> Self {
        let wanted = tags.iter().filter(|tag| period.contains(tag.time));
        Self { best: wanted.map(|tag| (tag.commit.clone(), None)).collect(), promoted: BTreeSet::new() }
    }

    /// Looks at a run, whenever it was.
    pub(super) fn run(&mut self, seq: u64, run: &RunEntry) {
        let whole = run.complete && !run.partial && !run.dirty;
        let Some(best) = run.commit.as_ref().filter(|_| whole).and_then(|commit| self.best.get_mut(commit)) else {
            return;
        };
        // The statuses order from good to bad; of equal ones the newest counts.
        if best.as_ref().is_none_or(|best| run.status <= best.status) {
            *best = Some(Measured { seq, run_id: run.run_id.clone(), status: run.status });
        }
    }

    /// Looks at a promotion, whenever it was.
    pub(super) fn promote(&mut self, commit: &Commit, run: &RunId) {
        if self.best.contains_key(commit) {
            self.promoted.insert(run.clone());
        }
    }

    /// The releases of the period, in the order of `tags`.
    pub(super) fn finish(&self, tags: &[Tag], period: Months) -> Vec<Release> {
        let evidence = |commit: &Commit| {
            let Measured { seq, run_id, status } = self.best.get(commit)?.as_ref()?;
            let promoted = self.promoted.contains(run_id);
            Some(ReleaseEvidence { seq: *seq, run_id: run_id.clone(), status: *status, promoted })
        };
        let release = |tag: &Tag| Release {
            name: tag.name.clone(),
            commit: tag.commit.clone(),
            time: tag.time,
            evidence: evidence(&tag.commit),
        };
        tags.iter().filter(|tag| period.contains(tag.time)).map(release).collect()
    }
}
