use bench_model::verdict::{Judgement, Status, Verdict};
use bench_report::comment::{CommentContext, format_performance_summary, has_marker, marker, render_comment};
use proptest::prelude::*;

use crate::sample::{context, finite, judgement, metric, report, violation, waiver};

/// Pieces that mean something to Markdown, HTML or GitHub, in any order, beside any characters.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@team".to_owned()),
        Just("#12".to_owned()),
        Just("GH-3".to_owned()),
        Just("`".to_owned()),
        Just("|".to_owned()),
        Just("\\|".to_owned()),
        Just("<b>".to_owned()),
        Just("-->".to_owned()),
        Just("](https://evil.example)".to_owned()),
        Just("![".to_owned()),
        Just("www.evil.example".to_owned()),
        Just(":+1:".to_owned()),
        Just("$x$".to_owned()),
        Just("__a__ *b* ~~c~~".to_owned()),
        Just("- 1. # > ".to_owned()),
        Just("&lt;".to_owned()),
        Just("</details>".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("א".to_owned()),
        any::<char>().prop_map(String::from),
        "[a-z]{1,200}",
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

/// What the type of a metric's name accepts.
fn name() -> impl Strategy<Value = String> {
    hostile()
        .prop_map(|text| text.chars().filter(|c| !c.is_control()).collect())
        .prop_filter("a name", |name: &String| !name.is_empty() && name.len() <= 4096)
}

fn found(names: &[String], text: &str) -> Judgement {
    let metrics = names.iter().enumerate().map(|(n, name)| {
        let verdict = [Verdict::Regressed, Verdict::Inconclusive, Verdict::Improved][n % 3];
        let mut metric = metric(name, verdict, 0.2);
        metric.why = format!("`{name}` {text}");
        metric.more_rounds = (verdict == Verdict::Inconclusive).then_some(7);
        metric.floor = Some(finite(1.0));
        metric
    });
    let mut found = judgement(Status::Fail, text, metrics.collect());
    found.violations = names.iter().map(|name| violation(name)).collect();
    found.reasons = vec![text.to_owned(), format!("`{text}` is open")];
    found.warnings = vec![text.to_owned()];
    found.waivers = names.iter().map(|name| waiver(name, 0.2)).collect();
    for used in &mut found.waivers {
        used.waiver.reason = text.to_owned();
    }
    found
}

/// Markdown without what the program itself writes.
fn without_own_markup(body: &str) -> String {
    let own = [
        "<code>",
        "</code>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<sub>",
        "</sub>",
        "<span>$</span>",
        "<br>",
    ];
    own.iter().fold(body.to_owned(), |body, tag| body.replace(tag, ""))
}

fn rows(body: &str) -> impl Iterator<Item = &str> {
    body.lines().filter(|line| line.starts_with('|'))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_becomes_markup(names in prop::collection::vec(name(), 1..6), text in hostile()) {
        let found = found(&names, &text);
        let comment = render_comment(&found, &report(), &context(), None).unwrap();
        let body = comment.body.strip_suffix(&format!("{}\n", comment.marker)).unwrap();
        let line = format_performance_summary(&found);
        prop_assert_eq!(body.lines().next(), Some(line.as_str()));
        prop_assert!(line.starts_with("Performance Report: ") && line.ends_with(" [FAIL]"), "{}", line);
        let bare = without_own_markup(body);
        prop_assert!(!bare.contains('<'), "{bare}");
        for (at, _) in bare.match_indices('@') {
            prop_assert!(bare[at..].starts_with("@&#8203;"), "{bare}");
        }
        for (at, _) in bare.match_indices("://") {
            prop_assert!(bare[..at].ends_with("&#8203;") || !bare[..at].ends_with("http"), "{bare}");
        }
        prop_assert!(!bare.contains('`') && !bare.contains("](") && !bare.contains('\\'), "{bare}");
        prop_assert!(!bare.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')), "{bare}");
    }

    #[test]
    fn a_row_stays_a_row(names in prop::collection::vec(name(), 1..6)) {
        let body = render_comment(&found(&names, "text"), &report(), &context(), None).unwrap().body;
        let plain: Vec<String> = (0..names.len()).map(|n| format!("name{n}")).collect();
        let expected = render_comment(&found(&plain, "text"), &report(), &context(), None).unwrap().body;
        let pipes = |body: &str| rows(body).map(|row| row.matches('|').count()).collect::<Vec<_>>();
        prop_assert_eq!(pipes(&body), pipes(&expected));
        prop_assert_eq!(body.lines().count(), expected.lines().count());
    }

    #[test]
    fn whatever_the_limit_the_line_is_first_and_the_marker_last(
        names in prop::collection::vec(name(), 1..40), text in hostile(), limit in 3_000..20_000_usize
    ) {
        let context = CommentContext { limit, key: "any", ..context() };
        let found = found(&names, &text);
        let line = format_performance_summary(&found);
        // Forty names of four characters that are each written in seven bytes at least do not fit the smallest.
        if let Ok(comment) = render_comment(&found, &report(), &context, None) {
            prop_assert!(comment.body.len() <= limit);
            prop_assert_eq!(comment.body.lines().next(), Some(line.as_str()));
            prop_assert_eq!(comment.body.lines().last(), Some(comment.marker.as_str()));
        } else {
            prop_assert!(line.len() > 1_000, "there was room");
        }
    }

    #[test]
    fn every_regression_is_named(count in 1..120_usize, length in 1..60_usize) {
        let names: Vec<String> = (0..count).map(|n| format!("{n:03}{}", "n".repeat(length))).collect();
        let metrics = names.iter().map(|name| metric(name, Verdict::Regressed, 0.2)).collect();
        let context = CommentContext { limit: 8_000, ..context() };
        let body = render_comment(&judgement(Status::Warn, "much", metrics), &report(), &context, None).unwrap().body;
        for n in 0..count {
            let named = format!("<code>{n:03}");
            prop_assert!(body.contains(&named), "{named} is not in {body}");
        }
    }

    #[test]
    fn a_key_finds_its_own_comment_only(key in hostile(), other in hostile()) {
        let comment = render_comment(&judgement(Status::Pass, "x", Vec::new()), &report(), &CommentContext { key: &key, ..context() }, None).unwrap();
        prop_assert!(has_marker(&comment.body, &key));
        prop_assert_eq!(has_marker(&comment.body, &other), key == other);
        let inner = marker(&key);
        let inner = inner.strip_prefix("<!--").and_then(|text| text.strip_suffix("-->")).unwrap();
        prop_assert!(!inner.contains("--") && !inner.contains('>') && inner.is_ascii(), "{inner}");
    }
}
