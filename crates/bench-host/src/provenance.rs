//! Where a measurement comes from. Takes named facts only: no user, host, or environment value can slip in.
//! Must not know: what was measured.

mod source;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bench_model::config::Settings;
use bench_model::provenance::{Epoch, Machine, Provenance, Source, System, Toolchain};
use bench_model::time::Timestamp;

use crate::{Root, cargo, rustc};

/// What is known about the environment before measuring begins.
#[derive(Debug, Clone)]
pub struct Facts {
    source: Option<Source>,
    state: Option<source::State>,
    machine: Machine,
    system: System,
    toolchain: Toolchain,
    /// What could not be found out, and why it matters.
    pub warnings: Vec<String>,
}

/// Where facts are looked for.
pub struct Places<'a> {
    /// The folder with `proc`, `sys` and `etc`: `/` but for tests.
    pub root: &'a Path,
    /// The measured project, or the folder a command runs in.
    pub folder: &'a Path,
    /// The main branch's name.
    pub main_branch: &'a str,
    /// The remote's name.
    pub remote: &'a str,
    /// Environment variables; only those that name a CI service's branch and image are asked for.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Facts {
    /// Looks around. Nothing that is missing is an error: it is absent, or `unknown` where a file demands it.
    pub fn gather(places: &Places<'_>) -> Self {
        let root = Root::new(places.root);
        let mut warnings = Vec::new();
        let state = source::state(places.folder);
        let source = source::source(places, &mut warnings);
        let (machine, system) = (machine(&root), system(&root, places));
        Self { source, state, machine, system, toolchain: toolchain(places), warnings }
    }

    /// Looks around on this machine, before a project is measured whose settings these are.
    pub fn here(folder: &Path, settings: &Settings) -> Self {
        Self::gather(&Places {
            root: Path::new("/"),
            folder,
            main_branch: &settings.ledger.main_branch,
            remote: &settings.ledger.remote,
            variable: &|name| std::env::var(name).ok(),
        })
    }

    /// The same surroundings with another source, and without the warnings, which are about the source found.
    pub fn with_source(self, source: Option<Source>) -> Self {
        Self { source, warnings: Vec::new(), ..self }
    }

    /// Looks at the work tree again, after measuring: when another commit is checked out there now, or tracked files
    /// changed, nobody knows what was built and measured, so the source counts as dirty, and a warning says so.
    /// Untracked files are not compared: what is measured may write some.
    pub fn look_again(&mut self, folder: &Path) {
        if let Some(source) = self.source.as_mut()
            && source::state(folder) != self.state
        {
            source.dirty = true;
            self.warnings.push("the work tree changed while it was measured: it counts as not committed".to_owned());
        }
    }

    /// The first digits of the commit, for a run's id.
    pub fn commit(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.commit.short())
    }

    /// The record, with what is known after measuring. `tool` is the program that measured, with its version.
    pub fn provenance(
        self,
        tool: &str,
        started: Timestamp,
        duration: Duration,
        harness: BTreeMap<String, String>,
    ) -> Provenance {
        let Self { source, machine, system, mut toolchain, state: _, warnings: _ } = self;
        toolchain.harness = harness;
        let epoch = Epoch::of(&machine, &system, &toolchain);
        let tool = tool.to_owned();
        let duration_s = (duration.as_secs_f64() * 1e3).round() / 1e3;
        Provenance { tool, started, duration_s, source, machine, system, toolchain, epoch }
    }
}

fn machine(root: &Root) -> Machine {
    let unknown = || "unknown".to_owned();
    Machine {
        cpu_model: cpu_model(root).unwrap_or_else(unknown),
        cpus: cpus(),
        memory_bytes: root.memory("MemTotal").or_else(|| sysctl("hw.memsize")?.parse().ok()).unwrap_or(0),
        virtualization: root.virtualization(),
        governor: root.governors(),
        load_average: root.load(),
    }
}

/// Logical processors this process may use: affinity and container quotas are respected.
pub fn cpus() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

fn cpu_model(root: &Root) -> Option<String> {
    let field = |key| root.field("proc/cpuinfo", key);
    let arm = || Some(format!("implementer {} part {}", field("CPU implementer")?, field("CPU part")?));
    field("model name")
        .or_else(|| root.text("sys/firmware/devicetree/base/model").map(|model| model.replace('\0', "")))
        .or_else(arm)
        .or_else(|| sysctl("machdep.cpu.brand_string"))
}

fn system(root: &Root, places: &Places<'_>) -> System {
    let image = |name: &str| (places.variable)(name).filter(|value| !value.is_empty());
    System {
        os: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        kernel: root
            .text("proc/sys/kernel/osrelease")
            .unwrap_or_else(|| rustix::system::uname().release().to_string_lossy().into_owned()),
        distribution: distribution(root),
        libc: libc(),
        runner_image: image("ImageOS").map(|os| match image("ImageVersion") {
            Some(version) => format!("{os} {version}"),
            None => os,
        }),
    }
}

fn distribution(root: &Root) -> Option<String> {
    let text = root.text("etc/os-release").or_else(|| root.text("usr/lib/os-release"))?;
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim().trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
    };
    value("PRETTY_NAME").or_else(|| value("NAME"))
}

fn libc() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    // `getconf` knows glibc; musl's loader tells its version on standard error.
    output(Command::new("getconf").arg("GNU_LIBC_VERSION")).filter(|text| text.starts_with("glibc")).or_else(|| {
        let output = Command::new("ldd").arg("--version").stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let version = text.lines().find_map(|line| line.strip_prefix("Version "))?;
        text.starts_with("musl").then(|| format!("musl {}", version.trim()))
    })
}

fn sysctl(name: &str) -> Option<String> {
    cfg!(target_os = "macos").then(|| output(Command::new("sysctl").args(["-n", name])))?
}

fn toolchain(places: &Places<'_>) -> Toolchain {
    let version = |mut command: Command| output(command.arg("--version"));
    Toolchain { rustc: version(rustc(places.folder)), cargo: version(cargo(places.folder)), harness: BTreeMap::new() }
}

/// The first line that a program prints, when it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}
