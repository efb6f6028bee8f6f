//! What a load run measured and what it did not: only the first is a metric, which ledgers and other programs keep.

use std::collections::BTreeMap;

use bench_model::load::{Cut, Distribution, Load, Workers};
use bench_model::perf::{EvidenceLevel, IntervalSource, Metric, Report};
use bench_model::{Direction, Unit};

use crate::load::report;
use crate::load_run::{MS, finite, series, smoke, soak, threshold, times};

/// The service's memory every ten seconds of so many minutes, growing by this share in two hours.
fn growing(minutes: u32, growth: f64) -> Load {
    soak(minutes, growth, |at| f64::from(at % 7) * 2e5)
}

fn measures(report: &Report) -> Vec<&str> {
    let mut measures: Vec<&str> = report.metrics.iter().map(|metric| metric.measure.as_str()).collect();
    measures.sort_unstable();
    measures.dedup();
    measures
}

fn growth_of(report: &Report) -> Option<&Metric> {
    report.metrics.iter().find(|metric| metric.measure == "service_memory_growth")
}

#[test]
fn no_figure_of_a_run_that_breaks_a_guard_is_a_metric() {
    type Change = fn(&mut Load);
    let cases: [(&str, Change); 6] = [
        ("p(99) <= 50.0 ms", |load| load.tick_lag = Some(times(vec![80 * MS; 2880]))),
        ("samples >= 30", |load| {
            load.series = vec![series("stats", "steady", 20)];
            load.phases[1].offered = Some(20);
        }),
        ("dropped == 0", |load| {
            load.series[1].sent -= 5;
            load.series[1].completed -= 5;
            load.series[1].unsent = 5;
        }),
        ("achieved >= 99 %", |load| load.phases[1].offered = Some(4000)),
        ("lost == 0", |load| load.engine.workers = Some(Workers { expected: 2, ready: 2, lost: 1 })),
        ("cut == 0", |load| load.cut = Some(Cut { at_s: finite(30.0), reason: "interrupted".into() })),
    ];
    for (guard, change) in cases {
        let mut load = growing(1, 0.0);
        (load.phases, load.series) = (smoke().phases, smoke().series);
        // It asks for a figure of its own, too.
        load.thresholds = vec![
            threshold("http_req_duration", "p(95)<500"),
            threshold("http_req_waiting", "p(90) < 110 % of baseline"),
            threshold("", "rps > 90 % of baseline"),
        ];
        assert!(measures(&report(&load)).contains(&"service_memory_max"), "before {guard}");
        change(&mut load);
        let report = report(&load);
        assert_eq!((measures(&report), report.headline.len()), (Vec::new(), 0), "{guard}");
        assert!(report.headline_values.is_empty(), "{guard}: {:?}", report.headline_values);
        assert_eq!(report.evidence_level, EvidenceLevel::Unmeasured, "{guard}");
        assert!(report.warnings.iter().any(|line| line.contains(guard)), "{guard}: {:?}", report.warnings);
        assert!(!report.load.unwrap().series.is_empty(), "people still see its figures");
    }
}

#[test]
fn of_a_run_whose_requests_mostly_fail_the_times_are_no_metrics_and_the_failures_are() {
    let mut load = smoke();
    for series in &mut load.series {
        (series.failed, series.errors) = (series.completed, BTreeMap::from([("status".into(), series.completed)]));
        series.latency = Some(Distribution::Buckets(times(vec![MS / 10; series.completed as usize])));
    }
    let report = report(&load);
    assert_eq!(measures(&report), ["error_rate", "rps"]);
    assert_eq!(report.evidence_level, EvidenceLevel::CiBenchmark);
    assert!(report.warnings.iter().any(|line| line.contains("no time of this run")), "{:?}", report.warnings);
}

#[test]
fn times_that_a_late_generator_made_are_no_metrics_though_they_decide_thresholds() {
    // 20 ms late: a tenth of no limit here, but much beside a p95 of 11 ms.
    let report = report(&Load { tick_lag: Some(times(vec![20 * MS; 2880])), ..smoke() });
    assert_eq!(measures(&report), ["error_rate", "rps"]);
    let names: Vec<&str> = report.headline.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["requests_per_second", "error_rate_percent"]);
    assert!(
        report.warnings.iter().any(|line| line.contains("the generator was 20.0 ms late")),
        "{:?}",
        report.warnings
    );
    let load = report.load.unwrap();
    assert!(matches!(load.thresholds[0].observed, bench_model::load::Measured::Known(_)), "{:?}", load.thresholds[0]);
}

#[test]
fn a_load_run_without_an_answer_was_no_dry_run() {
    let mut load = growing(1, 0.0);
    (load.phases, load.series) = (smoke().phases, smoke().series);
    for series in &mut load.series {
        (series.completed, series.failed, series.latency, series.lag) = (0, series.sent, None, None);
        series.statuses.clear();
        series.errors = BTreeMap::from([("connect".into(), series.sent)]);
    }
    let report = report(&load);
    assert_eq!((report.evidence_level, report.metrics.len()), (EvidenceLevel::Unmeasured, 0));
}

#[test]
fn growth_of_the_services_memory_is_a_judged_metric_where_it_was_watched_long_enough() {
    let leaking = report(&growing(60, 0.12));
    let metric = growth_of(&leaking).unwrap();
    assert_eq!(metric.name.as_str(), "smoke/all/all#service_memory_growth");
    assert_eq!((metric.unit, metric.direction, metric.primary), (Unit::Ratio, Direction::LowerIsBetter, true));
    // By the level after the first quarter, 1.015 of what it was.
    assert!((metric.value.get() - 0.12 / 1.015).abs() < 0.002, "{}", metric.value.get());
    let interval = metric.interval.unwrap();
    assert_eq!(interval.from, IntervalSource::Samples);
    assert!(interval.lower.get() <= metric.value.get() && metric.value.get() <= interval.upper.get());
    assert_eq!((metric.rounds.as_slice(), metric.samples), ([metric.value].as_slice(), 360));
    assert!(growth_of(&report(&growing(60, 0.0))).unwrap().value.get().abs() < 0.01);
    assert!(growth_of(&report(&growing(5, 0.12))).is_none(), "too short to tell");
    assert!(growth_of(&report(&smoke())).is_none(), "nobody watched");
}
