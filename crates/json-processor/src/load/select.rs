//! Which series a threshold looks at. A tag that no series has is a mistake, and never an empty set that passes.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::load::{ITERATIONS, Load, Selector, Series, VIEW};
use bench_model::unit::nearest;

/// The selector of a view of everything.
const EVERYTHING: &str = "all";
/// The tag that keeps regions apart.
pub(super) const REGION: &str = "region";

/// What a selector chooses.
pub(super) struct Selection<'a> {
    /// Series to be added up. A view alone where a tool tells nothing else of them.
    pub(super) series: Vec<&'a Series>,
    /// What the tool says of exactly these together.
    pub(super) view: Option<&'a Series>,
}

impl<'a> Selection<'a> {
    /// The series that tell latencies: figures that a tool printed of all of them are better than none of several.
    pub(super) fn of_latency(&self) -> Vec<&'a Series> {
        match self.view.filter(|view| view.latency.is_some()) {
            Some(view) => vec![view],
            None => self.series.clone(),
        }
    }
}

/// Series that count something by themselves: no view.
pub(super) fn counted(load: &Load) -> impl Iterator<Item = &Series> {
    load.series.iter().filter(|series| !series.tags.contains_key(VIEW))
}

/// Whether a series is of requests: what an engine counts by iteration is none.
pub(super) fn is_request(series: &Series) -> bool {
    series.request != ITERATIONS
}

/// The series with all of these tags; warm-up phases only where they are named. Views answer for their own selector alone.
///
/// # Errors
/// In a sentence, the tag that no series has.
pub(super) fn select<'a>(load: &'a Load, tags: &BTreeMap<String, String>) -> Result<Selection<'a>, String> {
    let warm_up: BTreeSet<&str> =
        load.phases.iter().filter(|phase| phase.warm_up).map(|phase| phase.name.as_str()).collect();
    let named = tags.contains_key("phase");
    let in_time = |series: &&Series| named || series.phase.as_deref().is_none_or(|phase| !warm_up.contains(phase));
    let fits = |series: &&Series| tags.iter().all(|(key, value)| has(series, key, value));
    let found: Vec<&Series> = counted(load).filter(in_time).filter(fits).collect();
    let view = view(load, tags);
    match (found.is_empty(), view) {
        (false, _) => return Ok(Selection { series: found, view }),
        (true, Some(alone)) => return Ok(Selection { series: vec![alone], view }),
        (true, None) => {}
    }
    for (key, value) in tags {
        if !counted(load).any(|series| has(series, key, value)) {
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

/// The view that answers for exactly these tags. A view of a phase answers where that phase is named, too.
pub(super) fn view<'a>(load: &'a Load, tags: &BTreeMap<String, String>) -> Option<&'a Series> {
    load.series.iter().find(|series| {
        let Some(selector) = series.tags.get(VIEW) else { return false };
        let named = if selector == EVERYTHING { Ok(BTreeMap::new()) } else { Selector::tags_of(selector) };
        let of_its_phase = |tag: &(&String, &String)| tag.0 == "phase" && series.phase.as_ref() == Some(tag.1);
        let alone = || tags.iter().filter(|tag| !of_its_phase(tag)).map(|(key, value)| (key.clone(), value.clone()));
        named.is_ok_and(|named| named == *tags || named == alone().collect())
    })
}

fn has(series: &Series, key: &str, value: &str) -> bool {
    match key {
        "name" => is_request(series) && series.request == value,
        "phase" => series.phase.as_deref() == Some(value),
        "check" => series.checks.contains_key(value),
        _ => series.tags.get(key).is_some_and(|found| found == value),
    }
}

fn values<'a>(load: &'a Load, key: &'a str) -> impl Iterator<Item = &'a str> {
    counted(load).flat_map(move |series| {
        let mut values: Vec<&str> = Vec::new();
        match key {
            "name" => values.extend(Some(series.request.as_str()).filter(|_| is_request(series))),
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

/// The regions of requests, each once; a single `None` where there are none.
pub(super) fn regions<'a>(series: &[&'a Series]) -> Vec<Option<&'a str>> {
    let found: BTreeSet<_> = series.iter().filter(|series| is_request(series)).map(|series| region(series)).collect();
    if found.is_empty() { vec![None] } else { found.into_iter().collect() }
}

/// Over how many seconds a selection was measured.
pub(super) fn seconds(load: &Load, phase: Option<&str>) -> f64 {
    let counts = |name: &str, warm_up: bool| phase.map_or(!warm_up, |wanted| wanted == name);
    load.phases.iter().filter(|phase| counts(&phase.name, phase.warm_up)).map(|phase| phase.measured_s.get()).sum()
}
