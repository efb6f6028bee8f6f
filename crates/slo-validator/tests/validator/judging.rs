//! Every rule of the judge, and the edges of each.

use bench_model::config::{OnRegression, Thresholds};
use bench_model::ledger::OtherBaseline;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::verdict::{Rule, Status, Verdict};
use bench_model::{Direction, Quantity, Unit};

use crate::sample::*;
use bench_stats::Design;
use slo_validator::{
    Levels, calculate_slo_compliance, detect_performance_regression, is_undecided, nothing_was_judged,
};

fn none() -> Thresholds {
    Thresholds::default()
}

/// The verdict and rule on one rate with a baseline.
fn on(before: &[f64], now: &[f64]) -> (Verdict, Rule) {
    let judgement = judged(&report(vec![rate("a", now)]), Some(&baseline(&[rate("a", before)])), &none());
    (judgement.metrics[0].verdict, judgement.metrics[0].rule)
}

#[test]
fn a_clear_loss_is_a_regression_and_a_warning() {
    let judgement = judged(
        &report(vec![rate("a", &steady(90.0 * MIB))]),
        Some(&baseline(&[rate("a", &steady(100.0 * MIB))])),
        &none(),
    );
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule, judgement.status), (Verdict::Regressed, Rule::Interval, Status::Warn));
    let change = metric.change.unwrap();
    assert!((change.value.get() + 0.1).abs() < 1e-3, "{change:?}");
    assert!(change.interval.unwrap().upper.get() < -0.09);
    assert!(
        judgement.reasons[0].contains("90.0 MiB/s against a baseline of 100 MiB/s: -10.0 %"),
        "{:?}",
        judgement.reasons
    );
}

#[test]
fn a_regression_fails_the_run_where_the_settings_say_so() {
    let strict = bench_model::config::Judge { on_regression: OnRegression::Fail, ..settings() };
    let (report, before) = (report(vec![rate("a", &steady(90.0))]), baseline(&[rate("a", &steady(100.0))]));
    let judgement = Evidence { baseline: Some(before), settings: strict, ..Evidence::of(report) }.judgement();
    assert_eq!(judgement.status, Status::Fail);
    assert!(judgement.violations.is_empty(), "a regression is no violation: {:?}", judgement.violations);
}

#[test]
fn a_clear_gain_is_an_improvement_and_passes() {
    let judgement =
        judged(&report(vec![rate("a", &steady(120.0))]), Some(&baseline(&[rate("a", &steady(100.0))])), &none());
    assert_eq!((judgement.metrics[0].verdict, judgement.status), (Verdict::Improved, Status::Pass));
    assert!(judgement.reasons.is_empty());
}

#[test]
fn a_longer_time_is_a_loss_and_a_shorter_one_a_gain() {
    let before = baseline(&[time("a", &steady(100.0)), time("b", &steady(100.0))]);
    let judgement = judged(&report(vec![time("a", &steady(120.0)), time("b", &steady(80.0))]), Some(&before), &none());
    assert_eq!(find(&judgement, "a").verdict, Verdict::Regressed);
    assert_eq!(find(&judgement, "b").verdict, Verdict::Improved);
}

#[test]
fn a_sure_but_small_change_is_unchanged() {
    assert_eq!(on(&steady(100.0), &steady(98.0)), (Verdict::Unchanged, Rule::Interval));
}

#[test]
fn a_sure_change_across_the_threshold_is_inconclusive() {
    // -4.9 %: surely a loss, but the interval lies on both sides of 5 %.
    assert_eq!(on(&steady(100.0), &steady(95.1)), (Verdict::Inconclusive, Rule::Interval));
}

#[test]
fn noise_is_inconclusive_and_says_how_many_more_rounds_would_decide() {
    let judgement =
        judged(&report(vec![rate("a", &noisy(93.0))]), Some(&baseline(&[rate("a", &noisy(100.0))])), &none());
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, judgement.status), (Verdict::Inconclusive, Status::Warn));
    let more = metric.more_rounds.unwrap();
    assert!((5..=40).contains(&more), "{more}");
    assert!(metric.why.contains(&format!("about {more} more rounds")), "{}", metric.why);
    assert!(judgement.reasons[0].starts_with("1 change is inconclusive"), "{:?}", judgement.reasons);
}

#[test]
fn twice_as_many_more_rounds_as_advised_decide() {
    let (before, now) = (noisy(100.0), noisy(93.0));
    let direction = Direction::HigherIsBetter;
    let on = |before: &[f64], now: &[f64]| {
        detect_performance_regression(before, now, Design::Independent, direction, 0.05, Levels::new(0.95, 0.99))
    };
    let more = on(&before, &now).more_rounds.unwrap();
    // As many times all of them, so that the spread stays what it is. Twice, because equal extremes are not trimmed.
    let grown = |values: &[f64]| values.repeat(1 + 2 * (more as usize).div_ceil(values.len()));
    let finding = on(&grown(&before), &grown(&now));
    assert_eq!(finding.verdict, Verdict::Regressed, "{finding:?}");
}

#[test]
fn no_advice_is_given_where_no_practical_number_of_rounds_decides() {
    let judgement =
        judged(&report(vec![rate("a", &noisy(95.001))]), Some(&baseline(&[rate("a", &noisy(100.0))])), &none());
    assert_eq!(judgement.metrics[0].more_rounds, None);
    assert!(judgement.metrics[0].why.contains("no practical number of rounds"), "{}", judgement.metrics[0].why);
}

#[test]
fn values_without_spread_are_compared_exactly() {
    assert_eq!(on(&[100.0; 5], &[94.0; 5]), (Verdict::Regressed, Rule::Exact));
    assert_eq!(on(&[100.0; 5], &[106.0; 5]), (Verdict::Improved, Rule::Exact));
    assert_eq!(on(&[100.0; 5], &[96.0; 5]), (Verdict::Unchanged, Rule::Exact));
}

#[test]
fn a_change_of_exactly_the_threshold_is_unchanged() {
    assert_eq!(on(&[100.0; 5], &[95.0; 5]), (Verdict::Unchanged, Rule::Exact));
    assert_eq!(on(&[100.0; 5], &[105.0; 5]), (Verdict::Unchanged, Rule::Exact));
    assert_eq!(on(&[100.0; 5], &[94.999; 5]), (Verdict::Regressed, Rule::Exact));
}

#[test]
fn one_round_on_a_side_decides_nothing() {
    assert_eq!(on(&steady(100.0), &[50.0]), (Verdict::Inconclusive, Rule::TooFewRounds));
    assert_eq!(on(&[100.0], &steady(50.0)), (Verdict::Inconclusive, Rule::TooFewRounds));
    assert_eq!(on(&[0.0], &[0.0]), (Verdict::Inconclusive, Rule::TooFewRounds));
}

#[test]
fn a_ratio_to_zero_or_below_is_not_comparable_unless_both_are_equal() {
    assert_eq!(on(&[0.0; 5], &[1.0, 2.0, 3.0]), (Verdict::Inconclusive, Rule::NotComparable));
    assert_eq!(on(&[1.0, 2.0, 3.0], &[0.0; 5]), (Verdict::Inconclusive, Rule::NotComparable));
    assert_eq!(on(&[-1.0; 5], &[-2.0; 5]), (Verdict::Inconclusive, Rule::NotComparable));
    assert_eq!(on(&[0.0; 5], &[0.0; 5]), (Verdict::Unchanged, Rule::Exact));
    assert_eq!(on(&[-2.0; 5], &[-2.0; 5]), (Verdict::Unchanged, Rule::Exact));
}

#[test]
fn the_largest_and_smallest_numbers_are_no_problem() {
    for (before, now) in [(1e308, 1e-300), (5e-324, 1e308), (1e308, 1e308)] {
        let judgement =
            judged(&report(vec![rate("a", &[now; 2])]), Some(&baseline(&[rate("a", &[before; 2])])), &none());
        assert!(!judgement.metrics[0].why.is_empty());
        slo_validator::render(&judgement, 80, false, "");
    }
}

#[test]
fn another_unit_or_direction_than_the_baseline_is_not_comparable() {
    let mut other = rate("a", &steady(100.0));
    other.unit = Unit::PerSecond;
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&baseline(&[other])), &none());
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule, metric.baseline), (Verdict::Inconclusive, Rule::NotComparable, None));
    let mut other = rate("a", &steady(100.0));
    other.direction = Direction::LowerIsBetter;
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&baseline(&[other])), &none());
    assert_eq!(judgement.metrics[0].rule, Rule::NotComparable);
}

#[test]
fn a_metric_that_the_baseline_does_not_hold_is_new() {
    let before = baseline(&[rate("a", &steady(100.0))]);
    let judgement = judged(&report(vec![rate("a", &steady(100.0)), rate("b", &steady(1.0))]), Some(&before), &none());
    assert_eq!(find(&judgement, "b").verdict, Verdict::New);
    assert_eq!(judgement.status, Status::Pass);
}

#[test]
fn baselines_of_other_environments_are_never_compared_with() {
    let mut others = no_baseline();
    others.others = vec![OtherBaseline { epoch: Epoch("0123456789abcdef".into()), mode: Mode::Full }];
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&others), &none());
    assert_eq!((judgement.metrics[0].verdict, judgement.metrics[0].rule), (Verdict::Inconclusive, Rule::OtherEpoch));
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("no baseline belongs to this environment"), "{:?}", judgement.reasons);
}

#[test]
fn a_baseline_file_made_for_another_environment_is_not_compared_with() {
    let mut foreign = no_baseline();
    foreign.promotion = Some(promotion(Epoch("0123456789abcdef".into()), &[rate("a", &steady(200.0))]));
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&foreign), &none());
    assert_eq!((judgement.metrics[0].rule, judgement.baseline.is_none()), (Rule::OtherEpoch, true));
}

#[test]
fn a_quick_run_is_not_compared_with_a_full_baseline() {
    let before = baseline(&[rate("a", &steady(200.0))]);
    let mut quick = report(vec![rate("a", &steady(100.0))]);
    quick.plan.mode = Mode::Quick;
    let judgement = judged(&quick, Some(&before), &none());
    assert_eq!((judgement.metrics[0].verdict, judgement.metrics[0].rule), (Verdict::Inconclusive, Rule::OtherMode));
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("measured in full mode and this run in quick"), "{:?}", judgement.reasons);
}

#[test]
fn baselines_of_another_mode_alone_leave_a_run_undecided_by_that_rule() {
    let mut others = no_baseline();
    let own = report(Vec::new()).provenance.epoch;
    others.others = vec![
        OtherBaseline { epoch: Epoch("0".into()), mode: Mode::Full },
        OtherBaseline { epoch: own, mode: Mode::Quick },
    ];
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&others), &none());
    assert_eq!((judgement.metrics[0].verdict, judgement.metrics[0].rule), (Verdict::Inconclusive, Rule::OtherMode));
    assert!(judgement.reasons[0].contains("measured in quick mode and this run in full"), "{:?}", judgement.reasons);
    assert_eq!(judgement.reasons.len(), 1, "{:?}", judgement.reasons);
}

#[test]
fn a_first_run_with_floors_met_passes() {
    let floors = thresholds(vec![floor("demo/bench/a#throughput", per_second(80.0 * MB))]);
    let judgement = judged(&report(vec![rate("a", &steady(4.0 * GIB))]), Some(&no_baseline()), &floors);
    assert_eq!((judgement.status, judgement.metrics[0].verdict), (Status::Pass, Verdict::New));
    assert!(judgement.reasons.is_empty(), "{:?}", judgement.reasons);
    assert!(!nothing_was_judged(&judgement));
}

#[test]
fn a_first_run_without_any_floor_has_nothing_to_judge_against() {
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), None, &none());
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("nothing to judge against yet"), "{:?}", judgement.reasons);
    assert!(nothing_was_judged(&judgement));
}

#[test]
fn a_report_without_metrics_never_passes() {
    let judgement = judged(&report(Vec::new()), None, &none());
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("reported no metric"), "{:?}", judgement.reasons);
}

#[test]
fn a_value_below_its_floor_is_a_violation() {
    let floors = thresholds(vec![floor("demo/bench/a#throughput", per_second(80.0 * MB))]);
    let judgement = judged(&report(vec![rate("a", &steady(60.0 * MB))]), None, &floors);
    assert_eq!((judgement.status, judgement.violations.len()), (Status::Fail, 1));
    assert_eq!(
        judgement.reasons[0],
        "`demo/bench/a#throughput` is 57.2 MiB/s, below its floor of 76.3 MiB/s (0.750x of it)"
    );
    assert!((judgement.metrics[0].margin.unwrap().get() - 0.75).abs() < 1e-6);
}

#[test]
fn a_time_above_its_ceiling_is_a_violation() {
    let limit = Quantity { value: 1e6, unit: Unit::Nanoseconds };
    let judgement =
        judged(&report(vec![time("a", &[2e6; 2])]), None, &thresholds(vec![floor("demo/bench/a#time", limit)]));
    assert_eq!(judgement.reasons[0], "`demo/bench/a#time` is 2.00 ms, above its ceiling of 1.00 ms (0.500x of it)");
}

#[test]
fn a_value_equal_to_its_floor_meets_it() {
    let floors = thresholds(vec![floor("demo/bench/a#throughput", per_second(100.0))]);
    let judgement = judged(&report(vec![rate("a", &[100.0; 5])]), None, &floors);
    assert_eq!(judgement.status, Status::Pass);
}

#[test]
fn a_floor_inside_the_interval_is_a_warning_with_its_reason() {
    let floors = thresholds(vec![floor("demo/bench/a#throughput", per_second(97.0))]);
    let judgement = judged(&report(vec![rate("a", &noisy(100.0))]), None, &floors);
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("beyond the floor of 97.0 B/s"), "{:?}", judgement.reasons);
    assert!(is_undecided(&judgement.metrics[0]));
    assert_eq!(calculate_slo_compliance(&judgement.metrics).undecided, 1);
}

#[test]
fn a_ceiling_inside_the_interval_is_a_warning_too() {
    let limit = |nanoseconds| Quantity { value: nanoseconds, unit: Unit::Nanoseconds };
    let on = |ceiling| {
        let report = report(vec![time("a", &noisy(100.0))]);
        judged(&report, None, &thresholds(vec![floor("demo/bench/a#time", limit(ceiling))])).status
    };
    assert_eq!([on(50.0), on(103.0), on(200.0)], [Status::Fail, Status::Warn, Status::Pass]);
}

#[test]
fn a_time_above_its_target_is_told() {
    let limit = |nanoseconds| Quantity { value: nanoseconds, unit: Unit::Nanoseconds };
    let on = |target| {
        let mut entry = floor("demo/bench/a#time", limit(10_000.0));
        entry.target = Some(limit(target));
        judged(&report(vec![time("a", &steady(100.0))]), None, &thresholds(vec![entry])).warnings
    };
    assert_eq!(on(50.0), ["`demo/bench/a#time` is 100 ns, above its target of 50.0 ns"]);
    assert!(on(200.0).is_empty());
}

#[test]
fn the_most_serious_reason_stands_first() {
    let mut report = report(vec![rate("a", &noisy(93.0)), rate("b", &steady(80.0)), rate("c", &steady(1.0))]);
    report.complete = false;
    let before = baseline(&["a", "b", "c"].map(|id| rate(id, &noisy(100.0))));
    let floors = thresholds(vec![floor("demo/bench/c#throughput", per_second(5.0))]);
    let reasons = judged(&report, Some(&before), &floors).reasons;
    let places = ["below its floor", "`demo/bench/b#throughput` regressed", "inconclusive", "incomplete"].map(|part| {
        reasons.iter().position(|reason| reason.contains(part)).unwrap_or_else(|| panic!("{part}: {reasons:?}"))
    });
    assert!(places.is_sorted(), "{reasons:?}");
}

#[test]
fn a_thin_margin_is_a_warning_that_changes_no_status() {
    let floors = thresholds(vec![floor("demo/bench/a#throughput", per_second(50.0))]);
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), None, &floors);
    assert_eq!(judgement.status, Status::Pass);
    assert!(
        judgement.warnings[0].contains("meets its floor 2.00x over, where 10.0x is wanted"),
        "{:?}",
        judgement.warnings
    );
}

#[test]
fn a_target_not_reached_is_a_warning_that_changes_no_status() {
    let mut entry = floor("demo/bench/a#throughput", per_second(5.0));
    entry.target = Some(per_second(200.0));
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), None, &thresholds(vec![entry]));
    assert_eq!(judgement.status, Status::Pass);
    assert!(judgement.warnings[0].contains("below its target of 200 B/s"), "{:?}", judgement.warnings);
}

#[test]
fn a_floor_of_another_unit_kind_fails_the_run() {
    let sizes = thresholds(vec![floor("demo/bench/a#throughput", Quantity { value: 80.0, unit: Unit::Bytes })]);
    let report = report(vec![rate("a", &steady(100.0))]);
    let judgement = judged(&report, None, &sizes);
    assert_eq!(judgement.status, Status::Fail);
    let text = "CBKB101: the floor of `demo/bench/a#throughput` is in B, the metric in B/s";
    assert_eq!(judgement.violations[0].message, text);
    let judged = Evidence { thresholds: sizes, ..Evidence::of(report) }.judged();
    assert_eq!(judged.threshold_problems.len(), 1);
}

#[test]
fn two_thresholds_for_one_metric_fail_the_run_instead_of_one_being_ignored() {
    let metric = rate("a", &steady(100.0));
    let mut report = report(vec![metric.clone()]);
    report.headline = vec![headline("a_rate", "A", &metric, "B/s")];
    let both = thresholds(vec![floor("a_rate", per_second(1.0)), floor(metric.name.as_str(), per_second(99999.0))]);
    let judgement = judged(&report, None, &both);
    assert_eq!(judgement.status, Status::Fail);
    assert!(judgement.violations[0].message.contains("name the same metric"), "{:?}", judgement.violations);
}

#[test]
fn thresholds_go_by_headline_name_or_by_full_name() {
    let metric = rate("a", &steady(100.0));
    let mut report = report(vec![metric.clone()]);
    report.headline = vec![headline("a_rate", "A", &metric, "B/s")];
    for name in ["a_rate", "demo/bench/a#throughput"] {
        let judgement = judged(&report, None, &thresholds(vec![floor(name, per_second(200.0))]));
        assert_eq!(judgement.status, Status::Fail, "{name}");
    }
}

#[test]
fn only_metrics_that_matter_are_judged() {
    let mut side = time("a", &steady(100.0));
    side.primary = false;
    let plain = report(vec![rate("a", &steady(100.0)), side.clone()]);
    assert_eq!(judged(&plain, None, &none()).metrics.len(), 1);
    let limit = Quantity { value: 1e9, unit: Unit::Nanoseconds };
    assert_eq!(judged(&plain, None, &thresholds(vec![floor("demo/bench/a#time", limit)])).metrics.len(), 2);
    let mut with_headline = plain.clone();
    with_headline.headline = vec![headline("a_time", "A", &side, "ms")];
    assert_eq!(judged(&with_headline, None, &none()).metrics.len(), 2);
    // It was judged once: it stays judged when another metric of its benchmark became the primary one.
    assert_eq!(judged(&plain, Some(&baseline(&[side])), &none()).metrics.len(), 2);
}

#[test]
fn a_metric_of_the_baseline_that_did_not_report_is_missing_and_fails() {
    let before = baseline(&[rate("a", &steady(100.0)), rate("b", &steady(100.0))]);
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&before), &none());
    assert_eq!((judgement.status, judgement.metrics[0].verdict), (Status::Fail, Verdict::Missing));
    assert!(
        judgement.reasons[0].contains("`demo/bench/b#throughput` is missing: it did not report"),
        "{:?}",
        judgement.reasons
    );
    assert_eq!(judgement.metrics[0].baseline.unwrap().get(), before.promotion.unwrap().metrics[1].value.get());
}

#[test]
fn an_expected_benchmark_that_did_not_report_is_missing_and_fails() {
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.expected = vec!["demo/bench/a".into(), "demo/bench/b".into()];
    let judgement = judged(&report, None, &none());
    assert_eq!(judgement.status, Status::Fail);
    assert_eq!(judgement.violations.len(), 1);
    assert_eq!(judgement.violations[0].metric.as_str(), "demo/bench/b");
}

#[test]
fn a_benchmark_missing_for_several_reasons_is_missing_once() {
    let gone = rate("b", &steady(100.0));
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.expected = vec!["demo/bench/b".into()];
    report.headline = vec![headline("b_rate", "B", &gone, "B/s")];
    let floors = thresholds(vec![floor("b_rate", per_second(1.0))]);
    let judgement = judged(&report, Some(&baseline(&[rate("a", &steady(100.0)), gone])), &floors);
    assert_eq!(judgement.violations.len(), 1, "{:?}", judgement.violations);
    assert_eq!(judgement.metrics.len(), 2);
}

#[test]
fn a_floor_whose_metric_did_not_report_fails_the_run() {
    let floors = thresholds(vec![floor("display_gibs", per_second(80.0 * MB))]);
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), None, &floors);
    assert_eq!((judgement.status, judgement.metrics[0].verdict), (Status::Fail, Verdict::Missing));
    assert_eq!(judgement.metrics[0].unit, Unit::BytesPerSecond);
}

#[test]
fn a_floor_that_may_be_absent_is_not_passed_silently_either() {
    let mut entry = floor("display_gibs", per_second(80.0 * MB));
    entry.required = false;
    let before = baseline(&[rate("a", &steady(100.0))]);
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&before), &thresholds(vec![entry]));
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("the floor of `display_gibs` was not checked"), "{:?}", judgement.reasons);
}

#[test]
fn a_threshold_that_gates_nothing_and_names_nothing_is_a_warning() {
    let mut entry = floor("displai_gibs", per_second(1.0));
    (entry.floor, entry.regression, entry.required) = (None, Some(0.1), false);
    let before = baseline(&[rate("a", &steady(100.0))]);
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), Some(&before), &thresholds(vec![entry]));
    assert_eq!(judgement.status, Status::Pass);
    assert!(judgement.warnings[0].contains("`displai_gibs`"), "{:?}", judgement.warnings);
}

#[test]
fn a_headline_that_was_not_measured_keeps_the_run_from_passing() {
    let before = baseline(&[rate("a", &steady(100.0))]);
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.headline = vec![headline("b_rate", "B", &rate("b", &[1.0]), "MiB/s")];
    let judgement = judged(&report, Some(&before), &none());
    assert_eq!(judgement.status, Status::Warn);
    assert_eq!(judgement.summary, "Performance Report: B: not measured [WARN]");
}

#[test]
fn what_a_filter_left_out_is_not_missing() {
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.plan.filter = Some("a".into());
    report.expected = vec!["demo/bench/c".into()];
    let before = baseline(&[rate("a", &steady(100.0)), rate("b", &steady(100.0))]);
    let judgement = judged(&report, Some(&before), &none());
    assert_eq!((judgement.status, judgement.metrics.len()), (Status::Pass, 1));
    let text = "the filter `a` did not select 2 that would be expected: `demo/bench/b#throughput`, `demo/bench/c`";
    assert_eq!(judgement.warnings, [text]);
}

#[test]
fn a_partial_run_without_its_gates_is_no_better_than_a_warning() {
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.plan.partial = true;
    let before = baseline(&[rate("a", &steady(100.0))]);
    let judgement =
        judged(&report, Some(&before), &thresholds(vec![floor("demo/bench/b#throughput", per_second(1.0))]));
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("a partial run did not select what has a floor"), "{:?}", judgement.reasons);
}

#[test]
fn a_lost_measure_of_a_selected_benchmark_is_missing_even_in_a_filtered_run() {
    let mut report = report(vec![time("a", &steady(100.0))]);
    report.plan.filter = Some("a".into());
    let judgement = judged(&report, Some(&baseline(&[rate("a", &steady(100.0))])), &none());
    assert_eq!((judgement.status, judgement.metrics[0].verdict), (Status::Fail, Verdict::Missing));
}

#[test]
fn an_incomplete_run_never_passes() {
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.complete = false;
    let judgement = judged(&report, Some(&baseline(&[rate("a", &steady(100.0))])), &none());
    assert_eq!((judgement.status, judgement.metrics[0].verdict), (Status::Warn, Verdict::Unchanged));
}

#[test]
fn a_report_with_errors_never_passes() {
    let mut report = report(vec![rate("a", &steady(100.0))]);
    report.errors = vec!["CBKB002 estimates.json is truncated".into()];
    let judgement = judged(&report, Some(&baseline(&[rate("a", &steady(100.0))])), &none());
    assert_eq!(judgement.status, Status::Warn);
    assert!(judgement.reasons[0].contains("1 error, the first: CBKB002"), "{:?}", judgement.reasons);
}

#[test]
fn a_metric_may_have_its_own_threshold() {
    let mut entry = floor("demo/bench/a#throughput", per_second(1.0));
    (entry.floor, entry.required, entry.regression) = (None, false, Some(0.2));
    let before = baseline(&[rate("a", &steady(100.0))]);
    let judgement = judged(&report(vec![rate("a", &steady(90.0))]), Some(&before), &thresholds(vec![entry]));
    assert_eq!(judgement.metrics[0].verdict, Verdict::Unchanged);
    assert_eq!(judgement.metrics[0].threshold.get(), 0.2);
}

#[test]
fn the_worst_stands_first() {
    let names = ["gone", "floored", "big", "small10", "small9", "noise", "same", "gain"];
    let before: Vec<_> = names.iter().map(|id| rate(id, &steady(100.0))).collect();
    let mut now = vec![
        rate("gain", &steady(120.0)),
        rate("same", &steady(100.0)),
        rate("fresh", &steady(100.0)),
        rate("noise", &noisy(93.0)),
        rate("big", &steady(70.0)),
        rate("floored", &steady(99.0)),
    ];
    now.extend(["small10", "small9"].map(|id| rate(id, &[80.0; 2])));
    let mut before = baseline(&before);
    for metric in &mut before.promotion.as_mut().unwrap().metrics {
        if metric.name.as_str().contains("small") {
            metric.rounds = vec![finite(100.0); 2];
        }
    }
    let floors = thresholds(vec![floor("demo/bench/floored#throughput", per_second(100.0))]);
    let judgement = judged(&report(now), Some(&before), &floors);
    let order: Vec<_> = judgement
        .metrics
        .iter()
        .map(|m| m.name.as_str().trim_start_matches("demo/bench/").trim_end_matches("#throughput"))
        .collect();
    assert_eq!(order, ["gone", "floored", "big", "small9", "small10", "noise", "fresh", "same", "gain"]);
}

#[test]
fn the_one_line_reads_as_the_specification_writes_it() {
    let (display, comp3) = (rate("display", &[4.22 * GIB; 3]), rate("comp3", &[571.4 * MIB; 3]));
    let mut report = report(vec![display.clone(), comp3.clone()]);
    report.headline =
        vec![headline("display_gibs", "DISPLAY", &display, "GiB/s"), headline("comp3_mibs", "COMP-3", &comp3, "MiB/s")];
    let floors =
        thresholds(vec![floor("display_gibs", per_second(80.0 * MB)), floor("comp3_mibs", per_second(40.0 * MB))]);
    let judgement = judged(&report, None, &floors);
    assert_eq!(judgement.summary, "Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]");
}

#[test]
fn without_headlines_the_one_line_counts_and_names_the_worst() {
    let before = baseline(&["a", "b", "c"].map(|id| rate(id, &steady(100.0))));
    let now = vec![rate("a", &steady(90.0)), rate("b", &noisy(93.0)), rate("c", &steady(100.0))];
    let judgement = judged(&report(now), Some(&before), &none());
    let line = "Performance Report: 3 metrics, 1 regressed (`demo/bench/a#throughput` -10.0 %), 1 inconclusive [WARN]";
    assert_eq!(judgement.summary, line);
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let before = baseline(&[rate("a", &noisy(100.0)), rate("b", &steady(1.0))]);
    let report = report(vec![rate("b", &steady(1.0)), rate("a", &steady(90.0))]);
    let bytes = || serde_json::to_vec(&judged(&report, Some(&before), &none())).unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn thousands_of_problems_are_counted_and_not_listed() {
    let before: Vec<_> = (0..2000).map(|i| rate(&format!("b{i}"), &[1.0])).collect();
    let judgement = judged(&report(Vec::new()), Some(&baseline(&before)), &none());
    assert_eq!((judgement.violations.len(), judgement.reasons.len()), (2000, 11));
    assert_eq!(judgement.reasons[10], "and 1,990 more violations");
}

#[test]
fn the_specifications_own_thresholds_judge_as_it_says() {
    let text = include_str!("../../../bench-model/tests/data/specification-thresholds.toml");
    let spec = Thresholds::parse(std::path::Path::new("thresholds.toml"), text).unwrap();
    let (display, comp3) = (rate("display", &[4.22 * GIB; 3]), rate("comp3", &[39.0 * MB; 3]));
    let mut report = report(vec![display.clone(), comp3.clone()]);
    report.headline =
        vec![headline("display_gibs", "DISPLAY", &display, "GiB/s"), headline("comp3_mibs", "COMP-3", &comp3, "MiB/s")];
    let judgement = judged(&report, None, &spec);
    assert_eq!(judgement.summary, "Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 37.2 MiB/s [FAIL]");
    let margin = find(&judgement, "display").margin.unwrap().get();
    assert!((margin - 4.22 * GIB / 80e6).abs() < 1e-9, "{margin}");
}
