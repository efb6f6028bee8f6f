//! `assessment.toml` and `scalability_plan.toml`: what is refused, and where.

use std::path::Path;

use audit_generator::{AssessConfig, parse_plan};
use bench_model::Failure;
use bench_model::config::ConfigError;

use crate::fixture::{default_config, default_plan};

fn told<T>(read: Result<T, ConfigError>) -> String {
    match read {
        Ok(_) => panic!("it is read"),
        Err(error) => format!("{}: {error}", error.location().unwrap().line.unwrap_or(0)),
    }
}

fn plan(text: &str) -> String {
    told(parse_plan(Path::new("plan.toml"), text))
}

fn assessment(more: &str) -> String {
    let head =
        "max_age_days = 30\nleast_score = 70\nrequired = []\nsafety_margin = 1.5\nservice_level = { p95 = \"1 s\" }\n";
    told(AssessConfig::parse(Path::new("assessment.toml"), &format!("{head}{more}")))
}

#[test]
fn the_compiled_in_files_are_read_and_fit_each_other() {
    let (config, plan) = (default_config(), default_plan());
    assert_eq!(config.required.len(), 6);
    assert!(config.prices.unwrap().example && config.demands.iter().all(|demand| demand.example));
    for input in &config.inputs {
        if let audit_generator::InputBy::Test(id) = &input.by {
            assert!(plan.tests.iter().any(|test| test.id == *id), "the plan has no test {id}");
        }
    }
}

#[test]
fn a_metric_that_no_scalability_run_measures_is_refused_with_the_nearest() {
    let test = |metric: &str| {
        plan(&format!(
            "[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\nmetric = \"{metric}\"\nat_most = \"1 %\"\n"
        ))
    };
    let said = test("scale-trust/processes/2#eficiency");
    assert!(said.starts_with("5: `test.metric` names `eficiency`, which no scalability run measures; did you mean `scale-trust/processes/2#efficiency`"), "{said}");
    assert!(test("scale-trust/processes/law#throughput").contains("no scalability run measures"));
    assert!(test("scale-trust/processes/2#contention").contains("no scalability run measures"));
}

#[test]
fn a_plan_is_refused_where_a_test_has_no_sense() {
    let head = "[[test]]\nid = \"T\"\ncategory = \"load\"\ntitle = \"t\"\n";
    assert_eq!(plan(""), "1: `test` holds at least one test: write [[test]]");
    assert!(plan(head).contains(
        "has exactly one of `metric`, `throughput`, `cost`, `scenario`, `not_automated` and `not_applicable`"
    ));
    assert!(plan(&format!("{head}metric = \"a#b\"\n")).contains("either `at_least` or `at_most`"));
    assert!(
        plan(&format!("{head}metric = \"a#b\"\nat_most = 5\n")).starts_with("6: `test.at_most` is a text with a unit")
    );
    assert!(plan(&format!("{head}scenario = \"x\"\nat_most = \"5 %\"\n")).contains("a limit only beside"));
    assert!(plan(&format!("{head}scenario = \"x\"\nimported = \"y\"\n")).contains("`imported` only beside"));
    assert!(plan(&format!("{head}cost = \"scale-trust/processes/0\"\nat_most = 1\n")).contains("a size or `best`"));
    assert!(
        plan(&format!("{head}cost = \"scale-trust/pods/1\"\nat_most = 1\n"))
            .contains("one of processes, threads, pool, connections")
    );
    assert_eq!(
        plan(&format!("{head}scenari = \"x\"\n")),
        "5: unknown key `test.scenari`; did you mean `test.scenario`"
    );
    assert!(
        plan(&format!("{head}scenario = \"x\"\n{head}scenario = \"y\"\n"))
            .ends_with("`test.id` `T` stands there twice")
    );
    assert!(plan(&head.replace("load", "lod")).contains("did you mean `load`"));
}

#[test]
fn a_configuration_is_refused_where_it_has_no_sense() {
    assert_eq!(assessment("pricess = 1\n"), "6: unknown key `pricess`; did you mean `prices`");
    assert_eq!(
        assessment("[prices]\ncurency = \"EUR\"\n"),
        "7: unknown key `prices.curency`; did you mean `prices.currency`"
    );
    assert!(assessment("[prices]\ncurrency = \"EUR\"\n").contains("at least one price above 0"));
    assert!(assessment("[prices]\ncurrency = \"EUR\"\ncpu_hour = -1\n").starts_with("8: `prices.cpu_hour`"));
    assert!(assessment("[[target]]\nname = \"x\"\ntarget = \"5\"\nsize = \"s/threads\"\n").contains("has no unit"));
    let demand = "[[demand]]\nname = \"x\"\ncapacity = \"s/threads\"\nhorizon_days = 3\n";
    assert!(assessment(demand).contains("has a `metric`, an `expected` peak, or both"));
    assert!(assessment("[[target]]\nname = \"x\"\ntarget = \"5 count\"\n").contains("has exactly one of"));
    let input = "[[input]]\ncategory = \"vertical\"\n";
    assert!(
        assessment(&format!("{input}metric = \"a#b\"\nall = \"1 s\"\nnone = \"1 s\"\n"))
            .contains("another value than `all`")
    );
    assert!(
        assessment(&format!("{input}metric = \"a#b\"\nall = \"1 s\"\nnone = \"1 B\"\n"))
            .contains("is in B, where ns is wanted")
    );
    assert!(assessment(&format!("{input}cost = \"s/threads/1\"\nall = 2\nnone = 1\n")).contains("less cost is better"));
    assert!(assessment(&input.replace("vertical", "verticl")).contains("did you mean `vertical`"));
    assert!(
        assessment("[[operations]]\nserver = \"Redis\"\nmetrics = \"redis#{measure}\"\n")
            .contains("has {operation} in it")
    );
    assert!(
        assessment("[[component]]\nname = \"x\"\nvertical = \"s/pool\"\nno_vertical = \"y\"\n")
            .contains("either `vertical` or `no_vertical`")
    );
}
