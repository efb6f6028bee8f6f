//! One function per check. The limits are rules of thumb: each names what it protects.

use bench_model::unit::{Quantity, Unit};

use super::{Finding, State};
use bench_host::Root;

/// Below this much free disk a build or a result cannot be written.
const DISK_UNFIT: u64 = 64 << 20;
/// Below this much a build of a project with dependencies may fail.
const DISK_LOW: u64 = 1 << 30;
/// Below this much available memory a harness is likely to be killed.
const MEMORY_UNFIT: u64 = 32 << 20;
/// Below this much the page cache is too small to be left alone.
const MEMORY_LOW: u64 = 512 << 20;
/// Swap in use above this means that measured pages may have to come back from disk.
const SWAP_USED: u64 = 64 << 20;
/// Load per processor above this takes time away from a single-threaded bench.
const LOAD_PER_CPU: f64 = 0.3;
/// A share of stolen time above this shows in the numbers.
pub(crate) const STEAL_SHARE: f64 = 0.01;

fn finding(name: &'static str, state: State, found: impl Into<String>, meaning: &str, advice: &str) -> Finding {
    Finding { name, state, found: found.into(), meaning: meaning.into(), advice: advice.into() }
}

fn ok(name: &'static str, found: impl Into<String>, meaning: &str) -> Finding {
    finding(name, State::Ok, found, meaning, "")
}

fn bytes(count: u64) -> String {
    Quantity { value: count as f64, unit: Unit::Bytes }.to_string()
}

pub(super) fn governor(root: &Root) -> Finding {
    const NAME: &str = "governor";
    match root.governors() {
        Some(governors) if governors == "performance" => ok(NAME, governors, "the frequency does not follow the load"),
        Some(governors) => finding(
            NAME,
            State::Noisy,
            governors,
            "the frequency follows the load, so short benches are measured at varying speeds",
            "sudo cpupower frequency-set --governor performance",
        ),
        None => ok(NAME, "not shown", "the system, or the hypervisor, decides on frequencies alone"),
    }
}

pub(super) fn boost(root: &Root) -> Finding {
    const NAME: &str = "boost";
    let on = root
        .text("sys/devices/system/cpu/intel_pstate/no_turbo")
        .map(|text| text == "0")
        .or_else(|| root.text("sys/devices/system/cpu/cpufreq/boost").map(|text| text == "1"));
    match on {
        Some(true) => finding(
            NAME,
            State::Noisy,
            "on",
            "the first seconds run faster than the rest, and heat decides when that ends",
            "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > /sys/devices/system/cpu/cpufreq/boost, \
             as root",
        ),
        Some(false) => ok(NAME, "off", "the frequency has a fixed upper end"),
        None => ok(NAME, "not shown", "the system, or the hypervisor, decides on it alone"),
    }
}

pub(super) fn processors(cpus: u32) -> Finding {
    const NAME: &str = "processors";
    match cpus {
        0 | 1 => finding(
            NAME,
            State::Noisy,
            "1 usable",
            "the bench shares its only processor with everything else",
            "measure where at least 2 processors may be used",
        ),
        _ => ok(NAME, format!("{cpus} usable"), "the bench can have one for itself"),
    }
}

pub(super) fn load(root: &Root, cpus: u32) -> Finding {
    const NAME: &str = "load";
    let Some([one, five, _]) = root.load() else {
        return ok(NAME, "not shown", "other work on this machine is not known");
    };
    let found = format!("{one:.2} over 1 min, {five:.2} over 5 min, on {cpus} processors");
    if one > LOAD_PER_CPU * f64::from(cpus.max(1)) {
        finding(
            NAME,
            State::Noisy,
            found,
            "other work competes for processors and caches: times grow and scatter",
            "end other work, or wait until the load falls",
        )
    } else {
        ok(NAME, found, "hardly any other work")
    }
}

pub(super) fn memory(root: &Root) -> Finding {
    const NAME: &str = "memory";
    let Some(available) = root.memory("MemAvailable") else {
        return ok(NAME, "not shown", "free memory is not known");
    };
    let found = format!("{} available", bytes(available));
    let advice = "end programs that hold memory";
    match available {
        0..MEMORY_UNFIT => finding(NAME, State::Unfit, found, "a harness would be killed or would swap", advice),
        MEMORY_UNFIT..MEMORY_LOW => {
            finding(NAME, State::Noisy, found, "the system will reclaim pages meanwhile", advice)
        }
        MEMORY_LOW.. => ok(NAME, found, "enough"),
    }
}

pub(super) fn swap(root: &Root) -> Finding {
    const NAME: &str = "swap";
    let (Some(total), Some(free)) = (root.memory("SwapTotal"), root.memory("SwapFree")) else {
        return ok(NAME, "not shown", "swap is not known");
    };
    let used = total.saturating_sub(free);
    if used > SWAP_USED {
        finding(
            NAME,
            State::Noisy,
            format!("{} in use", bytes(used)),
            "touching a swapped page costs milliseconds and falls on whoever does it",
            "end programs that hold memory, then: sudo swapoff -a && sudo swapon -a",
        )
    } else {
        ok(NAME, format!("{} in use", bytes(used)), "no page has to come back from disk")
    }
}

pub(super) fn disk(free: Option<u64>) -> Finding {
    const NAME: &str = "disk";
    let Some(free) = free else {
        return ok(NAME, "not shown", "free space is not known");
    };
    let found = format!("{} free for builds and results", bytes(free));
    let advice = "free some space: `cargo clean` in projects that rest, or another CARGO_TARGET_DIR";
    match free {
        0..DISK_UNFIT => finding(NAME, State::Unfit, found, "neither a build nor results could be written", advice),
        DISK_UNFIT..DISK_LOW => finding(NAME, State::Noisy, found, "a build may run out of space", advice),
        DISK_LOW.. => ok(NAME, found, "enough"),
    }
}

pub(super) fn power(root: &Root) -> Finding {
    const NAME: &str = "power";
    const SUPPLIES: &str = "sys/class/power_supply";
    let is = |supply: &str, file: &str, value: &str| {
        root.text(&format!("{SUPPLIES}/{supply}/{file}")).is_some_and(|text| text == value)
    };
    let discharging =
        root.names(SUPPLIES).iter().any(|name| is(name, "type", "Battery") && is(name, "status", "Discharging"));
    match discharging {
        true => finding(
            NAME,
            State::Noisy,
            "on battery",
            "firmware lowers frequencies to save energy, and more so as the battery empties",
            "connect the power supply",
        ),
        false => ok(NAME, "not on battery", "nothing saves energy at the cost of speed"),
    }
}

pub(super) fn limits(root: &Root) -> Finding {
    const NAME: &str = "limits";
    let path = root
        .text("proc/self/cgroup")
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("0::").map(str::to_owned)))
        .unwrap_or_else(|| "/".into());
    // A limit holds for everything below it, so every group up to the root counts.
    let groups: Vec<String> = std::path::Path::new(path.trim_start_matches('/'))
        .ancestors()
        .map(|group| format!("sys/fs/cgroup/{}", group.display()).trim_end_matches('/').to_owned())
        .collect();
    let quota = groups.iter().filter_map(|group| quota(&root.text(&format!("{group}/cpu.max"))?)).reduce(f64::min);
    let memory = groups.iter().filter_map(|group| root.text(&format!("{group}/memory.max"))?.parse::<u64>().ok()).min();
    let (mut found, mut meanings, mut advice) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(quota) = quota {
        found.push(format!("processor time limited to {quota:.2} processors"));
        meanings.push("when the quota of a period is used up the bench stands still until the next one");
        advice.push("give the container whole processors (a cpuset) instead of a quota");
    }
    if let Some(memory) = memory {
        found.push(format!("memory limited to {}", bytes(memory)));
        if memory < MEMORY_LOW {
            meanings.push("a harness that needs more memory is killed");
            advice.push("raise the container's memory limit");
        }
    }
    match (found.is_empty(), meanings.is_empty()) {
        (true, _) => ok(NAME, "none", "processor time and memory are not limited"),
        (false, true) => ok(NAME, found.join("; "), "enough"),
        (false, false) => finding(NAME, State::Noisy, found.join("; "), &meanings.join("; "), &advice.join("; ")),
    }
}

/// Processors that a `cpu.max` allows, such as `200000 100000`; `max 100000` is no limit.
fn quota(text: &str) -> Option<f64> {
    let (quota, period) = text.split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    Some(quota / period).filter(|processors| processors.is_finite() && *processors > 0.0)
}

pub(super) fn steal(root: &Root) -> Finding {
    const NAME: &str = "virtualisation";
    let Some(kind) = root.virtualization() else {
        return ok(NAME, "none", "nobody else decides when the bench runs");
    };
    let share = root.steal().filter(|(_, all)| *all > 0).map_or(0.0, |(stolen, all)| stolen as f64 / all as f64);
    let found = format!("{kind}; {:.1} % of processor time stolen since it began", share * 100.0);
    if share > STEAL_SHARE {
        finding(
            NAME,
            State::Noisy,
            found,
            "neighbours on the host take processor time away in the middle of samples",
            "use a dedicated host, or more rounds; compare only runs of one machine",
        )
    } else {
        ok(NAME, found, "compare only runs of one machine")
    }
}

pub(super) fn cargo(needed: bool, version: Option<&str>) -> Finding {
    const NAME: &str = "cargo";
    match version {
        Some(version) => ok(NAME, version, "benches can be built"),
        None if needed => finding(
            NAME,
            State::Unfit,
            "not found, or it fails in this project",
            "benches cannot be built",
            "install Rust from https://rustup.rs, or the toolchain that the project's rust-toolchain.toml names",
        ),
        None => ok(NAME, "not found", "not needed to measure a command"),
    }
}

pub(super) fn git(version: Option<&str>) -> Finding {
    const NAME: &str = "git";
    match version {
        Some(version) => ok(NAME, version, "the measured commit is recorded"),
        None => finding(
            NAME,
            State::Noisy,
            "not found",
            "the numbers cannot be tied to a commit, and no baseline can come of them",
            "install git",
        ),
    }
}
