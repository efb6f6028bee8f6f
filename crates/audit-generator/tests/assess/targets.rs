//! What is measured of what is wanted: sizes that nobody tested beyond, and less that is better.

use bench_model::Direction;
use bench_model::assessment::{BenchmarkTarget, TargetOutcome};
use serde_json::{Value, json};

use crate::fixture::{Ledger, level, metric, program, refused, run, scale, scaled, with};

const DAY: &str = "2026-11-30T00:00:00Z";

fn users(levels: &[Value]) -> BenchmarkTarget {
    let mut ledger = Ledger::new();
    ledger.run(DAY, scaled("r1", &scale("connections", 8, levels, &refused()), &[]));
    let text = "[[target]]\nname = \"users\"\ntarget = \"1000 count\"\nsize = \"scale-trust/connections\"\n";
    ledger.with_config(text).targets.remove(0)
}

#[test]
fn a_size_is_missed_only_where_one_of_at_most_that_does_not_keep_the_service_level() {
    let slow = |at: u32| with(level(at, 100.0), json!({ "p95": 2e8 }));
    let dead =
        |at: u32| with(level(at, 100.0), json!({ "p95": null, "unusable_rounds": 1, "unusable_why": "it ended" }));
    let limited = |at: u32| with(slow(at), json!({ "limited_rounds": 1 }));
    for (levels, outcome, at_least, words) in [
        (vec![level(10, 1.0), level(1000, 1.0)], TargetOutcome::Met, true, ""),
        (vec![level(10, 1.0), slow(1000)], TargetOutcome::Missed, false, ""),
        (
            vec![level(10, 1.0), level(100, 1.0)],
            TargetOutcome::NotKnown,
            true,
            "at least 100 connections, not tested beyond",
        ),
        (
            vec![level(100, 1.0), slow(2000)],
            TargetOutcome::NotKnown,
            true,
            "at least 100 connections, not tested between that and 2,000 connections",
        ),
        (vec![level(100, 1.0), dead(1000)], TargetOutcome::NotKnown, true, "not known beyond: no evidence: it ended"),
        (
            vec![level(100, 1.0), limited(1000)],
            TargetOutcome::NotKnown,
            true,
            "and the generator was the limit in 1 round",
        ),
    ] {
        let found = users(&levels);
        assert_eq!((found.outcome, found.at_least), (outcome, at_least), "{}", found.why);
        assert!(found.why.contains(words), "{}", found.why);
    }
}

#[test]
fn sizes_that_are_targets_are_asked_for_even_where_every_test_was_run() {
    let told = |sizes: &[u32], target: &str| {
        let mut ledger = Ledger::new();
        let levels: Vec<_> = sizes.iter().map(|at| level(*at, 100.0)).collect();
        ledger.run(DAY, scaled("r1", &scale("connections", 2, &levels, &refused()), &[]));
        let path = ledger.write();
        let folder = ledger.folder.path();
        std::fs::create_dir(folder.join("config")).unwrap();
        std::fs::write(
            folder.join("config/assessment.toml"),
            format!("max_age_days = 30\nleast_score = 70\nrequired = []\nsafety_margin = 1.5\nservice_level = {{ p95 = \"1 s\" }}\n\
                [[target]]\nname = \"users\"\ntarget = \"{target} count\"\nsize = \"scale-trust/connections\"\n"),
        )
        .unwrap();
        let plan = "[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nthroughput = \"scale-trust/connections\"\nat_least = \"1 1/s\"\n";
        std::fs::write(folder.join("plan.toml"), plan).unwrap();
        let output =
            program(folder, &["assess", "--ledger", path.to_str().unwrap(), "--plan", "plan.toml", "--missing"]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(told(&[1, 2, 3, 5, 10], "1000"), "scale scale-trust connections 1,2,3,5,10,1000\n");
    assert_eq!(told(&[1, 2, 3, 5, 10, 1000], "1000"), "");
    // More than a generator opens is asked of nobody.
    assert_eq!(told(&[1, 2, 3, 5, 10], "100001"), "");
}

#[test]
fn where_less_is_better_a_target_is_an_upper_limit() {
    let found = |value: f64| {
        let mut ledger = Ledger::new();
        let line = with(metric("a#b", value, "ns"), json!({ "direction": "lower_is_better" }));
        ledger.run(DAY, run("r1", "e", &[line]));
        let of = ledger.with_config("[[target]]\nname = \"x\"\ntarget = \"10 ns\"\nmetric = \"a#b\"\n");
        let advice = of.recommendations.iter().find(|it| it.from.starts_with("the target x")).map(|it| it.text.clone());
        let reason = of.reasons.iter().find(|it| it.starts_with("the target x")).cloned();
        (of.targets[0].outcome, of.targets[0].direction, of.targets[0].factor.unwrap().get(), advice, reason)
    };
    assert_eq!(found(5.0), (TargetOutcome::Met, Direction::LowerIsBetter, 0.5, None, None));
    let (outcome, _, factor, advice, reason) = found(40.0);
    assert_eq!((outcome, factor), (TargetOutcome::Missed, 4.0));
    assert_eq!(advice.as_deref(), Some("lower x from 40.0 ns to 10.0 ns"));
    assert_eq!(reason.as_deref(), Some("the target x is missed: 40.0 ns, where at most 10.0 ns is wanted"));
}
