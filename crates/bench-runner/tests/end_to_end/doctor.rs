//! The check of the environment through the program.

use tempfile::tempdir;

use crate::fixture::{program, stderr, stdout};

#[test]
fn shows_every_check_within_eighty_columns() {
    let output = program().arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for check in [
        "governor",
        "boost",
        "processors",
        "load",
        "memory",
        "swap",
        "disk",
        "power",
        "limits",
        "virtualisation",
        "cargo",
        "git",
    ] {
        assert!(text.lines().any(|line| line.starts_with(check)), "{check} in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\x1b'));
}

#[test]
fn keeps_to_the_width_it_is_told() {
    let lines = |columns: &str| {
        let output = program().arg("doctor").env("COLUMNS", columns).env("PATH", "").output().unwrap();
        stdout(&output).lines().map(|line| line.chars().count()).max().unwrap()
    };
    assert!(lines("60") <= 60);
    assert!(lines("120") > 80);
}

#[test]
fn gives_programs_the_same_as_json() {
    let output = program().args(["doctor", "--format", "json"]).output().unwrap();
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all["findings"].as_array().unwrap().len(), 12);
    assert!(all["state"] == "ok" || all["state"] == "noisy", "{all}");
}

#[test]
fn a_machine_without_cargo_is_unfit() {
    let empty = tempdir().unwrap();
    let output = program().arg("doctor").env("PATH", empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("cargo           unfit"), "{}", stdout(&output));
    assert!(stderr(&output).contains("error[CBKB106]: this environment cannot measure: cargo"), "{}", stderr(&output));
    assert!(stderr(&output).contains("rustup"), "{}", stderr(&output));

    let output = program().args(["run", "--project", "."]).env("PATH", empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB106]"), "{}", stderr(&output));
}
