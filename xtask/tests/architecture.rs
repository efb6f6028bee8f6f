//! The workspace's direction: one table says which of our packages each may depend on, and cargo's own view
//! of the workspace is held against it. A package that the table does not know fails, too.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Package -> the workspace packages it may depend on. A stage is never among them.
const MAY_DEPEND_ON: [(&str, &[&str]); 18] = [
    ("bench-model", &[]),
    ("bench-stats", &[]),
    ("bench-cli", &["bench-model"]),
    ("bench-report", &["bench-model"]),
    ("bench-host", &["bench-model"]),
    ("bench-runner", &["bench-model", "bench-cli", "bench-host"]),
    ("load-runner", &["bench-model", "bench-cli", "bench-host"]),
    ("target-service", &[]),
    ("json-processor", &["bench-model", "bench-stats", "bench-cli"]),
    ("slo-validator", &["bench-model", "bench-stats", "bench-cli"]),
    // `bench-stats` finds the change points that `history`, `trends` and `range` show. Nothing is judged by them.
    ("baseline-manager", &["bench-model", "bench-stats", "bench-cli"]),
    ("pr-automation", &["bench-model", "bench-cli", "bench-report"]),
    // `bench-stats` forecasts demands and decides on capacity in an assessment.
    ("audit-generator", &["bench-model", "bench-stats", "bench-cli", "bench-report"]),
    ("copybook-bench", &[]),
    // `bench-stats` is what `quality` scores and `verdicts` times.
    ("pipeline-bench", &["bench-model", "bench-stats"]),
    ("reencryption-bench", &["bench-model", "bench-cli"]),
    // What the operations work on; the programs that do them are for the benches alone.
    ("operations-bench", &["bench-model"]),
    ("xtask", &[]),
];

/// Package -> outside crates it must not pull in directly, because it must not know what they are for.
const MUST_NOT_USE: [(&str, &[&str]); 4] = [
    ("bench-model", &["clap", "tokio", "hyper", "comfy-table", "indicatif", "tracing"]),
    ("bench-stats", &["serde", "serde_json", "rand", "clap", "jiff"]),
    ("bench-report", &["clap", "tokio", "octocrab", "tempfile", "jiff"]),
    ("xtask", &["serde", "serde_json", "tokio", "toml"]),
];

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Package name -> names of its normal and build dependencies.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(!packages.is_empty(), "a check with nothing to check fails");
    packages
        .iter()
        .map(|package| {
            let outside_tests = |dependency: &&serde_json::Value| dependency["kind"] != "dev";
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            (text(&package["name"]), dependencies.iter().filter(outside_tests).map(|d| text(&d["name"])).collect())
        })
        .collect()
}

#[test]
fn every_package_depends_only_on_what_the_table_allows() {
    let dependencies = dependencies();
    let allowed: BTreeMap<_, BTreeSet<_>> =
        MAY_DEPEND_ON.into_iter().map(|(name, may)| (name, may.iter().copied().collect())).collect();
    for (package, found) in &dependencies {
        let allowed = allowed.get(package.as_str()).unwrap_or_else(|| panic!("{package} is missing from the table"));
        let ours = found.iter().map(String::as_str).filter(|name| dependencies.contains_key(*name));
        for name in ours {
            assert!(allowed.contains(name), "{package} must not depend on {name}");
        }
    }
    for package in allowed.keys() {
        assert!(dependencies.contains_key(*package), "{package} stands in the table but not in the workspace");
    }
}

#[test]
fn no_package_uses_what_it_must_not_know() {
    let dependencies = dependencies();
    for (package, forbidden) in MUST_NOT_USE {
        for name in forbidden {
            assert!(!dependencies[package].contains(*name), "{package} must not know {name}");
        }
    }
}
