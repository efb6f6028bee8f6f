//! What to know before a law is trusted, each in a sentence. Must not know: how a law is found.

use bench_model::scale::{Scale, ScaleLevel};
use bench_stats::{Scaling, Why};

use super::levels::Group;
use super::words::shown;

/// This share of the machine's processors is all of them: some time is lost between two requests.
const FULL: f64 = 0.9;

/// What holds of the points, whatever law they follow.
pub(super) fn of_points(scale: &Scale, groups: &[Group<'_>], levels: &[ScaleLevel]) -> Vec<String> {
    let axis = scale.axis;
    let mut notes = Vec::new();
    let rounds = |number| bench_model::words::count(number, "round", "rounds");
    notes.extend(groups.iter().filter_map(|group| {
        let (number, why) = group.unusable()?;
        Some(format!("{}: no evidence: {} (in {})", axis.counted(group.at()), shown(why), rounds(number)))
    }));
    let usable = groups.iter().filter(|group| group.unusable().is_none());
    notes.extend(usable.filter_map(|group| {
        let (number, why) = group.limited()?;
        let size = axis.counted(group.at());
        Some(format!("{size} have no say in the law: {} (in {})", shown(why), rounds(number)))
    }));
    if axis.takes_processors() && scale.points.iter().any(|point| point.at > scale.cores) {
        notes.push(format!(
            "this machine has {} for service and generator together: sizes beyond wait for a processor, and say nothing of a larger machine",
            processors(scale.cores)
        ));
    }
    notes.extend(full(scale, levels));
    notes
}

/// From which size on there is no processor left.
fn full(scale: &Scale, levels: &[ScaleLevel]) -> Option<String> {
    let used = |level: &ScaleLevel| {
        let (service, generator) = (level.service_cpu?.value.get(), level.generator_cpu?.get());
        (service + generator >= FULL * f64::from(scale.cores)).then_some((level.at, service + generator, generator))
    };
    let (at, all, generator) = levels.iter().find_map(used)?;
    Some(format!(
        "at {} service and generator together keep {all:.1} of {} busy, {generator:.1} of it the generator: from there on the machine is the limit",
        scale.axis.counted(at),
        processors(scale.cores)
    ))
}

fn processors(cores: u32) -> String {
    bench_model::words::count(cores, "processor", "processors")
}

/// What holds of a law. Which sizes have no say for what was measured there is told of the points.
pub(super) fn of_law(found: &Scaling, scale: &Scale) -> Vec<String> {
    let mut notes = Vec::new();
    let miss = found.lack_of_fit;
    if miss.p < 0.05 {
        notes.push(format!(
            "{} lie {:+.1} % off the law, more than rounds scatter: intervals are widened for it",
            scale.axis.counted(miss.workers),
            miss.deviation * 100.0
        ));
    }
    let beyond = found.left_out.iter().filter(|left_out| match left_out.why {
        Why::BeyondCores => true,
        Why::GeneratorLimited => false,
    });
    let beyond: Vec<String> = beyond.map(|left_out| left_out.workers.to_string()).collect();
    if !beyond.is_empty() {
        notes.push(format!(
            "the law is of sizes up to {}: {} {} have no processor each",
            processors(scale.cores),
            beyond.join(", "),
            scale.axis
        ));
    }
    notes
}
