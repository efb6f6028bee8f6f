//! `waivers.toml`: what is read, and what is refused with its line.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use bench_model::Failure;
use bench_model::config::{parse_waivers, waivers_from_folder};
use bench_model::ledger::Waiver;
use bench_model::time::Timestamp;

const GOOD: &str = r#"
[[waiver]]
metric = "parse/large#time"
ceiling = "10 %"
expires = "2026-12-31"
issue = "https://example.org/42"
reason = "the checked parser costs this much"
author = "A. Maintainer"
"#;

fn read(text: &str) -> Vec<Waiver> {
    parse_waivers(Path::new("waivers.toml"), text).unwrap()
}

/// The message and the line of what is wrong.
fn refused(text: &str) -> (String, u64) {
    let error = parse_waivers(Path::new("waivers.toml"), text).unwrap_err();
    (error.to_string(), error.location().unwrap().line.unwrap())
}

#[test]
fn reads_a_waiver_with_its_ceiling_as_a_ratio() {
    let waivers = read(GOOD);
    assert_eq!(waivers.len(), 1);
    let waiver = &waivers[0];
    assert_eq!((waiver.metric.as_str(), waiver.ceiling.get()), ("parse/large#time", 0.1));
    assert_eq!((waiver.expires.as_str(), waiver.author.as_str()), ("2026-12-31", "A. Maintainer"));
    assert_eq!(read(""), []);
}

#[test]
fn holds_through_its_last_day_and_not_a_second_longer() {
    let waiver = &read(GOOD)[0];
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(waiver.in_force(at("2026-12-31T23:59:59Z")));
    assert!(!waiver.in_force(at("2027-01-01T00:00:00Z")));
}

#[test]
fn every_key_is_needed_and_no_other_is_known() {
    for key in ["metric", "ceiling", "expires", "issue", "reason", "author"] {
        let text: String = GOOD.lines().filter(|line| !line.starts_with(key)).map(|line| format!("{line}\n")).collect();
        let (message, line) = refused(&text);
        assert!(message.contains(key), "{message}");
        assert_eq!(line, 2, "{key}");
    }
    let (message, line) = refused(&GOOD.replace("expires", "expire"));
    assert!(message.contains("unknown key `waiver.expire`; did you mean `waiver.expires`"), "{message}");
    assert_eq!(line, 5);
    assert!(refused(&GOOD.replace("[[waiver]]", "[[waivers]]")).0.contains("did you mean `waiver`"));
}

#[test]
fn refuses_what_permits_nothing_or_everything_or_lacks_a_unit() {
    for (ceiling, part) in [("\"0 %\"", "above 0 %"), ("\"100 %\"", "below 100 %"), ("0.1", "%"), ("\"10 ms\"", "%")] {
        let (message, line) = refused(&GOOD.replace("\"10 %\"", ceiling));
        assert!(message.contains("waiver.ceiling") && message.contains(part), "{ceiling}: {message}");
        assert_eq!(line, 4);
    }
}

#[test]
fn refuses_days_that_are_none_and_texts_that_say_nothing() {
    for day in ["2026-02-30", "31.12.2026", "soon", ""] {
        assert_eq!(refused(&GOOD.replace("2026-12-31", day)).1, 5, "{day}");
    }
    let (message, line) = refused(&GOOD.replace("A. Maintainer", "  "));
    assert_eq!((message.as_str(), line), ("`waiver.author` is a visible text", 8));
}

#[test]
fn one_metric_is_waived_once() {
    let (message, line) = refused(&format!("{GOOD}{GOOD}"));
    assert!(message.contains("`parse/large#time` is waived twice"), "{message}");
    assert_eq!(line, 11);
}

#[test]
fn no_file_is_no_waiver_and_a_folder_in_its_place_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(waivers_from_folder(folder.path()).unwrap(), []);
    std::fs::create_dir(folder.path().join("waivers.toml")).unwrap();
    assert!(waivers_from_folder(folder.path()).is_err());
}
