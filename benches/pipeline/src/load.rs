//! How cheap, exact and honest the load generator is, beside the tools that are installed: wrk, oha, hey, k6, Locust.
//!
//! - CPU per request in a closed loop of 50 kept-alive connections, as a ratio to wrk in the same repetition. The server is nginx where it
//!   is installed, pinned to the last processor; the tools take turns on the first.
//! - An open loop of 2,000 requests a second, seen from a server that notes when each arrives: rate, the spread of gaps, send lag, CPU.
//! - A server that stands still for 500 ms of every 5 s, for which the true percentiles are known: p95 250 ms, p99 450 ms.
//! - Peak memory for 10 million requests against 50,000, which takes minutes, and only when it is asked for.
//!
//! Servers keep to the last processor, and what is measured to the first: on one, each would wait for the other.

mod memory;
mod nginx;
mod server;
mod tools;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_model::load::{Distribution, Load};
use bench_model::run::Run;

use crate::measure::{self, Figure, median};
use crate::{Outcome, build};
use server::{Server, Stall};
use tools::Tool;

const REPETITIONS: usize = 3;
const CONNECTIONS: u32 = 50;
const SECONDS: u32 = 6;
/// What the built-in engine writes.
const RECORD: &str = "load-run.json";

pub(crate) fn run(root: &Path, programs: &Path, work: &Path) -> Outcome {
    let program = prepare(root, programs, work)?;
    open_loop(&program, work)?;
    stalled(&program, work)?;
    cost(&program, work)
}

/// Peak memory; see [`memory::run`].
pub(crate) fn memory(root: &Path, programs: &Path, work: &Path) -> Outcome {
    let program = prepare(root, programs, work)?;
    memory::run(&program, work)
}

fn prepare(root: &Path, programs: &Path, work: &Path) -> Result<PathBuf, Box<dyn Error>> {
    build(root, &["load-runner"], &[])?;
    std::fs::create_dir_all(work.join("config"))?;
    Ok(programs.join("load-runner"))
}

/// A server that is as fast as there is one here.
enum Quick {
    Nginx(nginx::Nginx),
    Own(Server),
}

impl Quick {
    fn start(work: &Path) -> Result<Self, Box<dyn Error>> {
        if let Some(nginx) = nginx::Nginx::start(work)? {
            return Ok(Self::Nginx(nginx));
        }
        eprintln!("nginx is not installed: a server of this program's own answers, and takes more time for it");
        Ok(Self::Own(Server::start(None)?))
    }

    fn url(&self) -> &str {
        match self {
            Self::Nginx(nginx) => &nginx.url,
            Self::Own(server) => &server.url,
        }
    }
}

/// CPU per request at 50 connections.
fn cost(program: &Path, work: &Path) -> Outcome {
    let server = Quick::start(work)?;
    let tools = Tool::installed(program);
    let mut spent: Vec<Vec<f64>> = vec![Vec::new(); tools.len()];
    for repetition in 0..REPETITIONS {
        for (tool, spent) in tools.iter().zip(&mut spent) {
            match tool.closed(server.url(), CONNECTIONS, SECONDS, work) {
                Ok((figure, requests)) if requests > 0 => {
                    let each = figure.cpu_seconds / requests as f64 * 1e6;
                    eprintln!("{repetition} {}: {each:.1} us of CPU a request, {requests} requests", tool.name);
                    spent.push(each);
                }
                Ok(_) => eprintln!("{}: no request was answered", tool.name),
                Err(error) => eprintln!("{}: {error}", tool.name),
            }
        }
    }
    let reference = tools.iter().position(|tool| tool.name == "wrk");
    for (at, tool) in tools.iter().enumerate() {
        let Some(own) = spent.get(at).filter(|own| own.len() == REPETITIONS) else { continue };
        measure::metric(&format!("load_cpu_us_{}", tool.name), median(own), "us")?;
        if let Some(wrk) = reference.and_then(|at| spent.get(at)).filter(|wrk| wrk.len() == REPETITIONS) {
            let ratios: Vec<f64> = own.iter().zip(wrk).map(|(own, wrk)| own / wrk).collect();
            measure::metric(&format!("load_cpu_to_wrk_{}", tool.name), median(&ratios), "ratio")?;
        }
    }
    Ok(())
}

/// 2,000 requests a second, as the server sees them.
fn open_loop(program: &Path, work: &Path) -> Outcome {
    let (mut rates, mut spreads, mut lags, mut spent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let server = Server::start(None)?;
        let phase = "name = \"steady\"\nduration = \"8 s\"\nrate = \"2000 req/s\"";
        let (figure, load) = ours(program, work, &server.url, phase, 50)?;
        let arrivals = server.arrivals();
        let gaps: Vec<f64> = arrivals.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        rates.push(1.0 / mean);
        spreads.push(variance.sqrt() / mean);
        let lag = load.series.iter().find_map(|series| series.lag.as_ref()?.percentile(50.0));
        lags.push(lag.unwrap_or(f64::NAN) / 1e3);
        spent.push(figure.cpu_seconds / arrivals.len() as f64 * 1e6);
    }
    measure::metric("load_open_rate_error", (median(&rates) / 2000.0 - 1.0).abs(), "ratio")?;
    measure::metric("load_open_gap_cv", median(&spreads), "ratio")?;
    measure::metric("load_open_lag_p50", median(&lags), "us")?;
    measure::metric("load_open_cpu_us", median(&spent), "us")
}

/// A server that stands still for a tenth of the time: at 1,000 requests a second for 10 s the true p99 is 450 ms.
fn stalled(program: &Path, work: &Path) -> Outcome {
    for connections in [20, 50, 600] {
        let mut found = Vec::new();
        for _ in 0..3 {
            let server = Server::start(Some(Stall { every: 5.0, lasts: 0.5 }))?;
            let phase = "name = \"steady\"\nduration = \"10 s\"\nrate = \"1000 req/s\"";
            let (_, load) = ours(program, work, &server.url, phase, connections)?;
            let p99 = load.series.iter().find_map(|series| match &series.latency {
                Some(Distribution::Buckets(latency)) => latency.percentile(99.0),
                Some(Distribution::Summary(_)) | None => None,
            });
            found.push(p99.unwrap_or(f64::NAN) / 1e6);
        }
        measure::metric(&format!("load_stalled_p99_{connections}_connections"), median(&found), "ms")?;
    }
    Ok(())
}

/// The built-in engine with one phase.
fn ours(
    program: &Path,
    work: &Path,
    url: &str,
    phase: &str,
    connections: u32,
) -> Result<(Figure, Load), Box<dyn Error>> {
    let mut command = command(program, work, url, phase, connections)?;
    let figure = measure::measured(&mut command)?;
    Ok((figure, record(work)?))
}

fn command(program: &Path, work: &Path, url: &str, phase: &str, connections: u32) -> std::io::Result<Command> {
    let scenario = work.join("bench.toml");
    let text = format!(
        "description = \"a benchmark\"\nbase_url = \"{url}\"\nconnections = {connections}\n\n\
         [[request]]\nname = \"get\"\nget = \"/\"\n\n[[phase]]\n{phase}\n"
    );
    std::fs::write(&scenario, text)?;
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program).args(["run", "--quiet"]).arg(&scenario);
    command.args(["--out", RECORD]).current_dir(work);
    Ok(command)
}

fn record(work: &Path) -> Result<Load, Box<dyn Error>> {
    let run: Run = serde_json::from_slice(&std::fs::read(work.join(RECORD))?)?;
    Ok(*run.load.ok_or("run.json holds no load")?)
}
