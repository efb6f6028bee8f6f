//! Names and ids: what they accept, and what they refuse.

use bench_model::{BenchmarkId, Commit, MetricName, RunId, Sha256};
use proptest::prelude::*;

#[test]
fn metric_names_take_any_text_without_control_characters() {
    for good in ["display_gibs", "p/t/id with spaces#time", "é/漢字#x", "a|b`c<d>"] {
        assert_eq!(good.parse::<MetricName>().unwrap().as_str(), good);
    }
    for bad in ["", "a\nb", "a\u{1b}[31m", "a\u{0}", "a\u{85}"] {
        assert!(bad.parse::<MetricName>().is_err(), "{bad:?}");
    }
    assert!("x".repeat(4096).parse::<MetricName>().is_ok());
    assert!("x".repeat(4097).parse::<MetricName>().is_err());
}

#[test]
fn a_run_id_is_a_safe_folder_name() {
    for good in ["20261121T050000Z-1a2b3c4-9f8e", "run_1", "a.b", "-"] {
        assert!(good.parse::<RunId>().is_ok(), "{good}");
    }
    for bad in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a b", "é", "a\n", "a:b"] {
        assert!(bad.parse::<RunId>().is_err(), "{bad:?}");
    }
    assert!("x".repeat(65).parse::<RunId>().is_err());
}

#[test]
fn commits_and_digests_are_lower_case_hexadecimal_of_full_length() {
    assert_eq!("0123456789abcdef0123456789abcdef01234567".parse::<Commit>().unwrap().short(), "0123456");
    assert!("a".repeat(64).parse::<Commit>().is_ok());
    for bad in ["abc1234".to_owned(), "A".repeat(40), "g".repeat(40), "a".repeat(41), "--all".into()] {
        assert!(bad.parse::<Commit>().is_err(), "{bad}");
        assert!(bad.parse::<Sha256>().is_err(), "{bad}");
    }
}

#[test]
fn a_digest_is_the_published_one() {
    // FIPS 180-2, appendix B.1.
    assert_eq!(Sha256::of(b"abc").as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(Sha256::zero().as_str(), "0".repeat(64));
}

#[test]
fn an_error_names_the_kind_and_what_is_expected_and_stays_short() {
    let error = "../x".parse::<RunId>().unwrap_err().to_string();
    assert!(error.contains("`../x` is not a run id: 1 to 64 of the characters"), "{error}");
    assert!("\n".repeat(1 << 20).parse::<MetricName>().unwrap_err().to_string().len() < 300);
}

#[test]
fn names_are_checked_when_a_record_is_read() {
    assert!(serde_json::from_str::<RunId>("\"../../etc\"").is_err());
    assert!(serde_json::from_str::<MetricName>("\"a\\u0007\"").is_err());
    assert!(serde_json::from_str::<Sha256>("\"00\"").is_err());
}

#[test]
fn a_metric_is_named_after_its_benchmark_and_measure() {
    let id = |id: &str| BenchmarkId { harness: "criterion".into(), target: "p/t".into(), id: id.into() };
    assert_eq!(id("g/f/1").metric("time").unwrap().as_str(), "p/t/g/f/1#time");
    assert_eq!(id("").metric("wall").unwrap().as_str(), "p/t#wall");
    assert!(id("a\u{1}").metric("time").is_err());
}

proptest! {
    #[test]
    fn every_accepted_name_survives_its_file(text in "\\PC{0,40}|.{0,10}") {
        if let Ok(name) = text.parse::<MetricName>() {
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<MetricName>(&json).unwrap(), name);
        }
    }
}
