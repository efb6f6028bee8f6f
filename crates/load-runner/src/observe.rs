//! What the service, the generator and the machine used while load ran, and what the service said about itself. Readings are taken by
//! threads of their own, which block: the engine's runtime is not disturbed.
//!
//! Owns: `/proc`, control groups, Prometheus' text and queries, `Server-Timing`. Must not know: load, thresholds, files.

mod container;
mod exposition;
pub(crate) mod fetch;
mod gauges;
mod grown;
mod labelled;
mod proc;
mod process;
mod prometheus;
mod reading;
mod sampler;
mod scraped;
mod selector;
pub(crate) mod server_timing;
mod settle;
mod watch;

use std::path::Path;
use std::time::{Duration, Instant};

use bench_host::Root;
use bench_model::load::{Gauge, LoadPhase, Usage};

use crate::Error;
use crate::scenario::Scrape;
use container::Container;
use gauges::{Queries, Scrapes};
use process::Tree;
use sampler::{Sampler, Service};
use watch::Watch;

pub(crate) use settle::settle;

/// How long a scrape or a query may take.
const ANSWER: Duration = Duration::from_secs(5);

/// What is watched.
#[derive(Debug, Clone)]
pub(crate) struct ObserveOptions {
    /// The service's processes; their descendants count with them. Not together with `container`.
    pub(crate) service_pids: Vec<u32>,
    /// The service's container, by its id or the first characters of it.
    pub(crate) container: Option<String>,
    /// The address of the service's metrics in Prometheus' text format.
    pub(crate) scrape: Option<String>,
    /// Which of them become gauges.
    pub(crate) samples: Vec<Scrape>,
    /// The address of a Prometheus server, and queries: the name of the gauge, and the expression.
    pub(crate) prometheus: Option<(String, Vec<(String, String)>)>,
    /// Metrics and Prometheus may be on other machines.
    pub(crate) remote: bool,
    /// The pause between readings.
    pub(crate) interval: Duration,
}

impl Default for ObserveOptions {
    fn default() -> Self {
        Self {
            service_pids: Vec::new(),
            container: None,
            scrape: None,
            samples: Vec::new(),
            prometheus: None,
            remote: false,
            interval: Duration::from_secs(1),
        }
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// Readings in order of time.
    pub(crate) usage: Vec<Usage>,
    /// Gauges that had at least one value, in the order asked for.
    pub(crate) gauges: Vec<Gauge>,
    /// What could not be read, each in a sentence.
    pub(crate) warnings: Vec<String>,
}

/// Threads that watch until they are stopped, or dropped.
#[derive(Debug)]
pub(crate) struct Observer {
    usage: Watch<(Sampler, Vec<Usage>)>,
    scrapes: Option<Watch<Scrapes>>,
    queries: Option<Watch<Queries>>,
}

impl Observer {
    /// Begins to watch. Times are told from `epoch`, the beginning of the first phase; what is seen before it has negative ones.
    ///
    /// # Errors
    /// Something asked for cannot be watched at all: no such process or container, an address or a selector that cannot be read.
    pub(crate) fn start(options: &ObserveOptions, epoch: Instant) -> Result<Self, Error> {
        let root = Root::new(Path::new("/"));
        let service = service(&root, options)?;
        let scrapes = match &options.scrape {
            Some(address) => Some(Scrapes::new(address, options.remote, &options.samples, ANSWER)?),
            None => None,
        };
        let queries = match &options.prometheus {
            Some((base, queries)) => Some(Queries::new(base, options.remote, queries, ANSWER)?),
            None => None,
        };
        let no_thread = |error: std::io::Error| Error::Load {
            what: format!("no thread could be started to watch the service: {error}"),
            hint: "end other programs, or raise the limit on processes".into(),
        };
        let (interval, sampler) = (options.interval, Sampler::new(root, service, std::process::id()));
        let sample = |(sampler, usage): &mut (Sampler, Vec<Usage>), at| usage.extend(sampler.sample(at));
        let usage = Watch::start("usage", interval, epoch, (sampler, Vec::new()), sample).map_err(no_thread)?;
        let scrapes = scrapes.map(|scrapes| Watch::start("scrape", interval, epoch, scrapes, Scrapes::look));
        let queries = queries.map(|queries| Watch::start("queries", interval, epoch, queries, Queries::look));
        Ok(Self {
            usage,
            scrapes: scrapes.transpose().map_err(no_thread)?,
            queries: queries.transpose().map_err(no_thread)?,
        })
    }

    /// Takes a last reading and ends. Waits for answers under way, 20 s at most. The phases that were sent tell what was measured.
    pub(crate) fn stop(self, phases: &[LoadPhase]) -> Observed {
        self.usage.ask();
        let _ = self.scrapes.as_ref().map(Watch::ask);
        let _ = self.queries.as_ref().map(Watch::ask);
        let mut seen = Observed::default();
        let failed = |what: &str| format!("{what} could not be watched: the thread that did failed");
        match self.usage.end() {
            Some((_, usage)) => seen.usage = usage,
            None => seen.warnings.push(failed("usage")),
        }
        match self.scrapes.map(Watch::end) {
            Some(Some(scrapes)) => scrapes.finish(phases, &mut seen),
            Some(None) => seen.warnings.push(failed("metrics")),
            None => {}
        }
        match self.queries.map(Watch::end) {
            Some(Some(queries)) => queries.finish(&mut seen),
            Some(None) => seen.warnings.push(failed("Prometheus")),
            None => {}
        }
        if seen.usage.iter().any(|usage| usage.restarts.is_some_and(|restarts| restarts > 0)) {
            seen.warnings.push("the service restarted or ended while it was watched".into());
        }
        seen
    }
}

fn service(root: &Root, options: &ObserveOptions) -> Result<Option<Service>, Error> {
    let refuse = |flag: &'static str, reason: String| Error::Flag { flag, reason };
    match (options.service_pids.as_slice(), &options.container) {
        ([], None) => Ok(None),
        ([_, ..], Some(_)) => Err(refuse("container", "a service is a process or a container, not both".into())),
        (pids, None) => match Tree::find(root, pids) {
            Ok(tree) => Ok(Some(Service::Process(tree))),
            Err(pid) => Err(refuse("pid", format!("there is no process {pid}"))),
        },
        ([], Some(id)) => match Container::find(root, id) {
            Ok(container) => Ok(Some(Service::Container(container))),
            Err(error) => Err(refuse("container", format!("`{id}`: {error}"))),
        },
    }
}

#[cfg(test)]
mod tests;
