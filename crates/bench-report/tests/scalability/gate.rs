//! The gate on the page and in the comment.

use bench_model::Unit;
use bench_model::perf::EvidenceLevel;
use bench_model::verdict::{GateCheck, GateJudgement, GateOutcome, Judgement, PreviousValue, Slide, Status};
use bench_report::comment::{COMMENT_LIMIT, CommentContext, render_comment};

use super::{HOSTILE, assert_accessible, finite, judgement, page, report, section, tags, text};

fn check(outcome: GateOutcome) -> GateCheck {
    GateCheck {
        metric: "reencryption#records_per_second".parse().unwrap(),
        unit: Some(Unit::PerSecond),
        value: Some(finite(44_400.0)),
        previous: Some(PreviousValue { run_id: "real-1".parse().unwrap(), value: finite(60_800.0) }),
        limit: Some(finite(48_640.0)),
        outcome,
        why: "44.4 k/s lies below 48.6 k/s: 80 % of the entry before (60.8 k/s)".into(),
        slide: None,
    }
}

fn gated(checks: Vec<GateCheck>) -> Judgement {
    let mut judgement = judgement();
    let (evidence, wanted) = (EvidenceLevel::CiBenchmark, EvidenceLevel::RealWorkload);
    judgement.gate = Some(Box::new(GateJudgement { evidence, wanted, checks }));
    judgement
}

#[test]
fn each_check_has_its_value_the_one_before_the_limit_and_why() {
    let met = GateCheck {
        metric: "reencryption#scalability_score".parse().unwrap(),
        why: "kept".into(),
        ..check(GateOutcome::Met)
    };
    let first = GateCheck { previous: None, limit: None, ..check(GateOutcome::NoPrevious) };
    let unknown = GateCheck { value: None, unit: None, limit: None, ..check(GateOutcome::NotMet) };
    let html = page(&report(), &gated(vec![check(GateOutcome::NotMet), met, first, unknown]));
    let gate = section(&html, "gate");
    assert_accessible(&html, gate);
    let rows: Vec<String> = gate.split("<tr>").skip(2).map(text).collect();
    assert_eq!(rows.len(), 4);
    for part in ["not met", "44.4 k/s lies below 48.6 k/s: 80 %", "44.4 k/s60.8 k/sreal-148.6 k/s"] {
        assert!(rows[0].contains(part), "{part} in {}", rows[0]);
    }
    assert!(rows[1].starts_with("metreencryption#scalability_scorekept"), "{}", rows[1]);
    assert!(rows[2].starts_with("no verdict") && rows[2].contains("44.4 k/snonenone"), "{}", rows[2]);
    assert!(rows[3].contains("not measured"), "{}", rows[3]);
    assert!(text(gate).contains("prove ci benchmark; the gate asks for real workload at least"), "{gate}");
    assert!(gate.contains("evidence does not suffice"));
}

#[test]
fn a_slide_over_many_entries_is_told_beside_a_check_that_is_met() {
    let step = Some(PreviousValue { run_id: "real-3".parse().unwrap(), value: finite(50_000.0) });
    let slide = Some(Slide { best: finite(80_000.0), share: finite(0.555), entries: 14, step });
    let html = page(&report(), &gated(vec![GateCheck { slide, ..check(GateOutcome::Met) }]));
    let told = "A slide: 55.5 % of the 80.0 k/s that stood 14 entries ago; run real-3 (50.0 k/s) lost more in one step than it may";
    assert!(text(section(&html, "gate")).contains(told), "{}", text(section(&html, "gate")));
}

#[test]
fn hostile_texts_of_a_gate_are_text() {
    let known = tags(&page(&report(), &gated(vec![check(GateOutcome::NotMet)])));
    let metric = format!("theirs/{HOSTILE}#rate").parse().unwrap();
    let html = page(&report(), &gated(vec![GateCheck { metric, why: HOSTILE.into(), ..check(GateOutcome::NotMet) }]));
    assert_eq!(tags(&html), known);
    assert!(text(section(&html, "gate")).contains(HOSTILE.trim_end_matches("`|")), "{html}");
}

#[test]
fn a_comment_says_why_a_gate_fails_or_has_no_verdict() {
    let mut judgement = gated(vec![check(GateOutcome::NotMet)]);
    judgement.status = Status::Fail;
    // As the judge words them.
    judgement.reasons = vec![
        "gate: `reencryption#records_per_second`: 44.4 k/s lies below 48.6 k/s: 80 % of the entry before (60.8 k/s)"
            .into(),
        "gate: `reencryption#scalability_score`: the ledger holds no earlier entry: no verdict".into(),
    ];
    let context = CommentContext { key: "k", report_url: None, run_url: None, ledger_head: None, limit: COMMENT_LIMIT };
    let body = render_comment(&judgement, &report(), &context, None).unwrap().body;
    let unfolded = body.split_once("<details>").map_or(body.as_str(), |(before, _)| before);
    for part in ["gate: <code>reencryption", "44.4 k/s lies below 48.6 k/s: 80 % of the entry before", "no verdict"] {
        assert!(unfolded.contains(part), "{part} in {unfolded}");
    }
}
