//! The audit as PDF, read back by poppler's programs: what pages say, what is attached, and what the file claims to be.
#![cfg(feature = "pdf")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test cannot set up fails it")]

use std::path::Path;
use std::process::Command;

use audit_generator::pdf::render;
use bench_model::audit::Audit;
use serde_json::{Value, json};

const HEAD: &str = "4f5c2c0f3b7a9d1e8c6b5a493827160f4f5c2c0f3b7a9d1e8c6b5a493827160f";
const COMMIT: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// Names as strangers may choose them: other syntaxes, other scripts, signs without a glyph, and length.
const HOSTILE: [&str; 10] = [
    "#panic(\"run\") $x^2$ <label> @ref *bold* _it_ `raw` [content] \\ // comment",
    "<script>alert(1)</script>|a|b|",
    "שלום עולם",
    "مرحبا بالعالم",
    "evil\u{202E}gnp.exe",
    "日本語のベンチマーク",
    "किताब ต้นฉบับ 한국어",
    "👩‍👩‍👧 e\u{301}\u{302}\u{1ab0} \u{E000}\u{FEFF}\u{FFFF}\u{10FFFF}",
    "zero\u{200B}width\u{00AD}soft\u{2028}line\tTab\u{0}nul",
    "ﬁ ﷺ ﻼ ⑩ ½ ℵ \u{1D4D7} Ǆ ẞ \u{0665}\u{0301}",
];

fn months(count: usize) -> Vec<String> {
    (0..count).map(|month| format!("{}-{:02}", 2024 + month / 12, month % 12 + 1)).collect()
}

/// An audit of so many months and metrics, with something of everything in it.
fn audit(month_count: usize, metric_count: usize) -> Value {
    let months = months(month_count);
    let names: Vec<_> =
        (0..metric_count).map(|metric| format!("copybook-bench/decode/display/{metric}#throughput")).collect();
    let time = |month: &String| format!("{month}-03T05:00:00Z");
    let waiver = json!({ "metric": names[0], "ceiling": 0.1, "expires": "2026-12-31", "issue": "https://example.org/issues/12",
        "reason": "the new parser is safer", "author": "Ada Lovelace <ada@example.org>" });
    let compliance: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            json!({
                "metric": name, "unit": "B/s", "direction": "higher_is_better",
                "months": months.iter().enumerate().map(|(m, month)| {
                    let violations = if (m + number) % 7 == 0 { 2 } else { 0 };
                    let lines: Vec<_> = (0..violations).map(|v| 100 * m + v + 1).collect();
                    json!({ "month": month, "runs": 300, "missing": m % 3, "judged": 300, "violations": violations,
                        "violating_lines": lines, "time_met": if violations > 0 { 0.99996 } else { 1.0 },
                        "lowest_margin": if violations > 0 { 0.9998 } else { 1.0625 },
                        "lowest": 4.1e9, "median": 4.53e9 + 1e6 * m as f64, "highest": 4.7e9 })
                }).collect::<Vec<_>>(),
            })
        })
        .collect();
    let series: Vec<_> = names.iter().map(|name| json!({
        "metric": name, "unit": "B/s", "direction": "higher_is_better", "epoch": "linux-x86_64-a1b2c3d4", "mode": "full",
        "points": (0..400).map(|point| {
            let value = 4.5e9 + 1e8 * (f64::from(point) / 9.0).sin();
            let month = &months[point as usize * months.len() / 400];
            json!({ "time": format!("{month}-{:02}T05:00:00Z", point % 28 + 1), "seq": point + 1, "runs": 1, "lowest": value * 0.98,
                "median": value, "highest": value * 1.02, "floor": 4.2e9, "promoted": point % 50 == 0, "regressed": point == 77 })
        }).collect::<Vec<_>>(),
    })).collect();
    json!({
        "schema": "perfledger/audit/1", "tool": "audit-generator 0.1.0", "subject": "copybook",
        "period": { "first": months[0], "last": months[months.len() - 1] }, "generated": "2026-11-21T05:00:00Z",
        "integrity": { "verified": true, "head": HEAD, "lines": 219_000, "first_seq": 12, "last_seq": 219_011,
            "gaps": [{ "first": "2024-01-04", "last": "2024-01-12", "days": 9 }],
            "retention": [{ "seq": 40, "time": "2024-01-02T00:00:00Z", "last_seq": 11, "keep_months": 36, "author": "perf-bot" }] },
        "overview": { "runs": 10_950, "passed": 10_900, "warned": 30, "failed": 20, "metrics": metric_count, "values": 219_000,
            "violations": 37, "incomplete": 4, "promotions": months.len(), "incidents_opened": 3, "incidents_open": 1, "waivers": 1,
            "releases": 3, "releases_without_evidence": 1 },
        "attention": [format!("`{}` is open since 2024-01-03 (line 77)", names[0]), "release v1.2.0 has no evidence"],
        "baselines": months.iter().enumerate().map(|(m, month)| json!({ "seq": 100 * m + 50, "line": HEAD, "time": time(month),
            "in_period": m > 0, "run_id": "20240103T050000Z-1a2b3c4-9f8e", "commit": COMMIT, "epoch": "linux-x86_64-a1b2c3d4", "mode": "full",
            "replaces": 100 * m + 1, "author": "perf-bot", "reason": "merged to main",
            "criteria": ["every floor is met", "nothing regressed", "the tree was clean"], "metrics": metric_count })).collect::<Vec<_>>(),
        "compliance": compliance,
        "incidents": [
            { "metric": names[0], "epoch": "linux-x86_64-a1b2c3d4", "mode": "full", "seq": 77, "opened": time(&months[0]),
              "run_id": "20240103T050000Z-1a2b3c4-9f8e", "commit": COMMIT, "good": COMMIT, "change": -0.121, "duration_s": 950_400 },
            { "metric": names[0], "epoch": "linux-x86_64-a1b2c3d4", "mode": "full", "seq": 60, "opened": time(&months[0]),
              "run_id": "20240103T050000Z-1a2b3c4-9f8e", "commit": COMMIT, "change": -0.052, "duration_s": 86_400,
              "end": { "state": "waived", "seq": 70, "time": time(&months[0]), "run_id": "r", "commit": COMMIT }, "waiver": waiver }],
        "waivers": [{ "waiver": waiver, "first_seq": 70, "last_seq": 90, "runs": 21, "largest": 0.052 }],
        "noise": months.iter().map(|month| json!({ "seq": 30, "time": time(month), "epoch": "linux-x86_64-a1b2c3d4", "mode": "full",
            "metrics": names.iter().map(|name| json!({ "name": name, "floor": 0.0125, "rounds": 10, "comparisons": 40, "alarms": 1 }))
                .collect::<Vec<_>>() })).collect::<Vec<_>>(),
        "releases": [
            { "name": "v1.0.0", "commit": COMMIT, "time": time(&months[0]),
              "evidence": { "seq": 55, "run_id": "20240103T050000Z-1a2b3c4-9f8e", "status": "PASS", "promoted": true } },
            { "name": "v1.2.0", "commit": COMMIT, "time": time(&months[0]) }],
        "controls": [{ "control": { "standard": "PCI-DSS", "clause": "4.0, 10.5.1", "title": "log retention",
              "requirement": "keep the history of audit logs for at least twelve months",
              "scope": "shows retention of performance evidence, not of other logs", "evidence": ["intact_ledger", "retention"] },
            "coverage": "partial", "evidence": [
              { "kind": "intact_ledger", "coverage": "complete", "statement": "219,000 lines hold", "lines": [12, 219_011] },
              { "kind": "retention", "coverage": "partial", "statement": "11 lines were removed openly", "lines": [40] }] }],
        "series": series,
    })
}

fn rendered(value: &Value) -> Vec<u8> {
    let audit: Audit = serde_json::from_value(value.clone()).unwrap();
    render(&audit, value.to_string().as_bytes()).unwrap()
}

/// What one of poppler's programs says about a file.
fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.pdf");
    std::fs::write(&file, pdf).unwrap();
    run(program, arguments, &file)
}

fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(program);
    let (before, after) =
        arguments.split_at(arguments.iter().position(|argument| *argument == "-").unwrap_or(arguments.len()));
    let out = command.args(before).arg(file).args(after).output();
    let out =
        out.unwrap_or_else(|error| panic!("{program}: {error}; run `cargo xtask test`, which installs poppler-utils"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn text(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-"], pdf)
}

fn page_one(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-layout", "-f", "1", "-l", "1", "-"], pdf)
}

/// Without white space, so that a line break in a name does not matter.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn the_pages_say_what_the_audit_holds() {
    let pdf = rendered(&audit(3, 2));
    let text = text(&pdf);
    let squeezed_text = squeezed(&text);
    for said in [
        "copybook",
        "2024-01 to 2024-03",
        "10,900 PASS, 30 WARN, 20 FAIL",
        "37 of 1,800 values held against a floor did not meet it",
        "-12.1 %",
        "11 days",
        "Ada Lovelace <ada@example.org>",
        "the new parser is safer",
        "v1.2.0",
        "PCI-DSS",
        "4.0, 10.5.1",
        "partial",
        "every floor is met",
        "4.22 GiB/s",
        "99.99 %",
        "0.999x",
        "1.06x",
        "Reviewed by",
        "certifies nothing",
        "up to line 11",
        "copybook-bench/decode/display/1#throughput",
        "12, 219011",
        "2024-01-12",
        HEAD,
    ] {
        assert!(squeezed_text.contains(&squeezed(said)), "{said} is not in\n{text}");
    }
    assert!(!text.contains("certified"), "{text}");
    assert!(page_one(&pdf).contains("Ledger chain verified"));
}

#[test]
fn audit_json_is_attached_as_it_is() {
    let value = audit(1, 1);
    let folder = tempfile::tempdir().unwrap();
    let pdf = rendered(&value);
    poppler("pdfdetach", &["-saveall", "-o", folder.path().to_str().unwrap()], &pdf);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["audit.json"]);
    assert_eq!(std::fs::read(folder.path().join("audit.json")).unwrap(), value.to_string().into_bytes());
}

#[test]
fn the_file_is_tagged_and_says_that_it_is_pdf_a_3a_and_pdf_ua_1() {
    let pdf = rendered(&audit(1, 1));
    let info = poppler("pdfinfo", &[], &pdf);
    for line in ["Title: Performance audit of copybook, 2024-01", "Tagged: yes", "PDF version: 1.7", "JavaScript: no"] {
        assert!(squeezed(&info).contains(&squeezed(line)), "{line} is not in\n{info}");
    }
    let xmp = poppler("pdfinfo", &["-meta"], &pdf);
    for claim in [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "<rdf:li>en</rdf:li>",
        "2026-11-21T05:00:00",
    ] {
        assert!(xmp.contains(claim), "{claim} is not in\n{xmp}");
    }
}

#[test]
fn a_broken_chain_is_on_the_first_page() {
    let mut value = audit(1, 1);
    value["integrity"]["verified"] = json!(false);
    value["integrity"]["problem"] = json!({ "seq": 219_012, "problem": "its hash does not fit its text" });
    let first = page_one(&rendered(&value));
    for said in [
        "THE LEDGER'S CHAIN IS BROKEN",
        "Line 219012 does not hold: its hash does not fit its text",
        "Nothing from that line on",
        HEAD,
    ] {
        assert!(first.replace('’', "'").contains(said), "{said} is not in\n{first}");
    }
    assert!(!first.contains("verified"), "{first}");
}

#[test]
fn lines_that_went_away_before_the_first_are_said_to_be_gone_and_not_those_behind() {
    let mut value = audit(1, 1);
    value["integrity"]["verified"] = json!(false);
    value["integrity"]["problem"] = json!({ "seq": 12, "problem": "11 lines before it are gone" });
    let first = squeezed(&page_one(&rendered(&value)));
    for said in [
        "The chain breaks at line 12: 11 lines before it are gone",
        "Each line that is there (219,000) is in this report; those before are gone, and nobody signed for it.",
    ] {
        assert!(first.contains(&squeezed(said)), "{said} is not in\n{first}");
    }
    assert!(!first.contains("Nothingfromthatline") && !first.contains("behindthebreak"), "{first}");
}

#[test]
fn an_empty_ledger_is_called_empty_and_not_verified() {
    let mut value = audit(1, 1);
    value["integrity"] = json!({ "verified": true, "head": "0".repeat(64), "lines": 0, "first_seq": 0, "last_seq": 0,
        "gaps": [], "retention": [] });
    let said = text(&rendered(&value));
    assert!(said.contains("Ledger empty") && said.contains("There is no chain to verify."), "{said}");
    for claim in ["verified", "No lines were removed", "No seven days"] {
        assert!(!said.contains(claim), "{claim} is in\n{said}");
    }
}

#[test]
fn an_accepted_regression_names_who_accepted_it_and_why() {
    let mut value = audit(1, 1);
    value["incidents"][1]["end"] = json!({ "state": "accepted", "seq": 51, "time": "2024-01-04T05:00:00Z",
        "run_id": value["baselines"][0]["run_id"], "commit": COMMIT });
    value["incidents"][1].as_object_mut().unwrap().remove("waiver");
    value["baselines"][0]["author"] = json!("Grace Sample");
    let said = squeezed(&text(&rendered(&value)));
    assert!(said.contains(&squeezed("Grace Sample: merged to main (line 50)")), "{said}");
}

#[test]
fn runs_without_a_metric_are_not_runs_of_none() {
    let mut value = audit(1, 1);
    value["overview"]["metrics"] = json!(0);
    assert!(page_one(&rendered(&value)).contains("10,950 runs: 10,900 PASS"));
}

/// Puts `hostile` in the place of every text that a stranger may choose.
fn infect(value: &mut Value, key: &str, hostile: &str) {
    const THEIRS: [&str; 17] = [
        "tool",
        "subject",
        "problem",
        "attention",
        "epoch",
        "anchor",
        "author",
        "reason",
        "criteria",
        "issue",
        "standard",
        "clause",
        "title",
        "requirement",
        "scope",
        "statement",
        "expires",
    ];
    match value {
        // The model refuses control characters in a metric's name.
        Value::String(text) if ["metric", "name"].contains(&key) => *text = hostile.replace(char::is_control, ""),
        Value::String(text) if THEIRS.contains(&key) => *text = hostile.into(),
        Value::Array(items) => items.iter_mut().for_each(|item| infect(item, key, hostile)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, field)| infect(field, key, hostile)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

#[test]
fn hostile_names_are_shown_as_text() {
    for hostile in HOSTILE {
        let mut value = audit(1, 1);
        infect(&mut value, "", hostile);
        let said = text(&rendered(&value));
        if hostile.is_ascii() {
            assert!(squeezed(&said).contains(&squeezed(hostile)), "{hostile} is not in\n{said}");
        }
        assert!(!said.contains(['\u{202E}', '\u{E000}', '\u{200B}']), "{said}");
    }
}

#[test]
fn what_the_fonts_lack_and_what_hides_is_spelt_out() {
    let mut value = audit(1, 1);
    value["attention"] = json!(["evil\u{202E}gnp.exe", "日本", "Grüße, Ελλάδα, привет"]);
    let first = page_one(&rendered(&value));
    for said in ["evil\\u{202E}gnp.exe", "\\u{65E5}\\u{672C}", "Grüße, Ελλάδα, привет"] {
        assert!(first.contains(said), "{said} is not in\n{first}");
    }
}

#[test]
fn every_character_can_stand_in_a_report() {
    // Scripts that the fonts have are below U+3000; above, a sample of each kind.
    let ranges = [0..0x3000, 0x4E00..0x4E40, 0xD7F0..0xE040, 0xFB00..0x1_0040, 0x1_D400..0x1_D800, 0x1_F5F0..0x1_F650];
    let all: Vec<char> =
        ranges.into_iter().flatten().chain([0xE_0001, 0xE_0100, 0x10_FFFF]).filter_map(char::from_u32).collect();
    let alone = all.chunks(60).map(|some| some.iter().collect::<String>());
    let accented = all.iter().take(0x800).map(|c| format!("{c}\u{301}{c}\u{308}")).collect::<Vec<_>>();
    let mut value = audit(1, 1);
    value["attention"] = alone.chain(accented.chunks(20).map(|some| some.concat())).collect();
    let said = text(&rendered(&value));
    assert!(said.contains("\\u{4E00}") && said.contains("0123456789"));
}

#[test]
fn a_name_without_end_is_shortened_and_wraps() {
    let mut value = audit(1, 1);
    infect(&mut value, "", &"x".repeat(4096));
    value["subject"] = json!("y".repeat(10_240));
    value["attention"] = json!(["word ".repeat(10_000), "z".repeat(10_240)]);
    let pdf = rendered(&value);
    assert!(squeezed(&page_one(&pdf)).contains("(10,240characters)"));
    // Every word's box lies on its page.
    let boxes = poppler("pdftotext", &["-bbox", "-"], &pdf);
    let edges = boxes.lines().filter_map(|line| line.split("xMax=\"").nth(1)?.split('"').next()?.parse::<f64>().ok());
    let furthest = edges.fold(0.0, f64::max);
    assert!(furthest > 400.0 && furthest < 595.0 - 36.0, "{furthest}");
}

#[test]
fn equal_audits_give_equal_bytes() {
    let value = audit(2, 2);
    assert_eq!(rendered(&value), rendered(&value));
}

#[test]
fn three_years_of_twenty_metrics_fit_and_every_page_has_its_head() {
    let pdf = rendered(&audit(36, 20));
    let said = text(&pdf);
    for metric in 0..20 {
        let name = format!("copybook-bench/decode/display/{metric}#throughput");
        assert!(squeezed(&said).matches(&name).count() >= 2, "{name}");
    }
    assert!(said.matches("2026-12").count() >= 20);
    let pages: Vec<_> = said.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
    for (number, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("{} / {}", number + 1, pages.len())) && page.contains(HEAD), "{page}");
        // A page that goes on with a table of months repeats its head.
        assert!(!page.contains("1.06x") || page.contains("Violations"), "{page}");
    }
}
