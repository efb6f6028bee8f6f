//! What a resource costs per unit of load.

use bench_stats::{NoLine, resource_line};

use crate::random::Random;

#[test]
fn memory_per_thousand_connections_is_the_slope_times_a_thousand() {
    let readings: Vec<(f64, f64)> = [0.0, 1000.0, 2000.0, 4000.0].map(|load| (load, 50.0 + 0.012 * load)).to_vec();
    let found = resource_line(&readings).unwrap();
    let memory = found.slope.times(1000.0);
    assert!((memory.value - 12.0).abs() < 1e-9 && memory.upper - memory.lower < 1e-6, "{found:?}");
    assert!((found.intercept.value - 50.0).abs() < 1e-9, "{found:?}");
    assert_eq!(found.levels, 4);
}

/// By SciPy 1.17.1: `linregress` and Student's quantile of 4 degrees of freedom.
#[test]
fn intervals_are_those_of_least_squares() {
    let readings = [(1.0, 10.2), (2.0, 11.9), (3.0, 14.3), (4.0, 15.8), (5.0, 18.4), (6.0, 19.7)];
    let found = resource_line(&readings).unwrap();
    let expected =
        [1.957142857142857, 1.7518100009818103, 2.1624757133039036, 8.2, 7.400343412712678, 8.99965658728732];
    let (slope, intercept) = (found.slope, found.intercept);
    let numbers = [slope.value, slope.lower, slope.upper, intercept.value, intercept.lower, intercept.upper];
    for (number, expected) in numbers.into_iter().zip(expected) {
        assert!((number - expected).abs() < 1e-9, "{number} {expected}");
    }
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let mut random = Random(17);
    let held = (0..1000)
        .filter(|_| {
            let levels = [100.0, 200.0, 400.0, 800.0, 1600.0];
            let readings: Vec<_> =
                levels.iter().map(|load| (*load, 30.0 + 0.1 * load + 5.0 * random.normal())).collect();
            resource_line(&readings).is_ok_and(|line| line.slope.lower <= 0.1 && 0.1 <= line.slope.upper)
        })
        .count();
    assert!((925..=970).contains(&held), "{held}");
}

#[test]
fn a_bend_is_no_line() {
    let bent = |size: f64| {
        let mut random = Random(2);
        let levels = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0];
        let readings: Vec<_> =
            levels.iter().map(|load| (*load, 100.0 + 10.0 * load + size * load * load + random.normal())).collect();
        resource_line(&readings)
    };
    assert!(matches!(bent(3.0), Err(NoLine::NotLinear { p, bend }) if p < 0.001 && bend > 0.05), "{:?}", bent(3.0));
    // There, but too small to matter.
    assert!(bent(0.3).is_ok(), "{:?}", bent(0.3));
}

#[test]
fn three_levels_are_too_few_however_often_they_were_read() {
    let readings: Vec<_> = (0..30).map(|at| (f64::from(at % 3), f64::from(at))).collect();
    assert_eq!(resource_line(&readings).unwrap_err(), NoLine::TooFew { levels: 3, least: 4 });
    assert_eq!(resource_line(&[(1.0, f64::NAN)]).unwrap_err(), NoLine::Unusable);
}

#[test]
fn what_does_not_change_costs_nothing() {
    let found = resource_line(&[1.0, 2.0, 3.0, 4.0].map(|load| (load, 64.0))).unwrap();
    assert!(found.slope.value.abs() < 1e-12 && (found.intercept.value - 64.0).abs() < 1e-9, "{found:?}");
}
