//! The table as people see it, at 80 columns.

use bench_model::Quantity;
use bench_model::config::Thresholds;
use bench_model::verdict::Judgement;
use insta::assert_snapshot;

use crate::sample::*;

fn picture(judgement: &Judgement) -> String {
    let text = slo_validator::render(judgement, 80, false, "see verdict.json");
    for line in text.lines().filter(|line| !line.starts_with("Performance Report")) {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    text
}

/// The project's own twelve benchmarks.
fn suite(speed: impl Fn(&str) -> Vec<f64>) -> Vec<bench_model::perf::Metric> {
    let ids = ["display", "comp3"].iter().flat_map(|kind| {
        ["columnar", "copybook-codec"]
            .iter()
            .flat_map(move |codec| [100, 1000, 10_000].map(|records| format!("decode/{kind}/{codec}/{records}")))
    });
    ids.map(|id| rate(&id, &speed(&id))).collect()
}

fn usual(id: &str) -> f64 {
    match (id.contains("display"), id.contains("columnar")) {
        (true, true) => 4.22 * GIB,
        (false, true) => 571.0 * MIB,
        (true, false) => 17.0 * MIB,
        (false, false) => 10.0 * MIB,
    }
}

fn gates() -> Thresholds {
    let mut display = floor("display_gibs", per_second(80.0 * MB));
    display.target = Some(per_second(4.0 * GIB));
    let mut comp3 = floor("comp3_mibs", per_second(40.0 * MB));
    comp3.target = Some(per_second(500.0 * MIB));
    thresholds(vec![display, comp3])
}

fn with_headlines(metrics: Vec<bench_model::perf::Metric>) -> bench_model::perf::Report {
    let mut report = report(metrics);
    let display = rate("decode/display/columnar/10000", &[1.0]);
    let comp3 = rate("decode/comp3/columnar/10000", &[1.0]);
    report.headline =
        vec![headline("display_gibs", "DISPLAY", &display, "GiB/s"), headline("comp3_mibs", "COMP-3", &comp3, "MiB/s")];
    report
}

#[test]
fn a_first_run_that_passes() {
    let report = with_headlines(suite(|id| steady(usual(id))));
    assert_snapshot!(picture(&judged(&report, None, &gates())), @r"
    Every metric starts with `demo/bench/decode/` and ends with `#throughput`.
    metric                                   value   floor  margin  verdict
    comp3/columnar/100             571 MiB/s ±0.1%                  new
    comp3/columnar/1000            571 MiB/s ±0.1%                  new
    comp3/columnar/10000           571 MiB/s ±0.1%    38.1   15.0x  new
    comp3/copybook-codec/100      10.0 MiB/s ±0.1%                  new
    comp3/copybook-codec/1000     10.0 MiB/s ±0.1%                  new
    comp3/copybook-codec/10000    10.0 MiB/s ±0.1%                  new
    display/columnar/100          4.22 GiB/s ±0.1%                  new
    display/columnar/1000         4.22 GiB/s ±0.1%                  new
    display/columnar/10000        4.22 GiB/s ±0.1%  0.0745   56.6x  new
    display/copybook-codec/100    17.0 MiB/s ±0.1%                  new
    display/copybook-codec/1000   17.0 MiB/s ±0.1%                  new
    display/copybook-codec/10000  17.0 MiB/s ±0.1%                  new

    Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]
    ");
}

#[test]
fn a_run_with_everything_in_it() {
    let report = with_headlines(
        suite(|id| match id {
            "decode/display/columnar/10000" => steady(60.0 * MIB),
            "decode/comp3/columnar/10000" => steady(0.9 * usual(id)),
            "decode/comp3/columnar/1000" => noisy(0.93 * usual(id)),
            "decode/display/copybook-codec/100" => steady(1.3 * usual(id)),
            id => steady(usual(id)),
        })
        .into_iter()
        .filter(|metric| metric.benchmark.id != "decode/comp3/copybook-codec/100")
        .collect(),
    );
    let before =
        baseline(&suite(|id| if id.ends_with("display/columnar/1000") { vec![1.0] } else { steady(usual(id)) }));
    assert_snapshot!(picture(&judged(&report, Some(&before), &gates())), @r"
           value    baseline        change  floor  margin  verdict
    demo/bench/decode/comp3/copybook-codec/100#throughput
               -  10.0 MiB/s                               missing
    demo/bench/decode/display/columnar/10000#throughput
      60.0 MiB/s        4321   -98.6% ±0.0   76.3  0.786x  below floor
    demo/bench/decode/comp3/columnar/10000#throughput
       514 MiB/s         571   -10.0% ±0.1   38.1   13.5x  regressed
    demo/bench/decode/comp3/columnar/1000#throughput
       530 MiB/s         571    -7.2% ±9.6                 inconclusive
    demo/bench/decode/display/columnar/1000#throughput
      4.22 GiB/s    1.00 B/s  >+9999%                      inconclusive
    demo/bench/decode/comp3/columnar/100#throughput
       571 MiB/s         571     0.0% ±0.1                 unchanged
    demo/bench/decode/comp3/copybook-codec/1000#throughput
      10.0 MiB/s        10.0     0.0% ±0.1                 unchanged
    demo/bench/decode/comp3/copybook-codec/10000#throughput
      10.0 MiB/s        10.0     0.0% ±0.1                 unchanged
    demo/bench/decode/display/columnar/100#throughput
      4.22 GiB/s        4.22     0.0% ±0.1                 unchanged
    demo/bench/decode/display/copybook-codec/1000#throughput
      17.0 MiB/s        17.0     0.0% ±0.1                 unchanged
    demo/bench/decode/display/copybook-codec/10000#throughput
      17.0 MiB/s        17.0     0.0% ±0.1                 unchanged
    demo/bench/decode/display/copybook-codec/100#throughput
      22.1 MiB/s        17.0   +30.0% ±0.1                 improved
    ± is the 95 % interval of the change over 5 rounds a side.

    Why it fails:
    - `demo/bench/decode/comp3/copybook-codec/100#throughput` is missing: it did not
      report, and the baseline holds it
    - `demo/bench/decode/display/columnar/10000#throughput` is 60.0 MiB/s, below its
      floor of 76.3 MiB/s (0.786x of it)
    - `demo/bench/decode/display/columnar/10000#throughput` regressed: 60.0 MiB/s
      against a baseline of 4.22 GiB/s: -98.6 % (95 % interval -98.6 % to -98.6 %)
      in 5 rounds against 5, a loss beyond noise and beyond 5 %
    - `demo/bench/decode/comp3/columnar/10000#throughput` regressed: 514 MiB/s
      against a baseline of 571 MiB/s: -10.0 % (95 % interval -10.1 % to -9.9 %) in
      5 rounds against 5, a loss beyond noise and beyond 5 %
    - 1 change is inconclusive: `demo/bench/decode/comp3/columnar/1000#throughput`;
      about 7 more rounds on each side would decide
    - 1 change is inconclusive for want of rounds, at least 5 a side:
      `demo/bench/decode/display/columnar/1000#throughput`

    Warnings:
    - `demo/bench/decode/display/columnar/10000#throughput` is 60.0 MiB/s, below its
      target of 4.00 GiB/s

    Performance Report: DISPLAY: 0.0586 GiB/s, COMP-3: 514 MiB/s [FAIL]
    ");
}

#[test]
fn a_usual_run_against_its_baseline() {
    let report = with_headlines(suite(|id| steady(usual(id))));
    let judgement = judged(&report, Some(&baseline(&suite(|id| steady(0.99 * usual(id))))), &gates());
    assert_snapshot!(picture(&judgement), @r"
    Every metric starts with `demo/bench/decode/` and ends with `#throughput`.
    metric                    value  baseline      change   floor  margin  verdict
    comp3/columnar/100    571 MiB/s       565  +1.0% ±0.1                  unchanged
    comp3/columnar/1000   571 MiB/s       565  +1.0% ±0.1                  unchanged
    comp3/column…/10000   571 MiB/s       565  +1.0% ±0.1    38.1   15.0x  unchanged
    comp3/copybook…/100  10.0 MiB/s      9.90  +1.0% ±0.1                  unchanged
    comp3/copyboo…/1000  10.0 MiB/s      9.90  +1.0% ±0.1                  unchanged
    comp3/copybo…/10000  10.0 MiB/s      9.90  +1.0% ±0.1                  unchanged
    display/column…/100  4.22 GiB/s      4.18  +1.0% ±0.1                  unchanged
    displ…/column…/1000  4.22 GiB/s      4.18  +1.0% ±0.1                  unchanged
    displ…/colum…/10000  4.22 GiB/s      4.18  +1.0% ±0.1  0.0745   56.6x  unchanged
    display/copybo…/100  17.0 MiB/s      16.8  +1.0% ±0.1                  unchanged
    displ…/copybo…/1000  17.0 MiB/s      16.8  +1.0% ±0.1                  unchanged
    displ…/copyb…/10000  17.0 MiB/s      16.8  +1.0% ±0.1                  unchanged
    ± is the 95 % interval of the change over 5 rounds a side.

    Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]
    ");
}

#[test]
fn a_wide_terminal_shows_noise_and_rules_too() {
    let mut before = baseline(&suite(|id| steady(0.99 * usual(id))));
    before.noise = suite(|_| steady(1.0)).iter().map(|metric| noise(metric, 0.021)).collect();
    let report = with_headlines(suite(|id| steady(usual(id))));
    let judgement = judged(&report, Some(&before), &gates());
    let text = slo_validator::render(&judgement, 120, false, "see verdict.json");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    assert_snapshot!(text, @r"
    Every metric starts with `demo/bench/decode/` and ends with `#throughput`.
    metric                                   value  baseline      change  rounds  noise   floor  margin  verdict    rule
    comp3/columnar/100             571 MiB/s ±0.1%       565  +1.0% ±0.1       5   2.1%                  unchanged  interval
    comp3/columnar/1000            571 MiB/s ±0.1%       565  +1.0% ±0.1       5   2.1%                  unchanged  interval
    comp3/columnar/10000           571 MiB/s ±0.1%       565  +1.0% ±0.1       5   2.1%    38.1   15.0x  unchanged  interval
    comp3/copybook-codec/100      10.0 MiB/s ±0.1%      9.90  +1.0% ±0.1       5   2.1%                  unchanged  interval
    comp3/copybook-codec/1000     10.0 MiB/s ±0.1%      9.90  +1.0% ±0.1       5   2.1%                  unchanged  interval
    comp3/copybook-codec/10000    10.0 MiB/s ±0.1%      9.90  +1.0% ±0.1       5   2.1%                  unchanged  interval
    display/columnar/100          4.22 GiB/s ±0.1%      4.18  +1.0% ±0.1       5   2.1%                  unchanged  interval
    display/columnar/1000         4.22 GiB/s ±0.1%      4.18  +1.0% ±0.1       5   2.1%                  unchanged  interval
    display/columnar/10000        4.22 GiB/s ±0.1%      4.18  +1.0% ±0.1       5   2.1%  0.0745   56.6x  unchanged  interval
    display/copybook-codec/100    17.0 MiB/s ±0.1%      16.8  +1.0% ±0.1       5   2.1%                  unchanged  interval
    display/copybook-codec/1000   17.0 MiB/s ±0.1%      16.8  +1.0% ±0.1       5   2.1%                  unchanged  interval
    display/copybook-codec/10000  17.0 MiB/s ±0.1%      16.8  +1.0% ±0.1       5   2.1%                  unchanged  interval
    ± is the 95 % interval of the change over 5 rounds a side.

    Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]
    ");
}

#[test]
fn two_sides_with_as_many_rounds_as_each_metric_needed() {
    let rounds = |id: &str| if id.contains("codec") { 9 } else { 6 };
    let head = suite(|id| around(if id.contains("comp3/columnar/100") { 0.9 } else { 1.0 } * usual(id), rounds(id)));
    let base = suite(|id| shaken(usual(id), rounds(id)));
    let evidence = Evidence::of(with_headlines(head)).against(base);
    assert_snapshot!(picture(&evidence.judgement()), @r"
    Every metric starts with `demo/bench/decode/` and ends with `#throughput`.
    metric                             value  baseline       change  n  verdict
    comp3/columnar/100             514 MiB/s       571  -10.0% ±0.1  6  regressed
    comp3/columnar/1000            514 MiB/s       571  -10.0% ±0.1  6  regressed
    comp3/columnar/10000           514 MiB/s       571  -10.0% ±0.1  6  regressed
    comp3/copybook-codec/100      10.0 MiB/s      10.0    0.0% ±0.0  9  unchanged
    comp3/copybook-codec/1000     10.0 MiB/s      10.0    0.0% ±0.0  9  unchanged
    comp3/copybook-codec/10000    10.0 MiB/s      10.0    0.0% ±0.0  9  unchanged
    display/columnar/100          4.22 GiB/s      4.22    0.0% ±0.1  6  unchanged
    display/columnar/1000         4.22 GiB/s      4.22    0.0% ±0.1  6  unchanged
    display/columnar/10000        4.22 GiB/s      4.22    0.0% ±0.1  6  unchanged
    display/copybook-codec/100    17.0 MiB/s      17.0    0.0% ±0.0  9  unchanged
    display/copybook-codec/1000   17.0 MiB/s      17.0    0.0% ±0.0  9  unchanged
    display/copybook-codec/10000  17.0 MiB/s      17.0    0.0% ±0.0  9  unchanged
    n counts pairs of rounds; ± is the 95 % interval of the change.

    Why it does not pass:
    - `demo/bench/decode/comp3/columnar/100#throughput` regressed: 514 MiB/s against
      571 MiB/s on the base side: -10.0 % (95 % interval -10.1 % to -9.9 %) in
      6 pairs of rounds, a loss beyond noise and beyond 5 %
    - `demo/bench/decode/comp3/columnar/1000#throughput` regressed: 514 MiB/s
      against 571 MiB/s on the base side: -10.0 % (95 % interval -10.1 % to -9.9 %)
      in 6 pairs of rounds, a loss beyond noise and beyond 5 %
    - `demo/bench/decode/comp3/columnar/10000#throughput` regressed: 514 MiB/s
      against 571 MiB/s on the base side: -10.0 % (95 % interval -10.1 % to -9.9 %)
      in 6 pairs of rounds, a loss beyond noise and beyond 5 %

    Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 514 MiB/s against main: 3 regressed, 9 unchanged [WARN]
    ");
}

#[test]
fn a_comparison_with_everything_in_it() {
    let head = vec![
        rate("parse/large", &around(90.0 * MIB, 9)),
        rate("parse/small", &around(93.0 * MIB, 6)),
        rate("parse/wild", &[noisy(97.0 * MIB), vec![90.0 * MIB]].concat()),
        rate("write/all", &around(120.0 * MIB, 6)),
        rate("write/some", &around(100.0 * MIB, 4)),
        rate("scan/records", &around(50.0 * MIB, 6)),
        time("allocations", &[64.0; 6]),
    ];
    let base = vec![
        rate("parse/large", &shaken(100.0 * MIB, 9)),
        rate("parse/small", &shaken(100.0 * MIB, 6)),
        rate("parse/wild", &around(100.0 * MIB, 6)),
        rate("write/all", &shaken(100.0 * MIB, 6)),
        rate("write/some", &shaken(100.0 * MIB, 4)),
        rate("scan/record", &shaken(50.0 * MIB, 6)),
        time("allocations", &[48.0; 6]),
    ];
    let mut again = head.clone();
    again[1] = rate("parse/small", &around(100.0 * MIB, 6));
    let mut evidence = Evidence::of(report(head)).against(base.clone()).confirmed_by(again, Some(base.clone()));
    evidence.base.as_mut().unwrap().provenance.source = Some(bench_model::provenance::Source {
        commit: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
        branch: None,
        dirty: false,
        base: None,
    });
    let mut before = no_baseline();
    before.noise = base.iter().map(|metric| noise(metric, 0.021)).collect();
    evidence.baseline = Some(before);
    let judgement = evidence.judgement();
    let sentences: Vec<_> = judgement.metrics.iter().map(|metric| format!("{}: {}", metric.name, metric.why)).collect();
    assert_snapshot!(picture(&judgement), @r"
    Every metric starts with `demo/bench/`.
    metric                        value    baseline       change  n  verdict
    scan/record#throughput            -  50.0 MiB/s                  missing
    allocations#time            64.0 ns        48.0  +33.3%       6  regressed
    parse/large#throughput   90.0 MiB/s         100  -10.0% ±0.0  9  regressed
    parse/small#throughput   93.0 MiB/s         100   -7.0% ±0.1  6  inconclusive
    parse/wild#throughput    95.6 MiB/s         100   -4.4% ±8.5  6  inconclusive
    write/some#throughput    99.9 MiB/s        99.9    0.0%       4  inconclusive
    scan/records#throughput  50.0 MiB/s                           6  new
    write/all#throughput      120 MiB/s         100  +20.0% ±0.1  6  improved
    n counts pairs of rounds; ± is the 95 % interval of the change.

    Why it does not pass:
    - `demo/bench/allocations#time` regressed: 64.0 ns against 48.0 ns on the base
      side: +33.3 % in 6 pairs of rounds, a loss beyond 5 % without any spread
    - `demo/bench/parse/large#throughput` regressed: 90.0 MiB/s against 100 MiB/s on
      the base side: -10.0 % (95 % interval -10.0 % to -10.0 %) in 9 pairs of
      rounds, a loss beyond noise and beyond 5 %
    - 1 change is not confirmed by the second pass:
      `demo/bench/parse/small#throughput`
    - 1 change is inconclusive: `demo/bench/parse/wild#throughput`; about 801 more
      rounds on each side would decide
    - 1 change is inconclusive for want of rounds, at least 5 a side:
      `demo/bench/write/some#throughput`
    - `demo/bench/scan/record#throughput` is missing: it reported on the base side
      only: removed, renamed or failing; perhaps it is called
      `demo/bench/scan/records#throughput` on the other side

    Performance Report: 8 metrics against main (0123456): 1 missing, 2 regressed, 3 inconclusive, 1 new, 1 improved [WARN]
    ");
    assert_snapshot!(slo_validator::render(&judgement, 120, false, "see verdict.json"), @r"
    Every metric starts with `demo/bench/`.
    metric                              value    baseline       change  rounds  noise  verdict       rule
    scan/record#throughput            -        50.0 MiB/s                        2.1%  missing       base side only
    allocations#time            64.0 ns ±0.0%        48.0  +33.3%            6   2.1%  regressed     exact
    parse/large#throughput   90.0 MiB/s ±0.5%         100  -10.0% ±0.0       9   2.1%  regressed     paired rounds
    parse/small#throughput   93.0 MiB/s ±0.8%         100   -7.0% ±0.1       6   2.1%  inconclusive  unconfirmed
    parse/wild#throughput    95.6 MiB/s ±8.4%         100   -4.4% ±8.5       6   2.1%  inconclusive  paired rounds
    write/some#throughput    99.9 MiB/s ±1.1%        99.9    0.0%            4   2.1%  inconclusive  too few rounds
    scan/records#throughput  50.0 MiB/s ±0.8%                                6         new           no baseline
    write/all#throughput      120 MiB/s ±0.8%         100  +20.0% ±0.1       6   2.1%  improved      paired rounds
    ± is the 95 % interval of the change.

    Why it does not pass:
    - `demo/bench/allocations#time` regressed: 64.0 ns against 48.0 ns on the base side: +33.3 % in 6 pairs of rounds, a
      loss beyond 5 % without any spread
    - `demo/bench/parse/large#throughput` regressed: 90.0 MiB/s against 100 MiB/s on the base side: -10.0 % (95 % interval
      -10.0 % to -10.0 %) in 9 pairs of rounds, a loss beyond noise and beyond 5 %
    - 1 change is not confirmed by the second pass: `demo/bench/parse/small#throughput`
    - 1 change is inconclusive: `demo/bench/parse/wild#throughput`; about 801 more rounds on each side would decide
    - 1 change is inconclusive for want of rounds, at least 5 a side: `demo/bench/write/some#throughput`
    - `demo/bench/scan/record#throughput` is missing: it reported on the base side only: removed, renamed or failing;
      perhaps it is called `demo/bench/scan/records#throughput` on the other side

    Performance Report: 8 metrics against main (0123456): 1 missing, 2 regressed, 3 inconclusive, 1 new, 1 improved [WARN]
    ");
    assert_snapshot!(sentences.join("\n"), @r"
    demo/bench/scan/record#throughput: it reported on the base side only: removed, renamed or failing; perhaps it is called `demo/bench/scan/records#throughput` on the other side
    demo/bench/allocations#time: 64.0 ns against 48.0 ns on the base side: +33.3 % in 6 pairs of rounds, a loss beyond 5 % without any spread
    demo/bench/parse/large#throughput: 90.0 MiB/s against 100 MiB/s on the base side: -10.0 % (95 % interval -10.0 % to -10.0 %) in 9 pairs of rounds, a loss beyond noise and beyond 5 %
    demo/bench/parse/small#throughput: 93.0 MiB/s against 100 MiB/s on the base side: -7.0 % (95 % interval -7.1 % to -6.9 %) in 6 pairs of rounds, which a second pass did not confirm: it saw 0.0 % (95 % interval -0.1 % to +0.1 %)
    demo/bench/parse/wild#throughput: 95.6 MiB/s against 100 MiB/s on the base side: -4.4 % (95 % interval -12.2 % to +4.2 %) in 6 pairs of rounds, neither beyond noise and 5 % nor all within it; about 801 more rounds on each side would decide
    demo/bench/write/some#throughput: 99.9 MiB/s against 99.9 MiB/s on the base side: 0.0 % in 4 pairs of rounds, too few to tell a change from noise: at least 5 on each side are needed
    demo/bench/scan/records#throughput: the base side reported no such benchmark; perhaps it is called `demo/bench/scan/record#throughput` on the other side
    demo/bench/write/all#throughput: 120 MiB/s against 100 MiB/s on the base side: +20.0 % (95 % interval +19.9 % to +20.1 %) in 6 pairs of rounds, a gain beyond noise and beyond 5 %
    ");
}

#[test]
fn a_second_pass_that_was_cut_short() {
    let before = [rate("parse", &steady(100.0)), rate("scan", &steady(100.0)), rate("write", &steady(100.0))];
    let head = vec![rate("parse", &steady(90.0)), rate("scan", &steady(90.0)), rate("write", &steady(100.0))];
    let evidence = Evidence { baseline: Some(baseline(&before)), ..Evidence::of(report(head)) };
    let judgement = evidence.confirmed_by(vec![rate("parse", &around(90.0, 3))], None).judgement();
    let sentences: Vec<_> = judgement.metrics.iter().map(|metric| format!("{}: {}", metric.name, metric.why)).collect();
    assert_snapshot!(judgement.reasons.join("\n"), @"2 changes are without a second pass of enough rounds, measure again: `demo/bench/parse#throughput`, `demo/bench/scan#throughput`");
    assert_snapshot!(sentences.join("\n"), @r"
    demo/bench/parse#throughput: 90.0 B/s against a baseline of 100 B/s: -10.0 % (95 % interval -10.1 % to -9.9 %) in 5 rounds against 5, and the second pass was cut short: it saw -10.0 % in 3 rounds, which decides nothing; measure again
    demo/bench/scan#throughput: 90.0 B/s against a baseline of 100 B/s: -10.0 % (95 % interval -10.1 % to -9.9 %) in 5 rounds against 5, and the second pass was cut short: it did not measure it, which decides nothing; measure again
    demo/bench/write#throughput: 100 B/s against a baseline of 100 B/s: 0.0 % (95 % interval -0.1 % to +0.1 %) in 5 rounds against 5, all of it within 5 %
    ");
}

#[test]
fn a_noise_run_shows_the_floors_that_it_measured() {
    let noisy_one = |id: &str| if id.contains("display/columnar/10000") { 3.0 } else { 1.0 };
    let side = |shift: usize| {
        suite(|id| (0..12).map(|at| usual(id) * (1.0 + noisy_one(id) * (wobble(at + shift) - 1.0))).collect())
    };
    let evidence = Evidence::of(with_headlines(side(0))).against(side(100));
    let judgement = evidence.pairing(|pairing| pairing.purpose = bench_model::run::Purpose::Noise).judgement();
    assert_snapshot!(picture(&judgement), @r"
    Every metric starts with `demo/bench/decode/` and ends with `#throughput`.
    metric                             value  baseline      change  noise  verdict
    comp3/columnar/100             570 MiB/s       570  +0.1% ±0.4   0.8%  unchanged
    comp3/columnar/1000            570 MiB/s       570  +0.1% ±0.4   0.8%  unchanged
    comp3/columnar/10000           570 MiB/s       570  +0.1% ±0.4   0.8%  unchanged
    comp3/copybook-codec/100      9.99 MiB/s      9.98  +0.1% ±0.4   0.8%  unchanged
    comp3/copybook-codec/1000     9.99 MiB/s      9.98  +0.1% ±0.4   0.8%  unchanged
    comp3/copybook-codec/10000    9.99 MiB/s      9.98  +0.1% ±0.4   0.8%  unchanged
    display/columnar/100          4.21 GiB/s      4.21  +0.1% ±0.4   0.8%  unchanged
    display/columnar/1000         4.21 GiB/s      4.21  +0.1% ±0.4   0.8%  unchanged
    display/columnar/10000        4.20 GiB/s      4.20  +0.2% ±1.2   2.5%  unchanged
    display/copybook-codec/100    17.0 MiB/s      17.0  +0.1% ±0.4   0.8%  unchanged
    display/copybook-codec/1000   17.0 MiB/s      17.0  +0.1% ±0.4   0.8%  unchanged
    display/copybook-codec/10000  17.0 MiB/s      17.0  +0.1% ±0.4   0.8%  unchanged
    ± is the 95 % interval of the change over 12 pairs of rounds.

    noise floor of 5 rounds a side: 0.8 % (median), 2.5 % at most
      (`demo/bench/decode/display/columnar/10000#throughput`); 0 of 24 comparisons
      raised a false alarm

    Performance Report: DISPLAY: 4.20 GiB/s, COMP-3: 570 MiB/s against main: 12 unchanged [PASS]
    ");
}

#[test]
fn a_project_without_any_settings() {
    let report = report(vec![time("parse/large", &steady(1.5e6)), time("parse/small", &noisy(900.0))]);
    assert_snapshot!(picture(&judged(&report, None, &Thresholds::default())), @r"
    metric                               value  verdict
    demo/bench/parse/large#time  1.50 ms ±0.1%  new
    demo/bench/parse/small#time   898 ns  ±10%  new

    Why it does not pass:
    - there is nothing to judge against yet: no floor is set, and no baseline is
      promoted

    Performance Report: 2 metrics, 2 new [WARN]
    ");
}

#[test]
fn ten_thousand_metrics_show_the_worst_and_count_the_rest() {
    let metrics = |slow: usize| {
        (0..10_000).map(|i| time(&format!("case/{i}"), &[if i == slow { 120.0 } else { 100.0 }; 2])).collect::<Vec<_>>()
    };
    let judgement = judged(&report(metrics(7)), Some(&baseline(&metrics(usize::MAX))), &Thresholds::default());
    let text = picture(&judgement);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 48, "{text}");
    assert_snapshot!(lines[..4].join("\n"), @r"
    metric                    value  baseline  change  verdict
    demo/bench/case/7#time   120 ns       100  +20.0%  regressed
    demo/bench/case/0#time   100 ns       100    0.0%  unchanged
    demo/bench/case/1#time   100 ns       100    0.0%  unchanged
    ");
    assert_snapshot!(lines[40..].join("\n"), @r"
    demo/bench/case/39#time  100 ns       100    0.0%  unchanged
    and 9,960 more unchanged; see verdict.json

    Why it does not pass:
    - `demo/bench/case/7#time` regressed: 120 ns against a baseline of 100 ns:
      +20.0 % in 2 rounds against 2, a loss beyond 5 % without any spread

    Performance Report: 10,000 metrics, 1 regressed (`demo/bench/case/7#time` +20.0 %) [WARN]
    ");
}

#[test]
fn a_ceiling_and_names_from_outside() {
    let limit = Quantity { value: 1e6, unit: bench_model::Unit::Nanoseconds };
    let mut slow = time("weird | \"name\" with spaces/é", &[2e6; 2]);
    slow.interval = None;
    let mut report = report(vec![slow.clone()]);
    report.warnings = vec!["a \u{1b}[31mcoloured\u{1b}[0m warning".into()];
    let judgement = judged(&report, None, &thresholds(vec![floor(slow.name.as_str(), limit)]));
    assert_snapshot!(picture(&judgement), @r#"
    demo/bench/weird | "name" with spaces/é#time
        value  floor  margin  verdict
      2.00 ms   1.00  0.500x  over ceiling

    Why it fails:
    - `demo/bench/weird | "name" with spaces/é#time` is 2.00 ms, above its ceiling
      of 1.00 ms (0.500x of it)

    Warnings:
    - a �[31mcoloured�[0m warning

    Performance Report: 1 metric, 1 beyond the floor, 1 new [FAIL]
    "#);
}

#[test]
fn colour_is_only_an_addition() {
    let report = with_headlines(suite(|id| steady(usual(id))));
    let judgement = judged(&report, None, &gates());
    let coloured = slo_validator::render(&judgement, 80, true, "");
    assert!(coloured.contains("\u{1b}[1;32m[PASS]\u{1b}[0m"), "{coloured:?}");
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..][rest[at..].find('m').unwrap() + 1..];
    }
    plain.push_str(rest);
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&plain), trimmed(&slo_validator::render(&judgement, 80, false, "")));
}
