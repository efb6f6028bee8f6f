//! What is printed, what is refused before anything is posted, and names that are made to harm.

use serde_json::{Value, json};

use crate::fake::{Fake, TOKEN};
use crate::post;
use crate::program::{HEAD, Program};

#[test]
fn a_dry_run_prints_everything_and_asks_nobody() {
    let ended = Program::post("", "").pull_request().arg("--dry-run").run();
    assert_eq!((ended.exit, ended.err.as_str()), (0, ""));
    assert!(ended.out.starts_with("Performance Report: SUM: 5686 M/s [WARN]\n\nrequests to https://api.github.com\n"));
    for part in [
        "GET   /repos/acme/copybook/issues/5/comments?per_page=100&page=1  and further pages",
        "\ncomment\n  | Performance Report: SUM",
        "  | <!-- perfledger:comment key=default -->",
        "\ncheck run perfledger: neutral\n  | ",
        "\njob summary, appended to nowhere",
        "\nannotations\n",
    ] {
        assert!(ended.out.contains(part), "{part} is not in\n{}", ended.out);
    }
    assert!(ended.out.contains(&format!("/repos/acme/copybook/commits/{HEAD}/check-runs?check_name=perfledger&")));
    let again = Program::post("", "").pull_request().arg("--dry-run").run();
    assert_eq!(again.out, ended.out);
}

#[test]
fn a_dry_run_needs_no_workflow() {
    let ended = Program::post("", "").arg("--dry-run").run();
    assert_eq!(ended.exit, 0, "{}", ended.err);
    assert!(ended.out.contains("POST  /repos/OWNER/NAME/issues/NUMBER/comments"), "{}", ended.out);
}

#[test]
fn a_dry_run_as_json_holds_the_whole_texts() {
    let ended = Program::post("", "").pull_request().args(&["--dry-run", "--format", "json"]).run();
    let value: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(value["check_run"]["conclusion"], "neutral");
    assert!(
        value["comment"].as_str().unwrap().ends_with("<!-- perfledger:comment key=default -->\n"),
        "{}",
        value["comment"]
    );
    assert_eq!(value["requests"].as_array().unwrap().len(), 6);
}

#[test]
fn results_as_json_say_what_became_of_each() {
    let fake = Fake::start();
    let ended = post(&fake).args(&["--format", "json"]).run();
    let value: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(value["comment"], json!({ "id": 2, "url": "https://github.example/c/2", "done": "created" }));
    assert_eq!((&value["pull_request"], &value["check_run"], &value["problems"]), (&json!(5), &json!(1), &json!([])));
    let ended = Program::post(&fake.url, "ghs_ANOTHER").pull_request().args(&["--format", "json"]).run();
    let value: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(value["problems"][0]["code"], "CBKB004");
}

/// A name that a fork gives a benchmark, and a message that it puts into the verdict.
fn hostile(perf: &mut Value, verdict: &mut Value) {
    let line = "\n::set-output name=x::y\n##[error]z\u{202e}<script>alert(1)</script> | ` <!-- perfledger:comment key=other -->";
    verdict["summary"] = format!("::error::x{line}").into();
    verdict["reasons"] = json!([line, "::warning::x"]);
    verdict["warnings"] = json!([line, "@everyone"]);
    verdict["metrics"][0]["why"] = line.into();
    perf["warnings"] = json!([line]);
    perf["provenance"]["source"]["branch"] = line.into();
}

#[test]
fn nothing_in_a_record_commands_the_runner_or_marks_another_comment() {
    for dry in [true, false] {
        let fake = Fake::start();
        let mut program = Program::new("post", &fake.url, TOKEN).evidence(hostile).pull_request();
        program = program.env("GITHUB_ACTIONS", "true").arg("-vv");
        let ended = if dry { program.arg("--dry-run") } else { program }.run();
        assert_eq!(ended.exit, 0, "{}", ended.err);
        for line in ended.out.lines().chain(ended.err.lines()) {
            let ours = ["::error title=", "::warning title=", "::notice title="];
            let command = line.trim_start().starts_with("::") && !ours.iter().any(|ours| line.starts_with(ours));
            assert!(!command && !line.contains("##["), "{line}");
        }
        if !dry {
            assert_eq!(ended.out.lines().count(), 1);
            let body = fake.state().comments[0].body.clone();
            assert!(
                !body.contains("<script>")
                    && !body.lines().any(|line| line.trim() == "<!-- perfledger:comment key=other -->")
            );
        }
    }
}

#[test]
fn a_verdict_on_another_report_is_refused_before_anything_is_posted() {
    type Change = fn(&mut Value, &mut Value);
    let changes: [(Change, &str, &str); 5] = [
        (|_, verdict| verdict["perf_sha256"] = "0".repeat(64).into(), "CBKB002", "was made from a report with SHA-256"),
        (|_, verdict| verdict["run_id"] = "another".into(), "CBKB002", "is of run another"),
        (|_, verdict| verdict["schema"] = "perfledger/verdict/2".into(), "CBKB003", "`perfledger/verdict/2`"),
        (|perf, _| perf["schema"] = "x\n::error::".into(), "CBKB003", "where `perfledger/perf/1` is wanted"),
        (|perf, _| perf["plan"]["a\n::error::b"] = 1.into(), "CBKB002", "unknown field"),
    ];
    for (change, code, text) in changes {
        let fake = Fake::start();
        let ended = Program::new("post", &fake.url, TOKEN).evidence(change).pull_request().run();
        assert_eq!((ended.exit, ended.out.as_str(), fake.state().requests.len()), (2, "", 0));
        assert!(ended.err.contains(&format!("error[{code}]")) && ended.err.contains(text), "{}", ended.err);
        assert!(!ended.err.lines().any(|line| line.trim_start().starts_with("::")), "{}", ended.err);
    }
}

#[test]
fn a_file_larger_than_any_real_one_is_not_read() {
    let fake = Fake::start();
    let program = post(&fake);
    let file = std::fs::File::options().write(true).open(program.path("perf.json")).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    let mut program = program;
    let ended = program.run();
    assert_eq!((ended.exit, fake.state().requests.len()), (2, 0));
    assert!(ended.err.contains("is larger than 67108864 bytes"), "{}", ended.err);
}

#[test]
fn no_flag_takes_a_token() {
    let ended = Program::post("", "").args(&["--token", "x"]).run();
    assert_eq!(ended.exit, 2);
    let help = Program::new("post", "", "").arg("--help").run();
    assert!(!help.out.contains("--token <"), "{}", help.out);
}

#[test]
fn a_template_of_ones_own_makes_the_comment() {
    let fake = Fake::start();
    let program = post(&fake).arg("--no-check");
    let path = program.path("own.md");
    std::fs::write(&path, "{{ nothing_of_that_name }}").unwrap();
    let ended = program.arg("--template").arg(&path).run();
    assert_eq!((ended.exit, fake.state().requests.len()), (2, 0));
    assert!(ended.err.contains("own.md, line 1"), "{}", ended.err);
}

#[test]
fn a_template_without_the_verdict_is_refused_before_anything_is_posted() {
    let fake = Fake::start();
    let program = post(&fake);
    let path = program.path("own.md");
    std::fs::write(&path, "").unwrap();
    let ended = program.arg("--template").arg(&path).run();
    assert_eq!((ended.exit, fake.state().requests.len()), (2, 0), "{}", ended.err);
    assert!(ended.err.contains("does not hold `{{ line }}`"), "{}", ended.err);
}

#[test]
fn nothing_is_said_to_people_before_every_input_is_in_order() {
    let nobody = "http://127.0.0.1:9";
    for (flags, text) in
        [(&["--token-file", "/nowhere/token"][..], "/nowhere/token"), (&["--sha", HEAD], "pull request")]
    {
        let program = Program::post(nobody, "");
        let program = if flags[0] == "--sha" { program } else { program.pull_request() };
        let summary = program.path("summary.md");
        let ended = program.arg("--summary").arg(&summary).args(flags).run();
        assert_eq!((ended.exit, ended.out.as_str(), summary.exists()), (2, "", false), "{}", ended.err);
        assert!(ended.err.contains(text), "{}", ended.err);
    }
}

#[test]
fn a_job_summary_that_cannot_be_written_keeps_nobody_from_being_told() {
    let fake = Fake::start();
    let ended = post(&fake).args(&["--summary", "/nowhere/summary.md"]).run();
    assert_eq!((ended.exit, fake.state().comments.len(), fake.state().checks.len()), (2, 1, 1), "{}", ended.err);
    assert!(ended.err.contains("/nowhere/summary.md"), "{}", ended.err);
}

#[test]
fn wrong_inputs_are_named_with_what_to_do() {
    let start = || Program::new("start", "http://127.0.0.1:9", TOKEN);
    let ended = start().args(&["--sha", HEAD]).run();
    assert!(ended.exit == 2 && ended.err.contains("--repo") && !ended.err.contains("--dry-run"), "{}", ended.err);
    let ended = start().args(&["--sha", HEAD]).env("GITHUB_REPOSITORY", "a/b/c").run();
    assert!(ended.exit == 2 && ended.err.contains("the variable GITHUB_REPOSITORY cannot be used"), "{}", ended.err);
    let program = start();
    let event = program.path("broken.json");
    std::fs::write(&event, "{").unwrap();
    let ended = program.arg("--event").arg(&event).run();
    assert!(ended.exit == 2 && ended.err.contains("pass the file that GITHUB_EVENT_PATH names"), "{}", ended.err);
    let ended = Program::post("", "").pull_request().args(&["--dry-run", "--pr", "0"]).run();
    assert!(ended.exit == 2 && ended.err.contains("--pr"), "{}", ended.err);
    let ended = Program::post("", "").pull_request().args(&["--dry-run", "--check-id", "x"]).run();
    assert!(ended.exit == 2 && ended.err.contains("the number that `start` printed"), "{}", ended.err);
}

#[test]
fn the_ledgers_head_stands_below_the_comment_and_is_called_what_it_is() {
    let baseline = |_: &mut Value, verdict: &mut Value| {
        let head = "b".repeat(64);
        verdict["baseline"] = json!({ "run_id": "r1", "epoch": "e1", "ledger_head": head, "commit": null });
    };
    let foot = |flags: &[&str]| {
        let ended = Program::new("post", "", "").evidence(baseline).pull_request().arg("--dry-run").args(flags).run();
        assert_eq!(ended.exit, 0, "{}", ended.err);
        ended.out.lines().find(|line| line.contains("<sub>Ledger head")).unwrap_or_default().to_owned()
    };
    assert!(
        foot(&[]).contains(&format!("Ledger head before this run <code>{}</code>", "b".repeat(64))),
        "{}",
        foot(&[])
    );
    let now = "c".repeat(64);
    assert!(foot(&["--ledger-head", &now]).contains(&format!("Ledger head <code>{now}</code>")));
}
