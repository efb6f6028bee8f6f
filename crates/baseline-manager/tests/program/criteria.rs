//! What a promotion demands: each refusal by name, and all of them at once.

use baseline_manager::{Ancestry, Facts, Met, Refusal, TestEvidence, validate_promotion_criteria};
use bench_model::MetricName;
use bench_model::Sha256;
use bench_model::ledger::{Digests, OtherBaseline, Promotion};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use serde_json::{Value, json};

use crate::fixture::{METRIC, Project, git, head_of, judgement, pairing, report, waiver_use};

const COMMIT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BASE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Facts that can be changed one by one.
struct Given {
    perf: Value,
    verdict: Value,
    tests: Option<TestEvidence>,
    current: Option<Promotion>,
    others: Vec<OtherBaseline>,
    new_epoch: bool,
    retire: Vec<MetricName>,
    in_main: Ancestry,
    descends: Ancestry,
}

fn promotion(commit: &str) -> Promotion {
    let digests = json!({ "perf": Sha256::zero(), "verdict": Sha256::zero() });
    let body = json!({ "run_id": "run-0", "commit": commit, "epoch": "epoch-a", "mode": "full", "digests": digests, "criteria": [], "metrics": [] });
    serde_json::from_value(body).unwrap()
}

impl Given {
    fn good() -> Self {
        let mut verdict = judgement("run-1");
        verdict["perf_sha256"] = json!(Sha256::zero());
        crate::fixture::compare_with(&mut verdict, Some("run-0"));
        Self {
            perf: report("run-1", COMMIT),
            verdict,
            tests: Some(TestEvidence::Check { name: "ci".into(), commit: COMMIT.parse().unwrap() }),
            current: Some(promotion(BASE)),
            others: Vec::new(),
            new_epoch: false,
            retire: Vec::new(),
            in_main: Ancestry::Unknown,
            descends: Ancestry::Yes,
        }
    }

    fn outcome(&self) -> Result<Vec<Met>, Vec<Refusal>> {
        let (report, judgement) =
            (serde_json::from_value(self.perf.clone()).unwrap(), serde_json::from_value(self.verdict.clone()).unwrap());
        validate_promotion_criteria(&Facts {
            report: &report,
            judgement: &judgement,
            digests: &Digests { perf: Sha256::zero(), verdict: Sha256::zero() },
            main_branch: "main",
            in_main: self.in_main,
            tests: self.tests.as_ref(),
            current: self.current.as_ref(),
            others: &self.others,
            new_epoch: self.new_epoch,
            retire: &self.retire,
            descends: self.descends,
        })
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Self), names: &[&str]) {
        let mut given = Self::good();
        change(&mut given);
        let found: Vec<_> = given.outcome().unwrap_err().iter().map(Refusal::name).collect();
        assert_eq!(found, names);
    }

    #[track_caller]
    fn accepted(change: impl FnOnce(&mut Self)) -> Vec<String> {
        let mut given = Self::good();
        change(&mut given);
        given.outcome().unwrap().into_iter().map(|met| met.0).collect()
    }
}

fn other() -> OtherBaseline {
    OtherBaseline { epoch: Epoch("epoch-b".into()), mode: Mode::Full }
}

fn junit(ran: u64, skipped: u64, failures: u64, errors: u64) -> Option<TestEvidence> {
    Some(TestEvidence::Junit { ran, skipped, failures, errors, digest: Sha256::zero() })
}

#[test]
fn each_criterion_is_refused_by_its_own_name() {
    type Case = (fn(&mut Given), &'static [&'static str]);
    let cases: [Case; 25] = [
        (|g| g.verdict["perf_sha256"] = json!("1".repeat(64)), &["verdict-of-this-report"]),
        (|g| g.verdict["run_id"] = json!("run-2"), &["verdict-of-this-report"]),
        (|g| g.verdict["baseline"] = Value::Null, &["judged-against-current"]),
        (|g| g.verdict["baseline"]["run_id"] = json!("run-9"), &["judged-against-current"]),
        (|g| g.perf["provenance"]["source"]["branch"] = json!("topic"), &["on-main"]),
        (|g| g.perf["provenance"]["source"]["branch"] = Value::Null, &["on-main"]),
        (|g| g.perf["provenance"]["source"]["dirty"] = json!(true), &["clean-tree"]),
        (|g| g.perf["complete"] = json!(false), &["complete"]),
        (|g| g.perf["errors"] = json!(["a bench panicked"]), &["complete"]),
        (|g| g.perf["plan"]["partial"] = json!(true), &["whole"]),
        (|g| g.perf["plan"]["filter"] = json!("display"), &["whole"]),
        (|g| g.verdict["status"] = json!("FAIL"), &["floors"]),
        (|g| g.verdict["violations"] = json!([{ "metric": METRIC, "message": "below", "unit": "B/s" }]), &["floors"]),
        (
            |g| {
                let nothing = json!([]);
                g.verdict["load"] =
                    json!({ "scenario": "smoke", "evaluable": false, "thresholds": nothing, "regressions": nothing });
            },
            &["evaluable"],
        ),
        (|g| g.verdict["metrics"][0]["verdict"] = json!("regressed"), &["no-regression"]),
        (|g| g.verdict["metrics"][0]["verdict"] = json!("missing"), &["nothing-missing"]),
        (|g| g.verdict["metrics"] = json!([]), &["something-measured"]),
        (|g| g.tests = None, &["tests-proved"]),
        (|g| g.tests = junit(0, 3, 0, 0), &["tests-passed"]),
        (|g| g.tests = junit(5, 0, 1, 0), &["tests-passed"]),
        (|g| g.tests = junit(5, 0, 0, 1), &["tests-passed"]),
        (
            |g| g.tests = Some(TestEvidence::Check { name: "ci".into(), commit: BASE.parse().unwrap() }),
            &["tests-passed"],
        ),
        (|g| g.descends = Ancestry::No, &["newer"]),
        (|g| g.descends = Ancestry::Unknown, &["newer"]),
        (|g| g.perf["evidence_level"] = json!("dry_run"), &["evidence"]),
    ];
    for (change, names) in cases {
        Given::refused(change, names);
    }
    Given::refused(|g| g.current = Some(promotion(COMMIT)), &["newer"]);
    Given::refused(|g| (g.current, g.others) = (None, vec![other()]), &["same-epoch"]);
}

#[test]
fn every_refusal_is_listed_and_not_the_first_alone() {
    Given::refused(
        |g| {
            g.perf["provenance"]["source"] = Value::Null;
            g.perf["complete"] = json!(false);
            g.perf["plan"] = json!({ "mode": "quick", "rounds": 1, "filter": "x", "partial": true });
            g.perf["evidence_level"] = json!("simulated");
            g.verdict["perf_sha256"] = json!("1".repeat(64));
            g.verdict["status"] = json!("FAIL");
            g.verdict["metrics"] = json!([
                { "name": "a", "verdict": "missing", "unit": "B/s", "direction": "higher_is_better", "rounds": 0,
                  "threshold": 0.05, "rule": "expected", "why": "w" },
                { "name": "b", "verdict": "regressed", "unit": "B/s", "direction": "higher_is_better", "rounds": 3,
                  "threshold": 0.05, "rule": "interval", "why": "w" }
            ]);
            g.tests = None;
            g.current = None;
            g.others = vec![other()];
        },
        &[
            "verdict-of-this-report",
            "commit",
            "complete",
            "whole",
            "floors",
            "no-regression",
            "nothing-missing",
            "something-measured",
            "tests-proved",
            "same-epoch",
            "evidence",
        ],
    );
}

#[test]
fn a_warning_and_an_inconclusive_metric_do_not_stand_in_the_way_and_are_counted() {
    let met = Given::accepted(|g| {
        g.verdict["status"] = json!("WARN");
        g.verdict["metrics"][0]["verdict"] = json!("inconclusive");
    });
    assert!(met.contains(&"no regression among 1 metrics, 1 inconclusive".to_owned()), "{met:?}");
    assert!(met.contains(&"status WARN, 1 floors met".to_owned()), "{met:?}");
}

#[test]
fn a_commit_in_mains_history_counts_as_main() {
    let met = Given::accepted(|g| {
        g.perf["provenance"]["source"]["branch"] = Value::Null;
        g.in_main = Ancestry::Yes;
    });
    assert!(met.iter().any(|text| text.contains("lies in the history of `main`")), "{met:?}");
}

#[test]
fn a_branch_that_is_only_called_main_does_not_count_as_main() {
    Given::refused(|g| g.in_main = Ancestry::No, &["on-main"]);
}

const GONE: &str = "demo/decode/gone#throughput";

/// The baseline holds a metric that the run did not report.
fn without_one(g: &mut Given) {
    let held = json!({ "name": GONE, "value": 1.0, "unit": "B/s", "direction": "higher_is_better", "rounds": [1.0],
                       "verdict": "new" });
    g.current.as_mut().unwrap().metrics = vec![serde_json::from_value(held).unwrap()];
    g.verdict["status"] = json!("FAIL");
    g.verdict["violations"] = json!([{ "metric": GONE, "message": "the baseline holds it", "unit": "B/s" }]);
    let missing = json!({ "name": GONE, "verdict": "missing", "unit": "B/s", "direction": "higher_is_better",
                          "rounds": 0, "threshold": 0.05, "rule": "expected", "why": "w" });
    g.verdict["metrics"].as_array_mut().unwrap().push(missing);
}

#[test]
fn a_metric_that_is_gone_for_good_is_retired_by_name() {
    Given::refused(without_one, &["floors", "nothing-missing"]);
    let met = Given::accepted(|g| {
        without_one(g);
        g.retire = vec![GONE.parse().unwrap()];
    });
    assert!(met.contains(&format!("retired `{GONE}` on request")), "{met:?}");
    Given::refused(
        |g| {
            without_one(g);
            g.retire = vec![GONE.parse().unwrap()];
            let below = json!({ "metric": METRIC, "message": "below", "unit": "B/s", "value": 1.0, "floor": 2.0 });
            g.verdict["violations"].as_array_mut().unwrap().push(below);
        },
        &["floors"],
    );
}

#[test]
fn what_was_reported_or_never_held_cannot_be_retired() {
    for name in [METRIC, "demo/unheard#time"] {
        let mut given = Given::good();
        without_one(&mut given);
        given.retire = vec![GONE.parse().unwrap(), name.parse().unwrap()];
        let refusals = given.outcome().unwrap_err();
        assert_eq!(refusals.iter().map(Refusal::name).collect::<Vec<_>>(), ["retired"]);
        assert!(refusals[0].to_string().contains(&format!("`{name}`")), "{refusals:?}");
    }
}

#[test]
fn a_regression_is_accepted_when_the_judge_says_that_a_waiver_permits_it() {
    let regressed = |g: &mut Given, waived: bool| {
        g.verdict["metrics"][0]["verdict"] = json!("regressed");
        g.verdict["metrics"][0]["change"] = json!({ "value": -0.1 });
        g.verdict["metrics"][0]["waived"] = json!(waived);
        g.verdict["waivers"] = json!([waiver_use(if waived { "used" } else { "exceeded" })]);
    };
    let met = Given::accepted(|g| regressed(g, true));
    assert!(met.iter().any(|text| text.contains(METRIC) && text.contains("waived in issue 7")), "{met:?}");
    Given::refused(|g| regressed(g, false), &["no-regression"]);
}

#[test]
fn what_was_not_measured_to_be_judged_is_never_the_baseline() {
    type Case = (&'static str, &'static str, &'static str, &'static str);
    let cases: [Case; 4] = [
        ("noise", "head", "first", "noise"),
        ("plant", "head", "first", "planted delay"),
        ("change", "base", "first", "base side"),
        ("change", "head", "confirm", "confirm"),
    ];
    for (purpose, side, pass, text) in cases {
        let mut given = Given::good();
        given.perf["plan"]["pairing"] = pairing(purpose, side, pass);
        let refusals = given.outcome().unwrap_err();
        assert_eq!(refusals.iter().map(Refusal::name).collect::<Vec<_>>(), ["measured-to-be-judged"]);
        assert!(refusals[0].to_string().contains(text), "{refusals:?}");
    }
    let met = Given::accepted(|g| g.perf["plan"]["pairing"] = pairing("change", "head", "first"));
    assert!(met.contains(&"the head side of a comparison".to_owned()), "{met:?}");
}

#[test]
fn a_run_of_another_mode_leaves_the_baseline_in_force() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    project.commit("second");
    let judged = project.judged_as("run-2", |perf, _| perf["plan"]["mode"] = json!("quick"));
    let check = format!("ci@{}", project.head());
    let promote = [judged.with("promote").as_slice(), &["--tests-check", &check]].concat();
    project.on("history", &promote).ends(1, &["same-epoch", "epoch-a in full mode", "epoch-a in quick mode"]);
    project.on("history", &[promote.as_slice(), &["--new-epoch"]].concat()).ends(0, &["is the baseline now"]);
    for (run, perf, mode, other) in
        [("run-1", project.judged("run-3").perf, "full", "quick"), ("run-2", judged.perf, "quick", "full")]
    {
        let found = project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(0, &[]).json();
        assert_eq!((&found["promotion"]["run_id"], &found["promotion"]["mode"]), (&json!(run), &json!(mode)));
        assert_eq!(found["others"], json!([{ "epoch": "epoch-a", "mode": other }]));
    }
}

#[test]
fn the_program_retires_a_metric_and_the_next_baseline_is_without_it() {
    let project = Project::new();
    let both = project.judged_as("run-1", |perf, verdict| {
        for file in [perf, verdict] {
            let mut second = file["metrics"][0].clone();
            second["name"] = json!(GONE);
            file["metrics"].as_array_mut().unwrap().push(second);
        }
    });
    let check = format!("ci@{}", project.head());
    project.on("history", &[both.with("promote").as_slice(), &["--tests-check", &check]].concat()).ends(0, &[]);
    project.commit("second");
    let judged = project.judged_as("run-2", |_, verdict| {
        crate::fixture::compare_with(verdict, Some("run-1"));
        verdict["status"] = json!("FAIL");
        verdict["violations"] = json!([{ "metric": GONE, "message": "the baseline holds it", "unit": "B/s" }]);
    });
    let check = format!("ci@{}", project.head());
    let promote = [judged.with("promote").as_slice(), &["--tests-check", &check]].concat();
    project.on("history", &promote).ends(1, &["the baseline holds it"]);
    let retire = [promote.as_slice(), &["--retire", GONE]].concat();
    project.on("history", &retire).ends(0, &["is the baseline now", "on request"]);
    let perf = judged.perf.to_str().unwrap();
    let found = project.on("history", &["baseline", "--for", perf]).ends(0, &[]).json();
    assert_eq!(found["promotion"]["metrics"].as_array().unwrap().len(), 1);
}

#[test]
fn the_first_baseline_of_all_needs_no_flag_and_one_beside_others_does() {
    Given::accepted(|g| g.current = None);
    Given::accepted(|g| (g.current, g.others, g.new_epoch) = (None, vec![other()], true));
}

#[test]
fn the_program_lists_every_refusal_and_the_baseline_stays() {
    let project = Project::new();
    project.promote("history", "run-1", None).ends(0, &[]);
    let head = head_of(&project, "history");
    git(project.path(), &["checkout", "--quiet", "--orphan", "topic"]);
    project.commit("elsewhere");
    let judged = project.judged_as("run-2", |perf, verdict| {
        perf["provenance"]["source"]["branch"] = json!("topic");
        perf["provenance"]["source"]["dirty"] = json!(true);
        crate::fixture::compare_with(verdict, Some("run-1"));
    });
    let ran = project.on("history", &judged.with("promote"));
    let ran =
        ran.ends(1, &["CBKB006", "4 criteria", "on-main", "clean-tree", "tests-proved", "newer", "does not descend"]);
    assert_eq!(ran.err.lines().filter(|line| line.starts_with("    next: ")).count(), 4, "{ran:#?}");
    let json = project.on("history", &[judged.with("promote").as_slice(), &["--format", "json"]].concat());
    assert_eq!(json.code, Some(1));
    let refusals = json.json()["refusals"].as_array().unwrap().clone();
    let nexts: std::collections::BTreeSet<_> =
        refusals.iter().map(|refusal| refusal["next"].as_str().unwrap()).collect();
    assert_eq!((refusals.len(), nexts.len()), (4, 4), "{refusals:#?}");
    assert_eq!(serde_json::from_str::<Value>(&json.err).unwrap()["code"], "CBKB006");
    assert_eq!(head_of(&project, "history"), head);
}

#[test]
fn tests_are_proved_by_a_check_on_the_commit_or_by_a_junit_report() {
    let project = Project::new();
    let judged = project.judged("run-1");
    let junit = project.path().join("junit.xml");
    let file = junit.to_str().unwrap().to_owned();
    let promote = |proof: &[&str]| project.on("history", &[judged.with("promote").as_slice(), proof].concat());
    promote(&["--tests-check", "ci@abc1234"]).ends(2, &["CBKB101", "NAME@SHA"]);
    promote(&["--tests-check", &format!("ci@{BASE}")]).ends(1, &["tests-passed", BASE]);
    promote(&["--junit", &file]).ends(2, &["CBKB102", "junit.xml"]);
    std::fs::write(&junit, "<testsuite").unwrap();
    promote(&["--junit", &file]).ends(2, &["CBKB002", "is not a JUnit report"]);
    std::fs::write(&junit, r#"<testsuite name="s"><testcase name="t"><failure/></testcase></testsuite>"#).unwrap();
    promote(&["--junit", &file]).ends(1, &["tests-passed", "1 failures"]);
    std::fs::write(&junit, r#"<testsuite name="s"><testcase name="t"/></testsuite>"#).unwrap();
    promote(&["--junit", &file]).ends(0, &["tests passed: 1 ran, 0 skipped"]);
}

#[test]
fn a_commit_merged_into_the_remotes_main_counts_as_main() {
    let project = Project::new();
    git(project.path(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    git(project.path(), &["checkout", "--quiet", "--detach"]);
    git(project.path(), &["branch", "--quiet", "-D", "main"]);
    let judged = project.judged_as("run-1", |perf, _| perf["provenance"]["source"]["branch"] = Value::Null);
    let check = format!("ci@{}", project.head());
    let promote = [judged.with("promote").as_slice(), &["--tests-check", &check]].concat();
    project.on("history", &promote).ends(0, &["lies in the history of `main`"]);
}

#[test]
fn a_load_run_that_proves_something_is_promoted() {
    let mut given = Given::good();
    given.verdict["load"] = json!({ "scenario": "smoke", "evaluable": true, "thresholds": [], "regressions": [] });
    let met = given.outcome().unwrap();
    assert!(met.iter().any(|met| met.0.contains("evaluable")), "{met:?}");
}
