//! `gate`: its report, and hostile names in it.

use serde_json::{Value, json};

use crate::fixture::{Place, perf, told, verdict};

fn report(perf: &Value, verdict: Value) -> String {
    let place = Place::with(perf, verdict);
    assert_eq!(place.done(&["gate", "."]).trim_end(), "./SCALABILITY_GATE_REPORT.md");
    place.read("SCALABILITY_GATE_REPORT.md")
}

fn row<'a>(text: &'a str, metric: &str) -> &'a str {
    let name = format!("<code>{metric}</code>");
    text.lines().find(|line| line.starts_with("| ") && line.contains(&name)).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn a_gate_that_was_met_is_a_pass_with_the_values_behind_it() {
    let text = report(&perf(), verdict());
    assert!(text.starts_with("# Scalability gate: PASS\n\n2 of 2 checks are met."), "{text}");
    assert!(text.contains("evidence of `real_workload`, where `real_workload` is asked for, which suffices"), "{text}");
    let why = "10.4 k/s keeps 7.90 k/s: 80 % of the entry before (9.87 k/s)";
    let expected = format!(
        "| met | <code>reencryption#records_per_second</code> | 10.4 k/s | 9.87 k/s | <code>run-2</code> | 7.90 k/s | {why} |"
    );
    assert_eq!(row(&text, "reencryption#records_per_second"), expected);
    let slide = "> **A slide** of <code>reencryption#records_per_second</code>: 54.5 % of 19.0 k/s, which 2 entries ago stood; run \
                 <code>run-2</code> fell to 9.87 k/s in one step.\n";
    assert!(text.contains(slide), "{text}");
    // What was done, round by round.
    assert_eq!(text.lines().filter(|line| line.contains("| 20,000 | 20,000 | 0 | 1,000 | 1,000 |")).count(), 3);
    assert!(
        text.contains("alg <code>AES-256-GCM</code>") && text.contains("## What to do next\n\n- Look at the trend")
    );
}

#[test]
fn a_value_that_was_not_kept_fails_and_says_what_to_do() {
    let mut judgement = verdict();
    judgement["status"] = "FAIL".into();
    let check = &mut judgement["gate"]["checks"][0];
    (check["outcome"], check["why"]) = ("not_met".into(), "it lies below".into());
    let text = report(&perf(), judgement);
    assert!(text.starts_with("# Scalability gate: FAIL\n\n1 of 2 checks are met."), "{text}");
    assert!(row(&text, "reencryption#records_per_second").starts_with("| **not met** |"), "{text}");
    assert!(
        text.contains("The run as a whole: FAIL.") && text.contains("- Find the change between the two runs' commits")
    );
}

#[test]
fn weak_evidence_fails_though_every_value_is_kept() {
    let mut judgement = verdict();
    judgement["gate"]["evidence"] = "dry_run".into();
    let mut dry = perf();
    dry["proofs"][0]["dry_run"] = true.into();
    let text = report(&dry, judgement);
    assert!(text.starts_with("# Scalability gate: FAIL\n"), "{text}");
    assert!(text.contains("**which does not suffice**") && text.contains("- Measure again with all of the work done"));
    assert!(text.contains("it was a dry run: the work was planned, not done"), "{text}");
}

#[test]
fn a_run_that_is_not_whole_is_no_pass_whatever_was_kept() {
    for (key, value) in [("complete", json!(false)), ("errors", json!(["it failed in round 4"]))] {
        let mut lossy = perf();
        lossy[key] = value;
        let text = report(&lossy, verdict());
        assert!(text.starts_with("# Scalability gate: NO VERDICT\n\n2 of 2 checks are met."), "{text}");
        assert!(text.contains("> **The run is not whole**") && text.contains("- See why the run did not measure"));
        assert!(!text.contains("PASS\n"), "{text}");
    }
}

#[test]
fn without_an_entry_before_there_is_no_verdict() {
    let mut judgement = verdict();
    for check in judgement["gate"]["checks"].as_array_mut().unwrap() {
        let check = check.as_object_mut().unwrap();
        check.insert("outcome".into(), "no_previous".into());
        check.retain(|key, _| !["previous", "limit", "slide"].contains(&key.as_str()));
    }
    let text = report(&perf(), judgement.clone());
    assert!(text.starts_with("# Scalability gate: NO VERDICT\n\n0 of 2"), "{text}");
    assert!(text.contains("- Measure again on the main branch"), "{text}");
    // What failed has failed, whatever else is open.
    judgement["gate"]["checks"][1]["outcome"] = "not_met".into();
    assert!(report(&perf(), judgement).starts_with("# Scalability gate: FAIL\n"));
}

#[test]
fn a_metric_that_was_not_measured_has_no_0_in_its_place() {
    let mut judgement = verdict();
    let check = judgement["gate"]["checks"][0].as_object_mut().unwrap();
    check.retain(|key, _| !["value", "unit", "limit", "slide"].contains(&key.as_str()));
    (check["outcome"], check["why"]) = ("not_met".into(), "it was not measured".into());
    let text = report(&perf(), judgement);
    let line =
        "| **not met** | <code>reencryption#records_per_second</code> | not measured | 9874 | <code>run-2</code> |  |";
    assert!(row(&text, "reencryption#records_per_second").starts_with(line), "{text}");
    assert!(text.contains("- See why a metric was not measured"), "{text}");
}

#[test]
fn a_run_that_says_nothing_of_what_it_did_is_told_so() {
    let mut plain = perf();
    plain.as_object_mut().unwrap().remove("proofs");
    let text = report(&plain, verdict());
    assert!(text.contains("The run gives no account of what it did in every round."), "{text}");
}

#[test]
fn names_of_strangers_are_text() {
    let evil = "a|b`c`<script>alert(1)</script>\u{202e}[x](http://evil.example) @someone #777 *b* $x$";
    let mut perf = perf();
    perf["provenance"]["epoch"] = evil.into();
    for proof in perf["proofs"].as_array_mut().unwrap() {
        proof["work"] = evil.into();
        proof["facts"] = json!({ evil: evil, "newline": "one\n# two\n" });
    }
    let mut judgement = verdict();
    judgement["reasons"] = json!([format!("gate: `{evil}` fails"), "line\n# heading"]);
    let check = &mut judgement["gate"]["checks"][0];
    (check["metric"], check["why"]) = (evil.into(), evil.into());
    let text = report(&perf, judgement);
    for part in ["<script", "](http", "\u{202e}", "@someone", "#777", "*b*", "\n# two", "\n# heading", "$x$"] {
        assert!(!text.contains(part), "{part:?} in {text}");
    }
    let columns = |line: &str| line.matches('|').count();
    let tables: Vec<usize> = text.lines().filter(|line| line.starts_with('|')).map(columns).collect();
    assert!(tables.iter().all(|count| *count == 8 || *count == 11), "{tables:?}");
}

#[test]
fn a_verdict_without_a_gate_says_how_to_get_one() {
    let mut judgement = verdict();
    judgement.as_object_mut().unwrap().remove("gate");
    let place = Place::with(&perf(), judgement);
    let output = place.call(&["gate", "."]);
    assert_eq!(output.status.code(), Some(2));
    let text = told(&output);
    assert!(
        text.contains("error[CBKB101]: the verdict on run run-5 has no gate") && text.contains("add [gate] to"),
        "{text}"
    );
    assert!(!place.path().join("SCALABILITY_GATE_REPORT.md").exists());
    // A chain that does not know whether there is a gate.
    let output = place.call(&["gate", ".", "--optional"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"".as_slice()));
    assert!(told(&output).contains("the verdict on run run-5 has no gate: what it kept"), "{}", told(&output));
    assert!(!place.path().join("SCALABILITY_GATE_REPORT.md").exists());
}

#[test]
fn a_verdict_on_another_report_is_refused() {
    let place = Place::with(&perf(), verdict());
    place.write("perf.json", perf().to_string() + "\n");
    let output = place.call(&["gate", "."]);
    assert_eq!(output.status.code(), Some(2));
    let text = told(&output);
    assert!(
        text.contains("CBKB002") && text.contains("made from another perf.json") && text.contains("verdict.json"),
        "{text}"
    );
}

#[test]
fn a_folder_without_a_verdict_is_named() {
    let place = Place::new();
    place.write("perf.json", perf().to_string());
    let output = place.call(&["gate", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("CBKB102") && told(&output).contains("verdict.json"), "{}", told(&output));
}

#[test]
fn it_goes_where_it_is_asked_to_and_equal_inputs_give_equal_bytes() {
    let place = Place::with(&perf(), verdict());
    let printed = place.done(&["gate", ".", "--out", "-"]);
    place.done(&["gate", ".", "--out", "gate.md"]);
    assert_eq!(place.read("gate.md").trim_end(), printed.trim_end());
    assert_eq!(report(&perf(), verdict()), place.read("gate.md"));
    let told = place.done(&["gate", ".", "--format", "json"]);
    assert_eq!(told.trim_end(), r#"{"files":["./SCALABILITY_GATE_REPORT.md"]}"#);
}
