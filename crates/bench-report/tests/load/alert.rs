//! The issue about runs that fail.

use bench_report::comment::{Alert, AlertContext, COMMENT_LIMIT, alert, alert_key, has_marker};

use crate::Files;

fn issue(files: &[&Files], missing: &[&str]) -> Alert {
    let records: Vec<_> = files.iter().map(|files| (files.report(), files.judgement())).collect();
    let runs: Vec<_> = records.iter().map(|(report, judgement)| (report, judgement)).collect();
    let missing: Vec<String> = missing.iter().map(|name| (*name).to_owned()).collect();
    alert(&AlertContext { key: "weekly", runs: &runs, missing: &missing, run_url: Some("https://ci.example/1") })
}

fn well() -> Files {
    let mut files = Files::plain();
    files.verdict["status"] = "PASS".into();
    files.perf["load"]["scenario"] = "smoke".into();
    files
}

#[test]
fn a_run_that_fails_is_told_with_its_verdict_and_those_that_are_well_by_name() {
    let told = issue(&[&Files::hostile(), &well()], &[]);
    assert_eq!((told.failing, told.title.as_str()), (1, "Performance: 1 of 2 load runs fail (weekly)"));
    assert!(told.body.contains("**not met**") && told.body.contains("Well: <code>smoke</code>."), "{}", told.body);
    assert!(told.body.contains("(https://ci.example/1)"), "{}", told.body);
    assert!(has_marker(&told.body, &alert_key("weekly")));
}

#[test]
fn a_run_that_is_not_evaluable_is_no_run_that_is_well() {
    let mut files = well();
    files.verdict["load"]["evaluable"] = false.into();
    files.verdict["status"] = "WARN".into();
    assert_eq!(issue(&[&files], &[]).failing, 1);
    files.verdict["load"]["evaluable"] = true.into();
    assert_eq!(issue(&[&files], &[]).failing, 0);
}

#[test]
fn a_scenario_that_left_no_verdict_fails() {
    let told = issue(&[&well()], &["soak | <script>alert(1)</script> @team"]);
    assert_eq!(told.failing, 1);
    assert!(told.body.contains("No verdict"), "{}", told.body);
    assert!(!told.body.contains("<script") && !told.body.contains("@team"), "{}", told.body);
}

#[test]
fn names_of_strangers_are_text() {
    let told = issue(&[&Files::hostile()], &[]);
    assert!(!told.body.contains("<script") && !told.body.contains("<img"), "{}", told.body);
    assert!(told.body.contains("&lt;script&gt;alert("), "{}", told.body);
}

#[test]
fn many_runs_that_fail_are_counted_where_they_have_no_room() {
    let files = Files::hostile();
    let many: Vec<&Files> = std::iter::repeat_n(&files, 200).collect();
    let told = issue(&many, &[]);
    assert_eq!(told.failing, 200);
    assert!(told.body.len() <= COMMENT_LIMIT && told.body.contains("left out for want of room"));
    assert!(has_marker(&told.body, &alert_key("weekly")));
}
