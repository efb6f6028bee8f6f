//! What points say, from one round to a law.

use bench_model::Sha256;
use bench_model::scale::{Axis, Law, LawKind, Peak, ScaleLatency, ScaleLevel, ScalePoint as Point};
use bench_stats::{LackOfFit, NoScaling};

use super::*;

mod say;

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn point(at: u32, round: u32, throughput: f64) -> Point {
    Point {
        at,
        round,
        seconds: finite(4.0),
        completed: (throughput * 4.0) as u64,
        failed: 0,
        throughput: finite(throughput),
        latency: None,
        pool_wait: None,
        service_cpu: None,
        service_memory: None,
        generator_cpu: None,
        limited: None,
    }
}

fn scale(axis: Axis, cores: u32, points: Vec<Point>) -> Scale {
    let repeats = points.iter().map(|point| point.round).max().unwrap_or(1);
    Scale { scenario: "s".into(), plan_sha256: Sha256::of(b"plan"), axis, cores, repeats, points }
}

/// λN / (1 + σ(N - 1) + κN(N - 1))
fn law(n: u32, [lambda, sigma, kappa]: [f64; 3]) -> f64 {
    let n = f64::from(n);
    lambda * n / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0))
}

/// Three rounds of each size, 1 % above and below the law.
fn following(axis: Axis, cores: u32, sizes: &[u32], parameters: [f64; 3]) -> Scale {
    let round = |round: u32, off: f64| sizes.iter().map(move |at| point(*at, round, law(*at, parameters) * off));
    scale(axis, cores, round(1, 1.0).chain(round(2, 1.01)).chain(round(3, 0.99)).collect())
}

fn summary(scale: &Scale) -> ScaleSummary {
    summarise(scale, 0.95).unwrap().summary
}

fn fitted(scale: &Scale) -> bench_model::scale::FittedLaw {
    match summary(scale).law {
        Law::Fitted(law) => *law,
        Law::Refused { why } => panic!("refused: {why}"),
    }
}

fn refused(scale: &Scale) -> String {
    match summary(scale).law {
        Law::Fitted(law) => panic!("{law:?}"),
        Law::Refused { why } => why,
    }
}

fn holds(estimated: &Estimated, value: f64) -> bool {
    estimated.interval.is_some_and(|interval| (interval.lower.get()..=interval.upper.get()).contains(&value))
}

fn level(summary: &ScaleSummary, at: u32) -> &ScaleLevel {
    summary.levels.iter().find(|level| level.at == at).unwrap()
}

const SIZES: [u32; 6] = [1, 2, 4, 8, 16, 32];

#[test]
fn points_of_a_law_give_that_law_and_its_peak() {
    let parameters = [1_000.0, 0.05, 0.002];
    let found = fitted(&following(Axis::Processes, 64, &SIZES, parameters));
    assert_eq!(found.kind, LawKind::Universal);
    for (estimated, truth) in [&found.rate, &found.contention, &found.coherency].into_iter().zip(parameters) {
        assert!(holds(estimated, truth), "{truth}: {estimated:?}");
    }
    assert!(found.r_squared.is_some_and(|share| share.get() > 0.99) && found.residual.get() < 0.02, "{found:?}");
    let Peak::At { size, throughput } = &found.peak else { panic!("{:?}", found.peak) };
    let at = (0.95_f64 / 0.002).sqrt();
    assert!(holds(size, at), "{size:?}");
    assert!((throughput.value.get() / law(22, parameters) - 1.0).abs() < 0.03, "{throughput:?}");
}

#[test]
fn as_few_terms_are_named_as_the_points_ask_for() {
    assert_eq!(fitted(&following(Axis::Threads, 64, &SIZES, [50.0, 0.2, 0.0])).kind, LawKind::Amdahl);
    let linear = fitted(&following(Axis::Threads, 64, &SIZES, [50.0, 0.0, 0.0]));
    assert_eq!(linear.kind, LawKind::Linear);
    assert!(holds(&linear.contention, 0.0) && holds(&linear.coherency, 0.0));
}

#[test]
fn amdahls_law_stands_beside_the_universal_one() {
    let of = |parameters| {
        let law = fitted(&following(Axis::Threads, 64, &SIZES, parameters));
        (law.amdahl.unwrap(), law.residual.get())
    };
    let (amdahl, residual) = of([50.0, 0.2, 0.0]);
    assert!((amdahl.contention.get() - 0.2).abs() < 0.02 && amdahl.residual.get() < residual * 1.1, "{amdahl:?}");
    let (amdahl, residual) = of([1_000.0, 0.05, 0.002]);
    assert!(amdahl.residual.get() > residual * 3.0, "{amdahl:?}: no law without coherency fits these");
    // Where neither term takes anything from the points both laws are one, and miss them by as much.
    let (amdahl, residual) = of([50.0, 0.0, 0.0]);
    assert!(amdahl.contention.get() < 1e-9 && (amdahl.residual.get() - residual).abs() < 1e-9, "{amdahl:?} {residual}");
}

#[test]
fn a_peak_that_the_points_do_not_show_is_not_known() {
    let why = |scale: &Scale| match fitted(scale).peak {
        Peak::Unknown { why } => why,
        Peak::At { size, .. } => panic!("{size:?}"),
    };
    let rising = why(&following(Axis::Threads, 64, &SIZES, [50.0, 0.3, 0.0]));
    assert!(rising.contains("do not show that throughput ever falls; if it does, not below "), "{rising}");
    assert!(rising.ends_with(" threads"), "{rising}");
    let beyond = why(&following(Axis::Connections, 2, &[1, 2, 3, 4, 5, 6], [1_000.0, 0.0, 0.004]));
    assert_eq!(beyond, "it lies beyond 12 connections, which is as far as the points support: measure larger sizes");
    let below = why(&following(Axis::Pool, 2, &[50, 100, 200, 400], [1_000.0, 0.0, 0.01]));
    assert_eq!(below, "it lies below 25 pooled connections, where the points begin: measure smaller sizes");
}

#[test]
fn too_little_to_tell_a_law_is_said_and_none_is_made_up() {
    let sizes = |sizes: &[u32]| following(Axis::Processes, 64, sizes, [1_000.0, 0.1, 0.0]);
    assert_eq!(refused(&sizes(&[1, 2, 3])), "3 sizes have a say, where 4 are the least for a law");
    assert_eq!(refused(&sizes(&[10, 11, 12, 13])), "10 to 13 processes lie too close together for a law");
    let once = scale(Axis::Processes, 64, SIZES.map(|at| point(at, 1, law(at, [1_000.0, 0.1, 0.0]))).to_vec());
    assert!(refused(&once).starts_with("0 repetitions beyond the first of each size"), "{}", refused(&once));
    assert_eq!(refused(&scale(Axis::Threads, 2, Vec::new())), "0 sizes have a say, where 4 are the least for a law");
}

#[test]
fn what_no_law_of_this_form_describes_is_refused() {
    let mut uneven = following(Axis::Threads, 64, &SIZES, [1_000.0, 0.1, 0.0]);
    uneven
        .points
        .iter_mut()
        .filter(|point| point.at == 4)
        .for_each(|p| p.throughput = finite(p.throughput.get() * 0.3));
    let why = refused(&uneven);
    assert!(
        why.starts_with("no law of this form describes the points, which pass it at ") && why.contains(" threads by "),
        "{why}"
    );

    let mut held_back = following(Axis::Pool, 64, &SIZES, [1_000.0, 0.1, 0.0]);
    held_back
        .points
        .iter_mut()
        .filter(|point| point.at == 1)
        .for_each(|p| p.throughput = finite(p.throughput.get() * 0.3));
    let why = refused(&held_back);
    assert!(why.contains("pooled connections give ") && why.contains("faster than the law allows"), "{why}");
}

/// Each of up to so many processors does the same, and no more comes of what has none.
fn to_the_end_of(cores: u32, sizes: &[u32]) -> Scale {
    let mut bent = following(Axis::Processes, cores, sizes, [1_000.0, 0.02, 0.0]);
    let end = law(cores, [1_000.0, 0.02, 0.0]);
    for point in bent.points.iter_mut().filter(|point| point.at > cores) {
        point.throughput = finite(end * (1.0 + f64::from(point.round) * 0.003));
    }
    bent
}

#[test]
fn where_processors_end_the_law_is_of_the_sizes_within_them_or_there_is_none() {
    let enough = summary(&to_the_end_of(8, &[1, 2, 4, 6, 8, 16, 32, 64]));
    let Law::Fitted(law) = &enough.law else { panic!("{:?}", enough.law) };
    assert!(holds(&law.contention, 0.02) && law.contention.value.get() < 0.1, "{law:?}");
    assert_eq!((law.fewest, law.most), (1, 8));
    let note = "the law is of sizes up to 8 processors: 16, 32, 64 processes have no processor each";
    assert!(enough.notes.iter().any(|found| found == note), "{:?}", enough.notes);

    let too_few = to_the_end_of(2, &[1, 2, 4, 8, 16]);
    let why = refused(&too_few);
    assert!(why.ends_with("and not by accident: it has no bend where the processors of a machine end"), "{why}");
    // Connections need no processor each: there is no such excuse.
    let why = refused(&Scale { axis: Axis::Connections, ..too_few });
    assert!(why.ends_with("and not by accident"), "{why}");
}

#[test]
fn a_small_miss_that_is_no_accident_is_told_beside_the_law() {
    let mut close = following(Axis::Threads, 64, &SIZES, [1_000.0, 0.1, 0.001]);
    close
        .points
        .iter_mut()
        .filter(|point| point.at == 8)
        .for_each(|p| p.throughput = finite(p.throughput.get() * 1.05));
    let found = summary(&close);
    assert!(matches!(found.law, Law::Fitted(_)), "{:?}", found.law);
    assert!(found.notes.iter().any(|note| note.contains("8 threads lie +")), "{:?}", found.notes);
}

#[test]
fn every_refusal_has_words() {
    let points = scale(Axis::Threads, 2, Vec::new());
    let miss = LackOfFit { p: 0.001, workers: 1, deviation: -0.25 };
    for (refusal, said) in [
        (NoScaling::Unusable { workers: 1 }, "the throughput of 1 thread cannot be used"),
        (NoScaling::AllGeneratorLimited, "no size has a say"),
        (NoScaling::LackOfFit(miss), "pass it at 1 thread by -25 %"),
    ] {
        let Law::Refused { why } = law::told(&Err(refusal), &[], &points) else { panic!("{said}") };
        assert!(why.contains(said), "{why}");
    }
}

#[test]
fn only_what_takes_a_processor_each_is_beyond_them() {
    for (axis, beyond) in
        [(Axis::Processes, true), (Axis::Threads, true), (Axis::Pool, false), (Axis::Connections, false)]
    {
        let found = summary(&following(axis, 8, &SIZES, [1_000.0, 0.1, 0.0]));
        let marked: Vec<u32> = found.levels.iter().filter(|level| level.beyond_cores).map(|level| level.at).collect();
        assert_eq!(marked, if beyond { vec![16, 32] } else { vec![] }, "{axis}");
        let told = found.notes.iter().any(|note| note.contains("8 processors for service and generator together"));
        assert_eq!(told, beyond, "{axis}: {:?}", found.notes);
    }
    assert_eq!(summary(&following(Axis::Processes, 32, &SIZES, [1_000.0, 0.1, 0.0])).notes, [""; 0]);
}

#[test]
fn it_is_told_from_where_on_the_machine_has_no_processor_left() {
    let mut full = following(Axis::Connections, 2, &SIZES, [1_000.0, 0.1, 0.0]);
    for point in &mut full.points {
        point.service_cpu = Some(finite(if point.at < 4 { 1.4 } else { 1.6 }));
        point.generator_cpu = Some(finite(0.3));
    }
    let note = "at 4 connections service and generator together keep 1.9 of 2 processors busy, 0.3 of it the generator: from there on the machine is the limit";
    assert_eq!(summary(&full).notes, [note]);
    full.points.iter_mut().for_each(|point| point.generator_cpu = None);
    assert_eq!(summary(&full).notes, [""; 0], "what was not measured says nothing");
}

#[test]
fn a_size_is_what_its_rounds_say_together() {
    let mut rounds = scale(Axis::Pool, 2, vec![point(2, 1, 400.0), point(1, 1, 100.0), point(1, 2, 400.0)]);
    (rounds.points[1].failed, rounds.points[2].failed) = (400, 100);
    for (point, p95) in rounds.points.iter_mut().zip([5.0, 1.0, 4.0]) {
        point.latency = Some(ScaleLatency { p50: finite(0.5), p95: finite(p95), p99: finite(9.0) });
        point.pool_wait = Some(finite(p95 * 2.0));
    }
    rounds.points[1].service_memory = Some(finite(1_000.0));
    let found = summary(&rounds);
    assert_eq!(found.levels.iter().map(|level| (level.at, level.rounds)).collect::<Vec<_>>(), [(1, 2), (2, 1)]);
    let (one, two) = (level(&found, 1), level(&found, 2));
    // Geometric means.
    assert!((one.throughput.value.get() - 200.0).abs() < 1e-9 && (one.p95.unwrap().value.get() - 2.0).abs() < 1e-12);
    assert!((one.pool_wait.unwrap().value.get() - 4.0).abs() < 1e-12);
    assert_eq!(one.service_memory.unwrap().value.get(), 1_000.0);
    // 500 of 2,500.
    assert_eq!((one.error_rate.get(), two.error_rate.get()), (0.2, 0.0));
    assert!(
        (one.efficiency.unwrap().value.get() - 1.0).abs() < 1e-12
            && (two.efficiency.unwrap().value.get() - 1.0).abs() < 1e-12
    );
    let interval = one.throughput.interval.unwrap();
    assert!(interval.lower.get() < 200.0 && interval.upper.get() > 200.0 && interval.level.get() == 0.95);
    assert_eq!(two.throughput.interval, None, "one round has none");
    let narrower = summarise(&rounds, 0.5).unwrap().summary.levels[0].throughput.interval.unwrap();
    assert!(narrower.lower > interval.lower && narrower.level.get() == 0.5);
}

#[test]
fn the_order_of_points_changes_nothing() {
    let one = following(Axis::Threads, 4, &SIZES, [1_000.0, 0.1, 0.001]);
    let mut other = one.clone();
    other.points.reverse();
    assert_eq!(summary(&one), summary(&other));
}

#[test]
fn efficiency_needs_the_size_one() {
    let without = following(Axis::Threads, 64, &[2, 4, 8, 16], [1_000.0, 0.1, 0.0]);
    assert!(summary(&without).levels.iter().all(|level| level.efficiency.is_none()));
}

#[test]
fn metrics_are_named_by_axis_and_size_and_throughput_is_judged() {
    let mut measured = following(Axis::Processes, 64, &SIZES, [1_000.0, 0.05, 0.002]);
    measured.points.iter_mut().for_each(|point| point.service_cpu = Some(finite(1.0)));
    let metrics = summarise(&measured, 0.95).unwrap().metrics;
    let found = |name: &str| metrics.iter().find(|metric| metric.name.as_str() == name);
    let throughput = found("s/processes/8#throughput").unwrap();
    assert_eq!(
        (throughput.unit, throughput.direction, throughput.primary),
        (Unit::PerSecond, Direction::HigherIsBetter, true)
    );
    assert_eq!((throughput.rounds.len(), throughput.samples), (3, 3));
    for (name, unit, direction) in [
        ("s/processes/8#service_cpu", Unit::Count, Direction::LowerIsBetter),
        ("s/processes/8#error_rate", Unit::Ratio, Direction::LowerIsBetter),
        ("s/processes/8#efficiency", Unit::Ratio, Direction::HigherIsBetter),
        ("s/processes/law#contention", Unit::Ratio, Direction::LowerIsBetter),
        ("s/processes/law#coherency", Unit::Ratio, Direction::LowerIsBetter),
        ("s/processes/law#peak_size", Unit::Count, Direction::HigherIsBetter),
        ("s/processes/law#peak_throughput", Unit::PerSecond, Direction::HigherIsBetter),
    ] {
        let metric = found(name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!((metric.unit, metric.direction, metric.primary), (unit, direction, false), "{name}");
    }
    // What was not measured is no metric.
    for absent in ["8#latency_p95", "8#pool_wait", "8#service_memory", "law#memory_per_thousand"] {
        assert!(found(&format!("s/processes/{absent}")).is_none(), "{absent}");
    }
    let refused = scale(Axis::Pool, 2, vec![point(1, 1, 5.0)]);
    let names: Vec<String> =
        summarise(&refused, 0.95).unwrap().metrics.iter().map(|metric| metric.name.as_str().to_owned()).collect();
    assert_eq!(names, ["s/pool/1#throughput", "s/pool/1#error_rate", "s/pool/1#efficiency"]);
}

#[test]
fn memory_for_a_thousand_is_told_where_it_is_a_straight_line() {
    let over = |axis: Axis, memory: fn(f64) -> f64, sizes: &[u32]| {
        let mut measured = following(axis, 2, sizes, [1_000.0, 0.1, 0.0]);
        for point in &mut measured.points {
            let noise = f64::from(point.round);
            point.service_memory = Some(finite(memory(f64::from(point.at)) + noise));
        }
        summarise(&measured, 0.95).unwrap()
    };
    let with = |memory, sizes: &[u32]| over(Axis::Connections, memory, sizes);
    let found = with(|at| 1e7 + 30_000.0 * at, &SIZES);
    let memory = found.summary.memory_per_thousand.unwrap();
    assert!((memory.value.get() - 3e7).abs() < 1e4 && holds(&memory, memory.value.get()), "{memory:?}");
    assert!(found.metrics.iter().any(|metric| metric.name.as_str() == "s/connections/law#memory_per_thousand"));
    assert_eq!(over(Axis::Processes, |at| 1e7 * at, &SIZES).summary.memory_per_thousand, None, "a thousand processes");
    assert_eq!(with(|at| 1e7 + 30_000.0 * at * at, &SIZES).summary.memory_per_thousand, None);
    assert_eq!(with(|at| 1e7 + 30_000.0 * at, &[1, 2, 4]).summary.memory_per_thousand, None);
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let good = following(Axis::Threads, 2, &[1, 2], [1_000.0, 0.1, 0.0]);
    assert!(problem(&good).is_none());
    let with = |change: fn(&mut Scale)| {
        let mut bad = good.clone();
        change(&mut bad);
        let Err(problem) = summarise(&bad, 0.95) else { panic!("it is taken") };
        assert_eq!(super::problem(&bad).map(|problem| problem.pointer), Some(problem.pointer.clone()));
        (problem.pointer, problem.message)
    };
    let place = |change| with(change).0;
    assert_eq!(with(|bad| bad.points[3].round = 1), ("/points/3/round".into(), "size 2 has a round 1 already".into()));
    assert_eq!(place(|bad| bad.points[1].at = 0), "/points/1/at");
    assert_eq!(place(|bad| bad.points[1].round = 0), "/points/1/round");
    assert_eq!(place(|bad| bad.repeats = 2), "/points/4/round");
    assert_eq!(place(|bad| bad.points[0].seconds = Finite::default()), "/points/0/seconds");
    assert_eq!(place(|bad| bad.points[0].throughput = finite(-1.0)), "/points/0/throughput");
}

#[test]
fn hostile_names_and_counts_are_no_way_out() {
    let mut hostile = following(Axis::Threads, 2, &[1, 2], [1_000.0, 0.1, 0.0]);
    hostile.scenario = "a\nb\u{1b}".into();
    let metrics = summarise(&hostile, 0.95).unwrap().metrics;
    assert!(metrics.iter().all(|metric| metric.name.as_str().starts_with("a?b?/threads/")), "{metrics:?}");
    hostile.points.iter_mut().for_each(|point| (point.completed, point.failed) = (u64::MAX, u64::MAX));
    assert_eq!(summary(&hostile).levels[0].error_rate.get(), 0.5);
    hostile.scenario = "x".repeat(100_000);
    match summarise(&hostile, 0.95) {
        Err(problem) => assert_eq!(problem.pointer, "/scenario"),
        Ok(found) => assert!(!found.metrics.is_empty()),
    }
    hostile.scenario = String::new();
    match summarise(&hostile, 0.95) {
        Err(problem) => assert_eq!(problem.pointer, "/scenario"),
        Ok(found) => assert!(!found.metrics.is_empty()),
    }
}
