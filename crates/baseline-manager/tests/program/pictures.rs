//! What people see, at 80 columns.

use baseline_manager::{JudgedRun, Mainline, Store, prune, store_historical_data};
use insta::assert_snapshot;
use serde_json::json;

use crate::fixture::{Project, at, compare_in_turns, compare_with, folder, main, pairing, regress};

const LEDGER: &str = "history";

/// The project's own benchmarks, every one a little faster with each run.
fn suite(run: u32) -> Vec<(String, f64)> {
    let kinds = ["comp3", "display"].iter().flat_map(|kind| {
        ["columnar", "copybook-codec"].iter().flat_map(move |codec| {
            [100, 1000, 10_000].map(|records| format!("copybook-bench/decode/{kind}/{codec}/{records}#throughput"))
        })
    });
    let speed = |name: &str| if name.contains("columnar") { 5.1e9 } else { 1.57e7 };
    kinds.map(|name| (name.clone(), speed(&name) * (1.0 + 0.01 * f64::from(run)))).collect()
}

/// A judged run of these metrics, on disk.
fn judged(project: &Project, run_id: &str, metrics: &[(String, f64)], dirty: bool, mode: &str) -> JudgedRun {
    let judged = project.judged_as(run_id, |perf, verdict| {
        let (reported, decided) = (perf["metrics"][0].clone(), verdict["metrics"][0].clone());
        let with = |metric: &serde_json::Value, name: &str, value: f64| {
            let mut metric = metric.clone();
            (metric["name"], metric["value"]) = (json!(name), json!(value));
            metric
        };
        perf["metrics"] = metrics.iter().map(|(name, value)| with(&reported, name, *value)).collect();
        verdict["metrics"] = metrics.iter().map(|(name, value)| with(&decided, name, *value)).collect();
        perf["plan"]["mode"] = json!(mode);
        perf["provenance"]["source"]["dirty"] = json!(dirty);
        perf["provenance"]["epoch"] = json!("6ee24300cef7a2cf");
        compare_with(verdict, None);
    });
    JudgedRun::read(&judged.perf, &judged.verdict).unwrap()
}

fn append(store: &Store, run: &JudgedRun, day: &str) {
    store_historical_data(store, &run.record().unwrap(), &main(), at(day)).unwrap();
}

/// The id that the runner gives to a run of the fixture's commit.
fn id(project: &Project, minute: u32) -> String {
    format!("20261121T06{minute:02}58Z-{}-49cc", &project.head()[..7])
}

/// What a verb prints, with what differs from machine to machine replaced by as many letters.
fn picture(project: &Project, arguments: &[&str]) -> String {
    let ran = project.on(LEDGER, arguments).ends(0, &[]);
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    ran.out.replace(&project.head()[..7], "ccccccc")
}

#[test]
fn a_history_of_runs_whose_ids_say_when_and_of_which_commit() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    for run in 0..3 {
        let mode = if run == 1 { "quick" } else { "full" };
        append(&store, &judged(&project, &id(&project, run), &suite(run), run == 1, mode), "2026-11-21");
    }
    let check = format!("ci@{}", project.head());
    let run = project.path().join("target/perf").join(id(&project, 2));
    let (perf, verdict) = (run.join("perf.json"), run.join("verdict.json"));
    let promote = ["promote", "--perf", perf.to_str().unwrap(), "--verdict", verdict.to_str().unwrap()];
    project.on(LEDGER, &[promote.as_slice(), &["--tests-check", &check]].concat()).ends(0, &[]);

    assert_snapshot!(picture(&project, &["history"]), @r"
    run                            status  metrics  worst verdict  notes
    20261121T060258Z-ccccccc-49cc  PASS         12  unchanged      full baseline
    20261121T060158Z-ccccccc-49cc  PASS         12  unchanged      quick dirty
    20261121T060058Z-ccccccc-49cc  PASS         12  unchanged      full
    ");
    let metric = "copybook-bench/decode/display/columnar/10000#throughput";
    assert_snapshot!(picture(&project, &["history", metric]), @r"
    copybook-bench/decode/display/columnar/10000#throughput
    run                                 value  change  verdict    notes
    20261121T060258Z-ccccccc-49cc  4.84 GiB/s   +2.0%  unchanged  full baseline
    20261121T060158Z-ccccccc-49cc  4.80 GiB/s          unchanged  quick dirty
    20261121T060058Z-ccccccc-49cc  4.75 GiB/s          unchanged  full
    ");
    assert_snapshot!(picture(&project, &["trends", metric]), @r"
    epoch 6ee24300cef7a2cf, quick mode, 1 run, 2026-11-21
    copybook-bench/decode/display/columnar/10000#throughput
          median  newest  trend
      4.80 GiB/s    4.80  ▄

    epoch 6ee24300cef7a2cf, full mode, 2 runs, 2026-11-21
    copybook-bench/decode/display/columnar/10000#throughput
          median  newest  change  to baseline  trend
      4.80 GiB/s    4.84   +2.0%         0.0%  ▁█
    ");
}

#[test]
fn a_history_of_runs_named_by_hand_shows_when_and_of_which_commit() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    append(&store, &judged(&project, "before", &suite(0), false, "full"), "2026-11-20");
    append(&store, &judged(&project, "after", &suite(1), false, "full"), "2026-11-21");
    assert_snapshot!(picture(&project, &["history"]), @r"
    run     appended          commit   status  metrics  worst verdict
    after   2026-11-21 12:00  ccccccc  PASS         12  unchanged
    before  2026-11-20 12:00  ccccccc  PASS         12  unchanged
    ");
}

#[test]
fn trends_of_the_default_workload_with_a_metric_that_came_later() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    for run in 0..15 {
        let metrics = if run < 5 { &suite(run)[..11] } else { &suite(run) };
        let run_id = format!("run-{run}");
        append(&store, &judged(&project, &run_id, metrics, false, "full"), &format!("2026-11-{:02}", run + 1));
    }
    assert_snapshot!(picture(&project, &["trends"]), @r"
    epoch 6ee24300cef7a2cf, full mode, up to 15 runs, 2026-11-01 to 2026-11-15
    Every metric starts with `copybook-bench/decode/` and ends with `#throughput`.
    metric                        runs      median  newest  change  trend
    comp3/columnar/100              15  5.08 GiB/s    5.41  +14.0%  ▃▄▄▅▅▆▇▇▇█
    comp3/columnar/1000             15  5.08 GiB/s    5.41  +14.0%  ▃▄▄▅▅▆▇▇▇█
    comp3/columnar/10000            15  5.08 GiB/s    5.41  +14.0%  ▃▄▄▅▅▆▇▇▇█
    comp3/copybook-codec/100        15  16.0 MiB/s    17.1  +14.0%  ▃▄▄▅▅▆▆▇▇█
    comp3/copybook-codec/1000       15  16.0 MiB/s    17.1  +14.0%  ▃▄▄▅▅▆▆▇▇█
    comp3/copybook-codec/10000      15  16.0 MiB/s    17.1  +14.0%  ▃▄▄▅▅▆▆▇▇█
    display/columnar/100            15  5.08 GiB/s    5.41  +14.0%  ▃▄▄▅▅▆▇▇▇█
    display/columnar/1000           15  5.08 GiB/s    5.41  +14.0%  ▃▄▄▅▅▆▇▇▇█
    display/columnar/10000          15  5.08 GiB/s    5.41  +14.0%  ▃▄▄▅▅▆▇▇▇█
    display/copybook-codec/100      15  16.0 MiB/s    17.1  +14.0%  ▃▄▄▅▅▆▆▇▇█
    display/copybook-codec/1000     15  16.0 MiB/s    17.1  +14.0%  ▃▄▄▅▅▆▆▇▇█
    display/copybook-codec/10000    10  16.4 MiB/s    17.1   +8.6%  ▁▂▃▃▄▅▆▆▇█
    ");
}

#[test]
fn incidents_stand_below_the_runs_open_ones_first() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    let good = project.head();
    let bad = project.commit("slower");
    let in_turns = |run: &str, day: &str, judge: &dyn Fn(&mut serde_json::Value)| {
        let judged = project.judged_as(run, |_, verdict| judge(verdict));
        let record = JudgedRun::read(&judged.perf, &judged.verdict).unwrap().record().unwrap();
        let main = Mainline { branch: "main", project: project.path() };
        store_historical_data(&store, &record, &main, at(day)).unwrap();
    };
    in_turns("run-1", "2026-11-01", &|verdict| regress(verdict, -0.1, &good));
    in_turns("run-2", "2026-11-04", &|verdict| compare_in_turns(verdict, "unchanged", &good));
    in_turns("run-3", "2026-11-05", &|verdict| regress(verdict, -0.034, &good));
    in_turns("run-4", "2026-11-06", &|verdict| compare_in_turns(verdict, "inconclusive", &good));
    let text = picture(&project, &["history"]).replace(&good[..7], "ggggggg").replace(&bad[..7], "ccccccc");
    assert_snapshot!(text, @r"
    run    appended          commit   status  metrics  worst verdict
    run-4  2026-11-06 12:00  ccccccc  PASS          1  inconclusive
    run-3  2026-11-05 12:00  ccccccc  WARN          1  regressed
    run-2  2026-11-04 12:00  ccccccc  PASS          1  unchanged
    run-1  2026-11-01 12:00  ccccccc  WARN          1  regressed

    demo/decode/display/1000#throughput
      OPEN incident: -3.4 % since 2026-11-05 in ggggggg..ccccccc, run run-3; open
        for 1 day at the newest line (epoch epoch-a, full mode)
    demo/decode/display/1000#throughput
      recovered incident: -10.0 % since 2026-11-01 in ggggggg..ccccccc, run run-1;
        over on 2026-11-04 with ccccccc, run run-2; it lasted 3 days (epoch epoch-a,
        full mode)
    ");
}

#[test]
fn noise_takes_a_sentence_for_each_environment_and_mode() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    let measured = |run: &str, epoch: &str, mode: &str, floors: &[f64], day: &str| {
        let judged = project.judged_as(run, |perf, verdict| {
            perf["plan"]["pairing"] = pairing("noise", "head", "first");
            (perf["plan"]["mode"], perf["provenance"]["epoch"]) = (json!(mode), json!(epoch));
            let one = |(at, floor)| json!({ "name": format!("m/{at}#time"), "floor": floor, "rounds": 5, "comparisons": 20, "alarms": at });
            verdict["noise"] = floors.iter().enumerate().map(one).collect();
        });
        append(&store, &JudgedRun::read(&judged.perf, &judged.verdict).unwrap(), day);
    };
    measured("noise-1", "epoch-a", "full", &[0.01, 0.02, 0.06, 0.04], "2020-01-05");
    measured("noise-4", "epoch-b", "full", &[0.02, 0.03], "2020-01-06");
    measured("noise-2", "epoch-a", "quick", &[0.125], "2020-12-02");
    measured("noise-3", "epoch-a", "full", &[0.015], "2020-12-03");
    append(&store, &judged(&project, "run-1", &suite(0), false, "full"), "2020-12-04");
    prune(&store, 6, "an auditor", at("2021-01-15")).unwrap();
    assert_snapshot!(picture(&project, &["history"]), @r"
    run    appended          commit   status  metrics  worst verdict
    run-1  2020-12-04 12:00  ccccccc  PASS         12  unchanged

    noise of 1 metric: floor 12.5 %, 0 alarms in 20 comparisons, on 2020-12-02
      (epoch epoch-a, quick mode)
    noise of 4 metrics: median floor 3 %, largest 6 %, 6 alarms in 80 comparisons,
      on 2020-12-03 (epoch epoch-a, full mode)
    noise of 2 metrics: median floor 2.5 %, largest 3 %, 1 alarm in 40 comparisons,
      before 2021-01-15 (epoch epoch-b, full mode)
    ");
    let text = picture(&project, &["verify"]);
    let (_, rest) = text.split_once("\nlines").unwrap();
    assert_snapshot!(rest, @r"
      4 (3 to 6): 1 run, 2 noise measurements, 1 retention marker
    noise of 1 metric: floor 12.5 %, 0 alarms in 20 comparisons, on 2020-12-02
      (epoch epoch-a, quick mode)
    noise of 4 metrics: median floor 3 %, largest 6 %, 6 alarms in 80 comparisons,
      on 2020-12-03 (epoch epoch-a, full mode)
    noise of 2 metrics: median floor 2.5 %, largest 3 %, 1 alarm in 40 comparisons,
      before 2021-01-15 (epoch epoch-b, full mode)
    pruned lines up to 2 on 2021-01-15 by an auditor (line 6)
    ");
    let of_one = picture(&project, &["history", "copybook-bench/decode/comp3/columnar/100#throughput"]);
    assert!(!of_one.contains("noise"), "{of_one}");
    let lines = project.on(LEDGER, &["history", "--format", "json"]).ends(0, &[]).out;
    let rows: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let noise: Vec<_> = rows.iter().filter(|row| row["kind"] == "noise").cloned().collect();
    let full = json!({ "kind": "noise", "epoch": "epoch-a", "mode": "full", "metrics": 4, "median_floor": 0.03,
                       "largest_floor": 0.06, "comparisons": 80, "alarms": 6, "measured": "2020-12-03T12:00:00Z" });
    assert_eq!(noise.len(), 3, "{noise:#?}");
    assert!(noise.contains(&full), "{noise:#?}");
    assert_eq!(noise[2]["measured_before"], "2021-01-15T12:00:00Z");
    let verified = project.on(LEDGER, &["verify", "--format", "json"]).ends(0, &[]).json();
    assert_eq!((verified["noise"].as_array().unwrap().len(), &verified["noise"][2]["metrics"]), (3, &json!(2)));
}

#[test]
fn a_verified_ledger_counts_its_lines_and_names_who_pruned_it() {
    let project = Project::new();
    let store = folder(&project.path().join(LEDGER));
    for (run, day) in ["2020-01-05", "2020-12-01", "2020-12-02"].iter().enumerate() {
        append(&store, &judged(&project, &format!("run-{run}"), &suite(0), false, "full"), day);
    }
    prune(&store, 6, "an auditor with a \u{1b}[31mcoloured name", at("2021-01-15")).unwrap();
    let text = picture(&project, &["verify"]);
    let (head, rest) = text.split_once("\nlines").unwrap();
    assert!(head.starts_with("history: the chain holds\nhead   "), "{head}");
    assert_snapshot!(rest, @r"
      3 (2 to 4): 2 runs, 1 retention marker
    pruned lines up to 1 on 2021-01-15 by an auditor with a �[31mcoloured name (line
      4)
    ");
}
