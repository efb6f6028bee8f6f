//! Every shipped scenario, shortened, through the whole chain against the default service; and each fault of that service, which must
//! fail for the right reason. Left out of `cargo test`: minutes of load need a machine of their own (`cargo xtask test load`).
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

/// A project with this repository's scenarios, and others beside them.
struct Place {
    folder: tempfile::TempDir,
}

/// How a run ended.
struct Ended {
    output: Output,
    verdict: Value,
    run: Value,
}

impl Ended {
    fn exit(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn status(&self) -> &str {
        self.verdict.pointer("/status").and_then(Value::as_str).unwrap_or("no verdict")
    }

    /// Thresholds and guards with this outcome, as written.
    fn with(&self, outcome: &str) -> Vec<String> {
        let all = self.verdict.pointer("/load/thresholds").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |row: &Value| {
            let part = |name: &str| row.pointer(&format!("/observed/threshold/{name}")).and_then(Value::as_str);
            format!("{}: {}", part("metric").unwrap_or_default(), part("expression").unwrap_or_default())
        };
        all.iter().filter(|row| row.get("outcome").and_then(Value::as_str) == Some(outcome)).map(text).collect()
    }

    fn told(&self) -> String {
        format!("{}\n{}", String::from_utf8_lossy(&self.output.stdout), String::from_utf8_lossy(&self.output.stderr))
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Self { folder };
        let scenarios = place.scenarios();
        fs::create_dir_all(scenarios.join("parts")).expect("a folder");
        for from in [root().join("config/scenarios"), root().join("config/scenarios/parts")] {
            let to = if from.ends_with("parts") { scenarios.join("parts") } else { scenarios.clone() };
            for entry in fs::read_dir(from).expect("scenarios").flatten().filter(|entry| entry.path().is_file()) {
                fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
            }
        }
        place
    }

    fn scenarios(&self) -> PathBuf {
        self.folder.path().join("config/scenarios")
    }

    fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.scenarios()).expect("scenarios").flatten().map(|entry| entry.path());
        let mut names: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        assert!(names.len() >= 15, "a check with nothing to check fails: {names:?}");
        names
    }

    fn load(&self, scenario: &str, flags: &[&str]) -> Ended {
        let out = self.folder.path().join("run").join(scenario);
        drop(fs::remove_dir_all(&out));
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["load", scenario, "--ledger", "none", "--project"])
            .arg(self.folder.path())
            .args(flags)
            .arg("--")
            .arg("--out")
            .arg(out.join("run.json"))
            .current_dir(root())
            // For a service that is not started here; the default one gets a key of its own.
            .env("TARGET_API_KEY", "for-a-test")
            .output()
            .expect("xtask runs");
        let read = |name: &str| {
            let text = fs::read_to_string(out.join(name)).unwrap_or_default();
            serde_json::from_str(&text).unwrap_or(Value::Null)
        };
        Ended { verdict: read("verdict.json"), run: read("run.json"), output }
    }

    /// A scenario with a fault of the service switched on in its first phase.
    fn with_fault(&self, of: &str, phase: &str, fault: &str) -> String {
        let name = "faulty".to_owned();
        let text = format!(
            "description = \"a fault\"\nextends = \"{of}.toml\"\n\n[service]\nargs = [\"--allow-faults\"]\n\n\
             [[event]]\nphase = \"{phase}\"\npost = \"/faults\"\njson = {fault}\n"
        );
        fs::write(self.scenarios().join("faulty.toml"), text).expect("a scenario");
        name
    }
}

/// Every shipped scenario meets its thresholds. One that does not is run once more: the machine may have been busy with something else.
#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn every_shipped_scenario_passes_against_the_default_service() {
    let place = Place::new();
    let mut failed = Vec::new();
    // Growth over two hours takes ten minutes to tell: a soak that was cut down to seconds says so, and meets everything else.
    let only_growth = |ended: &Ended| {
        let open = ended.with("not_evaluable");
        ended.exit() == Some(3)
            && ended.with("not_met").is_empty()
            && !open.is_empty()
            && open.iter().all(|it| it.contains("growth"))
    };
    for name in place.names() {
        let run = || place.load(&name, &["--time-scale", "0.0001"]);
        let good = |ended: &Ended| {
            (ended.exit() == Some(0) && ended.status() == "PASS") || (name.starts_with("soak") && only_growth(ended))
        };
        let mut ended = run();
        if !good(&ended) {
            eprintln!("{name}: {} in the first run, not met: {:?}", ended.status(), ended.with("not_met"));
            ended = run();
        }
        eprintln!("{name}: {}", ended.status());
        if !good(&ended) {
            failed.push(format!("{name}: exit {:?}\n{}", ended.exit(), ended.told()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn each_fault_of_the_service_fails_for_its_own_reason() {
    let place = Place::new();
    // The scenario, its phase, the fault, and a part of each threshold that must not be met.
    let cases: [(&str, &str, &str, &[&str]); 4] = [
        ("smoke", "smoke", "{ error_rate = 0.5 }", &["http_req_failed"]),
        ("smoke", "smoke", "{ slow_ms = 600 }", &["http_req_duration"]),
        ("smoke", "smoke", "{ stall_ms = 700, stall_every_ms = 900 }", &["http_req_duration"]),
        ("governance-baseline", "warm-up", "{ cache_off = true }", &["cache_hit_ratio"]),
    ];
    for (scenario, phase, fault, expected) in cases {
        let name = place.with_fault(scenario, phase, fault);
        let ended = place.load(
            &name,
            &["--time-scale", "0.1", "--set", "rate=100 req/s"][..if scenario == "smoke" { 2 } else { 4 }],
        );
        let not_met = ended.with("not_met");
        assert_eq!((ended.exit(), ended.status()), (Some(1), "FAIL"), "{fault}: {not_met:?}\n{}", ended.told());
        for part in expected {
            assert!(not_met.iter().any(|text| text.contains(part)), "{fault}: {not_met:?}\n{}", ended.told());
        }
    }
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn connections_that_the_server_closes_between_requests_are_no_failures() {
    let place = Place::new();
    let name = place.with_fault("smoke", "smoke", "{ close_rate = 0.5 }");
    let ended = place.load(&name, &["--time-scale", "0.1"]);
    let series = ended.run.pointer("/load/series").and_then(Value::as_array).cloned().unwrap_or_default();
    assert!(!series.is_empty(), "{}", ended.told());
    for one in &series {
        let request = one.get("request").and_then(Value::as_str).unwrap_or_default();
        let failed = one.get("failed").and_then(Value::as_u64);
        if ["stats", "provenance", "alerts"].contains(&request) {
            assert_eq!(failed, Some(0), "{request}: {}", ended.told());
        } else {
            // One that was under way when the server closed may have been worked on, and only what is idempotent is sent again.
            let closed = one.pointer("/errors/closed").and_then(Value::as_u64).unwrap_or(0);
            assert_eq!(failed, Some(closed), "{request}: {}", ended.told());
        }
    }
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn a_dead_port_is_not_evaluable_and_never_a_pass() {
    let place = Place::new();
    // Free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}");
    let ended = place.load("smoke", &["--time-scale", "0.05", "--base-url", &url]);
    assert!(matches!(ended.exit(), Some(1 | 3)), "{:?}\n{}", ended.exit(), ended.told());
    assert_ne!(ended.status(), "PASS");
    assert!(ended.with("met").iter().all(|text| !text.contains("p(95)")), "{}", ended.told());
    let evaluable = ended.verdict.pointer("/load/evaluable").and_then(Value::as_bool);
    assert_eq!(evaluable, Some(false), "{}", ended.told());
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn load_leaves_this_machine_only_when_it_is_allowed_to() {
    let place = Place::new();
    let ended = place.load("smoke", &["--base-url", "http://192.0.2.1:9"]);
    assert_eq!(ended.exit(), Some(2));
    let told = ended.told();
    assert!(told.contains("CBKB101") && told.contains("--allow-remote"), "{told}");
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn a_plan_is_printed_and_nothing_is_sent() {
    let place = Place::new();
    let ended = place.load("governance-baseline", &["--dry-run"]);
    let plan = String::from_utf8_lossy(&ended.output.stdout).into_owned();
    assert_eq!(ended.exit(), Some(0), "{}", ended.told());
    assert!(plan.contains("steady") && plan.contains("1,000"), "{plan}");
    assert!(plan.lines().all(|line| line.chars().count() <= 80), "{plan}");
    assert_eq!(ended.run, Value::Null);
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn a_typo_in_a_scenario_is_named_with_its_line_before_any_load() {
    let place = Place::new();
    let text = fs::read_to_string(place.scenarios().join("trust-smoke.toml")).expect("a scenario");
    let wrong = text.replacen("http_req_failed", "http_req_faild", 1);
    assert_ne!(text, wrong);
    fs::write(place.scenarios().join("typo.toml"), wrong).expect("a scenario");
    let ended = place.load("typo", &[]);
    let told = ended.told();
    assert_eq!(ended.exit(), Some(2), "{told}");
    assert!(told.contains("typo.toml:") && told.contains("http_req_failed"), "{told}");
    assert_eq!(ended.run, Value::Null, "something was sent");
}

/// The scripts of the workflow, as it runs them, but for GitHub.
#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn the_workflow_plans_measures_keeps_and_tells() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let script = |name: &str, flags: &[&str], variables: &[(&str, &str)]| {
        let output = folder.path().join("output");
        drop(fs::remove_file(&output));
        let done = Command::new(root().join(".github/scripts").join(name))
            .args(flags)
            .current_dir(root())
            .env_remove("GITHUB_TOKEN")
            .env("GITHUB_OUTPUT", &output)
            .envs(variables.iter().copied())
            .output()
            .expect("the script runs");
        let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        (done.status.code(), fs::read_to_string(output).unwrap_or_default(), told)
    };
    let (exit, set, told) = script("load-plan.sh", &[], &[("CRON", "0 2 * * *"), ("SUITE", "")]);
    assert_eq!((exit, set.as_str()), (Some(0), "scenarios=[\"governance-baseline\"]\nsuite=pulse\n"), "{told}");
    let (_, set, _) = script("load-plan.sh", &[], &[("CRON", "0 1 * * 6"), ("SUITE", "")]);
    assert!(set.contains("\"burst\"") && !set.contains("soak") && set.ends_with("suite=full\n"), "{set}");
    let (_, set, _) = script("load-plan.sh", &[], &[("CRON", ""), ("SUITE", "")]);
    assert!(set.contains("\"soak\"") && set.ends_with("suite=release\n"), "{set}");
    let (exit, _, told) = script("load-plan.sh", &[], &[("SUITE", "burst burts")]);
    assert!(exit == Some(2) && told.contains("CBKB101") && told.contains("burts"), "{told}");

    let ledger = at("ledger").display().to_string();
    let measure = [("SCENARIO", "smoke"), ("TIME_SCALE", "0.05"), ("LEDGER", ledger.as_str())];
    let (exit, set, told) = script("load.sh", &[], &measure);
    assert_eq!(exit, Some(0), "{told}");
    let run = set.lines().find_map(|line| line.strip_prefix("run-dir=")).expect("an output").to_owned();
    assert!(set.contains("status=PASS"), "{set}");
    let runs = at("runs");
    fs::create_dir_all(runs.join("load-smoke")).expect("a folder");
    for name in ["perf.json", "verdict.json"] {
        fs::copy(Path::new(&run).join(name), runs.join("load-smoke").join(name)).expect("a copy");
    }
    let runs = runs.display().to_string();
    let (exit, _, told) = script("keep-load.sh", &[], &[("RUNS", &runs), ("LEDGER", &ledger)]);
    assert_eq!(exit, Some(0), "{told}");

    let alert = |expected: &str| {
        let variables = [("RUNS", runs.as_str()), ("EXPECTED", expected), ("KEY", "pulse main")];
        script("alert.sh", &["--dry-run", "--repo=acme/copybook"], &variables)
    };
    let (exit, _, told) = alert("[\"smoke\"]");
    assert!(exit == Some(0) && told.contains("an open issue would be closed"), "{told}");
    let (exit, _, told) = alert("[\"smoke\",\"burst\"]");
    assert!(exit == Some(0) && told.contains("1 of 2 load runs fail") && told.contains("burst"), "{told}");
}

#[test]
#[ignore = "minutes of load: cargo xtask test load"]
fn another_engine_and_another_tools_results_end_in_the_same_verdict() {
    let place = Place::new();
    if let Some(locust) = std::env::var_os("PERFLEDGER_LOCUST") {
        assert!(Path::new(&locust).is_file());
        let ended = place.load("smoke", &["--time-scale", "0.2", "--engine", "locust"]);
        assert!(matches!(ended.exit(), Some(0 | 3)), "{}", ended.told());
        assert_eq!(ended.run.pointer("/load/engine/name").and_then(Value::as_str), Some("locust"));
    }
    // A file is where the scenario stands otherwise.
    let import = |name: &str, threshold: &str| {
        let out = place.folder.path().join("imported");
        drop(fs::remove_dir_all(&out));
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["load", "--ledger", "none", "--project"])
            .arg(place.folder.path())
            .arg("--import")
            .arg(root().join("crates/load-runner/tests/import/data").join(name))
            .args(["--", "--threshold", threshold, "--out"])
            .arg(out.join("run.json"))
            .current_dir(root())
            .output()
            .expect("xtask runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (exit, told) = import("oha-1.16.json", "http_req_duration: p(95)<60000");
    assert!(exit == Some(0), "{told}");
    let (exit, told) = import("oha-1.16.json", "http_req_duration: p(95)<0.0001");
    assert!(exit == Some(1), "{told}");
    // Iterations were dropped: what they would have waited is missing from its latencies.
    let (exit, told) = import("k6-1.1.ndjson.gz", "http_req_duration: p(95)<60000");
    assert!(exit == Some(3) && told.contains("not evaluable"), "{told}");
    let (exit, told) = import("k6-1.1-dead-port.json", "http_req_duration: p(95)<60000");
    assert!(matches!(exit, Some(1 | 3)), "{told}");
}
