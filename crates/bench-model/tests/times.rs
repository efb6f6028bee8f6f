//! Points in time and months as the files write them.

#![expect(clippy::panic, reason = "a helper that fails has failed its test")]

use bench_model::time::{Month, Timestamp};
use proptest::prelude::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_time_is_written_in_utc_and_whole_seconds() {
    assert_eq!(Timestamp::from_unix(1_795_237_200).to_string(), "2026-11-21T05:00:00Z");
    assert_eq!(time("2026-11-21T06:00:00+01:00").to_string(), "2026-11-21T05:00:00Z");
    assert_eq!(time("2026-11-21T05:00:00.999Z").to_string(), "2026-11-21T05:00:00Z");
    assert_eq!(time("2026-11-21T05:00:00Z").compact(), "20261121T050000Z");
}

#[test]
fn what_is_no_time_is_refused_with_the_accepted_form() {
    for text in [
        "",
        "yesterday",
        "2026-11-21",
        "2026-11-21T05:00:00",
        "2026-02-30T00:00:00Z",
        "1795237200",
        "99999-01-01T00:00:00Z",
    ] {
        let error = text.parse::<Timestamp>().expect_err(text).to_string();
        assert!(error.contains("2026-11-21T05:00:00Z"), "{error}");
        assert!(serde_json::from_value::<Timestamp>(text.into()).is_err());
    }
}

#[test]
fn months_are_counted_back_over_years() {
    let month = |text: &str| text.parse::<Month>().unwrap();
    assert_eq!(time("2026-11-21T05:00:00Z").month(), month("2026-11"));
    assert_eq!(month("2026-11").minus(36).to_string(), "2023-11");
    assert_eq!(month("2026-01").minus(1).to_string(), "2025-12");
    assert_eq!(month("2026-01").minus(u32::MAX).to_string(), "0000-01");
    assert!(month("2025-12") < month("2026-01"));
}

#[test]
fn what_is_no_month_is_refused() {
    for text in ["", "2026", "2026-13", "2026-00", "2026-11-05", "11-2026", "2026-1"] {
        assert!(text.parse::<Month>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn every_second_survives_its_text(seconds in -62_135_596_800_i64..253_402_207_200) {
        let time = Timestamp::from_unix(seconds);
        prop_assert_eq!(time.unix(), seconds);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        prop_assert_eq!(time.to_string().len(), 20);
    }

    #[test]
    fn texts_are_ordered_as_times_are(a in 0_i64..253_402_207_200, b in 0_i64..253_402_207_200) {
        let (a, b) = (Timestamp::from_unix(a), Timestamp::from_unix(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        prop_assert_eq!(a.month() <= b.month(), a.month().to_string() <= b.month().to_string());
    }

    #[test]
    fn any_number_of_seconds_is_some_time(seconds in any::<i64>()) {
        Timestamp::from_unix(seconds).month().minus(40).to_string();
    }

    #[test]
    fn reading_is_total(text in "\\PC{0,30}|[0-9TZ:+-]{0,25}") {
        drop(text.parse::<Timestamp>());
        drop(text.parse::<Month>());
    }
}
