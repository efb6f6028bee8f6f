//! What holds for every input.

use bench_stats::{
    Capacity, Demand, Estimate, Peak, Reach, ScalePoint, Scaling, Towards, Until, decision, forecast, resource_line,
    scaling,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::{Random, noisy, point};

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => 1e-3..1e6_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, f64::NAN, f64::INFINITY]),
    ]
}

fn any_workers() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 1..40_u32, 1 => any::<u32>(), 1 => prop::sample::select(vec![0, 1, u32::MAX])]
}

fn any_points() -> impl Strategy<Value = Vec<ScalePoint>> {
    let runs = prop_oneof![4 => vec(1e-3..1e6_f64, 1..4), 1 => vec(any_value(), 0..4), 1 => vec(f64::MIN_POSITIVE..f64::MAX, 2..4)];
    let limited = prop::bool::weighted(0.1);
    vec(
        (any_workers(), runs, limited).prop_map(|(workers, throughputs, generator_limited)| ScalePoint {
            workers,
            throughputs,
            generator_limited,
        }),
        0..9,
    )
}

/// Points around a law, which are seldom refused.
fn points() -> impl Strategy<Value = Vec<ScalePoint>> {
    (any::<u64>(), 0.0..0.5_f64, 0.0..0.02_f64, 0.001..0.1_f64).prop_map(|(seed, sigma, kappa, noise)| {
        noisy(&mut Random(seed), (50.0, sigma, kappa), &[1, 2, 4, 7, 12], 3, noise)
    })
}

fn ordered(estimate: Estimate) -> bool {
    estimate.lower <= estimate.value && estimate.value <= estimate.upper
}

fn close(one: f64, other: f64) -> bool {
    one == other || (one - other).abs() <= 1e-6 * (one.abs().max(other.abs()) + 1e-6)
}

fn alike(one: Estimate, other: Estimate) -> bool {
    close(one.value, other.value) && close(one.lower, other.lower) && close(one.upper, other.upper)
}

fn sound(found: &Scaling) -> bool {
    let peak = match found.peak {
        Peak::At { workers, throughput } => ordered(workers) && ordered(throughput) && workers.value >= 1.0,
        Peak::NotShown { at_least } => at_least >= 1.0,
        Peak::BeyondSupport { workers, .. } | Peak::BelowSupport { workers, .. } => ordered(workers),
    };
    let bounds = found.sigma.lower >= 0.0 && found.sigma.upper <= 1.0 && found.kappa.lower >= 0.0;
    let least = found.laws[2].left <= found.laws[1].left * (1.0 + 1e-9) + 1e-15
        && found.laws[1].left <= found.laws[0].left * (1.0 + 1e-9) + 1e-15;
    peak && bounds && least && ordered(found.lambda) && ordered(found.sigma) && ordered(found.kappa)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_points_have_an_answer(points in any_points(), cores in any_workers(), asked in any_workers()) {
        for reach in [Reach::All, Reach::WithinCores(cores)] {
            if let Ok(prediction) = scaling(&points, reach).map(|found| found.predict(asked)) {
                prop_assert!(prediction.is_err() || prediction.is_ok_and(ordered), "{:?}", prediction);
            }
        }
    }

    #[test]
    fn points_around_a_law_give_sound_numbers(points in points()) {
        if let Ok(found) = scaling(&points, Reach::All) {
            prop_assert!(sound(&found), "{:?}", found);
        }
    }

    #[test]
    fn the_unit_of_throughput_scales_lambda_and_nothing_else(points in points(), unit in 1e-9..1e9_f64) {
        let mut scaled = points.clone();
        scaled.iter_mut().for_each(|point| point.throughputs.iter_mut().for_each(|value| *value *= unit));
        match (scaling(&points, Reach::All), scaling(&scaled, Reach::All)) {
            (Ok(one), Ok(other)) => {
                prop_assert!(alike(one.lambda.times(unit), other.lambda), "{:?} {:?}", one, other);
                prop_assert!(alike(one.sigma, other.sigma) && alike(one.kappa, other.kappa), "{:?} {:?}", one, other);
                prop_assert!(close(one.residual_error, other.residual_error));
            }
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{:?} {:?}", one, other),
        }
    }

    #[test]
    fn order_does_not_matter((points, mut shuffled) in points().prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle()))) {
        shuffled.iter_mut().for_each(|point| point.throughputs.reverse());
        prop_assert_eq!(scaling(&points, Reach::All), scaling(&shuffled, Reach::All));
        // One point in two parts.
        let last = shuffled.pop().unwrap();
        let (one, others) = last.throughputs.split_first().unwrap();
        shuffled.extend([point(last.workers, &[*one]), point(last.workers, others)]);
        prop_assert_eq!(scaling(&points, Reach::All), scaling(&shuffled, Reach::All));
    }

    #[test]
    fn any_readings_have_a_line_or_a_reason(readings in vec((any_value(), any_value()), 0..12)) {
        if let Ok(line) = resource_line(&readings) {
            prop_assert!(ordered(line.slope) && ordered(line.intercept), "{:?}", line);
        }
    }

    #[test]
    fn any_capacity_has_a_decision(peak in any_value(), other in any_value(), margin in any_value(), capacity in any_value()) {
        let peak = Estimate { value: peak, lower: other.min(peak), upper: other.max(peak) };
        decision(peak, margin, Capacity::Exactly(capacity));
        decision(peak, margin, Capacity::AtLeast(capacity));
    }

    #[test]
    fn any_history_has_a_forecast_or_a_reason(
        history in vec((prop_oneof![3 => -1e3..1e3_f64, 1 => any_value()], any_value()), 0..30),
        level in any_value(),
        horizon in any_value(),
    ) {
        let history: Vec<Demand> = history.into_iter().map(|(day, value)| Demand { day, value }).collect();
        if let Ok(found) = forecast(&history) {
            prop_assert!(ordered(found.per_day), "{:?}", found);
            for horizon in [horizon, 0.0, found.span] {
                if let Ok(estimate) = found.at(horizon) {
                    prop_assert!(ordered(estimate), "{:?}", estimate);
                }
                for towards in [Towards::Rising, Towards::Falling] {
                    if let Ok(Until::Within { days, earliest, .. }) = found.time_until(level, towards, horizon) {
                        prop_assert!(earliest <= days && days <= horizon);
                    }
                }
            }
            let mut reversed = history;
            reversed.reverse();
            prop_assert_eq!(forecast(&reversed), Ok(found));
        }
    }
}
