//! The same answers as SciPy gave: reference.json, made by reference.py beside it.

use bench_stats::{Estimate, Peak, Reach, scaling};
use serde_json::Value;

use crate::random::point;

/// How far our numbers may lie from SciPy's, whose searches stop at about this.
const SLACK: f64 = 2e-5;

fn numbers(expected: &Value, name: &str) -> Vec<Option<f64>> {
    expected[name].as_array().unwrap().iter().map(Value::as_f64).collect()
}

fn check(case: &str, name: &str, found: &[f64], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len(), "{case}: {name}");
    let size = expected.iter().flatten().fold(0.0, |size: f64, number| size.max(number.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let near = expected.map_or(!found.is_finite(), |expected| (found - expected).abs() <= SLACK * size + 1e-9);
        assert!(near, "{case}: {name}: {found} {expected:?}");
    }
}

fn three(estimate: Estimate) -> [f64; 3] {
    [estimate.value, estimate.lower, estimate.upper]
}

#[test]
fn laws_and_intervals_are_those_of_scipy() {
    let cases: Value = serde_json::from_str(include_str!("reference.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 8);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let points: Vec<_> = case["points"]
            .as_array()
            .unwrap()
            .iter()
            .map(|measured| {
                let runs: Vec<f64> = numbers(measured, "throughputs").into_iter().flatten().collect();
                point(u32::try_from(measured["workers"].as_u64().unwrap()).unwrap(), &runs)
            })
            .collect();
        let found = scaling(&points, Reach::All).unwrap();
        let expected = &case["expected"];
        let twice = found.predict(2 * points.last().unwrap().workers).unwrap();
        for (field, estimate) in
            [("lambda", found.lambda), ("sigma", found.sigma), ("kappa", found.kappa), ("twice", twice)]
        {
            check(name, field, &three(estimate), &numbers(expected, field));
        }
        check(name, "left", &[found.laws[2].left], &numbers(expected, "left"));
        check(name, "lack_p", &[found.lack_of_fit.p], &numbers(expected, "lack_p"));
        check(name, "r_squared", &[found.r_squared.unwrap()], &numbers(expected, "r_squared"));
        let peak = numbers(expected, "peak");
        match found.peak {
            Peak::At { workers, .. } | Peak::BeyondSupport { workers, .. } | Peak::BelowSupport { workers, .. } => {
                check(name, "peak", &three(workers), &peak);
            }
            Peak::NotShown { at_least } => {
                assert_eq!(peak[2], None, "{name}");
                check(name, "peak", &[at_least], &peak[1..2]);
            }
        }
    }
}
