//! The scripts of the workflows, run as the workflows run them: on a real repository with a real remote, GitHub's variables and
//! event files. GitHub itself is the only thing left out (`--dry-run`), or stands in for one check run.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

mod repository;

use repository::git;

const MANIFEST: &str = r#"
[package]
name = "told"
version = "0.1.0"
edition = "2024"

[workspace]

[dev-dependencies]
criterion = { version = "0.8", default-features = false, features = ["cargo_bench_support"] }

# No figure of it matters.
[profile.bench]
opt-level = 0
debug = false

[[bench]]
name = "sums"
harness = false
"#;

const BENCH: &str = r#"
use criterion::{Criterion, criterion_group, criterion_main};

fn sums(c: &mut Criterion) {
    c.bench_function("<b>a|b</b>", |b| b.iter(told::sum));
}

criterion_group!(benches, sums);
criterion_main!(benches);
"#;

/// Criterion's shortest rounds. As a setting, so that a run is whole.
const SETTINGS: &str = r#"
[bench]
args = ["--warm-up-time", "0.01", "--measurement-time", "0.02", "--sample-size", "10"]
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A project's clone, its remote, and a folder for what a runner keeps to itself.
struct Stage {
    project: PathBuf,
    remote: PathBuf,
    temp: tempfile::TempDir,
}

/// How a script ended, and the outputs that it set.
struct Done {
    output: Output,
    set: String,
}

impl Done {
    fn exit(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn said(&self) -> String {
        format!("{}{}", text(&self.output.stdout), text(&self.output.stderr))
    }

    fn output(&self, name: &str) -> String {
        let value = self.set.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("no output {name} in {:?}\n{}", self.set, self.said())).to_owned()
    }
}

impl Stage {
    /// The project's folder stays, so that what is compiled serves the next run.
    fn new() -> Self {
        let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).expect("the target folder");
        let stage = Self {
            project: target.join("other/told"),
            remote: target.join("other/told.git"),
            temp: tempfile::tempdir().expect("a folder"),
        };
        for old in [stage.project.join(".git"), stage.project.join("target/perf"), stage.remote.clone()] {
            drop(fs::remove_dir_all(old));
        }
        for folder in ["benches", "src", "config"] {
            fs::create_dir_all(stage.project.join(folder)).expect("a folder");
        }
        stage.write("Cargo.toml", MANIFEST);
        stage.write("benches/sums.rs", BENCH);
        stage.write("config/perfledger.toml", SETTINGS);
        stage.write(".gitignore", "target\nCargo.lock\n");
        stage.write("src/lib.rs", "pub fn sum() -> u32 { (0..300).map(std::hint::black_box).sum() }\n");
        stage.git(&["init", "--quiet", "--initial-branch=main"]);
        stage.commit("first");
        stage.git(&["init", "--quiet", "--bare", &stage.remote.to_string_lossy()]);
        stage.git(&["remote", "add", "origin", &stage.remote.to_string_lossy()]);
        stage.git(&["push", "--quiet", "origin", "main"]);
        stage.git(&["fetch", "--quiet", "origin"]);
        stage
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.project.join(name), content).expect("a file");
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.project, arguments)
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// A folder of its own below the runner's temporary one.
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.temp.path().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Runs a script as a step with these variables does.
    fn run(&self, script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
        let outputs = self.temp.path().join("outputs");
        drop(fs::remove_file(&outputs));
        let mut command = Command::new(root().join(".github/scripts").join(script));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["GITHUB_", "PERFLEDGER_", "RUNNER_"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        let surroundings =
            [("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "octocat"), ("GITHUB_RUN_ID", "42")];
        let output = command
            .args(arguments)
            .current_dir(&self.project)
            .envs(surroundings)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .env("GITHUB_OUTPUT", &outputs)
            .env("PROJECT", &self.project)
            // Of the three formats the heavy one is left to its own tests: typst is not compiled twice.
            .env("PERFLEDGER_EXPORT", "html,json")
            .envs(variables.iter().copied())
            .output()
            .unwrap_or_else(|error| panic!("{script}: {error}"));
        Done { output, set: fs::read_to_string(outputs).unwrap_or_default() }
    }

    fn event(&self, name: &str, event: &Value) -> String {
        let path = self.temp.path().join(name);
        fs::write(&path, event.to_string()).expect("an event");
        path.to_string_lossy().into_owned()
    }
}

/// A zip as upload-artifact makes one, alone in a folder: names and the contents behind them.
fn zip(folder: &Path, files: &[(&str, &str)]) {
    let home = tempfile::tempdir().expect("a folder");
    git(home.path(), &["init", "--quiet"]);
    let tree = git(home.path(), &["write-tree"]);
    let mut arguments = vec!["archive".to_owned(), "--format=zip".into()];
    arguments.push(format!("--output={}", folder.join("artifact.zip").display()));
    for (name, content) in files {
        // Quoted as in C, so that a name may hold anything.
        arguments.push(format!("--add-virtual-file={name:?}:{content}"));
    }
    arguments.push(tree);
    git(home.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
}

/// The files that a workflow uploads from the run's folder.
fn uploaded(workflow: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(".github/workflows").join(workflow)).expect(workflow);
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("${{ steps.bench.outputs.run-dir }}/"));
    names.map(str::to_owned).collect()
}

const TRACKED: &str = "refs/remotes/origin/perf-ledger";

/// One test, because its steps build on one project and one ledger, as the workflows do.
#[test]
fn main_is_measured_and_kept_a_fork_is_compared_and_told_and_the_month_is_audited_and_kept() {
    let stage = Stage::new();
    a_commit_on_main(&stage);
    let run = a_pull_request(&stage);
    told(&stage, &run);
    an_audit(&stage);
}

/// perf-main.yml.
fn a_commit_on_main(stage: &Stage) {
    let push = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF_TYPE", "branch"), ("GITHUB_REF_NAME", "main")];
    let measured = stage.run("bench.sh", &[], &[&push[..], &[("LEDGER", TRACKED)]].concat());
    assert_eq!(measured.exit(), Some(0), "{}", measured.said());
    assert_eq!(measured.output("status"), "WARN", "nothing to compare with");
    let run = PathBuf::from(measured.output("run-dir"));
    for name in uploaded("perf-main.yml") {
        assert!(run.join(&name).is_file(), "{name} is uploaded, and not there");
    }
    assert_eq!(PathBuf::from(measured.output("report")), run.join("report.html"));
    assert_eq!(stage.git(&["ls-remote", "origin", "perf-ledger"]), "", "measuring pushes nothing");

    // As the next job has it: a clone that has never seen the run's folder.
    stage.git(&["update-ref", "-d", TRACKED]);
    let moved = stage.folder("perf");
    for name in ["perf.json", "verdict.json"] {
        fs::copy(run.join(name), moved.join(name)).expect("a copy");
    }
    let keep = |check| {
        let named = [("RUN_DIR", moved.to_str().expect("a path")), ("TESTS_CHECK", check)];
        stage.run("keep.sh", &[], &[&push[..], &named].concat())
    };
    let appended = keep("");
    assert_eq!(appended.exit(), Some(0), "{}", appended.said());
    assert!(appended.said().contains("not promoted: no green check"), "{}", appended.said());
    let promoted = keep("tests / test");
    assert_eq!(promoted.exit(), Some(0), "{}", promoted.said());
    assert_eq!(keep("tests / test").exit(), Some(0), "a job that is run again changes nothing");
    let tip = git(&stage.remote, &["rev-parse", "refs/heads/perf-ledger"]);
    let names = git(&stage.remote, &["ls-tree", "--name-only", &tip]);
    let ledger = git(&stage.remote, &["show", &format!("{tip}:{}", names.lines().next().expect("a segment"))]);
    assert_eq!(ledger.lines().count(), 2, "a run and a promotion:\n{ledger}");
    let promotion: Value = serde_json::from_str(ledger.lines().last().unwrap_or_default()).expect("JSON");
    assert!(promotion.to_string().contains("octocat"), "{promotion:#}");
    assert!(promotion.to_string().contains("tests / test"), "{promotion:#}");
    stage.git(&["fetch", "--quiet", "origin"]);
}

/// perf-pr.yml.
fn a_pull_request(stage: &Stage) -> PathBuf {
    stage.git(&["checkout", "--quiet", "-b", "feature"]);
    stage.write("src/lib.rs", "pub fn sum() -> u32 { (0..301).map(std::hint::black_box).sum() }\n");
    stage.commit("second");
    stage.git(&["checkout", "--quiet", "--detach"]);
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_HEAD_REF", "feature"),
        ("AGAINST", "merge-base"),
        ("LEDGER", TRACKED),
        ("PERFLEDGER_ROUNDS", "5"),
    ];
    let measured = stage.run("bench.sh", &[], &variables);
    assert_eq!(measured.exit(), Some(0), "{}", measured.said());
    let run = PathBuf::from(measured.output("run-dir"));
    let uploads = uploaded("perf-pr.yml");
    assert!(uploads.len() >= 4, "{uploads:?}");
    for name in uploads.iter().filter(|name| !name.starts_with("confirm.")) {
        assert!(run.join(name).is_file(), "{name} is uploaded, and not there");
    }
    let verdict: Value =
        serde_json::from_slice(&fs::read(run.join("verdict.json")).expect("verdict.json")).expect("JSON");
    assert_eq!(verdict["against"]["commit"], stage.git(&["rev-parse", "main"]), "{verdict:#}");
    assert_eq!(verdict["status"], measured.output("status").as_str());

    let wrong = stage.run("bench.sh", &[], &[("MODE", "fast")]);
    assert_eq!(wrong.exit(), Some(2), "{}", wrong.said());
    assert!(wrong.said().contains("error[CBKB101]") && wrong.set.is_empty(), "{}", wrong.said());
    run
}

/// perf-comment.yml, for each kind of event that may bring a run; and what a stranger may put into an artifact.
fn told(stage: &Stage, run: &Path) {
    let read = |name: &str| fs::read_to_string(run.join(name)).expect("a file");
    let (perf, verdict) = (read("perf.json"), read("verdict.json"));
    let artifact = stage.folder("artifact");
    zip(&artifact, &[("perf.json", &perf), ("../../escaped", "x"), ("report.html", "x"), ("verdict.json", &verdict)]);
    let head = stage.git(&["rev-parse", "HEAD"]);
    let repository = json!({ "full_name": "owner/told", "name": "told", "owner": { "login": "owner" } });
    let pull_request = json!({
        "action": "synchronize", "number": 7, "repository": repository,
        "pull_request": { "number": 7, "head": { "sha": head, "ref": "feature" }, "base": { "ref": "main" } },
    });
    let fork = json!({
        "action": "completed", "repository": repository,
        "workflow_run": {
            "id": 1, "name": "perf-pr", "event": "pull_request", "conclusion": "success", "head_sha": head, "head_branch": "feature",
            "head_repository": { "full_name": "stranger/told", "owner": { "login": "stranger" } }, "pull_requests": [],
            "html_url": "https://github.example/owner/told/actions/runs/1",
        },
    });
    let push = json!({ "ref": "refs/heads/main", "after": head, "repository": repository });
    for (name, event) in [("pull_request", &pull_request), ("workflow_run", &fork), ("push", &push)] {
        let path = stage.event("event.json", event);
        let variables = [
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", path.as_str()),
            ("GITHUB_REPOSITORY", "owner/told"),
            ("GITHUB_SHA", "0123456789012345678901234567890123456789"),
            ("RUN_URL", "https://github.example/owner/told/actions/runs/1"),
        ];
        let posted = stage.run("comment.sh", &[&artifact.to_string_lossy(), "--dry-run"], &variables);
        assert_eq!(posted.exit(), Some(0), "{name}: {}", posted.said());
        let shown = text(&posted.output.stdout);
        assert!(shown.contains("Performance Report: "), "{name}: {shown}");
        assert!(shown.contains("https://github.example/owner/told/actions/runs/1"), "{name}: {shown}");
        assert!(!shown.contains("<b>a|b</b>"), "{name}: a benchmark's name is not escaped:\n{shown}");
    }
    assert!(!stage.temp.path().join("escaped").exists() && !stage.temp.path().join("../escaped").exists());

    let hostile = |name: &str, files: &[(&str, &str)]| {
        let folder = stage.folder(name);
        zip(&folder, files);
        stage.run("comment.sh", &[&folder.to_string_lossy(), "--dry-run"], &[])
    };
    let broken = perf.replacen("\"schema\"", "\"schemb\"", 1);
    let invalid = hostile("invalid", &[("perf.json", &broken), ("verdict.json", &verdict)]);
    assert!(!matches!(invalid.exit(), Some(0) | None) && invalid.said().contains("CBKB003"), "{}", invalid.said());
    assert!(!invalid.said().contains("Performance Report: "), "nothing of it is told: {}", invalid.said());
    let partial = hostile("partial", &[("perf.json", &perf), ("deep/verdict.json", &verdict)]);
    assert!(partial.exit() == Some(2) && partial.said().contains("no verdict.json"), "{}", partial.said());
    fs::write(artifact.join("second"), "").expect("a file");
    let unpacked = stage.run("comment.sh", &[&artifact.to_string_lossy(), "--dry-run"], &[]);
    assert!(unpacked.exit() == Some(2) && unpacked.said().contains("2 files"), "{}", unpacked.said());
}

/// perf-audit.yml.
fn an_audit(stage: &Stage) {
    let out = stage.folder("audit");
    let out = out.to_str().expect("a path");
    let wrong = stage.run("audit.sh", &[], &[("MONTH", "2026-11/.."), ("OUT", out)]);
    assert!(wrong.exit() == Some(2) && wrong.set.is_empty(), "{}", wrong.said());

    let early = stage.run("audit.sh", &[], &[("OUT", out), ("LEDGER", "refs/remotes/origin/not-yet")]);
    assert!(early.exit() == Some(0) && early.set.is_empty(), "{}", early.said());

    // The month of the run: that of the ledger's only segment.
    let segment = git(&stage.remote, &["ls-tree", "--name-only", "refs/heads/perf-ledger"]);
    let month = segment.lines().next().and_then(|name| name.strip_suffix(".jsonl")).expect("a segment");
    let audited = stage.run("audit.sh", &[], &[("MONTH", month), ("OUT", out), ("LEDGER", TRACKED)]);
    assert_eq!(audited.exit(), Some(0), "{}", audited.said());
    assert_eq!(audited.output("month"), month);
    fs::write(format!("{out}/audit.pdf"), "in place of the one that was not made").expect("a file");
    let keep = || stage.run("keep-audit.sh", &[], &[("MONTH", month), ("OUT", out)]);
    let kept = keep();
    assert_eq!(kept.exit(), Some(0), "{}", kept.said());
    let branch = || git(&stage.remote, &["rev-parse", "refs/heads/perf-audits"]);
    let first = branch();
    let names = git(&stage.remote, &["ls-tree", "-r", "--name-only", &first]);
    assert_eq!(names, ["html", "json", "pdf"].map(|kind| format!("{month}/audit.{kind}")).join("\n"));
    assert_eq!((keep().exit(), branch()), (Some(0), first.clone()), "an audit that is kept already is no commit");

    // Another month stands beside it, and the same one made again behind it.
    assert_eq!(stage.run("keep-audit.sh", &[], &[("MONTH", "2020-01"), ("OUT", out)]).exit(), Some(0));
    assert_eq!(git(&stage.remote, &["ls-tree", "--name-only", &branch()]), format!("2020-01\n{month}"));
    assert_eq!(git(&stage.remote, &["rev-parse", &format!("{}^", branch())]), first);
    assert_eq!(stage.git(&["status", "--porcelain"]), "", "nothing of it is in the work tree");
}

/// A GitHub that makes check run 1, which stays in progress, and has nothing else; and what it was asked for.
fn github() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            // The body is not read: what is sent is not this test's matter.
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let body = r#"{"id":1,"status":"in_progress","check_runs":[]}"#;
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            drop((&stream).write_all(format!("{head}{body}").as_bytes()));
            let path = request.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
            heard.lock().expect("a list").push(path);
        }
    });
    (url, asked)
}

#[test]
fn a_check_run_that_was_begun_is_concluded_also_when_what_was_uploaded_does_not_belong_together() {
    let data = root().join("crates/pr-automation/tests/data");
    let read = |name: &str| fs::read_to_string(data.join(name)).expect("a file");
    let another = read("verdict.json").replace("PERF_SHA256", &"0".repeat(64));
    let folder = tempfile::tempdir().expect("a folder");
    let artifact = folder.path().join("artifact");
    fs::create_dir(&artifact).expect("a folder");
    zip(&artifact, &[("perf.json", &read("perf.json")), ("verdict.json", &another)]);
    let event = folder.path().join("event.json");
    let push =
        json!({ "after": "0123456789012345678901234567890123456789", "repository": { "full_name": "owner/told" } });
    fs::write(&event, push.to_string()).expect("an event");
    let (url, asked) = github();
    let output = Command::new(root().join(".github/scripts/comment.sh"))
        .arg(&artifact)
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("GITHUB_EVENT_PATH", &event)
        .env("GITHUB_API_URL", url)
        .env("GITHUB_TOKEN", "ghs_opensnothing")
        .output()
        .expect("the script");
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("was made from a report with SHA-256"), "{said}");
    let asked = asked.lock().expect("a list");
    assert_eq!(asked.last().map(String::as_str), Some("PATCH /repos/owner/told/check-runs/1"), "{asked:?}\n{said}");
}
