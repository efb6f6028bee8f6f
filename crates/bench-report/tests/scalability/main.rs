//! What people see of runs of proven work and of scalability runs: the sections of the page, and the gate in the comment. The records are
//! those of a real run of benchmarks, with accounts, sizes and a gate put into them.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod gate;
mod scale;
mod work;

use std::collections::BTreeSet;

use bench_model::Finite;
use bench_model::perf::Report;
use bench_model::verdict::Judgement;
use bench_report::page::{ReportPage, report_page};

pub(crate) const HOSTILE: &str = "<script>alert(1)</script></title></svg>{{ 7*7 }}\"'`|";

pub(crate) fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

pub(crate) fn report() -> Report {
    serde_json::from_str(include_str!("../page/run/perf.json")).unwrap()
}

pub(crate) fn judgement() -> Judgement {
    serde_json::from_str(include_str!("../page/run/verdict.json")).unwrap()
}

pub(crate) fn page(report: &Report, judgement: &Judgement) -> String {
    let page = ReportPage { report, judgement, baseline: None, run: None, ledger_head: None, files: &[] };
    report_page(&page, None).unwrap()
}

/// The section of an id, as HTML; empty when there is none.
pub(crate) fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let begin = format!("<section aria-labelledby=\"{id}\">");
    html.split_once(&begin).map_or("", |(_, rest)| rest.split_once("</section>").unwrap().0)
}

/// What a reader sees of HTML.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    for (entity, letter) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
    {
        text = text.replace(entity, letter);
    }
    text
}

pub(crate) fn tags(html: &str) -> BTreeSet<String> {
    let names = html.split('<').skip(1).filter_map(|tag| {
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '!' | '/')).collect();
        (!name.is_empty()).then_some(name)
    });
    names.collect()
}

/// Every table has a caption, every head cell a scope, every link of the page a place, and every id is there once.
pub(crate) fn assert_accessible(html: &str, section: &str) {
    assert_eq!(section.matches("<table").count(), section.matches("<caption").count(), "{section}");
    assert_eq!(section.matches("<th ").count(), section.matches("<th scope=").count(), "{section}");
    assert!(!section.contains("<th>"), "{section}");
    assert_eq!(
        section.matches("<table").count(),
        section.matches("class=\"scroll\" role=\"region\" tabindex=\"0\"").count()
    );
    let ids: Vec<_> = html.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for link in html.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
        assert!(ids.contains(&link), "{link}");
    }
}

#[test]
fn a_run_of_benchmarks_alone_has_none_of_these_sections() {
    let html = page(&report(), &judgement());
    for id in ["gate", "scale", "work"] {
        assert_eq!(section(&html, id), "");
        assert!(!html.contains(&format!("href=\"#{id}\"")));
    }
}

#[test]
fn many_warnings_are_folded_and_none_is_lost() {
    let mut report = report();
    report.warnings = (0..20).map(|number| format!("warning number {number} of the runner")).collect();
    let html = page(&report, &judgement());
    let (first, folded) = html.split_once("<details>").unwrap();
    assert!(first.contains("warning number 2 of") && folded.contains("more warnings</summary>"), "{first}");
    for warning in &report.warnings {
        assert_eq!(text(&html).matches(warning.as_str()).count(), 1, "{warning}");
    }
}
