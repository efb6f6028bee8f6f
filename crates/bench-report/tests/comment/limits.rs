use bench_model::verdict::{Status, Verdict};
use bench_report::Template;
use bench_report::comment::{COMMENT_LIMIT, CommentContext, SUMMARY_LIMIT, render_comment, render_summary};

use crate::sample::{context, judgement, metric, report, violation};

fn many(regressed: usize, unchanged: usize) -> bench_model::verdict::Judgement {
    let name = |n: usize| format!("suite/a-long-name-as-people-really-have-them/case{n:05}#time");
    let regressed_ones = (0..regressed).map(|n| metric(&name(n), Verdict::Regressed, 0.2));
    let unchanged = (regressed..regressed + unchanged).map(|n| metric(&name(n), Verdict::Unchanged, 0.0));
    judgement(Status::Fail, "much", regressed_ones.chain(unchanged).collect())
}

#[test]
fn ten_thousand_regressions_are_counted_and_named_as_far_as_there_is_room() {
    let mut found = many(10_000, 0);
    found.violations = vec![violation("suite/required#time")];
    let body = render_comment(&found, &report(), &context(), None).unwrap().body;
    assert!(body.len() <= COMMENT_LIMIT && body.len() > COMMENT_LIMIT - 200, "{}", body.len());
    assert!(body.contains("of 10,000)\n") && body.contains("suite/required#time"), "{body}");
    let named = body.matches("<code>suite/a-").count();
    let left_out = format!(
        "Left out to stay within 65,536 bytes: {},{:03} of 10,000 regressions",
        (10_000 - named) / 1000,
        (10_000 - named) % 1000
    );
    assert!(named > 1000 && body.contains(&left_out), "{named}: {left_out}");
}

#[test]
fn the_table_is_cut_before_any_regression_and_the_rest_is_counted() {
    let context = CommentContext { limit: 20_000, ..context() };
    let body = render_comment(&many(40, 2000), &report(), &context, None).unwrap().body;
    assert!(body.len() <= 20_000 && body.contains("rows of the table of all metrics"), "{body}");
    assert!(
        (0..40).all(|n| body.contains(&format!("case{n:05}#time</code><br>100\u{a0}µs\u{a0}→\u{a0}120\u{a0}µs |"))),
        "{body}"
    );
}

#[test]
fn a_job_summary_holds_what_a_comment_does_not() {
    let context = CommentContext { limit: SUMMARY_LIMIT, ..context() };
    let summary = render_summary(&many(40, 2000), &report(), &context).unwrap();
    assert!(summary.len() > COMMENT_LIMIT && !summary.contains("Left out"), "{}", summary.len());
    let summary = render_summary(&many(0, 20_000), &report(), &context).unwrap();
    assert!(summary.len() <= SUMMARY_LIMIT && summary.contains("Left out"), "{}", summary.len());
}

#[test]
fn a_template_of_ones_own_replaces_the_page_but_not_its_end() {
    let own = Template { name: "own.md", text: "{{ line }}\n\n{{ regressions.count }} slower\n" };
    let comment = render_comment(&many(2, 0), &report(), &context(), Some(own)).unwrap();
    assert_eq!(comment.body, format!("Performance Report: much [FAIL]\n\n2 slower\n\n{}\n", comment.marker));
}

#[test]
fn a_template_that_fits_nowhere_is_refused() {
    let text = "x".repeat(200);
    let own = Template { name: "own.md", text: &text };
    let context = CommentContext { limit: 100, ..context() };
    let error = render_comment(&many(2, 0), &report(), &context, Some(own)).unwrap_err().to_string();
    assert_eq!(error, "template own.md: with only the verdict it is longer than 100 bytes");
}
