//! What was done, by the program's own account.

use bench_model::Sha256;
use bench_model::perf::{EvidenceLevel, Report};
use bench_model::proof::{DataDigest, Proof};

use super::{HOSTILE, assert_accessible, judgement, page, report, section, tags, text};

fn proof(round: u32) -> Proof {
    let data = |name: &str| DataDigest { sha256: Sha256::of(name.as_bytes()), bytes: 7_712_824 };
    let facts = [("alg", "AES-256-GCM".to_owned()), ("attempts", round.to_string())];
    Proof {
        work: "reencryption".into(),
        dry_run: false,
        planned: 20_000,
        done: 20_000,
        resumed: 0,
        sampled: 1_000,
        verified: 1_000,
        input: data("input"),
        output: Some(data(&format!("output {round}"))),
        facts: facts.map(|(name, value)| (name.to_owned(), value)).into(),
    }
}

fn done(proofs: Vec<Proof>) -> Report {
    let mut report = report();
    report.evidence_level = proofs.iter().map(Proof::level).min().unwrap_or(EvidenceLevel::CiBenchmark);
    report.proofs = proofs;
    report
}

#[test]
fn real_work_is_told_with_its_counts_digests_and_facts() {
    let html = page(&done(vec![proof(1), proof(2)]), &judgement());
    let work = section(&html, "work");
    assert_accessible(&html, work);
    let shown = text(work);
    let (input, output) = (Sha256::of(b"input"), Sha256::of(b"output 2"));
    for part in [
        "reencryption: all of 40,000 items done in 2 rounds, and all of 2,000 results read back were right.",
        "real work was done and checked",
        &format!("7.36 MiB of SHA-256 {}", input.as_str()),
        "AES-256-GCM",
        "1, 2",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(
        work.contains(&format!("title=\"{0}\">{1}…</code> 7.36 MiB", output.as_str(), &output.as_str()[..12])),
        "{work}"
    );
    assert!(!shown.contains("not real work") && !work.contains("callout warn"), "{shown}");
}

#[test]
fn what_falls_short_is_no_pass_and_says_why_once() {
    let dry = Proof { dry_run: true, done: 0, sampled: 0, verified: 0, output: None, ..proof(1) };
    let thin = Proof { sampled: 5, verified: 5, resumed: 12_345, ..proof(2) };
    let html = page(&done(vec![dry.clone(), dry, thin, proof(3)]), &judgement());
    let work = section(&html, "work");
    let shown = text(work);
    assert!(work.contains("callout warn") && !work.contains("callout pass"), "{work}");
    assert!(shown.contains("3 of 4 rounds fell short of real work."), "{shown}");
    assert_eq!(shown.matches("it was a dry run: the work was planned, not done").count(), 1, "{shown}");
    assert!(shown.contains("5 results were read back, where 100 are the least"), "{shown}");
    assert!(shown.contains("nothing written") && shown.contains("12,345"), "{shown}");
    assert_eq!(shown.matches("not real work").count(), 3);
}

#[test]
fn many_rounds_are_folded() {
    let html = page(&done((0..40).map(proof).collect()), &judgement());
    assert!(section(&html, "work").contains("<summary>Each of the 40 rounds</summary>"));
    let html = page(&done(vec![proof(1)]), &judgement());
    assert!(!section(&html, "work").contains("<summary>"));
}

#[test]
fn counts_beyond_measure_are_shown_and_break_nothing() {
    let most = Proof { planned: u64::MAX, done: u64::MAX, sampled: u64::MAX, verified: u64::MAX, ..proof(1) };
    let html = page(&done(vec![most.clone(), most]), &judgement());
    assert!(text(section(&html, "work")).contains("18,446,744,073,709,551,615"));
}

#[test]
fn hostile_accounts_are_text() {
    let known = tags(&page(&done(vec![proof(1)]), &judgement()));
    let facts = [(HOSTILE.to_owned(), HOSTILE.to_owned())].into();
    let html = page(&done(vec![Proof { work: HOSTILE.into(), facts, ..proof(1) }]), &judgement());
    assert_eq!(tags(&html), known);
    assert!(!html.contains("49}"));
    assert_eq!(text(section(&html, "work")).matches(HOSTILE).count(), 3);
}
