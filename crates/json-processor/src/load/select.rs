//! Which series a threshold looks at. A tag that no series has is a mistake, and never an empty set that passes.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::load::{Load, Series};
use bench_model::unit::nearest;

/// The tag that keeps regions apart.
pub(super) const REGION: &str = "region";

/// The series with all of these tags; warm-up phases only where they are named.
///
/// # Errors
/// In a sentence, the tag that no series has.
pub(super) fn select<'a>(load: &'a Load, tags: &BTreeMap<String, String>) -> Result<Vec<&'a Series>, String> {
    let warm_up: BTreeSet<&str> =
        load.phases.iter().filter(|phase| phase.warm_up).map(|phase| phase.name.as_str()).collect();
    let named = tags.contains_key("phase");
    let counted = |series: &&Series| named || series.phase.as_deref().is_none_or(|phase| !warm_up.contains(phase));
    let fits = |series: &&Series| tags.iter().all(|(key, value)| has(series, key, value));
    let found: Vec<&Series> = load.series.iter().filter(counted).filter(fits).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    for (key, value) in tags {
        if !load.series.iter().any(|series| has(series, key, value)) {
            let near = nearest(value, values(load, key)).map(|near| format!("; did you mean `{near}`"));
            return Err(format!("no series has the tag `{key}:{value}`{}", near.unwrap_or_default()));
        }
    }
    match tags.is_empty() {
        true if load.series.is_empty() => Err("the run has no series".into()),
        true => Err("the run has no series outside its warm-up".into()),
        false => Err("no series has all of these tags".into()),
    }
}

fn has(series: &Series, key: &str, value: &str) -> bool {
    match key {
        "name" => series.request == value,
        "phase" => series.phase.as_deref() == Some(value),
        "check" => series.checks.contains_key(value),
        _ => series.tags.get(key).is_some_and(|found| found == value),
    }
}

fn values<'a>(load: &'a Load, key: &'a str) -> impl Iterator<Item = &'a str> {
    load.series.iter().flat_map(move |series| {
        let mut values: Vec<&str> = Vec::new();
        match key {
            "name" => values.push(&series.request),
            "phase" => values.extend(series.phase.as_deref()),
            "check" => values.extend(series.checks.keys().map(String::as_str)),
            _ => values.extend(series.tags.get(key).map(String::as_str)),
        }
        values
    })
}

/// The region of a series.
pub(super) fn region(series: &Series) -> Option<&str> {
    series.tags.get(REGION).map(String::as_str)
}

/// The regions of series, each once; a single `None` where there are none.
pub(super) fn regions<'a>(series: &[&'a Series]) -> Vec<Option<&'a str>> {
    series.iter().map(|series| region(series)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Over how many seconds a selection was measured.
pub(super) fn seconds(load: &Load, phase: Option<&str>) -> f64 {
    let counts = |name: &str, warm_up: bool| phase.map_or(!warm_up, |wanted| wanted == name);
    load.phases.iter().filter(|phase| counts(&phase.name, phase.warm_up)).map(|phase| phase.measured_s.get()).sum()
}
