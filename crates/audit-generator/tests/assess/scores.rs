//! Readiness: points, scores, and what keeps a service from being ready.

use bench_model::assessment::{AssessmentStatus, Category, Readiness};
use serde_json::{Value, json};

use crate::fixture::{Ledger, config, default_plan, law, level, metric, observed, run, scale, scaled, with};

const DAY: &str = "2026-11-30T00:00:00Z";
const TWO: &str = "[[input]]\ncategory = \"horizontal\"\nmetric = \"a#b\"\nall = \"10 ns\"\nnone = \"20 ns\"\n\
    [[input]]\ncategory = \"horizontal\"\nmetric = \"c#d\"\nall = \"100 B\"\nnone = \"0 B\"\n";

fn horizontal(ledger: &Ledger, text: &str) -> Readiness {
    let of = ledger.with_config(text);
    of.readiness.into_iter().find(|one| one.category == Category::Horizontal).unwrap()
}

#[test]
fn points_run_in_a_straight_line_between_all_and_none_in_both_directions() {
    for (time, bytes, score) in
        [(10.0, 100.0, 100.0), (1.0, 1000.0, 100.0), (15.0, 50.0, 50.0), (20.0, 0.0, 0.0), (30.0, 25.0, 12.5)]
    {
        let mut ledger = Ledger::new();
        ledger.run(DAY, run("r1", "e", &[metric("a#b", time, "ns"), metric("c#d", bytes, "B")]));
        let found = horizontal(&ledger, TWO);
        assert_eq!(found.score.unwrap().get(), score, "{time} {bytes}");
        assert!(found.inputs.iter().all(|input| input.evidence == "E1"));
    }
}

#[test]
fn what_was_not_measured_earns_no_points_and_is_named() {
    let mut ledger = Ledger::new();
    ledger.run(DAY, run("r1", "e", &[metric("a#b", 10.0, "ns")]));
    let found = horizontal(&ledger, TWO);
    assert_eq!((found.score.unwrap().get(), found.missing[0].name.as_str()), (50.0, "c#d"));
    assert_eq!(
        found.formula,
        "100 x points / 2, one for each input, by the worse end of its interval where it has one; 1 of them not measured, and without points"
    );
}

#[test]
fn points_are_those_of_the_worse_end_of_an_interval() {
    let rounds = |value: f64| [value * (-0.1_f64).exp(), value, value * 0.1_f64.exp()];
    let mut ledger = Ledger::new();
    let (time, bytes) = (metric("a#b", 15.0, "ns"), metric("c#d", 50.0, "B"));
    let values = [(time, rounds(15.0)), (bytes, rounds(50.0))];
    ledger.run(DAY, run("r1", "e", &values.map(|(metric, rounds)| with(metric, json!({ "rounds": rounds })))));
    let found = horizontal(&ledger, TWO);
    // Student's t of 2 degrees of freedom: e to the power of 4.303 x 0.1 / sqrt(3) is 1.282, up where less is better, and down where more is.
    let points: Vec<f64> = found.inputs.iter().map(|input| input.points.get()).collect();
    assert!((points[0] - (20.0 - 15.0 * 1.282) / 10.0).abs() < 1e-3, "{points:?}");
    assert!((points[1] - 0.5 / 1.282).abs() < 1e-3, "{points:?}");
    assert_eq!(found.inputs[1].rule, "all at 100 B, none at 0 B; by the worse end of its interval, 39.0 B");
    assert!(found.formula.ends_with("by the worse end of its interval where it has one"), "{}", found.formula);
}

#[test]
fn a_number_of_a_law_without_an_interval_earns_nothing_however_good() {
    const INPUT: &str = "[[input]]\ncategory = \"horizontal\"\nmetric = \"scale-trust/processes/law#coherency\"\nall = \"0 %\"\nnone = \"1 %\"\n";
    let score = |coherency: Value| {
        let law = with(law(0.01, 0.0), json!({ "coherency": coherency }));
        let metrics = [observed("scale-trust/processes/law#coherency", 0.0, "ratio")];
        let mut ledger = Ledger::new();
        ledger.run(DAY, scaled("r", &scale("processes", 8, &[level(1, 100.0), level(2, 190.0)], &law), &metrics));
        let found = horizontal(&ledger, INPUT);
        (found.score.map(|score| score.get().round()), found.missing.first().map(|missing| missing.why.clone()))
    };
    let known = json!({ "value": 0.0, "interval": { "lower": 0.0, "upper": 0.001, "level": 0.95, "from": "rounds" } });
    assert_eq!(score(known), (Some(90.0), None));
    let (scored, why) = score(json!({ "value": 0.0 }));
    assert_eq!((scored, why.as_deref()), (None, Some("0 %: the law gives its coherency without an interval")));
}

#[test]
fn the_overall_score_counts_measured_categories_only_and_says_how_many() {
    let mut ledger = Ledger::new();
    ledger.run(DAY, run("r1", "e", &[metric("a#b", 10.0, "ns"), metric("c#d", 100.0, "B")]));
    let of = ledger.with_config(TWO);
    let overall = of.overall.unwrap();
    assert_eq!((overall.score.get(), overall.measured, overall.of), (100.0, 1, 6));
    assert!(of.summary.contains("1 of 6 categories measured, with 100 of 100 over these"), "{}", of.summary);
}

#[test]
fn a_test_earns_its_point_only_when_it_passed() {
    let text = "[[input]]\ncategory = \"horizontal\"\ntest = \"L4\"\n";
    let score = |status: &str| {
        let mut ledger = Ledger::new();
        let line = run("r", "e", &[metric("burst/all/all#rps", 9.0, "1/s")]);
        ledger.run(DAY, with(line, json!({ "status": status })));
        horizontal(&ledger, text).score.map(bench_model::Finite::get)
    };
    assert_eq!((score("PASS"), score("FAIL"), score("WARN")), (Some(100.0), Some(0.0), None));
    let unknown = horizontal(&Ledger::new(), "[[input]]\ncategory = \"horizontal\"\ntest = \"X9\"\n");
    assert_eq!(unknown.missing[0].why, "the plan has no such test");
}

#[test]
fn ready_is_what_reaches_every_score_and_target_and_fails_no_test() {
    let plan = |limit: &str| {
        let text = format!(
            "[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nmetric = \"a#b\"\nat_most = \"{limit}\"\n"
        );
        audit_generator::parse_plan(std::path::Path::new("plan.toml"), &text).unwrap()
    };
    let target = |target: &str| format!("{TWO}[[target]]\nname = \"bytes\"\ntarget = \"{target}\"\nmetric = \"c#d\"\n");
    let status = |bytes: f64, limit: &str, wanted: &str| {
        let mut ledger = Ledger::new();
        ledger.run(DAY, run("r1", "e", &[metric("a#b", 10.0, "ns"), metric("c#d", bytes, "B")]));
        let of = ledger.with(&config(&target(wanted)), &plan(limit)).0;
        (of.status, of.reasons)
    };
    assert_eq!(status(100.0, "10 ns", "100 B"), (AssessmentStatus::Ready, vec![]));
    let (failed, reasons) = status(100.0, "9 ns", "100 B");
    assert_eq!((failed, reasons), (AssessmentStatus::NotReady, vec!["1 test failed: `T`".into()]));
    let (missed, reasons) = status(100.0, "10 ns", "200 B");
    assert_eq!(
        (missed, reasons),
        (AssessmentStatus::NotReady, vec!["the target bytes is missed: 100 B of 200 B".into()])
    );
    let (low, reasons) = status(10.0, "10 ns", "1 B");
    assert_eq!(
        (low, reasons),
        (AssessmentStatus::NotReady, vec!["Horizontal scaling has 55.0 of 100, less than 70".into()])
    );
    assert_eq!(Ledger::new().with(&config(TWO), &default_plan()).0.status, AssessmentStatus::NotAssessed);
}

#[test]
fn a_target_says_how_many_times_as_much_is_wanted() {
    let mut ledger = Ledger::new();
    ledger.run(DAY, run("r1", "e", &[metric("a#b", 10.0, "1/s")]));
    let text = |target: &str| format!("[[target]]\nname = \"x\"\ntarget = \"{target}\"\nmetric = \"a#b\"\n");
    let factor = |target: &str| ledger.with_config(&text(target)).targets[0].factor.map(bench_model::Finite::get);
    assert_eq!((factor("40 1/s"), factor("5 1/s"), factor("5 B")), (Some(4.0), Some(0.5), None));
}

#[test]
fn regions_are_counted_in_the_newest_run_alone() {
    let mut ledger = Ledger::new();
    let region = |name: &str, rate: f64| metric(&format!("multi-region/all/all/{name}#rps"), rate, "1/s");
    ledger.run("2026-11-01T00:00:00Z", run("r1", "e", &[region("a", 1.0), region("b", 1.0), region("c", 1.0)]));
    let whole = metric("multi-region/all/all#rps", 9.0, "1/s");
    let newest = ledger.run(DAY, run("r2", "e", &[region("a", 1.0), region("b", 1.0), region("d", 0.0), whole]));
    let text = "[[target]]\nname = \"regions\"\ntarget = \"4 count\"\nregions = \"multi-region\"\n";
    let target = ledger.with_config(text).targets.remove(0);
    let current = target.current.map(|current| current.value.get());
    assert_eq!(
        (current, target.factor.map(bench_model::Finite::get), target.evidence),
        (Some(2.0), Some(2.0), Some(newest))
    );
}
