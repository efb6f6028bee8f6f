//! The workflows and the action, read as text: pinned actions, least permissions, no expression in a shell, and no command that
//! nobody tried. `cargo xtask test workflows` runs actionlint and zizmor over the same files; `workflow_scripts.rs` runs their scripts.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect(folder);
    let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    names.iter().map(|name| format!("{folder}/{}", name.to_string_lossy())).collect()
}

/// The workflows by their paths.
fn workflows() -> BTreeMap<String, String> {
    let all: BTreeMap<_, _> = names(".github/workflows").into_iter().map(|name| (name.clone(), read(&name))).collect();
    assert!(all.len() >= 5, "a check with nothing to check fails");
    all
}

fn workflows_and_action() -> BTreeMap<String, String> {
    let mut all = workflows();
    all.insert("action.yml".into(), read("action.yml"));
    all
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What stands behind a key in any list or mapping, without a comment behind it.
fn values<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let of = |line: &'t str| line.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ");
    text.lines().filter_map(of).map(|value| value.split(" #").next().unwrap_or_default().trim()).collect()
}

/// The commands of `run`, one a line, be it on the same line or in a block below.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(rest) = line.trim_start().trim_start_matches("- ").strip_prefix("run:") else { continue };
        if !matches!(rest.trim(), "|" | ">" | "|-" | ">-") {
            found.push(rest.trim().trim_matches('\'').to_owned());
            continue;
        }
        while let Some(inner) = lines.next_if(|inner| inner.trim().is_empty() || indent(inner) > indent(line)) {
            found.push(inner.trim().to_owned());
        }
    }
    found.retain(|command| !command.is_empty());
    found
}

/// The jobs of a workflow, each with the lines below its name.
fn jobs(text: &str) -> BTreeMap<String, String> {
    let mut jobs: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().skip_while(|line| *line != "jobs:").skip(1) {
        match line.trim_end().strip_suffix(':') {
            Some(job) if indent(line) == 2 => job.trim().clone_into(&mut name),
            _ => {
                let job = jobs.entry(name.clone()).or_default();
                job.push_str(line);
                job.push('\n');
            }
        }
    }
    jobs.remove("");
    jobs
}

fn has(job: &str, key: &str) -> bool {
    job.lines().any(|line| line.strip_prefix("    ").is_some_and(|line| line.starts_with(key)))
}

#[test]
fn every_action_is_pinned_to_a_commit_with_its_version_and_to_one_commit_everywhere() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut all = workflows_and_action();
    all.insert("docs/github-actions.md".into(), read("docs/github-actions.md"));
    for (file, text) in &all {
        for line in text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses: ")) {
            let uses = line.split_once("uses: ").map_or("", |(_, uses)| uses);
            // Ours: in this commit, or named by whoever reads the documentation.
            if uses.starts_with("./") || uses.starts_with("OWNER/perfledger@COMMIT") {
                continue;
            }
            let (action, pin) = uses.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
            let (commit, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{file}: no version in {line}"));
            let hex = commit.len() == 40 && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(hex, "{file}: {line}");
            assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{file}: {line}");
            pins.entry(action.to_owned()).or_default().insert(pin.to_owned());
        }
    }
    assert!(pins.len() >= 4, "a check with nothing to check fails: {pins:?}");
    for (action, pins) in pins {
        assert_eq!(pins.len(), 1, "{action} is pinned to {pins:?}");
    }
}

#[test]
fn every_job_names_its_permissions_and_its_time_and_workflows_grant_none_themselves() {
    for (file, text) in workflows() {
        assert!(text.lines().any(|line| line == "permissions: {}"), "{file} grants permissions to every job");
        assert!(text.lines().any(|line| line == "concurrency:"), "{file} says nothing about runs at the same time");
        let jobs = jobs(&text);
        assert!(!jobs.is_empty(), "{file} has no job");
        for (name, job) in jobs {
            assert!(has(&job, "permissions:"), "{file}: {name} takes the default permissions");
            // A workflow that is called has them in its own jobs.
            if !has(&job, "uses:") {
                assert!(has(&job, "timeout-minutes:"), "{file}: {name} may run for six hours");
                let [runner] = values(&job, "runs-on")[..] else { panic!("{file}: {name} runs nowhere") };
                assert!(!runner.ends_with("latest"), "{file}: {name} runs on {runner}, another one some day");
            }
        }
    }
}

#[test]
fn only_jobs_that_keep_something_may_write_and_no_other_checkout_holds_credentials() {
    let mut writers = BTreeSet::new();
    for (file, text) in workflows() {
        for (name, job) in jobs(&text) {
            let writes = job.lines().any(|line| line.split(" #").next().unwrap_or_default().ends_with(": write"));
            let pushes = job.contains("contents: write");
            let checkouts = values(&job, "uses").iter().filter(|uses| uses.starts_with("actions/checkout@")).count();
            let held: Vec<_> = values(&job, "persist-credentials");
            assert_eq!(held.len(), checkouts, "{file}: {name} leaves it to a default");
            assert!(held.iter().all(|held| *held == if pushes { "true" } else { "false" }), "{file}: {name}");
            let measures = ["scripts/bench.sh", "scripts/load.sh"].iter().any(|script| job.contains(script));
            assert!(!(writes && measures), "{file}: {name} measures with a token that may write");
            if writes {
                writers.insert(format!("{file} {name}"));
            }
        }
    }
    let expected = [
        "perf-audit.yml keep",
        "perf-comment.yml tell",
        "perf-load.yml alert",
        "perf-load.yml keep",
        "perf-main.yml keep",
    ];
    assert_eq!(writers, expected.map(|writer| format!(".github/workflows/{writer}")).into());
}

#[test]
fn what_runs_in_a_shell_holds_no_expression_and_is_a_script_or_a_command_of_the_documentation() {
    let documents = ["README.md", "CONTRIBUTING.md", "docs/github-actions.md"].map(read).join("\n");
    let documented: BTreeSet<_> =
        documents.lines().map(|line| line.split("  #").next().unwrap_or_default().trim()).collect();
    let mut scripts = BTreeSet::new();
    for (file, text) in workflows_and_action() {
        for command in commands(&text) {
            assert!(!command.contains("${{"), "{file} builds a command from an expression: {command}");
            let first = command.split(' ').next().unwrap_or_default().trim_matches('"');
            match first.trim_start_matches("$GITHUB_ACTION_PATH/").strip_prefix(".github/scripts/") {
                Some(script) => drop(scripts.insert(script.to_owned())),
                None => assert!(documented.contains(command.as_str()), "{file}: nobody is told of `{command}`"),
            }
        }
    }
    for path in names(".github/scripts") {
        let name = path.trim_start_matches(".github/scripts/");
        // One script calls another.
        let used = scripts.remove(name) || read(".github/scripts/comment.sh").contains(&path);
        assert!(used, "{path} is used by no workflow");
        let mode = fs::metadata(root().join(&path)).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{path} cannot be run");
        let text = read(&path);
        assert!(text.starts_with("#!/usr/bin/env bash\n# ") && text.contains("\nset -euo pipefail\n"), "{path}");
    }
    assert!(scripts.is_empty(), "there are no scripts {scripts:?}");
}

#[test]
fn the_workflow_that_posts_runs_no_code_of_a_pull_request() {
    let text = read(".github/workflows/perf-comment.yml");
    assert!(values(&text, "ref").is_empty() && values(&text, "repository").is_empty(), "it checks out main alone");
    assert_eq!(values(&text, "skip-decompress"), ["true"], "the script decides what is unpacked");
    assert!(values(&text, "path").iter().all(|path| path.starts_with("${{ runner.temp }}/")), "outside the work tree");
    assert!(!text.contains("rust-cache"), "what a cache holds is code, too");
    for workflow in ["perf-pr.yml", "perf-main.yml", "perf-audit.yml"] {
        let text = read(&format!(".github/workflows/{workflow}"));
        assert!(!text.contains("pull_request_target") && !text.contains("rust-cache"), "{workflow}");
    }
}

#[test]
fn the_documented_workflow_has_ten_lines_and_names_inputs_that_the_action_has() {
    let text = read("docs/github-actions.md");
    let example = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    assert_eq!(example.lines().count(), 10, "{example}");
    let action = read("action.yml");
    let (inputs, rest) =
        action.split_once("\ninputs:\n").and_then(|(_, rest)| rest.split_once("\noutputs:\n")).expect("both");
    let keys = |text: &str| -> BTreeSet<String> {
        let keys = text.lines().filter(|line| indent(line) == 2);
        keys.filter_map(|line| line.trim().strip_suffix(':').map(str::to_owned)).collect()
    };
    let outputs = rest.split("\nruns:").next().map(keys).unwrap_or_default();
    assert_eq!(outputs, ["report", "run-dir", "status"].map(str::to_owned).into());
    let inputs = keys(inputs);
    assert!(inputs.contains("project") && inputs.contains("against"), "{inputs:?}");
    for input in &inputs {
        assert!(text.contains(&format!("| `{input}` |")), "docs/github-actions.md does not explain {input}");
        assert!(action.contains(&format!("${{{{ inputs.{input} }}}}")), "{input} reaches no script");
    }
}
