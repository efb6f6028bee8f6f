//! A pair of samples, and how a line of JSON holds it.

use serde::Deserialize;

use super::number::Run;
use super::series::Id;

/// What `compare` is asked: two sides of runs.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) id: Id,
    /// The samples of each run; missing ones are NaN.
    pub(super) baseline: Vec<Vec<f64>>,
    pub(super) candidate: Vec<Vec<f64>>,
    /// Run i of both sides belong together.
    pub(super) paired: bool,
    pub(super) higher_is_better: bool,
}

/// What holds for a pair that does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults {
    pub(super) paired: bool,
    pub(super) higher_is_better: bool,
}

impl Pair {
    /// Reads a line of JSON. Its number stands in for an id.
    pub(super) fn from_json(number: u64, json: &[u8], defaults: Defaults) -> Result<Self, String> {
        let line: PairLine = super::series::parse(json)?;
        let samples = |runs: Vec<Run>| runs.into_iter().map(|Run(samples)| samples).collect();
        Self {
            id: line.id.unwrap_or_else(|| Id::Text(number.to_string())),
            baseline: samples(line.baseline),
            candidate: samples(line.candidate),
            paired: line.paired.unwrap_or(defaults.paired),
            higher_is_better: line.higher_is_better.unwrap_or(defaults.higher_is_better),
        }
        .checked()
    }

    /// Refuses paired sides of unequal length: nobody can tell which run has lost its partner.
    pub(super) fn checked(self) -> Result<Self, String> {
        let (baseline, candidate) = (self.baseline.len(), self.candidate.len());
        if self.paired && baseline != candidate {
            return Err(format!("paired, but the baseline has {baseline} runs and the candidate {candidate}"));
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object with baseline and candidate")]
struct PairLine {
    id: Option<Id>,
    baseline: Vec<Run>,
    candidate: Vec<Run>,
    paired: Option<bool>,
    higher_is_better: Option<bool>,
}
