//! `load-runner locust`.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bench_cli::{Context, Interrupt};
use bench_model::run::Mode;
use bench_model::{Exit, Failure};
use clap::Args;

use super::around::Around;
use crate::Error;
use crate::locust::{Drive, Outcome, load, locustfile, read, run, write};
use crate::record::{Begun, Finished, Output};
use crate::script::{Script, ScriptArgs, environment};
use crate::service::variable;

/// The arguments of `locust`.
#[derive(Debug, Args)]
pub(crate) struct LocustArgs {
    #[command(flatten)]
    script: ScriptArgs,
    /// Worker processes
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// Locust itself
    #[arg(long, value_name = "PROGRAM", default_value = "locust")]
    locust: OsString,
    /// Start no workers: print the command for workers on other hosts, which find this one at ADDRESS, and wait for them
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["write_only", "result", "service"])]
    hosts: Option<IpAddr>,
    /// Run nothing: read what a master elsewhere printed or wrote, such as the log of a Kubernetes Job
    #[arg(long, value_name = "FILE", conflicts_with = "write_only")]
    result: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Runs the verb.
pub(crate) fn locust(args: &LocustArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    if let Some(address) = args.hosts.filter(|address| !address.is_loopback() && !args.script.allow_remote) {
        let reason = format!(
            "workers on other hosts send load from there, and {address} lets anybody on that network in: with --allow-remote it is done"
        );
        return Err(Error::Flag { flag: "hosts", reason }.into());
    }
    let wanted = args.script.service.wanted()?;
    let mut script = args.script.read("Locust", wanted.as_ref(), context, &args.output.project)?;
    if let Some(folder) = &args.script.write_only {
        for path in write(&script, args.workers, folder)? {
            context.print(path.display().to_string()).map_err(Error::from)?;
        }
        return Ok(Exit::Done);
    }
    let begun = Begun::new(&args.output, context)?;
    if let Some(path) = &args.result {
        let outcome = read(path)?;
        if outcome.plan() != Some(script.digest.as_str()) {
            let reason = "was measured with another plan: pass the scenario as it was then, with the same --set and --time-scale";
            return Err(Error::Import { path: path.clone(), line: None, reason: reason.into() }.into());
        }
        let duration = outcome.duration();
        return begun.finish(finished(&script, &outcome, 0, duration), context);
    }
    let secrets = environment(&script.secrets, &|name| variable(wanted.as_ref(), name))?;
    let interrupt = Interrupt::install();
    let around = Around::start(wanted.as_ref(), &mut script, &begun, &interrupt)?;
    let locustfile = locustfile(&script);
    let place = begun.beside("locustfile.py")?;
    let folder = place.parent().map_or_else(PathBuf::new, PathBuf::from);
    let start = Instant::now();
    let driven = run(&Drive {
        program: args.locust.clone(),
        folder: &folder,
        locustfile: &locustfile,
        secrets: &secrets,
        workers: args.workers,
        hosts: args.hosts,
        timeout: script.scenario.timeout,
        length: script.scenario.phases.iter().map(|phase| phase.duration).sum(),
        interrupt: &interrupt,
        say: &|line| context.say(line),
    })?;
    let mut finished = finished(&script, &driven.outcome, driven.gone, start.elapsed());
    around.end(&mut finished, driven.begun);
    begun.finish(finished, context)
}

fn finished(script: &Script, outcome: &Outcome, gone: u32, duration: Duration) -> Finished {
    let (load, warnings) = load(script, outcome, gone);
    let errors = outcome
        .problems()
        .iter()
        .map(|problem| {
            let hint = "see the logs of master and workers beside run.json".to_owned();
            Error::Load { what: format!("Locust: {problem}"), hint }.diagnostic()
        })
        .collect();
    Finished { load, mode: Mode::Full, duration, warnings, errors }
}
