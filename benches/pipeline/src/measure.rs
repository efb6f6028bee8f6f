//! One program run: wall time and peak memory as the system accounts them. And what is said of many: their median.

use std::error::Error;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

use crate::Outcome;

/// What one run took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figure {
    /// Wall time.
    pub(crate) seconds: f64,
    /// Peak resident memory of the largest process.
    pub(crate) bytes: u64,
    /// Processor time in user and system mode, with that of its children that ended before it.
    pub(crate) cpu_seconds: f64,
}

/// Runs a program to its end. It must exit 0.
///
/// The system counts the memory of the process that starts a program as that program's, until it has
/// replaced itself. So this process stays small.
pub(crate) fn measured(command: &mut Command) -> Result<Figure, Box<dyn Error>> {
    let began = Instant::now();
    let used = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?.wait4()?;
    let seconds = began.elapsed().as_secs_f64();
    if !used.status.success() {
        return Err(format!("{command:?} ended with {}", used.status).into());
    }
    Ok(figure(seconds, &used.rusage))
}

/// As [`measured`], and what it printed. It may end with any exit: load tools have verdicts of their own.
pub(crate) fn captured(command: &mut Command) -> Result<(Figure, String), Box<dyn Error>> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut out = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut out)?;
    }
    let used = child.wait4()?;
    Ok((figure(began.elapsed().as_secs_f64(), &used.rusage), out))
}

fn figure(seconds: f64, used: &wait4::ResourceUsage) -> Figure {
    Figure { seconds, bytes: used.maxrss, cpu_seconds: (used.utime + used.stime).as_secs_f64() }
}

/// Prints a run's figures as metrics.
pub(crate) fn print(name: &str, figure: &Figure) -> Outcome {
    metric(&format!("{name}_wall"), figure.seconds, "s")?;
    metric(&format!("{name}_peak_rss"), figure.bytes as f64, "B")
}

/// Prints one metric as a JSON line.
pub(crate) fn metric(name: &str, value: f64, unit: &str) -> Outcome {
    let line = serde_json::json!({ "metric": name, "value": value, "unit": unit, "direction": "lower" });
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// The median; NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut ordered = values.to_vec();
    ordered.sort_by(f64::total_cmp);
    let at = |rank: usize| ordered.get(rank).copied().unwrap_or(f64::NAN);
    (at(ordered.len().saturating_sub(1) / 2) + at(ordered.len() / 2)) / 2.0
}
