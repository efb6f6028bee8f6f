//! What a predicted peak means for the capacity at hand.

use bench_stats::{Capacity, Decision, Estimate, decision};

const fn known(value: f64) -> Estimate {
    Estimate { value, lower: value, upper: value }
}

fn exactly(peak: f64, margin: f64, capacity: f64) -> Decision {
    decision(known(peak), margin, Capacity::Exactly(capacity))
}

#[test]
fn capacity_follows_the_predicted_peak_with_its_margin() {
    assert_eq!(exactly(1000.0, 1.5, 1000.0), Decision::Up(known(1.5)));
    assert_eq!(exactly(500.0, 1.5, 1000.0), Decision::Down(known(0.75)));
    assert_eq!(exactly(800.0, 1.25, 1000.0), Decision::Hold(known(1.0)));
    // Both ends belong to the middle.
    assert_eq!(exactly(1200.0, 1.0, 1000.0), Decision::Hold(known(1.2)));
    assert_eq!(exactly(800.0, 1.0, 1000.0), Decision::Hold(known(0.8)));
    assert_eq!(exactly(0.0, 1.5, 1000.0), Decision::Down(known(0.0)));
}

#[test]
fn ends_of_an_interval_that_do_not_agree_decide_nothing() {
    let of =
        |lower: f64, upper: f64| decision(Estimate { value: 1000.0, lower, upper }, 1.0, Capacity::Exactly(1000.0));
    let ratios = |lower: f64, upper: f64| Estimate { value: 1.0, lower, upper };
    assert_eq!(of(800.0, 1200.0), Decision::Hold(ratios(0.8, 1.2)));
    assert_eq!(of(800.0, 1300.0), Decision::Open(ratios(0.8, 1.3)));
    assert_eq!(of(700.0, 1200.0), Decision::Open(ratios(0.7, 1.2)));
}

#[test]
fn a_capacity_of_at_least_so_much_proves_only_that_less_suffices() {
    let at_least = |peak: f64| decision(known(peak), 1.0, Capacity::AtLeast(1000.0));
    assert_eq!(at_least(700.0), Decision::Down(known(0.7)));
    assert_eq!(at_least(1000.0), Decision::Open(known(1.0)));
    assert_eq!(at_least(2000.0), Decision::Open(known(2.0)));
}

#[test]
fn nothing_is_decided_without_a_capacity_or_a_prediction() {
    for capacity in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(exactly(1000.0, 1.5, capacity), Decision::Undefined);
    }
    for peak in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(exactly(peak, 1.5, 1000.0), Decision::Undefined);
    }
    let ends = Estimate { value: 1.0, lower: -1.0, upper: 2.0 };
    assert_eq!(decision(ends, 1.5, Capacity::Exactly(1000.0)), Decision::Undefined);
    assert_eq!(exactly(1000.0, f64::NAN, 1000.0), Decision::Undefined);
    assert_eq!(exactly(f64::MAX, 2.0, 1000.0), Decision::Undefined);
}
