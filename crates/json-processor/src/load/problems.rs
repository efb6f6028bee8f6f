//! What can be wrong inside a load record although each member has the right type.

use bench_model::load::{Buckets, Distribution, Load};

use crate::Problem;

/// Every problem of a load record, with pointers inside it.
pub(crate) fn of_load(load: &Load) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |pointer: String, message: String| problems.push(Problem::at(pointer, message));
    if load.window_s.get() <= 0.0 {
        add("/window_s".into(), format!("expected more than 0, found {}", load.window_s.get()));
    }
    if load.time_scale.get() <= 0.0 {
        add("/time_scale".into(), format!("expected more than 0, found {}", load.time_scale.get()));
    }
    for (index, phase) in load.phases.iter().enumerate() {
        if phase.measured_s.get() < 0.0 {
            add(format!("/phases/{index}/measured_s"), "expected at least 0".into());
        }
    }
    for (index, series) in load.series.iter().enumerate() {
        let place = format!("/series/{index}");
        if let Some(phase) = &series.phase
            && !load.phases.iter().any(|known| known.name == *phase)
        {
            add(format!("{place}/phase"), format!("there is no phase `{phase}`"));
        }
        if series.completed > series.sent {
            let message = format!("expected at most `sent` {}, found {}", series.sent, series.completed);
            add(format!("{place}/completed"), message);
        }
        let mut check = |name: String, buckets: &Buckets| {
            if let Some(message) = of_buckets(buckets) {
                add(format!("{place}/{name}"), message);
            }
        };
        if let Some(Distribution::Buckets(buckets)) = &series.latency {
            check("latency".into(), buckets);
        }
        let single = [("open", &series.open), ("service", &series.service), ("lag", &series.lag)];
        for (name, buckets) in single {
            if let Some(buckets) = buckets {
                check(name.into(), buckets);
            }
        }
        for (name, buckets) in series.parts.iter() {
            check(format!("parts/{name}"), buckets);
        }
        for (name, buckets) in series.operations.iter() {
            check(format!("operations/{name}"), buckets);
        }
    }
    if let Some(message) = load.tick_lag.as_ref().and_then(of_buckets) {
        add("/tick_lag".into(), message);
    }
    let mut before = f64::NEG_INFINITY;
    for (index, window) in load.windows.iter().enumerate() {
        if window.at_s.get() < before {
            add(format!("/windows/{index}/at_s"), format!("expected at least {before}, as windows stand in order"));
        }
        before = before.max(window.at_s.get());
    }
    problems
}

fn of_buckets(buckets: &Buckets) -> Option<String> {
    let ascending = buckets.buckets.is_sorted_by(|(one, _), (other, _)| one < other);
    let filled = buckets.buckets.iter().all(|(_, count)| *count > 0);
    match (ascending, filled) {
        (false, _) => Some("expected buckets in ascending order, each once".into()),
        (true, false) => Some("expected no empty bucket".into()),
        (true, true) => None,
    }
}
