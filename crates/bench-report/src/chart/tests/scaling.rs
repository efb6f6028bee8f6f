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

fn exactly(value: f64) -> Estimated {
    Estimated { value: finite(value), interval: None }
}

fn level(at: u32, throughput: f64) -> ScaleLevel {
    ScaleLevel {
        at,
        rounds: 3,
        throughput: estimated(throughput),
        p95: Some(exactly(f64::from(at) * 1e6)),
        pool_wait: None,
        service_cpu: None,
        service_memory: None,
        efficiency: Some(exactly(throughput / 1_000.0 / f64::from(at))),
        error_rate: finite(0.0),
        generator_cpu: None,
        beyond_cores: at > 4,
        limited_rounds: 0,
        unusable_rounds: 0,
        unusable_why: None,
    }
}

fn law(peak: Peak) -> Law {
    Law::Fitted(Box::new(FittedLaw {
        kind: LawKind::Universal,
        fewest: 1,
        most: 10,
        rate: estimated(1_000.0),
        contention: estimated(0.05),
        coherency: estimated(0.01),
        r_squared: Some(finite(0.9921)),
        residual: finite(0.01),
        amdahl: None,
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
    run.levels[3].efficiency = Some(estimated(0.7));
    let svg = drawn(&run);
    let description = described(&svg);
    for text in [
        "5 sizes by processes on 4 processors",
        "1: 1.00 k/s (interval 900 /s to 1.10 k/s), p95 1.00 ms, efficiency 100 %.",
        "2: 1.85 k/s (interval 1.67 k/s to 2.04 k/s), p95 2.00 ms, efficiency 92.5 %, the generator was the limit.",
        "p95 not measured",
        ", efficiency 70.0 % (interval 63.0 % to 77.0 %), more than processors.",
        "10: 4.10 k/s (interval 3.69 k/s to 4.51 k/s), p95 10.0 ms, efficiency 41.0 %, more than processors.",
        "Universal Scalability Law of sizes 1 to 10, coherency is shown: 1.00 k/s (interval 900 /s to 1.10 k/s) of one, contention 0.0500 (interval 0.0450 to 0.0550)",
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

/// The places of the law's curve, in pixels: of its lines, or of its dashes.
fn curve(svg: &str, dashed: bool) -> Vec<(f64, f64)> {
    let lines = svg.lines().filter(|line| line.contains("<polyline") && line.contains("--chart-line"));
    let lines = lines.filter(|line| line.contains("stroke-dasharray") == dashed);
    let points = lines.map(|line| line.split_once("points=\"").unwrap().1.split_once('"').unwrap().0);
    let place = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()));
    points.flat_map(str::split_whitespace).filter_map(place).collect()
}

/// Where sizes 1 and 5 lie from the left, in pixels.
fn places(svg: &str) -> (f64, f64) {
    let dots: Vec<f64> = svg
        .lines()
        .filter(|line| line.contains("<circle") && line.contains("--chart-line"))
        .map(|line| line.split_once("cx=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap())
        .collect();
    (dots[0], dots[3])
}

/// Sizes 1, 2, 3 and 5 have a say, and 100 has none.
fn far(mark: fn(&mut ScaleLevel)) -> ScaleSummary {
    let mut run = summary(law(Peak::Unknown { why: "no fall is shown".into() }));
    run.levels[4] = level(100, 3_600.0);
    mark(&mut run.levels[4]);
    law_of(&mut run).most = 5;
    run
}

fn law_of(run: &mut ScaleSummary) -> &mut FittedLaw {
    let Law::Fitted(law) = &mut run.law else { panic!("no law") };
    law
}

fn limited(level: &mut ScaleLevel) {
    level.limited_rounds = 3;
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 2.0
}

#[test]
fn the_law_is_a_line_between_sizes_with_a_say_and_dashes_up_to_twice_the_largest() {
    let mut run = far(limited);
    let svg = drawn(&run);
    let (one, five) = places(&svg);
    let ten = five + (five - one) / 4.0 * 5.0;
    let (line, dashes) = (curve(&svg, false), curve(&svg, true));
    assert!(near(line[0].0, one) && near(line[line.len() - 1].0, five), "{line:?}");
    assert!(near(dashes[0].0, five) && near(dashes[dashes.len() - 1].0, ten), "{dashes:?}, not to {ten}");
    law_of(&mut run).fewest = 3;
    let begin = curve(&drawn(&run), false)[0].0;
    assert!(near(begin, (one + five) / 2.0), "{begin}");
    // Never beyond the largest size shown.
    run.levels.truncate(4);
    assert_eq!(curve(&drawn(&run), true), []);
}

#[test]
fn a_law_that_leaves_the_chart_is_cut_there() {
    let mut run = far(limited);
    let law = law_of(&mut run);
    (law.contention, law.coherency, law.most) = (estimated(0.0), estimated(0.0), 100);
    let svg = drawn(&run);
    let (one, five) = places(&svg);
    let line = curve(&svg, false);
    let top = line.iter().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    assert_eq!(line.iter().filter(|(_, y)| *y <= top).count(), 1, "a plateau: {line:?}");
    assert!(line.iter().all(|(x, _)| *x < five), "5 times 1,000 lie above the axis: {line:?}");
    // It is straight to its end.
    let slope = |to: (f64, f64)| (to.1 - line[0].1) / (to.0 - one);
    assert!((slope(line[line.len() - 1]) / slope(line[line.len() / 2]) - 1.0).abs() < 0.1, "{line:?}");
    // Where it comes back from above, there is a second stretch.
    law_of(&mut run).coherency = estimated(0.004);
    let svg = drawn(&run);
    let strokes = svg.lines().filter(|line| line.contains("<polyline") && line.contains("--chart-line"));
    assert_eq!(strokes.count(), 2, "{svg}");
}

#[test]
fn a_peak_is_marked_where_the_curve_reaches_it() {
    let within = drawn(&summary(law(at(9.7))));
    assert!(within.contains("peak 9.7"), "{within}");
    let beyond = drawn(&summary(law(at(14.0))));
    assert!(!beyond.contains(">\npeak") && described(&beyond).contains("Peak at 14.0"), "{beyond}");
    let unknown = drawn(&summary(law(Peak::Unknown { why: "no fall is shown".into() })));
    assert!(!unknown.contains(">\npeak") && described(&unknown).contains("Peak not known: no fall is shown."));
}

#[test]
fn a_size_without_evidence_has_a_mark_on_the_axis_and_words_of_its_own() {
    let ended = |level: &mut ScaleLevel| {
        let why = Some("a process of the service ended".to_owned());
        (level.unusable_rounds, level.unusable_why, level.p95, level.efficiency) = (1, why, None, None);
        level.throughput = exactly(1e9);
    };
    let svg = drawn(&far(ended));
    let told = described(&svg);
    assert!(told.contains(" 100: no evidence: a process of the service ended in 1 of 3 rounds."), "{told}");
    assert!(svg.contains(">\nno evidence\n") && !svg.contains("the generator was the limit"), "{svg}");
    assert!(svg.contains(">\n4000\n"), "what is no throughput makes no axis: {svg}");
    let both = |level: &mut ScaleLevel| {
        limited(level);
        level.unusable_rounds = 3;
    };
    let svg = drawn(&far(both));
    assert!(
        described(&svg).contains(" 100: no evidence: its rounds say nothing.") && !svg.contains("the limit"),
        "{svg}"
    );
}

#[test]
fn a_size_without_a_say_gives_no_straight_line() {
    let mut run = summary(refused());
    let as_drawn = drawn(&run);
    run.levels.insert(0, ScaleLevel { limited_rounds: 1, ..level(1, 10.0) });
    // The same lines: 1,000 of one, and not 10.
    let of_axis = |svg: &str| svg.matches("--chart-axis").count();
    assert_eq!(of_axis(&drawn(&run)), of_axis(&as_drawn) + 1, "one more place on the axis of sizes");
    run.levels.iter_mut().for_each(limited);
    assert!(as_drawn.contains("linear") && !drawn(&run).contains("linear"));
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
