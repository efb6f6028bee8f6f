//! What a pull request is told of a load run.

use bench_report::comment::{COMMENT_LIMIT, CommentContext, render_comment};
use serde_json::json;

use crate::Files;

fn comment(files: &Files) -> String {
    let context =
        CommentContext { key: "load", report_url: None, run_url: None, ledger_head: None, limit: COMMENT_LIMIT };
    render_comment(&files.judgement(), &files.report(), &context, None).unwrap().body
}

/// The rows of a table, without its head.
fn rows<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    text.split(head).nth(1).unwrap_or_default().lines().skip(2).take_while(|line| line.starts_with('|')).collect()
}

const HEAD: &str = "| threshold | observed | outcome |";

#[test]
fn thresholds_are_told_and_guards_only_where_they_were_not_met() {
    let mut files = Files::hostile();
    assert_eq!(
        rows(&comment(&files), HEAD),
        [
            "| <code>http_req_failed: rate&lt;0.001</code> | 2.50 % | **not met** |",
            "| <code>http_reqs: rate&gt;1</code> | 60.1 /s | met |",
        ]
    );
    for row in files.verdict["load"]["thresholds"].as_array_mut().unwrap() {
        if row["guard"] == true && row["observed"]["threshold"]["expression"].as_str().unwrap().starts_with("samples") {
            row["outcome"] = "not_evaluable".into();
            row["observed"]["observed"] = json!({ "not_known": "nobody counted" });
        }
    }
    let told = comment(&files);
    let found = rows(&told, HEAD);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|row| row.starts_with("| guard: ") && row.ends_with("| not known | **not evaluable** |")));
}

#[test]
fn a_threshold_written_by_a_stranger_stays_in_its_cell() {
    let mut files = Files::hostile();
    let hostile = "http_req_duration{name:a | b `c` <script>alert(1)</script> @team #1 \u{202e}}";
    files.verdict["load"]["thresholds"][0]["observed"]["threshold"]["metric"] = hostile.into();
    let told = comment(&files);
    assert!(!told.contains("<script") && !told.contains("@team"), "{told}");
    let found = rows(&told, HEAD);
    assert_eq!(found.len(), 2, "{told}");
    for row in found {
        assert_eq!(row.matches('|').count(), 4, "{row}");
        assert!(!row.trim_start_matches("| ").contains('`'), "{row}");
    }
}

#[test]
fn a_bound_is_told_as_one() {
    let mut files = Files::hostile();
    files.verdict["load"]["thresholds"][0]["observed"]["observed"] = json!({ "at_least": 0.5 });
    assert!(comment(&files).contains("| at least 50.0 % |"));
}
