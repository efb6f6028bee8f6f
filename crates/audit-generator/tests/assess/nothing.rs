//! What a ledger that says nothing leads to.

use bench_model::assessment::{AssessmentStatus, Bottleneck, Cell, DecisionKind, RiskBasis, TestStatus};

use crate::fixture::{Ledger, metric, run, with};
use serde_json::json;

#[test]
fn an_empty_ledger_has_no_score_and_no_value_anywhere() {
    let of = Ledger::new().assess();
    assert_eq!(of.status, AssessmentStatus::NotAssessed);
    assert!(of.ledger.verified && of.overall.is_none() && of.evidence.is_empty());
    assert!(of.readiness.iter().all(|one| one.score.is_none() && one.inputs.is_empty() && !one.missing.is_empty()));
    assert!(of.targets.iter().all(|target| target.current.is_none() && target.factor.is_none()));
    assert!(of.plan.items.iter().all(|item| item.value.is_none() && item.evidence.is_none()));
    assert!(
        of.plan
            .items
            .iter()
            .all(|item| !matches!(item.status, TestStatus::Passed | TestStatus::Failed | TestStatus::Inconclusive))
    );
    for component in &of.components {
        assert!(!matches!(component.performance, Cell::Measured { .. }), "{component:?}");
        assert!(matches!(component.bottleneck, Bottleneck::NotMeasured { .. }), "{component:?}");
    }
    assert!(of.economics.costs.is_empty() && of.economics.cheapest.is_none());
    assert!(
        of.decisions.iter().all(|decision| decision.decision == DecisionKind::Undecided && decision.ratio.is_none())
    );
    assert!(of.forecasts.iter().all(|forecast| forecast.value.is_none() && forecast.reached.is_none()));
    assert!(of.operations.iter().all(|table| table.rows.is_empty() && !table.why.is_empty()));
    assert!(of.scaling.is_empty() && of.resources.is_empty());
    assert!(!of.risks.is_empty() && of.risks.iter().all(|risk| risk.basis == RiskBasis::Untested));
    assert!(of.summary.contains("0 of 6 categories measured"), "{}", of.summary);
}

#[test]
fn what_was_not_really_measured_is_no_evidence() {
    let name = "reencryption#records_per_second";
    for (members, left_out) in [
        (json!({}), 0),
        (json!({ "complete": false }), 1),
        (json!({ "evidence_level": "dry_run" }), 1),
        (json!({ "evidence_level": "simulated" }), 1),
    ] {
        let mut ledger = Ledger::new();
        ledger.run("2026-11-30T00:00:00Z", with(run("r1", "e", &[metric(name, 1e6, "1/s")]), members.clone()));
        let of = ledger.assess();
        assert_eq!(of.ledger.incomplete_runs, left_out, "{members}");
        assert_eq!(of.evidence.len() as u64, 1 - left_out, "{members}");
        assert_eq!(of.overall.is_some(), left_out == 0, "{members}");
    }
}

#[test]
fn work_that_was_not_all_checked_decides_nothing() {
    let proof = |verified: u32| {
        json!({ "work": "reencryption", "dry_run": false, "planned": 100, "done": 100, "sampled": 100,
        "verified": verified, "input": { "sha256": "0".repeat(64), "bytes": 1 }, "output": { "sha256": "0".repeat(64), "bytes": 1 } })
    };
    let outcome = |verified: u32| {
        let mut ledger = Ledger::new();
        let account =
            json!({ "started": "2026-11-30T00:00:00Z", "duration_s": 1.0, "proofs": [proof(verified)], "metrics": [] });
        let line = run("r1", "e", &[metric("reencryption#records_per_second", 1e6, "1/s")]);
        ledger.run("2026-11-30T00:00:00Z", with(line, json!({ "account": account })));
        let of = ledger.assess();
        (crate::fixture::item(&of, "C3").status, of.overall.is_some())
    };
    assert_eq!(outcome(100), (TestStatus::Passed, true));
    assert_eq!(outcome(99), (TestStatus::Inconclusive, false));
}
