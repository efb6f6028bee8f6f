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

/// Prints the geometric mean of (with / without) of Criterion's own time per iteration, and its 95 % interval
/// as half a width (normal approximation over pairs of logs).
pub(crate) fn run(root: &Path, programs: &Path, work: &Path) -> Result<(), Box<dyn Error>> {
    let executable = executable(root)?;
    let mut logs = Vec::new();
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
        let ratio: f64 = with / without;
        logs.push(ratio.ln());
    }
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (n - 1.0);
    measure::metric("runner_overhead", mean.exp(), "ratio");
    measure::metric("runner_overhead_half_width", 1.96 * (variance / n).sqrt(), "ratio");
    Ok(())
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

/// Criterion's time per iteration in ns, of the executable run by itself.
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
    let text = std::fs::read_to_string(home.join("comp3/columnar/1000/new/estimates.json"))?;
    let estimates: serde_json::Value = serde_json::from_str(&text)?;
    typical(estimates.pointer("/slope/point_estimate").or_else(|| estimates.pointer("/mean/point_estimate")))
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
    typical(run.pointer("/benchmarks/0/rounds/0/timing/typical/value"))
}

fn typical(value: Option<&serde_json::Value>) -> Result<f64, Box<dyn Error>> {
    value.and_then(serde_json::Value::as_f64).ok_or_else(|| "no time was measured".into())
}
