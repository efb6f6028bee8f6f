//! What a run of proven work must keep of the entry before it.

use std::fs;
use std::process::{Command, Output};

use bench_model::config::{Gate, Keep, KeepBy, Thresholds};
use bench_model::ledger::{Baseline, HistoryPoint, MetricHistory};
use bench_model::perf::{EvidenceLevel, Metric, Report};
use bench_model::proof::{DataDigest, Proof};
use bench_model::verdict::{GateCheck, GateJudgement, GateOutcome, Judgement, Status};
use bench_model::{BenchmarkId, Direction, Sha256, Unit};

use crate::sample::*;

const RATE: &str = "reencryption#records_per_second";
const SCORE: &str = "reencryption#scalability_score";
const MTTR: &str = "reencryption#mttr";

fn job(measure: &str, unit: Unit, direction: Direction, value: f64) -> Metric {
    let benchmark = BenchmarkId { harness: "process".into(), target: "reencryption".into(), id: String::new() };
    let mut metric = metric("job", measure, unit, direction, &steady(value));
    (metric.name, metric.value) = (benchmark.metric(measure).unwrap(), finite(value));
    metric.benchmark = benchmark;
    metric
}

fn rate_of(value: f64) -> Metric {
    job("records_per_second", Unit::PerSecond, Direction::HigherIsBetter, value)
}

fn score_of(value: f64) -> Metric {
    job("scalability_score", Unit::Count, Direction::HigherIsBetter, value)
}

fn proof() -> Proof {
    let data = DataDigest { sha256: Sha256::of(b"data"), bytes: 4 };
    Proof {
        work: "reencryption".into(),
        dry_run: false,
        planned: 1000,
        done: 1000,
        resumed: 0,
        sampled: 100,
        verified: 100,
        input: data.clone(),
        output: Some(data),
        facts: [].into(),
    }
}

/// A run of real work, done and checked in every round.
fn proven(metrics: Vec<Metric>) -> Report {
    Report { proofs: vec![proof(); 5], evidence_level: EvidenceLevel::RealWorkload, ..report(metrics) }
}

fn keep(metric: &str, by: KeepBy) -> Keep {
    Keep { metric: metric.parse().unwrap(), by }
}

fn gated(keep: Vec<Keep>) -> Thresholds {
    Thresholds { gate: Some(Gate { evidence: EvidenceLevel::RealWorkload, keep }), ..Thresholds::default() }
}

/// As the project's own: 80 % of the rate, at most 1 point of the score.
fn usual() -> Thresholds {
    gated(vec![keep(RATE, KeepBy::Share(0.8)), keep(SCORE, KeepBy::Drop(1.0))])
}

fn entry(at: usize, value: f64, evidence_level: Option<EvidenceLevel>) -> HistoryPoint {
    HistoryPoint {
        run_id: format!("run-h{at}").parse().unwrap(),
        commit: None,
        time: None,
        value: finite(value),
        evidence_level,
        inputs: vec![proof().input.sha256],
        verdict: None,
        promoted: false,
    }
}

/// Earlier entries of these metrics, all of real work.
fn history(series: &[(&str, Unit, &[f64])]) -> Baseline {
    let real = Some(EvidenceLevel::RealWorkload);
    let one = |(name, unit, values): &(&str, Unit, &[f64])| MetricHistory {
        name: name.parse().unwrap(),
        unit: *unit,
        points: values.iter().enumerate().map(|(at, value)| entry(at, *value, real)).collect(),
    };
    Baseline { history: series.iter().map(one).collect(), ..no_baseline() }
}

fn rates(values: &[f64]) -> Baseline {
    history(&[(RATE, Unit::PerSecond, values)])
}

fn only_rate() -> Thresholds {
    gated(vec![keep(RATE, KeepBy::Share(0.8))])
}

fn gate(judgement: &Judgement) -> &GateJudgement {
    judgement.gate.as_deref().unwrap()
}

fn check_of(judgement: &Judgement, metric: &str) -> GateCheck {
    gate(judgement).checks.iter().find(|check| check.metric.as_str() == metric).unwrap().clone()
}

#[test]
fn four_fifths_of_the_entry_before_pass_and_less_fails() {
    for (value, outcome, status) in [
        (800.0, GateOutcome::Met, Status::Pass),
        (1200.0, GateOutcome::Met, Status::Pass),
        (799.9, GateOutcome::NotMet, Status::Fail),
    ] {
        let judgement = judged(&proven(vec![rate_of(value)]), Some(&rates(&[5000.0, 1000.0])), &only_rate());
        let check = check_of(&judgement, RATE);
        assert_eq!((check.outcome, check.limit), (outcome, Some(finite(800.0))), "{value}");
        assert_eq!(check.previous.unwrap().run_id.as_str(), "run-h1");
        // 5000 to 1000 was such a step itself, which is said of every run behind it.
        assert_eq!(judgement.status, status.max(Status::Warn), "{value}: {:?}", judgement.reasons);
    }
}

#[test]
fn a_run_that_keeps_all_of_it_passes() {
    let before = history(&[(RATE, Unit::PerSecond, &[1000.0, 1010.0]), (SCORE, Unit::Count, &[10.0, 10.0])]);
    let judgement = judged(&proven(vec![rate_of(990.0), score_of(9.0)]), Some(&before), &usual());
    assert_eq!((judgement.status, judgement.reasons.as_slice()), (Status::Pass, &[][..]));
}

#[test]
fn a_share_that_is_no_exact_number_is_met_by_the_value_that_it_is() {
    let judgement = judged(&proven(vec![rate_of(2.4)]), Some(&rates(&[3.0])), &only_rate());
    let check = check_of(&judgement, RATE);
    assert!(check.limit.unwrap().get() > 2.4, "this is about rounding");
    assert_eq!(check.outcome, GateOutcome::Met);
}

#[test]
fn a_score_may_lose_one_point_and_not_more() {
    let before = history(&[(RATE, Unit::PerSecond, &[1000.0]), (SCORE, Unit::Count, &[10.0])]);
    for (score, outcome) in [(9.0, GateOutcome::Met), (8.9, GateOutcome::NotMet)] {
        let judgement = judged(&proven(vec![rate_of(1000.0), score_of(score)]), Some(&before), &usual());
        assert_eq!(check_of(&judgement, SCORE).outcome, outcome, "{score}");
        assert_eq!(judgement.status == Status::Fail, outcome == GateOutcome::NotMet, "{score}");
    }
}

#[test]
fn where_lower_is_better_the_limit_lies_above() {
    let thresholds = gated(vec![keep(MTTR, KeepBy::Share(0.8))]);
    let before = history(&[(MTTR, Unit::Nanoseconds, &[8e9])]);
    for (value, outcome) in [(10e9, GateOutcome::Met), (10.1e9, GateOutcome::NotMet)] {
        let report = proven(vec![job("mttr", Unit::Nanoseconds, Direction::LowerIsBetter, value)]);
        let check = check_of(&judged(&report, Some(&before), &thresholds), MTTR);
        assert_eq!((check.outcome, check.limit), (outcome, Some(finite(10e9))), "{}", check.why);
    }
}

#[test]
fn weak_evidence_fails_whatever_the_numbers_are() {
    let dry = Proof { dry_run: true, ..proof() };
    let (wrong, silent) = (Proof { verified: 99, ..proof() }, Vec::new());
    for (proofs, level) in [
        (vec![proof(), dry], EvidenceLevel::DryRun),
        (vec![wrong; 5], EvidenceLevel::CiBenchmark),
        // A file that claims more than its accounts bear out.
        (silent, EvidenceLevel::CiBenchmark),
    ] {
        let report = Report { proofs, ..proven(vec![rate_of(1e6)]) };
        assert_eq!(report.evidence_level, EvidenceLevel::RealWorkload, "that is the claim");
        let judgement = judged(&report, Some(&rates(&[1000.0])), &only_rate());
        assert_eq!((judgement.status, gate(&judgement).evidence), (Status::Fail, level));
        let words = format!("the gate asks for evidence of real_workload, and the run's is {}", level.as_str());
        assert_eq!(judgement.reasons[0], words);
    }
}

#[test]
fn a_metric_that_was_not_measured_fails() {
    let judgement = judged(&proven(vec![rate_of(1000.0)]), Some(&rates(&[1000.0])), &usual());
    let check = check_of(&judgement, SCORE);
    assert_eq!((judgement.status, check.outcome, check.value), (Status::Fail, GateOutcome::NotMet, None));
    assert_eq!(judgement.reasons, [format!("gate: `{SCORE}`: it was not measured")]);
}

#[test]
fn without_an_entry_before_there_is_no_verdict_and_the_status_says_so() {
    for before in [None, Some(no_baseline()), Some(rates(&[]))] {
        let judgement = judged(&proven(vec![rate_of(1000.0)]), before.as_ref(), &only_rate());
        assert_eq!(check_of(&judgement, RATE).outcome, GateOutcome::NoPrevious);
        assert_eq!(judgement.status, Status::Warn);
        let said = &judgement.reasons[0];
        assert!(
            said.contains("no earlier entry of the main branch, in this environment and mode")
                && said.ends_with("no verdict"),
            "{said}"
        );
    }
}

#[test]
fn an_entry_that_proves_less_is_no_entry_before() {
    let mut before = rates(&[1000.0]);
    let points = &mut before.history[0].points;
    // A run of which too little was read back, one that only planned, and one of a ledger that did not keep accounts yet.
    points.extend([
        entry(1, 2.0, Some(EvidenceLevel::CiBenchmark)),
        entry(2, 1.0, Some(EvidenceLevel::DryRun)),
        entry(3, 1.0, None),
    ]);
    let judgement = judged(&proven(vec![rate_of(700.0)]), Some(&before), &only_rate());
    let check = check_of(&judgement, RATE);
    assert_eq!((check.previous.unwrap().run_id.as_str(), check.outcome), ("run-h0", GateOutcome::NotMet));
    before.history[0].points.remove(0);
    let judgement = judged(&proven(vec![rate_of(700.0)]), Some(&before), &only_rate());
    let check = check_of(&judgement, RATE);
    assert_eq!(check.outcome, GateOutcome::NoPrevious);
    assert!(check.why.contains("(3 entries prove less)"), "{}", check.why);
}

#[test]
fn a_gate_that_asks_for_a_benchmark_takes_benchmarks_as_entries() {
    let thresholds = gated_by_benchmarks();
    let mut before = rates(&[1000.0]);
    let point = &mut before.history[0].points[0];
    (point.evidence_level, point.inputs) = (None, Vec::new());
    let judgement = judged(&report(vec![rate_of(700.0)]), Some(&before), &thresholds);
    assert_eq!(check_of(&judgement, RATE).outcome, GateOutcome::NotMet);
}

/// The same for runs that need not prove more than a benchmark does.
fn gated_by_benchmarks() -> Thresholds {
    let mut thresholds = only_rate();
    thresholds.gate.as_mut().unwrap().evidence = EvidenceLevel::CiBenchmark;
    thresholds
}

/// An account of the same work on a file of these contents.
fn on(contents: &[u8]) -> Proof {
    let input = DataDigest { sha256: Sha256::of(contents), bytes: contents.len() as u64 };
    Proof { input, ..proof() }
}

#[test]
fn an_entry_that_worked_on_another_file_is_no_entry_before() {
    let mut before = rates(&[1000.0, 2.0, 1.0]);
    for point in &mut before.history[0].points[1..] {
        point.inputs = vec![on(b"small").input.sha256];
    }
    let judgement = judged(&proven(vec![rate_of(700.0)]), Some(&before), &only_rate());
    let check = check_of(&judgement, RATE);
    assert_eq!((check.previous.unwrap().run_id.as_str(), check.outcome), ("run-h0", GateOutcome::NotMet));
    assert!(check.why.ends_with("(1.00 k/s); 2 entries worked on another file"), "{}", check.why);
    assert_eq!(check.slide, None, "nor do they make a slide");
    // A run on a file of its own has no entry before it, and does not pass by a large number.
    let alone = Report { proofs: vec![on(b"mine"); 5], ..proven(vec![rate_of(1e6)]) };
    let check = check_of(&judged(&alone, Some(&before), &only_rate()), RATE);
    assert_eq!(check.outcome, GateOutcome::NoPrevious);
    assert!(check.why.contains("(3 entries worked on another file): no verdict"), "{}", check.why);
    let silent = Report { proofs: Vec::new(), ..alone };
    let check = check_of(&judged(&silent, Some(&before), &gated_by_benchmarks()), RATE);
    assert_eq!(check.outcome, GateOutcome::NoPrevious);
    assert!(check.why.contains("(3 entries say on which file, and the run does not)"), "{}", check.why);
    // Nor has one whose rounds worked on several.
    let mixed = Report { proofs: vec![proof(), on(b"small")], ..proven(vec![rate_of(1000.0)]) };
    assert_eq!(check_of(&judged(&mixed, Some(&before), &only_rate()), RATE).outcome, GateOutcome::NoPrevious);
}

#[test]
fn a_run_that_lost_rounds_is_no_evidence_whatever_its_file_claims() {
    let lossy = Report { complete: false, ..proven(vec![rate_of(1000.0)]) };
    let judgement = judged(&lossy, Some(&rates(&[1000.0])), &only_rate());
    assert_eq!((judgement.status, gate(&judgement).evidence), (Status::Fail, EvidenceLevel::CiBenchmark));
}

/// A run of the job, all of whose rounds failed.
fn lost(asked: &str) -> Report {
    let mut report = report(Vec::new());
    report.plan.asked = vec![asked.into()];
    Report { complete: false, evidence_level: EvidenceLevel::Unmeasured, errors: vec!["it failed".into()], ..report }
}

#[test]
fn a_run_of_which_nothing_was_measured_is_one_that_the_gate_is_for() {
    let mut thresholds = only_rate();
    thresholds.metrics = vec![floor("demo/bench/a#throughput", per_second(1.0))];
    let judgement = judged(&lost("reencryption"), Some(&rates(&[1000.0])), &thresholds);
    let check = check_of(&judgement, RATE);
    assert_eq!((judgement.status, check.outcome, check.value), (Status::Fail, GateOutcome::NotMet, None));
    assert_eq!(check.why, "it was not measured");
    assert_eq!(gate(&judgement).evidence, EvidenceLevel::Unmeasured);
    assert!(judgement.violations.is_empty(), "the project's own benchmarks were not asked for");
    assert_eq!(judged(&lost("other"), None, &thresholds).gate, None);
}

#[test]
fn values_of_another_unit_are_no_entries() {
    let before = history(&[(RATE, Unit::BytesPerSecond, &[1.0])]);
    let judgement = judged(&proven(vec![rate_of(700.0)]), Some(&before), &only_rate());
    assert_eq!(check_of(&judgement, RATE).outcome, GateOutcome::NoPrevious);
}

#[test]
fn steps_that_each_pass_and_lead_far_down_are_a_warning_in_words() {
    let before = rates(&[1000.0, 1010.0, 990.0, 900.0, 850.0, 800.0, 760.0]);
    let judgement = judged(&proven(vec![rate_of(720.0)]), Some(&before), &only_rate());
    assert_eq!(check_of(&judgement, RATE).outcome, GateOutcome::Met);
    let words = "gate: `reencryption#records_per_second` is 28 % worse than 1.00 k/s over 6 entries, though no single step lost \
                 more than it may";
    assert_eq!((judgement.status, judgement.reasons.as_slice()), (Status::Warn, &[words.to_owned()][..]));
}

#[test]
fn a_failed_run_that_is_in_the_ledger_does_not_let_the_next_one_pass_unseen() {
    let judgement = judged(&proven(vec![rate_of(500.0)]), Some(&rates(&[1000.0, 500.0])), &only_rate());
    let check = check_of(&judgement, RATE);
    assert_eq!((check.outcome, check.slide.unwrap().step.unwrap().run_id.as_str()), (GateOutcome::Met, "run-h1"));
    let words = "is 50 % worse than 1.00 k/s over 2 entries; the entry `run-h1` fell to 500 /s in one step";
    assert!(judgement.reasons[0].ends_with(words), "{:?}", judgement.reasons);
    assert_eq!(judgement.status, Status::Warn);
}

#[test]
fn a_run_that_the_gate_is_not_for_has_none() {
    let judgement = judged(&report(vec![rate("a", &steady(100.0))]), None, &usual());
    assert_eq!(judgement.gate, None);
    // One that gave an account and measured nothing is one that it is for.
    let judgement = judged(&proven(Vec::new()), None, &usual());
    assert_eq!((judgement.status, gate(&judgement).checks.len()), (Status::Fail, 2));
}

#[test]
fn a_metric_of_the_gate_is_judged_even_where_it_restates_another_so_that_the_ledger_keeps_it() {
    let user = Metric { primary: false, ..job("user", Unit::Nanoseconds, Direction::LowerIsBetter, 1e9) };
    let thresholds = gated(vec![keep("reencryption#user", KeepBy::Share(0.5))]);
    let named = |thresholds| {
        let judgement = judged(&proven(vec![user.clone(), rate_of(1.0)]), None, thresholds);
        judgement.metrics.iter().any(|metric| metric.name == user.name)
    };
    assert!(named(&thresholds) && !named(&usual()));
}

#[test]
fn floors_of_the_projects_benchmarks_are_not_asked_of_proven_work() {
    let mut thresholds = only_rate();
    thresholds.metrics = vec![
        floor("demo/bench/a#throughput", per_second(1.0)),
        floor(RATE, bench_model::Quantity { value: 2000.0, unit: Unit::PerSecond }),
    ];
    let judgement = judged(&proven(vec![rate_of(1000.0)]), Some(&rates(&[1000.0])), &thresholds);
    let violated: Vec<_> = judgement.violations.iter().map(|violation| violation.metric.as_str()).collect();
    assert_eq!(violated, [RATE], "its own floor counts");
}

const CONFIG: &str = "[gate]\nevidence = \"real_workload\"\n[[gate.keep]]\nmetric = \"reencryption#records_per_second\"\n\
                      of_previous = \"80 %\"\n";

/// The program's exit, what it says, and its verdict file.
fn program(report: &Report, baseline: Option<&Baseline>, config: &str, flags: &[&str]) -> (i32, String, Judgement) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("perf.json", &serde_json::to_string(report).unwrap());
    write("thresholds.toml", config);
    let mut command = Command::new(env!("CARGO_BIN_EXE_slo-validator"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PERFLEDGER_")) {
        command.env_remove(name);
    }
    command.current_dir(folder.path()).args(["judge", "perf.json", "--out", "verdict.json", "--config", "."]);
    if let Some(baseline) = baseline {
        write("baseline.json", &serde_json::to_string(baseline).unwrap());
        command.args(["--baseline", "baseline.json"]);
    }
    let Output { status, stderr, .. } = command.args(flags).output().unwrap();
    let verdict = serde_json::from_slice(&fs::read(folder.path().join("verdict.json")).unwrap()).unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap(), verdict)
}

#[test]
fn the_program_exits_by_the_gate() {
    let demanded = &["--require-verdict"][..];
    let (good, bad) = (proven(vec![rate_of(900.0)]), proven(vec![rate_of(700.0)]));
    for (report, before, flags, exit, word) in [
        (&good, Some(rates(&[1000.0])), demanded, 0, ""),
        (&bad, Some(rates(&[1000.0])), demanded, 1, "lies below 800 /s: 80 % of the entry before (1.00 k/s)"),
        (&bad, Some(rates(&[1000.0])), &[], 1, "another `of_previous` or `drop`"),
        (&good, None, demanded, 3, "no earlier entry"),
        (&good, Some(rates(&[])), demanded, 3, "no earlier entry"),
        (&good, None, &[], 0, ""),
    ] {
        let (code, told, verdict) = program(report, before.as_ref(), CONFIG, flags);
        assert_eq!(code, exit, "{told}");
        assert!(told.contains(word) && (exit != 1 || told.contains("CBKB005")), "{told}");
        assert_eq!(verdict.status == Status::Pass, exit == 0 && before.is_some(), "{:?}", verdict.reasons);
    }
}

#[test]
fn weak_evidence_exits_1_and_says_what_to_do() {
    let report = Report { proofs: vec![Proof { dry_run: true, ..proof() }], ..proven(vec![rate_of(900.0)]) };
    let (code, told, _) = program(&report, Some(&rates(&[1000.0])), CONFIG, &["--require-verdict"]);
    assert_eq!(code, 1);
    assert!(
        told.contains("the run's is dry_run") && told.contains("next:  measure again with all of the work"),
        "{told}"
    );
}

#[test]
fn a_gate_that_decided_is_the_verdict_that_was_demanded() {
    let inconclusive = job("wall", Unit::Nanoseconds, Direction::LowerIsBetter, 1e9);
    let inconclusive = Metric { rounds: noisy(0.93e9).into_iter().map(finite).collect(), ..inconclusive };
    let kept = Metric { rounds: noisy(1e9).into_iter().map(finite).collect(), ..inconclusive.clone() };
    let report = proven(vec![inconclusive, rate_of(900.0)]);
    let mut before = rates(&[1000.0]);
    before.promotion = baseline(&[kept]).promotion;
    let open = |verdict: &Judgement| verdict.metrics.iter().any(slo_validator::is_undecided);
    let (code, told, verdict) = program(&report, Some(&before), CONFIG, &["--require-verdict"]);
    assert!(open(&verdict), "{:?}", verdict.metrics);
    assert_eq!(code, 0, "{told}");
    let (code, ..) = program(&report, Some(&before), "", &["--require-verdict"]);
    assert_eq!(code, 3, "without a gate it is open");
}

#[test]
fn a_run_that_is_not_whole_is_no_verdict_that_was_demanded() {
    let before = rates(&[1000.0]);
    let demanded = &["--require-verdict"][..];
    // One of a gate that asks for a benchmark, where the numbers are all that there is.
    let benchmark = CONFIG.replace("real_workload", "ci_benchmark");
    let whole = proven(vec![rate_of(900.0)]);
    let cut = Report { complete: false, ..whole.clone() };
    let faulty = Report { errors: vec!["a metric line could not be read".into()], ..whole.clone() };
    assert_eq!(program(&whole, Some(&before), &benchmark, demanded).0, 0);
    for report in [&cut, &faulty] {
        let (code, told, _) = program(report, Some(&before), &benchmark, demanded);
        assert_eq!(code, 3, "{told}");
        assert!(told.contains("did not measure all that it was to"), "{told}");
    }
    assert_eq!(program(&cut, Some(&before), CONFIG, demanded).0, 1, "nor is it evidence");
    let (code, told, _) = program(&lost("reencryption"), Some(&before), CONFIG, demanded);
    assert_eq!(code, 1, "{told}");
}

#[test]
fn equal_inputs_give_equal_judgements() {
    let make = || judged(&proven(vec![rate_of(500.0)]), Some(&rates(&[1000.0, 500.0])), &usual());
    assert_eq!(serde_json::to_vec(&make()).unwrap(), serde_json::to_vec(&make()).unwrap());
}
