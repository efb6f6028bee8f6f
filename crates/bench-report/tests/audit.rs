//! The audit's page: what it says, that its links lead somewhere, and that a stranger's text stays text.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot set up fails it")]

mod audit_cases;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use audit_cases::{EVIL, broken, empty, hostile, large, tiny};
use bench_model::audit::{Audit, BadLine};
use bench_report::audit::audit_page;
use bench_report::{ReportError, Template};

/// The page; also left in a file, so that it can be looked at.
fn page(name: &str, audit: &Audit) -> String {
    let html = audit_page(audit, None).unwrap();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("audit-{name}.html")), &html).unwrap();
    html
}

fn all() -> Vec<(&'static str, String)> {
    let audits =
        [("large", large()), ("tiny", tiny()), ("empty", empty()), ("broken", broken()), ("hostile", hostile())];
    audits.into_iter().map(|(name, audit)| (name, page(name, &audit))).collect()
}

/// The values of an attribute, in the page's order.
fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn text(html: &str) -> String {
    let mut text = String::new();
    let body = html.split_once("</style>").map_or(html, |(_, body)| body);
    let mut inside = false;
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_link_leads_to_one_place_in_the_page() {
    for (name, html) in all() {
        let ids = attribute(&html, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: an id stands twice");
        let links = attribute(&html, "href");
        assert!(links.len() > 10, "{name}");
        for link in links {
            let place = link.strip_prefix('#').unwrap_or_else(|| panic!("{name}: {link} leads outside"));
            assert!(unique.contains(place), "{name}: nothing at {link}");
        }
    }
}

#[test]
fn nothing_in_the_page_runs_or_asks_the_network() {
    for (name, html) in all() {
        let lower = html.to_lowercase();
        for word in ["<script", "<img", "<link", "<iframe", "@import", "url(", "<object", "<form"] {
            assert!(!lower.contains(word), "{name}: {word}");
        }
        assert!(attribute(&html, "onerror").is_empty() && attribute(&html, "onclick").is_empty());
    }
}

#[test]
fn a_strangers_text_is_shown_as_text() {
    let html = page("hostile", &hostile());
    let shown = text(&html).replace("&lt;", "<").replace("&gt;", ">").replace("&#x27;", "'").replace("&quot;", "\"");
    let shown = shown.replace("&#x2f;", "/").replace("&amp;", "&");
    assert!(shown.matches(EVIL).count() > 10, "{}", shown.matches(EVIL).count());
    assert!(!html.contains('\u{1b}') && shown.contains("second line\u{fffd}[31m"));
    // A mark that turns the direction around never leaves the element it stands in.
    let outside = html.match_indices('\u{202e}').filter(|(at, _)| {
        let before = &html[..*at];
        before.rfind("<bdi>") <= before.rfind("</bdi>") && before.rfind('"') < before.rfind('>')
    });
    let inside_svg_or_title = outside.filter(|(at, _)| {
        let tag = html[..*at].rfind('<').unwrap();
        !["<title", "<desc", "<text"].iter().any(|allowed| html[tag..].starts_with(allowed))
    });
    assert_eq!(inside_svg_or_title.count(), 0);
}

#[test]
fn the_page_never_claims_to_certify() {
    for (name, html) in all() {
        let text = text(&html).to_lowercase();
        assert!(!text.contains("certified") && !text.contains("certificate") && !text.contains("compliant"), "{name}");
        assert!(text.contains("it certifies nothing"), "{name}");
    }
}

#[test]
fn the_summary_says_the_numbers_in_plain_words() {
    let large = text(&page("large", &large()));
    for sentence in [
        "In the period 2023-12 to 2026-11 the ledger records 10,950 runs of 20 metrics: 10,701 with status PASS, 213 with WARN, 36 with FAIL.",
        "4 regressions began in the period, and 1 is open at its end.",
        "21 runs were promoted to baselines (7 without a record of who promoted it), and 1 waiver permitted a regression.",
        "Of 8 releases, 1 has no evidence of its own.",
        "Of the 6 requirements looked at, the ledger holds complete evidence for 2, partial evidence for 3 and none for 1.",
    ] {
        assert!(large.contains(sentence), "{sentence}\n{}", &large[..3000]);
    }
    let tiny = text(&page("tiny", &tiny()));
    assert!(tiny.contains("1 run of 1 metric: 1 with status PASS, 0 with WARN"));
    assert!(tiny.contains("The 1 value that was held against a floor met it."), "{}", &tiny[..1500]);
    assert!(tiny.contains("No repository could tell the releases"));
    let empty = text(&page("empty", &empty()));
    assert!(empty.contains("holds no run in the period 2026-11, so it proves nothing about it"));
}

#[test]
fn a_broken_chain_is_the_first_thing_said() {
    let html = page("broken", &broken());
    let text = text(&html);
    let first = text.find("The ledger behind this report is broken at line 8121").unwrap();
    assert!(first < text.find("copybook-rs").unwrap(), "{}", &text[..400]);
    assert!(text.contains("Only the good lines before, 8,120 of them, are in this report"));
    assert!(!text.contains("chain verified") && html.contains("id=\"line-8121\""));
    assert!(text.contains("chain broken 4 for attention"), "the two badges stand apart");
    assert!(!page("large", &large()).contains("class=\"broken\""));
}

#[test]
fn lines_that_went_away_before_the_first_are_said_to_be_gone_and_not_those_behind() {
    let mut audit = broken();
    audit.integrity.problem = Some(BadLine { seq: 121, problem: "120 lines before it are gone".into() });
    (audit.integrity.first_seq, audit.integrity.last_seq, audit.integrity.lines) = (121, 8120, 8000);
    let text = text(&page("beheaded", &audit));
    for said in [
        "Each line that is there (8,000) is in this report; those before are gone, and nobody signed for it.",
        "The chain breaks at line 121: 120 lines before it are gone. The lines from there on are in this report; what stood \
         before is not.",
    ] {
        assert!(text.contains(said), "{said}\n{}", &text[..3000]);
    }
    assert!(!text.contains("good lines before") && !text.contains("lines before it are in this report"));
    assert!(!text.contains("No line was ever removed"));
}

#[test]
fn an_empty_ledger_is_called_empty_and_not_verified() {
    let html = page("empty", &empty());
    let text = text(&html);
    assert!(text.contains("ledger empty") && text.contains("there is no chain to verify"));
    let lower = text.to_lowercase();
    for claim in ["chain verified", "integrity: verified", "verified. the ledger", "ever removed", "there is no gap"] {
        assert!(!lower.contains(claim), "{claim}\n{text}");
    }
    assert!(!html.contains("class=\"callout pass\"") && !html.contains("badge verified"));
}

#[test]
fn the_chain_is_said_to_reach_from_the_first_line_there_is_to_the_last() {
    let mut audit = large();
    (audit.integrity.first_seq, audit.integrity.lines) = (1121, 10_040);
    let text = text(&page("pruned", &audit));
    assert!(text.contains("The chain of 10,040 lines was recomputed from line 1,121 to line 11,160 and holds."));
}

#[test]
fn runs_without_a_value_held_against_a_floor_claim_none() {
    let said = |change: &dyn Fn(&mut Audit)| {
        let mut audit = large();
        audit.compliance.clear();
        audit.series.clear();
        audit.incidents.clear();
        (audit.overview.incidents_opened, audit.overview.incidents_open) = (0, 0);
        change(&mut audit);
        text(&page("valueless", &audit))
    };
    let nothing = said(&|audit| (audit.overview.metrics, audit.overview.values) = (0, 0));
    assert!(nothing.contains("the ledger records 10,950 runs: 10,701 with status PASS"), "{}", &nothing[..2000]);
    assert!(nothing.contains("No value was recorded, so nothing was held against a floor."));
    assert!(nothing.contains("The ledger records no regression that began or was open."));
    assert!(said(&|_| {}).contains("None of its 218,400 values was held against a floor."));
    assert!(said(&|audit| audit.overview.values = 1).contains("Its 1 value was not held against a floor."));
    // One that began before and ended in the period was open in it.
    let ended = said(&|audit| audit.incidents = large().incidents.split_off(3));
    assert!(ended.contains("No regression began in the period, and none is open at its end."));
}

#[test]
fn an_accepted_regression_names_who_accepted_it_and_why() {
    let permitted = |change: &dyn Fn(&mut Audit)| {
        let mut audit = large();
        let end = audit.incidents[1].end.as_ref().unwrap();
        let (run_id, seq) = (end.run_id.clone(), end.seq);
        let record = &mut audit.baselines[5];
        (record.run_id, record.seq) = (run_id, seq - 1);
        record.author = Some("Grace Sample".into());
        record.reason = Some("Slower on purpose".into());
        change(&mut audit);
        let html = page("accepted", &audit);
        let table = &html[html.find("Incidents, times in UTC").unwrap()..];
        text(&table[..table.find("</table>").unwrap()])
    };
    let line = large().incidents[1].end.as_ref().unwrap().seq - 1;
    let said = permitted(&|_| {});
    assert!(said.contains(&format!("Grace Sample: Slower on purpose (line {line})")), "{said}");
    let said = permitted(&|audit| (audit.baselines[5].author, audit.baselines[5].reason) = (None, None));
    assert!(said.contains(&format!("not recorded: not recorded (line {line})")), "{said}");
    // The nearest promotion of that run accepted it, and never one of another environment.
    let said = permitted(&|audit| {
        let mut other = audit.baselines[5].clone();
        (other.seq, other.author) = (line + 900, Some("Later Anchor".into()));
        audit.baselines.insert(0, other);
    });
    assert!(said.contains("Grace Sample: Slower") && !said.contains("Later Anchor"), "{said}");
    let said = permitted(&|audit| audit.baselines[5].epoch = bench_model::provenance::Epoch("other".into()));
    assert!(said.contains("accepted by a promotion that is not in this report"), "{said}");
}

#[test]
fn a_release_without_evidence_says_which_run_it_lacks() {
    assert!(text(&page("large", &large())).contains("no complete run of a clean tree of this commit"));
}

#[test]
fn a_cell_of_the_matrix_has_a_sign_and_its_figures() {
    let html = page("large", &large());
    assert_eq!(html.matches("<td class=\"idle\"").count(), 10);
    let below = html.matches("<td class=\"below\"").count();
    assert_eq!(below, html.matches("<b>✗3</b><small>99.1</small></td>").count());
    assert!(below > 5);
    let words = "met 99.1 % of the time, lowest margin 0.962×";
    assert_eq!(html.matches(words).count(), below);
    assert_eq!(html.matches("scope=\"colgroup\"").count(), 4);
}

#[test]
fn what_nobody_recorded_is_said_to_be_so() {
    let html = page("large", &large());
    let start = html.find("Promotions, times in UTC").unwrap();
    let table = &html[start..start + html[start..].find("</table>").unwrap()];
    assert!(table.matches("not recorded").count() >= 7 + 11, "{}", table.matches("not recorded").count());
    // Whether a line that is gone was written before the period or in it, nobody can tell.
    assert!(table.contains("time not recorded") && table.contains("its line was pruned"));
    assert!(!table.contains("before the period"), "{table}");
    let mut audit = large();
    audit.baselines[1].in_period = false;
    assert!(page("earlier", &audit).contains("<span class=\"sub\">before the period</span>"));
}

#[test]
fn releases_are_not_spoken_of_when_no_repository_was_looked_at() {
    let mut audit = large();
    assert!(text(&page("large", &audit)).contains("v1.5.0"));
    audit.releases = None;
    let without = text(&page("unlooked", &audit));
    assert!(without.contains("No repository could tell the releases"));
    audit.releases = Some(Vec::new());
    assert!(text(&page("unreleased", &audit)).contains("no release was tagged in the period"));
}

#[test]
fn equal_audits_give_equal_pages_that_are_small_and_quick() {
    let audit = large();
    let began = Instant::now();
    let first = audit_page(&audit, None).unwrap();
    let took = began.elapsed();
    assert_eq!(first, audit_page(&audit, None).unwrap());
    assert!(first.len() < 3_000_000, "{} bytes", first.len());
    // Far above what it takes, so that only a wrong order of growth fails here.
    assert!(took < Duration::from_secs(5), "{took:?}");
    println!("{} bytes in {took:?}", first.len());
}

#[test]
fn charts_of_very_many_series_share_a_budget_of_points() {
    let mut audit = large();
    let one = audit.series.clone();
    for copy in 0..20 {
        audit.series.extend(one.iter().cloned().map(|mut series| {
            series.epoch.0 = format!("epoch-{copy}");
            series
        }));
    }
    let html = audit_page(&audit, None).unwrap();
    assert_eq!(html.matches("<figure class=\"chart\">").count(), 420);
    assert!(html.len() < 6_000_000, "{}", html.len());
}

#[test]
fn a_template_of_ones_own_must_be_html_and_may_name_only_what_there_is() {
    let own = |name, text| audit_page(&tiny(), Some(Template { name, text }));
    assert_eq!(own("own.html", "{{ subject }}").unwrap(), "first-week");
    for (name, text) in [("own.txt", "{{ subject }}"), ("own.html", "{{ subjekt }}")] {
        assert!(matches!(own(name, text), Err(ReportError::Template { .. })), "{name} {text}");
    }
}
