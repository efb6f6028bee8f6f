//! What holds for every input.

use bench_model::Direction::{HigherIsBetter, LowerIsBetter};
use bench_model::config::OnRegression;
use bench_model::verdict::{Judgement, Rule, Status, Verdict};
use bench_model::{Direction, Unit};
use bench_stats::Design;
use proptest::prelude::*;
use slo_validator::{Finding, Levels, detect_performance_regression, worst_first};

use crate::sample::*;

fn rounds() -> impl Strategy<Value = Vec<f64>> {
    (50.0..200.0_f64, 0.0..0.2_f64).prop_flat_map(|(centre, spread)| {
        prop::collection::vec((-1.0..1.0_f64).prop_map(move |at| centre * (1.0 + spread * at)), 1..12)
    })
}

fn verdict(before: &[f64], now: &[f64], direction: Direction) -> Verdict {
    finding(before, now, direction).verdict
}

fn finding(before: &[f64], now: &[f64], direction: Direction) -> Finding {
    detect_performance_regression(before, now, Design::Independent, direction, 0.05, Levels::new(0.95, 0.99))
}

fn mirrored(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Regressed => Verdict::Improved,
        Verdict::Improved => Verdict::Regressed,
        other => other,
    }
}

fn any_metric(id: usize) -> impl Strategy<Value = bench_model::perf::Metric> {
    let values = prop_oneof![4 => rounds(), 1 => Just(vec![0.0]), 1 => Just(vec![100.0; 3])];
    (values, any::<bool>(), any::<bool>()).prop_map(move |(rounds, faster, primary)| {
        let (unit, direction) =
            if faster { (Unit::BytesPerSecond, HigherIsBetter) } else { (Unit::Nanoseconds, LowerIsBetter) };
        let mut metric = metric(&format!("m{id}"), "value", unit, direction, &rounds);
        metric.primary = primary;
        metric
    })
}

fn metrics() -> impl Strategy<Value = Vec<bench_model::perf::Metric>> {
    prop::collection::btree_set(0_usize..6, 0..6)
        .prop_flat_map(|ids| ids.into_iter().map(any_metric).collect::<Vec<_>>())
}

/// Any run with any history, any other side and any thresholds.
fn cases() -> impl Strategy<Value = Evidence> {
    let floors = prop::collection::btree_map(0_usize..8, (1.0..300.0_f64, any::<bool>(), any::<bool>()), 0..4);
    let run = (metrics(), prop::option::of(metrics()), prop::option::weighted(0.3, metrics()), floors);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (run, flags).prop_map(|((now, before, base, floors), (complete, partial, fail, rate, waive))| {
        let mut head = report(now);
        (head.complete, head.plan.partial) = (complete, partial);
        let unit = if rate { Unit::BytesPerSecond } else { Unit::Nanoseconds };
        let entries = floors.into_iter().map(|(id, (value, has_floor, required))| {
            let mut entry = floor(&format!("demo/bench/m{id}#value"), bench_model::Quantity { value, unit });
            entry.floor = entry.floor.filter(|_| has_floor);
            entry.required = required;
            entry
        });
        let thresholds = thresholds(entries.collect());
        let waivers = head.metrics.iter().filter(|_| waive).map(|metric| waiver(metric, 0.3)).collect();
        let on_regression = if fail { OnRegression::Fail } else { OnRegression::Warn };
        let settings = bench_model::config::Judge { on_regression, ..settings() };
        let baseline = before.map(|metrics| baseline(&metrics));
        let evidence = Evidence { baseline, thresholds, waivers, settings, ..Evidence::of(head) };
        match base {
            Some(base) => evidence.against(base),
            None => evidence,
        }
    })
}

fn all_text(judgement: &Judgement) -> String {
    [judgement.reasons.join("\n"), judgement.warnings.join("\n")].join("\n")
}

proptest! {
    #[test]
    fn the_other_direction_mirrors_the_verdict(before in rounds(), now in rounds()) {
        let up = verdict(&before, &now, HigherIsBetter);
        prop_assert_eq!(verdict(&before, &now, LowerIsBetter), mirrored(up));
    }

    /// A rate and its time say the same, but for the sliver in which 5 % less of one is 5.26 % more of the other.
    #[test]
    fn reciprocal_values_in_the_other_direction_give_the_same_verdict(before in rounds(), now in rounds()) {
        let reciprocal = |values: &[f64]| values.iter().map(|value| 1e6 / value).collect::<Vec<_>>();
        let finding = finding(&before, &now, HigherIsBetter);
        let change = finding.change.unwrap();
        let ends = change.interval.map_or(vec![], |interval| vec![interval.lower.get(), interval.upper.get()]);
        let sliver = |at: &f64| (0.047..0.053).contains(&at.abs());
        prop_assume!(!ends.iter().chain([&change.value.get()]).any(sliver));
        prop_assert_eq!(verdict(&reciprocal(&before), &reciprocal(&now), LowerIsBetter), finding.verdict);
    }

    #[test]
    fn another_scale_changes_no_verdict(before in rounds(), now in rounds(), power in -60_i32..60) {
        // Powers of two scale without rounding, so that equal values stay equal.
        let scaled = |values: &[f64]| values.iter().map(|value| value * 2_f64.powi(power)).collect::<Vec<_>>();
        prop_assert_eq!(
            verdict(&scaled(&before), &scaled(&now), HigherIsBetter),
            verdict(&before, &now, HigherIsBetter)
        );
    }

    /// What looked unchanged may still turn out as a change: of five rounds each, one on one side and four on the other may be
    /// slow by chance, of twenty rounds each no longer.
    #[test]
    fn more_of_the_same_rounds_never_turn_a_loss_into_a_gain(before in rounds(), now in rounds(), times in 2_usize..5) {
        let again = |values: &[f64]| values.repeat(times);
        let (first, later) = (verdict(&before, &now, HigherIsBetter), verdict(&again(&before), &again(&now), HigherIsBetter));
        if matches!(first, Verdict::Regressed | Verdict::Improved) {
            prop_assert_ne!(later, mirrored(first));
        }
    }

    #[test]
    fn looking_more_often_never_decides_more(before in rounds(), now in rounds(), looks in 2_u32..6) {
        let looks: Vec<u32> = (1..=looks).collect();
        let on = |levels: Levels| {
            let pairs = before.len().min(now.len());
            detect_performance_regression(&before[..pairs], &now[..pairs], Design::Paired, HigherIsBetter, 0.05, levels)
        };
        let levels = Levels::new(0.95, 0.99);
        let (once, often) = (on(levels), on(levels.after_looks(&looks, before.len().min(now.len()))));
        prop_assert!(often.verdict == once.verdict || often.verdict == Verdict::Inconclusive);
        prop_assert_eq!(often.change, once.change);
        prop_assert!(often.p.zip(once.p).is_none_or(|(often, once)| often >= once));
    }

    #[test]
    fn swapped_sides_change_the_other_way(before in rounds(), now in rounds()) {
        let (there, back) = (finding(&before, &now, HigherIsBetter), finding(&now, &before, HigherIsBetter));
        prop_assert_eq!(there.rule, back.rule);
        if let Some((there, back)) = there.change.zip(back.change) {
            let around = (1.0 + there.value.get()) * (1.0 + back.value.get());
            prop_assert!((around - 1.0).abs() < 1e-9, "{}", around);
        }
        prop_assert!(there.p.zip(back.p).is_none_or(|(there, back)| (there - back).abs() < 1e-9));
    }

    #[test]
    fn worst_first_is_a_total_order(evidence in cases()) {
        let metrics = evidence.judgement().metrics;
        for (i, a) in metrics.iter().enumerate() {
            for (j, b) in metrics.iter().enumerate() {
                prop_assert_eq!(worst_first(a, b), i.cmp(&j));
            }
        }
    }

    #[test]
    fn the_status_follows_from_what_was_found(evidence in cases()) {
        let (report, judgement) = (&evidence.head, evidence.judgement());
        let has = |verdict| judgement.metrics.iter().any(|metric| metric.verdict == verdict);
        if !judgement.violations.is_empty() {
            prop_assert_eq!(judgement.status, Status::Fail);
        }
        prop_assert_eq!(judgement.status == Status::Pass, judgement.reasons.is_empty());
        if has(Verdict::Inconclusive) || !report.complete || report.metrics.is_empty() {
            prop_assert_ne!(judgement.status, Status::Pass);
        }
        let missing = judgement.metrics.iter().filter(|metric| metric.verdict == Verdict::Missing);
        for metric in missing {
            let is_violation = judgement.violations.iter().any(|violation| violation.metric == metric.name);
            prop_assert!(is_violation || metric.rule != Rule::Expected);
            prop_assert_ne!(judgement.status, Status::Pass);
        }
        for metric in judgement.metrics.iter().filter(|metric| metric.verdict == Verdict::Regressed) {
            prop_assert!(all_text(&judgement).contains(metric.name.as_str()), "a regression is hidden");
        }
        for metric in &judgement.metrics {
            prop_assert!(!metric.why.is_empty());
        }
    }

    #[test]
    fn nothing_that_gates_is_ever_dropped(evidence in cases()) {
        let Evidence { head: report, baseline: before, thresholds, .. } = &evidence;
        let judgement = evidence.judgement();
        for entry in thresholds.metrics.iter().filter(|entry| entry.floor.is_some() || entry.required) {
            let judged = judgement.metrics.iter().any(|metric| metric.name.as_str() == entry.name);
            prop_assert!(judged || judgement.status != Status::Pass, "{}", entry.name);
        }
        for kept in before.iter().flat_map(|before| &before.promotion.as_ref().unwrap().metrics) {
            let judged = judgement.metrics.iter().any(|metric| metric.name == kept.name);
            prop_assert!(judged || report.plan.partial, "{}", kept.name);
        }
    }

    #[test]
    fn a_judgement_survives_its_file_and_every_table_renders(evidence in cases(), width in 0_usize..140) {
        let judgement = evidence.judgement();
        let read: Judgement = serde_json::from_slice(&serde_json::to_vec(&judgement).unwrap()).unwrap();
        prop_assert_eq!(&read, &judgement);
        let text = slo_validator::render(&judgement, width, false, "see verdict.json");
        prop_assert_eq!(text.lines().last(), Some(judgement.summary.as_str()));
    }
}
