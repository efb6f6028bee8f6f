//! A ledger that was damaged or edited: verify names the first bad line, and nothing goes on from it.

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use baseline_manager::{Error, Store, check_ledger, store_historical_data, verify};
use bench_model::file::FileError;
use bench_model::ledger::{Body, ChainProblem, seal};
use bench_model::{Sha256, ledger};
use proptest::prelude::*;
use serde_json::json;

use crate::fixture::{METRIC, Project, append_at, at, folder, head_of, main, run_entry, segments, waiver_use};

const NOW: &str = "2026-11-21";

/// Seven lines over three months.
fn ledger_in(path: &Path) -> Store {
    static MADE: LazyLock<Vec<(OsString, Vec<u8>)>> = LazyLock::new(|| {
        let dir = tempfile::tempdir().unwrap();
        make_ledger_in(dir.path());
        segments(dir.path())
            .iter()
            .map(|file| (file.file_name().unwrap().into(), std::fs::read(file).unwrap()))
            .collect()
    });
    for (name, bytes) in MADE.iter() {
        std::fs::write(path.join(name), bytes).unwrap();
    }
    folder(path)
}

fn make_ledger_in(path: &Path) {
    let store = folder(path);
    for (number, day) in
        ["2026-01-05", "2026-01-06", "2026-02-01", "2026-02-02", "2026-02-03", "2026-03-01", "2026-03-02"]
            .iter()
            .enumerate()
    {
        append_at(&store, &format!("run-{number}"), day);
    }
}

/// Where verify finds the first bad line: segment, line in it, and what is wrong.
fn first_bad(store: &Store) -> Option<(String, u64, ChainProblem)> {
    match verify(store, None) {
        Ok(_) => None,
        Err(Error::Broken { place, line, source, .. }) => {
            Some((place.file_name().unwrap().to_str().unwrap().to_owned(), line, source.problem))
        }
        Err(other) => panic!("{other}"),
    }
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let bytes = std::fs::read(path).unwrap();
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    std::fs::write(path, lines.concat()).unwrap();
}

/// The place of the damage after an edit of the middle segment.
fn after_edit(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Option<(String, u64, ChainProblem)> {
    let dir = tempfile::tempdir().unwrap();
    let store = ledger_in(dir.path());
    edit(&segments(dir.path())[1], change);
    first_bad(&store)
}

#[test]
fn an_untouched_ledger_over_several_months_holds() {
    assert_eq!(after_edit(|_| {}), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_flipped_byte_is_found_at_exactly_its_line(place in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let dir = tempfile::tempdir().unwrap();
        let store = ledger_in(dir.path());
        let files = segments(dir.path());
        let sizes: Vec<_> = files.iter().map(|file| std::fs::metadata(file).unwrap().len() as usize).collect();
        let (mut at, mut which) = (place.index(sizes.iter().sum()), 0);
        while at >= sizes[which] {
            (at, which) = (at - sizes[which], which + 1);
        }
        let mut bytes = std::fs::read(&files[which]).unwrap();
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        bytes[at] ^= flip;
        std::fs::write(&files[which], &bytes).unwrap();
        let (segment, found, _) = first_bad(&store).expect("the damage is not found");
        prop_assert_eq!((segment.as_str(), found), (files[which].file_name().unwrap().to_str().unwrap(), line));
    }

    #[test]
    fn no_bytes_at_all_make_the_check_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        drop(check_ledger(&bytes));
    }

    #[test]
    fn no_edit_of_a_real_line_makes_the_check_panic(
        kind in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in "[\\PC\\n]{0,12}",
        cut in 0..30_usize,
    ) {
        let bodies = bodies();
        let body = kind.get(&bodies);
        let (line, _) = seal(1, &Sha256::zero(), crate::fixture::at(NOW), body).unwrap();
        let mut bytes = [line.as_slice(), b"\n"].concat();
        prop_assert!(check_ledger(&bytes).is_ok());
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        let whole = bytes.clone();
        bytes.splice(at..end, with.bytes());
        prop_assert!(bytes == whole || check_ledger(&bytes).is_err());
    }
}

/// A line's content of each kind that a run leaves.
fn bodies() -> [Body; 4] {
    let digests = json!({ "perf": Sha256::zero(), "verdict": Sha256::zero() });
    let waived = json!({ "run_id": "run-1", "change": -0.1, "waiver": waiver_use("used")["waiver"] });
    let noise = json!({
        "run_id": "run-1", "epoch": "epoch-a", "mode": "full", "digests": digests,
        "metrics": [{ "name": METRIC, "floor": 0.02, "rounds": 5, "comparisons": 20, "alarms": 1 }]
    });
    let incident = json!({
        "metric": METRIC, "state": "opened", "epoch": "epoch-a", "mode": "full", "run_id": "run-1",
        "commit": "a".repeat(40), "good": "b".repeat(40), "change": -0.1
    });
    [
        Body::Run(run_entry("run-1")),
        Body::Waiver(serde_json::from_value(waived).unwrap()),
        Body::Noise(serde_json::from_value(noise).unwrap()),
        Body::Incident(serde_json::from_value(incident).unwrap()),
    ]
}

#[test]
fn a_missing_a_doubled_and_two_swapped_lines_are_found() {
    let sequence = |expected, found| ChainProblem::Sequence { expected, found };
    assert_eq!(after_edit(|lines| drop(lines.remove(1))), Some(("2026-02.jsonl".into(), 2, sequence(4, 5))));
    assert_eq!(
        after_edit(|lines| lines.insert(1, lines[1].clone())),
        Some(("2026-02.jsonl".into(), 3, sequence(5, 4)))
    );
    assert_eq!(after_edit(|lines| lines.swap(0, 1)), Some(("2026-02.jsonl".into(), 1, sequence(3, 4))));
    // A line missing at the end of a segment shows at the begin of the next.
    assert_eq!(after_edit(|lines| drop(lines.pop())), Some(("2026-03.jsonl".into(), 1, sequence(5, 6))));
}

#[test]
fn a_missing_segment_is_found_and_a_missing_first_one_needs_a_marker() {
    let dir = tempfile::tempdir().unwrap();
    let store = ledger_in(dir.path());
    let files = segments(dir.path());
    std::fs::remove_file(&files[1]).unwrap();
    let found = ChainProblem::Sequence { expected: 3, found: 6 };
    assert_eq!(first_bad(&store), Some(("2026-03.jsonl".into(), 1, found)));
    std::fs::remove_file(&files[0]).unwrap();
    assert_eq!(first_bad(&store), Some(("2026-03.jsonl".into(), 1, ChainProblem::Unexplained { first: 6 })));
}

#[test]
fn bytes_that_are_no_text_no_line_or_no_end_are_found() {
    let not_a_line = |text: &[u8]| {
        let text = [text, b"\n"].concat();
        after_edit(|lines| lines[1] = text).map(|(segment, line, problem)| {
            assert!(matches!(problem, ChainProblem::Malformed(_)), "{problem}");
            (segment, line)
        })
    };
    let here = Some(("2026-02.jsonl".to_owned(), 2));
    assert_eq!(not_a_line(b"\xff\xfe"), here);
    assert_eq!(not_a_line(b""), here);
    assert_eq!(not_a_line(b"null"), here);
    assert_eq!(not_a_line("[".repeat(1 << 20).as_bytes()), here);
    assert_eq!(not_a_line(format!("{{\"body\":{}", "{\"a\":".repeat(1 << 18)).as_bytes()), here);
    assert_eq!(not_a_line(b"{\"body\":1e999}"), here);
    let torn = |segment: &str, line| Some((segment.to_owned(), line, ChainProblem::Torn));
    assert_eq!(after_edit(|lines| assert_eq!(lines[2].pop(), Some(b'\n'))), torn("2026-02.jsonl", 3));
    assert_eq!(after_edit(|lines| lines[2].truncate(20)), torn("2026-02.jsonl", 3));
    assert_eq!(
        after_edit(|lines| lines[1] = vec![b'x'; (16 << 20) + 2]).map(|found| found.2),
        Some(ChainProblem::TooLong { limit: 16 << 20 })
    );
}

#[test]
fn a_replaced_end_with_new_hashes_holds_and_only_a_noted_head_tells() {
    let dir = tempfile::tempdir().unwrap();
    let store = ledger_in(dir.path());
    let noted = verify(&store, None).unwrap().head;
    let early = store_historical_data(&store, &run_entry("run-7").into(), &main(), at("2026-03-03")).unwrap().head;

    // Whoever may write the folder can write a new end with fitting hashes.
    let files = segments(dir.path());
    std::fs::remove_file(&files[2]).unwrap();
    append_at(&store, "run-forged", "2026-03-01");
    let forged = verify(&store, None).unwrap();
    assert_eq!((forged.lines, forged.head == noted), (6, false));
    for head in [noted, early] {
        assert!(matches!(verify(&store, Some(&head)), Err(Error::UnknownHead { .. })));
    }
    assert_eq!(verify(&store, Some(&forged.head)).unwrap().head_found_at, Some(6));
}

#[test]
fn a_later_ledger_still_proves_every_earlier_head() {
    let dir = tempfile::tempdir().unwrap();
    let store = folder(dir.path());
    let heads: Vec<_> = (0..5).map(|number| append_at(&store, &format!("run-{number}"), "2026-05-01").head).collect();
    for (number, head) in heads.iter().enumerate() {
        assert_eq!(verify(&store, Some(head)).unwrap().head_found_at, Some(number as u64 + 1));
    }
}

#[test]
fn the_program_says_no_where_the_line_is_and_what_to_do_and_nothing_goes_on() {
    let project = Project::new();
    for number in 1..=3 {
        project.append("history", &format!("run-{number}")).ends(0, &[]);
    }
    let file = segments(&project.path().join("history")).remove(0);
    edit(&file, |lines| {
        let text = String::from_utf8(lines[1].clone()).unwrap();
        lines[1] = text.replace("4200000000", "4300000000").into_bytes();
    });
    let before = std::fs::read(&file).unwrap();
    let place = format!("{}:2", Path::new("history").join(file.file_name().unwrap()).display());
    project
        .on("history", &["verify"])
        .ends(1, &["CBKB103", &place, "ledger line 2", "the content was changed", "restore"]);
    project.run(&["verify", "history"]).ends(1, &[&place]);
    let json = project.on("history", &["verify", "--format", "json"]);
    let problem: serde_json::Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!((&problem["code"], &problem["where"]["line"]), (&"CBKB103".into(), &2.into()));
    let perf = project.judged("run-4").perf;
    project.on("history", &["baseline", "--for", perf.to_str().unwrap()]).ends(2, &["CBKB103", &place]);
    project.append("history", "run-4").ends(2, &["CBKB103", &place]);
    for verb in ["history", "trends"] {
        project.on("history", &[verb]).ends(2, &["CBKB103", &place]);
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_program_tells_whether_a_noted_head_is_part_of_the_chain() {
    let project = Project::new();
    for ledger in ["history", "refs/perfledger/ledger"] {
        let head = project.append(ledger, "run-1").ends(0, &[]).out.trim().to_owned();
        project.append(ledger, "run-2").ends(0, &[]);
        project.on(ledger, &["verify", "--head", &head]).ends(0, &["the noted head is line 1"]);
        project.on(ledger, &["verify", "--head", &"5".repeat(64)]).ends(1, &["CBKB103", "history was rewritten"]);
        project.on(ledger, &["verify", "--head", "5"]).ends(2, &["CBKB101"]);
    }
}

#[test]
fn a_segment_that_cannot_be_read_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let store = ledger_in(dir.path());
    std::fs::create_dir(dir.path().join("2026-04.jsonl")).unwrap();
    let failed = verify(&store, None);
    assert!(matches!(failed, Err(Error::File(FileError::Read { .. }))), "{failed:?}");
}

#[test]
fn a_line_sealed_by_another_writer_in_another_form_does_not_pass() {
    // A fitting hash over a body that is not canonical: the order of members is wrong.
    let (line, _) = seal(1, &Sha256::zero(), at(NOW), &Body::Run(run_entry("run-1"))).unwrap();
    let text = String::from_utf8(line).unwrap();
    let unhashed = text.replace(&text[text.find(",\"hash\"").unwrap()..text.find(",\"kind\"").unwrap()], "");
    let moved = unhashed
        .replace("\"branch\":\"main\",", "")
        .replace("\"dirty\":false,", "\"dirty\":false,\"branch\":\"main\",");
    let hash = Sha256::of(moved.as_bytes());
    let resealed = moved.replace(",\"kind\":\"run\"", &format!(",\"hash\":\"{hash}\",\"kind\":\"run\""));
    assert_eq!(ledger::parse_line(resealed.as_bytes()), Err(ChainProblem::NotCanonical));
    assert!(ledger::parse_line(text.as_bytes()).is_ok());
}

#[test]
fn a_long_ledger_is_read_in_order_and_its_one_bad_line_is_named() {
    let mut bytes = Vec::new();
    let mut ends = Vec::new();
    let mut prev = Sha256::zero();
    for seq in 1..=5000 {
        let (line, digest) = seal(seq, &prev, at(NOW), &Body::Run(run_entry(&format!("run-{seq}")))).unwrap();
        bytes.extend_from_slice(&line);
        bytes.push(b'\n');
        ends.push(bytes.len());
        prev = digest;
    }
    let whole = check_ledger(&bytes).unwrap();
    assert_eq!((whole.summary.lines, whole.summary.head, whole.counts.runs), (5000, prev, 5000));
    for bad in [2, 1000, 2501, 4999, 5000] {
        let mut damaged = bytes.clone();
        damaged[ends[bad - 1] - 40] ^= 1;
        let found = check_ledger(&damaged);
        let Err(Error::Broken { line, .. }) = found else { panic!("{found:?}") };
        assert_eq!(line, bad as u64);
    }
}

#[test]
fn a_line_longer_than_any_that_is_read_is_refused_before_it_is_written() {
    let project = Project::new();
    for ledger in ["history", "refs/perfledger/ledger"] {
        project.append(ledger, "run-1").ends(0, &[]);
        let head = head_of(&project, ledger);
        let long = project.judged_as("run-2", |perf, _| {
            perf["provenance"]["source"]["branch"] = serde_json::json!("x".repeat(16 << 20));
        });
        project.on(ledger, &long.with("append")).ends(2, &["CBKB103", "16777216", "fewer rounds or metrics"]);
        assert_eq!(head_of(&project, ledger), head);
        project.append(ledger, "run-3").ends(0, &["line 2"]);
    }
}

#[cfg(unix)]
#[test]
fn when_git_dies_while_it_writes_its_own_words_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    let ledger = "refs/perfledger/ledger";
    // More than a pipe holds.
    let long = project.judged_as("run-1", |perf, _| {
        perf["provenance"]["source"]["branch"] = serde_json::json!("x".repeat(1 << 20));
    });
    project.on(ledger, &long.with("append")).ends(0, &[]);
    let head = head_of(&project, ledger);
    let tools = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *hash-object*) echo 'fatal: No space left on device' >&2; exit 128;; esac\n\
         PATH='{path}' exec git \"$@\"\n"
    );
    let git = tools.path().join("git");
    std::fs::write(&git, script).unwrap();
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).unwrap();
    let judged = project.judged("run-2");
    let mut command = project.command(&[judged.with("append").as_slice(), &["--ledger", ledger]].concat());
    command.env("PATH", format!("{}:{path}", tools.path().display()));
    let ran = crate::fixture::Ran::of(command.output().unwrap());
    ran.ends(2, &["CBKB102", "git hash-object failed", "No space left on device"]);
    assert_eq!(head_of(&project, ledger), head);
}
