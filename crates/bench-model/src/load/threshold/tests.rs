//! Thresholds as they are written, and what is refused.

use super::*;

fn parse(metric: &str, expression: &str) -> Result<Threshold, ThresholdError> {
    Threshold::parse(&ThresholdText { metric: metric.to_owned(), expression: expression.to_owned() })
}

#[test]
fn k6_expressions_are_read_as_k6_reads_them() {
    let cases = [
        ("http_req_duration", "p(95)<200", Operator::Below, 200e6),
        ("http_req_duration", "p(95)<2e2", Operator::Below, 200e6),
        ("http_req_duration", "p(99.9) <= 1e3", Operator::AtMost, 1e9),
        ("http_req_duration", "avg<Inf", Operator::Below, f64::INFINITY),
        ("http_req_failed", "rate<0.005", Operator::Below, 0.005),
        ("http_reqs", "count === 10", Operator::Equal, 10.0),
        ("http_reqs", "rate>=+5", Operator::AtLeast, 5.0),
    ];
    for (metric, expression, operator, limit) in cases {
        let threshold = parse(metric, expression).unwrap();
        assert_eq!(threshold.operator, operator, "{expression}");
        assert_eq!(threshold.limit_in(threshold.unit().unwrap()), Some(limit), "{expression}");
    }
    assert!(parse("http_req_duration", "med!=NaN").is_ok());
}

#[test]
fn figures_that_k6_has_are_written_as_it_reads_them_and_others_are_not() {
    for written in ["value", "count", "rate", "avg", "min", "med", "max", "p(95)", "p(99.9)"] {
        assert_eq!(Statistic::read(written).unwrap().k6_name().as_deref(), Some(written));
    }
    for ours in ["rps", "error_rate", "status(5xx)", "dropped", "lag", "samples", "recovery", "growth", "variance"] {
        assert_eq!(Statistic::read(ours).unwrap().k6_name(), None, "{ours}");
    }
}

#[test]
fn what_k6_refuses_before_any_load_is_refused_here() {
    for (metric, expression) in [
        ("http_req_duration", "p95<200"),
        ("http_req_duration", "count>1"),
        ("http_req_failed", "p(95)<1"),
        ("http_req_duration", "avg<1 && max<2"),
        ("http_req_duration", "p(101)<1"),
        ("http_req_duration", "avg"),
        ("http_req_duration{phase", "avg<1"),
    ] {
        assert!(parse(metric, expression).is_err(), "{metric} {expression}");
    }
}

#[test]
fn our_own_figures_carry_their_units() {
    let unit =
        |expression| parse("{phase:burst}", expression).map(|t| (t.unit().unwrap(), t.limit_in(t.unit().unwrap())));
    assert_eq!(unit("error_rate < 0.1 %").unwrap(), (Unit::Ratio, Some(0.001)));
    assert_eq!(unit("recovery < 30 s").unwrap(), (Unit::Nanoseconds, Some(3e10)));
    assert_eq!(unit("rps > 1000").unwrap(), (Unit::PerSecond, Some(1000.0)));
    assert_eq!(unit("status(5xx) == 0").unwrap(), (Unit::Count, Some(0.0)));
    assert_eq!(unit("p(95) < 200 ms").unwrap(), (Unit::Nanoseconds, Some(200e6)));
    assert!(unit("recovery < 30").is_err());
    assert!(unit("p(95) < 3 MB").is_err());
    assert!(unit("status(700) < 1").is_err());
}

#[test]
fn a_limit_may_be_a_share_of_the_baseline() {
    let threshold = parse("http_req_duration{phase:steady}", "p(95) < 110 % of baseline").unwrap();
    assert_eq!(threshold.limit, Limit::OfBaseline(1.1));
    assert_eq!(threshold.limit_in(Unit::Nanoseconds), None);
}

#[test]
fn a_limit_may_be_a_share_of_another_phase_or_what_will_do_as_well() {
    let limit = |metric, expression| parse(metric, expression).map(|threshold| threshold.limit);
    let of = |share, phase: &str, or| Limit::OfPhase(PhaseShare { share, phase: phase.into(), or });
    let burst = "http_req_duration{phase:burst}";
    assert_eq!(limit(burst, "p(95) < 120 % of {phase:normal}").unwrap(), of(1.2, "normal", None));
    let both = of(1.2, "normal", Some((50e6, Unit::Nanoseconds)));
    assert_eq!(limit(burst, "p(95)<120 % of { phase: 'normal' } or 50 ms").unwrap(), both);
    assert_eq!(limit(burst, "p(95) < 120 % of {phase:normal} or 50").unwrap(), both, "k6's milliseconds");
    let errors = limit("{phase:burst}", "error_rate <= 200 % of {phase:a b} or 0.1 %").unwrap();
    assert_eq!(errors, of(2.0, "a b", Some((0.001, Unit::Ratio))));
    for (metric, expression, reason) in [
        ("http_req_duration", "p(95) < 120 % of {phase:normal}", "names no phase of its own"),
        (burst, "p(95) < 120 % of {phase:burst}", "with itself"),
        (burst, "p(95) < 120 % of {region:eu}", "expected a share"),
        (burst, "p(95) < 120 % of {phase:a, name:b}", "expected a share"),
        (burst, "p(95) < 120 % of {phase:normal} or", "expected a share"),
        (burst, "p(95) < 120 % of {phase:normal} or 3 MB", "its limit is in"),
        (burst, "p(95) == 120 % of {phase:normal} or 3 ms", "two limits"),
        (burst, "p(95) < 50 ms of {phase:normal}", "expected a share"),
        ("{phase:burst}", "lag < 120 % of {phase:normal} or 3", "its limit is in"),
        ("{phase:burst}", "breaking_point > 50 % of {phase:normal}", "no figure of a single phase"),
    ] {
        let error = parse(metric, expression).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn of_two_limits_the_one_that_permits_more_counts() {
    let of = PhaseShare { share: 1.2, phase: "normal".into(), or: Some((50.0, Unit::Count)) };
    let limits = [10.0, 100.0].map(|figure| of.limit(figure, Operator::Below));
    assert_eq!(limits, [50.0, 120.0]);
    assert_eq!([10.0, 100.0].map(|figure| of.limit(figure, Operator::Above)), [12.0, 50.0]);
    assert_eq!(PhaseShare { or: None, ..of }.limit(10.0, Operator::Below), 12.0);
}

#[test]
fn tags_keep_their_colons_and_lose_their_quotes() {
    let threshold = parse("http_req_duration{name:\"GET http://x/:id\",request:a}", "p(95)<1").unwrap();
    // `request` is another word for k6's `name`.
    assert_eq!(threshold.selector.tags_text(), "name:a");
    let threshold = parse("http_req_duration{url:http://x:80/}", "p(95)<1").unwrap();
    assert_eq!(threshold.selector.tags.get("url").map(String::as_str), Some("http://x:80/"));
}
