//! The site's pages: folded from a ledger's lines, they say what stands now, and a stranger's text stays text.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use bench_model::ledger::{
    Body, CarriedIncident, CarriedPromotion, Digests, Entry, Incident, IncidentState, LedgerMetric, Promotion,
    Retention, RunEntry,
};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Commit, Direction, Finite, RunId, Sha256, Unit};
use bench_report::site::{Index, LedgerState, Site, SiteFold, index_page, metric_page};

const EVIL: &str = "<script>alert(1)</script>|`x` \u{202e}txet '\"><img src=x onerror=alert(2)>";

fn finite(value: f64) -> Finite {
    Finite::try_from(value).unwrap()
}

fn commit(number: u64) -> Commit {
    Sha256::of(&number.to_le_bytes()).as_str()[..40].parse().unwrap()
}

fn run_id(number: u64) -> RunId {
    format!("run-{number}").parse().unwrap()
}

fn digests() -> Digests {
    Digests { perf: Sha256::of(b"perf"), verdict: Sha256::of(b"verdict") }
}

fn entry(seq: u64, body: Body) -> Entry {
    let time = Timestamp::from_unix(1_767_225_600 + seq as i64 * 8640);
    Entry { seq, prev: Sha256::zero(), time, body, digest: Sha256::of(&seq.to_le_bytes()) }
}

fn metric(name: &str, value: f64) -> LedgerMetric {
    LedgerMetric {
        name: name.parse().unwrap(),
        value: finite(value),
        unit: Unit::BytesPerSecond,
        direction: Direction::HigherIsBetter,
        rounds: vec![finite(value)],
        verdict: Verdict::Unchanged,
        floor: Some(finite(value * 0.9)),
        target: None,
    }
}

fn run(seq: u64, epoch: &str, metrics: Vec<LedgerMetric>) -> Entry {
    let run = RunEntry {
        run_id: run_id(seq),
        commit: Some(commit(seq)),
        branch: Some("main".into()),
        dirty: false,
        epoch: Epoch(epoch.into()),
        mode: Mode::Full,
        complete: true,
        partial: false,
        status: Status::Pass,
        evidence_level: EvidenceLevel::CiBenchmark,
        digests: digests(),
        metrics,
        missing: vec!["gone".parse().unwrap()],
        account: None,
    };
    entry(seq, Body::Run(run))
}

fn promotion(of: u64, metrics: Vec<LedgerMetric>) -> Promotion {
    Promotion {
        run_id: run_id(of),
        commit: commit(of),
        epoch: Epoch("e1".into()),
        mode: Mode::Full,
        digests: digests(),
        replaces: None,
        anchor: None,
        author: None,
        reason: None,
        criteria: Vec::new(),
        metrics,
    }
}

fn incident(state: IncidentState, opened: Option<u64>) -> Incident {
    Incident {
        metric: "rate".parse().unwrap(),
        state,
        epoch: Epoch("e1".into()),
        mode: Mode::Full,
        run_id: run_id(3),
        commit: commit(3),
        good: None,
        change: Some(finite(-0.124)),
        opened,
    }
}

fn site(entries: &[Entry], problem: Option<&str>) -> Site {
    let mut fold = SiteFold::default();
    entries.iter().for_each(|entry| fold.visit(entry));
    let ledger =
        LedgerState { head: Sha256::of(b"head"), lines: entries.len() as u64, problem: problem.map(str::to_owned) };
    fold.finish("my project".into(), "audit-generator 0.1.0".into(), ledger)
}

/// Two runs, a promotion of the first, and a regression that is open.
fn small() -> Vec<Entry> {
    vec![
        run(1, "e1", vec![metric("rate", 4.0e9)]),
        entry(2, Body::Promotion(promotion(1, vec![metric("rate", 4.0e9)]))),
        run(3, "e1", vec![metric("rate", 3.5e9), metric("x/y z#time", 1.0e9)]),
        entry(4, Body::Incident(incident(IncidentState::Opened, None))),
    ]
}

/// The page as it is read; also left in a file, so that it can be looked at.
fn page(name: &str, html: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("site-{name}.html")), html).unwrap();
    html.replace("&#x2f;", "/").replace("&lt;", "<").replace("&gt;", ">")
}

#[test]
fn the_index_says_what_stands_now() {
    let site = site(&small(), None);
    let html = page("small", &index_page(&site).unwrap());
    for said in [
        "badge large pass\">PASS",
        "3.26 GiB/s",
        "-12.5 %",
        "1 open",
        "no baseline",
        "Expected and did not report: <bdi>gone</bdi>",
    ] {
        assert!(html.contains(said), "{said}\n{html}");
    }
    assert!(html.contains("href=\"metric/rate.html\"") && !html.contains("class=\"broken\""));
    // The first line that there is need not be the ledger's first.
    assert!(html.contains("verified</span>") && !html.contains("from the first line"));
}

#[test]
fn the_index_for_programs_says_the_same_and_can_be_read_back() {
    let index = Index::of(&site(&small(), None));
    let read: Index = serde_json::from_str(&serde_json::to_string(&index).unwrap()).unwrap();
    assert_eq!(read, index);
    let rate = &index.metrics[0];
    assert_eq!((rate.page.as_str(), rate.seq, rate.open_incidents), ("metric/rate.html", 3, 1));
    assert_eq!(rate.change, Some(finite(-0.125)));
    assert_eq!(index.metrics[1].change, None);
    assert_eq!(index.as_of, Some(entry(4, Body::Incident(incident(IncidentState::Opened, None))).time));
}

#[test]
fn a_metrics_page_has_its_values_promotions_and_incidents() {
    let site = site(&small(), None);
    let html = page("metric", &metric_page(&site, &site.metrics[0]).unwrap());
    assert_eq!(html.matches("<svg").count(), 1);
    for said in ["became a baseline", "-12.5 % against the baseline 3.73 GiB/s (line 2)", "still open", "-12.4 %"] {
        assert!(html.contains(said), "{said}\n{html}");
    }
}

#[test]
fn an_incident_ends_with_its_line_and_one_of_a_pruned_line_is_carried() {
    let mut entries = small();
    entries.push(entry(5, Body::Incident(incident(IncidentState::Recovered, Some(4)))));
    assert!(!site(&entries, None).metrics[0].is_open());
    let marker = Retention {
        last_seq: 40,
        last_line: Sha256::zero(),
        keep_months: 36,
        author: "Ada".into(),
        promotions: vec![CarriedPromotion { seq: 30, promotion: promotion(29, vec![metric("rate", 2.0e9)]) }],
        noise: Vec::new(),
        incidents: vec![CarriedIncident {
            seq: 31,
            time: Timestamp::from_unix(1_700_000_000),
            incident: incident(IncidentState::Opened, None),
        }],
    };
    let pruned = [run(41, "e1", vec![metric("rate", 3.0e9)]), entry(42, Body::Retention(marker))];
    let site = site(&pruned, None);
    assert_eq!(site.metrics[0].series[0].baseline, Some((30, finite(2.0e9))));
    assert!(site.metrics[0].is_open());
    assert!(metric_page(&site, &site.metrics[0]).unwrap().contains("its line was pruned"));
}

#[test]
fn values_of_two_environments_stay_apart() {
    let mut entries = small();
    entries.push(run(5, "e2", vec![metric("rate", 9.0e9)]));
    let site = site(&entries, None);
    let rate = &site.metrics[0];
    assert_eq!(rate.series.len(), 2);
    assert_eq!((rate.series[0].change(), rate.series[0].newest.len()), (None, 1));
    assert_eq!(metric_page(&site, rate).unwrap().matches("<svg").count(), 2);
    assert!(index_page(&site).unwrap().contains("and 1 other environment or mode"));
}

#[test]
fn very_many_runs_make_a_page_of_bounded_size() {
    let entries: Vec<_> = (1..=5000).map(|seq| run(seq, "e1", vec![metric("rate", 4e9 + seq as f64 * 1e5)])).collect();
    let site = site(&entries, None);
    let rate = &site.metrics[0];
    assert!(rate.series[0].series.points.len() <= 400);
    assert_eq!(rate.series[0].series.points.iter().map(|point| point.runs).sum::<u32>(), 5000);
    assert_eq!(rate.runs.len(), 50);
    assert_eq!(rate.runs[0].run.seq, 5000);
    let html = metric_page(&site, rate).unwrap();
    assert!(html.len() < 150_000, "{}", html.len());
    page("long", &html);
}

#[test]
fn a_broken_chain_is_the_first_thing_on_every_page() {
    let site = site(&small(), Some("ledger line 5: the line is not in canonical form"));
    for html in [index_page(&site).unwrap(), metric_page(&site, &site.metrics[0]).unwrap()] {
        assert!(html.find("The ledger behind this site is broken").unwrap() < html.find("<h1>").unwrap());
        assert!(html.contains("ledger line 5: the line is not in canonical form"));
        assert!(!html.contains("verified</span>"));
        // Where lines before the first are gone, those that are shown stand behind the break.
        assert!(!html.contains("lines before"), "{html}");
    }
}

#[test]
fn an_empty_ledger_has_an_index() {
    let html = index_page(&site(&[], None)).unwrap();
    page("empty", &html);
    assert!(html.contains("The ledger holds no run yet") && html.contains("No metric was measured yet"));
    assert!(html.contains("ledger empty") && !html.contains("verified</span>"), "{html}");
}

#[test]
fn a_strangers_text_is_shown_as_text() {
    let long = "y".repeat(4096);
    let mut entries = vec![run(1, EVIL, vec![metric(EVIL, 1.0), metric(&long, 2.0)])];
    if let Body::Run(run) = &mut entries[0].body {
        run.branch = Some(format!("{EVIL}{}", "z".repeat(10_000)));
        run.missing = vec![EVIL.parse().unwrap(), long.parse().unwrap()];
    }
    let mut site = site(&entries, Some(EVIL));
    site.title = format!("{EVIL}{}", "t".repeat(10_000));
    let mut pages = vec![index_page(&site).unwrap()];
    pages.extend(site.metrics.iter().map(|metric| metric_page(&site, metric).unwrap()));
    for (place, html) in pages.iter().enumerate() {
        page(&format!("hostile{place}"), html);
        assert!(!html.contains("<script") && !html.contains("<img"), "{place}");
        assert!(html.contains("&lt;script&gt;"));
    }
}
