//! What the runner costs the benchmark it runs: the same executable with and without it, in alternation.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::measure;

/// Pairs of runs. Each pair holds one run of either kind, in alternating order.
const PAIRS: usize = 20;
const FILTER: &str = "comp3/columnar/1000$";
const ARGUMENTS: [&str; 8] =
    ["--warm-up-time", "0.5", "--measurement-time", "1", "--nresamples", "1000", "--sample-size", "50"];

/// Prints the median over pairs of (with / without), with the interval of the median by order statistics: of 20
/// pairs the 6th and the 15th, which cover it with 95.9 % (binomial).
///
/// The figure of a run is its fastest sample: other work on the machine can only add to a sample, and this asks what the
/// runner adds, not what the neighbours do.
pub(crate) fn run(root: &Path, programs: &Path, work: &Path) -> Result<(), Box<dyn Error>> {
    let executable = executable(root)?;
    let mut ratios = Vec::new();
    for pair in 0..PAIRS {
        let mut with = 0.0;
        let mut without = 0.0;
        for step in 0..2 {
            if (pair + step) % 2 == 0 {
                with = with_runner(root, programs, work)?;
            } else {
                without = alone(&executable, work)?;
            }
        }
        ratios.push(with / without);
    }
    ratios.sort_by(f64::total_cmp);
    let rank = |rank: usize| ratios.get(rank - 1).copied().unwrap_or(f64::NAN);
    measure::metric("runner_overhead", (rank(10) + rank(11)) / 2.0, "ratio")?;
    measure::metric("runner_overhead_lower", rank(6), "ratio")?;
    measure::metric("runner_overhead_upper", rank(15), "ratio")
}

fn executable(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["bench", "--no-run", "--message-format=json", "-p", "copybook-bench", "--bench", "decode"])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut found = text.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_bench = message.pointer("/target/kind/0")? == "bench";
        message.get("executable")?.as_str().filter(|_| is_bench).map(PathBuf::from)
    });
    found.next_back().ok_or_else(|| "cargo named no bench executable".into())
}

/// The executable run by itself.
fn alone(executable: &Path, work: &Path) -> Result<f64, Box<dyn Error>> {
    let home = work.join("alone");
    drop(std::fs::remove_dir_all(&home));
    let status = Command::new(executable)
        .args(["--bench", "--noplot", FILTER])
        .args(ARGUMENTS)
        .env("CRITERION_HOME", &home)
        .env("PERF", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err("the benchmark failed".into());
    }
    let sample = std::fs::read_to_string(home.join("comp3/columnar/1000/new/sample.json"))?;
    fastest(&serde_json::from_str(&sample)?)
}

/// The same under the runner.
fn with_runner(root: &Path, programs: &Path, work: &Path) -> Result<f64, Box<dyn Error>> {
    let out = work.join("overhead.json");
    let status = Command::new(programs.join("bench-runner"))
        .args(["run", "--quiet", "--package", "copybook-bench", "--bench", "decode", "--rounds", "1", "--mode", "full"])
        .args(["--filter", FILTER, "--project"])
        .arg(root)
        .arg("--out")
        .arg(&out)
        .arg("--")
        .args(ARGUMENTS)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err("the runner failed".into());
    }
    let run: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
    fastest(run.pointer("/benchmarks/0/rounds/0/timing").ok_or("no time was measured")?)
}

/// The fastest sample, in ns per iteration.
fn fastest(sample: &serde_json::Value) -> Result<f64, Box<dyn Error>> {
    let numbers =
        |name: &str| sample.get(name)?.as_array()?.iter().map(serde_json::Value::as_f64).collect::<Option<Vec<_>>>();
    let (iters, times) = numbers("iters").zip(numbers("times")).ok_or("no time was measured")?;
    Ok(times.iter().zip(&iters).map(|(time, iters)| time / iters).fold(f64::INFINITY, f64::min))
}
