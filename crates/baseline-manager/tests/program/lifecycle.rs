//! Append, verify, promote, read back: on a folder and on a git ref, through the real program.

use crate::fixture::{METRIC, Project, Ran, compare_with, git, head_of, segments};
use serde_json::{Value, json};

const PLACES: [&str; 2] = ["history", "refs/perfledger/ledger"];

fn baseline(project: &Project, ledger: &str, perf: &std::path::Path) -> Value {
    project.on(ledger, &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json()
}

#[test]
fn a_run_is_appended_promoted_and_found_as_the_baseline_of_the_next() {
    for ledger in PLACES {
        let project = Project::new();
        let first = project.judged("run-1");
        let unborn = baseline(&project, ledger, &first.perf);
        assert_eq!((&unborn["ledger_head"], &unborn["promotion"]), (&json!("0".repeat(64)), &Value::Null));

        let appended = project.append(ledger, "run-1").ends(0, &["run run-1 [PASS] appended as line 1"]);
        assert_eq!(appended.out.trim(), head_of(&project, ledger), "{ledger}");
        assert!(
            appended.err.lines().any(|line| line == format!("ledger head {}", appended.out.trim())),
            "{appended:?}"
        );
        project.promote(ledger, "run-1", None).ends(0, &["is the baseline now", "tests passed: check `ci`"]);

        project.commit("second");
        let found = baseline(&project, ledger, &project.judged("run-2").perf);
        assert_eq!(found["promotion"]["run_id"], "run-1");
        assert_eq!(found["promotion"]["metrics"][0]["rounds"], json!([4.1e9, 4.2e9, 4.3e9]));
        assert_eq!(found["ledger_head"], head_of(&project, ledger));

        project.promote(ledger, "run-2", Some("run-1")).ends(0, &["line 4"]);
        let found = baseline(&project, ledger, &first.perf);
        assert_eq!(found["promotion"]["run_id"], "run-2");
        assert_eq!(found["promotion"]["replaces"], 2);
        project.on(ledger, &["verify"]).ends(0, &["4: 2 runs, 2 promotions", "the chain holds"]);
    }
}

#[test]
fn appending_and_promoting_again_change_nothing() {
    for ledger in PLACES {
        let project = Project::new();
        project.append(ledger, "run-1").ends(0, &[]);
        let head = head_of(&project, ledger);
        let again = project.append(ledger, "run-1").ends(0, &["run run-1 [PASS] already line 1"]);
        assert_eq!(again.out.trim(), head);
        project.promote(ledger, "run-1", None).ends(0, &[]);
        let head = head_of(&project, ledger);
        project.promote(ledger, "run-1", None).ends(0, &["is the baseline already", "line 2"]);
        assert_eq!(head_of(&project, ledger), head);
    }
}

#[test]
fn promotion_appends_the_run_line_that_is_missing() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    project.on("history", &["verify"]).ends(0, &["2: 1 run, 1 promotion"]);
}

#[test]
fn a_run_made_from_other_files_does_not_take_the_place_of_the_first() {
    let project = Project::new();
    project.append("history", "run-1").ends(0, &[]);
    let head = head_of(&project, "history");
    let other = project.judged_as("run-1", |perf, _| perf["warnings"] = json!(["noisy"]));
    project.on("history", &other.with("append")).ends(2, &["CBKB103", "line 1 already holds run run-1"]);
    project.on("history", &other.with("promote")).ends(2, &["CBKB103"]);
    assert_eq!(head_of(&project, "history"), head);
}

#[test]
fn a_verdict_on_another_report_is_refused_with_both_digests() {
    let project = Project::new();
    let judged = project.judged("run-1");
    let mut perf = std::fs::read(&judged.perf).unwrap();
    let stated = bench_model::Sha256::of(&perf).to_string();
    perf.push(b'\n');
    std::fs::write(&judged.perf, &perf).unwrap();
    let found = bench_model::Sha256::of(&perf).to_string();
    project.on("history", &judged.with("append")).ends(2, &["CBKB103", &stated, &found]);
    let judged = project.judged_as("run-2", |_, verdict| verdict["run_id"] = json!("run-9"));
    project.on("history", &judged.with("append")).ends(2, &["CBKB103", "run-9", "run-2"]);
    let judged = project.judged_as("run-3", |_, verdict| verdict["metrics"][0]["name"] = json!("unheard/of#time"));
    project.on("history", &judged.with("append")).ends(2, &["CBKB103", "unheard/of#time"]);
    assert!(!project.path().join("history").exists());
}

#[test]
fn a_ledger_under_a_ref_leaves_work_tree_and_branches_alone_and_names_no_user() {
    let project = Project::new();
    std::fs::write(project.path().join(".git/hooks/reference-transaction"), "#!/bin/sh\nexit 1\n").unwrap();
    git(project.path(), &["config", "commit.gpgSign", "true"]);
    project.append("auto", "run-1").ends(0, &[]);
    std::fs::remove_dir_all(project.path().join("target")).unwrap();
    assert_eq!(git(project.path(), &["status", "--porcelain"]), "");
    assert_eq!(git(project.path(), &["branch", "--format=%(refname)"]), "refs/heads/main");
    let who = git(project.path(), &["log", "-1", "--format=%an %ae %cn %ce", "refs/perfledger/ledger"]);
    assert_eq!(who, "perfledger perfledger@localhost perfledger perfledger@localhost");
}

#[test]
fn files_beside_the_segments_are_kept_and_ignored_and_a_foreign_segment_is_an_error() {
    let project = Project::new();
    project.append("history", "run-1").ends(0, &[]);
    let folder = project.path().join("history");
    std::fs::write(folder.join("README.md"), "about").unwrap();
    project.append("history", "run-2").ends(0, &[]);
    std::fs::write(folder.join("notes.jsonl"), "{}\n").unwrap();
    for verb in ["verify", "history"] {
        project.on("history", &[verb]).ends(2, &["CBKB103", "notes.jsonl"]);
    }
    project.append("history", "run-3").ends(2, &["CBKB103", "notes.jsonl"]);

    let ledger = "refs/perfledger/ledger";
    project.append(ledger, "run-1").ends(0, &[]);
    let blob = git(
        project.path(),
        &["rev-parse", &format!("{ledger}:{}", segments(&folder)[0].file_name().unwrap().to_str().unwrap())],
    );
    let index = project.path().join("index-for-test");
    let tree = |name: &str| {
        let mut command = crate::fixture::clean("git");
        command.env("GIT_INDEX_FILE", &index).arg("-C").arg(project.path());
        assert!(
            command
                .args(["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{name}")])
                .output()
                .unwrap()
                .status
                .success()
        );
        let mut command = crate::fixture::clean("git");
        let output =
            command.env("GIT_INDEX_FILE", &index).arg("-C").arg(project.path()).arg("write-tree").output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let segment = segments(&folder)[0].file_name().unwrap().to_str().unwrap().to_owned();
    tree(&segment);
    let with_readme = tree("README.md");
    let commit = git(project.path(), &["commit-tree", &with_readme, "-m", "a readme"]);
    git(project.path(), &["update-ref", ledger, &commit]);
    project.append(ledger, "run-2").ends(0, &[]);
    assert!(git(project.path(), &["ls-tree", "--name-only", ledger]).contains("README.md"));
    let foreign = tree("x.jsonl");
    let commit = git(project.path(), &["commit-tree", &foreign, "-m", "foreign"]);
    git(project.path(), &["update-ref", ledger, &commit]);
    project.on(ledger, &["verify"]).ends(2, &["CBKB103", "refs/perfledger/ledger:x.jsonl"]);
}

#[test]
fn a_branch_that_holds_a_project_does_not_become_a_ledger() {
    let project = Project::new();
    std::fs::write(project.path().join("main.rs"), "fn main() {}").unwrap();
    git(project.path(), &["add", "main.rs"]);
    let head = project.commit("code");
    project.append("refs/heads/main", "run-1").ends(2, &["CBKB101", "refs/heads/main"]);
    assert_eq!(project.head(), head);
}

#[test]
fn outside_a_repository_append_says_how_to_keep_history_and_reading_is_an_error() {
    let project = Project { folder: tempfile::tempdir().unwrap() };
    let elsewhere = Project::new();
    let judged = elsewhere.judged("run-1");
    let ran = project.run(&judged.with("append")).ends(0, &["not appended", "--ledger DIR"]);
    assert_eq!(ran.out, "");
    for verb in ["verify", "history", "trends"] {
        project.run(&[verb]).ends(2, &["CBKB101", "no git repository", "--ledger DIR"]);
    }
    project.run(&["verify", "refs/x/y"]).ends(2, &["CBKB101", "no git repository"]);
    let perf = judged.perf.to_str().unwrap();
    let empty = project.run(&["baseline", "--for", perf]).ends(0, &[]).json();
    assert_eq!(empty["ledger_head"], json!("0".repeat(64)));
    project.run(&judged.with("promote")).ends(2, &["CBKB101"]);
    project.on("none", &judged.with("append")).ends(0, &["ledger.location is `none`"]);
}

#[test]
fn a_repository_that_git_refuses_to_open_is_an_error_and_no_silent_skip() {
    let project = Project::new();
    let judged = project.judged("run-1");
    std::fs::write(project.path().join(".git/config"), "[core\n").unwrap();
    project.run(&judged.with("append")).ends(2, &["CBKB102", "git rev-parse failed"]);
    project.on("history", &judged.with("append")).ends(0, &[]);
    let lost = [judged.with("append").as_slice(), &["--project", "no-such-folder"]].concat();
    project.run(&lost).ends(2, &["CBKB101", "no-such-folder"]);
    let mut command = project.command(&judged.with("append"));
    let ran = crate::fixture::Ran::of(command.env("PATH", "/nonexistent").output().unwrap());
    ran.ends(0, &["not appended", "--ledger DIR"]);
}

#[test]
fn an_empty_ledger_has_no_history_and_nothing_to_verify() {
    let project = Project::new();
    project.run(&["history"]).ends(0, &["holds no run"]);
    project.run(&["verify"]).ends(2, &["CBKB101", "nothing to verify"]);
    project.run(&["verify", "no-such-folder"]).ends(2, &["nothing to verify"]);
}

#[test]
fn the_settings_file_places_the_ledger_from_the_project_on() {
    let project = Project::new();
    std::fs::create_dir(project.path().join("config")).unwrap();
    std::fs::write(project.path().join("config/perfledger.toml"), "[ledger]\nlocation = \"kept\"\n").unwrap();
    let judged = project.judged("run-1");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = project.command(&judged.with("append"));
    command.arg("--project").arg(project.path()).current_dir(elsewhere.path());
    Ran::of(command.output().unwrap()).ends(0, &["run run-1 [PASS] appended"]);
    assert_eq!(segments(&project.path().join("kept")).len(), 1);
    let shown = project
        .run(&["verify", "there", "--show-settings"])
        .ends(0, &["ledger.location          = \"there\"  # LEDGER"]);
    assert!(shown.out.contains("ledger.keep_months       = 36  # default"), "{shown:?}");
}

#[test]
fn history_shows_runs_newest_first_by_headline_or_full_name() {
    let project = Project::new();
    std::fs::create_dir(project.path().join("config")).unwrap();
    let headline = format!(
        "[[headline]]\nname = \"display_gibs\"\nlabel = \"DISPLAY\"\nmetric = \"{METRIC}\"\nunit = \"GiB/s\"\n"
    );
    std::fs::write(project.path().join("config/perfledger.toml"), headline).unwrap();
    for number in 1..=3 {
        project.append("history", &format!("run-{number}")).ends(0, &[]);
    }
    project.promote("history", "run-2", None).ends(0, &[]);
    let shown =
        project.on("history", &["history", "display_gibs", "--limit", "2"]).ends(0, &["3.91 GiB/s", "unchanged"]);
    let (third, second) = (shown.out.find("run-3").unwrap(), shown.out.find("run-2").unwrap());
    assert!(third < second && !shown.out.contains("run-1"), "{shown:?}");
    assert_eq!(shown.out.lines().filter(|line| line.ends_with("baseline")).count(), 1);

    let lines = project.on("history", &["history", METRIC, "--format", "json"]).ends(0, &[]).out;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["run_id"].clone()).collect::<Vec<_>>(), ["run-3", "run-2", "run-1"]);
    assert_eq!(rows[0]["metrics"][0]["value"], 4.2e9);

    for verb in ["history", "trends"] {
        project.on("history", &[verb, "display_gib"]).ends(2, &["CBKB101", "did you mean `display_gibs`"]);
        project.on("history", &[verb, "demo/decode/display/100#throughput"]).ends(2, &[METRIC]);
    }
    let trend = project.on("history", &["trends", "--format", "json"]).ends(0, &[]).json();
    assert_eq!((&trend["runs"], &trend["change"], &trend["change_to_baseline"]), (&json!(3), &json!(0.0), &json!(0.0)));
    project.on("history", &["trends", "display_gibs"]).ends(0, &["▄▄▄", "3.91 GiB/s"]);
}

#[test]
fn runs_that_did_not_measure_everything_are_noted_and_are_no_part_of_a_trend() {
    let project = Project::new();
    let cut = project.judged_as("run-1", |perf, _| perf["complete"] = json!(false));
    project.on("history", &cut.with("append")).ends(0, &[]);
    let partial = project.judged_as("run-2", |perf, _| perf["plan"]["partial"] = json!(true));
    project.on("history", &partial.with("append")).ends(0, &[]);
    project.on("history", &["trends"]).ends(0, &["holds no run that measured everything"]);
    project.append("history", "run-3").ends(0, &[]);
    let shown = project.on("history", &["history"]).ends(0, &[]);
    let note = |run: &str| shown.out.lines().find(|line| line.starts_with(run)).unwrap().trim_end().to_owned();
    assert!(note("run-1").ends_with(" cut") && note("run-2").ends_with(" partial"), "{shown:?}");
    assert!(note("run-3").ends_with("unchanged"), "{shown:?}");
    let trend = project.on("history", &["trends", "--format", "json"]).ends(0, &[]).json();
    assert_eq!(trend["runs"], 1);
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let project = Project::new();
    project.append("history", "run-1").ends(0, &[]);
    let mut command = project.command(&["history", "--ledger", "history"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn only_the_judged_baseline_in_force_is_replaced() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    project.commit("second");
    project.promote("history", "run-2", None).ends(1, &["CBKB006", "judged-against-current", "no baseline"]);
    let judged = project.judged_as("run-2", |_, verdict| compare_with(verdict, Some("run-0")));
    project.on("history", &judged.with("promote")).ends(1, &["compares with run run-0"]);
}
