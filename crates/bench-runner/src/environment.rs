//! Whether this machine can measure, and what disturbs it. Must not know: what is going to be measured.

mod checks;

use std::path::{Path, PathBuf};

use serde::Serialize;

use bench_host::{Root, cargo, cpus, output};

use checks::STEAL_SHARE;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub name: &'static str,
    /// What it came to.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What it means for the numbers.
    pub meaning: String,
    /// What to do; empty when nothing is to be done.
    pub advice: String,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing disturbs.
    Ok,
    /// Measuring works, and the numbers scatter or shift.
    Noisy,
    /// Measuring does not work.
    Unfit,
}

impl State {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Noisy => "noisy",
            Self::Unfit => "unfit",
        }
    }
}

/// What the checks look at.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The folder with `proc`, `sys` and `etc`: `/` but for tests.
    pub root: PathBuf,
    /// Logical processors this process may use.
    pub cpus: u32,
    /// Bytes free where builds and results go, when the system tells.
    pub free_disk: Option<u64>,
    /// Whether benches have to be built.
    pub needs_cargo: bool,
    /// What `cargo --version` says in the project.
    pub cargo: Option<String>,
    /// What `git --version` says.
    pub git: Option<String>,
}

impl Surroundings {
    /// Looks at this machine. `folder` is the project, or where a command runs; `target` is where files will be written,
    /// and need not exist yet.
    pub fn observe(folder: &Path, target: &Path, needs_cargo: bool) -> Self {
        let absolute = std::path::absolute(target).unwrap_or_else(|_| target.to_path_buf());
        let existing = absolute.ancestors().find(|path| path.exists());
        let disk = existing.and_then(|path| rustix::fs::statvfs(path).ok());
        Self {
            root: PathBuf::from("/"),
            cpus: cpus(),
            free_disk: disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            needs_cargo,
            cargo: output(cargo(folder).arg("--version")),
            git: output(std::process::Command::new("git").arg("--version")),
        }
    }
}

/// Checks processors, load, memory, disk, power, limits, virtualisation and tools, in a fixed order.
///
/// A fact that the system does not show is [`State::Ok`] with words that say so. Where any finding is [`State::Unfit`],
/// measuring must not begin (`CBKB106`).
pub fn validate_execution_environment(surroundings: &Surroundings) -> Vec<Finding> {
    let root = Root::new(&surroundings.root);
    vec![
        checks::governor(&root),
        checks::boost(&root),
        checks::processors(surroundings.cpus),
        checks::load(&root, surroundings.cpus),
        checks::memory(&root),
        checks::swap(&root),
        checks::disk(surroundings.free_disk),
        checks::power(&root),
        checks::limits(&root),
        checks::steal(&root),
        checks::cargo(surroundings.needs_cargo, surroundings.cargo.as_deref()),
        checks::git(surroundings.git.as_deref()),
    ]
}

/// Processor time that the hypervisor took away, and all of it, in ticks since the system began.
pub(crate) fn stolen() -> Option<(u64, u64)> {
    Root::new(Path::new("/")).steal()
}

/// What was taken away since then, in words, when it matters.
pub(crate) fn steal_since(before: Option<(u64, u64)>) -> Option<String> {
    let ((stolen_before, all_before), (stolen, all)) = (before?, stolen()?);
    let share = stolen.saturating_sub(stolen_before) as f64 / all.saturating_sub(all_before).max(1) as f64;
    (share > STEAL_SHARE).then(|| {
        format!("the hypervisor took away {:.1} % of processor time meanwhile: times grow and scatter", share * 100.0)
    })
}

/// A warning where every process of a program finds its memory at the same addresses: rounds then share one layout, and its
/// luck is not averaged out.
pub(crate) fn fixed_addresses() -> Option<String> {
    let setting = Root::new(Path::new("/")).text("proc/sys/kernel/randomize_va_space")?;
    (setting == "0").then(|| {
        "address space randomisation is off: all rounds share one memory layout, which can favour one side".to_owned()
    })
}
