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
                 value    baseline   change  floor  margin  verdict
    demo/bench/decode/comp3/copybook-codec/100#throughput
               -        10.0 MiB/s                          missing
    demo/bench/decode/display/columnar/10000#throughput
      60.0 MiB/s ±0.1%        4321   -98.6%   76.3  0.786x  below floor
    demo/bench/decode/comp3/columnar/10000#throughput
       514 MiB/s ±0.1%         571   -10.0%   38.1   13.5x  regressed
    demo/bench/decode/comp3/columnar/1000#throughput
       530 MiB/s  ±10%         571    -7.2%                 inconclusive
    demo/bench/decode/display/columnar/1000#throughput
      4.22 GiB/s ±0.1%    1.00 B/s  >+9999%                 inconclusive
    demo/bench/decode/comp3/columnar/100#throughput
       571 MiB/s ±0.1%         571     0.0%                 unchanged
    demo/bench/decode/comp3/copybook-codec/1000#throughput
      10.0 MiB/s ±0.1%        10.0     0.0%                 unchanged
    demo/bench/decode/comp3/copybook-codec/10000#throughput
      10.0 MiB/s ±0.1%        10.0     0.0%                 unchanged
    demo/bench/decode/display/columnar/100#throughput
      4.22 GiB/s ±0.1%        4.22     0.0%                 unchanged
    demo/bench/decode/display/copybook-codec/1000#throughput
      17.0 MiB/s ±0.1%        17.0     0.0%                 unchanged
    demo/bench/decode/display/copybook-codec/10000#throughput
      17.0 MiB/s ±0.1%        17.0     0.0%                 unchanged
    demo/bench/decode/display/copybook-codec/100#throughput
      22.1 MiB/s ±0.1%        17.0   +30.0%                 improved

    Why it fails:
    - `demo/bench/decode/comp3/copybook-codec/100#throughput` is missing: it did not
      report, and the baseline holds it
    - `demo/bench/decode/display/columnar/10000#throughput` is 60.0 MiB/s, below its
      floor of 76.3 MiB/s (0.786x of it)
    - `demo/bench/decode/display/columnar/10000#throughput` regressed: 60.0 MiB/s
      against a baseline of 4.22 GiB/s: -98.6 % (95 % interval -98.6 % to -98.6 %),
      a loss beyond noise and beyond 5 %
    - `demo/bench/decode/comp3/columnar/10000#throughput` regressed: 514 MiB/s
      against a baseline of 571 MiB/s: -10.0 % (95 % interval -10.1 % to -9.9 %), a
      loss beyond noise and beyond 5 %
    - 2 changes are inconclusive:
      `demo/bench/decode/comp3/columnar/1000#throughput`,
      `demo/bench/decode/display/columnar/1000#throughput`; about 2 more rounds on
      each side would decide

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
    metric                        value  baseline  change   floor  margin  verdict
    comp3/column…/100   571 MiB/s ±0.1%       565   +1.0%                  unchanged
    comp3/colum…/1000   571 MiB/s ±0.1%       565   +1.0%                  unchanged
    comp3/colu…/10000   571 MiB/s ±0.1%       565   +1.0%    38.1   15.0x  unchanged
    comp3/copybo…/100  10.0 MiB/s ±0.1%      9.90   +1.0%                  unchanged
    comp3/copyb…/1000  10.0 MiB/s ±0.1%      9.90   +1.0%                  unchanged
    comp3/copy…/10000  10.0 MiB/s ±0.1%      9.90   +1.0%                  unchanged
    displ…/colum…/100  4.22 GiB/s ±0.1%      4.18   +1.0%                  unchanged
    disp…/colum…/1000  4.22 GiB/s ±0.1%      4.18   +1.0%                  unchanged
    disp…/colu…/10000  4.22 GiB/s ±0.1%      4.18   +1.0%  0.0745   56.6x  unchanged
    displ…/copyb…/100  17.0 MiB/s ±0.1%      16.8   +1.0%                  unchanged
    disp…/copyb…/1000  17.0 MiB/s ±0.1%      16.8   +1.0%                  unchanged
    disp…/copy…/10000  17.0 MiB/s ±0.1%      16.8   +1.0%                  unchanged

    Performance Report: DISPLAY: 4.22 GiB/s, COMP-3: 571 MiB/s [PASS]
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
    metric                          value  baseline  change  verdict
    demo/bench/case/7#time   120 ns ±0.0%       100  +20.0%  regressed
    demo/bench/case/0#time   100 ns ±0.0%       100    0.0%  unchanged
    demo/bench/case/1#time   100 ns ±0.0%       100    0.0%  unchanged
    ");
    assert_snapshot!(lines[40..].join("\n"), @r"
    demo/bench/case/39#time  100 ns ±0.0%       100    0.0%  unchanged
    and 9,960 more unchanged; see verdict.json

    Why it does not pass:
    - `demo/bench/case/7#time` regressed: 120 ns against a baseline of 100 ns:
      +20.0 % without any spread, a loss beyond 5 %

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
