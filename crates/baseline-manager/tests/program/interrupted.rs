//! A writer that is killed, and a disk that is full: nothing is lost, nothing is hidden.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Stdio;

use bench_model::ledger::ChainProblem;

use crate::fixture::{Project, append_at, folder, head_of, segments};

#[test]
fn torn_bytes_are_reported_then_set_aside_by_the_next_append() {
    let project = Project::new();
    project.append("history", "run-1").ends(0, &[]);
    let history = project.path().join("history");
    let file = segments(&history).remove(0);
    let whole = std::fs::read(&file).unwrap();
    for (number, torn) in [&b"{\"body\":{\"half"[..], b"\xff\x00", b"{}"].iter().enumerate() {
        OpenOptions::new().append(true).open(&file).unwrap().write_all(torn).unwrap();
        project
            .on("history", &["verify"])
            .ends(1, &["CBKB103", "was not written to its end", "sets the torn bytes aside"]);
        let aside = format!("torn-{}.txt", number + 1);
        project.append("history", &format!("again-{number}")).ends(0, &["warning", "interrupted", &aside]);
        assert_eq!(std::fs::read(history.join(&aside)).unwrap(), *torn);
        project.on("history", &["verify"]).ends(0, &["the chain holds"]);
    }
    assert!(std::fs::read(&file).unwrap().starts_with(&whole));
}

#[test]
fn a_segment_of_nothing_but_torn_bytes_is_set_aside_too() {
    let project = Project::new();
    let history = project.path().join("history");
    append_at(&folder(&history), "run-1", "2020-01-05");
    let torn = vec![b'x'; 200_000];
    std::fs::write(history.join("2020-02.jsonl"), &torn).unwrap();
    project.append("history", "run-2").ends(0, &["torn-1.txt"]);
    assert_eq!(std::fs::read(history.join("torn-1.txt")).unwrap(), torn);
    project.on("history", &["verify"]).ends(0, &["lines  2:"]);
}

#[test]
fn torn_bytes_in_an_earlier_segment_are_damage_and_are_left_alone() {
    let project = Project::new();
    let history = project.path().join("history");
    let store = folder(&history);
    append_at(&store, "run-1", "2020-01-05");
    append_at(&store, "run-2", "2020-02-05");
    let first = segments(&history).remove(0);
    OpenOptions::new().append(true).open(&first).unwrap().write_all(b"{").unwrap();
    let problem = ChainProblem::Torn.to_string();
    project.append("history", "run-3").ends(2, &["CBKB103", "2020-01.jsonl:2", &problem]);
    assert!(!history.join("torn-1.txt").exists());
}

#[test]
fn a_writer_killed_at_any_moment_leaves_a_ledger_that_goes_on() {
    for ledger in ["history", "refs/perfledger/ledger"] {
        let project = Project::new();
        project.append(ledger, "run-first").ends(0, &[]);
        for number in 0..24_u64 {
            let judged = project.judged(&format!("run-{number}"));
            let mut command = project.command(&judged.with("append"));
            command.args(["--ledger", ledger]).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_micros(number * 900));
            child.kill().unwrap();
            child.wait().unwrap();
            // A killed git may leave a lock file of its own: git tells its user to remove it.
            let lock = project.path().join(".git/refs/perfledger/ledger.lock");
            drop(std::fs::remove_file(lock));
        }
        let ran = project.append(ledger, "run-last").ends(0, &[]);
        assert_eq!(ran.out.trim(), head_of(&project, ledger));
        let shown = project.on(ledger, &["history", "--limit", "0"]).ends(0, &[]).out;
        assert!(shown.contains("run-first") && shown.contains("run-last"));
        // Whatever was killed can be appended again, once.
        for number in 0..24 {
            project.append(ledger, &format!("run-{number}")).ends(0, &[]);
        }
        project.on(ledger, &["verify"]).ends(0, &["lines  26:"]);
    }
}

#[test]
fn a_full_disk_is_an_error_and_the_ledger_still_holds() {
    let dir = tempfile::tempdir().unwrap();
    let small = dir.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let mount = |arguments: &[&str]| {
        let status = std::process::Command::new(arguments[0]).args(&arguments[1..]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let target = small.to_str().unwrap();
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=64k", "perfledger-test", target]) {
        eprintln!("SKIPPED: a full disk needs a small tmpfs, and this user may not mount one");
        return;
    }
    let project = Project::new();
    let mut ended = None;
    for number in 0..200 {
        let ran = project.append(target, &format!("run-{number}"));
        if ran.code != Some(0) {
            ended = Some((number, ran));
            break;
        }
    }
    let held = project.on(target, &["verify", "--format", "json"]);
    assert!(mount(&["umount", target]));
    let (number, ran) = ended.expect("64 KiB never filled up");
    ran.ends(2, &["CBKB102", "free some disk space"]);
    assert_eq!(held.ends(0, &[]).json()["lines"], number);
}
