//! Licences and sources of everything that is compiled, over `cargo metadata`: what `deny.toml` says to
//! cargo-deny, checked without compiling cargo-deny.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences that AGPL-3.0-or-later can take in. The same list stands in `deny.toml`.
const ALLOWED: [&str; 15] = [
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Of data: the certificates that a web server's own is checked with.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "NCSA",
    "Unicode-3.0",
    "Zlib",
];

/// Crates that must not come in by any way, and why.
const BANNED: [(&str, &str); 4] = [
    ("openssl-sys", "needs a system library that a fresh machine lacks"),
    ("native-tls", "needs a system library that a fresh machine lacks"),
    ("serde_yaml", "unmaintained"),
    ("libgit2-sys", "git itself is called"),
];

struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

fn packages(manifest: &str) -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(format!("{}/../{manifest}", env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let packages: Vec<_> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| Package {
            name: text(&package["name"]).expect("a name"),
            version: text(&package["version"]).expect("a version"),
            license: text(&package["license"]),
            source: text(&package["source"]),
        })
        .collect();
    assert!(packages.len() > 10, "a check with nothing to check fails");
    packages
}

fn all() -> Vec<Package> {
    ["Cargo.toml", "fuzz/Cargo.toml"].into_iter().flat_map(packages).collect()
}

#[test]
fn every_licence_is_one_that_we_can_take_in() {
    for package in all() {
        let text = package.license.unwrap_or_else(|| panic!("{} {} names no licence", package.name, package.version));
        // Old manifests write "MIT/Apache-2.0" for a choice.
        let expression = spdx::Expression::parse_mode(&text, spdx::ParseMode::LAX).expect("an SPDX expression");
        let fits = expression.evaluate(|requirement| ALLOWED.contains(&requirement.to_string().as_str()));
        assert!(fits, "{} {} is under {text}", package.name, package.version);
    }
}

#[test]
fn everything_comes_from_the_public_registry_or_from_here() {
    for package in all() {
        let known = package.source.as_deref().is_none_or(|source| source.starts_with("registry+"));
        assert!(known, "{} {} comes from {:?}", package.name, package.version, package.source);
    }
}

#[test]
fn no_banned_crate_comes_in() {
    for package in all() {
        if let Some((name, why)) = BANNED.iter().find(|(name, _)| *name == package.name) {
            panic!("{name} comes in: {why}");
        }
    }
}

/// `getrandom` may: it is small, and ring, ahash and rand each stand at another of its versions.
/// By `cargo tree`: the lock file also names crates behind features that nobody turns on.
#[test]
fn no_crate_comes_in_three_versions() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--target", "all", "--prefix", "none", "--format", "{p}"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some((name, rest)) = line.split_once(' ') {
            let version = rest.split_whitespace().next().unwrap_or_default();
            versions.entry(name.to_owned()).or_default().insert(version.to_owned());
        }
    }
    assert!(versions.len() > 10, "a check with nothing to check fails");
    for (name, versions) in versions.into_iter().filter(|(name, _)| name != "getrandom") {
        assert!(versions.len() < 3, "{name} comes as {versions:?}");
    }
}

#[test]
fn deny_toml_says_the_same() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../deny.toml")).expect("deny.toml");
    for licence in ALLOWED {
        assert!(text.contains(&format!("\"{licence}\"")), "deny.toml does not allow {licence}");
    }
    for (name, _) in BANNED {
        assert!(text.contains(&format!("\"{name}\"")), "deny.toml does not ban {name}");
    }
}
