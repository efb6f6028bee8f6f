//! The page of an assessment. `service.json` is what the real program made of a ledger with runs over three axes, a history of demand, and
//! operations of one of two servers; what the record has gained since was added by hand, and tests change single values of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

use std::collections::BTreeSet;

use bench_model::assessment::{Assessment, PlanCategory};
use bench_report::assessment::render_assessment;
use serde_json::{Value, json};

const SERVICE: &str = include_str!("service.json");
const HOSTILE: &str = "<script>alert(1)</script></title></svg>{{ 7*7 }}{% raw %}\"'|";

fn service() -> Value {
    serde_json::from_str(SERVICE).unwrap()
}

fn page(value: &Value) -> String {
    let assessment: Assessment = serde_json::from_value(value.clone()).unwrap();
    render_assessment(&assessment).unwrap()
}

/// A ledger without a single line.
fn nothing() -> Value {
    let mut value = service();
    for list in [
        "targets",
        "components",
        "risks",
        "recommendations",
        "decisions",
        "forecasts",
        "scaling",
        "resources",
        "operations",
        "evidence",
        "reasons",
        "notes",
    ] {
        value[list] = json!([]);
    }
    value["plan"]["items"] = json!([]);
    value["economics"] = json!({ "service_level": "p95 at most 100 ms", "costs": [], "why": "there are no prices" });
    value.as_object_mut().unwrap().remove("overall");
    for category in value["readiness"].as_array_mut().unwrap() {
        category.as_object_mut().unwrap().remove("score");
        category["inputs"] = json!([]);
    }
    value["ledger"]["lines"] = json!(0);
    value["status"] = json!("not_assessed");
    value
}

fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let begin = format!("<section aria-labelledby=\"{id}\">");
    html.split_once(&begin).unwrap().1.split_once("</section>").unwrap().0
}

fn text(html: &str) -> String {
    let body = html.split_once("</style>").map_or(html, |(_, body)| body);
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

/// Every text of a record, but those that the model checks.
fn infect(value: &mut Value, key: &str) {
    const CHECKED: [&str; 21] = [
        "schema",
        "generated",
        "status",
        "category",
        "cell",
        "found",
        "level",
        "basis",
        "fit",
        "kind",
        "known",
        "axis",
        "from",
        "source",
        "decision",
        "when",
        "unit",
        "metric",
        "mode",
        "direction",
        "outcome",
    ];
    const DIGESTS: [&str; 8] = ["head", "line", "time", "run_id", "commit", "evidence_level", "first", "last"];
    match value {
        Value::String(text) if CHECKED.contains(&key) || DIGESTS.contains(&key) => drop(text.as_str()),
        Value::String(text) => *text = HOSTILE.into(),
        Value::Array(items) => items.iter_mut().for_each(|item| infect(item, key)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, field)| infect(field, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_section_says_what_the_record_says() {
    let value = service();
    let html = page(&value);
    let shown = text(&html);
    assert!(shown.contains("not ready") && shown.contains(value["summary"].as_str().unwrap()), "{shown}");
    for (id, parts) in [
        ("risks", vec!["untested", "test H8, Share of the work that cannot be done side by side", "E21"]),
        ("readiness", vec!["47.6", "100 x points / 4, one for each input", "all at 80.0 %, none at 50.0 %", "0.96"]),
        ("targets", vec!["transactions per second", "1.73 k/s", "10.0 k/s", "5.78×", "not measured"]),
        (
            "components",
            vec![
                "2.15x with 5 processes",
                "what cannot be done side by side",
                "contention: 24.1 %, beyond its limit of 5.00 %",
            ],
        ),
        ("plan", vec!["H1", "failed", "78.9 %", "at least 80.0 %", "not automated", "by scenario soak"]),
        (
            "scaling",
            vec!["Universal Scalability Law", "1776 (95 % interval 1699 to 1850) per second", "No law is fitted"],
        ),
        ("resources", vec!["1.12 ms", "85.8 MiB", "for each further 1,000 processes"]),
        ("economics", vec!["Example prices.", "cheapest", "0.0108", "broken", "p95 is 102 ms"]),
        ("operations", vec!["Redis", "incr", "23.0 µs", "PostgreSQL", "no run of the ledger measured"]),
        ("forecasts", vec!["634 /s", "20 moments from 2026-11-01 to 2026-11-20", "no forecast"]),
        ("decisions", vec!["scale down", "0.751", "as configured", "5 processes"]),
        ("recommendations", vec!["cargo xtask load soak", "evidence E21"]),
        ("evidence", vec!["E21", "60 days old (old)", "with uncommitted changes", "2026-10-01 07:00 UTC"]),
        ("made", vec!["What was not measured has no number"]),
    ] {
        let told = text(section(&html, id));
        for part in parts {
            assert!(told.contains(part), "{part} in {id}: {told}");
        }
    }
    for line in value["evidence"].as_array().unwrap() {
        for member in ["line", "run_id"] {
            assert!(shown.contains(line[member].as_str().unwrap()));
        }
    }
}

#[test]
fn untested_risks_come_before_all_others() {
    let html = page(&service());
    let rows: Vec<String> = section(&html, "risks").split("<tr>").skip(2).map(text).collect();
    let first_known = rows.iter().position(|row| !row.contains("untested")).unwrap();
    assert!(first_known > 3 && rows[first_known..].iter().all(|row| !row.contains("untested")), "{rows:?}");
}

#[test]
fn every_test_of_the_plan_has_a_row_with_its_status_and_the_counts_add_up() {
    let value = service();
    let html = page(&value);
    let plan = section(&html, "plan");
    for item in value["plan"]["items"].as_array().unwrap() {
        let (id, title) = (item["id"].as_str().unwrap(), item["title"].as_str().unwrap());
        let row = plan.split("<tr>").map(text).find(|row| row.trim_start().starts_with(id) && row.contains(title));
        let status = item["status"].as_str().unwrap().replace('_', " ");
        assert!(row.as_ref().is_some_and(|row| row.contains(&status)), "{id} {status}: {row:?}");
    }
    assert_eq!(plan.matches("<h3>").count(), PlanCategory::ALL.len());
    assert!(text(plan).contains("All501253 27".replace(' ', "").as_str()), "{}", text(plan));
}

#[test]
fn references_lead_to_the_list_of_evidence_and_unknown_ones_nowhere() {
    let mut value = service();
    value["targets"][0]["evidence"] = json!("E999");
    let html = page(&value);
    let ids: Vec<_> = html.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id is there twice");
    let links: Vec<_> = html.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert!(links.iter().filter(|link| link.starts_with("evidence-")).count() > 20);
    for link in links {
        assert!(ids.contains(&link), "{link}");
    }
    assert!(section(&html, "targets").contains("<bdi>E999</bdi>"));
}

#[test]
fn tables_have_captions_heads_have_scopes_and_charts_have_descriptions() {
    let html = page(&service());
    let html = html.split_once("</style>").unwrap().1;
    assert_eq!(html.matches("<table").count(), html.matches("<caption").count());
    assert_eq!(html.matches("<th ").count(), html.matches("<th scope=").count());
    assert_eq!(
        html.matches("<table").count(),
        html.matches("class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"").count()
    );
    assert_eq!(html.matches("<svg").count(), 4);
    assert_eq!(html.matches("<svg").count(), html.matches("</desc>").count());
    assert_eq!(html.matches("<h1").count(), 1);
    let labels: Vec<_> = html.split("aria-label=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len(), "two regions have one name");
}

#[test]
fn what_was_not_measured_says_so_everywhere_and_has_no_number() {
    let html = page(&nothing());
    let shown = text(&html);
    assert!(shown.contains("not assessed") && shown.contains("empty"), "{shown}");
    for (id, words) in [
        ("scaling", "Not measured: the ledger holds no scalability run."),
        ("resources", "Not measured: the ledger holds no scalability run."),
        ("economics", "No prices are configured, so nothing has a cost."),
        ("readiness", "No category is measured, so there is no score."),
        ("plan", "The plan has no tests."),
        ("evidence", "There is none."),
        ("targets", "No target is configured."),
        ("forecasts", "No demand is configured whose history could tell."),
    ] {
        assert!(text(section(&html, id)).contains(words), "{words} in {}", section(&html, id));
    }
    let readiness = text(section(&html, "readiness"));
    assert!(readiness.matches("not measured").count() >= 18 && !readiness.contains(" of 100"), "{readiness}");
}

#[test]
fn a_broken_ledger_is_told_before_everything_else() {
    let mut value = service();
    value["ledger"]["verified"] = json!(false);
    value["ledger"]["problem"] = json!({ "seq": 26, "problem": "its hash does not fit its text" });
    let shown = text(&page(&value));
    let (broken, subject) = (shown.find("line 26: its hash does not fit its text"), shown.find("copybook"));
    assert!(broken.is_some() && broken < subject, "{shown}");
    assert!(shown.contains("Ledger: broken."));
}

#[test]
fn hostile_texts_are_text() {
    let known = tags(&page(&service()));
    let mut value = service();
    infect(&mut value, "");
    let html = page(&value);
    assert!(tags(&html).is_subset(&known), "{:?}", tags(&html).difference(&known).collect::<Vec<_>>());
    assert!(!html.contains("49}") && !html.contains(">49<"));
    assert!(text(&html).matches(HOSTILE).count() > 100);
}

#[test]
fn names_between_backticks_are_code_and_an_odd_backtick_is_none() {
    let mut value = service();
    value["reasons"] = json!(["measure `a<b` and `c`", "a lone ` here"]);
    let html = page(&value);
    assert!(html.contains("measure <code>a&lt;b</code> and <code>c</code></bdi>"), "{}", section(&html, "summary"));
    assert!(html.contains("<bdi>a lone ` here</bdi>"));
}

#[test]
fn the_page_needs_nothing_else_and_runs_nothing() {
    let outside = page(&service()).replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", "<script", "src=", "@import", "url(", "<iframe", "<object", "onclick"] {
        assert!(!outside.contains(word), "{word}");
    }
}

#[test]
fn what_falls_short_of_its_target_never_looks_as_if_it_had_reached_it() {
    let mut value = service();
    value["targets"][0]["current"]["value"] = json!(9_999.0);
    value["targets"][0]["factor"] = json!(1.0001);
    let html = page(&value);
    let row = text(section(&html, "targets").split("<tr>").nth(2).unwrap());
    assert!(row.contains("not met") && row.contains("1.01×"), "{row}");
}

#[test]
fn equal_assessments_give_equal_bytes() {
    assert_eq!(page(&service()), page(&service()));
}

#[test]
fn what_may_be_more_says_at_least_and_what_is_not_known_is_neither_met_nor_missed() {
    let mut value = service();
    let target = &mut value["targets"][0];
    (target["at_least"], target["outcome"]) = (json!(true), json!("not_known"));
    let decision = &mut value["decisions"][0];
    (decision["decision"], decision["capacity_at_least"]) = (json!("undecided"), json!(true));
    decision["ratio_interval"] = json!({ "lower": 0.7, "upper": 1.3, "level": 0.95, "from": "rounds" });
    decision.as_object_mut().unwrap().remove("ratio");
    let html = page(&value);
    let targets = text(section(&html, "targets"));
    assert!(targets.contains("not known") && targets.contains("at least 1.73 k/s"), "{targets}");
    assert!(targets.contains("at most 5.78×"), "{targets}");
    let decisions = text(section(&html, "decisions"));
    assert!(decisions.contains("0.700 to 1.30") && decisions.contains("at least 1.73 k/s"), "{decisions}");
}

#[test]
fn where_less_is_better_the_wanted_is_an_upper_limit() {
    let mut value = service();
    value["targets"][0]["direction"] = json!("lower_is_better");
    assert!(text(section(&page(&value), "targets")).contains("at most 10.0 k/s"));
}

#[test]
fn a_shortened_run_says_so_beside_its_evidence() {
    let mut value = service();
    assert!(!section(&page(&value), "evidence").contains("shortened"));
    value["evidence"][0]["mode"] = json!("quick");
    assert_eq!(section(&page(&value), "evidence").matches("<b>shortened</b>").count(), 1);
}

#[test]
fn a_single_process_is_no_processes() {
    let economics = text(section(&page(&service()), "economics"));
    assert!(economics.contains("1 process") && !economics.contains("1 processes"), "{economics}");
}

#[test]
fn a_forecast_is_called_what_it_is() {
    let made = text(section(&page(&service()), "made"));
    assert!(made.contains("a straight line through the ledger's history by least squares"), "{made}");
    assert!(!made.contains("robust"));
}
