//! The program `slo-validator`, run as people run it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bench_model::Sha256;
use bench_model::ledger::Baseline;
use bench_model::perf::Report;
use bench_model::verdict::{Judgement, Rule, SecondPass, Status, Verdict};
use tempfile::TempDir;

use crate::sample::*;

struct Place(TempDir);

impl Place {
    /// A folder with a `perf.json`, and a `baseline.json` when there is one.
    fn with(report: &Report, baseline: Option<&Baseline>) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("perf.json", &serde_json::to_string(report).unwrap());
        if let Some(baseline) = baseline {
            place.write("baseline.json", &serde_json::to_string(baseline).unwrap());
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slo-validator"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PERFLEDGER_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn verdict(&self) -> Judgement {
        serde_json::from_slice(&fs::read(self.path().join("verdict.json")).unwrap()).unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", err(output)))
}

const JUDGE: [&str; 6] = ["judge", "perf.json", "--baseline", "baseline.json", "--out", "verdict.json"];

fn unchanged() -> (Report, Baseline) {
    (report(vec![rate("a", &steady(100.0))]), baseline(&[rate("a", &steady(100.0))]))
}

const FLOOR: &str = "[[metric]]\nname = \"demo/bench/a#throughput\"\nfloor = \"80 MB/s\"\n";

#[test]
fn a_pass_prints_the_table_with_the_status_line_last_and_exits_0() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    let output = place.run(&JUDGE);
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
    assert!(out(&output).starts_with("metric "), "{}", out(&output));
    assert!(out(&output).ends_with("\nPerformance Report: 1 metric, 1 unchanged [PASS]\n"), "{}", out(&output));
    let verdict = place.verdict();
    assert_eq!(verdict.status, Status::Pass);
    assert_eq!(verdict.perf_sha256, Sha256::of(&fs::read(place.path().join("perf.json")).unwrap()));
}

#[test]
fn a_warning_exits_0() {
    let place = Place::with(&report(vec![rate("a", &steady(80.0))]), Some(&baseline(&[rate("a", &steady(100.0))])));
    let output = place.run(&JUDGE);
    assert_eq!((code(&output), place.verdict().status), (0, Status::Warn));
    assert!(out(&output).ends_with("[WARN]\n"));
}

#[test]
fn a_failure_writes_the_file_and_the_table_reports_the_worst_violation_and_exits_1() {
    let place = Place::with(&report(vec![rate("a", &steady(100.0))]), None);
    place.write("config/thresholds.toml", FLOOR);
    let output = place.run(&["judge", "perf.json", "--out", "verdict.json"]);
    assert_eq!((code(&output), place.verdict().status), (1, Status::Fail));
    assert!(out(&output).ends_with("[FAIL]\n"), "{}", out(&output));
    let text = err(&output);
    assert!(text.starts_with("error[CBKB005]: `demo/bench/a#throughput` is 100 B/s, below its floor"), "{text}");
    assert!(text.contains("next:"), "{text}");
}

#[test]
fn a_regression_fails_where_the_settings_say_so() {
    let place = Place::with(&report(vec![rate("a", &steady(80.0))]), Some(&baseline(&[rate("a", &steady(100.0))])));
    place.write("config/perfledger.toml", "[judge]\non_regression = \"fail\"\n");
    let output = place.run(&JUDGE);
    assert_eq!(code(&output), 1);
    assert!(err(&output).starts_with("error[CBKB005]: `demo/bench/a#throughput` regressed"), "{}", err(&output));
}

#[test]
fn a_demanded_verdict_that_cannot_be_reached_exits_3_by_flag_variable_or_setting() {
    let place = Place::with(&report(vec![rate("a", &noisy(93.0))]), Some(&baseline(&[rate("a", &noisy(100.0))])));
    assert_eq!(code(&place.run(&JUDGE)), 0);
    let demanded = place.run(&[&JUDGE[..], &["--require-verdict"]].concat());
    assert_eq!((code(&demanded), place.verdict().status), (3, Status::Warn));
    assert!(err(&demanded).contains("a verdict is demanded"), "{}", err(&demanded));
    let output = place.command(&JUDGE).env("PERFLEDGER_REQUIRE_VERDICT", "true").output().unwrap();
    assert_eq!(code(&output), 3, "{}", err(&output));
    place.write("config/perfledger.toml", "[judge]\nrequire_verdict = true\n");
    assert_eq!(code(&place.run(&JUDGE)), 3);
}

#[test]
fn a_demanded_verdict_on_nothing_exits_3() {
    let place = Place::with(&report(vec![rate("a", &steady(100.0))]), None);
    assert_eq!(code(&place.run(&["judge", "perf.json", "--require-verdict"])), 3);
}

#[test]
fn a_demanded_verdict_never_hides_a_failure() {
    let place = Place::with(&report(vec![rate("a", &noisy(93.0))]), Some(&baseline(&[rate("a", &noisy(100.0))])));
    place.write("config/thresholds.toml", FLOOR);
    assert_eq!(code(&place.run(&[&JUDGE[..], &["--require-verdict"]].concat())), 1);
}

#[test]
fn json_on_stdout_is_what_the_file_holds() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    let output = place.run(&[&JUDGE[..], &["--format", "json"]].concat());
    assert_eq!(output.stdout, fs::read(place.path().join("verdict.json")).unwrap());
}

#[test]
fn a_failure_is_one_json_object_on_stderr_with_format_json() {
    let place = Place::with(&report(vec![rate("a", &steady(100.0))]), None);
    place.write("limits.toml", FLOOR);
    let output = place.run(&["judge", "perf.json", "--thresholds", "limits.toml", "--format", "json"]);
    assert_eq!(code(&output), 1);
    let problem: bench_model::Diagnostic = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(problem.code, bench_model::Code::Slo);
    let judgement: Judgement = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(judgement.status, Status::Fail);
}

#[test]
fn the_report_may_come_from_stdin_and_the_verdict_go_to_stdout() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    let mut child = place
        .command(&["judge", "-", "--baseline", "baseline.json", "--out", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(place.path().join("perf.json")).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    let judgement: Judgement = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), judgement.status), (0, Status::Pass));
}

#[test]
fn show_prints_the_same_table_again() {
    let place = Place::with(&report(vec![rate("a", &steady(80.0))]), Some(&baseline(&[rate("a", &steady(100.0))])));
    let judged = place.run(&JUDGE);
    let shown = place.run(&["show", "verdict.json"]);
    assert_eq!((code(&shown), out(&shown)), (0, out(&judged)));
}

#[test]
fn a_threshold_in_the_wrong_unit_is_a_configuration_error_and_the_file_still_says_fail() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    place.write("config/thresholds.toml", &FLOOR.replace("80 MB/s", "80 MB"));
    let output = place.run(&JUDGE);
    assert_eq!((code(&output), place.verdict().status), (2, Status::Fail));
    let text = err(&output);
    assert!(
        text.starts_with("error[CBKB101]: the floor of `demo/bench/a#throughput` is in B, the metric in B/s"),
        "{text}"
    );
    assert!(text.contains("config/thresholds.toml") && text.contains("80 MB/s"), "{text}");
}

#[test]
fn a_bare_number_in_the_thresholds_is_refused_before_anything_is_judged() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    place.write("config/thresholds.toml", &FLOOR.replace("\"80 MB/s\"", "80"));
    let output = place.run(&JUDGE);
    assert_eq!((code(&output), out(&output).as_str()), (2, ""));
    assert!(err(&output).contains("CBKB101") && err(&output).contains("thresholds.toml:3"), "{}", err(&output));
}

#[test]
fn bad_reports_are_named_with_code_file_and_place() {
    let (report, before) = unchanged();
    let good = serde_json::to_string(&report).unwrap();
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty", Vec::new(), "CBKB002"),
        ("truncated", good.as_bytes()[..good.len() / 2].to_vec(), "CBKB002"),
        ("not UTF-8", b"{\"warnings\": [\"\xff\xfe\"]}".to_vec(), "CBKB002"),
        ("infinite", good.replacen("\"level\":0.95", "\"level\":1e999", 1).into_bytes(), "CBKB002"),
        ("null", good.replacen("\"level\":0.95", "\"level\":null", 1).into_bytes(), "CBKB002"),
        ("nested", [vec![b'['; 1 << 20], vec![b']'; 1 << 20]].concat(), "CBKB002"),
        ("twice", good.replacen("\"complete\":true", "\"complete\":true,\"run_id\":7", 1).into_bytes(), "CBKB002"),
        ("other version", good.replacen("perfledger/perf/1", "perfledger/perf/9", 1).into_bytes(), "CBKB003"),
    ];
    for (name, bytes, code_text) in cases {
        let place = Place::with(&report, Some(&before));
        fs::write(place.path().join("perf.json"), bytes).unwrap();
        let output = place.run(&JUDGE);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{name}: {}", err(&output));
        assert!(err(&output).starts_with(&format!("error[{code_text}]")), "{name}: {}", err(&output));
        assert!(err(&output).contains("perf.json"), "{name}: {}", err(&output));
        assert!(!place.path().join("verdict.json").exists(), "{name}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    for arguments in
        [["judge", "gone.json", "--thresholds", "t.toml"], ["judge", "perf.json", "--baseline", "gone.json"]]
    {
        place.write("t.toml", "");
        let output = place.run(&arguments);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains("CBKB102") && err(&output).contains("gone.json"), "{}", err(&output));
    }
    let output = place.run(&["judge", "perf.json", "--thresholds", "gone.toml"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("CBKB101") && err(&output).contains("gone.toml"), "{}", err(&output));
}

#[test]
fn an_output_that_cannot_be_written_is_an_error_and_leaves_the_old_file() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    place.write("verdict.json/inside", "");
    let output = place.run(&JUDGE);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("CBKB102"), "{}", err(&output));
    assert!(place.path().join("verdict.json/inside").exists());
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let many: Vec<_> = (0..3000).map(|i| rate(&format!("case/{i}"), &[1.0])).collect();
    let place = Place::with(&report(many), None);
    let mut child = place.command(&["judge", "perf.json", "--format", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_closed_pipe_turns_no_failure_into_a_pass() {
    let mut many: Vec<_> = (0..3000).map(|i| rate(&format!("case/{i}"), &[1.0])).collect();
    many.push(rate("a", &steady(100.0)));
    let place = Place::with(&report(many), None);
    place.write("config/thresholds.toml", FLOOR);
    for arguments in [&["judge", "perf.json", "--out", "-"][..], &["judge", "perf.json", "--format", "json"]] {
        let mut child = place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{arguments:?}");
    }
}

/// A place with both sides of a comparison, head 10 % below base, and both sides of its second pass.
fn with_sides() -> Place {
    let metrics = |factor: f64| vec![rate("a", &around(factor * 100.0, 6)), rate("b", &around(1.0, 6))];
    let base = |factor: f64| vec![rate("a", &shaken(factor * 100.0, 6)), rate("b", &shaken(1.0, 6))];
    let evidence = Evidence::of(report(metrics(0.9))).against(base(1.0)).confirmed_by(metrics(0.9), Some(base(1.0)));
    let place = Place::with(&evidence.head, None);
    let files = [("base", &evidence.base), ("confirm", &evidence.confirm), ("confirm.base", &evidence.confirm_base)];
    for (name, report) in files {
        place.write(&format!("{name}.perf.json"), &serde_json::to_string(report.as_ref().unwrap()).unwrap());
    }
    place
}

const SIDES: [&str; 6] = ["judge", "perf.json", "--against", "base.perf.json", "--out", "verdict.json"];
const SECOND: [&str; 4] = ["--confirm", "confirm.perf.json", "--confirm-against", "confirm.base.perf.json"];

#[test]
fn two_sides_are_judged_confirmed_and_asked_about() {
    let place = with_sides();
    let output = place.run(&SIDES);
    let line = "Performance Report: 2 metrics against main: 1 regressed, 1 unchanged [WARN]\n";
    assert!(out(&output).ends_with(line), "{}", out(&output));
    assert_eq!(out(&place.run(&["next", "verdict.json"])), "confirm demo/bench/a\n");
    let shown = place.run(&["show", "verdict.json", "--metric", "demo/bench/a#throughput"]);
    assert_eq!((code(&shown), out(&shown).as_str()), (0, "regressed\n"));
    let steps = out(&place.run(&["next", "verdict.json", "--format", "json"]));
    let steps: serde_json::Value = serde_json::from_str(&steps).unwrap();
    assert_eq!(steps, serde_json::json!([{ "step": "confirm", "benchmark": "demo/bench/a" }]));
    let output = place.run(&[&SIDES[..], &SECOND].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    let verdict = place.verdict();
    assert_eq!(verdict.metrics[0].confirmation.unwrap().outcome, SecondPass::Agreed);
    assert_eq!(
        verdict.against.unwrap().perf_sha256,
        Sha256::of(&fs::read(place.path().join("base.perf.json")).unwrap())
    );
    assert_eq!(out(&place.run(&["next", "verdict.json"])), "");
}

#[test]
fn a_metric_that_a_verdict_does_not_hold_is_named_with_the_nearest() {
    let place = with_sides();
    place.run(&SIDES);
    let output = place.run(&["show", "verdict.json", "--metric", "demo/bench/a#throughputs"]);
    assert_eq!((code(&output), out(&output).as_str()), (2, ""));
    let text = err(&output);
    assert!(text.contains("CBKB101") && text.contains("did you mean `demo/bench/a#throughput`"), "{text}");
}

#[test]
fn a_required_second_pass_that_is_not_given_is_asked_for() {
    let place = with_sides();
    let required = [&SIDES[..], &["--require-confirmation"]].concat();
    assert_eq!(code(&place.run(&required)), 0);
    assert_eq!(place.verdict().metrics[0].rule, Rule::SecondPassMissing);
    assert_eq!(out(&place.run(&["next", "verdict.json"])), "confirm demo/bench/a\n");
    assert_eq!(code(&place.run(&[&required[..], &["--require-verdict"]].concat())), 3);
    assert_eq!(code(&place.run(&[&required[..], &SECOND].concat())), 0);
    assert_eq!(place.verdict().metrics[0].verdict, Verdict::Regressed);
}

#[test]
fn reports_that_do_not_belong_together_are_refused_and_named() {
    let place = with_sides();
    let cases: [(&[&str], &str); 4] = [
        (&["judge", "perf.json", "--against", "confirm.base.perf.json"], "confirm.base.perf.json"),
        (&["judge", "base.perf.json", "--against", "perf.json"], "perf.json"),
        (&["judge", "perf.json", "--against", "base.perf.json", "--confirm", "confirm.perf.json"], "--confirm-against"),
        (&["judge", "perf.json", "--confirm", "perf.json"], "no run confirms itself"),
    ];
    for (arguments, part) in cases {
        let output = place.run(arguments);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{arguments:?}");
        assert!(err(&output).contains("CBKB002") && err(&output).contains(part), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn a_regression_beyond_a_waiver_of_the_config_folder_fails_the_run() {
    let place = Place::with(&report(vec![rate("a", &steady(80.0))]), Some(&baseline(&[rate("a", &steady(100.0))])));
    let waiver = |ceiling: &str| {
        format!(
            "[[waiver]]\nmetric = \"demo/bench/a#throughput\"\nceiling = \"{ceiling}\"\nexpires = \"2026-12-31\"\n\
             issue = \"#7\"\nreason = \"checks\"\nauthor = \"Jo\"\n"
        )
    };
    place.write("config/waivers.toml", &waiver("30 %"));
    assert_eq!((code(&place.run(&JUDGE)), place.verdict().status), (0, Status::Pass));
    place.write("config/waivers.toml", &waiver("10 %"));
    let output = place.run(&JUDGE);
    assert_eq!((code(&output), place.verdict().status), (1, Status::Fail));
    assert!(err(&output).contains("beyond its waiver") && err(&output).contains("waivers.toml"), "{}", err(&output));
}

#[test]
fn settings_are_shown_with_their_origin() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    let output = place.run(&["judge", "perf.json", "--require-verdict", "--show-settings"]);
    let text = out(&output);
    let line = text.lines().find(|line| line.starts_with("judge.require_verdict")).unwrap();
    assert!(line.ends_with("= true  # --require-verdict"), "{line}");
}

#[test]
fn a_report_has_to_be_named_but_for_showing_the_settings() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    let output = place.run(&["judge"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("PERF.json"), "{}", err(&output));
    let output = place.run(&["judge", "--show-settings"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("judge.confidence"));
}

#[test]
fn nothing_is_coloured_unless_asked() {
    let (report, before) = unchanged();
    let place = Place::with(&report, Some(&before));
    assert!(!out(&place.run(&JUDGE)).contains('\u{1b}'));
    assert!(out(&place.run(&[&JUDGE[..], &["--color", "always"]].concat())).contains('\u{1b}'));
}
