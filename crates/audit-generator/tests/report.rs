//! `audit-generator report` as a program: which files it reads, what it writes, and how it ends.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::path::Path;
use std::process::{Command, Output};

use bench_model::Sha256;

const PERF: &str = include_str!("../../bench-report/tests/page/run/perf.json");
const VERDICT: &str = include_str!("../../bench-report/tests/page/run/verdict.json");
const BASELINE: &str = include_str!("../../bench-report/tests/page/run/baseline.json");

fn report(folder: &Path, flags: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PERFLEDGER_")) {
        program.env_remove(name);
    }
    program.arg("report").arg(folder).args(flags).output().unwrap()
}

fn run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("perf.json"), PERF).unwrap();
    std::fs::write(folder.path().join("verdict.json"), VERDICT).unwrap();
    folder
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_page_lies_beside_the_run_and_its_path_is_printed() {
    let folder = run();
    let output = report(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let path = folder.path().join("report.html");
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), path.display().to_string());
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.contains(&String::from(Sha256::of(PERF.as_bytes()))));
    assert!(!page.contains("baseline.json</code></th>"));
}

#[test]
fn programs_get_the_path_as_json() {
    let folder = run();
    let output = report(folder.path(), &["--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["files"], serde_json::json!([folder.path().join("report.html")]));
}

#[test]
fn what_lies_there_too_is_used_and_the_ledgers_head_is_shown() {
    let folder = run();
    std::fs::write(folder.path().join("baseline.json"), BASELINE).unwrap();
    let out = folder.path().join("other.html");
    let head = "ab".repeat(32);
    let output = report(folder.path(), &["--out", out.to_str().unwrap(), "--ledger-head", &head]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let page = std::fs::read_to_string(out).unwrap();
    assert!(page.contains("baseline.json</code></th>") && page.contains("7 earlier runs") && page.contains(&head));
    assert!(!folder.path().join("report.html").exists());
}

#[test]
fn a_folder_without_a_run_is_refused_with_what_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = report(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = told(&output);
    assert!(told.contains("error[CBKB102]") && told.contains("holds no perf.json"), "{told}");
    assert!(told.contains("cargo xtask bench"), "{told}");
}

#[test]
fn a_broken_baseline_is_refused_and_not_left_out() {
    let folder = run();
    std::fs::write(folder.path().join("baseline.json"), "{}").unwrap();
    let output = report(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("error[CBKB002]"), "{}", told(&output));
    assert!(!folder.path().join("report.html").exists());
}

#[test]
fn an_own_template_is_used_and_one_that_would_not_escape_is_refused() {
    let folder = run();
    let template = folder.path().join("own.html");
    std::fs::write(&template, "{{ rows[0].name.whole }}").unwrap();
    let flags = ["--out", "-", "--template", template.to_str().unwrap()];
    let output = report(folder.path(), &flags);
    assert!(String::from_utf8(output.stdout).unwrap().contains("&lt;script&gt;"));

    std::fs::write(&template, "fine\n{{ nothing }}").unwrap();
    let output = report(folder.path(), &flags);
    assert!(told(&output).contains("error[CBKB007]") && told(&output).contains("line 2"), "{}", told(&output));

    let other = folder.path().join("own.txt");
    std::fs::write(&other, "{{ rows[0].name.whole }}").unwrap();
    let output = report(folder.path(), &["--out", "-", "--template", other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("does not end in .html"), "{}", told(&output));
}
