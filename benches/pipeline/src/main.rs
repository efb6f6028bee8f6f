//! How fast and how small perfledger itself is, measured on its own optimised programs from outside.
//!
//! `cargo run --release -p pipeline-bench` prints one JSON line per metric, in the form that
//! `bench-runner process` reads. The inputs are synthetic and deterministic; what is timed is real programs on real files.
//! `... -- report`, `ledger` or `overhead` is one of them. Others only when they are named:
//! `quality [--seed N] [--count N]` how often verdicts are right and `verdicts` how fast they are, as tables; `pages` how fast
//! pages are made, `load` how cheap and exact the load generator is, `load-memory` how little it needs, and `reencryption` how fast the
//! re-encryption job is and how little it needs (12 GB of disk), as metrics.
//! Must not know: how the stages work. It spawns them.

mod inputs;
mod load;
mod measure;
mod overhead;
mod pages;
mod quality;
mod random;
mod reencryption;
mod request;
mod verdicts;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use inputs::LedgerShape;
use measure::{Figure, measured};
use request::{Part, Request};

type Outcome = Result<(), Box<dyn Error>>;

const STAGES: [&str; 4] = ["bench-runner", "json-processor", "slo-validator", "baseline-manager"];
const BENCHMARKS: usize = 10_000;
const SAMPLES: usize = 100;
const LINES: u64 = 1_000_000;

fn main() -> Outcome {
    let request = Request::read(std::env::args().skip(1))?;
    if request.parts.contains(&Part::Quality) {
        quality::run(request.seed, request.count)?;
    }
    if request.parts.iter().all(|part| *part == Part::Quality) {
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let alone = |part: &Part| matches!(part, Part::Quality | Part::Load | Part::LoadMemory | Part::Reencryption);
    let programs = build(&root, if request.parts.iter().all(alone) { &["load-runner"] } else { &STAGES }, &[])?;
    let work = tempfile::tempdir()?;
    for part in request.parts {
        match part {
            Part::Quality => {}
            Part::Report => report(&programs, work.path())?,
            Part::Ledger => ledger(&programs, work.path())?,
            Part::Overhead => overhead::run(&root, &programs, work.path())?,
            Part::Verdicts => verdicts::run(&programs, work.path())?,
            Part::Pages => pages::run(&root, &programs, work.path())?,
            Part::Load => load::run(&root, &programs, work.path())?,
            Part::LoadMemory => load::memory(&root, &programs, work.path())?,
            Part::Reencryption => reencryption::run(&root, work.path())?,
        }
    }
    Ok(())
}

/// Builds the stages optimised and returns the folder they lie in: this program's own.
fn build(root: &Path, packages: &[&str], features: &[&str]) -> Result<PathBuf, Box<dyn Error>> {
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(root).args(["build", "--quiet", "--release"]);
    for package in packages {
        build.args(["-p", package]);
    }
    for feature in features {
        build.args(["--features", feature]);
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
    inputs::ledger(&folder, LedgerShape { lines: LINES, metrics: 1, seconds: 94, first: 1_700_000_000 })?;
    let mut verify = Command::new(programs.join("baseline-manager"));
    verify.arg("verify").arg("--ledger").arg(&folder).current_dir(work);
    measure::print("verify_1m_lines", &measured(&mut verify)?)
}
