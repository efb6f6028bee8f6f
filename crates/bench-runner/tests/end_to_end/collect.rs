//! Results that exist already, through the program.

use std::fs;
use std::path::Path;

use bench_model::run::Mode;
use tempfile::tempdir;

use crate::fixture::{codes, program, repository, result, rounds, stderr};

const BENCHMARK: &str = r#"{"group_id":"g","function_id":null,"value_str":null,"throughput":{"Bits":8},"full_id":"ID","directory_name":"x","title":"x"}"#;
const ESTIMATES: &str = r#"{"mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,"upper_bound":3.0},"point_estimate":2.0,"standard_error":0.1},"slope":null}"#;
const SAMPLE: &str = r#"{"sampling_mode":"Flat","iters":[1.0,1.0],"times":[2.0,2.0]}"#;

fn put(folder: &Path, id: &str) {
    fs::create_dir_all(folder.join("new")).unwrap();
    declare(folder, id, 8);
    fs::write(folder.join("new/estimates.json"), ESTIMATES).unwrap();
    fs::write(folder.join("new/sample.json"), SAMPLE).unwrap();
}

fn declare(folder: &Path, id: &str, bits: u32) {
    let text = BENCHMARK.replace("ID", id).replace(r#""Bits":8"#, &format!(r#""Bits":{bits}"#));
    fs::write(folder.join("new/benchmark.json"), text).unwrap();
}

#[test]
fn a_round_with_another_throughput_is_dropped_and_named() {
    let folder = tempdir().unwrap();
    for round in ["one", "two", "three"] {
        put(&folder.path().join(round).join("a"), "a");
        put(&folder.path().join(round).join("b"), "b");
    }
    declare(&folder.path().join("two/a"), "a", 16);
    let mut command = program();
    command.args(["collect", "one", "two", "three", "--out", "run.json"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let run = result(folder.path());
    assert_eq!(codes(&run), ["CBKB002"]);
    assert!(run.errors[0].message.starts_with("round 2 of `unknown/unknown/a` is dropped"), "{:?}", run.errors);
    let expected = [("unknown/unknown/a".to_owned(), vec![1, 3]), ("unknown/unknown/b".to_owned(), vec![1, 2, 3])];
    assert_eq!(rounds(&run), expected);
}

#[test]
fn only_the_commit_that_is_named_is_recorded() {
    let folder = tempdir().unwrap();
    repository(folder.path());
    put(&folder.path().join("criterion/a"), "a");
    let collect = |flags: &[&str]| {
        let mut command = program();
        command.args(["collect", "criterion", "--out", "run.json"]).args(flags);
        command.current_dir(folder.path()).output().unwrap()
    };
    assert_eq!(collect(&[]).status.code(), Some(0));
    let run = result(folder.path());
    assert_eq!(run.provenance.source, None, "what is checked out now says nothing about them");
    assert!(run.run_id.as_str().contains("-nogit-"), "{}", run.run_id);

    let sha = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(collect(&["--commit", sha]).status.code(), Some(0));
    let source = result(folder.path()).provenance.source.unwrap();
    assert_eq!((source.commit.as_str(), source.branch, source.dirty), (sha, None, false));
    let output = collect(&["--commit", "0123456"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("40 or 64"), "{}", stderr(&output));
}

#[test]
fn each_folder_is_one_round() {
    let folder = tempdir().unwrap();
    for round in ["one", "two"] {
        put(&folder.path().join(round).join("a"), "a");
    }
    put(&folder.path().join("two/b"), "b");
    let mut command = program();
    command.args(["collect", "one", "two", "--package", "p", "--target", "t", "--out", "run.json"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = result(folder.path());
    assert_eq!(rounds(&run), [("p/t/a".to_owned(), vec![1, 2]), ("p/t/b".to_owned(), vec![2])]);
    assert_eq!((run.plan.mode, run.plan.rounds), (Mode::AsFound, 2));
    assert!(run.provenance.source.is_none(), "it lies outside a repository");
    assert!(run.warnings.iter().any(|text| text.contains("existed before")));
}

#[test]
fn equal_input_gives_equal_benchmarks() {
    let folder = tempdir().unwrap();
    for id in ["b", "a", "c/d"] {
        put(&folder.path().join("criterion").join(id), id);
    }
    let texts = ["1.json", "2.json"].map(|out| {
        let output =
            program().args(["collect", "criterion", "--out", out]).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = fs::read_to_string(folder.path().join(out)).unwrap();
        text[text.find("\"benchmarks\"").unwrap()..].to_owned()
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_the_rest_is_recorded() {
    let folder = tempdir().unwrap();
    put(&folder.path().join("criterion/a"), "a");
    put(&folder.path().join("criterion/b"), "b");
    fs::write(folder.path().join("criterion/b/new/sample.json"), &SAMPLE[..20]).unwrap();
    let mut command = program();
    let output =
        command.args(["collect", "criterion", "--out", "run.json"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("where: criterion/b/new/sample.json"), "{}", stderr(&output));
    let run = result(folder.path());
    assert_eq!(codes(&run), ["CBKB002"]);
    assert_eq!(rounds(&run), [("unknown/unknown/a".to_owned(), vec![1])]);
}

#[test]
fn a_folder_that_does_not_exist_is_refused() {
    let output = program().args(["collect", "no-such-folder"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB101]: CRITERION_DIR: there is no folder"), "{}", stderr(&output));
}
