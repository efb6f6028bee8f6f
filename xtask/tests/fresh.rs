//! What a new user does: a fresh clone, and the commands of the README in order.
//!
//! `cargo xtask test` is the one that runs this, so it is only checked to stand there.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod repository;

use repository::git;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).expect("the target folder").to_path_buf()
}

/// The tracked and the new files of this work tree as a repository of one commit on main, without a remote.
fn fresh_clone(folder: &Path) {
    let files = git(&root(), &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for name in files.split_terminator('\0') {
        let (from, to) = (root().join(name), folder.join(name));
        if from.is_file() {
            fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
            fs::copy(&from, &to).expect("a copy");
        }
    }
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "a fresh clone"]);
}

/// The lines of the README's `sh` blocks.
fn commands() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).expect("README.md");
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.trim() {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside && !command.is_empty() => {
                lines.push(command.split("  #").next().unwrap_or_default().trim().to_owned());
            }
            _ => {}
        }
    }
    lines
}

/// In the shared folder the clone's xtask takes the place of ours, which knows another root: cargo is to make it again, however the test
/// ends.
struct OursAgain;

impl Drop for OursAgain {
    fn drop(&mut self) {
        let main = fs::File::options().append(true).open(root().join("xtask/src/main.rs"));
        drop(main.and_then(|main| main.set_modified(std::time::SystemTime::now())));
    }
}

#[test]
fn a_fresh_clone_runs_every_command_of_the_readme() {
    let _ours = OursAgain;
    let commands = commands();
    assert!(commands.len() > 3, "a check with nothing to check fails");
    assert_eq!(commands.first().map(String::as_str), Some("cargo xtask bench"));
    assert_eq!(commands.get(1).map(String::as_str), Some("cargo xtask test"));
    // Not below the target folder: cargo would note the clone's files as sources of what it compiles there, and see no change in ours.
    let folder = tempfile::tempdir().expect("a folder");
    let clone = folder.path();
    fresh_clone(clone);
    for command in commands.iter().filter(|command| *command != "cargo xtask test") {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", command])
            .current_dir(clone)
            .env("CARGO_TARGET_DIR", target().join("fresh"))
            // What other packages compile to is shared with the tests: the clone compiles only itself.
            .env("CARGO_BUILD_BUILD_DIR", target())
            // A user has nothing that is built.
            .env_remove("PERFLEDGER_STAGES")
            // Of the three formats the heavy one is left to its own tests: typst is not compiled twice.
            .env("PERFLEDGER_EXPORT", "html,json")
            // Sizes are measured for a moment each: that they are measured is what counts here.
            .envs((command == "cargo xtask assess").then_some(("PERFLEDGER_TIME_SCALE", "0.05")))
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .output()
            .expect("bash runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // A machine that is busy with other things may have slowed the second run down.
        let decided = command == "cargo xtask scalability-gate" && output.status.code() == Some(1);
        assert!(output.status.success() || decided, "`{command}` ended with {}\n{out}\n{err}", output.status);
        if command == "cargo xtask bench" {
            let last = out.lines().last().unwrap_or_default();
            assert!(
                last.starts_with("Performance Report: DISPLAY: ") && last.ends_with(']'),
                "the last line is: {last}"
            );
        }
    }
    assert_eq!(git(clone, &["status", "--porcelain"]), "", "measuring leaves nothing in the work tree");
}
