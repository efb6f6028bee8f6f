//! The checks of the environment against made-up systems.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use bench_runner::{Finding, State, Surroundings, validate_execution_environment};
use tempfile::{TempDir, tempdir};

/// A quiet machine with everything shown.
const QUIET: [(&str, &str); 10] = [
    ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
    ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n"),
    ("sys/devices/system/cpu/cpufreq/boost", "0\n"),
    ("proc/loadavg", "0.10 0.20 0.30 1/234 5678\n"),
    ("proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 6000000 kB\nSwapTotal: 1000000 kB\nSwapFree: 1000000 kB\n"),
    ("proc/self/cgroup", "0::/slice/unit\n"),
    ("sys/fs/cgroup/slice/unit/cpu.max", "max 100000\n"),
    ("sys/fs/cgroup/slice/unit/memory.max", "max\n"),
    ("sys/class/power_supply/BAT0/type", "Battery\n"),
    ("sys/class/power_supply/BAT0/status", "Charging\n"),
];

fn machine(changes: &[(&str, &str)]) -> TempDir {
    let root = tempdir().unwrap();
    for (name, text) in QUIET.iter().chain(changes) {
        put(root.path(), name, text);
    }
    root
}

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn surroundings(root: &Path) -> Surroundings {
    Surroundings {
        root: root.to_path_buf(),
        cpus: 2,
        free_disk: Some(50 << 30),
        needs_cargo: true,
        cargo: Some("cargo 1.95.0".into()),
        git: Some("git version 2.47.3".into()),
    }
}

/// Name and state of every finding that is not fine.
fn findings(surroundings: &Surroundings) -> Vec<(&'static str, State)> {
    let all = validate_execution_environment(surroundings);
    for Finding { name, state, found, meaning, advice } in &all {
        assert!(!found.is_empty() && !meaning.is_empty(), "{name}");
        assert_eq!(advice.is_empty(), *state == State::Ok, "{name} says what to do when something is to be done");
    }
    all.into_iter().filter(|finding| finding.state != State::Ok).map(|finding| (finding.name, finding.state)).collect()
}

#[test]
fn a_quiet_machine_is_fine() {
    let root = machine(&[]);
    assert_eq!(findings(&surroundings(root.path())), []);
}

#[test]
fn a_system_that_shows_nothing_is_no_reason_to_stop() {
    let root = tempdir().unwrap();
    assert_eq!(findings(&surroundings(root.path())), []);
}

#[test]
fn every_disturbance_is_found_alone() {
    let cases: &[(&str, &str, &str)] = &[
        ("governor", "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n"),
        ("boost", "sys/devices/system/cpu/cpufreq/boost", "1\n"),
        ("boost", "sys/devices/system/cpu/intel_pstate/no_turbo", "0\n"),
        ("load", "proc/loadavg", "0.90 0.20 0.30 1/234 5678\n"),
        ("memory", "proc/meminfo", "MemAvailable: 400000 kB\n"),
        ("swap", "proc/meminfo", "MemAvailable: 6000000 kB\nSwapTotal: 1000000 kB\nSwapFree: 500000 kB\n"),
        ("power", "sys/class/power_supply/BAT0/status", "Discharging\n"),
        ("limits", "sys/fs/cgroup/slice/unit/cpu.max", "150000 100000\n"),
        ("limits", "sys/fs/cgroup/slice/cpu.max", "150000 100000\n"),
        ("limits", "sys/fs/cgroup/slice/unit/memory.max", "134217728\n"),
    ];
    for (name, file, text) in cases {
        let root = machine(&[(*file, *text)]);
        assert_eq!(findings(&surroundings(root.path())), [(*name, State::Noisy)], "{file}: {text}");
    }
}

#[test]
fn a_processor_quota_does_not_hide_a_memory_limit() {
    let quota = ("sys/fs/cgroup/slice/unit/cpu.max", "150000 100000\n");
    for (memory, killed) in [("134217728\n", true), ("8589934592\n", false)] {
        let root = machine(&[quota, ("sys/fs/cgroup/slice/unit/memory.max", memory)]);
        let found = validate_execution_environment(&surroundings(root.path()));
        let limits = found.iter().find(|finding| finding.name == "limits").unwrap();
        assert_eq!(limits.state, State::Noisy);
        assert!(limits.found.contains("1.50 processors; memory limited to"), "{}", limits.found);
        assert!(limits.meaning.contains("stands still") && limits.advice.contains("cpuset"), "{limits:?}");
        assert_eq!(limits.meaning.contains("killed") && limits.advice.contains("memory limit"), killed, "{limits:?}");
    }
}

#[test]
fn stolen_time_is_found_on_a_virtual_machine() {
    let virtual_machine = ("sys/class/dmi/id/sys_vendor", "QEMU\n");
    let quiet = machine(&[virtual_machine, ("proc/stat", "cpu  1000 0 0 9000 0 0 0 10 0 0\ncpu0 1 1 1 1 1 1 1 1\n")]);
    assert_eq!(findings(&surroundings(quiet.path())), []);
    let stolen = machine(&[virtual_machine, ("proc/stat", "cpu  1000 0 0 8000 0 0 0 1000 0 0\n")]);
    assert_eq!(findings(&surroundings(stolen.path())), [("virtualisation", State::Noisy)]);
    let found = validate_execution_environment(&surroundings(stolen.path()));
    let text = &found.iter().find(|finding| finding.name == "virtualisation").unwrap().found;
    assert!(text.starts_with("kvm; 10.0 % of processor time stolen"), "{text}");
}

#[test]
fn what_makes_measuring_impossible_is_unfit() {
    let root = machine(&[]);
    let quiet = surroundings(root.path());
    let full = Surroundings { free_disk: Some(1 << 20), ..quiet.clone() };
    assert_eq!(findings(&full), [("disk", State::Unfit)]);
    let low = Surroundings { free_disk: Some(500 << 20), ..quiet.clone() };
    assert_eq!(findings(&low), [("disk", State::Noisy)]);
    let without = Surroundings { cargo: None, ..quiet.clone() };
    assert_eq!(findings(&without), [("cargo", State::Unfit)]);
    let unneeded = Surroundings { cargo: None, needs_cargo: false, ..quiet.clone() };
    assert_eq!(findings(&unneeded), []);
    let no_git = Surroundings { git: None, ..quiet.clone() };
    assert_eq!(findings(&no_git), [("git", State::Noisy)]);
    let single = Surroundings { cpus: 1, ..quiet };
    assert_eq!(findings(&single), [("processors", State::Noisy)]);
    let starved = machine(&[("proc/meminfo", "MemAvailable: 1000 kB\n")]);
    assert_eq!(findings(&surroundings(starved.path())), [("memory", State::Unfit)]);
}

#[test]
fn values_that_make_no_sense_are_not_shown() {
    let odd = [
        ("proc/loadavg", "NaN x"),
        ("proc/meminfo", "MemAvailable: 99999999999999999999 kB\nSwapTotal: -1 kB"),
        ("proc/stat", "cpu 1 2"),
        ("sys/fs/cgroup/slice/unit/cpu.max", "0 0"),
        ("sys/fs/cgroup/slice/unit/memory.max", ""),
        ("proc/self/cgroup", "\u{0}"),
    ];
    let root = machine(&odd);
    assert_eq!(findings(&surroundings(root.path())), []);
}
