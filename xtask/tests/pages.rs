//! Every page, made from a real run whose benchmarks have hostile names, and of load runs whose requests, regions and checks have, opened in
//! a real browser with the network off.
//!
//! Needs Chromium and npm packages: `cargo xtask test pages` installs them and runs this.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

mod repository;

use repository::git;

const MANIFEST: &str = r#"
[package]
name = "hostile"
version = "0.1.0"
edition = "2024"

[workspace]

[dev-dependencies]
criterion = { version = "0.8", default-features = false, features = ["cargo_bench_support"] }

[[bench]]
name = "names"
harness = false
"#;

/// The longest name has 4,000 bytes: a metric of more than 4,096 is refused when it is read.
const BENCH: &str = r#"
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn names(c: &mut Criterion) {
    let numbers: Vec<u64> = (0..1000).collect();
    let long = "long ".repeat(800);
    let names = ["<script>alert('x')</script>", "a | b `c` *d* [e](f)", "\u{202e}backwards", "{{ 7 * 7 }} & <img src=x onerror=alert(1)>", &long];
    for name in names {
        let mut group = c.benchmark_group("g");
        group.throughput(Throughput::Elements(1000));
        group.bench_function(name, |b| b.iter(|| black_box(&numbers).iter().sum::<u64>()));
        group.finish();
    }
}

criterion_group!(benches, names);
criterion_main!(benches);
"#;

fn workshop() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).expect("the target folder").join("pages")
}

fn xtask(project: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let (verb, rest) = arguments.split_first().expect("a verb");
    command.arg(verb).arg("--project").arg(project).args(rest);
    for name in ["CI", "PERF", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH", "GITHUB_TOKEN"] {
        command.env_remove(name);
    }
    let output = command.output().expect("xtask runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

fn done(project: &Path, arguments: &[&str]) -> String {
    let (exit, text) = xtask(project, arguments);
    assert_eq!(exit, Some(0), "{arguments:?}: {text}");
    text
}

/// A request's name in the imported load runs.
const REQUEST: &str = "<script>alert('request')</script> {{ 7 * 7 }}";

/// What k6 would stream: four seconds of requests from two regions, some of them failed.
fn k6_stream() -> String {
    let metric = |name: &str, kind: &str, contains: &str| {
        serde_json::json!({ "type": "Metric", "metric": name, "data": {
            "name": name, "type": kind, "contains": contains, "thresholds": [], "submetrics": null } })
    };
    let mut lines = vec![
        metric("http_reqs", "counter", "default"),
        metric("http_req_duration", "trend", "time"),
        metric("http_req_failed", "rate", "default"),
        metric("checks", "rate", "default"),
    ];
    let long = "long ".repeat(40);
    for i in 0..240_u32 {
        let failed = i % 40 == 7;
        let name = if i % 3 == 0 { REQUEST } else { "\u{202e}| `b` *c* <img src=x onerror=alert(1)>" };
        let region = if i % 2 == 0 { "eu/<b>\u{202e}" } else { &long };
        let tags = serde_json::json!({ "name": name, "scenario": "s", "region": region,
            "status": if failed { "503" } else { "200" } });
        let time = format!("2026-11-01T12:00:{:02}.{:03}Z", i / 60, i % 60 * 16);
        let mut point = |metric: &str, value: f64, tags: &serde_json::Value| {
            lines.push(serde_json::json!({ "type": "Point", "metric": metric, "data": {
                "time": time, "value": value, "tags": tags } }));
        };
        point("http_reqs", 1.0, &tags);
        point("http_req_duration", 3.0 + f64::from(i % 17), &tags);
        point("http_req_failed", f64::from(u8::from(failed)), &tags);
        let check =
            serde_json::json!({ "check": "<script>alert('check')</script>", "scenario": "s", "region": region });
        point("checks", f64::from(u8::from(!failed)), &check);
    }
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Runs a stage that lies beside xtask.
fn stage(project: &Path, program: &str, arguments: &[&str], exit: i32) {
    let path = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name(program);
    let output = Command::new(path).current_dir(project).args(arguments).output().expect("a stage runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{program} {arguments:?}: {told}");
}

#[test]
#[ignore = "needs Chromium and npm packages: cargo xtask test pages"]
fn pages_of_load_runs_show_hostile_names_as_text_and_nobody_is_left_out() {
    let project = workshop().join("load");
    fs::create_dir_all(&project).expect("a folder");
    // Real load from several regions, the shortest that the scenario permits; how it is judged hangs on how busy this machine is.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let scenario = root.join("config/scenarios/multi-region.toml").display().to_string();
    let real = project.join("real");
    let out = real.join("run.json").display().to_string();
    let flags = ["load", &scenario, "--time-scale", "0.0001", "--ledger", "none", "--", "--out", &out];
    let (exit, text) = xtask(&project, &flags);
    assert!(matches!(exit, Some(0 | 1 | 3)), "{text}");

    let stream = project.join("k6.ndjson");
    fs::write(&stream, k6_stream()).expect("a file");
    let made = [
        ("fails", "http_req_failed: rate<0.001", 1),
        ("not-evaluable", "http_req_duration{region:nowhere}: p(95)<100", 3),
        ("without-record", "http_req_failed: rate<0.001", 1),
    ];
    let page = |(name, threshold, exit): (&str, &str, i32)| {
        let folder = project.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        let file = |name: &str| folder.join(name).display().to_string();
        let (run, perf, verdict) = (file("run.json"), file("perf.json"), file("verdict.json"));
        let import = ["import", &stream.display().to_string(), "--scenario", name, "--threshold", threshold];
        stage(&project, "load-runner", &[&import[..], &["--out", &run]].concat(), 0);
        stage(&project, "json-processor", &["report", &run, "--out", &perf], 0);
        stage(&project, "slo-validator", &["judge", &perf, "--out", &verdict], exit);
        if name == "without-record" {
            fs::remove_file(&run).expect("the record goes");
        }
        stage(&project, "audit-generator", &["report", &folder.display().to_string()], 0);
        format!("{}={REQUEST}", folder.join("report.html").display())
    };
    let mut pages: Vec<String> = made.into_iter().map(page).collect();
    pages.push(format!("{}=multi-region", real.join("report.html").display()));
    look(&pages);
}

#[test]
#[ignore = "needs Chromium and npm packages: cargo xtask test pages"]
fn pages_with_hostile_names_show_them_as_text_and_nobody_is_left_out() {
    let project = workshop().join("project");
    if project.join(".git").exists() {
        fs::remove_dir_all(project.join(".git")).expect("the last history goes");
    }
    for (name, text) in [
        ("Cargo.toml", MANIFEST),
        ("benches/names.rs", BENCH),
        ("src/lib.rs", ""),
        (".gitignore", "target\nCargo.lock\n"),
    ] {
        let path = project.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "hostile names"]);
    git(&project, &["tag", "v1"]);
    let commit = git(&project, &["rev-parse", "HEAD"]);

    done(&project, &["bench"]);
    done(&project, &["promote", "--tests-check", &format!("tests@{commit}"), "--author", "<b>somebody</b>"]);
    done(&project, &["bench", "--rounds", "5"]);
    let month = &git(&project, &["log", "-1", "--format=%cd", "--date=format-local:%Y-%m"]);
    done(&project, &["audit", "--month", month, "--export", "html,json"]);
    let schema = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["schema", "--check"]).output().expect("xtask runs");
    assert!(schema.status.success(), "{}", String::from_utf8_lossy(&schema.stderr));
    let validator = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("json-processor");
    let valid = Command::new(validator).arg("validate").arg(project.join("target/perf/audit/audit.json")).output();
    let valid = valid.expect("json-processor runs");
    assert!(valid.status.success(), "{}", String::from_utf8_lossy(&valid.stderr));
    done(&project, &["site"]);
    done(&project, &["trend", "script", "--", "--months", "1"]);
    let comment = done(&project, &["comment", "--dry-run"]);
    assert!(!comment.contains("<script>"), "{comment}");

    let perf = project.join("target/perf");
    let newest = fs::read_dir(&perf).expect("runs").flatten().map(|entry| entry.path());
    let newest = newest.filter(|path| path.join("report.html").is_file()).max().expect("a report");
    let pages = [newest.join("report.html"), perf.join("audit/audit.html"), perf.join("site/index.html")];
    let metrics = fs::read_dir(perf.join("site/metric")).expect("pages of metrics").flatten().map(|entry| entry.path());
    let script = "<script>alert('x')</script>";
    let mut arguments: Vec<String> =
        pages.iter().map(|page| format!("{}={script}={{{{ 7 * 7 }}}}", page.display())).collect();
    arguments.extend(metrics.map(|page| page.display().to_string()));
    assert!(arguments.len() > pages.len(), "a check with nothing to check fails");

    look(&arguments);
}

/// Opens pages in the browser; each is a path, with texts behind `=` that must be seen.
fn look(arguments: &[String]) {
    static COPIED: Once = Once::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let browser = ["chromium", "chromium-browser", "google-chrome"];
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).flat_map(|folder| browser.map(|name| folder.join(name)));
    let chromium = found.into_iter().find(|path| path.is_file()).expect("Chromium: run cargo xtask test pages");
    // Node looks for packages where the script lies.
    let script = root.join("target/npm/pages.mjs");
    COPIED.call_once(|| {
        fs::copy(root.join("xtask/npm/pages.mjs"), &script).expect("npm packages: run cargo xtask test pages");
    });
    let output = Command::new("node")
        .arg(script)
        .arg(chromium)
        .arg(workshop().join("screenshots"))
        .args(arguments)
        .output()
        .expect("node runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{text}");
}
