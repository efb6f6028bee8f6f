//! The built-in engine: sends a scenario's requests when they are due, and counts what comes back.
//!
//! One absolute clock for all phases; every latency counts from the moment a request was due, whatever kept it from being sent. Each
//! thread has a runtime, connections and counts of its own; counts are added up at the end.
//! Owns: schedules, the pacer, connections, histograms, windows. Must not know: files, command lines, judging.

mod account;
mod call;
mod collect;
mod counts;
mod course;
mod fault;
mod lane;
mod pacer;
mod pool;
mod random;
mod recorder;
mod schedule;
mod send;
mod shard;
mod stream;
mod target;
#[cfg(test)]
mod tests;
mod tls;
mod users;
mod windows;

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use bench_model::load::{Buckets, Cut, LoadModel, LoadPhase, Series, Window};
use bench_model::{Finite, words};

pub(crate) use call::call;
pub(crate) use collect::Figures;
pub(crate) use course::Begins;
pub(crate) use pacer::Clock;
pub(crate) use recorder::Totals;
pub(crate) use target::{Permit, Target, is_loopback};

use crate::Error;
use crate::exchange::Exchanges;
use crate::scenario::{Model, Phase, Scenario, Spacing};
use collect::Collector;
use course::Course;
use recorder::{Recorder, Shape};
use shard::Shard;

/// Threads start within this; the first phase begins then.
const LEAD: Duration = Duration::from_millis(100);
/// How often the caller is told how far the run is.
const TICK: Duration = Duration::from_millis(100);

/// A run, ready to begin.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) scenario: Scenario,
    pub(crate) exchanges: Exchanges,
    /// Where each region's requests go; one without regions.
    pub(crate) targets: Vec<Arc<Target>>,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) interrupt: Interrupt,
}

/// What came out of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Phases that began.
    pub(crate) phases: Vec<LoadPhase>,
    pub(crate) series: Vec<Series>,
    /// In seconds.
    pub(crate) window: f64,
    pub(crate) windows: Vec<Window>,
    /// How late the pacer was, warm-ups left out.
    pub(crate) tick_lag: Option<Buckets>,
    pub(crate) totals: Totals,
    pub(crate) cut: Option<Cut>,
}

/// How far a run is.
#[derive(Debug, Clone)]
pub(crate) struct Glance {
    /// Since the first phase began.
    pub(crate) elapsed: Duration,
    /// The phase that lasts, by its place in the scenario.
    pub(crate) phase: Option<usize>,
    pub(crate) totals: Totals,
    /// The last window whose requests have all ended, all regions together.
    pub(crate) latest: Option<Figures>,
}

impl Engine {
    fn shape(&self) -> Shape {
        let Scenario { phases, requests, .. } = &self.scenario;
        Shape { phases: phases.len(), requests: requests.len(), regions: self.targets.len().max(1) }
    }

    /// The length of a window, in ns: a second, or less where a phase has only a few, or more where the run has very many.
    fn window(&self) -> u64 {
        let phases = || self.scenario.phases.iter().map(|phase| phase.duration);
        let (all, shortest) = (phases().sum::<Duration>(), phases().min().unwrap_or_default());
        match (all > Duration::from_secs(7_200), shortest < Duration::from_secs(5)) {
            (true, _) => 10_000_000_000,
            (false, true) => 100_000_000,
            (false, false) => 1_000_000_000,
        }
    }

    /// Runs all phases. `begins` is called on the sending thread when a phase begins; `started` once with the clock, before the first;
    /// `watch` now and then.
    ///
    /// # Errors
    /// The system has no thread, timer or descriptor left.
    pub(crate) fn run(
        self,
        begins: Begins,
        started: impl FnOnce(Instant) -> Result<(), Error>,
        mut watch: impl FnMut(&Glance),
    ) -> Result<Outcome, Error> {
        permitted(&self.scenario, self.threads)?;
        let engine = Arc::new(self);
        let window = engine.window();
        let course = Arc::new(Course::new(&engine.scenario.phases, begins));
        let clock = Clock::starting_in(LEAD);
        started(clock.epoch())?;
        let threads = engine.threads.max(1);
        let shards: Vec<_> = (0..threads).map(|index| Arc::new(Shard::new(&engine, clock, index, window))).collect();
        let (ended, results) = channel();
        let (mut running, mut failed) = (Vec::new(), None);
        for shard in &shards {
            let (shard, course, ended) = (Arc::clone(shard), Arc::clone(&course), ended.clone());
            let body = move || drop(ended.send(drive(&shard, &course)));
            match thread::Builder::new().name("load".into()).spawn(body) {
                Ok(thread) => running.push(thread),
                Err(error) => {
                    engine.interrupt.set();
                    failed = Some(error);
                    break;
                }
            }
        }
        drop(ended);

        let mut collector = Collector::new(threads, window);
        let mut left = running.len();
        while left > 0 {
            match results.recv_timeout(TICK) {
                Ok(Ok(())) => left -= 1,
                Ok(Err(error)) => {
                    // Half a load is none.
                    engine.interrupt.set();
                    failed = Some(error);
                    left -= 1;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    engine.interrupt.set();
                    failed = Some(std::io::Error::other("a thread ended early"));
                    left = 0;
                }
                Err(RecvTimeoutError::Timeout) => watch(&look(&engine, &shards, &course, &mut collector, clock)),
            }
        }
        // What they share is free when they are gone, and none sends load after this returned.
        running.into_iter().for_each(|thread| drop(thread.join()));
        if let Some(error) = failed {
            return Err(no_room(error));
        }
        let last = look(&engine, &shards, &course, &mut collector, clock);
        watch(&last);
        let mut recorders = Vec::new();
        for shard in shards {
            collector.take(shard.recorder().close_windows(clock.now(), true));
            recorders.extend(Arc::into_inner(shard).map(Shard::into_recorder));
        }
        Ok(engine.outcome(recorders, collector, &course, last.totals, window))
    }

    fn outcome(
        &self,
        recorders: Vec<Recorder>,
        collector: Collector,
        course: &Course,
        totals: Totals,
        window: u64,
    ) -> Outcome {
        let Scenario { phases, requests, regions, .. } = &self.scenario;
        let lasted = &course.phases();
        let mut users = Vec::new();
        let mut accounts = recorder::Accounts::new();
        let mut ticks = counts::Counts::default();
        for recorder in recorders {
            let (theirs, late, went) = recorder.into_parts();
            ticks.add(&late);
            users.extend(went);
            accounts.resize_with(theirs.len().max(accounts.len()), || None);
            for (mine, theirs) in accounts.iter_mut().zip(theirs) {
                match (mine, theirs) {
                    (Some(mine), Some(theirs)) => mine.merge(*theirs),
                    (mine @ None, theirs) => *mine = theirs,
                    (Some(_), None) => {}
                }
            }
        }
        let mut series = Vec::new();
        let mut offered = vec![0; phases.len()];
        for (place, account) in self.shape().places().zip(&accounts) {
            let (Some(phase), Some(request), Some(account)) =
                (phases.get(place.phase), requests.get(place.request), account)
            else {
                continue;
            };
            if let Some(offered) = offered.get_mut(place.phase) {
                *offered += account.offered;
            }
            let mut tags = request.tags.clone();
            tags.extend(regions.get(place.region).map(|region| ("region".to_owned(), region.name.clone())));
            let checks: Vec<_> = request.checks.iter().map(|check| check.name.clone()).collect();
            series.push(account.series(&request.name, &phase.name, tags, &checks, is_open(phase)));
        }
        let now = lasted.last().and_then(|last| last.end).unwrap_or_default();
        let cut = course.is_cut().then(|| Cut { at_s: seconds(now), reason: "it was interrupted".into() });
        let record = |((phase, lasted), offered): ((&Phase, &course::Lasted), u64)| LoadPhase {
            name: phase.name.clone(),
            start_s: seconds(lasted.start),
            planned_s: Some(seconds(shard::nanos(phase.duration))),
            measured_s: seconds(lasted.end.unwrap_or(now).saturating_sub(lasted.start)),
            model: model(phase),
            warm_up: phase.warm_up,
            offered: is_open(phase).then_some(offered),
        };
        Outcome {
            phases: phases.iter().zip(lasted).zip(offered).map(record).collect(),
            series,
            window: window as f64 / 1e9,
            windows: collector.windows(&self.scenario, lasted, users),
            tick_lag: ticks.record_of(),
            totals,
            cut,
        }
    }
}

/// Whether the scenario has a connection for every thread in every region.
///
/// # Errors
/// It has fewer.
pub(crate) fn permitted(scenario: &Scenario, threads: usize) -> Result<(), Error> {
    let (threads, regions) = (threads.max(1), scenario.regions.len().max(1));
    if scenario.connections as usize >= threads * regions {
        return Ok(());
    }
    let [connections, threads, regions] = [
        words::count(scenario.connections, "connection", "connections"),
        words::count(threads as u64, "thread", "threads"),
        words::count(regions as u64, "region", "regions"),
    ];
    let reason = format!("{connections} cannot be shared by {threads} in {regions}: each needs one of its own");
    Err(Error::Flag { flag: "threads", reason })
}

/// One thread, with a runtime of its own.
fn drive(shard: &Arc<Shard>, course: &Course) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(shard.run(course))
}

fn look(engine: &Engine, shards: &[Arc<Shard>], course: &Course, collector: &mut Collector, clock: Clock) -> Glance {
    let now = clock.now();
    let mut totals = Totals::default();
    for shard in shards {
        let mut recorder = shard.recorder();
        totals = totals.and(recorder.totals());
        let closed = recorder.close_windows(now, false);
        drop(recorder);
        collector.take(closed);
    }
    let began = course.phases().len();
    Glance {
        elapsed: Duration::from_nanos(now),
        phase: began.checked_sub(1).filter(|phase| *phase < engine.scenario.phases.len()),
        totals,
        latest: collector.latest(),
    }
}

fn is_open(phase: &Phase) -> bool {
    match phase.model {
        Model::Open(_) => true,
        Model::Closed(_) => false,
    }
}

fn model(phase: &Phase) -> LoadModel {
    match phase.model {
        Model::Open(arrivals) => LoadModel::Open {
            from: Finite::try_from(arrivals.from).unwrap_or_default(),
            to: Finite::try_from(arrivals.to).unwrap_or_default(),
            poisson: arrivals.spacing == Spacing::Poisson,
        },
        Model::Closed(users) => LoadModel::Closed { from: users.from, to: users.to },
    }
}

fn seconds(nanos: u64) -> Finite {
    Finite::try_from(nanos as f64 / 1e9).unwrap_or_default()
}

fn no_room(error: std::io::Error) -> Error {
    Error::Load {
        what: format!("load could not be sent: {error}"),
        hint: "permit more open files and threads (ulimit), or ask for fewer connections".into(),
    }
}
