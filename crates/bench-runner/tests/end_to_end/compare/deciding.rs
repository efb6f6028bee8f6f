//! Rounds until a program says that it is enough.

use std::fs;

use bench_model::run::{Pass, Run};

use super::repository::{FAKE, ONE, Repository, TWO, library, times};
use crate::fixture::{codes, stderr};

fn looks(run: &Run) -> Vec<u32> {
    run.plan.pairing.as_ref().unwrap().looks.clone()
}

#[test]
fn only_what_is_undecided_runs_on_and_what_changed_is_measured_again() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    // Undecided about `two` until it has nine rounds; called with an argument and the folder.
    let script = repository.script(
        r#"[ "$1" = --an-argument ] || exit 4
        [ -f "$2/run.json" ] && [ -f "$2/base.run.json" ] || exit 5
        echo "confirm timed/fake/one"
        grep -q '"round":9' "$2/run.json" || echo "more timed/fake/two/with (odd) name""#,
    );
    let flags = ["--against", "HEAD", "--decide", script.to_str().unwrap(), "--decide-arg", "--an-argument"];
    let output = repository.ab(&flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stderr(&output);
    assert!(text.contains("after 6 rounds: 1 of 2 undecided\n"), "{text}");
    assert!(text.contains("after 9 rounds: 0 of 2 undecided\n"), "{text}");
    for name in ["run.json", "base.run.json"] {
        let run = repository.run(name);
        assert_eq!((times(&run, ONE).len(), times(&run, TWO).len()), (6, 9));
        assert_eq!((looks(&run), run.plan.rounds, run.complete), (vec![6, 9, 13], 9, true));
    }
    let (head, base) = (repository.run("confirm.run.json"), repository.run("confirm.base.run.json"));
    assert_eq!((times(&head, ONE), times(&base, ONE)), (vec![150.0; 6], vec![100.0; 6]));
    for run in [&head, &base] {
        assert_eq!((times(run, TWO).len(), looks(run)), (0, vec![6]));
        assert_eq!(run.plan.pairing.as_ref().unwrap().pass, Pass::Confirm);
    }
    let id = repository.run("run.json").run_id;
    assert_eq!(head.run_id.as_str(), format!("{id}-confirm"));
    assert_eq!(base.run_id.as_str(), format!("{id}-confirm-base"));

    // The next comparison in this folder leaves nothing of it.
    let output = repository.ab(&[&flags[..], &["--no-confirm"]].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!repository.out().join("confirm.run.json").exists());
    assert!(!repository.out().join("confirm.base.run.json").exists());
}

#[test]
fn the_time_budget_ends_what_would_never_be_decided() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let script = repository.script("echo 'more timed/fake/one'");
    let flags = ["--against", "HEAD", "--decide", script.to_str().unwrap(), "--time-budget", "1 s"];
    let output = repository.ab(&flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert!(head.complete && base.complete, "nothing was cut short");
    assert!(head.warnings.iter().any(|text| text.contains("the time budget of 1 s was over")), "{:?}", head.warnings);
    assert_eq!(times(&head, ONE).len(), times(&base, ONE).len());
    // The last one that was, and the one that would have come next.
    assert_eq!(looks(&head).iter().rev().nth(1), Some(&head.plan.rounds));
}

#[test]
fn a_program_that_fails_to_decide_ends_the_comparison_with_what_is_there() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    for (script, words) in [
        ("echo not today >&2; exit 7", "failed (exit status: 7)\n  | not today"),
        ("echo maybe", "printed a line that is no answer\n  | maybe"),
        ("echo more timed/other/one", "named a benchmark that neither side has\n  | more timed/other/one"),
    ] {
        let script = repository.script(script);
        let flags = ["--against", "HEAD", "--decide", script.to_str().unwrap()];
        let output = repository.ab(&flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        let run = repository.run("run.json");
        assert_eq!((codes(&run), times(&run, ONE).len(), looks(&run)), (vec!["CBKB107"], 6, vec![6, 9]));
    }
    let missing = repository.ab(&["--against", "HEAD", "--decide", "/no/such/program"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("cannot start `/no/such/program`"), "{}", stderr(&missing));
}

#[test]
fn a_fixed_number_of_rounds_is_looked_at_once() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let calls = repository.root().join("target/calls");
    let script =
        repository.script(&format!("echo call >> {}; echo 'more {ONE}'; echo 'confirm {TWO}'", calls.display()));
    let flags = ["--against", "HEAD", "--rounds", "2", "--decide", script.to_str().unwrap()];
    let output = repository.ab(&flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(calls).unwrap(), "call\n");
    assert_eq!(times(&repository.run("run.json"), ONE).len(), 2);
    assert_eq!(times(&repository.run("confirm.run.json"), TWO).len(), 6);
}

#[test]
fn a_budget_too_short_for_a_verdict_finishes_its_pair_and_says_what_would_do() {
    let repository = Repository::new();
    // The base alone outlives the budget, and head runs all the same.
    let slow = "if timed::one() == 100.0 { std::thread::sleep(std::time::Duration::from_millis(3100)); }";
    repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", slow));
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let script = repository.script("true");
    let flags = ["--against", "HEAD", "--decide", script.to_str().unwrap(), "--time-budget", "3 s"];
    let output = repository.ab(&flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((times(&head, ONE), times(&base, ONE)), (vec![150.0], vec![100.0]));
    assert!(head.complete && head.plan.rounds == 1);
    let wanted = "the time budget of 3 s was over after 1 round; a verdict needs at least 5 on each side; 6 rounds would need about ";
    let warning = head.warnings.iter().find_map(|text| text.strip_prefix(wanted)).unwrap();
    let budget = warning.split('"').nth(1).unwrap().strip_suffix(" s").unwrap();
    assert!(warning.contains(": give it --time-budget \"") && (20..90).contains(&budget.parse().unwrap()), "{warning}");
}

#[test]
fn a_second_pass_lasts_long_enough_for_a_verdict() {
    let repository = Repository::new();
    let slow = "std::thread::sleep(std::time::Duration::from_millis(300));";
    repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", slow));
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let script = repository.script(&format!("echo 'confirm {ONE}'"));
    let flags = ["--against", "HEAD", "--rounds", "2", "--time-budget", "1 s", "--decide", script.to_str().unwrap()];
    let output = repository.ab(&flags).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("confirm.run.json"), repository.run("confirm.base.run.json"));
    assert_eq!((times(&head, ONE).len(), times(&base, ONE).len(), head.plan.rounds), (6, 6, 6));
}

#[test]
fn a_second_pass_that_measured_nothing_leaves_no_file_but_says_why() {
    for (trouble, code) in
        [("std::process::exit(3)", "CBKB107"), ("std::thread::sleep(std::time::Duration::from_secs(600))", "CBKB001")]
    {
        let repository = Repository::new();
        let mark = repository.root().join("target/mark");
        let fails = format!("if std::path::Path::new({mark:?}).exists() {{ {trouble}; }}");
        repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", &fails));
        repository.put("src/lib.rs", &library(150.0, 10.0, ""));
        let script = repository.script(&format!("touch '{}'; echo 'confirm {ONE}'", mark.display()));
        let decide = ["--decide", script.to_str().unwrap(), "--time-budget", "1 s"];
        let output = repository.ab(&[&["--against", "HEAD", "--rounds", "2"], &decide[..]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(!repository.out().join("confirm.run.json").exists(), "{trouble}");
        assert!(!repository.out().join("confirm.base.run.json").exists(), "{trouble}");
        let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
        assert_eq!((times(&head, ONE).len(), times(&base, ONE).len(), looks(&head)), (2, 2, vec![2]));
        let errors: Vec<_> = base.errors.iter().chain(&head.errors).collect();
        assert!(!head.complete || !base.complete);
        assert!(errors.iter().all(|error| error.message.starts_with("measuring again: ")), "{errors:?}");
        assert_eq!(errors.first().unwrap().code.as_str(), code);
    }
}
