//! `benchmark-trend`: which entries are held against which, and what is left out.

use std::process::Output;

use bench_model::ledger::RunEntry;
use bench_model::provenance::Epoch;

use crate::fixture::{Place, RATE, ledger, run, told};

const GATE: &str = "[gate]\nevidence = \"real_workload\"\n[[gate.keep]]\nmetric = \"reencryption#scalability_score\"\ndrop = 1\n\
                    [[gate.keep]]\nmetric = \"reencryption#records_per_second\"\nof_previous = \"80 %\"\n";

fn place(runs: &[RunEntry]) -> Place {
    let place = Place::new();
    place.write("config/thresholds.toml", GATE);
    place.write("ledger.jsonl", ledger(runs));
    place
}

fn call(place: &Place, arguments: &[&str]) -> Output {
    place.call(&[&["benchmark-trend", "--ledger", "ledger.jsonl", "--out-dir", "."], arguments].concat())
}

/// The text of the trend, and what was said besides.
fn trend(runs: &[RunEntry], arguments: &[&str]) -> (String, String) {
    let place = place(runs);
    let output = call(&place, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(place.read("benchmark_trend.svg").starts_with("<svg"));
    (place.read("benchmark_trend.md"), told(&output))
}

/// Value, change, line, evidence and what is said of a run.
fn cells(text: &str, run: &str) -> Vec<String> {
    let line =
        text.lines().find(|line| line.contains(&format!("<code>{run}</code>"))).unwrap_or_else(|| panic!("{text}"));
    line.trim_matches('|').split('|').skip(3).map(|cell| cell.trim().to_owned()).collect()
}

fn four() -> [RunEntry; 4] {
    [run(1, 1000.0), run(2, 900.0), run(3, 700.0), run(4, 720.0)]
}

#[test]
fn the_first_share_that_the_gate_keeps_is_meant_and_each_entry_has_its_line() {
    let (text, _) = trend(&four(), &[]);
    assert!(text.starts_with("# Benchmark trend of reencryption#records_per_second\n"), "{text}");
    assert_eq!(cells(&text, "run-1"), ["1.00 k/s", "", "", "real_workload", ""]);
    assert_eq!(cells(&text, "run-2"), ["900 /s", "-10.0 %", "800 /s", "real_workload", ""]);
    assert_eq!(cells(&text, "run-3"), ["700 /s", "-22.2 %", "720 /s", "real_workload", "**misses the line**"]);
    assert_eq!(cells(&text, "run-4"), ["720 /s", "+2.9 %", "560 /s", "real_workload", ""]);
    assert!(
        text.contains("1 of 3 entries that have one before them missed the line: at least 80 % of the entry before."),
        "{text}"
    );
    assert!(text.contains("![The bars of the values below](benchmark_trend.svg)"), "{text}");
}

#[test]
fn an_entry_that_does_not_count_is_shown_and_held_against_nothing_behind_it() {
    let [one, mut weak, mut dirty, four] = four();
    weak.account.as_mut().unwrap().proofs[1].verified = 0;
    dirty.dirty = true;
    let mut branch = run(5, 100.0);
    branch.branch = Some("topic".into());
    let (text, _) = trend(&[one, weak, dirty, branch, four], &[]);
    assert_eq!(cells(&text, "run-2")[3..], ["ci_benchmark", "proves too little to be held against"]);
    assert_eq!(cells(&text, "run-3")[4], "**misses the line**; of a changed work tree, or not whole");
    assert_eq!(cells(&text, "run-5")[4], "**misses the line**; not of the main branch");
    assert_eq!(cells(&text, "run-4")[..3], ["720 /s", "-28.0 %", "800 /s"], "against run-1");
}

#[test]
fn the_main_branch_is_the_projects() {
    let runs = [run(1, 1000.0), run(2, 900.0)].map(|run| RunEntry { branch: Some("trunk".into()), ..run });
    let place = place(&runs);
    place.write("config/perfledger.toml", "[ledger]\nmain_branch = \"trunk\"\n");
    assert_eq!(call(&place, &[]).status.code(), Some(0));
    assert_eq!(cells(&place.read("benchmark_trend.md"), "run-2")[2], "800 /s");
}

#[test]
fn other_environments_are_left_out_and_said() {
    let mut other = run(9, 5000.0);
    other.epoch = Epoch("el<se>where".into());
    let (text, told) = trend(&[other, run(1, 1000.0), run(2, 900.0)], &[]);
    assert!(!text.contains("run-9") && text.contains("<code>el&lt;se&gt;where</code> in as found mode (1)"), "{text}");
    assert!(told.contains("left out: 1 run of environment el<se>where in as_found mode"), "{told}");
    assert_eq!(cells(&text, "run-1")[2], "", "it is the first of its environment");
}

#[test]
fn a_run_on_another_file_is_no_entry_and_is_said() {
    let mut small = run(9, 5000.0);
    for proof in &mut small.account.as_mut().unwrap().proofs {
        proof.input.sha256 = bench_model::Sha256::of(b"small");
    }
    let (text, told) = trend(&[run(1, 1000.0), small.clone(), run(2, 900.0)], &[]);
    assert_eq!(cells(&text, "run-2")[..3], ["900 /s", "-10.0 %", "800 /s"], "against run-1");
    assert!(
        !text.contains("run-9") && text.contains("only values of equal work are compared: 1 run on another"),
        "{text}"
    );
    assert!(told.contains("left out: 1 run that worked on another file"), "{told}");
    // The newest run that says what it worked on is the one that is meant.
    let mut silent = run(3, 800.0);
    silent.account = None;
    let (text, _) = trend(&[run(1, 1000.0), run(2, 900.0), small, silent], &[]);
    assert!(text.contains("in the newest of 1 entry") && text.contains("3 runs on another file"), "{text}");
    assert_eq!(cells(&text, "run-9")[..3], ["5.00 k/s", "", ""]);
}

#[test]
fn a_flag_asks_for_another_share_and_a_drop_is_of_its_metric() {
    let (text, _) = trend(&four(), &[RATE, "--of-previous", "95 %"]);
    assert_eq!(cells(&text, "run-2")[2..], ["950 /s", "real_workload", "**misses the line**"]);
    let (text, _) = trend(&four(), &["mttr", "--of-previous", "50 %"]);
    assert!(text.contains("at most the entry before divided by 50 %"), "{text}");
    assert_eq!(cells(&text, "run-2")[2], "4.00 s", "lower is better");
    let mut runs = four();
    for run in &mut runs {
        run.metrics[1].name = "reencryption#scalability_score".parse().unwrap();
    }
    let (text, _) = trend(&runs, &["score"]);
    assert!(text.contains("at most 1.00 /s below the entry before"), "{text}");
    assert_eq!(cells(&text, "run-2")[2], "999 /s");
}

#[test]
fn a_metric_or_share_that_nobody_names_is_asked_for() {
    let place = place(&four());
    for (arguments, code, words) in [
        (&["mttr"][..], 2, "--of-previous: [gate] says nothing of `reencryption#mttr`"),
        (&["mtr"], 2, "did you mean"),
        (&["reencryption"], 2, "is a part of several metrics"),
        (&["mttr", "--of-previous", "120 %"], 2, "at most at 100 %"),
        (&["mttr", "--of-previous", "0 %"], 2, "above 0 %"),
        (&["mttr", "--of-previous", "0.8"], 2, "unit"),
    ] {
        let output = call(&place, arguments);
        assert_eq!(output.status.code(), Some(code), "{}", told(&output));
        assert!(told(&output).contains(words), "{arguments:?}: {}", told(&output));
    }
    place.write("config/thresholds.toml", "");
    let output = call(&place, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains("CBKB101") && told(&output).contains("no [gate] that keeps a share"),
        "{}",
        told(&output)
    );
    assert!(!place.path().join("benchmark_trend.md").exists());
}

#[test]
fn one_entry_has_nothing_to_be_held_against() {
    let (text, _) = trend(&[run(1, 1000.0)], &[]);
    assert!(text.contains("in the newest of 1 entry") && text.contains("No entry has one before it"), "{text}");
}

#[test]
fn a_broken_chain_is_said_in_the_text_and_ends_with_1() {
    let place = place(&four());
    let lines = place.read("ledger.jsonl").replace("\"run_id\":\"run-4\"", "\"run_id\":\"run-6\"");
    place.write("ledger.jsonl", lines);
    let output = call(&place, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let text = place.read("benchmark_trend.md");
    assert!(text.contains("The ledger's chain does not hold") && text.contains("newest of 3 entries"), "{text}");
}

#[test]
fn the_picture_marks_what_misses_its_line() {
    let place = place(&four());
    call(&place, &[]);
    let svg = place.read("benchmark_trend.svg");
    assert!(svg.contains("reencryption#records_per_second") && svg.contains("<desc"), "{svg}");
    assert_eq!(place.path().join("benchmark_trend.png").exists(), cfg!(feature = "png"));
}

#[test]
fn few_rounds_give_no_interval() {
    let svg = |runs: &[RunEntry]| {
        let place = place(runs);
        call(&place, &[]);
        place.read("benchmark_trend.svg")
    };
    let three = svg(&four());
    let mut many = four();
    for run in &mut many {
        let values = (0..7).map(|round| run.metrics[1].rounds[round % 3]);
        run.metrics[1].rounds = values.collect();
    }
    assert_ne!(svg(&many), three, "with seven rounds there is an interval");
}

#[test]
fn equal_ledgers_give_equal_bytes() {
    let all = || {
        let place = place(&four());
        call(&place, &[]);
        ["benchmark_trend.md", "benchmark_trend.svg"].map(|name| place.read(name))
    };
    assert_eq!(all(), all());
}
