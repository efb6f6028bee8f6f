//! Floors by metric and month.

use bench_model::audit::{Audit, MetricCompliance, MonthCompliance};
use proptest::prelude::*;
use serde_json::json;

use crate::fixture::{Ledger, duration, rate, run, with};

fn of<'a>(audit: &'a Audit, metric: &str) -> &'a MetricCompliance {
    audit.compliance.iter().find(|known| known.metric.as_str() == metric).unwrap()
}

fn share(month: &MonthCompliance) -> f64 {
    month.time_met.unwrap().get()
}

#[test]
fn a_value_is_held_against_the_floor_of_its_own_line() {
    let mut ledger = Ledger::new();
    ledger.run("2026-10-01T00:00:00Z", run("r1", &[rate("a", 10.0, Some(8.0))]));
    // The same value later fails a raised floor, and lines from before there were floors are not judged.
    let second = ledger.run("2026-10-11T00:00:00Z", run("r2", &[rate("a", 10.0, Some(12.5))]));
    ledger.run("2026-10-21T00:00:00Z", run("r3", &[rate("a", 30.0, None)]));
    ledger.run("2026-11-02T00:00:00Z", run("r4", &[rate("a", 10.0, Some(10.0))]));
    let audit = ledger.audit("2026-10", "2026-11");
    let months = &of(&audit, "a").months;
    assert_eq!(months.len(), 2);
    let october = &months[0];
    assert_eq!((october.runs, october.judged, october.violations), (3, 2, 1));
    assert_eq!(october.violating_lines, [second]);
    assert_eq!(october.lowest_margin.unwrap().get(), 0.8);
    // 10 days met, and 21 not: the unjudged run changes nothing.
    assert!((share(october) - 10.0 / 31.0).abs() < 1e-12, "{}", share(october));
    let spread = [october.lowest, october.median, october.highest].map(|value| value.unwrap().get());
    assert_eq!(spread, [10.0, 10.0, 30.0]);
    // Equal to its floor is met; the last line of the ledger stands for one second.
    assert_eq!((months[1].violations, share(&months[1])), (0, 1.0));
    assert_eq!(audit.overview.violations, 1);
}

#[test]
fn where_lower_is_better_the_floor_is_a_ceiling() {
    let mut ledger = Ledger::new();
    ledger.run("2026-10-01T00:00:00Z", run("r1", &[duration("t", 50.0, 100.0), duration("zero", 0.0, 100.0)]));
    ledger.run("2026-10-02T00:00:00Z", run("r2", &[duration("t", 125.0, 100.0), duration("zero", 0.0, 100.0)]));
    // Equal to it is met, here too.
    ledger.run("2026-10-03T00:00:00Z", run("r3", &[duration("t", 100.0, 100.0)]));
    let audit = ledger.audit("2026-10", "2026-10");
    let month = &of(&audit, "t").months[0];
    assert_eq!((month.violations, month.lowest_margin.unwrap().get()), (1, 0.8));
    let month = &of(&audit, "zero").months[0];
    assert_eq!((month.violations, month.lowest_margin, month.judged), (0, None, 2));
}

#[test]
fn months_without_a_run_are_left_out_and_a_metric_that_went_missing_is_not() {
    let mut ledger = Ledger::new();
    ledger.run("2026-08-05T00:00:00Z", run("r1", &[rate("a", 10.0, Some(5.0))]));
    ledger.run("2026-10-05T00:00:00Z", with(run("r2", &[rate("b", 1.0, None)]), json!({ "missing": ["a", "never"] })));
    let audit = ledger.audit("2026-08", "2026-10");
    let months: Vec<_> =
        of(&audit, "a").months.iter().map(|month| (month.month.as_str(), month.runs, month.missing)).collect();
    assert_eq!(months, [("2026-08", 1, 0), ("2026-10", 0, 1)]);
    let gone = &of(&audit, "a").months[1];
    assert_eq!((gone.time_met, gone.lowest, gone.median, gone.lowest_margin), (None, None, None, None));
    assert_eq!(audit.overview.incomplete, 1);
    assert!(
        audit.attention.iter().any(|line| line == "`never` was expected in 1 run and reported in none."),
        "{:?}",
        audit.attention
    );
}

#[test]
fn two_environments_stand_beside_each_other() {
    let mut ledger = Ledger::new();
    let elsewhere = |id: &str, value: f64| with(run(id, &[rate("a", value, Some(5.0))]), json!({ "epoch": "e2" }));
    ledger.run("2026-10-01T00:00:00Z", run("r1", &[rate("a", 10.0, Some(5.0))]));
    ledger.run("2026-10-01T00:00:00Z", elsewhere("r2", 1.0));
    ledger.run("2026-11-01T00:00:00Z", run("r3", &[rate("a", 10.0, Some(5.0))]));
    let audit = ledger.audit("2026-10", "2026-10");
    // Each value stands until the next one of its own environment: half of the time that values stood, the floor was met.
    assert_eq!(share(&of(&audit, "a").months[0]), 0.5);
    let epochs: Vec<_> = audit.series.iter().map(|series| (series.epoch.0.as_str(), series.points.len())).collect();
    assert_eq!(epochs, [("e1", 1), ("e2", 1)]);
}

#[test]
fn a_metric_that_changed_its_unit_is_never_mixed() {
    let mut ledger = Ledger::new();
    ledger.run("2026-10-01T00:00:00Z", run("r1", &[rate("a", 10.0, Some(5.0))]));
    ledger.run("2026-10-02T00:00:00Z", run("r2", &[duration("a", 3.0, 5.0)]));
    ledger.run("2026-10-03T00:00:00Z", run("r3", &[rate("a", 20.0, Some(5.0))]));
    let audit = ledger.audit("2026-10", "2026-10");
    let units: Vec<_> = audit.compliance.iter().map(|metric| (metric.unit.symbol(), metric.months[0].runs)).collect();
    assert_eq!(units, [("B/s", 2), ("ns", 1)]);
    assert_eq!(audit.series.len(), 2);
}

#[test]
fn a_chart_has_at_most_400_points_and_loses_no_run() {
    let mut ledger = Ledger::new();
    for number in 0..1000_u32 {
        let (hour, minute) = (number / 60, number % 60);
        let mut metric = rate("a", f64::from(number), Some(7.0));
        metric["target"] = json!(9.0);
        if number == 4 {
            metric["verdict"] = json!("regressed");
        }
        ledger.run(&format!("2026-10-05T{hour:02}:{minute:02}:00Z"), run(&format!("r{number}"), &[metric]));
    }
    ledger.promote("2026-10-06T00:00:00Z", crate::fixture::promotion("r999"));
    let audit = ledger.audit("2026-10", "2026-10");
    let points = &audit.series[0].points;
    assert_eq!((points.len(), points.iter().map(|point| point.runs).sum::<u32>()), (334, 1000));
    let (first, last) = (points[0], points[333]);
    assert_eq!(
        (first.seq, first.runs, first.lowest.get(), first.median.get(), first.highest.get()),
        (3, 3, 0.0, 1.0, 2.0)
    );
    assert_eq!((last.seq, last.runs, last.promoted), (1000, 1, true));
    assert!(!first.promoted);
    let regressed: Vec<_> = points.iter().filter(|point| point.regressed).map(|point| point.seq).collect();
    assert_eq!(regressed, [6]);
    assert_eq!([first.floor, first.target].map(|value| value.map(f64::from)), [Some(7.0), Some(9.0)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Second by second, with nothing clever: which value stood then, and did it meet its floor?
    #[test]
    fn time_and_median_are_what_looking_at_every_second_gives(
        steps in prop::collection::vec((1_u32..400, 1_u32..20, prop::option::of(1_u32..20), any::<bool>()), 1..25)
    ) {
        let start = crate::fixture::at("2026-10-31T23:20:00Z").unix();
        let end = crate::fixture::at("2026-11-01T00:00:00Z").unix();
        let mut ledger = Ledger::new();
        let mut time = start;
        let mut shown = Vec::new();
        for (number, (step, value, floor, other)) in steps.into_iter().enumerate() {
            time += i64::from(step);
            let (value, floor) = (f64::from(value), floor.map(f64::from));
            let epoch = if other { "e2" } else { "e1" };
            let entry = with(run(&format!("r{number}"), &[rate("a", value, floor)]), json!({ "epoch": epoch }));
            ledger.run(&bench_model::time::Timestamp::from_unix(time).to_string(), entry);
            shown.push((time, epoch, value, floor));
        }
        let newest = time;
        let audit = ledger.audit("2026-10", "2026-10");
        let in_month: Vec<_> = shown.iter().filter(|(time, ..)| *time < end).collect();
        let month = audit.compliance.first().map(|metric| &metric.months[0]);
        prop_assert_eq!(month.is_none(), in_month.is_empty());
        if let Some(month) = month {
            let (mut seconds, mut met) = (0_u32, 0_u32);
            for epoch in ["e1", "e2"] {
                let judged: Vec<_> = in_month.iter().filter(|shown| shown.1 == epoch && shown.3.is_some()).collect();
                // The last line of all stands for the second that it was written in.
                let until = end.min(newest);
                for second in start..end.min(newest + 1) {
                    let Some((from, _, value, floor)) = judged.iter().rev().find(|shown| shown.0 <= second) else { continue };
                    if second < until || *from == second {
                        seconds += 1;
                        met += u32::from(*value >= floor.unwrap());
                    }
                }
            }
            let expected = (seconds > 0).then(|| f64::from(met) / f64::from(seconds));
            prop_assert_eq!(month.time_met.map(f64::from), expected);
            let mut values: Vec<_> = in_month.iter().map(|shown| shown.2).collect();
            values.sort_by(f64::total_cmp);
            let below = |limit: f64| values.iter().filter(|value| **value < limit).count() * 2 <= values.len();
            let above = |limit: f64| values.iter().filter(|value| **value > limit).count() * 2 <= values.len();
            let median = month.median.unwrap().get();
            prop_assert!(below(median) && above(median));
            let middle = values.len() / 2;
            let by_place = if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
            prop_assert_eq!(median, by_place);
            let violations = in_month.iter().filter(|shown| shown.3.is_some_and(|floor| shown.2 < floor)).count();
            prop_assert_eq!(month.violations as usize, violations);
        }
    }
}
