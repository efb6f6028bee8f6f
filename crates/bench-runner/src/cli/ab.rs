//! The verb `ab`.

use std::path::Path;

use bench_cli::{Context, Error, Interrupt};
use bench_host::Facts;
use bench_model::Exit;
use bench_model::config::Settings;
use bench_model::unit::Quantity;
use bench_model::{Finite, Unit};

use super::Ab;
use super::finish::{Destination, tell};
use super::measure::{environment, layer, thresholds_timeout};
use super::talk::Talk;
use crate::ab::{Against, Comparison, Decide, FEWEST, What, compare};
use crate::{Project, RunnerError, Selection};

/// The setting for rounds until all is decided.
const TIME_BUDGET: &str = "bench.time_budget";

pub(super) fn ab(flags: Ab, context: &Context) -> Result<Exit, Error> {
    let Ab { against, head, noise, plant, what, time_budget, decide, decide_arg, no_confirm, pin } = flags;
    let mut layers = context.layers(&what.project)?;
    let whole = layers.clone();
    layer(&what, context, &mut layers);
    if let (Some(origin), Some(budget)) = (context.origin("time_budget"), time_budget) {
        layers.set(TIME_BUDGET, budget, origin);
    }
    thresholds_timeout(&context.config_folder(&what.project), &mut layers)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?;
    let whole = whole.settings()?.bench;
    let only = Selection::of_flag("--only", &what.only)?;
    let sides = sides(noise, plant.as_deref(), against, head)?;
    let fixed = context.origin("rounds").is_some();
    let rounds = rounds(fixed, &sides, decide.is_some(), &settings);
    if what.output.out.as_deref() == Some(Path::new("-")) {
        let reason = "a comparison writes several files; name a file, the others lie beside it".to_owned();
        return Err(RunnerError::Flag { flag: "--out", reason }.into());
    }

    let interrupt = Interrupt::install();
    Project::find(&what.project)?;
    let warnings = environment(&what.project, &what.project.join("target"), true)?;
    let project = Project::open(&what.project)?;
    let facts = Facts::here(&what.project, &settings);
    let place = Destination::new(what.output, project.target_directory(), facts.commit());
    let request = Comparison {
        project: &project,
        bench: &settings.bench,
        whole: &whole,
        only: &only,
        what: sides,
        remote: &settings.ledger.remote,
        rounds,
        decide: decide.map(|program| Decide { program, arguments: decide_arg }),
        confirm: !no_confirm,
        pin,
        id: place.id.clone(),
        out: &place.out,
        log: &place.log,
    };
    let talk = Talk::of_looks(context);
    let runs = compare(&request, facts, warnings, &interrupt, &talk)?;
    drop(talk);
    tell(context, &runs, &place, &interrupt)
}

fn sides(noise: bool, plant: Option<&str>, against: Option<String>, head: Option<String>) -> Result<What, RunnerError> {
    if noise {
        return Ok(What::Noise);
    }
    if let Some(text) = plant {
        return share(text).map(What::Plant);
    }
    let target_branch = || std::env::var("GITHUB_BASE_REF").ok().filter(|branch| !branch.is_empty());
    let against = against.map(Against::Revision).or_else(|| target_branch().map(Against::ForkFrom));
    Ok(What::Change { against: against.ok_or(RunnerError::NoBase)?, head })
}

/// A share of the time: more than nothing, and no more than the time itself, which would stop a process more than it runs.
fn share(text: &str) -> Result<Finite, RunnerError> {
    let refuse = |reason| RunnerError::Flag { flag: "--plant", reason };
    let quantity = Quantity::parse_as(text, Unit::Ratio).map_err(|error| refuse(error.to_string()))?;
    Finite::try_from(quantity.value)
        .ok()
        .filter(|share| share.get() >= 0.001 && share.get() <= 1.0)
        .ok_or_else(|| refuse(format!("`{text}` does not lie between 0.1 % and 100 %")))
}

/// The number of rounds, where it does not depend on what is found.
fn rounds(asked: bool, sides: &What, decided: bool, settings: &Settings) -> Option<u32> {
    match sides {
        _ if asked => Some(settings.bench.rounds),
        What::Noise => Some(settings.bench.noise_rounds),
        What::Change { .. } | What::Plant(_) if decided => None,
        // A comparison without a number of its own has enough of them for a verdict.
        What::Change { .. } | What::Plant(_) => Some(settings.bench.rounds.max(FEWEST)),
    }
}
