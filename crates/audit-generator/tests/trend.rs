//! `audit-generator trend` as a program: which metric it takes, what it writes, and how it ends.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::path::Path;
use std::process::{Command, Output};

use bench_model::ledger::{Body, Digests, LedgerMetric, Promotion, RunEntry, seal};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Sha256, Unit};

const DAY: i64 = 86_400;

fn digests() -> Digests {
    Digests { perf: Sha256::of(b"perf"), verdict: Sha256::of(b"verdict") }
}

fn metric(name: &str, value: f64) -> LedgerMetric {
    let value = Finite::try_from(value).unwrap();
    LedgerMetric {
        name: name.parse().unwrap(),
        value,
        unit: Unit::Nanoseconds,
        direction: Direction::LowerIsBetter,
        rounds: vec![value; 5],
        verdict: if value.get() > 150.0 { Verdict::Regressed } else { Verdict::Unchanged },
        floor: Finite::try_from(200.0).ok(),
        target: None,
    }
}

fn run(number: u64, epoch: &str, metrics: Vec<LedgerMetric>) -> Body {
    Body::Run(RunEntry {
        run_id: format!("run-{number}").parse().unwrap(),
        commit: Some("ab".repeat(20).parse().unwrap()),
        branch: Some("main".into()),
        dirty: false,
        epoch: Epoch(epoch.into()),
        mode: Mode::Full,
        complete: true,
        partial: false,
        status: Status::Pass,
        evidence_level: EvidenceLevel::CiBenchmark,
        digests: digests(),
        metrics,
        missing: Vec::new(),
        account: None,
    })
}

fn promotion(number: u64, metrics: Vec<LedgerMetric>) -> Body {
    Body::Promotion(Promotion {
        run_id: format!("run-{number}").parse().unwrap(),
        commit: "ab".repeat(20).parse().unwrap(),
        epoch: Epoch("here".into()),
        mode: Mode::Full,
        digests: digests(),
        replaces: None,
        anchor: None,
        author: None,
        reason: None,
        criteria: Vec::new(),
        metrics,
    })
}

/// A ledger with a line every 20 days.
fn ledger(bodies: &[Body]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut prev = Sha256::zero();
    for (seq, body) in (1u64..).zip(bodies) {
        let (line, digest) =
            seal(seq, &prev, Timestamp::from_unix(1_767_225_600 + seq as i64 * 20 * DAY), body).unwrap();
        lines.extend_from_slice(&line);
        lines.push(b'\n');
        prev = digest;
    }
    lines
}

/// Five runs of `decode` and `encode`, the second promoted, the last worse, and one of another machine before them.
fn usual() -> Vec<u8> {
    let of = |number: u64, value: f64| {
        run(number, "here", vec![metric("p/b/decode|x#time", value), metric("p/b/encode#time", value)])
    };
    let promoted = promotion(2, vec![metric("p/b/decode|x#time", 110.0)]);
    let bodies = [
        run(9, "elsewhere", vec![metric("p/b/decode|x#time", 7.0)]),
        of(1, 100.0),
        of(2, 110.0),
        promoted,
        of(3, 120.0),
        of(4, 130.0),
        of(5, 160.0),
    ];
    ledger(&bodies)
}

fn trend(folder: &Path, lines: &[u8], arguments: &[&str]) -> Output {
    let ledger = folder.join("ledger.jsonl");
    std::fs::write(&ledger, lines).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_audit-generator"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PERFLEDGER_")) {
        program.env_remove(name);
    }
    program.arg("trend").args(arguments).arg("--ledger").arg(ledger).arg("--out-dir").arg(folder);
    program.arg("--project").arg(folder).output().unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_part_of_the_name_is_enough_and_the_numbers_are_in_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let output = trend(folder.path(), &usual(), &["decode"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = read(folder.path(), "trend.md");
    assert!(text.starts_with("# Trend of p/b/decode\\|x\\#time\n"), "{text}");
    assert!(
        text.contains("**160 ns** in the newest of 5 runs") && text.contains("lowest 100 ns, median 120 ns"),
        "{text}"
    );
    assert!(text.contains("Ceiling 200 ns. Baseline 110 ns. Promoted: 1 run. Regressed: 1 run."), "{text}");
    assert!(text.contains("| run-2 | abababa | 110 ns | +10.0 % | unchanged, promoted |"), "{text}");
    assert!(text.contains("`elsewhere` in full mode (1)"), "{text}");
    assert!(told(&output).contains("left out: 1 run of environment elsewhere"), "{}", told(&output));
    let svg = read(folder.path(), "trend.svg");
    assert!(svg.contains("newest 160 ns") && svg.contains("prefers-color-scheme"), "{svg}");
}

#[test]
fn a_picture_comes_with_the_feature_and_else_it_is_told_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = trend(folder.path(), &usual(), &["decode"]);
    let there = folder.path().join("trend.png").exists();
    assert_eq!(there, cfg!(feature = "png"));
    assert_eq!(String::from_utf8_lossy(&output.stdout).contains("trend.png"), there);
    assert_eq!(told(&output).contains("--features png"), !there);
}

#[test]
fn a_part_that_several_have_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let output = trend(folder.path(), &usual(), &["code"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("`p/b/decode|x#time`, `p/b/encode#time`"), "{}", told(&output));
}

#[test]
fn a_name_that_no_metric_has_gets_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = trend(folder.path(), &usual(), &["encod2"]);
    assert_eq!(output.status.code(), Some(2));
    let told = told(&output);
    assert!(told.contains("error[CBKB101]") && told.contains("did you mean `encode`"), "{told}");
    assert!(!folder.path().join("trend.md").exists());
}

#[test]
fn without_a_name_the_first_headline_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("config")).unwrap();
    let settings = "[[headline]]\nname = \"enc\"\nlabel = \"E\"\nmetric = \"p/b/encode#time\"\nunit = \"ns\"\n";
    std::fs::write(folder.path().join("config/perfledger.toml"), settings).unwrap();
    for named in [&[][..], &["enc"]] {
        let output = trend(folder.path(), &usual(), named);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        assert!(read(folder.path(), "trend.md").starts_with("# Trend of p/b/encode\\#time\n"));
    }
}

#[test]
fn months_count_back_from_the_newest_run() {
    let folder = tempfile::tempdir().unwrap();
    let output = trend(folder.path(), &usual(), &["decode", "--months", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = read(folder.path(), "trend.md");
    assert!(text.contains("in the newest of 3 runs"), "{text}");
}

#[test]
fn a_broken_chain_is_said_in_the_text_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let text = String::from_utf8(usual()).unwrap().replace("\"run_id\":\"run-5\"", "\"run_id\":\"run-6\"");
    let output = trend(folder.path(), text.as_bytes(), &["decode"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("error[CBKB103]"), "{}", told(&output));
    let text = read(folder.path(), "trend.md");
    assert!(text.contains("The ledger's chain does not hold") && text.contains("newest of 4 runs"), "{text}");
}
