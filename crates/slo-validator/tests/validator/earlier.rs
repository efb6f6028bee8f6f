//! Earlier runs: the last stable segment, and the anchor.

use bench_model::ledger::{Baseline, HistoryPoint, MetricHistory, OtherBaseline, Promotion};
use bench_model::perf::Metric;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::verdict::{HistoryState, Judgement, Rule, Status, Verdict};

use crate::sample::*;

/// A history of `rate("a", ..)` in runs `run-h0`, `run-h1` and so on.
fn history(values: &[f64]) -> Baseline {
    let metric = rate("a", &steady(1.0));
    let point = |(at, value): (usize, &f64)| HistoryPoint {
        run_id: format!("run-h{at}").parse().unwrap(),
        commit: None,
        time: None,
        value: finite(*value),
        evidence_level: None,
        inputs: Vec::new(),
        verdict: None,
        promoted: false,
    };
    let points = values.iter().enumerate().map(point).collect();
    Baseline { history: vec![MetricHistory { name: metric.name, unit: metric.unit, points }], ..no_baseline() }
}

fn level(value: f64, runs: usize) -> Vec<f64> {
    (0..runs).map(|at| value * wobble(at)).collect()
}

fn judged_on(values: &[f64], now: f64) -> Evidence {
    Evidence { baseline: Some(history(values)), ..Evidence::of(report(vec![rate("a", &steady(now))])) }
}

#[test]
fn without_a_promotion_a_stable_segment_decides() {
    let on = |now| {
        let judgement = judged_on(&level(100.0, 30), now).judgement();
        (judgement.metrics[0].verdict, judgement.metrics[0].rule)
    };
    assert_eq!(on(90.0), (Verdict::Regressed, Rule::History));
    assert_eq!(on(110.0), (Verdict::Improved, Rule::History));
    assert_eq!(on(100.0), (Verdict::Unchanged, Rule::History));
    let judgement = judged_on(&level(100.0, 30), 90.0).judgement();
    let metric = &judgement.metrics[0];
    assert!(
        metric.why.contains("against a level of 99.9 B/s: -9.9 %")
            && metric.why.contains("30 earlier runs since run-h0"),
        "{}",
        metric.why
    );
    assert_eq!((metric.more_rounds, judgement.baseline.clone()), (None, None));
    let change = metric.history.as_ref().unwrap().change;
    assert_eq!(Some(change), metric.change);
}

#[test]
fn nine_earlier_runs_are_shown_and_decide_nothing() {
    let judgement = judged_on(&level(100.0, 9), 50.0).judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule, metric.change), (Verdict::New, Rule::NoBaseline, None));
    assert_eq!(metric.history.as_ref().unwrap().runs, 9);
    assert_eq!(judged_on(&level(100.0, 10), 50.0).judgement().metrics[0].rule, Rule::History);
}

#[test]
fn the_last_level_counts_and_not_the_one_before() {
    let values = [level(100.0, 20), level(120.0, 20)].concat();
    let judgement = judged_on(&values, 120.0).judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Unchanged, Rule::History));
    let found = metric.history.as_ref().unwrap();
    assert_eq!((found.runs, found.segment, found.since.as_str()), (40, 20, "run-h20"));
    assert!((found.level.get() / 120.0 - 1.0).abs() < 0.003, "{found:?}");
    assert_eq!(judged_on(&values, 100.0).judgement().metrics[0].verdict, Verdict::Regressed);
}

#[test]
fn a_history_without_any_spread_is_compared_exactly() {
    let on = |now: f64| {
        let evidence =
            Evidence { baseline: Some(history(&[100.0; 12])), ..Evidence::of(report(vec![rate("a", &[now; 5])])) };
        let metric = &evidence.judgement().metrics[0];
        (metric.verdict, metric.rule, metric.change.unwrap().interval)
    };
    assert_eq!(on(94.999), (Verdict::Regressed, Rule::History, None));
    assert_eq!(on(95.0), (Verdict::Unchanged, Rule::History, None));
}

#[test]
fn a_history_that_drifts_has_no_level_to_judge_by() {
    // Half a percent of noise on a loss of a quarter percent a run, and the newest value on that line.
    let drifting: Vec<f64> = (0..60).map(|at| 100.0 * (-0.0025 * at as f64).exp() * wobble(at)).collect();
    let on_the_line = 100.0 * (-0.0025_f64 * 60.0).exp();
    for now in [on_the_line, 60.0] {
        let judgement = judged_on(&drifting, now).judgement();
        let metric = &judgement.metrics[0];
        assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::History), "{}", metric.why);
        assert!(metric.why.contains("earlier runs are drifting"), "{}", metric.why);
        let found = metric.history.as_ref().unwrap();
        assert_eq!((found.state, found.segment, found.since.as_str()), (HistoryState::Drift, 10, "run-h50"));
        assert_eq!(judgement.status, Status::Warn);
    }
    // The change that is shown is since the newest ten: five and a half runs of drift.
    let change = judged_on(&drifting, on_the_line).judgement().metrics[0].change.unwrap().value.get();
    assert!((change + 0.0025 * 5.5).abs() < 0.004, "{change}");
}

#[test]
fn runs_of_another_environment_alone_make_nothing_new() {
    let on = |change: &dyn Fn(&mut Baseline)| {
        let mut elsewhere = Baseline { measured_elsewhere: true, ..no_baseline() };
        change(&mut elsewhere);
        Evidence { baseline: Some(elsewhere), ..Evidence::of(report(vec![rate("a", &steady(100.0))])) }.judgement()
    };
    let judgement = on(&|_| ());
    let metric = &judgement.metrics[0];
    assert_eq!(
        (metric.verdict, metric.rule, judgement.status),
        (Verdict::Inconclusive, Rule::OtherEpoch, Status::Warn)
    );
    let why = "earlier runs belong to another environment or mode, and values of two are not compared";
    assert_eq!(metric.why, why);
    assert!(judgement.reasons[0].starts_with("no baseline belongs to this environment"), "{:?}", judgement.reasons);
    assert_eq!(on(&|baseline| baseline.measured_elsewhere = false).metrics[0].verdict, Verdict::New);
    let promoted = on(&|before| before.promotion = baseline(&[rate("b", &steady(1.0))]).promotion);
    assert_eq!(find(&promoted, "a").verdict, Verdict::New);
    assert_eq!(on(&|before| before.history = history(&level(100.0, 30)).history).metrics[0].rule, Rule::History);
}

#[test]
fn a_value_within_what_a_wild_history_may_do_is_inconclusive() {
    let wild: Vec<f64> = (0..30).map(|at| 100.0 * (1.0 + 20.0 * (wobble(at) - 1.0))).collect();
    let judgement = judged_on(&wild, 93.0).judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Inconclusive, Rule::History));
    assert!(metric.why.contains("--against decides"), "{}", metric.why);
}

#[test]
fn a_promotion_decides_and_history_stands_beside_it() {
    let mut both = history(&level(100.0, 30));
    both.promotion = baseline(&[rate("a", &steady(90.0))]).promotion;
    let judgement =
        Evidence { baseline: Some(both), ..Evidence::of(report(vec![rate("a", &steady(90.0))])) }.judgement();
    let metric = &judgement.metrics[0];
    assert_eq!((metric.verdict, metric.rule), (Verdict::Unchanged, Rule::Interval));
    let found = metric.history.as_ref().unwrap();
    assert!((found.change.value.get() + 0.1).abs() < 0.003, "{found:?}");
    assert_ne!(found.state, HistoryState::Stable);
    assert!(metric.why.contains("30 earlier runs"), "{}", metric.why);
}

#[test]
fn history_of_this_environment_decides_where_every_baseline_is_of_another() {
    let mut elsewhere = history(&level(100.0, 30));
    elsewhere.others = vec![OtherBaseline { epoch: Epoch("0".into()), mode: Mode::Full }];
    let on = |baseline: Baseline| {
        Evidence { baseline: Some(baseline), ..Evidence::of(report(vec![rate("a", &steady(100.0))])) }.judgement()
    };
    assert_eq!(on(elsewhere.clone()).status, Status::Pass);
    elsewhere.history[0].points.truncate(9);
    assert_eq!(on(elsewhere).metrics[0].rule, Rule::OtherEpoch);
}

#[test]
fn history_in_a_file_made_for_another_environment_is_not_looked_at() {
    let mut foreign = history(&level(100.0, 30));
    foreign.promotion = Some(promotion(Epoch("0".into()), &[rate("a", &steady(100.0))]));
    foreign.noise = vec![noise(&rate("a", &steady(1.0)), 0.2)];
    let metric = &Evidence { baseline: Some(foreign), ..Evidence::of(report(vec![rate("a", &steady(50.0))])) }
        .judgement()
        .metrics[0];
    assert_eq!((metric.rule, metric.history.is_none(), metric.noise_floor), (Rule::OtherEpoch, true, None));
}

#[test]
fn values_at_or_below_zero_have_no_history() {
    let metric = &judged_on(&[0.0; 30], 1.0).judgement().metrics[0];
    assert_eq!((metric.verdict, metric.history.is_none()), (Verdict::New, true));
}

#[test]
fn ten_histories_say_what_each_says_alone() {
    let ids: Vec<String> = (0..10).map(|i| format!("m{i}")).collect();
    let metrics: Vec<Metric> = ids.iter().map(|id| rate(id, &steady(100.0))).collect();
    let mut all = no_baseline();
    for (at, metric) in metrics.iter().enumerate() {
        let mut one = history(&level(100.0 + at as f64, 30)).history.remove(0);
        one.name = metric.name.clone();
        all.history.push(one);
    }
    let together = Evidence { baseline: Some(all.clone()), ..Evidence::of(report(metrics.clone())) }.judgement();
    for metric in metrics {
        let id = metric.benchmark.id.clone();
        let alone = Evidence { baseline: Some(all.clone()), ..Evidence::of(report(vec![metric])) }.judgement();
        assert_eq!(alone.metrics[0].history, find(&together, &id).history);
    }
}

#[test]
fn the_interval_of_a_further_value_holds_about_as_many_as_its_level_says() {
    for runs in [10, 20, 40] {
        let values = |series: usize, at: usize| 100.0 * wobble(1000 * series + at);
        let ids: Vec<String> = (0..600).map(|i| format!("m{i}")).collect();
        let mut all = no_baseline();
        let mut metrics = Vec::new();
        for (series, id) in ids.iter().enumerate() {
            let metric = rate(id, &[values(series, runs); 2]);
            let earlier: Vec<f64> = (0..runs).map(|at| values(series, at)).collect();
            let mut one = history(&earlier).history.remove(0);
            one.name = metric.name.clone();
            all.history.push(one);
            metrics.push(metric);
        }
        let judgement = Evidence { baseline: Some(all), ..Evidence::of(report(metrics)) }.judgement();
        let intervals = judgement.metrics.iter().map(|m| m.history.as_ref().unwrap().change.interval.unwrap());
        let held = intervals.filter(|interval| interval.lower.get() <= 0.0 && interval.upper.get() >= 0.0).count();
        // 570 of 600, and four standard deviations of 5.3 around.
        assert!((549..=591).contains(&held), "{held} with {runs} runs");
    }
}

/// An anchor `v1.0` with a run of its own.
fn anchor(metrics: &[Metric]) -> Promotion {
    let kept = promotion(report(Vec::new()).provenance.epoch, metrics);
    Promotion { run_id: "run-anchor".parse().unwrap(), anchor: Some("v1.0".into()), ..kept }
}

/// A run that is what its baseline is, after an anchor of 100.
fn after_an_anchor(promoted: f64, now: &[f64]) -> Evidence {
    let mut before = baseline(&[rate("a", &steady(promoted))]);
    before.anchor = Some(anchor(&[rate("a", &steady(100.0))]));
    Evidence { baseline: Some(before), ..Evidence::of(report(vec![rate("a", now)])) }
}

#[test]
fn a_slow_loss_since_the_anchor_is_a_warning_though_nothing_changed_since_the_baseline() {
    let judgement = after_an_anchor(94.0, &steady(94.0)).judgement();
    assert_eq!((judgement.metrics[0].verdict, judgement.status), (Verdict::Unchanged, Status::Warn));
    assert_eq!(judgement.reasons, ["slow drift: `demo/bench/a#throughput` is 6 % slower than at anchor v1.0"]);
    assert!((judgement.metrics[0].anchor.unwrap().value.get() + 0.06).abs() < 1e-9);
    assert!(judgement.anchor.is_some());
}

#[test]
fn what_is_within_the_threshold_of_the_anchor_or_regressed_anyway_is_no_drift() {
    assert_eq!(after_an_anchor(97.0, &steady(97.0)).judgement().status, Status::Pass);
    assert_eq!(after_an_anchor(110.0, &steady(110.0)).judgement().status, Status::Pass);
    let regressed = after_an_anchor(100.0, &steady(90.0)).judgement();
    assert!(regressed.reasons.iter().all(|reason| !reason.contains("drift")), "{:?}", regressed.reasons);
    // Four rounds are no evidence.
    let few = after_an_anchor(94.0, &[94.0, 94.1, 93.9, 94.0]).judgement();
    assert!(few.reasons.iter().all(|reason| !reason.contains("drift")), "{:?}", few.reasons);
    assert!(few.metrics[0].anchor.is_some());
}

#[test]
fn a_step_that_was_seen_and_taken_back_is_no_slow_drift() {
    let drifts = |judgement: &Judgement| judgement.reasons.iter().filter(|reason| reason.contains("drift")).count();
    let stepped = || after_an_anchor(100.0, &steady(90.0));
    let refuted = stepped().confirmed_by(vec![rate("a", &steady(100.0))], None).judgement();
    let missing = Evidence { require_confirmation: true, ..stepped() }.judgement();
    let mut noisy = stepped();
    noisy.baseline.as_mut().unwrap().noise = vec![noise(&rate("a", &steady(1.0)), 0.2)];
    let below = noisy.judgement();
    let rules = [&refuted, &missing, &below].map(|judgement| (judgement.metrics[0].rule, drifts(judgement)));
    assert_eq!(rules, [(Rule::Unconfirmed, 0), (Rule::SecondPassMissing, 0), (Rule::BelowNoise, 0)]);
    // All moved at once: the machine, and not a drift of each.
    let four = |value: f64| -> Vec<Metric> { (0..4).map(|i| rate(&format!("m{i}"), &steady(value))).collect() };
    let mut before = baseline(&four(100.0));
    before.anchor = Some(anchor(&four(100.0)));
    let together = Evidence { baseline: Some(before), ..Evidence::of(report(four(90.0))) }.judgement();
    assert_eq!((together.together.unwrap().metrics, drifts(&together)), (4, 0));
}

#[test]
fn what_was_promoted_as_the_anchor_is_compared_once() {
    // 10 % below both, and too noisy to tell.
    let mut evidence = after_an_anchor(100.0, &steady(90.0));
    let baseline = evidence.baseline.as_mut().unwrap();
    baseline.promotion.as_mut().unwrap().metrics[0].rounds = noisy(100.0).into_iter().map(finite).collect();
    assert_eq!(evidence.judgement().reasons.iter().filter(|reason| reason.contains("drift")).count(), 1);
    let baseline = evidence.baseline.as_mut().unwrap();
    let run = baseline.promotion.as_ref().unwrap().run_id.clone();
    baseline.anchor.as_mut().unwrap().run_id = run;
    assert_eq!(evidence.judgement().reasons.iter().filter(|reason| reason.contains("drift")).count(), 0);
}

#[test]
fn drift_that_stands_out_alone_may_be_chance_among_many_anchors() {
    // Nine rounds 7 % below a constant anchor: p = .0049, of which one of a hundred tests may be chance.
    let turns = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 0.0];
    let doubtful: Vec<f64> = turns.iter().map(|turn| 100.0 * (0.93_f64.ln() + 0.0565 * turn).exp()).collect();
    let drifts = |others: usize, exact: bool| {
        let ids: Vec<String> = (0..others).map(|i| format!("quiet{i}")).collect();
        let quiet = |factor: f64| ids.iter().map(move |id| rate(id, &steady(100.0 * factor)));
        let same = |factor: f64| ids.iter().map(move |id| rate(id, &[100.0 * factor; 5]));
        let rest =
            |factor: f64| -> Vec<Metric> { if exact { same(factor).collect() } else { quiet(factor).collect() } };
        let mut head = rest(0.999);
        head.push(rate("a", &doubtful));
        let mut before = baseline(&head);
        let mut old = rest(1.0);
        old.push(rate("a", &[100.0; 9]));
        before.anchor = Some(anchor(&old));
        let judgement = Evidence { baseline: Some(before), ..Evidence::of(report(head)) }.judgement();
        judgement.reasons.iter().filter(|reason| reason.contains("drift")).count()
    };
    assert_eq!([drifts(0, false), drifts(99, false), drifts(99, true)], [1, 0, 1]);
}
