//! The page of a load run.

use bench_report::page::{ReportPage, report_page};
use serde_json::json;

use crate::{Files, KIND, PHASE};

fn page(files: &Files) -> String {
    made(files, true)
}

fn made(files: &Files, with_run: bool) -> String {
    let (report, judgement, run) = (files.report(), files.judgement(), files.run());
    let run = with_run.then_some(&run);
    let page =
        ReportPage { report: &report, judgement: &judgement, baseline: None, run, ledger_head: None, files: &[] };
    report_page(&page, None).unwrap()
}

/// As minijinja escapes.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#x27;").replace('/', "&#x2f;")
}

fn place(page: &str, what: &str) -> usize {
    let place = page.find(what);
    assert!(place.is_some(), "{what} is not in the page");
    place.unwrap()
}

#[test]
fn names_of_strangers_are_text_wherever_they_stand() {
    let page = page(&Files::hostile());
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    let told = [
        "<script>alert('scenario')</script>",
        "<script>alert('name')</script>",
        "<script>alert('region')</script>",
        "<script>alert('check')</script>|`",
        "{{ 7 * 7 }} & <img src=x onerror=alert(1)>",
        PHASE,
        KIND,
    ];
    for name in told {
        assert!(page.contains(&escaped(name)), "{name}");
    }
}

#[test]
fn a_reader_meets_the_status_then_thresholds_then_pictures_then_tables() {
    let page = page(&Files::plain());
    let order = ["<h1>", "id=\"load\"", "id=\"pictures\"", "id=\"requests\"", "id=\"analyses\"", "id=\"metrics\""];
    let places: Vec<usize> = order.iter().map(|what| place(&page, what)).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(place(&page, "Latency over time") < place(&page, "Requests per second"));
}

#[test]
fn nothing_is_said_of_rounds_where_there_is_one() {
    let page = page(&Files::plain());
    assert!(!page.contains("id=\"charts\"") && !page.contains(">Rounds<") && !page.contains("round by round"));
}

#[test]
fn the_status_is_said_once_and_without_a_picture_that_fonts_lack() {
    let page = page(&Files::hostile());
    let heading = page.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
    assert!(!heading.contains('❌') && !heading.contains("[FAIL]"), "{heading}");
    assert!(heading.starts_with("&lt;script&gt;") && heading.contains("1 of 2 thresholds not met"), "{heading}");
}

#[test]
fn a_percentile_that_is_only_a_bound_is_shown_as_one() {
    let page = page(&Files::hostile());
    assert!(page.contains("≥ 16.6 ms"), "the fixture's p95");
}

#[test]
fn without_the_record_of_the_run_there_are_figures_and_no_pictures() {
    let page = made(&Files::plain(), false);
    assert!(!page.contains("id=\"pictures\"") && !page.contains("href=\"#pictures\""));
    assert!(page.contains("id=\"requests\"") && page.contains("rate&lt;0.001"));
}

#[test]
fn what_a_tool_told_without_windows_is_a_page_too() {
    let mut files = Files::plain();
    files.run["load"]["windows"] = json!([]);
    let page = page(&files);
    assert!(page.contains("Latency by percentile") && !page.contains("Latency over time"));
}

#[test]
fn what_the_service_says_of_itself_stands_in_a_table_of_its_own() {
    let mut files = Files::plain();
    let head = "What the service says of itself";
    files.perf["load"].as_object_mut().unwrap().remove("gauges");
    assert!(!page(&files).contains(head));
    files.perf["load"]["gauges"] = json!([
        { "name": "<b>decisions</b>", "from": "per_hour(<i>)", "told": { "once": 7200.0 } },
        { "name": "violations", "from": "violations_total", "told": { "grown": 12.0 } },
        { "name": "queue", "from": "depth", "told": { "value": { "mean": 5.4321, "max": 9.0, "last": 0.0 } } },
    ]);
    let page = page(&files);
    assert!(page.contains(head) && !page.contains("<b>decisions"), "{page}");
    for cell in [">7,200<", ">+12<", ">5.43<", ">9<", ">0<"] {
        assert!(page.contains(cell), "{cell}");
    }
}

#[test]
fn a_run_that_is_not_evaluable_says_so_and_opens_its_guards() {
    let mut files = Files::plain();
    let guards = "<details>\n<summary>5 guards";
    assert!(page(&files).contains(guards));
    files.verdict["load"]["evaluable"] = false.into();
    files.verdict["status"] = "WARN".into();
    files.verdict["reasons"] =
        json!(["not evaluable: samples: 3, asked is >= 30; every load run must keep `samples >= 30`"]);
    for row in files.verdict["load"]["thresholds"].as_array_mut().unwrap() {
        if row["guard"] == true && row["observed"]["threshold"]["expression"].as_str().unwrap().starts_with("samples") {
            row["outcome"] = "not_met".into();
            row["why"] = "samples: 3, asked is >= 30".into();
        }
    }
    let page = page(&files);
    assert!(page.contains("<b>not evaluable</b>") && page.contains("<details open>\n<summary>5 guards"), "{page}");
    assert_eq!(page.matches("samples: 3, asked is").count(), 1, "said in the table, and not again above it");
}

#[test]
fn columns_of_latency_are_left_out_where_nothing_was_timed() {
    let mut files = Files::plain();
    assert!(page(&files).contains(">p99.9<"));
    for series in files.perf["load"]["series"].as_array_mut().unwrap() {
        series.as_object_mut().unwrap().remove("latency");
        series.as_object_mut().unwrap().remove("parts");
    }
    assert!(!page(&files).contains(">p99.9<"));
}
