//! What charts of scalability runs keep to.

use bench_model::Finite;
use bench_model::perf::{Interval, IntervalSource};
use bench_model::scale::{Axis, Estimated, FittedLaw, Law, LawKind, Peak, ScaleLevel, ScaleSummary};

use super::described;
use crate::chart::{Theme, scaling_svg};

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn estimated(value: f64) -> Estimated {
    let (lower, upper) = (finite(value * 0.9), finite(value * 1.1));
    let interval = Some(Interval { lower, upper, level: finite(0.95), from: IntervalSource::Rounds });
    Estimated { value: finite(value), interval }
}

fn level(at: u32, throughput: f64) -> ScaleLevel {
    ScaleLevel {
        at,
        rounds: 3,
        throughput: estimated(throughput),
        p95: Some(finite(f64::from(at) * 1e6)),
        pool_wait: None,
        service_cpu: None,
        service_memory: None,
        efficiency: Some(finite(throughput / 1_000.0 / f64::from(at))),
        error_rate: finite(0.0),
        generator_cpu: None,
        beyond_cores: at > 4,
        limited_rounds: 0,
    }
}

fn law(peak: Peak) -> Law {
    Law::Fitted(Box::new(FittedLaw {
        kind: LawKind::Universal,
        rate: estimated(1_000.0),
        contention: estimated(0.05),
        coherency: estimated(0.01),
        r_squared: finite(0.9921),
        residual: finite(0.01),
        peak,
    }))
}

fn at(size: f64) -> Peak {
    Peak::At { size: estimated(size), throughput: estimated(4_200.0) }
}

fn summary(law: Law) -> ScaleSummary {
    let levels = [(1, 1_000.0), (2, 1_850.0), (3, 2_600.0), (5, 3_500.0), (10, 4_100.0)];
    ScaleSummary {
        scenario: "steady".into(),
        axis: Axis::Processes,
        cores: 4,
        levels: levels.into_iter().map(|(at, throughput)| level(at, throughput)).collect(),
        law,
        memory_per_thousand: None,
        notes: Vec::new(),
    }
}

fn drawn(summary: &ScaleSummary) -> String {
    let svg = scaling_svg(summary, (720, 400), Theme::Page).unwrap();
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    svg
}

fn refused() -> Law {
    Law::Refused { why: "2 sizes have a say, where 4 are the least for a law".into() }
}

#[test]
fn the_description_has_every_size_and_the_law() {
    let mut run = summary(law(at(9.7)));
    run.levels[1].limited_rounds = 1;
    run.levels[2].p95 = None;
    let svg = drawn(&run);
    let description = described(&svg);
    for text in [
        "5 sizes by processes on 4 processors",
        "1: 1.00 k/s (interval 900 /s to 1.10 k/s), p95 1.00 ms, efficiency 100 %.",
        "2: 1.85 k/s (interval 1.67 k/s to 2.04 k/s), p95 2.00 ms, efficiency 92.5 %, the generator was the limit.",
        "p95 not measured",
        "10: 4.10 k/s (interval 3.69 k/s to 4.51 k/s), p95 10.0 ms, efficiency 41.0 %, more than processors.",
        "Universal Scalability Law, both terms are shown: 1.00 k/s (interval 900 /s to 1.10 k/s) of one, contention 0.0500 (interval 0.0450 to 0.0550)",
        "explains 99.2 % of the variance. Peak at 9.7 (interval 8.7 to 10.7), 4.20 k/s",
    ] {
        assert!(description.contains(text), "{text} in {description}");
    }
}

#[test]
fn a_law_that_was_refused_is_not_drawn_and_says_why() {
    let svg = drawn(&summary(refused()));
    assert!(described(&svg).contains("No law: 2 sizes have a say, where 4 are the least for a law."), "{svg}");
    assert!(svg.contains("; no law\n") && !svg.contains(">\nlaw\n") && !svg.contains("peak"), "{svg}");
}

#[test]
fn a_peak_beyond_the_sizes_measured_is_reached_in_dashes_only() {
    let dashes = |svg: &str| svg.matches("stroke-dasharray").count();
    let within = drawn(&summary(law(at(9.7))));
    let beyond = drawn(&summary(law(at(14.0))));
    assert_eq!(dashes(&beyond), dashes(&within) + 1, "{beyond}");
    assert!(beyond.contains("peak 14.0") && within.contains("peak 9.7"), "{within}");
    let unknown = drawn(&summary(law(Peak::Unknown { why: "no fall is shown".into() })));
    assert!(!unknown.contains(">\npeak") && described(&unknown).contains("Peak not known: no fall is shown."));
}

#[test]
fn without_latency_there_is_one_panel_and_a_word_for_it() {
    let mut run = summary(refused());
    assert!(drawn(&run).contains("p95, ms"));
    for level in &mut run.levels {
        level.p95 = None;
    }
    let svg = drawn(&run);
    assert!(!svg.contains("p95, ms") && described(&svg).matches("p95 not measured").count() == 5, "{svg}");
}

#[test]
fn processors_have_a_line_where_sizes_reach_them() {
    let mut run = summary(refused());
    assert!(drawn(&run).contains(">\n4 processors\n"));
    run.cores = 64;
    assert!(!drawn(&run).contains(">\n64 processors\n"));
    run.cores = 1;
    assert!(drawn(&run).contains(">\n1 processor\n"));
}

#[test]
fn one_size_nothing_answered_and_a_thousand_connections_are_drawn() {
    let mut one = summary(refused());
    one.levels.truncate(1);
    drawn(&one);
    let mut none = summary(law(at(3.0)));
    none.levels = vec![level(1, 0.0), level(2, 0.0)];
    drawn(&none);
    let mut far = summary(refused());
    far.levels = vec![level(1, 1e6), level(1_000, 5e8), level(u32::MAX, 1e9)];
    drawn(&far);
    let mut odd = summary(law(at(3.0)));
    if let Law::Fitted(law) = &mut odd.law {
        // The denominator is 0 at 2.
        (law.contention, law.coherency) = (estimated(-1.0), estimated(0.0));
    }
    drawn(&odd);
}

#[test]
fn no_size_is_an_error_that_names_the_chart() {
    let mut run = summary(refused());
    run.levels.clear();
    let error = scaling_svg(&run, (720, 400), Theme::Page).unwrap_err();
    assert_eq!(error.to_string(), "the chart of Scaling of steady by processes cannot be drawn: no size was measured");
}

#[test]
fn hostile_names_are_text() {
    let mut run = summary(Law::Refused { why: "</desc><script>\u{1}".into() });
    run.scenario = "<script>\"=\"#F1C000\"".into();
    let svg = scaling_svg(&run, (720, 400), Theme::Standalone).unwrap();
    assert!(!svg.contains("<script") && !svg.contains('\u{1}'), "{svg}");
    assert_eq!(svg.matches("</desc>").count(), 1, "{svg}");
}

#[test]
fn equal_runs_give_equal_bytes() {
    assert_eq!(drawn(&summary(law(at(9.7)))), drawn(&summary(law(at(9.7)))));
}

#[cfg(feature = "png")]
#[test]
fn a_png_of_a_scalability_run_has_the_size_asked_for_twice() {
    let run = summary(law(at(14.0)));
    let png = crate::chart::scaling_png(&run, (360, 300)).unwrap();
    assert_eq!((&png[16..20], &png[20..24]), (&720u32.to_be_bytes()[..], &600u32.to_be_bytes()[..]));
    assert_eq!(png, crate::chart::scaling_png(&run, (360, 300)).unwrap());
}

#[test]
fn connections_wait_for_no_processor_of_their_own() {
    let mut run = summary(refused());
    run.axis = Axis::Connections;
    let svg = drawn(&run);
    assert!(!svg.contains(">\n4 processors\n") && !described(&svg).contains("more than processors"), "{svg}");
}
