use bench_model::verdict::{JudgedMetric, Status, Verdict};
use bench_report::comment::{
    Annotation, CHECK_SUMMARY_LIMIT, CommentContext, Conclusion, Indicator, Level, annotations, check_run,
    determine_status_indicator, format_performance_summary, render_comment,
};

use crate::sample::{change, context, judgement, metric, report, violation};

#[test]
fn the_line_of_the_specification_stays_as_it_is() {
    let line = "Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]";
    let found = judgement(Status::Pass, "DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s", Vec::new());
    assert_eq!(format_performance_summary(&found), line);
}

#[test]
fn a_check_run_ends_as_the_status_says() {
    for (status, conclusion) in
        [(Status::Pass, Conclusion::Success), (Status::Warn, Conclusion::Neutral), (Status::Fail, Conclusion::Failure)]
    {
        let context = CommentContext { limit: CHECK_SUMMARY_LIMIT, ..context() };
        let found = judgement(status, &"µ".repeat(10_000), Vec::new());
        let check = check_run(&found, &report(), &context).unwrap();
        assert_eq!(check.conclusion, conclusion);
        assert!(check.title.len() <= 255 && check.title.len() > 250, "{}", check.title.len());
        assert!(check.title.ends_with(&format!("[{status}]")), "{}", check.title);
        assert!(check.summary.len() <= CHECK_SUMMARY_LIMIT && !check.summary.contains("<!--"));
    }
}

#[test]
fn a_workflow_command_holds_nothing_that_ends_it() {
    let annotation =
        Annotation { level: Level::Error, title: "a:b,c%\n".into(), message: "50 %: a,b\r\n::error::x".into() };
    assert_eq!(annotation.to_string(), "::error title=a%3Ab%2Cc%25%0A::50 %25: a,b%0D%0A::error::x");
}

#[test]
fn there_are_at_most_ten_annotations_of_a_level_and_the_last_counts_the_rest() {
    let metrics = (0..25).map(|n| metric(&format!("m{n}"), Verdict::Regressed, 0.2));
    let mut found = judgement(Status::Fail, "much", metrics.collect());
    found.metrics[0].waived = true;
    found.violations = vec![violation("gone")];
    let all = annotations(&found);
    let of = |level| all.iter().filter(move |annotation| annotation.level == level).collect::<Vec<_>>();
    assert_eq!(of(Level::Error)[0].message, "`gone` is missing: it did not report");
    assert_eq!(of(Level::Warning).len(), 10);
    assert_eq!(of(Level::Warning)[9].message, "and 15 more like it; the job summary has them");
    assert_eq!(of(Level::Notice)[0].message, "`m0`: a sentence of the judge");
}

#[test]
fn a_run_that_passes_annotates_nothing() {
    let found = judgement(Status::Pass, "fine", vec![metric("m", Verdict::Unchanged, 0.0)]);
    assert_eq!(annotations(&found), []);
}

#[test]
fn a_warning_is_undecided_only_when_nothing_counts_as_worse() {
    let of = |status, metrics| determine_status_indicator(&judgement(status, "x", metrics));
    let open = || metric("open", Verdict::Inconclusive, 0.04);
    let slow = || metric("slow", Verdict::Regressed, 0.2);
    let permitted = JudgedMetric { waived: true, ..slow() };
    let drifted = JudgedMetric { anchor: Some(change(0.2)), ..open() };
    assert_eq!(of(Status::Warn, vec![open()]), Indicator::Undecided);
    assert_eq!(of(Status::Warn, vec![permitted, open()]), Indicator::Undecided);
    assert_eq!(of(Status::Warn, vec![slow(), open()]), Indicator::Warn);
    assert_eq!(of(Status::Warn, vec![drifted]), Indicator::Warn);
    assert_eq!(of(Status::Pass, vec![open()]), Indicator::Pass);
    assert_eq!(of(Status::Fail, vec![open()]), Indicator::Fail);
}

#[test]
fn an_address_that_is_no_web_page_is_no_link() {
    let found = judgement(Status::Pass, "x", Vec::new());
    let body = |url| {
        let context = CommentContext { report_url: Some(url), ..context() };
        render_comment(&found, &report(), &context, None).unwrap().body
    };
    assert!(!body("javascript:alert(1)").contains("Full report]"));
    let bent = body("https://a.example/)](https://evil.example \n<b>");
    assert!(bent.contains("[Full report](https://a.example/%29%5D%28https://evil.example%20%0A%3Cb%3E)"), "{bent}");
}
