//! What a predicted peak means for the capacity at hand.

use bench_stats::{Decision, decision};

#[test]
fn capacity_follows_the_predicted_peak_with_its_margin() {
    assert_eq!(decision(Some(1000.0), 1.5, Some(1000.0)), Decision::Up(1.5));
    assert_eq!(decision(Some(500.0), 1.5, Some(1000.0)), Decision::Down(0.75));
    assert_eq!(decision(Some(800.0), 1.25, Some(1000.0)), Decision::Hold(1.0));
    // Both ends belong to the middle.
    assert_eq!(decision(Some(1200.0), 1.0, Some(1000.0)), Decision::Hold(1.2));
    assert_eq!(decision(Some(800.0), 1.0, Some(1000.0)), Decision::Hold(0.8));
    assert_eq!(decision(Some(0.0), 1.5, Some(1000.0)), Decision::Down(0.0));
}

#[test]
fn nothing_is_decided_without_a_capacity_or_a_prediction() {
    for capacity in [None, Some(0.0), Some(-1.0), Some(f64::NAN), Some(f64::INFINITY)] {
        assert_eq!(decision(Some(1000.0), 1.5, capacity), Decision::Undefined);
    }
    for peak in [None, Some(-1.0), Some(f64::NAN), Some(f64::INFINITY)] {
        assert_eq!(decision(peak, 1.5, Some(1000.0)), Decision::Undefined);
    }
    assert_eq!(decision(Some(1000.0), f64::NAN, Some(1000.0)), Decision::Undefined);
    assert_eq!(decision(Some(f64::MAX), 2.0, Some(1000.0)), Decision::Undefined);
}
