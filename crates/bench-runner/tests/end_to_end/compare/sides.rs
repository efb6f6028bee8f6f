//! Where the benches of the base come from, and what is on one side only.

use bench_model::run::{BenchSource, Run};

use super::repository::{FAKE, ONE, Repository, TWO, library, times};
use crate::fixture::{codes, rounds, stderr};

fn source(run: &Run) -> BenchSource {
    run.plan.pairing.as_ref().unwrap().bench_source
}

#[test]
fn the_base_runs_the_benches_of_head() {
    let repository = Repository::new();
    repository.put("benches/fake.rs", &FAKE.replace("\"one\"", "\"renamed\""));
    repository.put("benches/further.rs", "mod harness;\nfn main() { harness::report(\"new\", timed::two()) }\n");
    let manifest = std::fs::read_to_string(repository.root().join("Cargo.toml")).unwrap();
    repository.put("Cargo.toml", &format!("{manifest}\n[[bench]]\nname = \"further\"\nharness = false\n"));
    let output = repository.ab(&["--against", "HEAD", "--rounds", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let names = ["timed/fake/renamed", TWO, "timed/further/new"].map(|name| (name.to_owned(), vec![1]));
    for name in ["run.json", "base.run.json"] {
        let run = repository.run(name);
        assert_eq!(source(&run), BenchSource::Head);
        assert_eq!(rounds(&run), names, "{name}");
    }
}

#[test]
fn benches_that_do_not_compile_against_the_base_leave_each_side_its_own() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(100.0, 10.0, "pub fn three() -> f64 { 7.0 }"));
    let bench = FAKE.replace("harness::report(\"one\", timed::one());", "harness::report(\"three\", timed::three());");
    repository.put("benches/fake.rs", &bench);
    let output = repository.ab(&["--against", "HEAD", "--rounds", "2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((source(&head), source(&base)), (BenchSource::Own, BenchSource::Own));
    assert!(head.warnings.iter().any(|text| text.contains("do not compile against the base")), "{:?}", head.warnings);
    let named = |names: [&str; 2]| names.map(|name| (name.to_owned(), vec![1, 2]));
    assert_eq!(rounds(&head), named(["timed/fake/three", TWO]), "one is new");
    assert_eq!(rounds(&base), named([ONE, TWO]), "one is removed");
}

#[test]
fn a_side_that_fails_keeps_what_it_finished_and_is_named_once() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(100.0, 10.0, "").replace("{ 10.0 }", "{ panic!(\"the base gave up\") }"));
    repository.commit();
    repository.put("src/lib.rs", &library(100.0, 10.0, ""));
    let output = repository.ab(&["--against", "HEAD", "--rounds", "3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert!(head.complete && !base.complete);
    assert_eq!((codes(&head), codes(&base)), (vec![], vec!["CBKB107"]));
    assert!(base.errors[0].message.contains("bench target timed/fake of base failed in round 1"), "{:?}", base.errors);
    assert!(base.warnings.iter().any(|text| text.contains("failed in 3 rounds")), "{:?}", base.warnings);
    assert_eq!((times(&head, ONE).len(), times(&base, ONE).len()), (3, 3));
    assert_eq!((times(&head, TWO).len(), times(&base, TWO).len()), (3, 0));
}

#[test]
fn rounds_that_only_one_side_reported_are_dropped_on_both() {
    let repository = Repository::new();
    // Fails on head when the file is there, which it makes itself.
    let fails = "let mark = std::env::current_dir().unwrap().join(\"target/mark\");
        if timed::one() > 100.0 && !mark.exists() { std::fs::write(mark, \"\").unwrap(); std::process::exit(3); }";
    repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", fails));
    repository.commit();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let output = repository.ab(&["--against", "HEAD", "--rounds", "3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    let kept = [ONE, TWO].map(|name| (name.to_owned(), vec![2, 3]));
    assert_eq!((rounds(&head), rounds(&base)), (kept.to_vec(), kept.to_vec()));
    assert!(
        head.warnings.iter().any(|text| text.contains("2 rounds of 2 benchmarks are dropped")),
        "{:?}",
        head.warnings
    );
}

#[test]
fn a_benchmark_that_never_ran_on_both_sides_in_one_round_does_not_vanish() {
    let repository = Repository::new();
    // Each side counts its own processes: the base fails in even rounds, head in odd ones.
    let fails = format!(
        "let head = timed::one() > 100.0;
        let count = std::path::PathBuf::from(format!(\"{{}}-{{head}}\", {:?}));
        let odd = !count.exists();
        if odd {{ std::fs::write(&count, \"\").unwrap() }} else {{ std::fs::remove_file(&count).unwrap() }}
        if odd == head {{ std::process::exit(3); }}",
        repository.root().join("count")
    );
    repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", &fails));
    repository.commit();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let output = repository.ab(&["--against", "HEAD", "--rounds", "3"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((rounds(&base), rounds(&head)), ([ONE, TWO].map(|name| (name.to_owned(), vec![1, 3])).to_vec(), vec![]));
    for name in [ONE, TWO] {
        let words = format!("no round of `{name}` was reported by both sides: 2 by the base alone, 1 by head alone");
        let error = head.errors.iter().find(|error| error.message == words).unwrap();
        assert_eq!(error.code.as_str(), "CBKB107");
    }
    assert!(!stderr(&output).contains("are dropped"), "{}", stderr(&output));
}

#[test]
fn equal_executables_are_said_to_be_equal() {
    let repository = Repository::new();
    repository.put("README.md", "nothing that is compiled\n");
    let output = repository.ab(&["--against", "HEAD", "--rounds", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let warnings = repository.run("run.json").warnings;
    assert!(warnings.iter().any(|text| text.contains("timed/fake is the same on both sides")), "{warnings:?}");
}
