//! The assessment as PDF, read back by poppler's programs. The record is the one that the page's tests have.
#![cfg(feature = "pdf")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot set up fails it")]

use std::process::Command;

use audit_generator::pdf::render_assessment;
use bench_model::assessment::Assessment;
use serde_json::{Value, json};

const SERVICE: &str = include_str!("../../bench-report/tests/assessment/service.json");

fn service() -> Value {
    serde_json::from_str(SERVICE).unwrap()
}

fn rendered(value: &Value) -> Vec<u8> {
    let assessment: Assessment = serde_json::from_value(value.clone()).unwrap();
    render_assessment(&assessment, value.to_string().as_bytes()).unwrap()
}

/// What one of poppler's programs says about a file; `-` among the arguments stands behind its name.
fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("assessment.pdf");
    std::fs::write(&file, pdf).unwrap();
    let at = arguments.iter().position(|argument| *argument == "-").unwrap_or(arguments.len());
    let (before, after) = arguments.split_at(at);
    let out = Command::new(program).args(before).arg(&file).args(after).output();
    let out =
        out.unwrap_or_else(|error| panic!("{program}: {error}; run `cargo xtask test`, which installs poppler-utils"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Without white space, so that a line break in a name does not matter.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn text(pdf: &[u8]) -> String {
    squeezed(&poppler("pdftotext", &["-"], pdf))
}

#[test]
fn the_pages_say_what_the_assessment_holds() {
    let value = service();
    let said = text(&rendered(&value));
    for part in [
        "not ready",
        "12 of 50 passed; 5 failed, 3 inconclusive, 27 not run, 2 not automated, 1 not applicable",
        "test H8, Share of the work that cannot be done side by side, over processes: 24.1 %",
        "Formula: 100 x points / 4, one for each input",
        "all at 80.0 %, none at 50.0 %",
        "2.15x with 5 processes",
        "The points show a cost of keeping in step, as the Universal Scalability Law has it",
        "at 6.44 (95 % interval 5.40 to 8.10): 1776 (95 % interval 1699 to 1850) per second",
        "Example prices.",
        "scale down",
        "in 30 days; a day: not known",
        "cargo xtask load soak",
        "commit 1a2b3c4, with uncommitted changes; PASS",
        "60 days old (old)",
        "How numbers were made",
    ] {
        assert!(said.contains(&squeezed(part)), "{part} is not in\n{said}");
    }
    for line in value["evidence"].as_array().unwrap() {
        assert!(said.contains(line["line"].as_str().unwrap()), "{line}");
    }
    for item in value["plan"]["items"].as_array().unwrap() {
        assert!(said.contains(&squeezed(item["title"].as_str().unwrap())), "{item}");
    }
}

#[test]
fn the_file_is_tagged_and_says_that_it_is_pdf_a_3a_and_pdf_ua_1_with_the_record_inside() {
    let value = service();
    let pdf = rendered(&value);
    let info = squeezed(&poppler("pdfinfo", &[], &pdf));
    for line in ["Title: Scalability assessment of copybook", "Tagged: yes", "JavaScript: no"] {
        assert!(info.contains(&squeezed(line)), "{line} is not in\n{info}");
    }
    let xmp = poppler("pdfinfo", &["-meta"], &pdf);
    for claim in ["<pdfaid:part>3</pdfaid:part>", "<pdfuaid:part>1</pdfuaid:part>", "<rdf:li>en</rdf:li>"] {
        assert!(xmp.contains(claim), "{claim} is not in\n{xmp}");
    }
    let folder = tempfile::tempdir().unwrap();
    poppler("pdfdetach", &["-saveall", "-o", folder.path().to_str().unwrap()], &pdf);
    assert_eq!(std::fs::read(folder.path().join("assessment.json")).unwrap(), value.to_string().into_bytes());
}

#[test]
fn nothing_measured_is_said_and_set() {
    let mut value = service();
    let lists = ["targets", "components", "risks", "recommendations", "decisions", "forecasts", "scaling", "resources"];
    for list in lists.into_iter().chain(["operations", "evidence", "reasons", "notes", "readiness"]) {
        value[list] = json!([]);
    }
    value["plan"] = json!({ "counts": [], "items": [] });
    value["economics"] = json!({ "service_level": "p95 at most 100 ms", "costs": [], "why": "" });
    value.as_object_mut().unwrap().remove("overall");
    let said = text(&rendered(&value));
    for part in [
        "No category is measured, so there is no score.",
        "the ledger holds no scalability run",
        "The plan has no tests",
        "There is none.",
    ] {
        assert!(said.contains(&squeezed(part)), "{part} is not in\n{said}");
    }
}

#[test]
fn a_broken_chain_is_on_the_first_page() {
    let mut value = service();
    value["ledger"]["verified"] = json!(false);
    value["ledger"]["problem"] = json!({ "seq": 26, "problem": "its hash does not fit its text" });
    let first = squeezed(&poppler("pdftotext", &["-f", "1", "-l", "1", "-"], &rendered(&value))).replace('’', "'");
    for part in ["THE LEDGER'S CHAIN IS BROKEN", "line 26: its hash does not fit its text"] {
        assert!(first.contains(&squeezed(part)), "{part} is not in\n{first}");
    }
}

/// Puts `hostile` in the place of every text that is no word of the model.
fn infect(value: &mut Value, key: &str, hostile: &str) {
    const CHECKED: [&str; 29] = [
        "schema",
        "generated",
        "status",
        "category",
        "cell",
        "found",
        "level",
        "basis",
        "fit",
        "kind",
        "known",
        "axis",
        "from",
        "source",
        "decision",
        "when",
        "unit",
        "metric",
        "head",
        "line",
        "time",
        "run_id",
        "commit",
        "evidence_level",
        "first",
        "last",
        "mode",
        "direction",
        "outcome",
    ];
    match value {
        Value::String(text) if !CHECKED.contains(&key) => *text = hostile.into(),
        Value::Array(items) => items.iter_mut().for_each(|item| infect(item, key, hostile)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, field)| infect(field, key, hostile)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn hostile_texts_are_shown_as_text() {
    for hostile in [
        "#panic(\"run\") $x^2$ <label> @ref *bold* _it_ `raw` [content] \\ // comment",
        "`日本語` किताब \u{202E}gnp.exe `` e\u{301}\u{302}",
        "zero\u{200B}width\u{00AD}soft\u{2028}line\tTab\u{0}nul \u{E000}\u{FFFF}\u{10FFFF}",
        "",
        " \t",
        &"x".repeat(5_000),
    ] {
        let mut value = service();
        infect(&mut value, "", hostile);
        let said = text(&rendered(&value));
        assert!(!said.contains(['\u{202E}', '\u{E000}', '\u{200B}']), "{said}");
        if hostile.starts_with('#') {
            assert!(said.contains(&squeezed("#panic(\"run\") $x^2$ <label> @ref *bold* _it_ raw [content]")), "{said}");
        }
    }
}

#[test]
fn equal_assessments_give_equal_bytes() {
    assert_eq!(rendered(&service()), rendered(&service()));
}
