//! `load-runner run`: a scenario, the built-in engine, and everything around: the service, regions, what is observed, what is shown.

pub(super) mod around;
mod events;
pub(super) mod fixed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bench_cli::{Context, Interrupt};
use bench_model::load::{Engine as EngineName, Load};
use bench_model::run::Mode;
use bench_model::{Exit, Finite};
use clap::Args;

use crate::Error;
use crate::engine::{Engine, Outcome, Permit, Target, permitted};
use crate::exchange::Exchanges;
use crate::observe::{ObserveOptions, Observed, Observer};
use crate::record::{Begun, ENGINE, Finished, Output};
use crate::scenario::{Overrides, Scenario};
use crate::service::{LOG, Service, ServiceFlag, variable};
use crate::view::View;
use events::Events;

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// A scenario file, or the name of one in the folder scenarios of the configuration
    scenario: PathBuf,
    /// Set a value of the scenario: base_url, timeout, connections, or one of its variables; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// What the lengths of phases are multiplied with; rates stay
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    time_scale: f64,
    /// Print what would be sent and when, and end
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    service: ServiceFlag,
    /// The service's process, to watch what it uses
    #[arg(long, value_name = "PID", conflicts_with_all = ["container", "service"])]
    pid: Option<u32>,
    /// The service's container, to watch what it uses
    #[arg(long, value_name = "ID", conflicts_with = "service")]
    container: Option<String>,
    /// The service's metrics in Prometheus' text format [default: /metrics of the service, when the scenario names samples]
    #[arg(long, value_name = "URL")]
    scrape: Option<String>,
    /// A Prometheus server to ask --query
    #[arg(long, value_name = "URL", requires = "query")]
    prom: Option<String>,
    /// A gauge's name and the query that gives it; may be repeated
    #[arg(long, value_name = "NAME=EXPRESSION", requires = "prom")]
    query: Vec<String>,
    /// The seed of every random choice
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Threads that send, each with a share of the load and of the connections
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Let load leave this machine: the target is not loopback, and its owner agreed
    #[arg(long)]
    allow_remote: bool,
    /// Do not check the service's certificate; on loopback only
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    output: Output,
}

/// Runs the verb.
pub(crate) fn run(args: &RunArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let layers = context.layers(&args.output.project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let wanted = args.service.wanted()?;
    let path = find(&args.scenario, &context.config_folder(&args.output.project));
    let variable = |name: &str| variable(wanted.as_ref(), name);
    let overrides = Overrides { set: pairs("set", &args.set)?, time_scale: args.time_scale, variable: &variable };
    let mut scenario = Scenario::read(&path, &overrides)?;
    if args.dry_run {
        let cores = usize::try_from(bench_host::cpus()).unwrap_or(1);
        context.print(scenario.plan_text(cores)).map_err(Error::from)?;
        return Ok(Exit::Done);
    }
    permitted(&scenario, usize::from(args.threads))?;
    if let Some(wanted) = &wanted {
        wanted.alone(&overrides)?;
    }
    let queries = pairs("query", &args.query)?;
    let interrupt = Interrupt::install();
    let begun = Begun::new(&args.output, context)?;

    let service = match &wanted {
        Some(wanted) => Some(wanted.start(&mut scenario, &begun.beside(LOG)?, &interrupt)?),
        None => None,
    };
    let permit = Permit { remote: args.allow_remote, insecure: args.insecure };
    let target = Arc::new(Target::new(&scenario.base_url, scenario.protocol, permit)?);
    let observe = ObserveOptions {
        service_pids: args.pid.map_or_else(|| service.as_ref().map(Service::pids).unwrap_or_default(), |pid| vec![pid]),
        container: args.container.clone(),
        scrape: args
            .scrape
            .clone()
            .or_else(|| (!scenario.scrape.is_empty()).then(|| format!("{}/metrics", target.origin()))),
        samples: scenario.scrape.clone(),
        prometheus: args.prom.clone().map(|url| (url, queries)),
        remote: args.allow_remote,
        ..ObserveOptions::default()
    };
    let finished = send(args, context, scenario, &target, service.as_ref(), &observe, interrupt)?;
    drop(service);
    begun.finish(finished, context)
}

/// Sends the load, and puts together what came of it.
fn send(
    args: &RunArgs,
    context: &Context,
    scenario: Scenario,
    target: &Arc<Target>,
    service: Option<&Service>,
    observe: &ObserveOptions,
    interrupt: Interrupt,
) -> Result<Finished, bench_cli::Error> {
    let data = fixed::data(&scenario, target, &interrupt)?;
    let exchanges = Exchanges::new(&scenario, args.seed, data)?;
    let regions = around::regions(&scenario, target, args.seed)?;
    let targets = match &regions {
        Some(regions) => regions.addresses().map(|(_, proxy)| Arc::new(target.via(proxy))).collect(),
        None => vec![Arc::clone(target)],
    };
    let plan = scenario.clone();
    let threads = usize::from(args.threads);
    let engine = Engine { scenario, exchanges, targets, seed: args.seed, threads, interrupt: interrupt.clone() };
    let mut view = View::new(context, &plan);
    let mut observer = None;
    let (outcome, errors) = std::thread::scope(|scope| -> Result<_, Error> {
        let events = Events::start(scope, &plan, target, service, &interrupt)?;
        let (begins, told) = events;
        let started = |epoch| {
            observer = Some(Observer::start(observe, epoch)?);
            Ok(())
        };
        let outcome = engine.run(begins, started, |glance| view.show(glance))?;
        Ok((outcome, told.join().unwrap_or_default()))
    })?;
    let observed = observer.map(|observer| observer.stop(&outcome.phases)).unwrap_or_default();
    drop(regions);
    view.finish(&outcome);
    let duration = outcome.phases.iter().map(|phase| phase.measured_s.get()).sum();
    let mode = if plan.time_scale < 1.0 { Mode::Quick } else { Mode::Full };
    let mut warnings = around::warnings(&outcome, &observed, target);
    warnings.extend(around::waited(&outcome));
    let load = load(&plan, args.seed, target, outcome, observed);
    Ok(Finished { load, mode, duration: Duration::from_secs_f64(duration), warnings, errors })
}

fn load(plan: &Scenario, seed: u64, target: &Target, outcome: Outcome, observed: Observed) -> Load {
    Load {
        scenario: plan.name.clone(),
        plan_sha256: plan.plan_sha256().ok(),
        engine: EngineName {
            name: ENGINE.into(),
            version: Some(env!("CARGO_PKG_VERSION").into()),
            workers: None,
            times_from_due: true,
        },
        target: Some(target.origin()),
        time_scale: Finite::try_from(plan.time_scale).unwrap_or_default(),
        seed: Some(seed),
        phases: outcome.phases,
        series: outcome.series,
        window_s: Finite::try_from(outcome.window).unwrap_or_default(),
        windows: outcome.windows,
        usage: observed.usage,
        gauges: observed.gauges,
        thresholds: plan.thresholds.clone(),
        engine_thresholds: Vec::new(),
        cut: outcome.cut,
        tick_lag: outcome.tick_lag,
        doubts: Vec::new(),
    }
}

/// A scenario by its path, or by its name in the configuration.
pub(crate) fn find(scenario: &Path, config: &Path) -> PathBuf {
    let named = config.join("scenarios").join(scenario).with_extension("toml");
    let plain = scenario.components().count() == 1 && scenario.extension().is_none();
    if plain && !scenario.is_file() { named } else { scenario.to_path_buf() }
}

/// The parts of `KEY=VALUE`.
pub(crate) fn pairs(flag: &'static str, texts: &[String]) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Error::Flag { flag, reason: format!("`{text}` is not a name, `=`, and a value") });
        };
        if pairs.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(Error::Flag { flag, reason: format!("`{key}` is named twice") });
        }
    }
    Ok(pairs.into_iter().collect())
}
