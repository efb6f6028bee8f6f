//! Incidents: which runs open and close them, and how they are told.

use std::process::Stdio;

use bench_model::ledger::{Body, parse_line};
use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, compare_in_turns, compare_with, git, regress, segments, waiver_use};

const PLACES: [&str; 2] = ["history", "refs/perfledger/ledger"];

/// The kinds of the lines of a ledger in a folder, in order.
fn kinds(project: &Project) -> Vec<String> {
    let bytes: Vec<u8> =
        segments(&project.path().join("history")).iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| parse_line(line).unwrap().body.kind().to_owned()).collect()
}

/// A project whose second commit lost 10 %.
fn with_incident(ledger: &str) -> (Project, String, String) {
    let project = Project::new();
    let good = project.head();
    let bad = project.commit("slower");
    let opened = project.append_as(ledger, "run-bad", |_, verdict| regress(verdict, -0.1, &good));
    opened.ends(0, &["incident opened", METRIC, "-10.0 %"]);
    (project, good, bad)
}

#[test]
fn a_confirmed_regression_on_main_opens_one_incident_and_recovery_closes_it() {
    for ledger in PLACES {
        let (project, good, bad) = with_incident(ledger);
        // Seen again: it is open already. Measured again: it stands there already.
        project.append_as(ledger, "run-bad", |_, verdict| regress(verdict, -0.1, &good)).ends(0, &["already line 1"]);
        project.append_as(ledger, "run-again", |_, verdict| regress(verdict, -0.12, &good)).ends(0, &[]);
        let open = project.incidents(ledger);
        assert_eq!(open.len(), 1, "{open:#?}");
        assert_eq!((&open[0]["metric"], &open[0]["state"]), (&json!(METRIC), &json!("opened")));
        assert_eq!((&open[0]["opened"]["good"], &open[0]["opened"]["commit"]), (&json!(good), &json!(bad)));
        assert_eq!((&open[0]["opened"]["change"], &open[0]["closed"]), (&json!(-0.1), &Value::Null));
        project.on(ledger, &["history"]).ends(0, &["OPEN incident: -10.0 % since", &bad[..7], &good[..7]]);

        let fixed = project.commit("faster again");
        let closed = project.append_as(ledger, "run-fixed", |_, verdict| compare_in_turns(verdict, "unchanged", &good));
        closed.ends(0, &["incident closed, recovered"]);
        let rows = project.incidents(ledger);
        assert_eq!((rows.len(), &rows[0]["state"]), (1, &json!("recovered")), "{rows:#?}");
        assert_eq!((&rows[0]["closed"]["commit"], &rows[0]["opened"]["commit"]), (&json!(fixed), &json!(bad)));
        assert!(rows[0]["duration_s"].as_i64().unwrap() >= 0);
        project.on(ledger, &["history"]).ends(0, &["recovered incident", &fixed[..7]]);
        project.on(ledger, &["verify"]).ends(0, &["lines  5: 3 runs, 2 incident lines"]);
    }
}

#[test]
fn open_incidents_are_shown_first_and_however_few_runs_are() {
    let (project, good, _) = with_incident("history");
    project.commit("fixed");
    project
        .append_as("history", "run-fixed", |_, verdict| compare_in_turns(verdict, "improved", &good))
        .ends(0, &["recovered"]);
    project.commit("slow again");
    project.append_as("history", "run-bad-2", |_, verdict| regress(verdict, -0.2, &good)).ends(0, &["opened"]);
    let states: Vec<_> = project.incidents("history").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["opened", "recovered"]);
    let shown = project.on("history", &["history", "--limit", "1", METRIC]).ends(0, &[]).out;
    assert!(shown.find("OPEN incident").unwrap() < shown.find("recovered incident").unwrap(), "{shown}");
    let other = project.append_as("history", "run-other", |perf, verdict| {
        perf["metrics"][0]["name"] = json!("demo/other#time");
        verdict["metrics"][0]["name"] = json!("demo/other#time");
    });
    other.ends(0, &[]);
    let shown = project.on("history", &["history", "demo/other#time"]).ends(0, &[]).out;
    assert!(!shown.contains("incident"), "{shown}");
}

#[test]
fn only_a_confirmed_unwaived_regression_of_a_whole_clean_run_on_main_opens_an_incident() {
    let project = Project::new();
    let good = project.head();
    project.commit("slower");
    type Change = fn(&mut Value, &mut Value);
    let cases: [Change; 8] = [
        |_, verdict| verdict["metrics"][0]["confirmation"] = Value::Null,
        |_, verdict| verdict["metrics"][0]["confirmation"]["outcome"] = json!("refuted"),
        |_, verdict| verdict["metrics"][0]["confirmation"]["outcome"] = json!("cut_short"),
        |_, verdict| verdict["metrics"][0]["waived"] = json!(true),
        |perf, _| perf["provenance"]["source"]["dirty"] = json!(true),
        |perf, _| perf["provenance"]["source"]["branch"] = json!("topic"),
        |perf, _| perf["provenance"]["source"] = Value::Null,
        |perf, _| perf["complete"] = json!(false),
    ];
    for (number, change) in cases.iter().enumerate() {
        let run = project.append_as("history", &format!("run-{number}"), |perf, verdict| {
            regress(verdict, -0.1, &good);
            change(perf, verdict);
        });
        run.ends(0, &[]);
        assert_eq!(project.incidents("history"), [] as [Value; 0], "case {number}");
    }
    // What a part of the benchmarks reported counts.
    let partial = project.append_as("history", "run-partial", |perf, verdict| {
        regress(verdict, -0.1, &good);
        perf["plan"]["partial"] = json!(true);
    });
    partial.ends(0, &["incident opened"]);
}

#[test]
fn a_level_that_stays_bad_is_no_recovery_however_it_is_compared() {
    let (project, good, bad) = with_incident("history");
    project.commit("something else");
    let unchanged = |run: &str, base: &str| {
        project.append_as("history", run, |_, verdict| compare_in_turns(verdict, "unchanged", base)).ends(0, &[]);
    };
    unchanged("run-after", &bad);
    assert_eq!(project.incidents("history")[0]["state"], "opened");
    // A level of earlier runs may be the bad one.
    let by_history = project.append_as("history", "run-history", |_, verdict| {
        compare_in_turns(verdict, "unchanged", &good);
        verdict["metrics"][0]["rule"] = json!("history");
    });
    by_history.ends(0, &[]);
    assert_eq!(project.incidents("history")[0]["state"], "opened");
    // The good commit itself, measured again, is no recovery of the bad one.
    git(project.path(), &["checkout", "--quiet", "-B", "main", &good]);
    unchanged("run-of-good", &good);
    assert_eq!(project.incidents("history")[0]["state"], "opened");
}

#[test]
fn a_run_judged_against_the_baseline_from_before_the_incident_closes_it() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    let good = project.head();
    project.commit("slower");
    let opened = project.append_as("history", "run-2", |_, verdict| {
        compare_with(verdict, Some("run-1"));
        regress(verdict, -0.1, &good);
        verdict["against"] = Value::Null;
    });
    opened.ends(0, &["incident opened"]);
    assert_eq!(project.incidents("history")[0]["opened"]["good"], json!(good));
    project.commit("faster");
    let closed = project.append_as("history", "run-3", |_, verdict| compare_with(verdict, Some("run-1")));
    closed.ends(0, &["incident closed, recovered"]);
}

#[test]
fn a_waiver_that_is_used_has_its_line_and_closes_the_incident() {
    let (project, good, _) = with_incident("history");
    project.commit("waived");
    let waived = |run: &str| {
        project.append_as("history", run, |_, verdict| {
            regress(verdict, -0.1, &good);
            verdict["metrics"][0]["waived"] = json!(true);
            let of_another = json!("demo/other#time");
            let mut unused = waiver_use("unused");
            unused["waiver"]["metric"] = of_another;
            verdict["waivers"] = json!([waiver_use("used"), unused]);
        })
    };
    waived("run-waived").ends(0, &["waiver used for", "incident closed, waived"]);
    waived("run-waived").ends(0, &["already line 3"]);
    assert_eq!(kinds(&project), ["run", "incident", "run", "waiver", "incident"]);
    assert_eq!(project.incidents("history")[0]["state"], "waived");
    let segment = segments(&project.path().join("history")).remove(0);
    let line = std::fs::read_to_string(segment).unwrap().lines().nth(3).unwrap().to_owned();
    let Body::Waiver(used) = parse_line(line.as_bytes()).unwrap().body else { panic!("{line}") };
    assert_eq!((used.run_id.as_str(), used.change.get(), used.waiver.issue.as_str()), ("run-waived", -0.1, "issue 7"));
    // Nobody can tell what was permitted when the verdict does not.
    let nothing = project.append_as("history", "run-x", |_, verdict| {
        let mut used = waiver_use("used");
        used["change"] = Value::Null;
        verdict["waivers"] = json!([used]);
    });
    nothing.ends(2, &["CBKB103", "not which change"]);
}

#[test]
fn a_promotion_at_the_new_level_accepts_the_incident_in_its_own_update() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    let good = project.head();
    project.commit("slower");
    project.append_as("history", "run-2", |_, verdict| regress(verdict, -0.1, &good)).ends(0, &["incident opened"]);
    let bad = project.commit("as slow");
    let promote = |run: &str, against: &str, value: f64| {
        let judged = project.judged_as(run, |perf, verdict| {
            compare_with(verdict, Some(against));
            verdict["metrics"][0]["verdict"] = json!("inconclusive");
            perf["metrics"][0]["value"] = json!(value);
        });
        let check = format!("ci@{}", project.head());
        project.on("history", &[judged.with("promote").as_slice(), &["--tests-check", &check]].concat())
    };
    promote("run-3", "run-1", 4.2e9 * 0.91).ends(0, &["is the baseline now", "incident closed, accepted"]);
    assert_eq!(kinds(&project), ["run", "promotion", "run", "incident", "run", "promotion", "incident"]);
    let rows = project.incidents("history");
    assert_eq!((&rows[0]["state"], &rows[0]["closed"]["commit"]), (&json!("accepted"), &json!(bad)));
    // A promotion nearer to the level before shows that it recovered.
    project.commit("slower still");
    project.append_as("history", "run-4", |_, verdict| regress(verdict, -0.1, &bad)).ends(0, &["incident opened"]);
    project.commit("better");
    promote("run-5", "run-3", 4.2e9 * 0.9).ends(0, &["incident closed, recovered"]);
    assert_eq!(project.on("history", &["verify", "--format", "json"]).json()["counts"]["incidents"], 4);
}

#[test]
fn a_loss_that_was_promoted_before_it_was_found_opens_no_incident_and_says_so_once() {
    let project = Project::new();
    let good = project.head();
    let promoted = project.commit("slower");
    project.promote("history", "run-1", None).ends(0, &[]);
    project.commit("third");
    let two_metrics = |run: &str, base: &str| {
        project.append_as("history", run, |perf, verdict| {
            compare_with(verdict, Some("run-1"));
            regress(verdict, -0.1, base);
            for file in [perf, verdict] {
                let mut second = file["metrics"][0].clone();
                second["name"] = json!("demo/other#time");
                file["metrics"].as_array_mut().unwrap().push(second);
            }
        })
    };
    let ran = two_metrics("run-2", &good);
    let ran = ran.ends(0, &["not kept as an incident: the baseline is of", &promoted[..7], &good[..7]]);
    assert_eq!(ran.err.matches("not kept").count(), 1, "{ran:#?}");
    assert_eq!(project.incidents("history"), [] as [Value; 0]);
    // Seen against what was promoted it is another loss.
    let ran = two_metrics("run-3", &promoted).ends(0, &["incident opened"]);
    assert!(!ran.err.contains("not kept"), "{ran:#?}");
    assert_eq!(project.incidents("history").len(), 2);
}

#[test]
fn a_comparison_opens_an_incident_only_against_an_ancestor() {
    let project = Project::new();
    let first = project.head();
    git(project.path(), &["checkout", "--quiet", "-b", "topic"]);
    let beside = project.commit("on another branch");
    git(project.path(), &["checkout", "--quiet", "main"]);
    let head = project.commit("slower");
    let cases = [
        (json!(beside), "is no ancestor of"),
        (json!("9".repeat(40)), "this clone cannot tell whether the base 9999999 is an ancestor"),
        (json!(head), "the run's own commit"),
        (Value::Null, "the base has no commit"),
    ];
    for (number, (base, why)) in cases.into_iter().enumerate() {
        let judged = project.judged_as(&format!("run-{number}"), |_, verdict| {
            regress(verdict, -0.1, &first);
            verdict["against"]["commit"] = base;
        });
        project.on("history", &judged.with("append")).ends(0, &["not kept as an incident: ", why]);
        assert_eq!(project.incidents("history"), [] as [Value; 0], "{why}");
    }
    let judged = project.judged_as("run-json", |_, verdict| regress(verdict, -0.1, &beside));
    let told = project.on("history", &[judged.with("append").as_slice(), &["--format", "json"]].concat()).json();
    assert!(told["not_kept"].as_str().unwrap().contains("no ancestor"), "{told:#?}");
    // What would open nothing anyway needs no note.
    let ran = project.append_as("history", "run-quiet", |_, verdict| compare_in_turns(verdict, "unchanged", &beside));
    assert!(!ran.ends(0, &[]).err.contains("not kept"));
    project.append_as("history", "run-last", |_, verdict| regress(verdict, -0.1, &first)).ends(0, &["incident opened"]);
}

#[test]
fn a_comparison_with_another_commit_than_the_last_good_one_closes_no_incident() {
    let project = Project::new();
    let older = project.head();
    let good = project.commit("faster");
    project.commit("slower");
    project.append_as("history", "run-bad", |_, verdict| regress(verdict, -0.1, &good)).ends(0, &["incident opened"]);
    project.commit("next");
    // As slow as before the gain is not as fast as behind it.
    project.append_as("history", "run-1", |_, verdict| compare_in_turns(verdict, "unchanged", &older)).ends(0, &[]);
    project.append_as("history", "run-2", |_, verdict| {
        compare_in_turns(verdict, "improved", &good);
        verdict["against"]["commit"] = Value::Null;
    });
    assert_eq!(project.incidents("history")[0]["state"], "opened");
    let closed = project.append_as("history", "run-3", |_, verdict| compare_in_turns(verdict, "unchanged", &good));
    closed.ends(0, &["incident closed, recovered"]);
}

#[test]
fn a_promotion_of_a_commit_before_the_incident_settles_nothing() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    let between = project.commit("between");
    project.commit("slower");
    project.append_as("history", "run-2", |_, verdict| regress(verdict, -0.1, &between)).ends(0, &["incident opened"]);
    git(project.path(), &["checkout", "--quiet", "--detach", &between]);
    project.promote("history", "run-3", Some("run-1")).ends(0, &["is the baseline now"]);
    assert_eq!(project.incidents("history")[0]["state"], "opened");
}

/// A verdict on the growth of a service's memory, held against the load policy's limit and against no baseline.
fn grows(perf: &mut Value, verdict: &mut Value, growth: f64, decided: &str) {
    let metric = &mut perf["metrics"][0];
    (metric["name"], metric["measure"]) = (json!(GROWTH), json!("service_memory_growth"));
    (metric["value"], metric["rounds"], metric["unit"]) = (json!(growth), json!([growth]), json!("ratio"));
    metric["direction"] = json!("lower_is_better");
    verdict["load"] = json!({ "scenario": "soak", "evaluable": true, "thresholds": [], "regressions": [] });
    verdict["metrics"] = json!([{
        "name": GROWTH, "verdict": decided, "unit": "ratio", "direction": "lower_is_better", "value": growth,
        "rounds": 1, "change": { "value": growth }, "threshold": 0.05, "rule": "policy", "why": "w"
    }]);
}

const GROWTH: &str = "soak/all/all#service_memory_growth";

#[test]
fn a_leak_opens_an_incident_without_any_baseline_and_a_run_within_the_limit_closes_it() {
    for ledger in PLACES {
        let project = Project::new();
        let run = |name: &str, growth: f64, decided: &str| {
            project.append_as(ledger, name, |perf, verdict| grows(perf, verdict, growth, decided))
        };
        run("run-1", 0.12, "regressed").ends(0, &["incident opened", GROWTH, "+12.0 %"]);
        project.commit("still");
        run("run-2", 0.11, "regressed").ends(0, &[]);
        // Too little to tell: it is as open as before.
        run("run-3", 0.01, "inconclusive").ends(0, &[]);
        assert_eq!(project.incidents(ledger)[0]["state"], "opened");
        project.commit("fixed");
        run("run-4", -0.001, "unchanged").ends(0, &["incident closed, recovered"]);
        let rows = project.incidents(ledger);
        assert_eq!((rows.len(), &rows[0]["state"], &rows[0]["opened"]["good"]), (1, &json!("recovered"), &Value::Null));
    }
}

#[test]
fn a_promoted_run_that_could_not_tell_a_leak_leaves_its_incident_open() {
    let project = Project::new();
    project.append_as("history", "run-1", |perf, verdict| grows(perf, verdict, 0.12, "regressed")).ends(0, &["opened"]);
    project.commit("who knows");
    let judged = project.judged_as("run-2", |perf, verdict| grows(perf, verdict, 0.01, "inconclusive"));
    let check = format!("ci@{}", project.head());
    project.on("history", &[judged.with("promote").as_slice(), &["--tests-check", &check]].concat()).ends(0, &[]);
    assert_eq!(project.incidents("history")[0]["state"], "opened");
    let good = project.commit("fixed");
    let judged = project.judged_as("run-3", |perf, verdict| {
        grows(perf, verdict, 0.001, "unchanged");
        compare_with(verdict, Some("run-2"));
    });
    let check = format!("ci@{good}");
    project.on("history", &[judged.with("promote").as_slice(), &["--tests-check", &check]].concat()).ends(0, &[]);
    assert_eq!(project.incidents("history")[0]["state"], "recovered");
    // What is found against a baseline that showed none began after it.
    project.commit("leaks again");
    project
        .append_as("history", "run-4", |perf, verdict| {
            grows(perf, verdict, 0.2, "regressed");
            compare_with(verdict, Some("run-3"));
        })
        .ends(0, &["opened"]);
    assert_eq!(project.incidents("history")[0]["opened"]["good"], json!(good));
}

#[test]
fn runs_that_open_the_same_incident_at_once_open_one() {
    for ledger in PLACES {
        let project = Project::new();
        let good = project.head();
        project.commit("slower");
        let runs: Vec<_> = (0..6)
            .map(|run| project.judged_as(&format!("run-{run}"), |_, verdict| regress(verdict, -0.1, &good)))
            .collect();
        let children: Vec<_> = runs
            .iter()
            .map(|run| {
                let mut command = project.command(&[run.with("append").as_slice(), &["--ledger", ledger]].concat());
                command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
            })
            .collect();
        for child in children {
            assert_eq!(child.unwrap().wait().unwrap().code(), Some(0));
        }
        project.on(ledger, &["verify"]).ends(0, &["lines  7: 6 runs, 1 incident line"]);
        assert_eq!(project.incidents(ledger).len(), 1);
    }
}
