//! Where a measurement comes from: source, machine, system, toolchain, and the epoch key made of them.
//! No user name, host name, token or environment value is ever part of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::{Commit, canonical};

/// The first 16 hexadecimal digits of the SHA-256 of the canonical `EpochFacts`. Values of two
/// epochs are never compared silently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Epoch(pub String);

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything about one measurement that is not a measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Provenance {
    /// The tool that measured, with its version.
    pub tool: String,
    /// When measuring began.
    pub started: Timestamp,
    /// How long it took, in seconds.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub duration_s: f64,
    /// The source that was measured; absent outside a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The machine.
    pub machine: Machine,
    /// The operating system.
    pub system: System,
    /// Compiler and harness.
    pub toolchain: Toolchain,
    /// The environment key.
    pub epoch: Epoch,
}

/// The commit that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    /// The commit checked out.
    pub commit: Commit,
    /// The branch, when one is checked out or the CI service names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Whether tracked files differed from the commit, or untracked ones lay beside them.
    pub dirty: bool,
    /// The merge base with the main branch, when it is known and another commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Commit>,
}

/// The hardware, as far as it bears on the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Machine {
    /// The processor's model name.
    pub cpu_model: String,
    /// Logical processors this process may use.
    pub cpus: u32,
    /// Installed memory in bytes.
    pub memory_bytes: u64,
    /// The hypervisor or container technology, when one is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtualization: Option<String>,
    /// The frequency governor, when the system shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governor: Option<String>,
    /// Load averages over 1, 5 and 15 minutes, before measuring began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_average: Option<[f64; 3]>,
}

/// The operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct System {
    /// Family and architecture, such as `linux-x86_64`.
    pub os: String,
    /// The kernel's release.
    pub kernel: String,
    /// The distribution with its version, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<String>,
    /// The C library with its version, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libc: Option<String>,
    /// The CI runner's image and its version, when the CI service names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_image: Option<String>,
}

/// Compiler, build tool and harness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Toolchain {
    /// `rustc --version`, when a Rust project was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rustc: Option<String>,
    /// `cargo --version`, when a Rust project was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cargo: Option<String>,
    /// Harness name to version, such as `criterion` to `0.8.2`.
    #[serde(default, deserialize_with = "crate::unique::map")]
    pub harness: BTreeMap<String, String>,
}

/// What makes an epoch: two runs with equal facts may be compared.
#[derive(Debug, Serialize)]
struct EpochFacts<'a> {
    cpu_model: &'a str,
    cpus: u32,
    os: &'a str,
    kernel: &'a str,
    distribution: Option<&'a str>,
    libc: Option<&'a str>,
    runner_image: Option<&'a str>,
    virtualization: Option<&'a str>,
    rustc: Option<&'a str>,
    harness: &'a BTreeMap<String, String>,
}

impl Epoch {
    /// The key of an environment.
    pub fn of(machine: &Machine, system: &System, toolchain: &Toolchain) -> Self {
        let facts = EpochFacts {
            cpu_model: &machine.cpu_model,
            cpus: machine.cpus,
            os: &system.os,
            kernel: &system.kernel,
            distribution: system.distribution.as_deref(),
            libc: system.libc.as_deref(),
            runner_image: system.runner_image.as_deref(),
            virtualization: machine.virtualization.as_deref(),
            rustc: toolchain.rustc.as_deref(),
            harness: &toolchain.harness,
        };
        // Strings, integers and a map with string keys always have a JSON form.
        let digest = canonical::digest(&facts).map(String::from).unwrap_or_default();
        Self(digest.chars().take(16).collect())
    }
}
