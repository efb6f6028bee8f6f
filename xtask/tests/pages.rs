//! Every page, made from a real run whose benchmarks have hostile names, opened in a real browser with the network off.
//!
//! Needs Chromium and npm packages: `cargo xtask test pages` installs them and runs this.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

#[test]
#[ignore = "needs Chromium and npm packages: cargo xtask test pages"]
fn pages_with_hostile_names_show_them_as_text_and_nobody_is_left_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
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

    let browser = ["chromium", "chromium-browser", "google-chrome"];
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).flat_map(|folder| browser.map(|name| folder.join(name)));
    let chromium = found.into_iter().find(|path| path.is_file()).expect("Chromium: run cargo xtask test pages");
    // Node looks for packages where the script lies.
    let script = root.join("target/npm/pages.mjs");
    fs::copy(root.join("xtask/npm/pages.mjs"), &script).expect("npm packages: run cargo xtask test pages");
    let output = Command::new("node")
        .arg(script)
        .arg(chromium)
        .arg(workshop().join("screenshots"))
        .args(&arguments)
        .output()
        .expect("node runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{text}");
}
