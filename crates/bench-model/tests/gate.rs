//! `[gate]` of `thresholds.toml`, and every way to get it wrong.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails has failed its test")]

use std::path::Path;

use bench_model::config::{ConfigError, Gate, Keep, KeepBy, Thresholds};
use bench_model::perf::EvidenceLevel;
use bench_model::{Code, Failure};

fn parse(text: &str) -> Result<Option<Gate>, ConfigError> {
    Thresholds::parse(Path::new("thresholds.toml"), text).map(|thresholds| thresholds.gate)
}

/// The error's text and line.
fn refused(text: &str) -> (String, u64) {
    let error = parse(text).expect_err(text);
    assert_eq!(error.code(), Code::Config);
    assert!(!error.hint().is_empty());
    let place = error.location().unwrap();
    assert_eq!(place.file.as_deref(), Some(Path::new("thresholds.toml")), "{error}");
    (error.to_string(), place.line.expect(text))
}

/// A gate whose only `[[gate.keep]]`, from line 3 on, has these lines.
fn keep(lines: &str) -> String {
    format!("[gate]\nevidence = \"real_workload\"\n[[gate.keep]]\n{lines}\n")
}

#[test]
fn a_gate_keeps_shares_and_drops() {
    let text = "[gate]\nevidence = \"real_workload\"\n\
        [[gate.keep]]\nmetric = \"reencryption#records_per_second\"\nof_previous = \"80 %\"\n\
        [[gate.keep]]\nmetric = \"reencryption#scalability_score\"\ndrop = 1\n";
    let kept = |name: &str, by| Keep { metric: name.parse().unwrap(), by };
    let gate = Gate {
        evidence: EvidenceLevel::RealWorkload,
        keep: vec![
            kept("reencryption#records_per_second", KeepBy::Share(0.8)),
            kept("reencryption#scalability_score", KeepBy::Drop(1.0)),
        ],
    };
    assert_eq!(parse(text).unwrap(), Some(gate));
}

#[test]
fn there_is_no_gate_unless_the_file_has_one() {
    assert_eq!(parse("").unwrap(), None);
    assert_eq!(parse("[gate]\nevidence = \"dry_run\"\n").unwrap().unwrap().keep, []);
}

#[test]
fn the_whole_of_the_entry_before_and_no_drop_at_all_may_be_asked() {
    let by = |text: &str| parse(&keep(text)).unwrap().unwrap().keep[0].by;
    assert_eq!(by("metric = \"a#b\"\nof_previous = \"100 %\""), KeepBy::Share(1.0));
    assert_eq!(by("metric = \"a#b\"\ndrop = 0.0"), KeepBy::Drop(0.0));
}

#[test]
fn a_limit_lies_on_the_worse_side_and_rounding_fails_nobody() {
    use bench_model::Direction::{HigherIsBetter, LowerIsBetter};
    let (share, drop) = (KeepBy::Share(0.8), KeepBy::Drop(1.0));
    assert_eq!((share.limit(100.0, HigherIsBetter), share.limit(100.0, LowerIsBetter)), (80.0, 125.0));
    assert_eq!((drop.limit(10.0, HigherIsBetter), drop.limit(10.0, LowerIsBetter)), (9.0, 11.0));
    assert!(share.limit(3.0, HigherIsBetter) > 2.4 && share.is_kept(3.0, 2.4, HigherIsBetter));
    assert!(!share.is_kept(3.0, 2.399_999, HigherIsBetter));
    assert!(share.is_kept(100.0, 125.0, LowerIsBetter) && !share.is_kept(100.0, 125.1, LowerIsBetter));
}

#[test]
fn what_cannot_be_used_is_refused_with_its_line() {
    for (text, line, words) in [
        ("[gate]\nevidence = \"real\"\n".to_owned(), 2, "is one of simulated, dry_run, unmeasured, ci_benchmark"),
        (keep("metric = \"a#b\"\nof_previous = \"0 %\""), 5, "above 0 % and at most at 100 %"),
        (keep("metric = \"a#b\"\nof_previous = \"120 %\""), 5, "above 0 % and at most at 100 %"),
        (keep("metric = \"a#b\"\nof_previous = 0.8"), 5, "unit"),
        (keep("metric = \"a#b\"\nof_previous = \"80 MB\""), 5, "80 MB"),
        (keep("metric = \"a#b\"\ndrop = -1"), 5, "is 0 or more"),
        (keep("metric = \"a#b\"\ndrop = nan"), 5, "is 0 or more"),
        (keep("metric = \"a#b\"\ndrop = inf"), 5, "is 0 or more"),
        (keep("metric = \"a#b\"\nof_previous = \"80 %\"\ndrop = 1"), 4, "has either `of_previous` or `drop`"),
        (keep("metric = \"a#b\""), 4, "has either `of_previous` or `drop`"),
        (keep("metric = \"\"\ndrop = 1"), 4, "gate.keep.metric"),
        (keep("metric = \"a#b\"\ndrop = 1\n[[gate.keep]]\nmetric = \"a#b\"\ndrop = 2"), 7, "stands there twice"),
    ] {
        let (told, at) = refused(&text);
        assert!(told.contains(words) && at == line, "{text}\n{told} at {at}");
    }
}

#[test]
fn keys_that_nothing_reads_are_refused_with_the_nearest_one() {
    for (text, line, nearest) in [
        ("[gate]\nevidense = \"real_workload\"\n".to_owned(), 2, "gate.evidence"),
        (keep("metric = \"a#b\"\nof_previus = \"80 %\""), 5, "gate.keep.of_previous"),
        (keep("metrics = \"a#b\"\ndrop = 1"), 4, "gate.keep.metric"),
        ("[gates]\nevidence = \"real_workload\"\n".to_owned(), 1, "gate"),
    ] {
        let (told, at) = refused(&text);
        let error = parse(&text).unwrap_err();
        assert!(format!("{told} {}", error.hint()).contains(nearest) && at == line, "{text}\n{told} at {at}");
    }
}

#[test]
fn a_gate_that_lacks_its_evidence_or_a_metric_is_refused() {
    for text in ["[gate]\n", "[gate]\nevidence = 1\n", "gate = 1\n", "[gate]\nevidence = \"dry_run\"\nkeep = 1\n"] {
        let _ = refused(text);
    }
    let (told, _) = refused(&keep("drop = 1"));
    assert!(told.contains("metric"), "{told}");
}

#[test]
fn the_specifications_form_has_no_gate_beside_it() {
    let error = parse("[performance_floors]\ndisplay_min_mibs = 80\n[gate]\nevidence = \"dry_run\"\n").unwrap_err();
    assert!(error.to_string().contains("use one form"), "{error}");
}
