//! Quantities as people write and read them.

#![expect(clippy::panic, reason = "a helper that fails has failed its test")]

use bench_model::unit::{QuantityError, WrittenUnit, nearest, rounded, significant};
use bench_model::{Finite, Quantity, Unit};
use proptest::prelude::*;

fn read(text: &str) -> Quantity {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn mb_and_mib_are_two_words() {
    assert_eq!(read("80 MB/s"), Quantity { value: 80e6, unit: Unit::BytesPerSecond });
    assert_eq!(read("80 MiB/s"), Quantity { value: 80.0 * 1_048_576.0, unit: Unit::BytesPerSecond });
    assert_eq!(rounded(read("80 MB/s").value / 1_073_741_824.0, 3), "0.0745");
}

#[test]
fn the_space_may_be_left_out_and_numbers_may_be_written_in_all_usual_ways() {
    for text in ["1500 ns", "1.5us", "1.5 µs", "1_500 ns", "1.5e3 ns", "15E+2ns", "+1500 ns", " 1500   ns "] {
        assert_eq!(read(text), Quantity { value: 1500.0, unit: Unit::Nanoseconds }, "{text}");
    }
    assert_eq!(read("5elem/s"), Quantity { value: 5.0, unit: Unit::PerSecond });
    assert_eq!(read("5 %"), Quantity { value: 0.05, unit: Unit::Ratio });
}

#[test]
fn a_bare_number_is_refused_with_accepted_forms() {
    let error = "80".parse::<Quantity>().unwrap_err();
    assert!(matches!(&error, QuantityError::NoUnit { .. }), "{error:?}");
    assert!(error.to_string().contains("\"80 MB/s\""), "{error}");
    let error = Quantity::parse_as("80", Unit::Nanoseconds).unwrap_err();
    assert!(error.to_string().contains("\"30 min\"") && !error.to_string().contains("MB/s"), "{error}");
}

#[test]
fn another_kind_of_unit_is_refused_by_name() {
    let error = Quantity::parse_as("80 MB", Unit::BytesPerSecond).unwrap_err().to_string();
    assert!(error.contains("`80 MB` is in B, where B/s is wanted"), "{error}");
}

#[test]
fn an_unknown_unit_names_the_nearest_one() {
    let error = "80 Mb/sec".parse::<Quantity>().unwrap_err().to_string();
    assert!(error.contains("unknown unit `Mb/sec`"), "{error}");
    assert!("3 mn".parse::<Quantity>().unwrap_err().to_string().contains("did you mean"), "3 mn");
    assert!("3 parsec".parse::<WrittenUnit>().is_err());
}

#[test]
fn what_is_no_finite_amount_is_refused() {
    for text in [
        "", " ", "MB/s", "-1 s", "nan s", "NaN", "inf B", "1e400 B", "1e308 h", "1.2.3 s", "1e+ s", "e5 s", "_ s",
        "–5 s",
    ] {
        assert!(text.parse::<Quantity>().is_err(), "{text:?}");
    }
}

#[test]
fn a_negative_zero_is_a_zero() {
    assert_eq!(read("-0 s").value.to_bits(), 0.0_f64.to_bits());
    assert_eq!(rounded(-0.0, 3), "0");
}

#[test]
fn quantities_are_shown_in_the_unit_people_read_them_in() {
    let shown = |value, unit| Quantity { value, unit }.to_string();
    assert_eq!(shown(4.22 * 1_073_741_824.0, Unit::BytesPerSecond), "4.220 GiB/s");
    assert_eq!(shown(1.5e6, Unit::Nanoseconds), "1.500 ms");
    assert_eq!(shown(0.25, Unit::Nanoseconds), "0.2500 ns");
    assert_eq!(shown(1e12, Unit::Nanoseconds), "1000 s");
    assert_eq!(shown(1234.0, Unit::Count), "1.234 k");
    assert_eq!(shown(12.0, Unit::Count), "12.00");
    assert_eq!(shown(1e9, Unit::BitsPerSecond), "1.000 Gbit/s");
    assert_eq!(shown(2.5e6, Unit::PerSecond), "2.500 M/s");
    assert_eq!(shown(0.05, Unit::Ratio), "5.000 %");
    assert_eq!(shown(0.0, Unit::Bytes), "0 B");
    assert_eq!(shown(-2048.0, Unit::Bytes), "-2.000 KiB");
    assert_eq!(shown(1e308, Unit::Bytes), "9.095e295 TiB");
}

#[test]
fn the_precision_is_the_number_of_significant_digits() {
    let rate = Quantity { value: 571.4 * 1_048_576.0, unit: Unit::BytesPerSecond };
    assert_eq!(
        [format!("{rate:.3}"), format!("{rate:.1}"), format!("{rate}")],
        ["571 MiB/s", "571 MiB/s", "571.4 MiB/s"]
    );
}

#[test]
fn rounding_up_to_the_next_digit_keeps_the_number_of_digits() {
    assert_eq!(
        [rounded(9.996, 3), rounded(99.96, 3), rounded(999.6, 3), rounded(0.0099996, 3)],
        ["10.0", "100", "1000", "0.0100"]
    );
    assert_eq!([rounded(0.07451, 3), rounded(4.2, 3), rounded(-4.2, 3)], ["0.0745", "4.20", "-4.20"]);
    assert_eq!(significant(9.99996), "10.00");
}

#[test]
fn finite_refuses_what_is_not() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(Finite::try_from(value).is_err());
    }
    assert!(serde_json::from_str::<Finite>("1e999").is_err());
    assert!(serde_json::from_str::<Finite>("null").is_err());
    assert!(serde_json::from_str::<Finite>("\"1\"").is_err());
    assert_eq!(serde_json::from_str::<Finite>("1e308").unwrap().get(), 1e308);
}

#[test]
fn the_nearest_candidate_is_a_near_one() {
    assert_eq!(nearest("rounsd", ["rounds", "timeout"]).as_deref(), Some("rounds"));
    assert_eq!(nearest("anything", ["rounds", "timeout"]), None);
    assert_eq!(nearest("x", []), None);
}

fn units() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Nanoseconds),
        Just(Unit::Bytes),
        Just(Unit::BytesPerSecond),
        Just(Unit::BitsPerSecond),
        Just(Unit::PerSecond),
        Just(Unit::Count),
        Just(Unit::Ratio),
    ]
}

proptest! {
    #[test]
    fn reading_is_total(text in "\\PC{0,12}|[0-9eE+._-]{0,6} ?(MB/s|µs|%|[a-z]{0,3})") {
        if let Ok(quantity) = text.parse::<Quantity>() {
            prop_assert!(quantity.value.is_finite() && quantity.value >= 0.0);
        }
    }

    #[test]
    fn what_is_shown_is_what_is_meant(value in 1e-3..1e13_f64, unit in units()) {
        let text = Quantity { value, unit }.to_string();
        let (number, spelled) = text.split_once(' ').unwrap_or((&text, ""));
        let (unit_text, scale) = Quantity { value, unit }.reading_unit();
        prop_assert_eq!(unit_text, spelled);
        let back = number.parse::<f64>().unwrap() * scale;
        prop_assert!((back / value - 1.0).abs() < 6e-4, "{} -> {} -> {}", value, text, back);
    }

    #[test]
    fn what_is_shown_can_be_written(value in 1.0..1e13_f64, unit in units()) {
        // Plain counts and rates per second are shown shorter than they are written.
        prop_assume!(!matches!(unit, Unit::Count | Unit::PerSecond));
        let back = read(&Quantity { value, unit }.to_string());
        prop_assert_eq!(back.unit, unit);
        prop_assert!((back.value / value - 1.0).abs() < 6e-4);
    }

    #[test]
    fn every_number_has_the_digits_asked_for(value in prop::num::f64::NORMAL, digits in 1_usize..10) {
        let text = rounded(value, digits);
        let back: f64 = text.parse().unwrap();
        prop_assert!((back / value - 1.0).abs() <= 0.6 * 10_f64.powi(1 - digits as i32), "{} {}", value, text);
        prop_assert!(text.len() < 32, "{}", text);
    }
}
