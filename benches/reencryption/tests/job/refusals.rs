use std::fs::File;

use serde_json::Value;

use crate::files::{Folder, ROTATE, plaintexts};

/// Rotates after a change to line 30 of 60, and gives the problem. Nothing may have changed.
fn refused(change: impl FnOnce(&mut Vec<String>)) -> Value {
    let folder = Folder::with_records(60);
    let mut lines = folder.lines();
    change(&mut lines);
    folder.write_lines(&lines);
    let before = folder.read("claims.jsonl");
    let problem = folder.fails(&ROTATE, 2);
    assert_eq!(folder.read("claims.jsonl"), before);
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
    problem
}

fn set(line: &mut String, key: &str, value: Value) {
    let mut record: Value = serde_json::from_str(line).unwrap();
    record[key] = value;
    *line = record.to_string();
}

#[track_caller]
fn names_line_30(problem: &Value, reason: &str) {
    assert_eq!((&problem["code"], &problem["where"]["line"]), (&"CBKB002".into(), &30.into()), "{problem}");
    assert!(problem["message"].as_str().unwrap().contains(reason), "{problem}");
}

#[test]
fn each_kind_of_bad_record_is_named_with_its_line_and_leaves_the_file() {
    type Change = fn(&mut String);
    let kinds: [(&str, Change); 14] = [
        ("no record", |line| *line = "claims, please".into()),
        ("no record", |line| line.clear()),
        ("no record", |line| line.truncate(line.len() / 2)),
        ("no record", |line| *line = line.replace("\"alg\"", "\"algorithm\"")),
        ("base64", |line| set(line, "nonce", "not!base64======".into())),
        ("12", |line| set(line, "nonce", "AAAA".into())),
        ("base64", |line| set(line, "encrypted_payload", "AAAA$AAA".into())),
        ("16", |line| set(line, "encrypted_payload", "AAAA".into())),
        ("unknown", |line| set(line, "key_id", "other\u{1b}[31m".into())),
        ("not one of tenant", |line| {
            let other = if line.contains("tenant-03-claims") { "tenant-04-claims" } else { "tenant-03-claims" };
            set(line, "key_id", other.into());
        }),
        ("unknown", |line| set(line, "key_version", 0.into())),
        ("unknown", |line| set(line, "key_version", 9.into())),
        ("aad", |line| set(line, "aad", "tenant-00/clm-other".into())),
        ("longer than", |line| *line = "x".repeat(3 << 20)),
    ];
    for (reason, change) in kinds {
        names_line_30(&refused(|lines| change(&mut lines[29])), reason);
    }
}

#[test]
fn a_tag_that_does_not_fit_is_found_while_rotating_and_leaves_the_file() {
    let problem = refused(|lines| {
        let record: Value = serde_json::from_str(&lines[29]).unwrap();
        let payload = record["encrypted_payload"].as_str().unwrap();
        let turned = if payload.starts_with('A') { "B" } else { "A" };
        set(&mut lines[29], "encrypted_payload", format!("{turned}{}", &payload[1..]).into());
    });
    names_line_30(&problem, "tag");
    // A ciphertext under another claim's name is another claim's.
    let problem = refused(|lines| {
        let other: Value = serde_json::from_str(&lines[40]).unwrap();
        set(&mut lines[29], "encrypted_payload", other["encrypted_payload"].clone());
    });
    names_line_30(&problem, "tag");
}

#[test]
fn a_record_under_the_new_version_among_old_ones_is_refused() {
    let folder = Folder::with_records(60);
    let old = folder.lines();
    folder.done(&ROTATE);
    let new = folder.lines();
    let mixed = [&old[..29], &new[29..30], &old[30..]].concat();
    folder.write_lines(&mixed);
    names_line_30(&folder.fails(&ROTATE, 2), "not below version 2");
}

#[test]
fn a_last_line_without_its_end_is_refused_even_when_it_is_whole() {
    let folder = Folder::with_records(30);
    let mut bytes = folder.read("claims.jsonl");
    bytes.pop();
    std::fs::write(folder.path("claims.jsonl"), &bytes).unwrap();
    names_line_30(&folder.fails(&ROTATE, 2), "cut off");
    assert_eq!(folder.read("claims.jsonl"), bytes);
}

#[test]
fn what_is_no_file_of_records_is_told_as_such() {
    let folder = Folder::with_records(1);
    std::fs::write(folder.path("empty"), "").unwrap();
    assert_eq!(folder.fails(&["rotate", "empty", "--ci-mode"], 2)["code"], "CBKB002");
    for name in ["missing", "config"] {
        let problem = folder.fails(&["rotate", name, "--ci-mode"], 2);
        assert_eq!((&problem["code"], &problem["where"]["file"]), (&"CBKB102".into(), &name.into()));
    }
}

#[test]
fn more_threads_than_a_process_can_have_are_refused() {
    let folder = Folder::with_records(5);
    for threads in ["0", "257", "1000000"] {
        let output = folder.run(&[&ROTATE[..], &["--threads", threads]].concat());
        assert_eq!(output.status.code(), Some(2), "{threads}");
    }
    folder.done(&[&ROTATE[..], &["--threads", "16"]].concat());
}

#[test]
fn a_second_job_on_the_same_file_is_refused() {
    let folder = Folder::with_records(50);
    let held = File::open(folder.path("claims.jsonl")).unwrap();
    held.try_lock().unwrap();
    let problem = folder.fails(&ROTATE, 2);
    assert!(problem["message"].as_str().unwrap().contains("another rotation"), "{problem}");
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
    drop(held);
    folder.done(&ROTATE);
}

#[test]
fn a_disk_that_is_full_leaves_the_file_and_says_how_to_go_on() {
    let folder = Folder::with_records(3000);
    let before = plaintexts(&folder.path("claims.jsonl"));
    // A limit on file size stops the writer where a full disk would; the checkpoint stays below it.
    let program = env!("CARGO_BIN_EXE_reencrypt");
    let line = format!("trap '' XFSZ; ulimit -f 400; exec {program} rotate claims.jsonl --ci-mode --format json");
    let mut command = std::process::Command::new("bash");
    let output = command.args(["-c", &line]).current_dir(folder.path(".")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let problem: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(problem["code"], "CBKB102", "{problem}");
    assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
    folder.done(&ROTATE);
    assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn an_original_without_a_checkpoint_is_not_overwritten() {
    let folder = Folder::with_records(20);
    std::fs::write(folder.path(".claims.jsonl.reencrypt.old"), "what was").unwrap();
    let problem = folder.fails(&ROTATE, 2);
    assert!(problem["hint"].as_str().unwrap().contains("keep what is right"), "{problem}");
    assert_eq!(folder.read(".claims.jsonl.reencrypt.old"), b"what was");
}

#[test]
fn a_checkpoint_that_is_none_is_refused_and_not_ignored() {
    let folder = Folder::with_records(20);
    let before = folder.read("claims.jsonl");
    for text in ["", "{}", "[1]"] {
        std::fs::write(folder.path(".claims.jsonl.reencrypt.checkpoint"), text).unwrap();
        assert_eq!(folder.fails(&ROTATE, 2)["code"], "CBKB102");
    }
    assert_eq!(folder.read("claims.jsonl"), before);
}
