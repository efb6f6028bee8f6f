//! `audit-generator kpi` as a program: what it writes, and what it refuses.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn scores() -> Value {
    let kpi = json!({
        "name": "scalability", "about": "what the job reaches", "formula": "the value of a metric",
        "score": 8.5, "tier": { "tier": "real", "cap": 8.5, "confidence": 0.7 },
        "floor": 3, "max_drop": 1, "yellow": 3, "green": 6, "status": "green", "why": ["it is green"], "inputs": [],
    });
    let mut other = kpi.clone();
    other["name"] = "data_integration".into();
    for key in ["score", "tier"] {
        other.as_object_mut().unwrap().remove(key);
    }
    other["status"] = "not_measured".into();
    json!({
        "schema": "perfledger/kpi/1", "version": "1.0", "ledger": { "head": "0".repeat(64), "lines": 0 },
        "total": 2, "measured": 1, "kpis": [kpi, other],
    })
}

fn run(scores: &Value) -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kpi.json"), scores.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
    command.args(["kpi", "kpi.json", "--out-dir", "out"]).current_dir(folder.path());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PERFLEDGER_") {
            command.env_remove(name);
        }
    }
    let output = command.output().unwrap();
    (folder, output)
}

#[test]
fn the_page_and_the_radar_are_written() {
    let (folder, output) = run(&scores());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    assert!(read("kpi_1.0.md").contains("| scalability | 8.50 |"));
    let svg = read("kpi_radar.svg");
    assert!(svg.contains("<svg") && svg.contains("data integration: not measured"), "{svg}");
    assert_eq!(folder.path().join("out/kpi_radar.png").exists(), cfg!(feature = "png"));
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.contains("out/kpi_1.0.md") && listed.contains("out/kpi_radar.svg"), "{listed}");
    let (again, _) = run(&scores());
    assert_eq!(svg, fs::read_to_string(again.path().join("out/kpi_radar.svg")).unwrap(), "equal inputs, equal bytes");
}

#[test]
fn a_file_of_another_kind_a_path_as_version_and_a_hostile_name_are_refused() {
    for (pointer, value, told) in [
        ("/schema", json!("perfledger/audit/1"), "has the schema `perfledger/audit/1`"),
        ("/version", json!("../../x"), "is not a version"),
        ("/kpis/0/name", json!("<script>"), "is not a name of an indicator"),
    ] {
        let mut scores = scores();
        *scores.pointer_mut(pointer).unwrap() = value;
        let (folder, output) = run(&scores);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(told), "{error}");
        assert!(!folder.path().join("out").exists());
    }
}
