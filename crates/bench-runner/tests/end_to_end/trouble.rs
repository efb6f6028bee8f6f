//! Runs that go wrong: projects, benches, time, people.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use crate::fixture::{SHORT, codes, interrupt_after, program, project, result, rounds, run, signal, stderr, stdout};

#[test]
fn a_folder_without_a_manifest_is_named() {
    let folder = tempdir().unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("missing")] {
        let output = program().args(["run", "--project"]).arg(&path).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = stderr(&output);
        assert!(text.contains("error[CBKB101]: there is no Cargo.toml in"), "{text}");
        assert!(text.contains("--project"), "{text}");
    }
}

#[test]
fn a_project_that_does_not_compile_shows_the_compilers_last_lines() {
    let broken = project(&[
        (
            "Cargo.toml",
            "[package]\nname = \"broken\"\nedition = \"2024\"\n[[bench]]\nname = \"b\"\nharness = false\n[workspace]",
        ),
        ("src/lib.rs", ""),
        ("benches/b.rs", "fn main() { let never: u8 = \"text\"; }\n"),
    ]);
    let out = broken.path().join("out/run.json");
    let output = program().args(["run", "--project"]).arg(broken.path()).arg("--out").arg(&out).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[CBKB107]: `cargo bench --no-run` failed"), "{text}");
    assert!(text.contains("  | error: could not compile `broken`"), "{text}");
    assert!(!out.exists());
    let log = fs::read_to_string(broken.path().join("out/harness.log")).unwrap();
    assert!(log.contains("mismatched types"), "{log}");
}

#[test]
fn a_manifest_that_is_no_toml_shows_cargos_words() {
    let broken = project(&[("Cargo.toml", "[package\n")]);
    let output = program().args(["run", "--format", "json", "--project"]).arg(broken.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["code"], "CBKB107");
    assert!(error["message"].as_str().unwrap().contains("unclosed table"), "{error}");
}

#[test]
fn a_project_without_criterion_says_what_to_do() {
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"plain\"\nedition = \"2024\"\n[[bench]]\nname = \"b\"\nharness = false\n[workspace]",
        ),
        ("src/lib.rs", ""),
        ("benches/b.rs", "fn main() { panic!(\"must not run\") }\n"),
    ];
    let plain = project(&files);
    let output = program().args(["run", "--project"]).arg(plain.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[CBKB107]: no Criterion bench target was built"), "{text}");
    assert!(text.contains("found, but not Criterion: plain/b"), "{text}");
    assert!(text.contains("bench-runner process"), "{text}");

    let empty =
        project(&[("Cargo.toml", "[package]\nname = \"none\"\nedition = \"2024\"\n[workspace]"), ("src/lib.rs", "")]);
    let output = program().args(["run", "--project"]).arg(empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB107]: no Criterion bench target was built"), "{}", stderr(&output));
}

#[test]
fn unknown_packages_and_benches_are_named_by_cargo() {
    let folder = tempdir().unwrap();
    for (flag, words) in [("--package", "did not match any packages"), ("--bench", "no bench target named `nothing`")] {
        let output = run(folder.path(), &[flag, "nothing"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = stderr(&output);
        assert!(text.contains("error[CBKB107]") && text.contains(words), "{text}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let folder = tempdir().unwrap();
    for (flags, words) in [(["--rounds", "0"], "`bench.rounds`"), (["--timeout", "30"], "has no unit")] {
        let output = run(folder.path(), &flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = stderr(&output);
        assert!(text.contains("CBKB101") && text.contains(words), "{text}");
    }
    let output = run(folder.path(), &["--run-id", "../up"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is not a run id"), "{}", stderr(&output));
}

#[test]
fn a_bench_that_panics_loses_what_it_had_not_finished() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "2", "--bench", "trouble", "--bench", "again"];
    let output = run(folder.path(), &flags).env("TROUBLE", "panic").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output).trim(), folder.path().join("run.json").to_str().unwrap());
    let text = stderr(&output);
    assert!(
        text.contains("error[CBKB107]: bench target fixture/trouble failed in round 1 (exit status: 101)"),
        "{text}"
    );
    assert!(text.contains("  | the bench gave up"), "{text}");

    let run = result(folder.path());
    assert!(!run.complete);
    assert_eq!(codes(&run), ["CBKB107", "CBKB107"]);
    let kept = ["fixture/again/alone", "fixture/trouble/first"];
    assert_eq!(rounds(&run), kept.map(|id| (id.to_owned(), vec![1, 2])));
}

#[test]
fn the_timeout_ends_a_bench_that_hangs_and_keeps_finished_rounds() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "3", "--bench", "again", "--bench", "trouble", "--timeout", "5 s"];
    let begun = Instant::now();
    let output = run(folder.path(), &flags).env("TROUBLE", "hang").output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(300), "the bench would hang for 600 s");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("error[CBKB001]: the timeout of 5 s ended bench target fixture/trouble in round 1")
    );
    let run = result(folder.path());
    assert!(!run.complete);
    assert_eq!(codes(&run), ["CBKB001"]);
    assert_eq!(rounds(&run), [("fixture/again/alone".to_owned(), vec![1])]);
}

#[test]
fn a_child_that_would_outlive_the_bench_ends_with_it() {
    let folder = tempdir().unwrap();
    let child = folder.path().join("child");
    let output = run(folder.path(), &["--rounds", "1", "--bench", "trouble"])
        .env("TROUBLE", "fork")
        .env("CHILD_FILE", &child)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let id = fs::read_to_string(&child).unwrap();
    assert!(gone(id.trim()), "process {id} is still there");
}

#[test]
fn ctrl_c_keeps_finished_rounds() {
    let folder = tempdir().unwrap();
    let flags = ["--rounds", "500", "--bench", "again"];
    let mut child = run(folder.path(), &flags).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let text = interrupt_after(&mut child, "[2/500]");
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(text.contains("error[CBKB107]: interrupted while measuring"), "{text}");
    let run = result(folder.path());
    assert!(!run.complete);
    assert_eq!(codes(&run), [""; 0]);
    assert!(run.warnings.iter().any(|text| text.contains("interrupted")), "{:?}", run.warnings);
    let (id, kept) = &rounds(&run)[0];
    assert_eq!(id, "fixture/again/alone");
    assert!(kept.len() >= 2 && kept.len() < 500, "{kept:?}");
}

#[test]
fn ctrl_c_ends_a_build_and_what_it_started() {
    let slow = project(&[
        ("Cargo.toml", "[package]\nname = \"slow\"\nedition = \"2024\"\n[workspace]"),
        ("src/lib.rs", ""),
        (
            "build.rs",
            "fn main() { std::fs::write(\"script\", std::process::id().to_string()).unwrap();
             std::thread::sleep(std::time::Duration::from_secs(600)) }",
        ),
    ]);
    let mut command = program();
    command.args(["run", "--project"]).arg(slow.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A build folder of its own: the shared one would stay locked for the other tests.
    let mut child = command.env("CARGO_TARGET_DIR", slow.path().join("target")).spawn().unwrap();
    let script = slow.path().join("script");
    let id = wait_for(|| fs::read_to_string(&script).ok().filter(|text| !text.is_empty()));
    signal("-INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut text).unwrap();
    assert!(text.contains("error[CBKB107]: interrupted while cargo was building"), "{text}");
    assert!(gone(&id), "build script {id} is still there");
}

#[test]
fn a_filter_that_matches_nothing_is_no_success() {
    let folder = tempdir().unwrap();
    let output = run(folder.path(), &["--rounds", "1", "--bench", "again", "--filter", "^-none-$"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB107]: no benchmark was measured"), "{}", stderr(&output));
    assert_eq!(codes(&result(folder.path())), ["CBKB107"]);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    let mut command = program();
    command
        .args(["run", "--rounds", "1", "--project"])
        .arg(crate::fixture::benches())
        .arg("--out")
        .arg(file.join("run.json"));
    let output = command.args(SHORT).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB102]: cannot write"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
}

#[test]
fn a_full_disk_is_named_and_nothing_is_overwritten() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("run.json"), "kept").unwrap();
    let output = run(folder.path(), &["--rounds", "1", "--bench", "again", "--log", "/dev/full"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[CBKB102]: cannot write /dev/full: No space left on device"), "{text}");
    assert!(text.contains("next:  free some disk space"), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("run.json")).unwrap(), "kept");
}

#[test]
fn without_a_place_for_results_the_run_ends_with_a_record() {
    let folder = tempdir().unwrap();
    let missing = folder.path().join("missing");
    // The compiler needs the place, too: build before.
    assert_eq!(run(folder.path(), &["--rounds", "1", "--bench", "again"]).output().unwrap().status.code(), Some(0));
    let mut command = run(folder.path(), &["--rounds", "3", "--bench", "again"]);
    let output = command.env("TMPDIR", &missing).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("error[CBKB102]: cannot write"), "{}", stderr(&output));
    let run = result(folder.path());
    assert!(!run.complete);
    assert_eq!(codes(&run), ["CBKB102", "CBKB107"]);
}

#[test]
fn a_throughput_that_changes_between_rounds_drops_them() {
    let folder = tempdir().unwrap();
    let mut command = run(folder.path(), &["--rounds", "2", "--bench", "trouble"]);
    let output = command.env("TROUBLE", "throughput").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let run = result(folder.path());
    assert_eq!(codes(&run), ["CBKB002"]);
    assert!(run.errors[0].message.starts_with("round 2 of `fixture/trouble/varies/id`"), "{:?}", run.errors);
    let expected = [("fixture/trouble/first", vec![1, 2]), ("fixture/trouble/varies/id", vec![1])];
    assert_eq!(rounds(&run), expected.map(|(id, rounds)| (id.to_owned(), rounds)));
}

#[test]
fn nothing_of_the_environment_gets_into_any_file() {
    let folder = tempdir().unwrap();
    let marks = ["mark-user-7f3a", "mark-host-7f3a", "mark-token-7f3a", "mark-value-7f3a", "mark-mail-7f3a"];
    for trouble in ["", "panic"] {
        let mut command = run(folder.path(), &["--rounds", "1", "--bench", "trouble", "--bench", "numbers"]);
        for name in ["USER", "LOGNAME", "USERNAME"] {
            command.env(name, marks[0]);
        }
        command
            .env("HOSTNAME", marks[1])
            .env("GITHUB_TOKEN", marks[2])
            .env("ANYTHING", marks[3])
            .env("EMAIL", marks[4]);
        let output = command.env("TROUBLE", trouble).output().unwrap();
        assert_eq!(output.status.code(), Some(if trouble.is_empty() { 0 } else { 2 }), "{}", stderr(&output));
        let mut looked = 0;
        for entry in fs::read_dir(folder.path()).unwrap() {
            let text = String::from_utf8(fs::read(entry.unwrap().path()).unwrap()).unwrap();
            looked += 1;
            for mark in marks {
                assert!(!text.contains(mark), "{mark} in {text}");
            }
        }
        assert_eq!(looked, 2, "run.json and harness.log");
    }
}

fn gone(id: &str) -> bool {
    wait_for(|| {
        let stat = fs::read_to_string(Path::new("/proc").join(id).join("stat"));
        // A zombie is dead, and waits for whoever adopted it.
        Some(()).filter(|()| stat.is_err() || stat.is_ok_and(|text| text.contains(") Z ")))
    });
    true
}

/// Looks until there is something, for at most two minutes.
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}
