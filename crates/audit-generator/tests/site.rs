//! `audit-generator site` as a program: what it writes, what it leaves alone, and how it ends.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bench_model::ledger::{Body, Digests, LedgerMetric, RunEntry, seal};
use bench_model::perf::EvidenceLevel;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Direction, Finite, Sha256, Unit};

/// The lines of a ledger with a run of each list of metrics.
fn ledger(runs: &[&[&str]]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut prev = Sha256::zero();
    for (seq, names) in (1u64..).zip(runs) {
        let value = |name: &&str| Finite::try_from(1e6 + (seq * 1000 + name.len() as u64) as f64).unwrap();
        let metric = |name: &&str| LedgerMetric {
            name: name.parse().unwrap(),
            value: value(name),
            unit: Unit::Nanoseconds,
            direction: Direction::LowerIsBetter,
            rounds: vec![value(name); 5],
            verdict: Verdict::Unchanged,
            floor: None,
            target: None,
        };
        let run = RunEntry {
            run_id: format!("run-{seq}").parse().unwrap(),
            commit: Some("ab".repeat(20).parse().unwrap()),
            branch: Some("main".into()),
            dirty: false,
            epoch: Epoch("6f1c2f0d9a7be431".into()),
            mode: Mode::Full,
            complete: true,
            partial: false,
            status: Status::Pass,
            evidence_level: EvidenceLevel::CiBenchmark,
            digests: Digests { perf: Sha256::of(b"perf"), verdict: Sha256::of(b"verdict") },
            metrics: names.iter().map(metric).collect(),
            missing: Vec::new(),
            account: None,
        };
        let time = Timestamp::from_unix(1_767_225_600 + seq as i64 * 8640);
        let (line, digest) = seal(seq, &prev, time, &Body::Run(run)).unwrap();
        lines.extend_from_slice(&line);
        lines.push(b'\n');
        prev = digest;
    }
    lines
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("site")
    }

    fn site(&self, lines: &[u8]) -> Output {
        let ledger = self.0.path().join("ledger.jsonl");
        std::fs::write(&ledger, lines).unwrap();
        program(&["--ledger", ledger.to_str().unwrap(), "--out", self.out().to_str().unwrap(), "--title", "mine"])
    }

    /// Every file of the site with its bytes.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in [self.out(), self.out().join("metric")] {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
                let name = entry.path().strip_prefix(self.out()).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
        files
    }
}

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_audit-generator")).arg("site").args(arguments).output().unwrap()
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[test]
fn writes_an_index_and_a_page_for_each_metric_and_prints_the_index() {
    let place = Place::new();
    let output = place.site(&ledger(&[&["alpha", "beta"], &["alpha"]]));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), place.out().join("index.html").to_str().unwrap());
    let files = place.files();
    assert_eq!(names(&files), [".nojekyll", "index.html", "index.json", "metric/alpha.html", "metric/beta.html"]);
    let again = Place::new();
    again.site(&ledger(&[&["alpha", "beta"], &["alpha"]]));
    assert_eq!(again.files(), files, "equal ledgers give equal bytes");
}

#[test]
fn removes_only_pages_that_its_own_list_names() {
    let place = Place::new();
    place.site(&ledger(&[&["alpha", "beta"]]));
    std::fs::write(place.out().join("metric/own.html"), "mine").unwrap();
    std::fs::write(place.out().join("CNAME"), "perf.example").unwrap();
    assert!(place.site(&ledger(&[&["alpha", "gamma"]])).status.success());
    let files = place.files();
    let expected =
        [".nojekyll", "CNAME", "index.html", "index.json", "metric/alpha.html", "metric/gamma.html", "metric/own.html"];
    assert_eq!(names(&files), expected);
}

#[test]
fn a_list_that_somebody_changed_removes_nothing_outside_the_site() {
    let place = Place::new();
    place.site(&ledger(&[&["alpha", "beta"]]));
    let precious = place.0.path().join("precious.html");
    std::fs::write(&precious, "keep").unwrap();
    let list = place.out().join("index.json");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, text.replace("metric/beta.html", "metric/../../precious.html")).unwrap();
    assert!(place.site(&ledger(&[&["alpha"]])).status.success());
    assert!(precious.exists() && place.out().join("metric/beta.html").exists());
}

#[test]
fn refuses_a_folder_whose_index_is_somebody_elses() {
    for (name, text) in [("index.html", "<p>hello"), ("index.json", "{\"name\":\"package\"}")] {
        let place = Place::new();
        std::fs::create_dir(place.out()).unwrap();
        std::fs::write(place.out().join(name), text).unwrap();
        let output = place.site(&ledger(&[&["alpha"]]));
        assert_eq!(output.status.code(), Some(2), "{name}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("CBKB101") && error.contains("--out"), "{error}");
        assert_eq!(std::fs::read_to_string(place.out().join(name)).unwrap(), text);
    }
}

#[test]
fn a_broken_chain_is_written_said_and_ends_with_1() {
    let place = Place::new();
    let text = String::from_utf8(ledger(&[&["alpha"], &["alpha"], &["alpha"]])).unwrap();
    let output = place.site(text.replace("\"run_id\":\"run-2\"", "\"run_id\":\"run-9\"").as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("CBKB103") && error.contains("ledger.jsonl:2"), "{error}");
    let index = std::fs::read_to_string(place.out().join("index.html")).unwrap();
    assert!(index.contains("The ledger behind this site is broken") && index.contains("ledger line 2: "));
    let list: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.out().join("index.json")).unwrap()).unwrap();
    assert_eq!(list["lines"], 1);
}

#[test]
fn reads_a_folder_of_segments_and_refuses_an_empty_one() {
    let place = Place::new();
    let folder = place.0.path().join("ledger");
    std::fs::create_dir(&folder).unwrap();
    let arguments = |out: &Path| {
        ["--ledger".into(), folder.to_str().unwrap().to_owned(), "--out".into(), out.to_str().unwrap().to_owned()]
    };
    let made = |out: &Path| program(&arguments(out).iter().map(String::as_str).collect::<Vec<_>>());
    let output = made(&place.out());
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("CBKB102") && error.contains("holds no segment"), "{error}");
    assert!(!place.out().exists());
    std::fs::write(folder.join("2026-01.jsonl"), ledger(&[&["alpha"]])).unwrap();
    assert!(made(&place.out()).status.success());
    assert!(place.out().join("metric/alpha.html").exists());
}

#[test]
fn hostile_names_make_safe_file_names() {
    let place = Place::new();
    assert!(place.site(&ledger(&[&["../../../etc/passwd", "A b", "a b", "<script>", "日本"]])).status.success());
    let files = place.files();
    assert_eq!(files.len(), 3 + 5);
    assert!(names(&files).iter().all(|name| !name.contains("..") && name.is_ascii()), "{files:?}");
}

#[test]
fn a_ledger_that_cannot_be_read_is_an_error_that_names_it() {
    let place = Place::new();
    let output = program(&["--ledger", "/no/such.jsonl", "--out", place.out().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/no/such.jsonl"));
    assert!(!place.out().exists());
}
