//! What holds a component back: measured, or not known.

use bench_model::assessment::{Bottleneck, Cell};
use serde_json::{Value, json};

use crate::fixture::{Ledger, law, level, refused, scale, scaled, with};

fn found(axis: &str, cores: u32, levels: &[Value], law: &Value) -> Bottleneck {
    let mut ledger = Ledger::new();
    ledger.run("2026-11-30T00:00:00Z", scaled("r1", &scale(axis, cores, levels, law), &[]));
    let text = format!(
        "[[component]]\nname = \"service\"\nhorizontal = \"scale-trust/{axis}\"\nbottleneck = \"scale-trust/{axis}\"\n"
    );
    ledger.with_config(&text).components.remove(0).bottleneck
}

fn text(bottleneck: &Bottleneck) -> String {
    match bottleneck {
        Bottleneck::Measured { text, .. } => format!("measured: {text}"),
        Bottleneck::NoneShown { text, .. } => text.clone(),
        Bottleneck::NotMeasured { why, .. } => why.clone(),
    }
}

fn with_best(members: Value) -> [Value; 2] {
    [level(1, 100.0), with(level(2, 200.0), members)]
}

#[test]
fn none_is_only_said_where_every_signal_was_measured() {
    let fine = law(0.01, 0.0001);
    assert_eq!(text(&found("processes", 8, &with_best(json!({})), &fine)), "none shown up to 2 processes");
    for (members, lacking) in [
        (json!({ "service_cpu": null }), "not measured: `use of 8 processors, by service and generator`"),
        (json!({ "generator_cpu": null }), "not measured: `use of 8 processors, by service and generator`"),
        (json!({ "pool_wait": null }), "not measured: `wait for a database connection, as a share of the p95`"),
        (json!({ "p95": null }), "not measured: `wait for a database connection, as a share of the p95`"),
    ] {
        assert_eq!(text(&found("processes", 8, &with_best(members), &fine)), lacking);
    }
    assert_eq!(
        text(&found("processes", 8, &with_best(json!({})), &refused())),
        "not measured: `contention`, `coherency`"
    );
}

#[test]
fn the_first_signal_beyond_its_limit_is_the_bottleneck() {
    let (fine, held) = (law(0.01, 0.0001), law(0.3, 0.0001));
    for (members, law, expected) in [
        (
            json!({ "limited_rounds": 1, "service_cpu": 8.0 }),
            &held,
            "measured: the generator, so that the service's own is not known, at 2 processes",
        ),
        (
            json!({ "pool_wait": 25e6, "service_cpu": 8.0 }),
            &held,
            "measured: waiting for a database connection, at 2 processes",
        ),
        (
            json!({ "service_cpu": 5.0, "generator_cpu": 2.2 }),
            &held,
            "measured: the machine's 8 processors, at 2 processes",
        ),
        (
            json!({ "service_cpu": 5.0, "generator_cpu": 2.1 }),
            &held,
            "measured: what cannot be done side by side, in the service or in what it waits for, at 2 processes",
        ),
        (json!({}), &fine, "none shown up to 2 processes"),
        (json!({}), &law(0.01, 0.002), "measured: keeping each in step with each other, at 2 processes"),
    ] {
        assert_eq!(text(&found("processes", 8, &with_best(members), law)), expected);
    }
}

#[test]
fn a_law_decides_with_all_of_its_interval_or_not_at_all() {
    let around = |value: f64, lower: f64, upper: f64| json!({ "value": value, "interval": { "lower": lower, "upper": upper, "level": 0.95, "from": "rounds" } });
    let of = |contention: Value, coherency: Value| {
        let linear = json!({ "kind": "linear", "contention": contention, "coherency": coherency });
        text(&found("processes", 8, &with_best(json!({})), &with(law(0.0, 0.0), linear)))
    };
    let (low, none) = (around(0.02, 0.0, 0.049), around(0.0, 0.0, 0.0009));
    assert_eq!(of(low.clone(), none.clone()), "none shown up to 2 processes");
    assert_eq!(of(around(0.06, -0.02, 0.14), none.clone()), "not known: `contention, anywhere from -2.00 % to 14.0 %`");
    assert_eq!(of(low.clone(), around(0.0005, 0.0, 0.02)), "not known: `coherency, anywhere from 0 % to 2.00 %`");
    assert_eq!(of(json!({ "value": 0.06 }), none.clone()), "not known: `contention, without an interval`");
    assert!(of(around(0.06, 0.05, 0.07), none).starts_with("measured: what cannot be done side by side"));
    assert!(of(low, around(0.002, 0.001, 0.003)).starts_with("measured: keeping each in step"));
}

#[test]
fn a_law_that_reaches_beyond_the_processors_blames_nothing_on_the_service() {
    let idle = with_best(json!({ "service_cpu": 0.9, "generator_cpu": 0.1 }));
    let of = |axis, law: Value| text(&found(axis, 2, &idle, &law));
    assert_eq!(
        of("processes", law(0.3, 0.0001)),
        "not known: `contention, of a law of up to 4 processes on 2 processors`"
    );
    assert_eq!(of("processes", law(0.01, 0.0001)), "none shown up to 2 processes", "what is good is good all the same");
    assert!(of("pool", law(0.3, 0.0001)).starts_with("measured: what cannot be done"), "these need no processor");
}

#[test]
fn fewer_threads_than_processors_are_held_against_their_own() {
    let busy = with_best(json!({ "service_cpu": 1.9, "generator_cpu": null }));
    assert_eq!(
        text(&found("threads", 8, &busy, &law(0.01, 0.0001))),
        "measured: its 2 processors: more threads could use more, at 2 threads"
    );
}

#[test]
fn a_size_where_the_generator_was_the_limit_shows_no_growth() {
    let limited = |at: u32, throughput: f64| with(level(at, throughput), json!({ "limited_rounds": 2 }));
    let grown = |levels: &[Value]| {
        let mut ledger = Ledger::new();
        ledger.run("2026-11-30T00:00:00Z", scaled("r1", &scale("processes", 8, levels, &refused()), &[]));
        let text = "[[component]]\nname = \"service\"\nhorizontal = \"scale-trust/processes\"\n";
        match ledger.with_config(text).components.remove(0).horizontal {
            Cell::Measured { text, .. } => text,
            Cell::NotMeasured { why } | Cell::NotApplicable { why } => why,
        }
    };
    assert_eq!(grown(&[level(1, 100.0), level(2, 190.0)]), "1.90x with 2 processes, compared with 1 process");
    assert_eq!(
        grown(&[level(1, 100.0), limited(2, 300.0), level(3, 150.0)]),
        "1.50x with 3 processes, compared with 1 process"
    );
    assert_eq!(grown(&[level(1, 100.0), level(2, 90.0)]), "nothing gained beyond 1 process");
    assert_eq!(grown(&[limited(1, 100.0), limited(2, 190.0)]), "the generator was the limit at every size");
    assert_eq!(grown(&[level(1, 100.0)]), "only one size was measured");
}
