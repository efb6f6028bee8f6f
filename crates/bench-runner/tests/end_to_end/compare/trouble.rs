//! Comparisons that go wrong, and what is left of them.

use std::process::Stdio;

use super::repository::{FAKE, ONE, Repository, library, times};
use crate::fixture::{codes, git, interrupt_after, project, stderr};

#[test]
fn a_revision_that_nobody_knows_is_named() {
    let repository = Repository::new();
    for (flags, words) in [
        (vec!["--against", "nowhere"], "error[CBKB101]: --against: git knows no commit `nowhere` here"),
        (vec!["--against=-x"], "error[CBKB101]: --against: `-x` is no git revision"),
        (vec!["--against", "HEAD", "--head", "v9"], "error[CBKB101]: --head: git knows no commit `v9` here"),
        (vec![], "error[CBKB101]: nothing names what to compare with"),
        (vec!["--plant", "5"], "error[CBKB101]: --plant: "),
        (vec!["--plant", "0 %"], "does not lie between 0.1 % and 100 %"),
        (vec!["--noise", "--out", "-"], "error[CBKB101]: --out: a comparison writes several files"),
        (vec!["--noise", "--run-id", &"x".repeat(60)], "error[CBKB101]: --run-id: "),
        (vec!["--noise", "--against", "HEAD"], "cannot be used with"),
        (vec!["--noise", "--only", "fake"], "error[CBKB101]: --only: "),
        (vec!["--noise", "--time-budget", "10"], "has no unit"),
    ] {
        let mut command = repository.program("ab");
        let output = command.args(&flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(stderr(&output).contains(words), "{flags:?}: {}", stderr(&output));
    }
    assert!(!repository.root().join("target/perf/sides").exists(), "nothing was built");
}

#[test]
fn a_shallow_clone_is_told_how_to_get_its_history() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.commit();
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repository.root().display());
    git(clone.path(), &["clone", "--quiet", "--depth", "1", &url, "clone"]);
    let mut command = crate::fixture::program();
    command.args(["ab", "--against", &first, "--project"]).arg(clone.path().join("clone"));
    let output = command.env_remove("CARGO_TARGET_DIR").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("git fetch --unshallow") && text.contains("fetch-depth: 0"), "{text}");
}

#[test]
fn a_pull_request_is_compared_with_where_it_left_its_target() {
    let repository = Repository::new();
    let base = repository.git(&["rev-parse", "HEAD"]);
    repository.put("src/lib.rs", &library(1.0, 1.0, ""));
    repository.commit();
    repository.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repository.git(&["checkout", "--quiet", "-b", "topic", &base]);
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    repository.commit();
    let mut command = repository.ab(&["--rounds", "1"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_HEAD_REF", "topic");
    let output = command.env("GITHUB_BASE_REF", "main").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = repository.run("base.run.json");
    assert_eq!(times(&run, ONE), [100.0]);
    let source = run.provenance.source.unwrap();
    assert_eq!((source.commit.as_str(), source.branch), (base.as_str(), None), "the base is not the topic");
    assert_eq!(run.plan.pairing.unwrap().against, base);

    let output = repository.ab(&[]).env("GITHUB_BASE_REF", "gone").output().unwrap();
    assert!(stderr(&output).contains("git knows no commit `origin/gone` here"), "{}", stderr(&output));
}

#[test]
fn without_commits_or_a_repository_there_is_no_base() {
    let empty = Repository::empty("");
    let output = empty.ab(&["--against", "HEAD"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("git knows no commit `HEAD` here"), "{}", stderr(&output));

    let outside = project(&[
        ("Cargo.toml", "[package]\nname = \"outside\"\nedition = \"2024\"\n[workspace]"),
        ("src/lib.rs", ""),
    ]);
    let mut command = crate::fixture::program();
    command.args(["ab", "--against", "HEAD", "--project"]).arg(outside.path());
    let output = command.env("CARGO_TARGET_DIR", outside.path().join("target")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[CBKB101]") && text.contains("is in no git repository"), "{text}");
    assert!(text.contains("bench-runner run"), "{text}");
}

#[test]
fn a_base_that_does_not_build_is_told_from_a_head_that_does_not() {
    let repository = Repository::new();
    repository.put("src/lib.rs", "the base is broken");
    repository.commit();
    repository.put("src/lib.rs", &library(100.0, 10.0, ""));
    let output = repository.ab(&["--against", "HEAD"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[CBKB107]: the base, ") && text.contains(", does not build"), "{text}");
    repository.put("src/lib.rs", "head is broken, too");
    let output = repository.ab(&["--against", "HEAD~1"]).output().unwrap();
    let text = stderr(&output);
    assert!(text.contains("error[CBKB107]: `cargo bench --no-run` failed"), "{text}");
}

#[test]
fn ctrl_c_keeps_pairs_that_have_ended() {
    let repository = Repository::new();
    // So long that the interrupt meets a process, and not the moment between two.
    let slow = "std::thread::sleep(std::time::Duration::from_millis(500));";
    repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", slow));
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let mut command = repository.ab(&["--against", "HEAD", "--rounds", "1000"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let text = interrupt_after(&mut child, "round 2 of 1000");
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(text.contains("error[CBKB107]: interrupted while measuring"), "{text}");
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert!(!head.complete && !base.complete);
    let count = times(&head, ONE).len();
    assert!((2..1000).contains(&count), "{count}");
    assert_eq!((times(&base, ONE).len(), head.plan.rounds as usize), (count, count));
    // Neither the lock nor the trees are in the way of the next one.
    let output = repository.ab(&["--against", "HEAD", "--rounds", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_side_that_hangs_ends_with_the_timeout() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, ""));
    let hang = "if timed::one() > 100.0 { std::thread::sleep(std::time::Duration::from_secs(600)); }";
    repository.put("benches/fake.rs", &FAKE.replace("harness::padding();", hang));
    let output = repository.ab(&["--against", "HEAD", "--rounds", "2", "--timeout", "2 s"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let (head, base) = (repository.run("run.json"), repository.run("base.run.json"));
    assert_eq!((codes(&head), codes(&base)), (vec!["CBKB001", "CBKB107"], vec![]));
    assert!(!head.complete && !base.complete);
    assert!(head.benchmarks.is_empty() && base.benchmarks.is_empty(), "half a pair is no removed benchmark");
}

#[test]
fn nothing_of_the_environment_gets_into_any_file() {
    let repository = Repository::new();
    repository.put("src/lib.rs", &library(150.0, 10.0, "").replace("{ 10.0 }", "{ panic!(\"mark-token-7f3a\") }"));
    let mut command = repository.ab(&["--against", "HEAD", "--rounds", "1"]);
    let output = command.env("MY_TOKEN", "mark-token-7f3a").env("USER", "mark-user-7f3a").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    for name in ["run.json", "base.run.json"] {
        let text = std::fs::read_to_string(repository.out().join(name)).unwrap();
        assert!(!text.contains("mark-token-7f3a") && !text.contains("mark-user-7f3a"), "{text}");
    }
}
