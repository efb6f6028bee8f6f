//! The whole engine against services that behave in known ways. Nothing here depends on how fast the machine is: counts are exact, and
//! latencies are held against what the service made them last at least.

mod arrivals;
mod failures;
mod protocols;
mod regions;
mod server;
mod users;

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use bench_model::load::{Distribution, Quantile};

use super::*;
use crate::scenario::Overrides;
use server::{Behaviour, Service};

/// A scenario with one request, `GET /`, and further lines.
fn scenario(base_url: &str, connections: u32, phases: &str, top: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.toml");
    let mut text =
        format!("description = \"A test\"\nbase_url = \"{base_url}\"\nconnections = {connections}\n{top}\n{phases}\n");
    if !top.contains("[[request]]") {
        write!(text, "[[request]]\nname = \"root\"\nget = \"/\"\n").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    Scenario::read(&path, &Overrides { set: Vec::new(), time_scale: 1.0, variable: &|_| None }).unwrap()
}

fn open(rate: u32, ms: u32) -> String {
    format!("[[phase]]\nname = \"steady\"\nduration = \"{ms} ms\"\nrate = \"{rate} req/s\"\n")
}

fn closed(users: u32, ms: u32, more: &str) -> String {
    format!("[[phase]]\nname = \"steady\"\nduration = \"{ms} ms\"\nusers = {users}\n{more}\n")
}

fn engine(scenario: Scenario, threads: usize) -> Engine {
    let permit = Permit { remote: false, insecure: scenario.base_url.starts_with("https") };
    let target = Arc::new(Target::new(&scenario.base_url, scenario.protocol, permit).unwrap());
    let exchanges = Exchanges::new(&scenario, 1, Default::default()).unwrap();
    Engine { scenario, exchanges, targets: vec![target], seed: 1, threads, interrupt: Interrupt::default() }
}

fn run(engine: Engine) -> Outcome {
    engine.run(Box::new(|_| ()), |_| Ok(()), |_| ()).unwrap()
}

fn only(outcome: &Outcome) -> &Series {
    assert_eq!(outcome.series.len(), 1);
    outcome.series.first().unwrap()
}

fn percentile(series: &Series, percent: f64) -> Quantile {
    series.latency.as_ref().unwrap().percentile(percent, series.open.as_ref()).unwrap()
}

/// What must add up in every run.
fn adds_up(outcome: &Outcome) {
    for series in &outcome.series {
        let unanswered: u64 = series
            .errors
            .iter()
            .filter(|(kind, _)| !["status", "check", "too_large"].contains(&kind.as_str()))
            .map(|(_, n)| n)
            .sum();
        assert_eq!(series.sent, series.completed + unanswered + series.in_flight, "{series:?}");
        if let Some(offered) = series.offered {
            assert_eq!(offered, series.sent + series.unsent);
            assert_eq!(series.lag.as_ref().map_or(0, |lag| lag.count()), series.sent);
        }
        assert_eq!(series.latency.as_ref().and_then(Distribution::count).unwrap_or(0), series.completed);
        let open = series.unsent + series.in_flight + series.errors.get("timeout").unwrap_or(&0);
        assert_eq!(series.open.as_ref().map_or(0, |open| open.count()), open);
    }
    let series = |figure: fn(&Series) -> u64| outcome.series.iter().map(figure).sum::<u64>();
    let windows = |figure: fn(&Window) -> u64| outcome.windows.iter().map(figure).sum::<u64>();
    assert_eq!(windows(|window| window.sent), series(|series| series.sent));
    assert_eq!(windows(|window| window.completed), series(|series| series.completed));
    assert_eq!(windows(|window| window.failed), series(|series| series.failed));
    assert_eq!(windows(|window| window.offered.unwrap_or(0)), series(|series| series.offered.unwrap_or(0)));
}
