//! The verb `collect`.

use std::collections::BTreeMap;
use std::time::Duration;

use bench_cli::{Context, Error, Interrupt};
use bench_host::{Facts, target_directory};
use bench_model::provenance::Source;
use bench_model::run::{Benchmark, Mode, Plan};
use bench_model::time::Timestamp;
use bench_model::{BenchmarkId, Diagnostic, Exit, Failure};

use super::Collect;
use super::finish::{Destination, finish};
use crate::criterion::add_round;
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
        errors.extend(add_round(&mut benchmarks, round, collected.benchmarks));
    }
    if benchmarks.is_empty() {
        errors.push(RunnerError::NothingMeasured.diagnostic());
    }
    // What is checked out now says nothing about results that existed before.
    let source = flags.commit.map(|commit| Source { commit, branch: None, dirty: false, base: None });
    let mut warnings =
        vec!["these results existed before: machine and toolchain are those found when they were read".to_owned()];
    if source.is_none() {
        warnings.push("the commit of these results is not recorded: name it with --commit".to_owned());
    }
    let facts = Facts::here(&flags.project, &settings).with_source(source);
    let measured = Measured {
        plan: Plan {
            mode: Mode::AsFound,
            rounds: u32::try_from(flags.folders.len()).unwrap_or(u32::MAX),
            filter: None,
            partial: false,
            asked: Vec::new(),
            pairing: None,
        },
        started: Timestamp::now(),
        duration: Duration::ZERO,
        complete: true,
        warnings,
        errors,
        benchmarks: benchmarks.into_values().collect(),
        harness: BTreeMap::new(),
    };
    let place = Destination::new(flags.output, &target_directory(&flags.project), facts.commit());
    finish(context, measured, facts, &place, &Interrupt::default())
}
