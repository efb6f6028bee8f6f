//! What is varied, over which sizes, and what a size makes of a scenario. Must not know: how a size is measured.

use std::time::Duration;

use bench_model::scale::Axis;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Error;
use crate::scenario::{Model, Phase, Scenario, Users};
use crate::service::Copies;

/// All axes, as flags name them.
pub(super) const AXES: [Axis; 4] = [Axis::Processes, Axis::Threads, Axis::Pool, Axis::Connections];
/// The most sizes of a run.
const MOST_SIZES: usize = 64;
/// The most processes and threads.
const MOST_WORKERS: u32 = 256;
/// The most connections of a pool.
const MOST_POOLED: u32 = 10_000;
/// The most connections of the load.
const MOST_CONNECTIONS: u32 = 100_000;
/// Descriptors that this program needs beside one for each connection.
const DESCRIPTORS: u64 = 64;
/// The longest run of all points' phases.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Sizes of one axis, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) axis: Axis,
    pub(super) at: Vec<u32>,
}

impl Sizes {
    /// # Errors
    /// [`Error::Flag`] for sizes that are too many, too large, or named twice.
    pub(super) fn new(axis: Axis, at: &[u32]) -> Result<Self, Error> {
        let refuse = |reason: String| Err(Error::Flag { flag: "at", reason });
        let most = match axis {
            Axis::Processes | Axis::Threads => MOST_WORKERS,
            Axis::Pool => MOST_POOLED,
            Axis::Connections => MOST_CONNECTIONS,
        };
        let mut sorted = at.to_vec();
        sorted.sort_unstable();
        if sorted.is_empty() || sorted.len() > MOST_SIZES {
            return refuse(format!("1 to {MOST_SIZES} sizes, such as 1,2,3,5,10"));
        }
        if let Some(wrong) = sorted.iter().find(|size| !(1..=most).contains(*size)) {
            return refuse(format!("{wrong} {axis} cannot be: a size lies from 1 to {most}"));
        }
        if let Some(both) = sorted.windows(2).find(|both| both.first() == both.last()) {
            return refuse(format!(
                "{} stands twice: --repeats says how often each is measured",
                both.first().unwrap_or(&0)
            ));
        }
        Ok(Self { axis, at: sorted })
    }

    /// Sees to it that this process may open as many connections as the largest size has, and the service, which inherits it, take
    /// them: where the limit on open files is less it is raised, as far as the shell permits.
    ///
    /// # Errors
    /// [`Error::Load`] with the limit that is in the way.
    pub(super) fn fit_descriptors(&self) -> Result<(), Error> {
        let most = match self.axis {
            Axis::Connections => self.at.last().copied().unwrap_or_default(),
            Axis::Processes | Axis::Threads | Axis::Pool => return Ok(()),
        };
        let needed = u64::from(most) + DESCRIPTORS;
        let limits = getrlimit(Resource::Nofile);
        if limits.current.is_none_or(|limit| limit >= needed) {
            return Ok(());
        }
        setrlimit(Resource::Nofile, Rlimit { current: Some(needed), ..limits }).map_err(|_| Error::Load {
            what: format!(
                "{most} connections need {needed} open files, and at most {} are permitted",
                limits.maximum.map_or_else(|| "so many".to_owned(), |most| most.to_string())
            ),
            hint: "permit more in this shell (ulimit -H -n), or leave out the largest sizes".into(),
        })
    }

    /// The sizes as they are said, such as `1, 2, 3`.
    pub(super) fn text(&self) -> String {
        self.at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// Refuses a scenario whose throughput would say nothing of sizes: what follows a schedule, thinks, changes while it is measured, or has
/// no warm-up.
///
/// # Errors
/// [`Error::Flag`] with what is in the way.
pub(super) fn check(scenario: &Scenario, points: usize) -> Result<(), Error> {
    let refuse =
        |reason: String| Err(Error::Flag { flag: "scenario", reason: format!("`{}` {reason}", scenario.name) });
    let counted = scenario.phases.iter().filter(|phase| !phase.warm_up).count();
    if counted != 1 || scenario.phases.len() < 2 || scenario.phases.last().is_none_or(|phase| phase.warm_up) {
        return refuse("has not a warm-up and then one phase that is measured: scale-trust has".into());
    }
    if !scenario.regions.is_empty() || !scenario.events.is_empty() || scenario.service.dependency {
        return refuse("has regions, events or a dependency, which would be measured instead of the size".into());
    }
    for phase in &scenario.phases {
        let why = match &phase.model {
            Model::Open(_) => "sends at a rate, which would be all that is measured",
            Model::Closed(users) if users.from != users.to => "has a changing number of users",
            Model::Closed(users) if !users.think_time.1.is_zero() => {
                "has users that think, which holds throughput back"
            }
            Model::Closed(users) if users.iterations.is_some() => "ends after some iterations",
            Model::Closed(_) => continue,
        };
        return refuse(format!(
            "in phase `{}` {why}: sizes are compared by users who send as fast as they are answered",
            phase.name
        ));
    }
    match length(scenario).checked_mul(u32::try_from(points).unwrap_or(u32::MAX)) {
        Some(all) if all <= LONGEST => Ok(()),
        Some(_) | None => {
            refuse("would take more than 24 hours: ask for fewer sizes, fewer repeats, or a shorter time scale".into())
        }
    }
}

/// Refuses a size whose users would wait for each other's connections.
///
/// # Errors
/// [`Error::Flag`] with both numbers.
pub(super) fn check_connections(scenario: &Scenario) -> Result<(), Error> {
    let users = scenario.phases.iter().map(|phase| match phase.model {
        Model::Closed(users) => users.to,
        Model::Open(_) => 0,
    });
    let (users, connections) = (users.max().unwrap_or_default(), scenario.connections);
    if users <= connections {
        return Ok(());
    }
    let reason =
        format!("`{}` has {users} users and {connections} connections: they would wait for each other", scenario.name);
    Err(Error::Flag { flag: "scenario", reason })
}

/// How long the load of one point takes.
pub(super) fn length(scenario: &Scenario) -> Duration {
    scenario.phases.iter().map(|phase| phase.duration).sum()
}

/// Whether the service is told of a database, in the scenario or in its environment.
pub(super) fn has_database(scenario: &Scenario, variable: Option<&str>) -> bool {
    variable.is_some_and(|url| !url.is_empty())
        || scenario.service.args.iter().any(|arg| arg.starts_with("--database-url"))
}

/// The scenario of a size, and how many processes the service then is.
///
/// A process among several has one thread, unless the scenario says otherwise: a size is then so many workers, as with instances that
/// have a processor each.
pub(super) fn sized(scenario: &Scenario, axis: Axis, at: u32) -> (Scenario, Copies) {
    let mut scenario = scenario.clone();
    let args = &mut scenario.service.args;
    let copies = match axis {
        Axis::Processes => {
            if !args.iter().any(|arg| arg.starts_with("--threads")) {
                args.extend(["--threads".to_owned(), "1".to_owned()]);
            }
            Copies::Sharing(at)
        }
        Axis::Threads => {
            args.extend(["--threads".to_owned(), at.to_string()]);
            Copies::Alone
        }
        Axis::Pool => {
            args.extend(["--pool".to_owned(), at.to_string()]);
            Copies::Alone
        }
        Axis::Connections => {
            scenario.connections = at;
            scenario.phases.iter_mut().for_each(|phase| with_users(phase, at));
            Copies::Alone
        }
    };
    (scenario, copies)
}

fn with_users(phase: &mut Phase, at: u32) {
    match &mut phase.model {
        Model::Closed(users) => *users = Users { from: at, to: at, ..*users },
        // Refused before.
        Model::Open(_) => {}
    }
}

#[cfg(test)]
mod tests;
