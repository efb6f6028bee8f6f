//! Points that no law is fitted to, and numbers that none is asked for.

use bench_stats::{NoPrediction, NoScaling, Reach, ScalePoint, Why, scaling};

use crate::random::{Random, law, noiseless, noisy, point};

const TRUTH: (f64, f64, f64) = (100.0, 0.05, 0.002);

fn refusal(points: &[ScalePoint]) -> NoScaling {
    scaling(points, Reach::All).unwrap_err()
}

#[test]
fn four_numbers_of_workers_are_the_least() {
    assert_eq!(refusal(&noiseless(TRUTH, &[1, 2, 4])), NoScaling::TooFew { distinct: 3, least: 4 });
    assert_eq!(refusal(&[]), NoScaling::TooFew { distinct: 0, least: 4 });
    assert_eq!(
        scaling(&noiseless(TRUTH, &[1, 2, 3, 5, 10]), Reach::WithinCores(2)).unwrap_err(),
        NoScaling::TooFew { distinct: 2, least: 4 }
    );
    // The same number twice is one number.
    assert_eq!(refusal(&noiseless(TRUTH, &[1, 2, 2, 4])), NoScaling::TooFew { distinct: 3, least: 4 });
}

#[test]
fn numbers_close_to_each_other_say_nothing_of_growth() {
    assert_eq!(refusal(&noiseless(TRUTH, &[100, 101, 102, 199])), NoScaling::NoSpread { fewest: 100, most: 199 });
    assert!(scaling(&noiseless(TRUTH, &[100, 101, 102, 200]), Reach::All).is_ok());
}

#[test]
fn without_repetitions_the_noise_is_not_known() {
    let mut points = noiseless(TRUTH, &[1, 2, 3, 5, 10]);
    for point in &mut points[1..] {
        point.throughputs.truncate(1);
    }
    assert_eq!(refusal(&points), NoScaling::NoReplicates { repeats: 1, least: 4 });
}

#[test]
fn a_throughput_is_above_zero() {
    for throughput in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut points = noiseless(TRUTH, &[1, 2, 3, 5, 10]);
        points[2].throughputs[1] = throughput;
        assert_eq!(refusal(&points), NoScaling::Unusable { workers: 3 });
    }
    let mut points = noiseless(TRUTH, &[1, 2, 3, 5, 10]);
    points.push(point(0, &[1.0, 1.0]));
    assert_eq!(refusal(&points), NoScaling::Unusable { workers: 0 });
    points[5] = point(20, &[]);
    assert_eq!(refusal(&points), NoScaling::Unusable { workers: 20 });
}

#[test]
fn a_curve_of_the_generator_is_none_of_the_service() {
    let mut points = noiseless(TRUTH, &[1, 2, 3, 5, 10]);
    points.iter_mut().for_each(|point| point.generator_limited = true);
    assert_eq!(refusal(&points), NoScaling::AllGeneratorLimited);
    points[0].generator_limited = false;
    assert_eq!(refusal(&points), NoScaling::TooFew { distinct: 1, least: 4 });
}

#[test]
fn what_grows_faster_than_its_workers_is_not_forced_into_the_law() {
    let mut random = Random(4);
    let grown = |workers: f64| law((100.0, 0.0, 0.0), workers) * libm::pow(workers, 0.15);
    let mut points = noisy(&mut random, (100.0, 0.0, 0.0), &[1, 2, 4, 8], 3, 0.02);
    for point in &mut points {
        let factor = grown(f64::from(point.workers)) / (100.0 * f64::from(point.workers));
        point.throughputs.iter_mut().for_each(|throughput| *throughput *= factor);
    }
    let NoScaling::Superlinear { workers, fewest, efficiency } = refusal(&points) else { panic!("{points:?}") };
    assert_eq!((workers, fewest), (8, 1));
    assert!((1.3..1.42).contains(&efficiency), "{efficiency}");
}

/// A tenth more per worker than one worker, where one run is a fifth off.
#[test]
fn noise_alone_is_not_superlinear() {
    let mut random = Random(9);
    let refused = (0..200)
        .filter(|_| {
            let points = noisy(&mut random, (100.0, 0.0, 0.0), &[1, 2, 4, 8], 3, 0.2);
            matches!(scaling(&points, Reach::All), Err(NoScaling::Superlinear { .. }))
        })
        .count();
    assert!(refused <= 6, "{refused}");
}

#[test]
fn points_off_every_law_are_refused_only_where_it_matters_and_is_no_accident() {
    // A step between 4 and 5 workers.
    let step = |size: f64, noise: f64| {
        let mut points = noisy(&mut Random(3), (100.0, 0.02, 0.0), &[1, 2, 3, 4, 5, 6, 8], 3, noise);
        for point in &mut points[4..] {
            point.throughputs.iter_mut().for_each(|throughput| *throughput *= 1.0 - size);
        }
        scaling(&points, Reach::All)
    };
    let Err(NoScaling::LackOfFit(lack)) = step(0.4, 0.01) else { panic!("{:?}", step(0.4, 0.01)) };
    assert!(lack.p < 1e-6 && lack.deviation.abs() > 0.05, "{lack:?}");
    // Too small to matter, and the intervals own up to it.
    let slight = step(0.03, 0.0005).unwrap();
    assert!(slight.lack_of_fit.p < 0.01, "{slight:?}");
    let clean = step(0.0, 0.0005).unwrap();
    let width = |found: &bench_stats::Scaling| found.sigma.upper - found.sigma.lower;
    assert!(width(&slight) > 5.0 * width(&clean), "{slight:?} {clean:?}");
    // Too noisy to tell.
    assert!(step(0.2, 0.3).is_ok(), "{:?}", step(0.2, 0.3));
}

#[test]
fn nothing_is_predicted_beyond_twice_or_below_half_of_what_was_measured() {
    let found = scaling(&noiseless(TRUTH, &[4, 6, 8, 20]), Reach::All).unwrap();
    let beyond = Err(NoPrediction::BeyondSupport { fewest: 2.0, most: 40.0 });
    assert_eq!((found.predict(1), found.predict(41), found.predict(0)), (beyond, beyond, beyond));
    assert!(found.predict(2).is_ok() && found.predict(40).is_ok());
}

#[test]
fn what_was_left_out_is_named_with_its_reason() {
    let mut points = noiseless(TRUTH, &[1, 2, 3, 4, 5, 16]);
    points[1].generator_limited = true;
    points[5].generator_limited = true;
    let found = scaling(&points, Reach::WithinCores(8)).unwrap();
    let reasons: Vec<_> = found.left_out.iter().map(|out| (out.workers, out.why)).collect();
    assert_eq!(reasons, [(2, Why::GeneratorLimited), (16, Why::BeyondCores)]);
}
