//! Who runs when, and what is written.

use std::fs;

use bench_model::run::{BenchSource, Pass, Purpose, Side};

use super::repository::{ONE, Repository, TWO, library, times};
use crate::fixture::{rounds, stderr, stdout};

#[test]
fn measures_a_slower_head_against_its_base_in_turns() {
    let repository = Repository::new();
    let base = repository.git(&["rev-parse", "HEAD"]);
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let head = repository.commit();
    let output = repository.ab(&["--against", "HEAD~1", "--rounds", "4", "--run-id", "mine"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).trim(), repository.out().join("run.json").to_str().unwrap());

    let (of_head, of_base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!(times(&of_head, ONE), [150.0; 4]);
    assert_eq!(times(&of_base, ONE), [100.0; 4]);
    for run in [&of_head, &of_base] {
        assert_eq!(rounds(run), [ONE, TWO].map(|name| (name.to_owned(), vec![1, 2, 3, 4])));
        assert!(run.complete && run.errors.is_empty() && !run.plan.partial);
        assert_eq!(run.plan.rounds, 4);
    }
    let pairing = of_head.plan.pairing.clone().unwrap();
    assert_eq!((pairing.side, pairing.purpose, pairing.pass), (Side::Head, Purpose::Change, Pass::First));
    assert_eq!((pairing.comparison.as_str(), pairing.against.as_str()), ("mine", "HEAD~1"));
    assert_eq!((pairing.looks, pairing.bench_source, pairing.planted), (vec![4], BenchSource::Head, None));
    let other = of_base.plan.pairing.clone().unwrap();
    assert_eq!((other.side, other.comparison.as_str(), of_base.run_id.as_str()), (Side::Base, "mine", "mine-base"));
    let source = |run: bench_model::run::Run| run.provenance.source.unwrap();
    let (of_head, of_base) = (source(of_head), source(of_base));
    assert_eq!((of_head.commit.as_str(), of_head.branch.as_deref(), of_head.dirty), (&*head, Some("main"), false));
    assert_eq!((of_base.commit.as_str(), of_base.branch.as_deref(), of_base.dirty), (&*base, None, false));

    let log = fs::read_to_string(repository.out().join("harness.log")).unwrap();
    let turns: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("== timed/fake of ")).collect();
    let (b, h) = (|n| format!("base round {n}"), |n| format!("head round {n}"));
    assert_eq!(turns, [b(1), h(1), h(2), b(2), b(3), h(3), h(4), b(4)]);
    let sizes: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("environment ")).collect();
    assert_eq!(sizes.len(), 8);
    assert!(sizes.chunks(2).all(|pair| pair[0] == pair[1]), "both sides have the same room: {sizes:?}");
    assert!(sizes.chunks(2).zip(sizes.chunks(2).skip(1)).all(|(a, b)| a[0] != b[0]), "rounds have not: {sizes:?}");

    let mut left: Vec<_> = fs::read_dir(repository.out()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["base.run.json", "harness.log", "run.json"], "the executables are gone");
}

#[test]
fn the_next_base_is_never_taken_for_the_one_before() {
    let repository = Repository::new();
    for time in [110.0, 120.0, 130.0] {
        repository.put("src/lib.rs", &library(time, 10.0, ""));
        repository.commit();
    }
    // Backwards and forwards again: sources of a later base may be older than the build of an earlier one.
    for (against, expected) in [("HEAD~1", 120.0), ("HEAD~3", 100.0), ("HEAD~2", 110.0), ("HEAD~1", 120.0)] {
        let output = repository.ab(&["--against", against, "--rounds", "1"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(times(&repository.run("base.run.json"), ONE), [expected], "{against}");
        assert_eq!(times(&repository.run("run.json"), ONE), [130.0]);
    }
    assert_eq!(repository.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 2);
}

#[test]
fn a_tree_that_someone_removed_or_changed_is_mended() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let measure = || {
        let output = repository.ab(&["--against", "HEAD", "--rounds", "1"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(times(&repository.run("base.run.json"), ONE), [100.0]);
    };
    measure();
    let sides = repository.root().join("target/perf/sides");
    let home = fs::read_dir(&sides).unwrap().next().unwrap().unwrap().path();
    fs::write(home.join("base/tree/src/lib.rs"), library(1.0, 1.0, "")).unwrap();
    measure();
    fs::remove_dir_all(&sides).unwrap();
    measure();
    fs::write(home.join("base/tree/.git"), "gitdir: /nowhere\n").unwrap();
    measure();
}

#[test]
fn an_uncommitted_change_is_measured_and_counts_as_dirty() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(90.0, 10.0, ""));
    let output = repository.ab(&["--against", "main", "--rounds", "2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((times(&head, ONE), times(&base, ONE)), (vec![90.0; 2], vec![100.0; 2]));
    assert!(head.provenance.source.unwrap().dirty && !base.provenance.source.unwrap().dirty);
}

#[test]
fn two_older_commits_are_compared_without_touching_the_project() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(120.0, 10.0, ""));
    let middle = repository.commit();
    repository.put("src/lib.rs", "this does not compile");
    let output = repository.ab(&["--against", "HEAD~1", "--head", "HEAD", "--rounds", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((times(&head, ONE), times(&base, ONE)), (vec![120.0], vec![100.0]));
    let source = head.provenance.source.unwrap();
    assert_eq!((source.commit.as_str(), source.dirty), (middle.as_str(), false));
    assert!(repository.git(&["status", "--porcelain"]).contains("src/lib.rs"), "the change is still there");
}

#[test]
fn noise_runs_one_executable_on_both_sides() {
    let repository = Repository::empty("");
    let output = repository.ab(&["--noise", "--rounds", "5"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((times(&head, ONE), times(&base, ONE)), (vec![100.0; 5], vec![100.0; 5]));
    let pairing = base.plan.pairing.unwrap();
    assert_eq!((pairing.purpose, pairing.looks), (Purpose::Noise, vec![5]));
}

#[test]
fn a_planted_delay_is_measured_and_nothing_is_lost() {
    let repository = Repository::new();
    let spin = "harness::padding(); let begun = std::time::Instant::now();
        while begun.elapsed().as_millis() < 300 {} harness::report(\"one\", 1.0);";
    repository.put("benches/fake.rs", &format!("mod harness;\nfn main() {{ {spin} }}\n"));
    // So much that others' work on this machine does not hide it.
    let output = repository.ab(&["--plant", "100 %", "--rounds", "3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((times(&head, ONE).len(), times(&base, ONE).len()), (3, 3));
    let pairing = head.plan.pairing.unwrap();
    let planted = pairing.planted.unwrap();
    assert_eq!((pairing.purpose, planted.asked.get()), (Purpose::Plant, 1.0));
    assert!(planted.measured.get() > 0.0, "{planted:?}");
}

#[test]
fn a_project_below_the_top_of_its_repository_is_found_on_both_sides() {
    let repository = Repository::empty("a/project");
    repository.commit();
    repository.put("src/lib.rs", &library(70.0, 10.0, ""));
    let output = repository.ab(&["--against", "HEAD", "--rounds", "1", "--only", TWO, "--only", ONE]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(times(&repository.run("base.run.json"), ONE), [100.0]);
    assert_eq!(times(&repository.run("run.json"), ONE), [70.0]);
}

#[test]
fn exact_names_narrow_a_run_and_make_it_partial() {
    let repository = Repository::new();
    let mut command = repository.program("run");
    command.args(["--rounds", "2", "--only", TWO, "--out"]).arg(repository.out().join("run.json"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = repository.run("run.json");
    assert_eq!(rounds(&run), [(TWO.to_owned(), vec![1, 2])]);
    assert!(run.plan.partial && run.plan.filter.is_none() && run.plan.pairing.is_none());

    let output = repository.program("run").args(["--only", "one"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB101]: --only: `one` is no benchmark's name"), "{}", stderr(&output));
}
