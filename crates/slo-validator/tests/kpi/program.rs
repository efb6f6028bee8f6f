//! `slo-validator kpi`, run as people run it.

use std::fs;
use std::process::{Command, Output, Stdio};

use bench_model::kpi::{KpiReport, KpiStatus, Tier};
use bench_model::ledger::Body;
use bench_model::perf::EvidenceLevel::{CiBenchmark, RealWorkload};
use tempfile::TempDir;

use crate::sample::*;

struct Place(TempDir);

impl Place {
    fn with(contracts: &str, bodies: &[Body]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("kpi.toml", contracts.as_bytes());
        place.write("ledger.jsonl", &lines(bodies).concat());
        place
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn run(&self, rest: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slo-validator"));
        command.args(["kpi", "--ledger", "ledger.jsonl", "--contracts", "kpi.toml"]).args(rest);
        command.current_dir(self.0.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PERFLEDGER_") {
                command.env_remove(name);
            }
        }
        command.output().unwrap()
    }

    fn report(&self, name: &str) -> KpiReport {
        serde_json::from_slice(&fs::read(self.0.path().join(name)).unwrap()).unwrap()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", err(output)))
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const V1: [&str; 2] = ["--release", "1.0"];

#[test]
fn a_green_score_is_written_and_exits_0() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.0)]);
    let output = place.run(&V1);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let report = place.report("kpi_1.0_merged.json");
    assert_eq!((report.version.as_str(), report.measured, report.kpis[0].status), ("1.0", 1, KpiStatus::Green));
    assert!(out(&output).contains("a           8.00          real        70 %  green"), "{}", out(&output));
    assert!(out(&output).ends_with("1 of 1 indicator measured\n"), "{}", out(&output));
}

#[test]
fn a_red_score_is_written_told_and_exits_1() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 2.0)]);
    let output = place.run(&V1);
    assert_eq!(code(&output), 1);
    let told = err(&output);
    assert!(told.contains("error[CBKB005]: the indicator `a` is red: 2.00 lies below the floor of 3.00"), "{told}");
    assert_eq!(place.report("kpi_1.0_merged.json").kpis[0].status, KpiStatus::Red);
}

#[test]
fn a_fall_since_the_file_before_exits_1() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.5)]);
    assert_eq!(code(&place.run(&V1)), 0);
    place.write("ledger.jsonl", &lines(&[scored("r1", RealWorkload, 7.0)]).concat());
    let output = place.run(&["--release", "1.1", "--previous", "kpi_1.0_merged.json"]);
    assert_eq!(code(&output), 1);
    assert!(err(&output).contains("it fell by 1.50 from 8.50 (1.0), where 1.00 is the most"), "{}", err(&output));
    assert_eq!(place.report("kpi_1.1_merged.json").previous.unwrap().version.as_str(), "1.0");
}

#[test]
fn the_file_before_may_be_the_one_that_is_replaced() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.5)]);
    assert_eq!(code(&place.run(&V1)), 0);
    place.write("ledger.jsonl", &lines(&[scored("r1", RealWorkload, 4.0)]).concat());
    for _ in 0..2 {
        let output = place.run(&["--release", "1.0", "--previous", "kpi_1.0_merged.json"]);
        assert_eq!(code(&output), 1, "{}", out(&output));
        assert!(err(&output).contains("it fell by 4.50 from 8.50 (1.0)"), "{}", err(&output));
    }
    assert_eq!(place.report("kpi_1.0_merged.json").kpis[0].score.map(f64::from), Some(4.0));
}

#[test]
fn nothing_measured_exits_0_and_3_where_a_verdict_is_demanded() {
    let place = Place::with(&direct(""), &[]);
    let output = place.run(&V1);
    assert_eq!((code(&output), place.report("kpi_1.0_merged.json").measured), (0, 0));
    let demanded = place.run(&["--release", "1.0", "--require-verdict"]);
    assert_eq!(code(&demanded), 3);
    assert!(err(&demanded).contains("a verdict is demanded, and nothing was measured"), "{}", err(&demanded));
}

#[test]
fn a_score_that_vanished_is_warned_of_and_is_no_verdict() {
    let two = direct("") + &direct("").replace("\"a\"", "\"b\"").replace("job#score", "job#other");
    let both = Body::Run(run(
        "r1",
        RealWorkload,
        ["job#score", "job#other"].map(|name| metric(name, 8.0, bench_model::Unit::Count)).to_vec(),
    ));
    let place = Place::with(&two, &[both]);
    assert_eq!(code(&place.run(&["--release", "1.0", "--require-verdict"])), 0);
    place.write("ledger.jsonl", &lines(&[scored("r1", RealWorkload, 8.0)]).concat());
    let again = ["--release", "1.1", "--previous", "kpi_1.0_merged.json"];
    let output = place.run(&again);
    assert_eq!(code(&output), 0);
    assert!(err(&output).contains("had a score before, and none now: `b`"), "{}", err(&output));
    assert_eq!(code(&place.run(&[&again[..], &["--require-verdict"]].concat())), 3);
}

#[test]
fn a_ledger_that_was_edited_verifies_nothing_and_exits_1() {
    let bodies: Vec<Body> = (0..6).map(|at| scored(&format!("r{at}"), RealWorkload, 8.0)).collect();
    let place = Place::with(&direct(""), &bodies);
    let mut ledger = lines(&bodies);
    ledger[4] = String::from_utf8(ledger[4].clone()).unwrap().replace("\"value\":8", "\"value\":9").into_bytes();
    place.write("ledger.jsonl", &ledger.concat());
    let output = place.run(&V1);
    assert_eq!(code(&output), 1);
    assert!(err(&output).contains("CBKB103"), "{}", err(&output));
    let report = place.report("kpi_1.0_merged.json");
    assert!(report.ledger.broken.is_some() && report.ledger.lines == 4);
    assert_eq!((report.kpis[0].tier.unwrap().tier, report.kpis[0].score.unwrap().get()), (Tier::Unverified, 3.0));
}

#[test]
fn one_indicator_alone_goes_into_a_file_of_its_own() {
    let two = direct("") + &direct("").replace("\"a\"", "\"scalability\"");
    let place = Place::with(&two, &[scored("r1", RealWorkload, 8.0)]);
    assert_eq!(code(&place.run(&["--release", "1.0", "--only", "scalability"])), 0);
    let report = place.report("kpi_1.0_scalability.json");
    assert_eq!((report.total, report.kpis[0].name.as_str()), (1, "scalability"));
    assert!(!place.0.path().join("kpi_1.0_merged.json").exists());
    let unknown = place.run(&["--release", "1.0", "--only", "scalabilty"]);
    assert_eq!(code(&unknown), 2);
    assert!(
        err(&unknown).contains("no indicator is called `scalabilty`; did you mean `scalability`"),
        "{}",
        err(&unknown)
    );
}

#[test]
fn a_version_that_is_no_part_of_a_file_name_is_refused() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.0)]);
    for version in ["../1.0", "", ".hidden", "a b", "-x", "a\u{1b}[2J", &"x".repeat(65)] {
        let output = place.run(&[&format!("--release={version}")]);
        assert_eq!(code(&output), 2, "{version:?}");
    }
}

#[test]
fn names_that_would_steer_a_terminal_are_shown_and_not_obeyed() {
    let text = direct("[[kpi.needs]]\nwhat = \"\\u202e<script>alert(1)</script>\"\nwhy = \"| `x` |\"");
    let place = Place::with(&text, &[scored("r1", CiBenchmark, 8.0)]);
    let output = place.run(&V1);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(!out(&output).contains('\u{1b}'));
    let hostile = text.replace("u202e", "u0007");
    place.write("kpi.toml", hostile.as_bytes());
    assert_eq!(code(&place.run(&V1)), 2, "a control character is refused where it is written");
}

#[test]
fn an_earlier_file_of_another_kind_or_with_a_foreign_name_is_refused() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.0)]);
    assert_eq!(code(&place.run(&V1)), 0);
    let text = fs::read_to_string(place.0.path().join("kpi_1.0_merged.json")).unwrap();
    for (from, to, told) in [
        ("perfledger/kpi/1", "perfledger/kpi/9", "has the schema `perfledger/kpi/9`"),
        ("\"name\": \"a\"", "\"name\": \"<b>\"", "is not a name of an indicator"),
        ("\"total\": 1", "\"total\": 1, \"mean\": 8", "unknown field `mean`"),
    ] {
        assert!(text.contains(from), "{text}");
        place.write("before.json", text.replace(from, to).as_bytes());
        let output = place.run(&["--release", "1.1", "--previous", "before.json"]);
        assert_eq!(code(&output), 2, "{to}");
        assert!(err(&output).contains(told), "{}", err(&output));
    }
}

#[test]
fn what_the_scores_are_about_may_be_called_a_version() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.0)]);
    assert_eq!(code(&place.run(&["--version", "v2.0-rc.1"])), 0);
    assert_eq!(place.report("kpi_v2.0-rc.1_merged.json").version.as_str(), "v2.0-rc.1");
}

#[test]
fn as_json_the_report_is_what_is_printed() {
    let place = Place::with(&direct(""), &[scored("r1", RealWorkload, 8.0)]);
    let output = place.run(&["--release", "1.0", "--format", "json"]);
    let printed: KpiReport = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, place.report("kpi_1.0_merged.json"));
}
