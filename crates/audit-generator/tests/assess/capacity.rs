//! Costs, forecasts, and decisions on capacity.

use bench_model::assessment::{DecisionKind, Reached, Source, TestStatus};
use serde_json::{Value, json};

use crate::fixture::{Ledger, item, level, metric, refused, run, scale, scaled, with};

const DAY: &str = "2026-11-30T00:00:00Z";
const PRICES: &str = "[prices]\ncurrency = \"EUR\"\nprocess_hour = 0.36\n";

fn ledger(axis: &str, levels: &[Value]) -> Ledger {
    let mut ledger = Ledger::new();
    ledger.run(DAY, scaled("r1", &scale(axis, 8, levels, &refused()), &[]));
    ledger
}

#[test]
fn a_million_requests_cost_what_the_hours_of_them_do() {
    // 1 process for 0.36 an hour answers 360,000 requests in it: 1 for a million.
    let of = ledger("processes", &[level(1, 100.0), level(2, 150.0), with(level(3, 500.0), json!({ "p95": 2e8 }))])
        .with_config(PRICES);
    let costs: Vec<_> = of.economics.costs.iter().map(|cost| (cost.at, cost.per_million.unwrap().get())).collect();
    assert_eq!(costs.iter().map(|cost| cost.0).collect::<Vec<_>>(), [1, 2, 3]);
    for ((_, found), wanted) in costs.iter().zip([1.0, 4.0 / 3.0, 0.6]) {
        assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
    }
    // 3 processes cost less, and break the service level.
    assert_eq!((of.economics.cheapest, of.economics.costs[2].keeps_level), (Some(0), Some(false)));
    assert_eq!(of.economics.costs[2].why, "p95 is 200 ms, more than 100 ms");
    assert!(item(&of, "C1").why.contains("1 process, within the limit"), "{}", item(&of, "C1").why);
}

#[test]
fn processors_and_memory_have_prices_of_their_own() {
    let more = "cpu_hour = 1.0\ngib_hour = 10.0\n";
    // 2 processes, half a processor, 1 GiB.
    let of = ledger("processes", &[level(2, 100.0)]).with_config(&format!("{PRICES}{more}"));
    assert_eq!(of.economics.costs[0].per_hour.unwrap().get(), 2.0 * 0.36 + 0.5 + 10.0);
    // Threads run in one process.
    let of = ledger("threads", &[level(2, 100.0)]).with_config(&format!("{PRICES}{more}"));
    assert_eq!(of.economics.costs[0].per_hour.unwrap().get(), 0.36 + 0.5 + 10.0);
}

#[test]
fn what_has_a_price_and_was_not_measured_leaves_no_cost() {
    let half = with(level(1, 100.0), json!({ "service_cpu": null }));
    let of = ledger("processes", &[half]).with_config(&format!("{PRICES}cpu_hour = 1.0\n"));
    let cost = &of.economics.costs[0];
    assert_eq!((cost.per_hour, cost.per_million, of.economics.cheapest), (None, None, None));
    assert_eq!(cost.why, "`processors in use` was not measured");
}

#[test]
fn without_prices_nothing_has_a_cost() {
    let of = ledger("processes", &[level(1, 100.0)]).with_config("");
    assert!(of.economics.costs.is_empty() && of.economics.prices.is_none());
    assert_eq!(item(&of, "C1").why, "no prices are configured: nothing has a cost");
}

#[test]
fn a_size_whose_generator_was_the_limit_is_not_the_cheapest() {
    let limited = with(level(1, 1000.0), json!({ "limited_rounds": 1 }));
    let of = ledger("processes", &[limited, level(2, 100.0)]).with_config(PRICES);
    assert_eq!((of.economics.cheapest, of.economics.costs[0].keeps_level), (Some(1), None));
}

fn demand(more: &str) -> String {
    format!(
        "[[demand]]\nname = \"requests\"\nmetric = \"live/all/all#rps\"\ncapacity = \"scale-trust/processes\"\nhorizon_days = 10\n{more}\n"
    )
}

#[test]
fn more_above_a_ratio_of_1_2_less_below_0_8_and_nothing_between() {
    // The margin is 1.5 and the capacity 150 requests a second: what is expected is the ratio in hundreds.
    for (expected, kind) in
        [("121", DecisionKind::Up), ("120", DecisionKind::Hold), ("80", DecisionKind::Hold), ("79", DecisionKind::Down)]
    {
        let of = ledger("processes", &[level(1, 100.0), level(2, 150.0)])
            .with_config(&demand(&format!("expected = \"{expected} req/s\"")));
        let decision = &of.decisions[0];
        assert_eq!(decision.decision, kind, "{expected}: {}", decision.why);
        assert_eq!(decision.predicted_peak.as_ref().unwrap().source, Source::Configured);
        assert_eq!(decision.capacity_at.as_deref(), Some("2 processes"));
    }
}

#[test]
fn examples_show_the_arithmetic_and_decide_nothing() {
    let ledger = ledger("processes", &[level(1, 100.0), level(2, 150.0)]);
    let input = "[[input]]\ncategory = \"horizontal\"\ncost = \"scale-trust/processes/1\"\nall = 1\nnone = 2\n";
    let own = ledger.with_config(&format!("{PRICES}{input}"));
    assert_eq!((item(&own, "C1").status, own.readiness[0].score.is_some()), (TestStatus::Passed, true));
    let of = ledger.with_config(&format!("{PRICES}example = true\n{input}"));
    assert_eq!((item(&of, "C1").status, of.readiness[0].score), (TestStatus::Inconclusive, None));
    assert!(of.economics.cheapest.is_some() && of.economics.prices.unwrap().example);
    let of = ledger.with_config(&demand("expected = \"200 req/s\"\nexample = true"));
    let decision = &of.decisions[0];
    assert_eq!((decision.decision, decision.ratio), (DecisionKind::Undecided, None));
    assert_eq!(decision.predicted_peak.as_ref().unwrap().source, Source::Example);
    assert!(
        decision.why.starts_with("the peak is not known; with an example: 200 /s x 1.5 / 150 /s = 2.00"),
        "{}",
        decision.why
    );
}

#[test]
fn the_smallest_size_that_carries_the_peak_is_named() {
    let enough = |expected: &str| {
        let of = ledger("processes", &[level(1, 100.0), level(2, 150.0)])
            .with_config(&demand(&format!("expected = \"{expected} req/s\"")));
        of.decisions[0].enough.clone()
    };
    assert_eq!(enough("60").as_deref(), Some("1 process"));
    assert_eq!(enough("90").as_deref(), Some("2 processes"));
    assert_eq!(enough("110"), None);
}

#[test]
fn no_peak_or_no_capacity_is_no_decision() {
    let of = ledger("processes", &[level(1, 100.0)]).with_config(&demand(""));
    assert_eq!(of.decisions[0].decision, DecisionKind::Undecided);
    assert_eq!(of.decisions[0].why, "the peak is not known: no run of the ledger measured live/all/all#rps");
    let of = ledger("processes", &[with(level(1, 100.0), json!({ "p95": 2e8 }))])
        .with_config(&demand("expected = \"10 req/s\""));
    let decision = &of.decisions[0];
    assert_eq!((decision.decision, &decision.capacity), (DecisionKind::Undecided, &None));
    assert!(decision.why.contains("no size of scale-trust over processes is known to keep"), "{}", decision.why);
}

/// A history of so many days, ending at the same capacity of 150.
fn history(days: u32, rate: impl Fn(u32) -> f64) -> Ledger {
    let mut ledger = ledger("processes", &[level(1, 100.0), level(2, 150.0)]);
    for day in 0..days {
        let time = format!("2026-11-{:02}T00:00:00Z", day + 1);
        ledger.run(&time, run(&format!("d{day}"), "live", &[metric("live/all/all#rps", rate(day), "1/s")]));
    }
    ledger
}

#[test]
fn a_demand_that_grows_reaches_the_capacity_on_a_day() {
    // 101, 103 … 139 on the 20th: 150 is 5.5 days ahead.
    let ledger = history(20, |day| 101.0 + 2.0 * f64::from(day) + if day % 2 == 0 { 0.1 } else { -0.1 });
    let of = ledger.with_config(&demand("expected = \"1 req/s\""));
    let forecast = &of.forecasts[0];
    assert_eq!(forecast.moments, 20);
    let value = forecast.value.unwrap();
    assert!((value.value.get() - 159.0).abs() < 2.0 && value.interval.is_some(), "{value:?}");
    let Some(Reached::Within { days, earliest, .. }) = forecast.reached else { panic!("{:?}", forecast.reached) };
    assert!((days.get() - 5.5).abs() < 0.5 && earliest <= days, "{days:?} {earliest:?}");
    // The forecast goes before what was configured: 159 x 1.5 / 150.
    let decision = &of.decisions[0];
    assert_eq!(decision.predicted_peak.as_ref().unwrap().source, Source::Forecast);
    assert_eq!(decision.decision, DecisionKind::Up);
}

#[test]
fn a_demand_that_falls_is_largest_today() {
    let ledger = history(20, |day| 139.0 - 2.0 * f64::from(day) + if day % 2 == 0 { 0.1 } else { -0.1 });
    let of = ledger.with_config(&demand(""));
    assert_eq!(of.forecasts[0].reached, Some(Reached::Never));
    let peak = of.decisions[0].predicted_peak.as_ref().unwrap().amount.value.get();
    assert!((peak - 101.0).abs() < 1.0, "{peak}");
}

#[test]
fn a_history_is_that_of_one_environment() {
    let mut ledger = history(20, |_| 100.0);
    for day in ["24", "25"] {
        let moved = run(&format!("m{day}"), "another", &[metric("live/all/all#rps", 9000.0, "1/s")]);
        ledger.run(&format!("2026-11-{day}T00:00:00Z"), moved);
    }
    let of = ledger.with_config(&demand(""));
    assert_eq!((of.forecasts[0].moments, of.ledger.other_epochs), (2, 20));
}

#[test]
fn a_size_that_fails_is_no_capacity() {
    let failing = with(level(2, 900.0), json!({ "error_rate": 0.02 }));
    let of = ledger("processes", &[level(1, 100.0), failing]).with_config(&demand("expected = \"10 req/s\""));
    assert_eq!(of.decisions[0].capacity_at.as_deref(), Some("1 process"));
}

#[test]
fn a_history_that_is_too_short_gives_no_forecast_and_says_so() {
    let of = history(9, |_| 100.0).with_config(&demand("expected = \"100 req/s\""));
    let forecast = &of.forecasts[0];
    assert_eq!((forecast.value, forecast.reached), (None, None));
    assert_eq!(forecast.why, "no forecast: the history has 9 moments, where 10 are the least");
    assert_eq!(of.decisions[0].predicted_peak.as_ref().unwrap().source, Source::Configured);
}

#[test]
fn a_horizon_beyond_the_history_gives_no_forecast() {
    let of = history(10, f64::from).with_config(&demand(""));
    assert_eq!(of.forecasts[0].why, "no forecast: 10 days ahead are more than the 9.0 days that the history spans");
}
