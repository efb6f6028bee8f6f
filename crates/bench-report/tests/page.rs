//! The page of a run, from the files of a real one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

use std::collections::BTreeSet;

use bench_model::ledger::Baseline;
use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::{Judgement, Verdict};
use bench_model::{Finite, MetricName, Sha256};
use bench_report::Template;
use bench_report::page::{PageFile, ReportPage, report_page};

struct Files {
    report: Report,
    judgement: Judgement,
    run: Run,
    baseline: Baseline,
}

const PERF: &str = include_str!("page/run/perf.json");

fn files() -> Files {
    Files {
        report: serde_json::from_str(PERF).unwrap(),
        judgement: serde_json::from_str(include_str!("page/run/verdict.json")).unwrap(),
        run: serde_json::from_str(include_str!("page/run/run.json")).unwrap(),
        baseline: serde_json::from_str(include_str!("page/run/baseline.json")).unwrap(),
    }
}

fn page(files: &Files) -> String {
    let read = [PageFile { name: "perf.json".into(), sha256: Sha256::of(PERF.as_bytes()) }];
    report_page(
        &ReportPage {
            report: &files.report,
            judgement: &files.judgement,
            baseline: Some(&files.baseline),
            run: Some(&files.run),
            ledger_head: None,
            files: &read,
        },
        None,
    )
    .unwrap()
}

/// What a reader sees: without tags, style and entities.
fn text(html: &str) -> String {
    let body = html.split_once("</style>").unwrap().1;
    let mut text = String::new();
    let mut inside = false;
    for c in body.chars() {
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

fn tags(html: &str) -> BTreeSet<String> {
    let names = html.split('<').skip(1).filter_map(|tag| {
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '!' | '/')).collect();
        (!name.is_empty()).then_some(name)
    });
    names.collect()
}

fn rename(files: &mut Files, hostile: &str) {
    let old = files.judgement.metrics[0].name.clone();
    let new: MetricName = format!("theirs/sums/{hostile}#time").parse().unwrap();
    files.judgement.metrics[0].name = new.clone();
    files.judgement.metrics[0].why = format!("`{hostile}` is worse");
    files.judgement.summary = format!("Performance Report: {hostile} [WARN]");
    files.judgement.reasons = vec![hostile.into()];
    files.report.warnings = vec![hostile.into()];
    files.report.errors = vec![hostile.into()];
    files.report.headline[0].label = hostile.into();
    files.report.provenance.machine.cpu_model = hostile.into();
    let metric = files.report.metrics.iter_mut().find(|metric| metric.name == old).unwrap();
    metric.name = new.clone();
    metric.benchmark.id = hostile.into();
    for history in files.baseline.history.iter_mut().filter(|history| history.name == old) {
        history.name = new.clone();
    }
}

#[test]
fn every_metric_is_shown_with_its_value_change_and_verdict_word_for_word() {
    let files = files();
    let shown = text(&page(&files));
    assert!(shown.contains(&files.judgement.summary), "{shown}");
    for metric in &files.judgement.metrics {
        assert!(shown.contains(&metric.why), "{} lacks {}", metric.name, metric.why);
    }
    let html = page(&files);
    assert!(html.contains("<b>+50.7 %</b><span class=\"sub\">+16.2 % to +95.3 %</span>"), "{html}");
    assert!(shown.contains("485 ns") && shown.contains("387.7 to 606.8 ns"), "{shown}");
    assert!(shown.contains("56.9×") && shown.contains("floor 100 M/s"), "{shown}");
    assert!(shown.contains("agreed: +70.1 %"), "{shown}");
    assert!(!shown.contains("their digests differ"), "{shown}");
}

#[test]
fn samples_are_shown_in_the_unit_of_the_metric() {
    let shown = text(&page(&files()));
    // Criterion's times of 1000 elements an iteration, and the rounds' rates that json-processor made of them.
    let rates = "5 rounds with 100 samples. Values of the rounds between 4.90 G/s and 6.71 G/s. \
                 The middle half of the samples lies between 4.88 G/s and 6.67 G/s. \
                 Value of the run 5.69 G/s, interval 4.76 G/s to 6.79 G/s.";
    assert!(shown.contains(rates), "{shown}");
}

#[test]
fn hostile_names_are_text() {
    let known = tags(&page(&files()));
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(2)></style></title></svg>{{ 7*7 }}{% raw %}\"'`|";
    let mut files = files();
    rename(&mut files, hostile);
    let html = page(&files);
    assert_eq!(tags(&html), known);
    assert!(!html.contains("49}") && !html.contains(">49<"));
    assert!(text(&html).contains(hostile), "{}", text(&html));
}

#[test]
fn a_very_long_name_is_cut_in_the_table_and_whole_in_its_section() {
    let mut files = files();
    rename(&mut files, &"x".repeat(4000));
    let html = page(&files);
    let table = html.split_once("id=\"charts\"").unwrap().0.split_once("<tbody>").unwrap().1;
    let cell = table.split_once("metric-name").unwrap().1.split_once("<b>").unwrap().1.split_once("</b>").unwrap().0;
    assert!(cell.len() < 400 && cell.contains('…'), "{cell}");
    assert!(html.contains(&format!("<code>theirs&#x2f;sums&#x2f;{}#time</code>", "x".repeat(4000))));
}

#[test]
fn the_page_needs_nothing_else_and_runs_nothing() {
    let html = page(&files());
    let outside = html.replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", "<script", "src=", "@import", "url(", "<iframe", "<object", " on"] {
        let found =
            outside.match_indices(word).filter(|(at, _)| word != " on" || outside[at + 3..].starts_with("click"));
        assert_eq!(found.count(), 0, "{word}");
    }
}

#[test]
fn ids_are_unique_and_every_chart_names_what_tells_of_it() {
    let html = page(&files());
    let ids: Vec<_> = html.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    let named: Vec<_> = html.split("aria-labelledby=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(html.matches("<svg").count(), 8);
    for id in named.iter().flat_map(|named| named.split(' ')) {
        assert!(unique.contains(&id), "{id}");
    }
}

#[test]
fn a_metric_that_did_not_report_has_no_value_anywhere() {
    let mut files = files();
    let metric = &mut files.judgement.metrics[0];
    metric.verdict = Verdict::Missing;
    (metric.value, metric.interval, metric.change, metric.confirmation, metric.history) =
        (None, None, None, None, None);
    metric.rounds = 0;
    let name = metric.name.clone();
    files.report.metrics.retain(|metric| metric.name != name);
    files.baseline.history.clear();
    let html = page(&files);
    let row = html.split_once("<tbody>").unwrap().1.split_once("</tr>").unwrap().0;
    assert!(row.contains("missing") && row.contains("not measured"), "{row}");
    assert_eq!(html.matches("<svg").count(), 6);
}

#[test]
fn a_headline_that_was_not_measured_says_so() {
    let mut files = files();
    files.report.headline_values.clear();
    assert!(text(&page(&files)).contains("not measured"));
}

#[test]
fn perf_json_alone_with_its_verdict_makes_a_page() {
    let files = files();
    let html = report_page(
        &ReportPage {
            report: &files.report,
            judgement: &files.judgement,
            baseline: None,
            run: None,
            ledger_head: None,
            files: &[],
        },
        None,
    )
    .unwrap();
    let shown = text(&html);
    assert!(shown.contains("No earlier run") && !shown.contains("dots are samples"), "{shown}");
    // One value and five rounds are still worth a chart each.
    assert_eq!(html.matches("<svg").count(), 8);
}

#[test]
fn another_perf_json_than_the_one_that_was_judged_is_told() {
    let mut files = files();
    files.judgement.perf_sha256 = Sha256::of(b"another");
    assert!(text(&page(&files)).contains("their digests differ"));
}

#[test]
fn of_many_metrics_the_changed_ones_are_drawn_and_the_page_says_so() {
    let mut files = files();
    let mut metric = files.judgement.metrics[0].clone();
    metric.verdict = Verdict::Unchanged;
    for number in 0..500 {
        metric.name = format!("theirs/sums/n{number:03}#time").parse().unwrap();
        metric.value = Some(Finite::try_from(100.0 + f64::from(number)).unwrap());
        files.judgement.metrics.push(metric.clone());
    }
    let html = page(&files);
    let shown = text(&html);
    assert!(shown.contains("Charts of 60 of 504 metrics"), "{shown}");
    assert!(shown.contains("500 metrics that are unchanged or new"), "{shown}");
    assert_eq!(html.matches("<tr>").count(), 504 + 4 + 1 + 1);
    assert!(html.len() < 3 << 20, "{} bytes", html.len());
    for metric in &files.judgement.metrics[..4] {
        assert!(shown.contains(&format!("History of {}", metric.name)), "{}", metric.name);
    }
}

#[test]
fn equal_records_give_equal_bytes() {
    assert_eq!(page(&files()), page(&files()));
}

#[test]
fn an_own_template_is_filled_and_one_that_asks_for_too_much_is_refused() {
    let files = files();
    let filled = |text: &str| {
        let page = ReportPage {
            report: &files.report,
            judgement: &files.judgement,
            baseline: None,
            run: None,
            ledger_head: None,
            files: &[],
        };
        report_page(&page, Some(Template { name: "own.html", text }))
    };
    assert_eq!(
        filled("{{ head.status }} {{ rows[0].name.whole }}").unwrap(),
        "WARN theirs&#x2f;sums&#x2f;a | b &lt;script&gt;#time"
    );
    assert!(filled("{{ head.state }}").unwrap_err().to_string().starts_with("template own.html, line 1: "));
}
