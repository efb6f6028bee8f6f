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

#[test]
fn each_scenario_has_a_cheapest_size_of_its_own() {
    let mut ledger = ledger("processes", &[level(1, 100.0), level(2, 150.0)]);
    let other =
        with(scale("processes", 8, &[level(1, 10.0), level(2, 40.0)], &refused()), json!({ "scenario": "work" }));
    ledger.run(DAY, scaled("r2", &other, &[]));
    let economics = ledger.with_config(PRICES).economics;
    assert_eq!(economics.cheapest, None);
    assert_eq!(
        economics.why,
        "1 process of scale-trust cost 1.00 EUR for a million requests and keep p95 at most 100 ms, errors at most 1.00 %: \
         less than any other size measured of that scenario that does; \
         2 processes of work cost 5.00 EUR for a million requests and keep p95 at most 100 ms, errors at most 1.00 %: \
         less than any other size measured of that scenario that does"
    );
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
fn a_capacity_decides_with_both_ends_of_its_interval() {
    let size = |upper: f64| json!({ "throughput": { "value": 150.0, "interval": { "lower": 120.0, "upper": upper, "level": 0.95, "from": "rounds" } } });
    let decided = |expected: &str, upper: f64| {
        let of = ledger("processes", &[level(1, 100.0), with(level(2, 150.0), size(upper))])
            .with_config(&demand(&format!("expected = \"{expected} req/s\"")));
        of.decisions.into_iter().next().unwrap()
    };
    // 150 to be carried: 1.25 of the least, 0.83 of the most.
    let open = decided("100", 180.0);
    assert_eq!((open.decision, open.ratio), (DecisionKind::Undecided, None));
    let ends = open.ratio_interval.unwrap();
    assert!((ends.lower.get() - 150.0 / 180.0).abs() < 1e-9 && (ends.upper.get() - 1.25).abs() < 1e-9, "{ends:?}");
    assert!(
        open.why.starts_with(
            "100 /s (as configured) x 1.5 / 150 /s (95 %: 120 /s to 180 /s) = 1.00 (95 %: 0.833 to 1.25): "
        ),
        "{}",
        open.why
    );
    for (expected, kind) in [("145", DecisionKind::Up), ("96", DecisionKind::Hold), ("63", DecisionKind::Down)] {
        let found = decided(expected, 180.0);
        assert_eq!(found.decision, kind, "{expected}: {}", found.why);
    }
    // By its value it carries 142.5; by its least it is not known to.
    assert_eq!((decided("95", 180.0).enough, decided("80", 180.0).enough.as_deref()), (None, Some("2 processes")));
}

#[test]
fn the_ends_of_a_forecast_and_of_a_capacity_come_together() {
    let mut ledger = history(20, |day| 101.0 + 2.0 * f64::from(day) + noise(day));
    let wide = json!({ "throughput": { "value": 150.0, "interval": { "lower": 100.0, "upper": 200.0, "level": 0.95, "from": "rounds" } } });
    ledger.run(DAY, scaled("r2", &scale("processes", 8, &[with(level(2, 150.0), wide)], &refused()), &[]));
    let decision = ledger.with_config(&demand("")).decisions.remove(0);
    // 161 x 1.5 is 2.4 of the least and 1.2 of the most.
    assert!(
        decision.why.contains("(from the ends of both: 1.2") && decision.why.contains(" to 2.4"),
        "{}",
        decision.why
    );
    assert_eq!(decision.ratio_interval, None, "of no known level");
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

/// A history of so many days, the last of them a day before the assessment, of what carries 150.
fn history(days: u32, rate: impl Fn(u32) -> f64) -> Ledger {
    history_until(30, days, rate)
}

fn history_until(last: u32, days: u32, rate: impl Fn(u32) -> f64) -> Ledger {
    let mut ledger = ledger("processes", &[level(1, 100.0), level(2, 150.0)]);
    for day in 0..days {
        let time = format!("2026-11-{:02}T00:00:00Z", last - days + 1 + day);
        ledger.run(&time, run(&format!("d{day}"), "live", &[metric("live/all/all#rps", rate(day), "1/s")]));
    }
    ledger
}

/// A tenth up and a tenth down.
fn noise(day: u32) -> f64 {
    if day.is_multiple_of(2) { 0.1 } else { -0.1 }
}

#[test]
fn a_demand_that_grows_reaches_the_capacity_on_a_day() {
    // 101, 103 … 139 on the 30th, a day ago: 150 is 5.5 days behind that.
    let ledger = history(20, |day| 101.0 + 2.0 * f64::from(day) + noise(day));
    let of = ledger.with_config(&demand("expected = \"1 req/s\""));
    let forecast = &of.forecasts[0];
    assert_eq!(forecast.moments, 20);
    let value = forecast.value.unwrap();
    // 10 days from now are 11 from the last moment.
    assert!((value.value.get() - 161.0).abs() < 1.0 && value.interval.is_some(), "{value:?}");
    let Some(Reached::Within { days, earliest, .. }) = forecast.reached else { panic!("{:?}", forecast.reached) };
    assert!((days.get() - 4.5).abs() < 0.4 && earliest <= days, "{days:?} {earliest:?}");
    // The forecast goes before what was configured: 161 x 1.5 / 150.
    let decision = &of.decisions[0];
    assert_eq!(decision.predicted_peak.as_ref().unwrap().source, Source::Forecast);
    assert_eq!(decision.decision, DecisionKind::Up);
    let (ratio, ends) = (decision.ratio.unwrap(), decision.ratio_interval.unwrap());
    assert!((ratio.get() - 1.61).abs() < 0.01 && ends.lower < ratio && ratio < ends.upper, "{ratio:?} {ends:?}");
}

#[test]
fn a_demand_that_falls_is_largest_now() {
    let ledger = history(20, |day| 139.0 - 2.0 * f64::from(day) + noise(day));
    let of = ledger.with_config(&demand(""));
    assert_eq!(of.forecasts[0].reached, Some(Reached::Never));
    // 101 was yesterday.
    let peak = of.decisions[0].predicted_peak.as_ref().unwrap().amount.value.get();
    assert!((peak - 99.0).abs() < 0.5, "{peak}");
}

#[test]
fn the_horizon_counts_from_when_the_assessment_is_made() {
    let rate = |day: u32| 101.0 + 2.0 * f64::from(day) + noise(day);
    let asked = |last: u32, days: u32, horizon: u32| {
        let of = history_until(last, days, rate).with_config(&demand("").replace("= 10", &format!("= {horizon}")));
        (of.forecasts[0].value.map(|value| value.value.get()), of.forecasts[0].why.clone())
    };
    // It ended on the 26th, 5 days ago, with 139: 10 days from now are 15 from there.
    let (value, _) = asked(26, 20, 10);
    assert!((value.unwrap() - 169.0).abs() < 2.0, "{value:?}");
    let (value, why) = asked(26, 20, 15);
    assert_eq!(value, None);
    assert_eq!(
        why,
        "no forecast: 15 days ahead are 20.0 from the end of the history, more than the 19.0 days that it spans"
    );
    let (value, why) = asked(12, 12, 1);
    assert_eq!(value, None);
    assert_eq!(why, "no forecast: the history ended 19.0 days ago, and spans no more than 11.0 days");
}

#[test]
fn a_level_that_was_reached_between_the_history_and_now_is_reached() {
    // 149.5 on the 26th, 5 days ago.
    let ledger = history_until(26, 20, |day| 111.5 + 2.0 * f64::from(day) + noise(day));
    assert_eq!(ledger.with_config(&demand("")).forecasts[0].reached, Some(Reached::Already));
}

#[test]
fn ends_of_a_forecast_that_do_not_agree_decide_nothing_and_both_ratios_are_told() {
    // 110 x 1.5 / 150 is 1.1 in the middle, and noise of 15 either way.
    let ledger = history(25, |day| 110.0 + if day.is_multiple_of(2) { 15.0 } else { -15.0 });
    let decision = ledger.with_config(&demand("")).decisions.remove(0);
    assert_eq!((decision.decision, decision.ratio), (DecisionKind::Undecided, None));
    let ends = decision.ratio_interval.unwrap();
    assert!(ends.lower.get() < 1.2 && ends.upper.get() > 1.2, "{ends:?}");
    assert!(decision.why.contains("the ends of the interval do not lead to the same decision"), "{}", decision.why);
    assert!(decision.predicted_peak.unwrap().interval.is_some());
}

#[test]
fn no_demand_is_below_0() {
    let ledger = history(20, |day| (40.0 - 2.0 * f64::from(day)).max(0.0) + noise(day) * 30.0 + 3.0);
    let of = ledger.with_config(&demand(""));
    let value = of.forecasts[0].value.unwrap();
    assert!(value.value.get() >= 0.0 && value.interval.unwrap().lower.get() == 0.0, "{value:?}");
    assert!(of.forecasts[0].why.ends_with("cut at 0, for no demand is below that"), "{}", of.forecasts[0].why);
    assert!(of.decisions[0].predicted_peak.as_ref().unwrap().interval.unwrap().lower.get() >= 0.0);
}

#[test]
fn a_capacity_that_only_the_generator_limited_decides_that_less_suffices_and_nothing_else() {
    let limited = with(level(2, 150.0), json!({ "limited_rounds": 1 }));
    let ledger = ledger("processes", &[level(1, 100.0), limited]);
    let decided = |expected: &str| {
        let of = ledger.with_config(&demand(&format!("expected = \"{expected} req/s\"")));
        (of.decisions[0].decision, of.decisions[0].capacity_at_least, of.decisions[0].why.clone())
    };
    assert_eq!(decided("79").0, DecisionKind::Down);
    for expected in ["100", "200"] {
        let (kind, at_least, why) = decided(expected);
        assert_eq!((kind, at_least), (DecisionKind::Undecided, true));
        assert!(why.contains("/ at least 150 /s") && why.contains("the generator was the limit in 1 round"), "{why}");
    }
}

#[test]
fn what_the_shipped_configuration_expects_is_an_example_and_no_scenario_is_demand() {
    let config = crate::fixture::default_config();
    assert!(config.demands.iter().all(|demand| demand.metric.is_none() && demand.example));
    let mut ledger = history(20, |_| 100.0);
    for day in 1..=20 {
        let line = run(&format!("t{day}"), "load", &[metric("trust-load/all/all#rps", 100.0, "1/s")]);
        ledger.run(&format!("2026-11-{day:02}T00:00:00Z"), line);
    }
    let of = ledger.assess();
    assert!(of.forecasts.is_empty());
    let decision = &of.decisions[0];
    assert_eq!((decision.decision, decision.ratio_interval), (DecisionKind::Undecided, None));
    assert_eq!(decision.predicted_peak.as_ref().unwrap().source, Source::Example);
}

#[test]
fn shortened_runs_are_no_history() {
    let mut ledger = history(20, |_| 100.0);
    let short = run("q", "live", &[metric("live/all/all#rps", 9000.0, "1/s")]);
    ledger.run("2026-11-30T12:00:00Z", with(short, json!({ "mode": "quick" })));
    assert_eq!(ledger.with_config(&demand("")).forecasts[0].moments, 20);
}

#[test]
fn a_history_is_that_of_one_environment() {
    let mut ledger = history(20, |_| 100.0);
    for hour in ["06", "12"] {
        let moved = run(&format!("m{hour}"), "another", &[metric("live/all/all#rps", 9000.0, "1/s")]);
        ledger.run(&format!("2026-11-30T{hour}:00:00Z"), moved);
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
    assert_eq!(
        of.forecasts[0].why,
        "no forecast: 10 days ahead are 11.0 from the end of the history, more than the 9.0 days that it spans"
    );
}
