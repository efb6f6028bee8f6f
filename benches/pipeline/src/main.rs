//! How fast and how small perfledger itself is, measured on its own optimised programs from outside.
//!
//! `cargo run --release -p pipeline-bench` prints one JSON line per metric, in the form that
//! `bench-runner process` reads. The inputs are synthetic and deterministic; what is timed is real programs on real files.
//! Must not know: how the stages work. It spawns them.

mod inputs;
mod measure;
mod overhead;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Figure, measured};

type Outcome = Result<(), Box<dyn Error>>;

const BENCHMARKS: usize = 10_000;
const SAMPLES: usize = 100;
const LINES: u64 = 1_000_000;

fn main() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let programs = build(&root)?;
    let parts: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    let work = tempfile::tempdir()?;
    if wanted("report") {
        report(&programs, work.path())?;
    }
    if wanted("ledger") {
        ledger(&programs, work.path())?;
    }
    if wanted("overhead") {
        overhead::run(&root, &programs, work.path())?;
    }
    Ok(())
}

/// Builds the stages optimised and returns the folder they lie in: this program's own.
fn build(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(root).args(["build", "--quiet", "--release"]);
    for package in ["bench-runner", "json-processor", "slo-validator", "baseline-manager"] {
        build.args(["-p", package]);
    }
    if !build.status()?.success() {
        return Err("the stages do not compile".into());
    }
    let here = std::env::current_exe()?;
    Ok(here.parent().ok_or("this program lies in no folder")?.to_path_buf())
}

/// 10,000 benchmarks x 100 samples: from Criterion's files on disk to `verdict.json`.
fn report(programs: &Path, work: &Path) -> Outcome {
    let results = work.join("criterion");
    inputs::criterion(&results, BENCHMARKS, SAMPLES)?;
    let file = |name: &str| work.join(name);
    let mut collect = Command::new(programs.join("bench-runner"));
    collect.arg("collect").arg(&results).args(["--package", "p", "--target", "t", "--out"]).arg(file("run.json"));
    let mut record = Command::new(programs.join("json-processor"));
    record.arg("report").arg(file("run.json")).arg("--out").arg(file("perf.json"));
    let mut judge = Command::new(programs.join("slo-validator"));
    judge.arg("judge").arg(file("perf.json")).arg("--out").arg(file("verdict.json"));
    let mut total = Figure::default();
    for (name, mut stage) in [("collect", collect), ("record", record), ("judge", judge)] {
        let figure = measured(stage.current_dir(work))?;
        total.seconds += figure.seconds;
        total.bytes = total.bytes.max(figure.bytes);
        measure::print(&format!("{name}_10k"), &figure)?;
    }
    if !file("verdict.json").is_file() {
        return Err("no verdict was written".into());
    }
    measure::print("disk_to_verdict_10k", &total)
}

/// A ledger of 1,000,000 lines: checked and folded.
fn ledger(programs: &Path, work: &Path) -> Outcome {
    let folder = work.join("ledger");
    inputs::ledger(&folder, LINES)?;
    let mut verify = Command::new(programs.join("baseline-manager"));
    verify.arg("verify").arg("--ledger").arg(&folder).current_dir(work);
    measure::print("verify_1m_lines", &measured(&mut verify)?)
}
