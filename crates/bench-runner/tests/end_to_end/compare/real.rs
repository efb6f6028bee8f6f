//! With the real Criterion on both sides.

use bench_model::file::read_json;
use bench_model::run::{BenchSource, Run};
use tempfile::tempdir;

use super::repository::script;
use crate::fixture::{SHORT, committed_benches, program, stderr};

#[test]
fn criterion_runs_only_what_is_undecided_whatever_it_is_called() {
    let folder = tempdir().unwrap();
    let odd = "fixture/numbers/a group: with/odd*names/sum/4096";
    let text = format!(
        "grep -q '\"round\":9' \"$1/run.json\" || echo 'more {odd}'\necho 'confirm fixture/numbers/a group: with/odd*names/new'"
    );
    let decide = script(&folder.path().join("decide"), &text);
    let mut command = program();
    command.args(["ab", "--against", "HEAD", "--bench", "numbers", "--filter", "alone|odd", "--project"]);
    command.arg(committed_benches()).arg("--out").arg(folder.path().join("run.json")).arg("--decide").arg(decide);
    let output = command.args(SHORT).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let count = |file: &str, id: &str| {
        let run: Run = read_json(&folder.path().join(file)).unwrap();
        assert_eq!(run.plan.pairing.as_ref().unwrap().bench_source, BenchSource::Head);
        let found = run.benchmarks.iter().find(|one| one.id.to_string() == format!("fixture/numbers/{id}"));
        found.map_or(0, |one| one.rounds.len())
    };
    for (first, confirm) in [("run.json", "confirm.run.json"), ("base.run.json", "confirm.base.run.json")] {
        assert_eq!(count(first, "a group: with/odd*names/sum/4096"), 9);
        assert_eq!((count(first, "alone"), count(first, "a group: with/odd*names/new")), (6, 6));
        assert_eq!((count(confirm, "alone"), count(confirm, "a group: with/odd*names/new")), (0, 6));
    }
}
