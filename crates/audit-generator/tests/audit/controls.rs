//! The mapping from requirements to evidence, and how far the evidence reaches.

use std::path::Path;

use audit_generator::{AuditConfig, Released, Tag, parse_controls};
use bench_model::Failure;
use bench_model::audit::{Coverage, EvidenceKind};
use serde_json::json;

use crate::fixture::{COMMIT, Ledger, at, evidence, incident, promotion, rate, run, waiver, with};

/// A month with a run every five days and a promotion.
fn month() -> Ledger {
    let mut ledger = Ledger::new();
    for day in [1, 6, 11, 16, 21, 26, 31] {
        let id = format!("r{day}");
        ledger.run(&format!("2026-10-{day:02}T05:00:00Z"), run(&id, &[rate("a", 10.0, Some(5.0))]));
    }
    ledger.promote("2026-10-31T06:00:00Z", promotion("r31"));
    ledger
}

#[test]
fn a_month_without_fault_is_complete_in_all_but_what_nobody_measured() {
    let ledger = month();
    let tags = Released::Tags(vec![Tag {
        name: "v1".into(),
        commit: COMMIT.parse().unwrap(),
        time: at("2026-10-20T00:00:00Z"),
    }]);
    let audit = ledger.audit_with("2026-10", "2026-10", |asked| asked.released = tags).0;
    assert_eq!(audit.attention, Vec::<String>::new());
    for control in &audit.controls {
        for found in &control.evidence {
            let expected = if found.kind == EvidenceKind::MeasuredNoise { Coverage::None } else { Coverage::Complete };
            assert_eq!(found.coverage, expected, "{}: {}", control.control.clause, found.statement);
        }
        let whole = control.evidence.iter().all(|found| found.coverage == Coverage::Complete);
        assert_eq!(control.coverage, if whole { Coverage::Complete } else { Coverage::Partial });
    }
    let clauses: Vec<_> = audit.controls.iter().map(|found| found.control.clause.as_str()).collect();
    assert_eq!(clauses.len(), 10, "{clauses:?}");
    let (_, statement, lines) = evidence(&audit, EvidenceKind::IntactLedger);
    assert_eq!((statement.as_str(), lines), ("The chain of 8 lines holds from line 1 to line 8.", vec![1, 8]));
    let (_, statement, lines) = evidence(&audit, EvidenceKind::ReleaseEvidence);
    assert_eq!(statement, "1 of 1 release (tag) has a complete run of a clean tree with status PASS or WARN.");
    assert_eq!(lines, [7]);
}

#[test]
fn nothing_that_is_written_certifies() {
    let text = serde_json::to_string(&month().audit("2026-10", "2026-10")).unwrap().to_lowercase();
    for word in ["certif", "complian"] {
        // The field that holds floors is named so.
        let stripped = text.replace("\"compliance\":", "");
        assert!(!stripped.contains(word), "{word}");
    }
}

#[test]
fn a_period_without_a_run_has_no_evidence_of_any_kind() {
    let audit = month().audit("2026-12", "2026-12");
    assert_eq!(audit.attention[0], "No run was recorded in the period.");
    let all: Vec<_> = audit.controls.iter().flat_map(|control| &control.evidence).collect();
    assert!(all.iter().all(|found| found.coverage == Coverage::None), "{all:?}");
    assert!(audit.controls.iter().all(|control| control.coverage == Coverage::None));
}

#[test]
fn what_is_lacking_makes_evidence_partial_and_says_how_much() {
    let mut ledger = month();
    let unsigned = ledger.promote("2026-10-31T07:00:00Z", with(promotion("r31"), json!({ "author": null })));
    let unjudged = with(run("x", &[rate("b", 1.0, None)]), json!({ "epoch": "e2" }));
    ledger.run("2026-10-31T08:00:00Z", unjudged);
    let low = ledger.run("2026-10-31T09:00:00Z", run("y", &[rate("a", 4.0, Some(5.0))]));
    let open = ledger.incident("2026-10-31T09:00:01Z", incident("a", "opened", "y", None));
    ledger.waive("2026-10-31T09:00:02Z", with(waiver("a", "y", -0.1), json!({})));
    let noise = json!({ "run_id": "n", "epoch": "e1", "mode": "full",
        "digests": { "perf": bench_model::Sha256::zero(), "verdict": bench_model::Sha256::zero() },
        "metrics": [{ "name": "a", "floor": 0.01, "rounds": 10, "comparisons": 100, "alarms": 1 }] });
    let noise = bench_model::ledger::Body::Noise(serde_json::from_value(noise).unwrap());
    let measured = ledger.push("2026-10-31T10:00:00Z", &noise);
    ledger.push("2026-11-01T00:00:00Z", &noise);
    let tag = |name: &str, commit: &str| Tag {
        name: name.into(),
        commit: commit.parse().unwrap(),
        time: at("2026-10-20T00:00:00Z"),
    };
    let tags = Released::Tags(vec![tag("v1", COMMIT), tag("v2", &"0".repeat(40))]);
    let audit = ledger.audit_with("2026-10", "2026-10", |asked| (asked.released, asked.keep_months) = (tags, 24)).0;
    let partial = |kind, statement: &str, lines: &[u64]| {
        assert_eq!(evidence(&audit, kind), (Coverage::Partial, statement.to_owned(), lines.to_vec()));
    };
    partial(
        EvidenceKind::ApprovedBaselines,
        "2 promotions were in force or made, 2 of them in the period; 1 without a word on who promoted it or by which criteria.",
        &[unsigned],
    );
    partial(
        EvidenceKind::FloorsHeld,
        "8 of 9 values were held against a floor; 1 value did not meet its floor.",
        &[low],
    );
    partial(EvidenceKind::IncidentsHandled, "1 incident: 0 recovered, 0 waived, 0 accepted, 1 still open.", &[open]);
    assert_eq!(audit.noise.len(), 1);
    partial(
        EvidenceKind::MeasuredNoise,
        "Noise was measured in the period for 1 of 2 environments and modes with a run.",
        &[measured],
    );
    let (coverage, statement, _) = evidence(&audit, EvidenceKind::Retention);
    assert_eq!(coverage, Coverage::Partial);
    assert!(statement.ends_with("but the settings keep 24 months where 36 are promised."), "{statement}");
    let (coverage, statement, _) = evidence(&audit, EvidenceKind::ReleaseEvidence);
    assert_eq!((coverage, &statement[..22]), (Coverage::Partial, "1 of 2 releases (tags)"));
    let expected = [
        "The settings keep 24 months of lines, and `retention_months` promises 36.",
        "The settings keep 24 months of lines, and `baseline_history_retention` promises 36.",
        "`a` regressed (-20.0 %) and had not recovered by the end: line 12, 2026-10-31.",
        "`a` did not meet its floor in 1 of 8 judged runs, at the worst 0.800x of it; the first is line 11.",
        "Release `v2` (0000000): no complete run measured it.",
    ];
    assert_eq!(audit.attention, expected);
}

#[test]
fn a_ledger_that_begins_in_the_midst_of_a_period_measured_only_a_part_of_it() {
    let begun = |day: u32| {
        let mut ledger = Ledger::new();
        for day in (day..=31).step_by(3) {
            ledger.run(&format!("2026-10-{day:02}T05:00:00Z"), run(&format!("r{day}"), &[rate("a", 10.0, Some(5.0))]));
        }
        let (coverage, statement, _) =
            evidence(&ledger.audit("2026-10", "2026-10"), EvidenceKind::ContinuousMeasurement);
        (coverage, statement)
    };
    assert_eq!(begun(7), (Coverage::Complete, "9 runs, and never seven days in a row without one.".to_owned()));
    assert_eq!(begun(8), (Coverage::Partial, "8 runs, but the first run is of 2026-10-08.".to_owned()));
}

#[test]
fn a_promotion_before_the_first_run_does_not_begin_the_measuring() {
    let mut ledger = Ledger::new();
    ledger.promote("2026-10-01T00:00:00Z", promotion("elsewhere"));
    ledger.run("2026-10-28T05:00:00Z", run("r28", &[rate("a", 10.0, Some(5.0))]));
    let expected = (Coverage::Partial, "1 run, but the first run is of 2026-10-28.".to_owned(), vec![]);
    assert_eq!(evidence(&ledger.audit("2026-10", "2026-10"), EvidenceKind::ContinuousMeasurement), expected);
}

#[test]
fn runs_without_a_value_are_evidence_of_neither_floors_nor_noise() {
    let mut ledger = Ledger::new();
    ledger.run("2026-10-01T05:00:00Z", run("r1", &[]));
    let audit = ledger.audit("2026-10", "2026-10");
    let floors = "No value was recorded, so nothing was held against a floor.";
    assert_eq!(evidence(&audit, EvidenceKind::FloorsHeld), (Coverage::None, floors.to_owned(), vec![]));
    let noise = "No value was recorded, so there is no environment whose noise could be told.";
    assert_eq!(evidence(&audit, EvidenceKind::MeasuredNoise), (Coverage::None, noise.to_owned(), vec![]));
}

#[test]
fn an_expected_value_that_did_not_report_was_not_held_against_its_floor() {
    let mut ledger = month();
    ledger.run("2026-10-31T08:00:00Z", with(run("x", &[]), json!({ "complete": false, "missing": ["a", "never"] })));
    let statement = "7 of 7 values were held against a floor; none was violated; 2 expected did not report.";
    let audit = ledger.audit("2026-10", "2026-10");
    assert_eq!(evidence(&audit, EvidenceKind::FloorsHeld), (Coverage::Partial, statement.to_owned(), vec![]));
    let mut ledger = Ledger::new();
    ledger.run("2026-10-31T08:00:00Z", with(run("x", &[]), json!({ "complete": false, "missing": ["a"] })));
    let statement = "No value was recorded, so nothing was held against a floor; 1 expected did not report.";
    let audit = ledger.audit("2026-10", "2026-10");
    assert_eq!(evidence(&audit, EvidenceKind::FloorsHeld), (Coverage::None, statement.to_owned(), vec![]));
}

/// The kinds of evidence that are not about the lines themselves.
fn about_the_period(audit: &bench_model::audit::Audit) -> Vec<(EvidenceKind, Coverage, String)> {
    let all = audit.controls.iter().flat_map(|control| &control.evidence);
    all.filter(|found| ![EvidenceKind::IntactLedger, EvidenceKind::Retention].contains(&found.kind))
        .map(|found| (found.kind, found.coverage, found.statement.clone()))
        .collect()
}

#[test]
fn with_a_broken_chain_nothing_is_complete_and_each_finding_says_why() {
    let mut ledger = month();
    ledger.lines.remove(6);
    let found = about_the_period(&ledger.audit("2026-10", "2026-10"));
    assert!(found.iter().any(|(_, coverage, _)| *coverage == Coverage::Partial));
    for (kind, coverage, statement) in found {
        assert_ne!(coverage, Coverage::Complete, "{kind:?}");
        assert!(statement.ends_with(". Only the good lines were looked at."), "{statement}");
    }
}

#[test]
fn a_period_of_which_lines_were_removed_is_evidence_of_what_was_kept_alone() {
    let mut ledger = month();
    ledger.prune("2026-10-31T12:00:00Z", 2, &json!({}));
    let audit = ledger.audit("2026-10", "2026-10");
    for (kind, coverage, statement) in about_the_period(&audit) {
        assert_ne!(coverage, Coverage::Complete, "{kind:?}");
        let limit = ". Lines before 2026-10-11 were removed: only those kept were looked at.";
        assert!(statement.ends_with(limit), "{statement}");
    }
    for kind in [EvidenceKind::IntactLedger, EvidenceKind::Retention] {
        assert_eq!(evidence(&audit, kind).0, Coverage::Complete, "{kind:?}");
    }
    // A later period lost nothing.
    ledger.run("2026-11-01T05:00:00Z", run("n1", &[rate("a", 10.0, Some(5.0))]));
    assert_eq!(evidence(&ledger.audit("2026-11", "2026-11"), EvidenceKind::FloorsHeld).0, Coverage::Complete);
}

#[test]
fn the_compiled_in_mapping_does_not_claim_that_measuring_came_before_the_release() {
    let controls = audit_generator::controls_from_folder(Path::new("no such folder")).unwrap();
    let of_releases = |control: &&bench_model::audit::Control| {
        ["SOX", "2022, A.8.32"].iter().any(|name| [&control.standard, &control.clause].iter().any(|text| text == name))
    };
    let scopes: Vec<_> = controls.control.iter().filter(of_releases).map(|control| control.scope.as_str()).collect();
    assert_eq!(scopes.len(), 2);
    for scope in scopes {
        assert!(scope.contains("whether its commit was measured, before or after the release"), "{scope}");
    }
}

#[test]
fn a_removal_that_kept_less_than_promised_is_told_by_its_line() {
    let mut ledger = month();
    let marker = ledger.prune("2026-10-31T12:00:00Z", 2, &json!({ "keep_months": 12 }));
    let audit = ledger.audit("2026-10", "2026-10");
    let statement = "Lines since 2026-10-11 are kept, and 1 marker signs for what was removed; but 1 removal kept fewer than the 36 \
                     months promised.";
    assert_eq!(evidence(&audit, EvidenceKind::Retention), (Coverage::Partial, statement.to_owned(), vec![marker]));
}

#[test]
fn of_many_alike_the_first_ten_are_named_and_the_rest_counted() {
    let ledger = month();
    let commit = |number: u32| format!("{number:040x}").parse().unwrap();
    let tag = |number| Tag { name: format!("v{number}"), commit: commit(number), time: at("2026-10-20T00:00:00Z") };
    let tags = Released::Tags((1..=12).map(tag).collect());
    let attention = ledger.audit_with("2026-10", "2026-10", |asked| asked.released = tags).0.attention;
    assert_eq!(attention.len(), 11);
    assert_eq!(attention[10], "And 2 more releases without evidence.");
}

#[test]
fn a_broken_chain_is_no_evidence_of_an_intact_ledger() {
    let mut ledger = month();
    ledger.lines.remove(3);
    let audit = ledger.audit("2026-10", "2026-10");
    let (coverage, statement, _) = evidence(&audit, EvidenceKind::IntactLedger);
    assert_eq!(coverage, Coverage::None);
    assert!(statement.starts_with("The chain does not hold at line 4: expected line 4, found line 5"), "{statement}");
}

#[test]
fn switches_of_the_configuration_have_their_effects() {
    let mut ledger = month();
    ledger.run("2026-10-31T09:00:00Z", run("y", &[rate("a", 4.0, Some(5.0))]));
    ledger.incident("2026-10-31T09:00:01Z", incident("a", "opened", "y", None));
    let mut config = AuditConfig::compiled_in().unwrap();
    let text = "slo_violation_alerts: false\nregression_incident_tracking: false\n";
    config.merge_text(Path::new("audit_config.yaml"), text).unwrap();
    let tags = Released::Tags(Vec::new());
    let silent = ledger.audit_with("2026-10", "2026-10", |asked| (asked.config, asked.released) = (config, tags)).0;
    assert_eq!(silent.attention, Vec::<String>::new());
    assert_eq!(evidence(&silent, EvidenceKind::IncidentsHandled).0, Coverage::None);
    // What the ledger says is never left out.
    assert_eq!((silent.overview.violations, silent.incidents.len()), (1, 1));
    assert_eq!(ledger.audit("2026-10", "2026-10").attention.len(), 3);
}

const CONTROL: &str =
    "[[control]]\nstandard = \"X\"\nclause = \"1\"\ntitle = \"t\"\nrequirement = \"r\"\nscope = \"s\"\n";

fn refused(text: &str) -> String {
    let error = parse_controls(Path::new("controls.toml"), text).unwrap_err();
    format!("{error} ({})", error.location().unwrap())
}

#[test]
fn a_mapping_with_a_mistake_is_refused_with_its_line() {
    assert_eq!(
        refused(&format!("{CONTROL}evidense = []\n")),
        "unknown key `control.evidense`; did you mean `control.evidence` (controls.toml:7)"
    );
    assert_eq!(refused("[[controls]]\n"), "unknown key `controls`; did you mean `control` (controls.toml:1)");
    let twice = format!("{CONTROL}evidence = [\"retention\"]\n{CONTROL}evidence = [\"retention\"]\n");
    assert_eq!(refused(&twice), "`control.clause` `1` of `X` stands there twice (controls.toml:8)");
    for list in ["[]", "[\"retention\", \"retention\"]"] {
        let text = refused(&format!("{CONTROL}evidence = {list}\n"));
        assert!(text.starts_with("`control.evidence` names at least one kind of evidence, each once"), "{text}");
    }
    let text = refused(&format!("{CONTROL}evidence = [\"retentoin\"]\n"));
    assert!(
        text.contains("retentoin") && text.contains("`retention`") && text.ends_with("(controls.toml:7)"),
        "{text}"
    );
    let text = refused(&CONTROL.replace("\"t\"", "\" \"").replace("scope", "evidence = [\"retention\"]\nscope"));
    assert_eq!(text, "`control.title` is a visible text (controls.toml:1)");
}
