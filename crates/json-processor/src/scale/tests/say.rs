//! Sizes that have no say, and what is left of them.

use bench_model::scale::{Axis, Law, Limited, LimitedBy, ScaleLatency, ScalePoint as Point};

use super::*;

fn limit(scale: &mut Scale, by: LimitedBy, why: &str, which: impl Fn(&Point) -> bool) {
    for point in scale.points.iter_mut().filter(|point| which(point)) {
        point.limited = Some(Limited { by, why: why.into() });
    }
}

/// The measures of a size.
fn measures(scale: &Scale, at: u32) -> Vec<String> {
    let metrics = summarise(scale, 0.95).unwrap().metrics;
    let here = metrics.into_iter().filter(|metric| metric.benchmark.id.ends_with(&format!("/{at}")));
    here.map(|metric| metric.measure).collect()
}

/// Of every kind of figure one.
fn with_all_figures(axis: Axis) -> Scale {
    let mut all = following(axis, 64, &SIZES, [1_000.0, 0.1, 0.0]);
    for point in &mut all.points {
        let value = Some(finite(1e6 + f64::from(point.round)));
        let latency = value.map(|p95| ScaleLatency { p50: p95, p95, p99: p95 });
        (point.latency, point.pool_wait, point.service_memory) = (latency, value, value);
        (point.service_cpu, point.generator_cpu) = (Some(finite(1.0)), Some(finite(0.5)));
    }
    all
}

const MEASURES: [&str; 7] =
    ["throughput", "latency_p95", "pool_wait", "service_cpu", "service_memory", "error_rate", "efficiency"];

#[test]
fn a_size_at_which_the_generator_was_the_limit_has_no_say_and_keeps_its_figures() {
    let mut limited = with_all_figures(Axis::Connections);
    limit(&mut limited, LimitedBy::Generator, "the generator\u{1b}[2J slept", |point| {
        point.at == 32 && point.round < 3
    });
    let found = summary(&limited);
    assert_eq!((level(&found, 32).limited_rounds, level(&found, 32).unusable_rounds), (2, 0));
    assert_eq!((level(&found, 16).limited_rounds, level(&found, 16).unusable_rounds), (0, 0));
    assert_eq!(found.notes, ["32 connections have no say in the law: the generator?[2J slept (in 2 rounds)"]);
    assert_eq!(measures(&limited, 32), MEASURES);
    assert!(level(&found, 32).throughput.interval.is_some() && level(&found, 32).p95.is_some());
    let Law::Fitted(law) = found.law else { panic!("{:?}", found.law) };
    assert!(holds(&law.contention, 0.1), "{law:?}");
    assert_eq!((law.fewest, law.most), (1, 16));
    limit(&mut limited, LimitedBy::Generator, "late", |_| true);
    assert_eq!(refused(&limited), "no size has a say: the generator was the limit at all of them");
    assert!(summary(&limited).levels.iter().all(|level| level.efficiency.is_none()), "compared with what?");
}

#[test]
fn a_size_with_a_round_that_is_no_evidence_has_no_figures_but_failures() {
    let mut ended = with_all_figures(Axis::Processes);
    limit(&mut ended, LimitedBy::NoEvidence, "a process\u{1b} of the service ended", |it| it.at == 32 && it.round == 2);
    let found = summary(&ended);
    let dead = level(&found, 32);
    assert_eq!((dead.limited_rounds, dead.unusable_rounds), (0, 1));
    assert_eq!(dead.unusable_why.as_deref(), Some("a process? of the service ended"));
    assert_eq!([dead.p95, dead.pool_wait, dead.service_cpu, dead.service_memory, dead.efficiency], [None; 5]);
    assert_eq!((dead.generator_cpu, dead.throughput.interval), (None, None));
    assert_eq!(found.notes, ["32 processes: no evidence: a process? of the service ended (in 1 round)"]);
    assert_eq!(
        (measures(&ended, 32), measures(&ended, 16)),
        (vec!["error_rate".into()], MEASURES.map(str::to_owned).to_vec())
    );
    let Law::Fitted(law) = found.law else { panic!("{:?}", found.law) };
    assert!(holds(&law.contention, 0.1) && law.most == 16, "{law:?}");
    limit(&mut ended, LimitedBy::Generator, "late", |point| point.limited.is_none());
    assert_eq!(
        refused(&ended),
        "no size has a say: rounds of some are no evidence, and at all others the generator was the limit"
    );
    limit(&mut ended, LimitedBy::NoEvidence, "failed", |_| true);
    assert_eq!(refused(&ended), "0 sizes have a say, where 4 are the least for a law");
}

#[test]
fn a_size_that_answered_nothing_is_no_small_throughput() {
    let mut silent = following(Axis::Processes, 64, &SIZES, [1_000.0, 0.1, 0.0]);
    for point in silent.points.iter_mut().filter(|point| point.at == 32) {
        (point.throughput, point.completed, point.failed) = (finite(0.0), 0, 70);
    }
    let found = summary(&silent);
    let (dead, alive) = (level(&found, 32), level(&found, 16));
    assert_eq!((dead.throughput.value.get(), dead.error_rate.get(), dead.efficiency), (0.0, 1.0, None));
    assert_eq!((dead.unusable_rounds, measures(&silent, 32)), (3, vec!["error_rate".to_owned()]));
    assert!(alive.efficiency.is_some() && alive.error_rate.get() == 0.0);
    assert_eq!(found.notes, ["32 processes: no evidence: nothing was answered without failure (in 3 rounds)"]);
    let Law::Fitted(law) = found.law else { panic!("{:?}", found.law) };
    assert!(holds(&law.contention, 0.1), "{law:?}");
}

#[test]
fn efficiency_has_the_interval_of_a_ratio() {
    let found = summary(&following(Axis::Processes, 64, &SIZES, [1_000.0, 0.1, 0.0]));
    let (one, eight) = (level(&found, 1).efficiency.unwrap(), level(&found, 8).efficiency.unwrap());
    assert_eq!((one.value.get(), one.interval), (1.0, None), "by what it means");
    let truth = 1.0 / 1.7;
    assert!((eight.value.get() / truth - 1.0).abs() < 1e-9 && holds(&eight, truth), "{eight:?}");
    // Both sizes scatter by 1 % over three rounds: 2.776 (4 degrees of freedom) times 0.01 times the root of 2 / 3.
    let interval = eight.interval.unwrap();
    let half = 2.776 * 0.01 * (2.0_f64 / 3.0).sqrt();
    assert!(((interval.upper.get() / eight.value.get()).ln() / half - 1.0).abs() < 0.01, "{interval:?} {half}");
    let metrics = summarise(&following(Axis::Processes, 64, &SIZES, [1_000.0, 0.1, 0.0]), 0.95).unwrap().metrics;
    let metric = metrics.iter().find(|metric| metric.name.as_str() == "s/processes/8#efficiency").unwrap();
    assert_eq!((metric.value, metric.interval), (eight.value, eight.interval));
}
