//! `kpi.toml`: what a contract may say, and how each mistake is told.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

use std::path::Path;

use bench_model::config::{Bound, ConfigError, Contracts, Formula, LedgerMeasure, Measure};
use bench_model::{Failure, Unit};

fn parse(text: &str) -> Result<Contracts, ConfigError> {
    Contracts::parse(Path::new("config/kpi.toml"), text)
}

/// A contract of points, with `rest` behind its name.
fn contract(rest: &str) -> String {
    format!("[[kpi]]\nname = \"a\"\nabout = \"what it says\"\n{rest}\n")
}

/// Points for runs, with these steps.
fn steps(of: &str, steps: &str) -> String {
    contract(&format!("[[kpi.points]]\nwhat = \"runs\"\n{of}\nsteps = [{steps}]"))
}

/// What is said about a text, as one line: place, what, and next.
fn told(text: &str) -> String {
    match parse(text) {
        Ok(contracts) => panic!("accepted: {contracts:?}"),
        Err(error) => {
            let line = error.location().and_then(|place| place.line);
            format!("{}: {error}", line.map_or("-".into(), |line| line.to_string()))
        }
    }
}

#[test]
fn the_committed_contracts_name_the_eight_indicators_of_the_specification() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/kpi.toml"));
    let contracts = Contracts::read(path).unwrap();
    let mut names: Vec<_> = contracts.kpis.iter().map(|contract| contract.name.to_string()).collect();
    names.sort();
    let eight = [
        "authority_modeling",
        "automation_depth",
        "data_integration",
        "economic_measurability",
        "enterprise_readiness",
        "operational_maturity",
        "scalability",
        "technical_completeness",
    ];
    assert_eq!(names, eight);
    for contract in &contracts.kpis {
        assert_eq!((contract.floor.get(), contract.max_drop.get()), (3.0, 1.0), "{}", contract.name);
    }
}

#[test]
fn no_committed_formula_can_give_more_than_ten() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/kpi.toml"));
    for contract in Contracts::read(path).unwrap().kpis {
        if let Formula::Points { base, points } = &contract.formula {
            let most: f64 = base.get() + points.iter().map(|points| points.most().get()).sum::<f64>();
            assert!(most <= 10.0, "{} gives {most}", contract.name);
        }
    }
}

#[test]
fn limits_come_from_the_contract_else_from_the_defaults_else_from_the_program() {
    let text = "[defaults]\ngreen = 8\nwindow = 7\n".to_owned()
        + &contract("score = \"m#s\"\nfloor = 1\nyellow = 2")
        + &contract("score = \"m#s\"").replace("\"a\"", "\"b\"");
    let contracts = parse(&text).unwrap();
    assert_eq!(contracts.window, 7);
    let limits = |place: usize| {
        let contract = &contracts.kpis[place];
        [contract.floor, contract.yellow, contract.green, contract.max_drop].map(f64::from)
    };
    assert_eq!(limits(0), [1.0, 2.0, 8.0, 1.0]);
    assert_eq!(limits(1), [3.0, 3.0, 8.0, 1.0]);
}

#[test]
fn steps_are_read_in_any_order_and_the_best_that_is_reached_counts() {
    let text = steps("of = \"clean_runs\"", "{ at_least = \"50 %\", points = 1 }, { at_least = \"90 %\", points = 3 }");
    let contracts = parse(&text).unwrap();
    let Formula::Points { points, .. } = &contracts.kpis[0].formula else { panic!() };
    let points = &points[0];
    assert_eq!(points.of, Measure::Ledger(LedgerMeasure::CleanRuns));
    assert_eq!((points.bound, points.unit), (Bound::AtLeast, Unit::Ratio));
    let earned = |value: f64| points.earned(value).get();
    assert_eq!([0.0, 0.4999, 0.5, 0.8999, 0.9, 1.0].map(earned), [0.0, 0.0, 1.0, 1.0, 3.0, 3.0]);
}

#[test]
fn at_most_counts_downwards() {
    let text = steps(
        "of = \"open_incidents\"",
        "{ at_most = \"0 count\", points = 2 }, { at_most = \"2 count\", points = 1 }",
    );
    let contracts = parse(&text).unwrap();
    let Formula::Points { points, .. } = &contracts.kpis[0].formula else { panic!() };
    let earned = |value: f64| points[0].earned(value).get();
    assert_eq!([0.0, 1.0, 2.0, 3.0].map(earned), [2.0, 1.0, 1.0, 0.0]);
}

#[test]
fn every_share_of_whole_runs_reaches_the_step_that_is_written_as_its_percentage() {
    for (part, whole) in [(7_u32, 10_u32), (11, 20), (19, 20), (57, 100)] {
        let percent = f64::from(part) / f64::from(whole) * 100.0;
        let text = steps("of = \"clean_runs\"", &format!("{{ at_least = \"{} %\", points = 1 }}", percent.round()));
        let contracts = parse(&text).unwrap();
        let Formula::Points { points, .. } = &contracts.kpis[0].formula else { panic!() };
        assert_eq!(points[0].earned(f64::from(part) / f64::from(whole)).get(), 1.0, "{part} of {whole}");
    }
}

#[test]
fn a_formula_says_in_words_what_it_counts() {
    let text =
        steps("metric = \"m#rate\"", "{ at_least = \"5000 1/s\", points = 3 }, { at_least = \"1 k/s\", points = 1.5 }")
            .replace("[[kpi.points]]", "base = 2\n[[kpi.points]]");
    let formula = parse(&text).unwrap().kpis[0].formula.to_string();
    assert_eq!(formula, "2 + runs (3 for at least 5.00 k/s, 1.50 for at least 1.00 k/s), at most 10");
    let score = parse(&contract("score = \"m#s\"")).unwrap().kpis[0].formula.to_string();
    assert_eq!(score, "the value of `m#s`");
}

#[test]
fn unknown_keys_are_refused_with_the_line_and_the_nearest_key() {
    assert_eq!(told("[default]\n"), "1: unknown key `default`; did you mean `defaults`");
    assert_eq!(told("[defaults]\nflor = 3\n"), "2: unknown key `defaults.flor`; did you mean `defaults.floor`");
    assert_eq!(told(&contract("scor = \"m#s\"")), "4: unknown key `kpi.scor`; did you mean `kpi.score`");
    let text = steps("of = \"runs\"\nunit = \"B\"", "{ at_least = \"1 count\", points = 1 }");
    assert!(told(&text).starts_with("7: unknown key `kpi.points.unit`"), "{}", told(&text));
    let text = steps("of = \"runs\"", "{ atleast = \"1 count\", points = 1 }");
    assert_eq!(told(&text), "7: unknown key `kpi.points.steps.atleast`; did you mean `kpi.points.steps.at_least`");
    let text = contract("[[kpi.needs]]\nwhat = \"x\"\nwy = \"y\"");
    assert_eq!(told(&text), "6: unknown key `kpi.needs.wy`; did you mean `kpi.needs.why`");
}

#[test]
fn every_mistake_in_a_contract_is_named_where_it_stands() {
    let one = "{ at_least = \"1 count\", points = 1 }";
    let cases = [
        (String::new(), "1: `kpi` has no contract"),
        (contract("score = \"m#s\"\nfloor = 11"), "5: `kpi.floor` lies from 0 to 10"),
        (contract("score = \"m#s\"\nfloor = 5"), "2: `kpi` needs floor <= yellow <= green, and they are 5, 3 and 7"),
        (contract("score = \"m#s\"\ngreen = nan"), "5: `kpi.green` lies from 0 to 10"),
        (contract(""), "2: `kpi` has no input"),
        (contract("base = 2"), "4: `kpi.base` stands beside `points`"),
        (
            steps("of = \"runs\"", one).replace("[[kpi.p", "score = \"m#s\"\n[[kpi.p"),
            "2: `kpi` has either `score`, or `points`",
        ),
        (contract("score = \"m#s\"") + &contract("score = \"m#s\""), "6: `kpi.name` `a` stands there twice"),
        (contract("score = \"m#s\"").replace("\"a\"", "\"../a\""), "2: `kpi.name` is not usable"),
        (contract("score = \"m#s\"").replace("what it says", ""), "3: `kpi.about` is a visible text"),
        (contract("score = \"m#s\"").replace("what it says", "a\\u001b[2J"), "3: `kpi.about` is a visible text"),
        (steps("of = \"run\"", one), "6: `kpi.points.of` is no measure of the ledger; did you mean `runs`"),
        (steps("of = \"runs\"\nmetric = \"m\"", one), "5: `kpi.points` has either `of` or `metric`"),
        (steps("", one), "5: `kpi.points` has either `of` or `metric`"),
        (steps("of = \"runs\"", ""), "7: `kpi.points.steps` has no step"),
        (steps("of = \"runs\"", "{ points = 1 }"), "7: `kpi.points.steps` has either `at_least` or `at_most`"),
        (steps("of = \"runs\"", &one.replace("1 }", "0 }")), "7: `kpi.points.steps` gives above 0 and at most 10"),
        (steps("of = \"runs\"", &one.replace("1 count", "5 %")), "7: `kpi.points.steps` is not usable"),
        (steps("of = \"runs\"", &one.replace("\"1 count\"", "5")), "7: `kpi.points.steps` is not usable"),
        (
            steps("metric = \"m\"", "{ at_least = \"1 MB\", points = 1 }, { at_least = \"1 s\", points = 2 }"),
            "7: `kpi.points.steps` is not usable",
        ),
        (
            steps("of = \"runs\"", &format!("{one}, {{ at_most = \"3 count\", points = 2 }}")),
            "7: `kpi.points.steps` has `at_least` in all steps",
        ),
        (
            steps("of = \"runs\"", &format!("{one}, {{ at_least = \"3 count\", points = 0.5 }}")),
            "7: `kpi.points.steps` gives more points for what is harder",
        ),
        (
            steps("of = \"runs\"", &format!("{one}, {{ at_least = \"3 count\", points = 1 }}")),
            "7: `kpi.points.steps` gives more points for what is harder",
        ),
        (
            "[defaults]\nwindow = 0\n".to_owned() + &contract("score = \"m\""),
            "2: `defaults.window` is a number of runs",
        ),
    ];
    for (text, expected) in cases {
        let told = told(&text);
        assert!(told.starts_with(expected), "{text}\n{told}\nwanted: {expected}");
    }
}
