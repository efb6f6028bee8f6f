//! What other programs read of a run of proven work: `scalability_metrics.json`, `security_metrics.json`, `benchmark_summary.json`, and
//! `benchmark_history.json` of all runs of the same work. The specification's keys are always there; what was not measured is `null`.
//! Keys that it does not have stand behind them. Must not know: files, or the clock.
//!
//! A value is that of the metric in `perf.json`, over all rounds. MB is 10^6 bytes. What belongs to the input is said only where all
//! rounds had the same one. A recovery ends at the moment when the last record was durable under the new key, in the round
//! whose time to recovery is nearest to the value given.

mod documents;
mod source;

use bench_model::perf::Report;
use bench_model::proof::Proof;
use serde::Serialize;

pub(crate) use documents::History;
use documents::{Recovery, Scalability, Security, Summary};
pub(crate) use source::Work;

use super::Artifact;
use crate::Error;

/// The files of a run; `None` when it gave no account of its work.
pub(crate) fn files(report: &Report, history: Option<&History>) -> Result<Option<Vec<Artifact>>, Error> {
    let Some(work) = Work::of_report(report) else { return Ok(None) };
    let (metrics, security_metrics) = (Scalability::of(&work), Security::of(&work));
    let mut files = vec![
        json("scalability_metrics.json", &metrics)?,
        json("security_metrics.json", &security_metrics)?,
        json(
            "benchmark_summary.json",
            &Summary {
                metrics,
                security_metrics,
                reencrypt_summary: Recovery::of(&work),
                // The folder is the machine's own business.
                dataset_path: work.fact("dataset"),
            },
        )?,
    ];
    if let Some(history) = history {
        files.push(json("benchmark_history.json", history)?);
    }
    Ok(Some(files))
}

/// The kind of work that a run gave account of.
pub(crate) fn kind(report: &Report) -> Option<&str> {
    report.proofs.first().map(|proof: &Proof| proof.work.as_str())
}

fn json(name: &str, document: &impl Serialize) -> Result<Artifact, Error> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(Error::Record)?;
    bytes.push(b'\n');
    Ok(Artifact { name: name.into(), bytes })
}
