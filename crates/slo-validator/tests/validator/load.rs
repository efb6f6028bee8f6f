//! Load runs, from a `run.json` to the exit: each trap is a run that must not pass, and says why.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use bench_model::config::Layers;
use bench_model::load::{Buckets, Cut, Distribution, Gauge, Load, LoadModel, Workers};
use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::{Judgement, Severity, Status, ThresholdOutcome, Verdict};
use tempfile::TempDir;

use crate::load_run::{MS, finite, phase, run_json, series, smoke, spread, threshold, times, window};
use crate::sample::{no_baseline, promotion};

/// A run, reported and judged.
pub(crate) struct Outcome {
    pub(crate) exit: i32,
    pub(crate) verdict: Judgement,
    pub(crate) report: Report,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// What was decided on a threshold, by its text.
    pub(crate) fn of(&self, text: &str) -> (ThresholdOutcome, String) {
        let load = self.verdict.load.as_ref().unwrap();
        let written = |row: &&bench_model::verdict::JudgedThreshold| {
            let text = &row.observed.threshold;
            format!("{} {}", text.metric, text.expression).trim().to_owned()
        };
        let found = load.thresholds.iter().find(|row| written(row) == text);
        let found = found.unwrap_or_else(|| panic!("no `{text}` in {:#?}", load.thresholds));
        (found.outcome, found.why.clone())
    }
}

pub(crate) fn report(load: &Load) -> Report {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("run.json");
    fs::write(&file, run_json(load).to_string()).unwrap();
    let settings = Layers::compiled_in().unwrap().settings().unwrap();
    json_processor::extract_from_file(&file, &settings).unwrap().report
}

pub(crate) fn judge(load: &Load) -> Outcome {
    judge_after(load, None, "")
}

/// Judges a run after an earlier one was promoted, under the project's thresholds.
pub(crate) fn judge_after(load: &Load, earlier: Option<&Load>, waivers: &str) -> Outcome {
    judge_under("", load, earlier, waivers)
}

/// As [`judge_after`], with further lines of `thresholds.toml`.
pub(crate) fn judge_under(thresholds: &str, load: &Load, earlier: Option<&Load>, waivers: &str) -> Outcome {
    let place: TempDir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(place.path().join("config")).unwrap();
        fs::write(place.path().join(name), text).unwrap();
    };
    let report = report(load);
    write("perf.json", &serde_json::to_string(&report).unwrap());
    // Floors of the project's benchmarks are not expected in a load run.
    let floors = "[[metric]]\nname = \"display_gibs\"\nfloor = \"80 MB/s\"\n";
    write("config/thresholds.toml", &format!("{floors}{thresholds}"));
    if !waivers.is_empty() {
        write("config/waivers.toml", waivers);
    }
    let mut baseline = no_baseline();
    if let Some(earlier) = earlier {
        let earlier = self::report(earlier);
        let kept: Vec<_> = earlier.metrics.iter().filter(|metric| metric.primary).cloned().collect();
        let mut promoted = promotion(earlier.provenance.epoch.clone(), &kept);
        promoted.mode = earlier.plan.mode;
        baseline.promotion = Some(promoted);
    }
    write("baseline.json", &serde_json::to_string(&baseline).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_slo-validator"));
    command.args(["judge", "perf.json", "--baseline", "baseline.json", "--out", "verdict.json"]);
    command.current_dir(place.path()).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PERFLEDGER_")) {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let verdict = fs::read(place.path().join("verdict.json")).unwrap_or_else(|_| panic!("{err}"));
    Outcome {
        exit: output.status.code().unwrap(),
        verdict: serde_json::from_slice(&verdict).unwrap(),
        report,
        out,
        err,
    }
}

pub(crate) fn changed(change: impl FnOnce(&mut Load)) -> Load {
    let mut load = smoke();
    change(&mut load);
    load
}

/// Every answer of the steady phase fails with this status, fast.
pub(crate) fn failing(load: &mut Load, status: &str) {
    for series in &mut load.series {
        series.failed = series.completed;
        series.errors = BTreeMap::from([("status".to_owned(), series.completed)]);
        series.statuses = BTreeMap::from([(status.to_owned(), series.completed)]);
        series.latency = Some(Distribution::Buckets(times(vec![MS / 10; series.completed as usize])));
    }
}

#[test]
fn a_first_run_that_meets_its_thresholds_passes() {
    let outcome = judge(&smoke());
    assert_eq!((outcome.exit, outcome.verdict.status), (0, Status::Pass), "{}{}", outcome.out, outcome.err);
    assert_eq!(
        outcome.verdict.summary,
        "✅ smoke: p95 11.4 ms · 48.0 req/s · errors 0 % · 4 of 4 thresholds met [PASS]"
    );
    assert_eq!(outcome.verdict.reasons, Vec::<String>::new());
    let names: Vec<&str> = outcome.report.headline.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["requests_per_second", "latency_p95_ms", "latency_p99_ms", "error_rate_percent"]);
    assert!((outcome.report.headline_values["latency_p95_ms"].get() - 11.45).abs() < 0.01);
}

#[test]
fn the_table_fits_80_columns_and_says_what_colours_say() {
    let mut load = smoke();
    load.thresholds.push(threshold("http_req_duration{phase:steady}", "p(95) < 1 ms"));
    load.thresholds.push(threshold("http_req_duration{phase:burst}", "p(95) < 1 ms"));
    let outcome = judge(&load);
    assert!(outcome.out.lines().rev().skip(1).all(|line| line.chars().count() <= 80), "{}", outcome.out);
    for word in ["not met", "not evaluable", "met", "11.4 ms", "< 1.00 ms", "guards met."] {
        assert!(outcome.out.contains(word), "no {word} in {}", outcome.out);
    }
}

/// A run that must not pass: what happened, the exit, and words of the reason.
fn traps() -> Vec<(&'static str, Load, i32, &'static str)> {
    let dead = |load: &mut Load| {
        for series in &mut load.series {
            (series.completed, series.failed, series.latency, series.lag) = (0, series.sent, None, None);
            series.statuses.clear();
            series.errors = BTreeMap::from([("connect".to_owned(), series.sent)]);
        }
    };
    let starved = |load: &mut Load| {
        load.tick_lag = Some(times(vec![80 * MS; 2880]));
        load.series.iter_mut().for_each(|series| series.lag = Some(times(vec![80 * MS; series.sent as usize])));
    };
    let regional = |load: &mut Load| {
        let mut far = load.series.clone();
        for series in &mut load.series {
            series.tags.insert("region".into(), "near".into());
        }
        for series in &mut far {
            series.tags.insert("region".into(), "far".into());
            series.latency = Some(Distribution::Buckets(spread(series.completed, 900)));
        }
        load.series.extend(far);
        load.phases.iter_mut().for_each(|phase| phase.offered = None);
    };
    vec![
        ("a dead port", changed(dead), 3, "no request was answered (connect: 3120"),
        ("only 5xx, fast", changed(|load| failing(load, "503")), 1, "`http_req_failed rate<0.01` is not met"),
        (
            "only 5xx, and nobody asked for errors",
            changed(|load| {
                failing(load, "503");
                load.thresholds.truncate(2);
            }),
            1,
            "which the policy limits where the scenario does not: 100 %",
        ),
        (
            "a typo in a tag",
            changed(|load| load.thresholds.push(threshold("http_req_duration{phase:stedy}", "p(95)<500"))),
            3,
            "no series has the tag `phase:stedy`; did you mean `steady`",
        ),
        (
            "a typo in a check",
            changed(|load| load.thresholds.push(threshold("checks{check:status}", "rate>0.9"))),
            3,
            "no series has the tag `check:status`",
        ),
        (
            "a typo in a metric",
            changed(|load| load.thresholds.push(threshold("cache_hit_ratoi", "value>0.9"))),
            3,
            "`cache_hit_ratoi` was not recorded",
        ),
        (
            "a worker lost",
            changed(|load| load.engine.workers = Some(Workers { expected: 2, ready: 2, lost: 1 })),
            3,
            "workers lost: 1",
        ),
        (
            "a worker that never came",
            changed(|load| load.engine.workers = Some(Workers { expected: 2, ready: 1, lost: 0 })),
            3,
            "workers lost: 1",
        ),
        ("a starved generator", changed(starved), 3, "generator-limited"),
        (
            "shorter than its warm-up",
            changed(|load| {
                load.phases.truncate(1);
                load.series.truncate(1);
                load.windows.truncate(5);
            }),
            3,
            "outside its warm-up",
        ),
        ("two regions, one slow", changed(regional), 1, "`http_req_duration p(95)<500` is not met"),
        (
            "p99 of 80 samples",
            changed(|load| {
                load.series[1] = series("stats", "steady", 80);
                load.phases[1].offered = Some(1040);
                load.thresholds.pop();
            }),
            3,
            "p99 needs 100 samples, and there are 80",
        ),
        (
            "requests that were never sent",
            changed(|load| {
                load.series[1].sent -= 500;
                load.series[1].completed -= 500;
                load.series[1].unsent = 500;
                load.thresholds.pop();
            }),
            3,
            "requests not sent: 500",
        ),
        (
            "dropped iterations of another engine",
            changed(|load| {
                load.engine.times_from_due = false;
                load.tick_lag = None;
                load.doubts.push("25 iterations were dropped: latencies are lower bounds".into());
            }),
            3,
            "at least 11.",
        ),
        (
            "cut short",
            changed(|load| load.cut = Some(Cut { at_s: finite(30.0), reason: "interrupted".into() })),
            3,
            "phases cut short: 1",
        ),
        (
            "hardly a run at all",
            changed(|load| {
                load.series = vec![series("stats", "steady", 20)];
                load.phases[1].offered = Some(20);
                load.thresholds.remove(1);
                load.thresholds.pop();
            }),
            3,
            "samples: 20",
        ),
        (
            "unanswered requests in the tail",
            changed(|load| {
                load.series[1].open = Some(times(vec![400 * MS; 300]));
                load.thresholds.remove(1);
            }),
            3,
            "at least 400 ms",
        ),
        (
            "unanswered requests beyond the limit",
            changed(|load| load.series[1].open = Some(times(vec![900 * MS; 300]))),
            1,
            "at least 900 ms, asked is < 500 ms",
        ),
    ]
}

#[test]
fn every_trap_is_caught_and_named() {
    for (name, load, exit, words) in traps() {
        let outcome = judge(&load);
        let reasons = outcome.verdict.reasons.join("\n");
        assert_eq!(outcome.exit, exit, "{name}: {reasons}\n{}", outcome.err);
        assert!(reasons.contains(words), "{name}: no `{words}` in {reasons}");
        assert_ne!(outcome.verdict.status, Status::Pass, "{name}");
        let evaluable = outcome.verdict.load.as_ref().unwrap().evaluable;
        assert!(exit == 1 || !evaluable, "{name}");
        if exit == 3 {
            assert!(outcome.verdict.summary.starts_with("⚠️ smoke: not evaluable ("), "{}", outcome.verdict.summary);
            assert!(outcome.err.contains("CBKB105"), "{name}: {}", outcome.err);
        } else {
            assert!(outcome.err.contains("error[CBKB005]"), "{name}: {}", outcome.err);
        }
    }
}

#[test]
fn a_service_that_stalls_is_not_called_a_starved_generator() {
    // A tenth of the requests waited for a connection while the service stood still; the pacer was on time.
    let load = changed(|load| {
        let lags = |number: u64| times((0..number).map(|at| if at % 10 == 0 { 400 * MS } else { 30_000 }));
        load.series.iter_mut().for_each(|series| series.lag = Some(lags(series.sent)));
    });
    assert_eq!(judge(&load).exit, 0);
    // An engine without that measure is asked for its median.
    let load = Load { tick_lag: None, ..load };
    assert_eq!(judge(&load).exit, 0);
}

#[test]
fn regions_keep_their_own_series_and_limits() {
    let load = changed(|load| {
        let mut far = load.series.clone();
        load.series.iter_mut().for_each(|series| _ = series.tags.insert("region".into(), "near".into()));
        for series in &mut far {
            series.tags.insert("region".into(), "far".into());
            series.latency = Some(Distribution::Buckets(spread(series.completed, 300)));
        }
        load.series.extend(far);
        load.phases.iter_mut().for_each(|phase| phase.offered = None);
        load.thresholds = vec![
            threshold("http_req_duration{region:near}", "p(95)<20"),
            threshold("http_req_duration{region:far}", "p(95)<400"),
        ];
    });
    let outcome = judge(&load);
    assert_eq!(outcome.exit, 0, "{}{}", outcome.out, outcome.err);
    let summary = outcome.report.load.as_ref().unwrap();
    assert!(summary.series[0].latency.is_empty(), "nothing is pooled");
    let names: Vec<&str> = outcome.report.headline.iter().map(|line| line.name.as_str()).collect();
    assert!(names.contains(&"latency_p95_ms_far") && !names.contains(&"latency_p95_ms"), "{names:?}");
}

#[test]
fn a_threshold_against_the_baseline_has_nothing_to_compare_with_at_first_and_decides_later() {
    let text = "http_req_duration{phase:steady} p(95) < 110 % of baseline";
    let load = changed(|load| {
        load.thresholds.push(threshold("http_req_duration{phase:steady}", "p(95) < 110 % of baseline"));
    });
    let first = judge(&load);
    assert_eq!((first.exit, first.of(text).0), (0, ThresholdOutcome::NothingToCompare), "{}", first.err);
    assert!(first.verdict.warnings.iter().any(|line| line.contains("nothing to compare with")));
    assert!(first.verdict.summary.contains("4 of 4 thresholds met, 1 without a baseline"), "{}", first.verdict.summary);
    let second = judge_after(&load, Some(&load), "");
    assert_eq!((second.exit, second.of(text).0), (0, ThresholdOutcome::Met), "{}", second.out);
    let mut slower = load.clone();
    slower.series[1].latency = Some(Distribution::Buckets(spread(1920, 16)));
    let third = judge_after(&slower, Some(&load), "");
    assert_eq!((third.exit, third.of(text).0), (1, ThresholdOutcome::NotMet), "{}", third.out);
}

pub(crate) fn slower(slowest: u64) -> Load {
    changed(|load| {
        for series in &mut load.series {
            series.latency = Some(Distribution::Buckets(spread(series.completed, slowest)));
        }
    })
}

#[test]
fn a_loss_is_as_serious_as_the_policy_says() {
    for (slowest, severity, status, exit) in [
        (12, None, Status::Pass, 0),
        (13, Some(Severity::Low), Status::Pass, 0),
        (15, Some(Severity::Medium), Status::Warn, 0),
        (20, Some(Severity::High), Status::Fail, 1),
        (40, Some(Severity::Critical), Status::Fail, 1),
    ] {
        let outcome = judge_after(&slower(slowest), Some(&smoke()), "");
        let worst = outcome.verdict.load.as_ref().unwrap().regressions.first().map(|loss| loss.severity);
        assert_eq!(
            (worst, outcome.verdict.status, outcome.exit),
            (severity, status, exit),
            "{slowest}: {}",
            outcome.out
        );
        assert!(outcome.verdict.metrics.iter().all(|metric| metric.verdict != Verdict::Inconclusive), "{slowest}");
    }
}

#[test]
fn a_waiver_permits_a_high_loss() {
    let waivers: String = ["all/all#latency_p95", "stats/all#latency_p95", "evaluate/all#latency_p95"]
        .iter()
        .map(|metric| {
            format!(
                "[[waiver]]\nmetric = \"smoke/{metric}\"\nceiling = \"90 %\"\nexpires = \"2026-12-31\"\n\
                 issue = \"https://example.org/issues/1\"\nreason = \"known\"\nauthor = \"A. Maintainer\"\n"
            )
        })
        .collect();
    let outcome = judge_after(&slower(20), Some(&smoke()), &waivers);
    assert_eq!((outcome.verdict.status, outcome.exit), (Status::Pass, 0), "{}{}", outcome.out, outcome.err);
    let outcome = judge_after(&slower(40), Some(&smoke()), &waivers);
    assert_eq!((outcome.verdict.status, outcome.exit), (Status::Fail, 1), "{}", outcome.out);
}

#[test]
fn errors_are_counted_in_points() {
    let with = |failed: u64| {
        changed(|load| {
            load.series[1].failed = failed;
            load.thresholds.remove(2);
        })
    };
    for (failed, severity) in
        [(5, None), (10, Some(Severity::Low)), (30, Some(Severity::Medium)), (300, Some(Severity::Critical))]
    {
        let outcome = judge_after(&with(failed), Some(&smoke()), "");
        let found = outcome.verdict.load.as_ref().unwrap().regressions.first().map(|loss| loss.severity);
        assert_eq!(found, severity, "{failed}: {}", outcome.out);
    }
}

/// A burst, with so many seconds of long latencies after it.
fn burst(bad: u32) -> Load {
    let mut load = smoke();
    load.phases = vec![
        phase("steady", 0.0, 30.0, (100.0, 100.0)),
        phase("burst", 30.0, 10.0, (500.0, 500.0)),
        phase("recovery", 40.0, 60.0, (100.0, 100.0)),
    ];
    load.series =
        vec![series("stats", "steady", 3000), series("stats", "burst", 5000), series("stats", "recovery", 6000)];
    let at = |at: u32| match at {
        0..30 => window(f64::from(at), "steady", 100, 11.0),
        30..40 => window(f64::from(at), "burst", 500, 80.0),
        _ if at < 40 + bad => window(f64::from(at), "recovery", 100, 60.0),
        _ => window(f64::from(at), "recovery", 100, 11.5),
    };
    load.windows = (0..100).map(at).collect();
    load.thresholds = vec![threshold("{phase:recovery}", "recovery < 30 s")];
    load
}

#[test]
fn recovery_is_timed_and_censored() {
    for (bad, exit, words) in [(0, 0, "0"), (12, 0, "12.0 s"), (35, 1, "35.0 s"), (60, 1, "at least 60.0 s")] {
        let outcome = judge(&burst(bad));
        let (_, why) = outcome.of("{phase:recovery} recovery < 30 s");
        assert_eq!(outcome.exit, exit, "{bad}: {}", outcome.out);
        assert!(why.contains(words), "{bad}: {why}");
    }
}

#[test]
fn a_run_that_looks_for_its_breaking_point_may_break() {
    let mut load = smoke();
    load.phases = vec![phase("low", 0.0, 20.0, (100.0, 100.0)), phase("ramp", 20.0, 80.0, (100.0, 900.0))];
    load.series = vec![series("stats", "low", 2000), series("stats", "ramp", 40_000)];
    load.series[1].sent -= 8000;
    load.series[1].completed -= 8000;
    load.series[1].unsent = 8000;
    let at = |at: u32| {
        let due = if at < 20 { 100 } else { 100 + u64::from(at - 20) * 10 };
        let late = if due > 600 { 900.0 } else { 11.0 };
        let mut window = window(f64::from(at), if at < 20 { "low" } else { "ramp" }, due, late);
        window.completed = due.min(600);
        window
    };
    load.windows = (0..100).map(at).collect();
    load.thresholds = vec![threshold("", "breaking_point > 500")];
    let outcome = judge(&load);
    assert_eq!(outcome.exit, 0, "{}{}", outcome.out, outcome.err);
    let (_, why) = outcome.of("breaking_point > 500");
    assert!(why.contains("breaking point: 61") || why.contains("breaking point: 60"), "{why}");
    load.thresholds = vec![threshold("", "breaking_point > 700")];
    assert_eq!(judge(&load).exit, 1);
    // Without looking for it, the same run lost requests.
    load.thresholds = vec![threshold("http_req_failed", "rate<0.01")];
    assert_eq!(judge(&load).exit, 3);
}

#[test]
fn every_figure_of_the_grammar_is_observed() {
    let load = changed(|load| {
        load.series[1].checks.insert("ok".into(), bench_model::load::CheckCount { passed: 99, failed: 1 });
        load.series[1].parts.insert("first_byte".into(), spread(1920, 8));
        load.series[1].operations.insert("database".into(), spread(1920, 4));
        load.series[1].service = Some(spread(1920, 10));
        load.series[1].statuses = BTreeMap::from([("200".into(), 1900), ("503".into(), 20)]);
        load.gauges = vec![
            Gauge {
                name: "cache_hit_ratio".into(),
                from: "cache_hit_ratio{shard=\"a\"}".into(),
                counter: false,
                points: vec![(finite(10.0), finite(0.8)), (finite(20.0), finite(0.95))],
            },
            Gauge {
                name: "decisions_total".into(),
                from: "decisions_total".into(),
                counter: true,
                points: vec![(finite(10.0), finite(100.0)), (finite(20.0), finite(300.0))],
            },
        ];
        load.thresholds = [
            ("http_req_duration", "avg<10"),
            ("http_req_duration", "med<7"),
            ("http_req_duration", "min>=1"),
            ("http_req_duration", "max<=12"),
            ("http_req_duration", "p(99.9)<12"),
            ("http_req_duration", "avg<Inf"),
            ("http_req_duration", "med!=NaN"),
            ("http_req_service{name:stats}", "p(95)<10"),
            ("http_req_waiting{name:stats}", "p(95)<8"),
            ("operation_database{name:stats}", "p(95)<4"),
            ("http_req_lag", "p(99)<1"),
            ("", "lag < 1 ms"),
            ("", "samples >= 2880"),
            ("", "dropped == 0"),
            ("", "status(5xx) < 21"),
            ("", "status(503) >= 20"),
            ("", "error_rate < 0.1 %"),
            ("http_reqs", "count==2880"),
            ("http_reqs", "rate>47"),
            ("checks", "rate>0.98"),
            ("checks{check:ok}", "rate>0.98"),
            ("data_received", "count>1000"),
            ("http_req_failed", "variance < 0.1 %"),
            ("http_reqs", "variance < 10 %"),
            ("cache_hit_ratio", "value>0.9"),
            ("cache_hit_ratio{shard:a}", "min>=0.8"),
            ("decisions_total", "rate>=20"),
            ("{phase:warm-up}", "p(95) < 500 ms"),
        ]
        .map(|(metric, expression)| threshold(metric, expression))
        .to_vec();
    });
    let outcome = judge(&load);
    let met = |row: &&bench_model::verdict::JudgedThreshold| row.outcome != ThresholdOutcome::Met;
    let open: Vec<_> =
        outcome.verdict.load.as_ref().unwrap().thresholds.iter().filter(met).map(|row| &row.why).collect();
    assert!(open.is_empty(), "{open:#?}");
    assert_eq!(outcome.exit, 0);
}

#[test]
fn what_an_engine_said_and_its_data_deny_is_named() {
    let load = changed(|load| {
        load.engine_thresholds.push(bench_model::load::EngineThreshold {
            threshold: threshold("http_req_duration", "p(95)<1"),
            passed: true,
        });
    });
    let outcome = judge(&load);
    assert_eq!(outcome.exit, 1);
    let told = outcome.report.load.unwrap().disagreements;
    assert!(told[0].contains("calls `http_req_duration p(95)<1` met, and its data say 11.4 ms"), "{told:?}");
}

#[test]
fn summaries_of_another_engine_are_judged_as_far_as_they_go() {
    let summary = |percentiles: &[(&str, f64)]| {
        let percentiles = percentiles.iter().map(|(name, ms)| ((*name).to_owned(), finite(ms * 1e6))).collect();
        Some(Distribution::Summary(bench_model::load::SummaryStatistics {
            count: Some(2880),
            min: None,
            mean: None,
            max: None,
            percentiles,
        }))
    };
    let mut load = smoke();
    load.engine.name = "k6".into();
    load.engine.times_from_due = false;
    (load.tick_lag, load.windows) = (None, Vec::new());
    load.phases = vec![phase("all", 0.0, 60.0, (48.0, 48.0))];
    load.phases[0].model = LoadModel::Unknown;
    load.phases[0].offered = None;
    let mut only = series("all", "all", 2880);
    (only.offered, only.lag, only.latency) = (None, None, summary(&[("95", 12.0)]));
    load.series = vec![only];
    load.thresholds = vec![threshold("http_req_duration", "p(95)<500")];
    let outcome = judge(&load);
    assert_eq!(outcome.exit, 0, "{}{}", outcome.out, outcome.err);
    load.thresholds.push(threshold("http_req_duration", "p(99)<500"));
    let outcome = judge(&load);
    assert_eq!(outcome.exit, 3);
    assert!(outcome.of("http_req_duration p(99)<500").1.contains("did not record it"));
}

#[test]
fn equal_runs_give_equal_bytes_and_a_report_is_what_its_file_holds() {
    let (one, other) = (report(&burst(12)), report(&burst(12)));
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(text, serde_json::to_string(&other).unwrap());
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), one);
    let _: Run = serde_json::from_value(run_json(&burst(12))).unwrap();
    assert_eq!(Buckets::default().count(), 0);
}

#[test]
fn a_run_that_is_timed_from_the_send_and_dropped_nothing_can_pass() {
    let outcome = judge(&changed(|load| {
        load.engine.name = "k6".into();
        load.engine.times_from_due = false;
        load.tick_lag = None;
        for series in &mut load.series {
            series.lag = None;
        }
    }));
    assert_eq!((outcome.exit, outcome.verdict.status), (0, Status::Pass), "{}{}", outcome.out, outcome.err);
    let said = outcome.report.warnings.iter().filter(|line| line.contains("timed from the send")).count();
    assert_eq!(said, 1, "{:?}", outcome.report.warnings);
}

#[test]
fn a_phase_is_held_against_another_one_of_the_same_run() {
    let with = |expression: &str, slowest: u64| {
        judge(&changed(|load| {
            load.series[0].latency = Some(Distribution::Buckets(spread(240, 10)));
            load.series[1].latency = Some(Distribution::Buckets(spread(1920, slowest)));
            load.series[2].latency = Some(Distribution::Buckets(spread(960, slowest)));
            load.thresholds = vec![threshold("http_req_duration{phase:steady}", expression)];
        }))
    };
    let share = "p(95) < 120 % of {phase:warm-up}";
    let text = format!("http_req_duration{{phase:steady}} {share}");
    let (slower, as_quick) = (with(share, 20), with(share, 11));
    assert_eq!((slower.exit, slower.of(&text).0), (1, ThresholdOutcome::NotMet), "{}", slower.err);
    assert!(slower.of(&text).1.contains("asked is < 11."), "{}", slower.of(&text).1);
    assert_eq!((as_quick.exit, as_quick.of(&text).0), (0, ThresholdOutcome::Met), "{}", as_quick.err);
    assert_eq!(with("p(95) < 120 % of {phase:warm-up} or 50 ms", 20).exit, 0);
    let nowhere = with("p(95) < 120 % of {phase:nowhere} or 50 ms", 20);
    assert_eq!(nowhere.exit, 3, "what is not known is no pass: {}", nowhere.err);
    let text = "http_req_duration{phase:steady} p(95) < 120 % of {phase:nowhere} or 50 ms";
    assert_eq!(nowhere.of(text).0, ThresholdOutcome::NotEvaluable);
    assert!(nowhere.of(text).1.contains("no series has the tag `phase:nowhere`"), "{}", nowhere.of(text).1);
}
