//! The ledger handed out as it is: every byte, in order, whether or not it holds.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use baseline_manager::{Place, Store, check_ledger, export, prune, verify};

use crate::fixture::{Project, Ran, append_at, at, folder, git, head_of, segments};

const REF: &str = "refs/perfledger/ledger";

fn stores(project: &Project) -> [(&'static str, Store); 2] {
    let place = Place::Ref { name: REF.into(), read_only: false };
    [("history", folder(&project.path().join("history"))), (REF, Store::open(&place, project.path()).unwrap())]
}

fn months(store: &Store) {
    for (number, day) in ["2026-01-05", "2026-01-06", "2026-02-01", "2026-03-01", "2026-03-02"].iter().enumerate() {
        append_at(store, &format!("run-{number}"), day);
    }
}

/// The bytes of a ledger's segments, read without the program under test.
fn raw(project: &Project, ledger: &str) -> Vec<u8> {
    if ledger == "history" {
        return segments(&project.path().join(ledger)).iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
    }
    let names = git(project.path(), &["ls-tree", "--name-only", ledger]);
    let show = |name: &str| git(project.path(), &["show", &format!("{ledger}:{name}")]) + "\n";
    names.lines().map(show).collect::<String>().into_bytes()
}

/// The first segment of a folder, changed.
fn damage(project: &Project, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let file = segments(&project.path().join("history")).remove(0);
    let mut bytes = std::fs::read(&file).unwrap();
    change(&mut bytes);
    std::fs::write(&file, bytes).unwrap();
    file
}

fn replaced(bytes: &mut Vec<u8>, from: &str, to: &str) {
    *bytes = String::from_utf8(bytes.clone()).unwrap().replacen(from, to, 1).into_bytes();
}

#[test]
fn a_ledger_over_several_months_is_written_byte_for_byte_and_read_back_to_the_same_head() {
    let project = Project::new();
    for (ledger, store) in stores(&project) {
        months(&store);
        let head = head_of(&project, ledger);
        let whole = raw(&project, ledger);
        let printed = project.on(ledger, &["export"]).ends(0, &[&head]).out;
        assert_eq!(printed.as_bytes(), whole);
        let back = check_ledger(printed.as_bytes()).unwrap();
        assert_eq!((back.summary.head.to_string(), back.summary.lines), (head.clone(), 5));

        let ran = project.on(ledger, &["export", "--out", "deep/down/ledger.jsonl"]).ends(0, &[]);
        assert_eq!(ran.out.trim(), head);
        assert_eq!(std::fs::read(project.path().join("deep/down/ledger.jsonl")).unwrap(), whole);
        let record = project.on(ledger, &["export", "--out", "again.jsonl", "--format", "json"]).ends(0, &[]).json();
        assert_eq!(record, serde_json::json!({ "holds": true, "head": head, "lines": 5, "bytes": whole.len() }));
        let quiet = project.on(ledger, &["export", "--quiet"]).ends(0, &[]);
        assert_eq!((quiet.out.as_bytes(), quiet.err.as_str()), (whole.as_slice(), ""));
    }
}

#[test]
fn the_project_and_its_settings_say_which_ledger_is_meant() {
    let project = Project::new();
    project.append("auto", "run-1").ends(0, &[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = project.command(&["export", "--project"]);
    let ran = Ran::of(command.arg(project.path()).current_dir(elsewhere.path()).output().unwrap()).ends(0, &[]);
    assert_eq!(check_ledger(ran.out.as_bytes()).unwrap().summary.lines, 1);
}

#[test]
fn the_pushed_branch_is_exported_in_ci_also_for_a_pull_request() {
    let dir = tempfile::tempdir().unwrap();
    let project = Project::new();
    git(dir.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    git(project.path(), &["remote", "add", "origin", dir.path().join("remote.git").to_str().unwrap()]);
    git(project.path(), &["push", "--quiet", "origin", "main"]);
    let in_ci = |arguments: &[&str], event: &str| {
        let mut command = project.command(arguments);
        Ran::of(command.env("CI", "true").env("GITHUB_EVENT_NAME", event).output().unwrap())
    };
    in_ci(&["export"], "push").ends(2, &["CBKB101", "nothing to export: origin/perf-ledger holds no line"]);
    assert_eq!(in_ci(&["export", "--allow-empty"], "push").ends(0, &[]).out, "", "an empty ledger is one");
    let judged = project.judged("run-1");
    in_ci(&judged.with("append"), "push").ends(0, &[]);
    let ran = in_ci(&["export"], "pull_request").ends(0, &["origin/perf-ledger"]);
    assert_eq!(check_ledger(ran.out.as_bytes()).unwrap().summary.lines, 1);
}

#[test]
fn a_broken_ledger_is_written_whole_and_told_with_exit_1() {
    type Damage = (fn(&mut Vec<u8>), &'static str, u64);
    let cases: [Damage; 5] = [
        (|bytes| replaced(bytes, "4200000000", "4300000000"), "the content was changed", 0),
        (|bytes| bytes.truncate(bytes.len() - 1), "was not written to its end", 1),
        (|bytes| bytes.extend_from_slice(b"\xff\xfe no text\n\n"), "not a ledger line", 2),
        (|bytes| bytes.extend(std::iter::repeat_n(b'x', (16 << 20) + 5)), "longer than", 2),
        (|bytes| bytes.clear(), "no retention line covers", 3),
    ];
    for (change, problem, good) in cases {
        let project = Project::new();
        months(&folder(&project.path().join("history")));
        let place = damage(&project, change);
        let whole = raw(&project, "history");
        let ran = project.on("history", &["export", "--out", "out.jsonl"]);
        let place =
            if good == 3 { "2026-02.jsonl:1".into() } else { format!("{}:", place.file_name().unwrap().display()) };
        let ran = ran.ends(1, &["CBKB103", problem, &place, "warning: the ledger was exported as it is"]);
        assert!(!ran.err.contains("nothing was written"), "{ran:?}");
        assert!(std::fs::read(project.path().join("out.jsonl")).unwrap() == whole, "{problem}");
        let output = project.command(&["export", "--ledger", "history"]).output().unwrap();
        assert!(output.status.code() == Some(1) && output.stdout == whole, "{problem}");
        // Who reads the file finds the damage without this program's word.
        assert!(check_ledger(&whole).is_err());
        let ran = project.on("history", &["export", "--out", "out.jsonl", "--format", "json"]).ends(1, &["CBKB103"]);
        let record = ran.json();
        assert_eq!((&record["holds"], &record["lines"]), (&false.into(), &good.into()), "{problem}");
    }
}

#[test]
fn a_broken_ledger_under_a_ref_is_written_whole_and_told_with_exit_1() {
    let project = Project::new();
    project.append(REF, "run-1").ends(0, &[]);
    project.append(REF, "run-2").ends(0, &[]);
    let name = git(project.path(), &["ls-tree", "--name-only", REF]);
    let mut bytes = raw(&project, REF);
    replaced(&mut bytes, "run-2", "run-7");
    let file = project.path().join("edited");
    std::fs::write(&file, &bytes).unwrap();
    let blob = git(project.path(), &["hash-object", "-w", file.to_str().unwrap()]);
    let index = project.path().join("index-for-test");
    let in_index = |arguments: &[&str]| {
        let mut command = crate::fixture::clean("git");
        let output =
            command.env("GIT_INDEX_FILE", &index).arg("-C").arg(project.path()).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    in_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{name}")]);
    in_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},notes.jsonl")]);
    let commit = git(project.path(), &["commit-tree", &in_index(&["write-tree"]), "-m", "edited"]);
    git(project.path(), &["update-ref", REF, &commit]);
    let ran = project.on(REF, &["export"]);
    let ran =
        ran.ends(1, &["CBKB103", &format!("{REF}:{name}:2"), "content was changed", &format!("{REF}:notes.jsonl")]);
    assert_eq!(ran.out.as_bytes(), bytes);
}

#[test]
fn a_file_that_only_looks_like_a_segment_is_told_and_left_out() {
    let project = Project::new();
    months(&folder(&project.path().join("history")));
    let whole = raw(&project, "history");
    std::fs::write(project.path().join("history/notes.jsonl"), "{}\n").unwrap();
    let ran = project.on("history", &["export"]).ends(1, &["CBKB103", "notes.jsonl"]);
    assert_eq!(ran.out.as_bytes(), whole);
}

#[test]
fn a_pruned_ledger_holds_and_reads_back_to_the_same_head() {
    let project = Project::new();
    for (ledger, store) in stores(&project) {
        months(&store);
        prune(&store, 1, "an auditor", at("2026-03-15")).unwrap();
        let head = verify(&store, None).unwrap().head;
        let text = project.on(ledger, &["export"]).ends(0, &[]).out;
        let back = check_ledger(text.as_bytes()).unwrap();
        assert_eq!((back.summary.head, back.summary.first_seq, back.summary.lines), (head, 3, 4));
    }
}

#[test]
fn nothing_to_export_is_an_error_and_leaves_the_file_that_stood_there() {
    let project = Project::new();
    std::fs::write(project.path().join("out.jsonl"), "kept").unwrap();
    for ledger in ["no-such-folder", "refs/no/such"] {
        project
            .on(ledger, &["export", "--out", "out.jsonl"])
            .ends(2, &["CBKB101", "nothing to export", ledger, "--ledger"]);
    }
    project.on("none", &["export", "--out", "out.jsonl"]).ends(2, &["CBKB101", "ledger.location is `none`"]);
    months(&folder(&project.path().join("history")));
    std::fs::create_dir(project.path().join("history/2026-04.jsonl")).unwrap();
    project.on("history", &["export", "--out", "out.jsonl"]).ends(2, &["CBKB102", "cannot read", "2026-04.jsonl"]);
    assert_eq!(std::fs::read(project.path().join("out.jsonl")).unwrap(), b"kept");
    assert_eq!(std::fs::read_dir(project.path()).unwrap().count(), 3, "something was left beside it");
}

#[test]
fn an_export_never_becomes_a_part_of_the_ledger() {
    let project = Project::new();
    months(&folder(&project.path().join("history")));
    let whole = raw(&project, "history");
    let inside = ["history/2026-04.jsonl", "history/2026-01.jsonl", "./history/../history/out.jsonl"];
    for out in inside {
        project.on("history", &["export", "--out", out]).ends(2, &["CBKB101", "--out", "own folder"]);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("history/2026-01.jsonl", project.path().join("link")).unwrap();
        project.on("history", &["export", "--out", "link"]).ends(2, &["CBKB101", "own folder"]);
    }
    assert_eq!(raw(&project, "history"), whole);
    project.on("history", &["verify"]).ends(0, &[]);
    std::fs::create_dir(project.path().join("history/exports")).unwrap();
    project.on("history", &["export", "--out", "history/exports/out.jsonl"]).ends(0, &[]);
}

#[test]
fn a_reader_that_stops_early_is_no_error_and_one_that_is_slow_keeps_nobody_waiting() {
    let project = Project::new();
    let store = folder(&project.path().join("history"));
    for number in 0..400 {
        append_at(&store, &format!("run-{number}"), "2026-01-05");
    }
    // More than a pipe holds, so the export cannot end before it is read.
    assert!(raw(&project, "history").len() > 1 << 17);
    let mut slow = project.command(&["export", "--ledger", "history"]).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Read::read_exact(slow.stdout.as_mut().unwrap(), &mut [0; 100]).unwrap();
    std::fs::File::open(project.path().join("history/.lock")).unwrap().try_lock().unwrap();
    append_at(&store, "run-later", "2026-01-05");
    assert_eq!(slow.try_wait().unwrap(), None);
    drop(slow.stdout.take());
    assert_eq!(slow.wait().unwrap().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_ledger_is_exported_in_little_memory_and_a_full_disk_is_an_error() {
    let project = Project::new();
    let place = project.path().join("history");
    std::fs::create_dir(&place).unwrap();
    // 256 MiB behind a first bad line, in holes that take no room on the disk.
    let file = std::fs::File::create(place.join("2026-01.jsonl")).unwrap();
    file.set_len(256 << 20).unwrap();
    let limited = |out: &str| {
        let script = format!("ulimit -v 131072; exec \"$0\" export --ledger history --out {out}");
        let mut command = crate::fixture::clean("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_baseline-manager")]).current_dir(project.path());
        Ran::of(command.output().unwrap())
    };
    limited("out.jsonl").ends(1, &["CBKB103", "longer than"]);
    assert_eq!(std::fs::metadata(project.path().join("out.jsonl")).unwrap().len(), 256 << 20);
    if Path::new("/dev/full").exists() {
        limited("/dev/full").ends(2, &["CBKB102", "cannot write /dev/full"]);
    }
    assert!(matches!(
        export(&folder(&place), &place.join("x"), false),
        Err(baseline_manager::Error::Flag { flag: "out", .. })
    ));
}
