//! Where a measurement comes from: real git repositories, made-up machines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bench_host::{Facts, Places};
use bench_model::provenance::Provenance;
use bench_model::time::Timestamp;
use tempfile::{TempDir, tempdir};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "tester").env(format!("GIT_{who}_EMAIL"), "tester@example.org");
    }
    let command = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path, name: &str) -> String {
    fs::write(folder.join(name), name).unwrap();
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", name]);
    git(folder, &["rev-parse", "HEAD"])
}

fn repository() -> TempDir {
    let folder = tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch", "main"]);
    commit(folder.path(), "one");
    folder
}

fn gather(root: &Path, folder: &Path, variables: &[(&str, &str)]) -> (Provenance, Vec<String>) {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let places = Places { root, folder, main_branch: "main", remote: "origin", variable: &variable };
    let facts = Facts::gather(&places);
    let warnings = facts.warnings.clone();
    let harness = BTreeMap::from([("criterion".to_owned(), "0.8.2".to_owned())]);
    (
        facts.provenance(
            "bench-runner 0.1.0",
            Timestamp::from_unix(1_795_237_200),
            Duration::from_millis(1500),
            harness,
        ),
        warnings,
    )
}

#[test]
fn records_commit_branch_and_a_clean_tree() {
    let folder = repository();
    let head = git(folder.path(), &["rev-parse", "HEAD"]);
    let source = gather(Path::new("/"), folder.path(), &[]).0.source.unwrap();
    assert_eq!((source.commit.as_str(), source.branch.as_deref(), source.dirty), (head.as_str(), Some("main"), false));
    assert_eq!(source.base, None);
}

#[test]
fn changed_and_untracked_files_make_a_tree_dirty() {
    let folder = repository();
    fs::write(folder.path().join("one"), "changed").unwrap();
    assert!(gather(Path::new("/"), folder.path(), &[]).0.source.unwrap().dirty);
    git(folder.path(), &["checkout", "--quiet", "one"]);
    fs::write(folder.path().join("two"), "new").unwrap();
    assert!(gather(Path::new("/"), folder.path(), &[]).0.source.unwrap().dirty);
}

#[test]
fn a_branch_has_its_merge_base_with_main() {
    let folder = repository();
    let base = git(folder.path(), &["rev-parse", "HEAD"]);
    git(folder.path(), &["checkout", "--quiet", "-b", "feature/x"]);
    commit(folder.path(), "two");
    let source = gather(Path::new("/"), folder.path(), &[]).0.source.unwrap();
    assert_eq!(source.branch.as_deref(), Some("feature/x"));
    assert_eq!(source.base.unwrap().as_str(), base);

    // What the remote has counts more than a local main that was not pulled.
    let newer = git(folder.path(), &["rev-parse", "HEAD"]);
    git(folder.path(), &["update-ref", "refs/remotes/origin/main", &newer]);
    commit(folder.path(), "three");
    let source = gather(Path::new("/"), folder.path(), &[]).0.source.unwrap();
    assert_eq!(source.base.unwrap().as_str(), newer);
}

#[test]
fn a_detached_head_takes_the_branch_that_github_names() {
    let folder = repository();
    git(folder.path(), &["checkout", "--quiet", "--detach"]);
    let branch = |variables: &[(&str, &str)]| gather(Path::new("/"), folder.path(), variables).0.source.unwrap().branch;
    let actions = ("GITHUB_ACTIONS", "true");
    let pull = [actions, ("GITHUB_HEAD_REF", "topic"), ("GITHUB_REF_NAME", "7/merge"), ("GITHUB_REF_TYPE", "branch")];
    let push = [actions, ("GITHUB_HEAD_REF", ""), ("GITHUB_REF_NAME", "next"), ("GITHUB_REF_TYPE", "branch")];
    let tag = [actions, ("GITHUB_REF_NAME", "v1"), ("GITHUB_REF_TYPE", "tag")];
    assert_eq!(branch(&pull).as_deref(), Some("topic"));
    assert_eq!(branch(&push).as_deref(), Some("next"));
    assert_eq!(branch(&tag), None);
    assert_eq!(branch(&[("GITHUB_HEAD_REF", "elsewhere")]), None);
    git(folder.path(), &["checkout", "--quiet", "main"]);
    assert_eq!(branch(&pull).as_deref(), Some("main"), "what is checked out counts");
}

#[test]
fn outside_a_repository_there_is_no_source_and_no_warning() {
    let folder = tempdir().unwrap();
    let (provenance, warnings) = gather(Path::new("/"), folder.path(), &[]);
    assert_eq!(provenance.source, None);
    assert_eq!(warnings, [""; 0]);
}

#[test]
fn a_repository_that_git_cannot_read_is_a_warning() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let (provenance, warnings) = gather(Path::new("/"), folder.path(), &[]);
    assert_eq!(provenance.source, None);
    assert!(warnings[0].starts_with("the commit is not recorded: not a git repository"), "{warnings:?}");
}

#[test]
fn reads_machine_and_system_and_makes_an_epoch_of_them() {
    let root = tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2.50GHz\nflags\t\t: fpu hypervisor sse\n");
    put("proc/meminfo", "MemTotal:       16384 kB\n");
    put("proc/loadavg", "0.50 1.25 2.00 1/2 3\n");
    put("proc/sys/kernel/osrelease", "6.1.0-test\n");
    put("etc/os-release", "NAME=\"Name\"\nPRETTY_NAME=\"Some Linux 12\"\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    put("run/.containerenv", "");
    let folder = tempdir().unwrap();
    let image = [("ImageOS", "ubuntu24"), ("ImageVersion", "20261115.1")];
    let (one, _) = gather(root.path(), folder.path(), &image);
    assert_eq!(one.machine.cpu_model, "Some CPU @ 2.50GHz");
    assert_eq!(one.machine.memory_bytes, 16 << 20);
    assert_eq!(one.machine.load_average, Some([0.5, 1.25, 2.0]));
    assert_eq!(one.machine.governor.as_deref(), Some("powersave"));
    assert_eq!(one.machine.virtualization.as_deref(), Some("virtual machine + podman"));
    assert_eq!(one.system.kernel, "6.1.0-test");
    assert_eq!(one.system.distribution.as_deref(), Some("Some Linux 12"));
    assert_eq!(one.system.runner_image.as_deref(), Some("ubuntu24 20261115.1"));
    assert_eq!((one.duration_s, one.epoch.0.len()), (1.5, 16));

    put("proc/loadavg", "9.00 9.00 9.00 1/2 3\n");
    assert_eq!(gather(root.path(), folder.path(), &image).0.epoch, one.epoch, "load is no part of the epoch");
    put("proc/sys/kernel/osrelease", "6.2.0-test\n");
    assert_ne!(gather(root.path(), folder.path(), &image).0.epoch, one.epoch, "the kernel is");
}

#[test]
fn asks_for_no_other_variable_than_those_of_the_ci_service() {
    let asked = std::sync::Mutex::new(Vec::new());
    let variable = |name: &str| {
        asked.lock().unwrap().push(name.to_owned());
        Some("true".to_owned())
    };
    let folder = repository();
    git(folder.path(), &["checkout", "--quiet", "--detach"]);
    let places = Places {
        root: Path::new("/"),
        folder: folder.path(),
        main_branch: "main",
        remote: "origin",
        variable: &variable,
    };
    drop(Facts::gather(&places));
    let allowed =
        ["GITHUB_ACTIONS", "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "GITHUB_REF_TYPE", "ImageOS", "ImageVersion"];
    let asked = asked.into_inner().unwrap();
    assert!(!asked.is_empty() && asked.iter().all(|name| allowed.contains(&name.as_str())), "{asked:?}");
}
