//! What a measured program says that it did, counted and read back by itself: the ground for calling a number more than a benchmark.
//! Must not know: which program, or how it was measured.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Sha256;
use crate::perf::EvidenceLevel;

/// How many results must be read back and checked at least, or all of them where there are fewer.
pub const LEAST_SAMPLE: u64 = 100;

/// The account of one execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proof {
    /// The kind of work, such as `reencryption`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub work: String,
    /// Whether the work was only planned.
    pub dry_run: bool,
    /// Items that there were to do.
    pub planned: u64,
    /// Items done, by this execution and by those that it went on from.
    pub done: u64,
    /// Items of `done` that earlier, ended executions had done.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resumed: u64,
    /// Items drawn at random from the finished result and checked against the input.
    pub sampled: u64,
    /// Items of `sampled` that were right.
    pub verified: u64,
    /// What was worked on.
    pub input: DataDigest,
    /// What came of it; absent when nothing was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<DataDigest>,
    /// Further facts by name, such as the algorithm. Never a key.
    #[serde(default, deserialize_with = "crate::unique::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// A file's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DataDigest {
    /// Their SHA-256.
    pub sha256: Sha256,
    /// Their length.
    pub bytes: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Proof {
    /// What keeps this execution from being real work, done and checked; `None` when nothing does.
    pub fn shortfall(&self) -> Option<String> {
        if self.dry_run {
            return Some("it was a dry run: the work was planned, not done".into());
        }
        if self.planned == 0 {
            return Some("there was nothing to do".into());
        }
        if self.done != self.planned {
            return Some(format!("{} of {} items were done", self.done, self.planned));
        }
        if self.output.is_none() {
            return Some("nothing was written".into());
        }
        let wanted = self.planned.min(LEAST_SAMPLE);
        if self.sampled < wanted {
            return Some(format!("{} results were read back, where {wanted} are the least", self.sampled));
        }
        if self.verified != self.sampled {
            return Some(format!("{} of {} results read back were right", self.verified, self.sampled));
        }
        None
    }

    /// How much a number measured of this execution proves: [`EvidenceLevel::RealWorkload`] only when all was done and checked.
    pub fn level(&self) -> EvidenceLevel {
        match self.shortfall() {
            None => EvidenceLevel::RealWorkload,
            Some(_) if self.dry_run => EvidenceLevel::DryRun,
            Some(_) => EvidenceLevel::CiBenchmark,
        }
    }
}

/// How much a run's numbers prove at most, by the accounts of its rounds: whatever a file claims, without accounts nothing was
/// checked, and a run is as good as its weakest round.
pub fn borne_out(claimed: EvidenceLevel, proofs: &[Proof]) -> EvidenceLevel {
    claimed.min(proofs.iter().map(Proof::level).min().unwrap_or(EvidenceLevel::CiBenchmark))
}

/// The same of a run, which may have lost rounds: those gave no account, whatever the others say.
pub(crate) fn borne_out_by_run(claimed: EvidenceLevel, complete: bool, proofs: &[Proof]) -> EvidenceLevel {
    let level = borne_out(claimed, proofs);
    if complete { level } else { level.min(EvidenceLevel::CiBenchmark) }
}

/// What a run worked on: the contents of each input that its rounds had, ordered, each once; empty without accounts. A rate over other
/// contents, or over fewer of them, is no earlier value of the same thing, so that only runs with equal inputs are held against each other.
pub fn inputs(proofs: &[Proof]) -> Vec<Sha256> {
    let all: BTreeSet<&Sha256> = proofs.iter().map(|proof| &proof.input.sha256).collect();
    all.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof() -> Proof {
        let data = DataDigest { sha256: Sha256::of(b"data"), bytes: 4 };
        Proof {
            work: "reencryption".into(),
            dry_run: false,
            planned: 1_000,
            done: 1_000,
            resumed: 0,
            sampled: 100,
            verified: 100,
            input: data.clone(),
            output: Some(data),
            facts: BTreeMap::new(),
        }
    }

    #[test]
    fn all_done_and_a_sample_read_back_is_real_work() {
        assert_eq!(proof().level(), EvidenceLevel::RealWorkload);
        let few = Proof { planned: 3, done: 3, sampled: 3, verified: 3, ..proof() };
        assert_eq!(few.level(), EvidenceLevel::RealWorkload);
    }

    #[test]
    fn a_dry_run_is_a_dry_run_whatever_else_it_says() {
        assert_eq!(Proof { dry_run: true, ..proof() }.level(), EvidenceLevel::DryRun);
    }

    #[test]
    fn no_claim_goes_beyond_the_weakest_account() {
        let (real, dry) = (proof(), Proof { dry_run: true, ..proof() });
        assert_eq!(borne_out(EvidenceLevel::Production, &[]), EvidenceLevel::CiBenchmark);
        assert_eq!(borne_out(EvidenceLevel::Production, std::slice::from_ref(&real)), EvidenceLevel::RealWorkload);
        assert_eq!(borne_out(EvidenceLevel::RealWorkload, &[real.clone(), dry]), EvidenceLevel::DryRun);
        assert_eq!(borne_out(EvidenceLevel::Unmeasured, &[real]), EvidenceLevel::Unmeasured);
    }

    #[test]
    fn a_run_that_lost_rounds_is_a_benchmark_whatever_the_others_say() {
        let real = [proof()];
        assert_eq!(borne_out_by_run(EvidenceLevel::RealWorkload, true, &real), EvidenceLevel::RealWorkload);
        assert_eq!(borne_out_by_run(EvidenceLevel::RealWorkload, false, &real), EvidenceLevel::CiBenchmark);
        assert_eq!(borne_out_by_run(EvidenceLevel::Unmeasured, false, &real), EvidenceLevel::Unmeasured);
    }

    #[test]
    fn equal_inputs_are_the_same_contents_however_many_rounds_and_in_whatever_order() {
        let of = |text: &str| Proof { input: DataDigest { sha256: Sha256::of(text.as_bytes()), bytes: 4 }, ..proof() };
        assert_eq!(inputs(&[of("a"), of("a")]), inputs(&[of("a")]));
        assert_eq!(inputs(&[of("a"), of("b")]), inputs(&[of("b"), of("a"), of("b")]));
        assert_ne!(inputs(&[of("a"), of("b")]), inputs(&[of("a")]));
        assert!(inputs(&[]).is_empty());
    }

    #[test]
    fn anything_short_of_all_done_and_checked_is_a_benchmark_and_says_why() {
        let cases = [
            (Proof { planned: 0, done: 0, ..proof() }, "there was nothing to do"),
            (Proof { done: 999, ..proof() }, "999 of 1000 items were done"),
            (Proof { output: None, ..proof() }, "nothing was written"),
            (Proof { sampled: 99, verified: 99, ..proof() }, "99 results were read back, where 100 are the least"),
            (Proof { verified: 99, ..proof() }, "99 of 100 results read back were right"),
        ];
        for (proof, why) in cases {
            assert_eq!(proof.level(), EvidenceLevel::CiBenchmark);
            assert_eq!(proof.shortfall().as_deref(), Some(why));
        }
    }
}
