//! What the judge's checks of itself found, in one line each: head against head, and a planted delay. Must not know how they
//! were made.

use bench_cli::words::{thousands, unsigned_percent};
use bench_model::ledger::NoiseMetric;
use bench_model::run::Purpose;
use bench_model::verdict::{Judgement, PlantCheck};
use bench_stats::FEWEST_RUNS;

/// Whether the run measured noise.
pub(crate) fn is_noise_run(judgement: &Judgement) -> bool {
    judgement.against.as_ref().is_some_and(|against| against.purpose == Purpose::Noise)
}

/// One line for people; `None` for a run that checked nothing of the judge.
pub(crate) fn line(judgement: &Judgement) -> Option<String> {
    match &judgement.plant {
        Some(plant) => Some(planted(plant)),
        None => is_noise_run(judgement).then(|| noise(&judgement.noise)),
    }
}

fn planted(plant: &PlantCheck) -> String {
    format!(
        "planted {}, measured {}: found in {} of {} metrics, inside the interval of {}",
        unsigned_percent(plant.asked.get()),
        unsigned_percent(plant.measured.get()),
        thousands(plant.found as usize),
        thousands(plant.metrics as usize),
        thousands(plant.held as usize)
    )
}

/// The floor in the middle (of two the lower, so that it is one that was measured) and the highest, with the alarms of all.
fn noise(metrics: &[NoiseMetric]) -> String {
    let mut ascending: Vec<&NoiseMetric> = metrics.iter().collect();
    ascending.sort_by(|a, b| a.floor.get().total_cmp(&b.floor.get()).then_with(|| b.name.cmp(&a.name)));
    let middle = ascending.len().checked_sub(1).and_then(|last| ascending.get(last / 2));
    let Some((middle, highest)) = middle.zip(ascending.last()) else {
        return format!("no noise floor: no metric has the {FEWEST_RUNS} rounds a side that it takes");
    };
    let sum = |number: fn(&NoiseMetric) -> u32| metrics.iter().map(|metric| number(metric) as usize).sum::<usize>();
    let rounds = highest.rounds as usize;
    let alarms = match sum(|metric| metric.comparisons) {
        0 => format!("too few rounds to look for false alarms, which takes {} a side", thousands(2 * rounds)),
        all => {
            format!("{} of {} comparisons raised a false alarm", thousands(sum(|metric| metric.alarms)), thousands(all))
        }
    };
    format!(
        "noise floor of {} rounds a side: {} (median), {} at most (`{}`); {alarms}",
        thousands(rounds),
        unsigned_percent(middle.floor.get()),
        unsigned_percent(highest.floor.get()),
        highest.name
    )
}
