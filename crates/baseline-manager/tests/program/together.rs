//! Several writers at once, and the pushed branch in CI: every run ends up in the ledger.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::fixture::{Project, Ran, git, regress};

/// Appends many runs at once and waits for all.
fn append_together(projects: &[&Project], each: usize, ledger: &str, ci: bool) -> BTreeSet<String> {
    let mut expected = BTreeSet::new();
    let mut children: Vec<Child> = Vec::new();
    for number in 0..each {
        for (at, project) in projects.iter().enumerate() {
            let run_id = format!("run-{at}-{number}");
            let judged = project.judged(&run_id);
            let mut command = project.command(&judged.with("append"));
            command.args(["--ledger", ledger]).stdout(Stdio::piped()).stderr(Stdio::piped());
            if ci {
                command.env("CI", "true");
            }
            children.push(command.spawn().unwrap());
            expected.insert(run_id);
        }
    }
    for child in children {
        Ran::of(child.wait_with_output().unwrap()).ends(0, &[]);
    }
    expected
}

fn runs(ran: Ran) -> BTreeSet<String> {
    let ran = ran.ends(0, &[]);
    let ids = ran.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["run_id"].clone());
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

const ALL: [&str; 5] = ["history", "--limit", "0", "--format", "json"];

#[test]
fn processes_that_append_at_once_to_a_folder_or_a_ref_all_end_up_in_it() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        let expected = append_together(&[&project], 12, ledger, false);
        assert_eq!(runs(project.on(ledger, &ALL)), expected);
        project.on(ledger, &["verify"]).ends(0, &["lines  12:"]);
    }
}

#[test]
fn whoever_appends_to_a_folder_waits_for_its_lock() {
    let project = Project::new();
    project.append("history", "run-1").ends(0, &[]);
    let lock = std::fs::File::open(project.path().join("history/.lock")).unwrap();
    lock.lock().unwrap();
    let judged = project.judged("run-2");
    let mut command = project.command(&judged.with("append"));
    let child = command.args(["--ledger", "history"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    // However slow the machine is, a writer that obeys the lock cannot have ended.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(child.try_wait().unwrap(), None);
    lock.unlock().unwrap();
    Ran::of(child.wait_with_output().unwrap()).ends(0, &["line 2"]);
}

/// A bare repository with `main`, and clones of it.
fn clones(count: usize, folder: &Path) -> Vec<Project> {
    let seed = Project::new();
    git(folder, &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    let remote = folder.join("remote.git");
    git(seed.path(), &["push", "--quiet", remote.to_str().unwrap(), "main"]);
    let clone = |_| {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        git(project.path(), &["clone", "--quiet", remote.to_str().unwrap(), "."]);
        project
    };
    (0..count).map(clone).collect()
}

fn in_ci(project: &Project, arguments: &[&str]) -> Ran {
    Ran::of(project.command(arguments).env("CI", "true").output().unwrap())
}

#[test]
fn two_clones_that_append_at_once_in_ci_both_end_up_on_the_pushed_branch() {
    let dir = tempfile::tempdir().unwrap();
    let both = clones(2, dir.path());
    let expected = append_together(&[&both[0], &both[1]], 5, "auto", true);
    for project in &both {
        assert_eq!(runs(in_ci(project, &ALL)), expected);
        in_ci(project, &["verify"]).ends(0, &["origin/perf-ledger", "lines  10:"]);
    }
    let remote = dir.path().join("remote.git");
    assert_eq!(git(&remote, &["rev-list", "--count", "perf-ledger"]), "10");
    assert_eq!(git(&remote, &["rev-list", "--max-parents=0", "--count", "perf-ledger", "--not", "main"]), "1");
    // Nothing is left behind in the clone: no branch, no name of what was fetched.
    assert_eq!(
        git(both[0].path(), &["for-each-ref", "--format=%(refname)", "refs/perfledger", "refs/heads"]),
        "refs/heads/main"
    );
}

#[test]
fn two_clones_that_find_the_same_loss_at_once_open_one_incident() {
    let dir = tempfile::tempdir().unwrap();
    let both = clones(2, dir.path());
    let good = both[0].head();
    let bad = both[0].commit("slower");
    git(both[0].path(), &["push", "--quiet", "origin", "main"]);
    git(both[1].path(), &["pull", "--quiet", "origin", "main"]);
    assert_eq!(both[1].head(), bad);
    let start = |project: &Project, run: &str| {
        let judged = project.judged_as(run, |_, verdict| regress(verdict, -0.1, &good));
        let mut command = project.command(&judged.with("append"));
        command.env("CI", "true").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in [start(&both[0], "run-a"), start(&both[1], "run-b")] {
        Ran::of(child.wait_with_output().unwrap()).ends(0, &[]);
    }
    in_ci(&both[0], &["verify"]).ends(0, &["lines  3: 2 runs, 1 incident line"]);
}

#[test]
fn a_shallow_clone_stays_shallow_and_appends() {
    let dir = tempfile::tempdir().unwrap();
    let full = clones(1, dir.path()).remove(0);
    for number in 1..=3 {
        in_ci(&full, &full.judged(&format!("run-{number}")).with("append")).ends(0, &[]);
    }
    let shallow = Project { folder: tempfile::tempdir().unwrap() };
    let url = format!("file://{}", dir.path().join("remote.git").display());
    git(shallow.path(), &["clone", "--quiet", "--depth=1", &url, "."]);
    in_ci(&shallow, &shallow.judged("run-4").with("append")).ends(0, &["line 4"]);
    in_ci(&full, &["verify"]).ends(0, &["lines  4:"]);
    assert_eq!(git(&dir.path().join("remote.git"), &["rev-list", "--count", "perf-ledger"]), "4");
}

#[test]
fn promotion_and_baseline_work_on_the_pushed_branch() {
    let dir = tempfile::tempdir().unwrap();
    let both = clones(2, dir.path());
    let judged = both[0].judged("run-1");
    let check = format!("ci@{}", both[0].head());
    in_ci(&both[0], &[judged.with("promote").as_slice(), &["--tests-check", &check]].concat())
        .ends(0, &["line 2 of origin/perf-ledger"]);
    let found = in_ci(&both[1], &["baseline", "--for", judged.perf.to_str().unwrap()]).ends(0, &[]).json();
    assert_eq!(found["promotion"]["run_id"], "run-1");
}

#[test]
fn a_pull_request_reads_the_ledger_and_appends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let project = clones(1, dir.path()).remove(0);
    in_ci(&project, &project.judged("run-1").with("append")).ends(0, &[]);
    let on_request = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        Ran::of(command.env("CI", "true").env("GITHUB_EVENT_NAME", "pull_request_target").output().unwrap())
    };
    let judged = project.judged("run-2");
    on_request(&judged.with("append")).ends(0, &["read-only in a pull request"]);
    let json = on_request(&[judged.with("append").as_slice(), &["--format", "json"]].concat()).ends(0, &[]).json();
    assert_eq!(json["appended"], false);
    let check = format!("ci@{}", project.head());
    on_request(&[judged.with("promote").as_slice(), &["--tests-check", &check]].concat())
        .ends(2, &["CBKB101", "read-only"]);
    assert_eq!(runs(on_request(&ALL)), BTreeSet::from(["run-1".to_owned()]));
}

#[test]
fn a_remote_that_cannot_be_reached_or_refuses_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let project = clones(1, dir.path()).remove(0);
    let judged = project.judged("run-1");
    let hook = dir.path().join("remote.git/hooks/pre-receive");
    std::fs::write(&hook, "#!/bin/sh\necho not allowed >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    in_ci(&project, &judged.with("append")).ends(2, &["CBKB102", "cannot push", "not allowed", "contents: write"]);
    git(project.path(), &["remote", "set-url", "origin", "/no/such/repository"]);
    in_ci(&project, &judged.with("append")).ends(2, &["CBKB102", "cannot read", "contents: write", "nothing is lost"]);
    assert!(judged.perf.exists() && judged.verdict.exists());
}

#[test]
fn without_a_remote_ci_is_told_that_the_ledger_ends_with_the_clone() {
    let project = Project::new();
    in_ci(&project, &project.judged("run-1").with("append")).ends(0, &["no remote `origin`", "refs/perfledger/ledger"]);
}

#[test]
fn a_lock_left_behind_on_the_ref_ends_in_an_error_and_not_in_an_endless_wait() {
    let project = Project::new();
    std::fs::create_dir_all(project.path().join(".git/refs/perfledger")).unwrap();
    std::fs::write(project.path().join(".git/refs/perfledger/ledger.lock"), "").unwrap();
    project.append("auto", "run-1").ends(2, &["CBKB102", "ledger.lock"]);
}
