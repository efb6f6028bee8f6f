//! The verb `collect`.

use std::collections::BTreeMap;
use std::time::Duration;

use bench_cli::{Context, Error, Interrupt};
use bench_model::run::{Benchmark, Mode, Plan, Round};
use bench_model::time::Timestamp;
use bench_model::{BenchmarkId, Diagnostic, Exit, Failure};

use super::Collect;
use super::finish::{Destination, finish};
use super::measure::gather;
use crate::{Measured, RunnerError, collect_performance_data};

pub(super) fn collect(flags: Collect, context: &Context) -> Result<Exit, Error> {
    let layers = context.layers(&flags.project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?;
    let target = format!("{}/{}", flags.package, flags.target);
    let mut benchmarks: BTreeMap<BenchmarkId, Benchmark> = BTreeMap::new();
    let mut errors = Vec::new();
    for (round, folder) in (1..).zip(&flags.folders) {
        if !folder.is_dir() {
            let reason = format!("there is no folder {}", folder.display());
            return Err(RunnerError::Flag { flag: "CRITERION_DIR", reason }.into());
        }
        let collected = collect_performance_data(folder, &target);
        errors.extend(collected.errors.into_iter().map(|mut error| {
            if let Some(file) = error.location.as_mut().and_then(|place| place.file.as_mut()) {
                *file = folder.join(&*file);
            }
            Diagnostic { message: format!("round {round}: {}", error.message), ..error }
        }));
        for found in collected.benchmarks {
            let entry = benchmarks.entry(found.id.clone()).or_insert_with(|| Benchmark {
                id: found.id,
                throughput: found.throughput,
                rounds: Vec::new(),
            });
            entry.rounds.push(Round { round, timing: Some(found.timing), readings: Vec::new() });
        }
    }
    if benchmarks.is_empty() {
        errors.push(RunnerError::NothingMeasured.diagnostic());
    }
    let facts = gather(&flags.project, &settings);
    let mut warnings = facts.warnings.clone();
    warnings
        .push("these results existed before: machine, commit and toolchain are those found when they were read".into());
    let measured = Measured {
        plan: Plan {
            mode: Mode::AsFound,
            rounds: u32::try_from(flags.folders.len()).unwrap_or(u32::MAX),
            filter: None,
            partial: false,
        },
        started: Timestamp::now(),
        duration: Duration::ZERO,
        complete: true,
        warnings,
        errors,
        benchmarks: benchmarks.into_values().collect(),
        harness: BTreeMap::new(),
    };
    let place = Destination::new(flags.output, &flags.project.join("target"), facts.commit());
    finish(context, measured, facts, &place, &Interrupt::default())
}
