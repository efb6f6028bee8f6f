//! Shards of one run become one run. The result does not depend on the order of the shards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench_model::provenance::Source;
use bench_model::run::{Plan, Run};
use bench_model::time::Timestamp;
use bench_model::{BenchmarkId, RunId};

use crate::Error;

/// A part of a run, with the file that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Shard {
    /// The file, as errors name it.
    pub file: PathBuf,
    /// What it holds.
    pub run: Run,
}

/// Joins shards.
///
/// The result carries the provenance of the shard that began first, with the time from the first beginning to the last
/// end. It is complete when every shard is. It stays partial when a shard is, or has a filter, unless `whole` declares
/// that the shards together are everything. Without `run_id` it has the first shard's.
///
/// # Errors
/// [`Error::Shards`] (`CBKB002`) when two shards differ in epoch, commit, mode or rounds, or hold the same benchmark.
pub fn merge(mut shards: Vec<Shard>, run_id: Option<RunId>, whole: bool) -> Result<Option<Run>, Error> {
    // By everything that can end up in the result; files' names and order never do.
    shards.sort_by_cached_key(|shard| {
        let run = &shard.run;
        let first = run.benchmarks.iter().map(|benchmark| &benchmark.id).min().cloned();
        (
            run.provenance.started,
            run.run_id.clone(),
            first,
            format!("{:?}{:?}{:?}", run.provenance, run.warnings, run.errors),
        )
    });
    let mut rest = shards.into_iter();
    let Some(Shard { file, run: mut merged }) = rest.next() else { return Ok(None) };
    let mut homes: BTreeMap<BenchmarkId, PathBuf> = BTreeMap::new();
    let mut end = end_of(&merged);
    hold(&mut homes, &file, &merged)?;
    for shard in rest {
        check(&file, &merged, &shard)?;
        hold(&mut homes, &shard.file, &shard.run)?;
        let run = shard.run;
        end = end.max(end_of(&run));
        join_source(&mut merged.provenance.source, run.provenance.source);
        join_plan(&mut merged.plan, run.plan);
        merged.complete &= run.complete;
        merged.benchmarks.extend(run.benchmarks);
        let warnings = run.warnings.into_iter();
        let new: Vec<_> = warnings.filter(|warning| !merged.warnings.contains(warning)).collect();
        merged.warnings.extend(new);
        let new: Vec<_> = run.errors.into_iter().filter(|error| !merged.errors.contains(error)).collect();
        merged.errors.extend(new);
    }
    merged.benchmarks.sort_by(|a, b| a.id.cmp(&b.id));
    merged.provenance.duration_s = end - start_of(merged.provenance.started);
    if whole {
        merged.plan = Plan { filter: None, partial: false, ..merged.plan };
    }
    if let Some(run_id) = run_id {
        merged.run_id = run_id;
    }
    Ok(Some(merged))
}

fn start_of(time: Timestamp) -> f64 {
    time.unix() as f64
}

fn end_of(run: &Run) -> f64 {
    start_of(run.provenance.started) + run.provenance.duration_s
}

fn commit(run: &Run) -> Option<&str> {
    run.provenance.source.as_ref().map(|source| source.commit.as_str())
}

fn check(first: &Path, merged: &Run, shard: &Shard) -> Result<(), Error> {
    let run = &shard.run;
    let refuse = |pointer: &str, what: String| {
        let (one, other) = (first.to_path_buf(), shard.file.clone());
        Err(Error::Shards { one, other, pointer: pointer.to_owned(), what })
    };
    let (ours, theirs) = (&merged.provenance.epoch, &run.provenance.epoch);
    if ours != theirs {
        return refuse("/provenance/epoch", format!("epoch {ours} and epoch {theirs}"));
    }
    let (ours, theirs) = (commit(merged), commit(run));
    if ours != theirs {
        let name = |commit: Option<&str>| commit.unwrap_or("no commit").to_owned();
        return refuse("/provenance/source/commit", format!("{} and {}", name(ours), name(theirs)));
    }
    if merged.scale.is_some() || run.scale.is_some() {
        return refuse("/scale", "a scalability run has no shards: its sizes are compared with each other".to_owned());
    }
    if merged.load.is_some() || run.load.is_some() {
        return refuse("/load", "a load run has no shards: its engine merges its workers itself".to_owned());
    }
    if merged.plan.mode != run.plan.mode {
        return refuse(
            "/plan/mode",
            format!("mode {:?} and mode {:?}", merged.plan.mode, run.plan.mode).to_lowercase(),
        );
    }
    if merged.plan.pairing != run.plan.pairing {
        return refuse("/plan/pairing", "sides of different comparisons".to_owned());
    }
    if merged.plan.rounds != run.plan.rounds {
        return refuse("/plan/rounds", format!("{} rounds and {} rounds", merged.plan.rounds, run.plan.rounds));
    }
    Ok(())
}

fn hold(homes: &mut BTreeMap<BenchmarkId, PathBuf>, file: &Path, run: &Run) -> Result<(), Error> {
    for (index, benchmark) in run.benchmarks.iter().enumerate() {
        if let Some(one) = homes.insert(benchmark.id.clone(), file.to_path_buf()) {
            let (pointer, what) = (format!("/benchmarks/{index}/id"), format!("both hold `{}`", benchmark.id));
            return Err(Error::Shards { one, other: file.to_path_buf(), pointer, what });
        }
    }
    Ok(())
}

/// One commit, but a branch or base only where all agree on it, and clean only where all are.
fn join_source(merged: &mut Option<Source>, other: Option<Source>) {
    if let (Some(merged), Some(other)) = (merged, other) {
        merged.dirty |= other.dirty;
        if merged.branch != other.branch {
            merged.branch = None;
        }
        if merged.base != other.base {
            merged.base = None;
        }
    }
}

fn join_plan(merged: &mut Plan, other: Plan) {
    merged.asked.extend(other.asked);
    merged.asked.sort();
    merged.asked.dedup();
    // A filter in one shard and none in another: what was left out can't be told any more, so it stays partial.
    merged.partial |= other.partial || merged.filter != other.filter;
    if merged.filter != other.filter {
        merged.filter = None;
    }
}
