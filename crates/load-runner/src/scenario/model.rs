//! Phases: how long, and who decides when a request is due. Must not know: what requests are, but for their names and weights.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bench_model::Unit;
use bench_model::unit::nearest;

use super::file::Table;
use super::item::is_label;
use super::read::Layers;
use super::template::Scope;
use super::{Arrivals, Model, Phase, Request, Spacing, Users};
use crate::Error;

const KEYS: [&str; 10] =
    ["at_least", "duration", "iterations", "name", "rate", "spacing", "think_time", "users", "warm_up", "weights"];
/// The longest phase, in ns: a week.
const LONGEST: f64 = 7.0 * 24.0 * 3.6e12;
/// The highest rate, in requests per second.
const FASTEST: f64 = 1e6;
const MOST_USERS: u64 = 100_000;

/// The phases, their lengths scaled; weights are read by [`weights`], once requests are known.
pub(super) fn phases(layers: &Layers<'_>, scope: &Scope<'_>, scale: f64) -> Result<Vec<Phase>, Error> {
    let top = layers.with("phase");
    let mut phases: Vec<Phase> = Vec::new();
    for table in top.tables("phase")? {
        let table = table.only(&KEYS)?;
        let name = table.required_text("name", scope)?;
        if !is_label(&name) {
            return Err(table.refuse("name", "is a name without quotes, commas, colons and braces"));
        }
        if phases.iter().any(|phase| phase.name == name) {
            return Err(table.refuse("name", format!("`{name}` names two phases")));
        }
        let written = table.quantity("duration", Unit::Nanoseconds, scope)?;
        let written = written.ok_or_else(|| table.refuse("duration", "is missing"))?;
        let at_least = table.quantity("at_least", Unit::Nanoseconds, scope)?.unwrap_or(0.0);
        if at_least > written {
            return Err(
                table.refuse("at_least", "is longer than `phase.duration`: it is for runs with a time scale below 1")
            );
        }
        let scaled = (written * scale).max(at_least);
        if !(1e6..=LONGEST).contains(&scaled) {
            return Err(table.refuse("duration", "lies from 1 ms to 7 days, scaled"));
        }
        phases.push(Phase {
            name,
            duration: Duration::from_nanos(scaled.round() as u64),
            at_least: Duration::from_nanos(at_least as u64),
            warm_up: table.flag("warm_up")?,
            model: model(&table, scope)?,
            weights: BTreeMap::new(),
        });
    }
    if phases.iter().all(|phase| phase.warm_up) {
        return Err(top.refuse("phase", "is missing: a scenario has at least one [[phase]] that is no warm-up"));
    }
    Ok(phases)
}

fn model(table: &Table<'_>, scope: &Scope<'_>) -> Result<Model, Error> {
    let (open, closed) = (table.has("rate"), table.has("users"));
    match (open, closed) {
        (true, true) => Err(table.refuse(
            "users",
            "stands beside `rate`: a phase has either, for with a rate a schedule says when requests are due, and users wait for answers",
        )),
        (false, false) => Err(table.refuse_all("this phase has neither `phase.rate` nor `phase.users`")),
        (true, false) => {
            for key in ["think_time", "iterations"] {
                if table.has(key) {
                    return Err(table.refuse(key, "belongs to users; with a rate nobody thinks or counts"));
                }
            }
            arrivals(table, scope).map(Model::Open)
        }
        (false, true) if table.has("spacing") => Err(table.refuse("spacing", "belongs to a rate")),
        (false, true) => users(table, scope).map(Model::Closed),
    }
}

fn arrivals(table: &Table<'_>, scope: &Scope<'_>) -> Result<Arrivals, Error> {
    let (from, to) = ends(table, "rate", |table, key| table.quantity(key, Unit::PerSecond, scope))?;
    if from > FASTEST || to > FASTEST || from.max(to) <= 0.0 {
        return Err(table.refuse("rate", "lies above 0 and up to 1,000,000 req/s"));
    }
    let spacing = match table.text("spacing", scope)?.as_deref() {
        None | Some("even") => Spacing::Even,
        Some("poisson") => Spacing::Poisson,
        Some(_) => return Err(table.refuse("spacing", "is \"even\" or \"poisson\"")),
    };
    Ok(Arrivals { from, to, spacing })
}

fn users(table: &Table<'_>, scope: &Scope<'_>) -> Result<Users, Error> {
    let (from, to) = ends(table, "users", |table, key| table.whole(key, scope))?;
    if from > MOST_USERS || to > MOST_USERS || from.max(to) == 0 {
        return Err(table.refuse("users", "lies from 1 to 100,000"));
    }
    let think_time = match table.has("think_time") {
        false => (0.0, 0.0),
        true => ends(table, "think_time", |table, key| table.quantity(key, Unit::Nanoseconds, scope))?,
    };
    if think_time.0 > think_time.1 || think_time.1 > 3.6e12 {
        return Err(table.refuse("think_time", "lies up to 1 h, the shorter end first"));
    }
    let iterations = table.whole("iterations", scope)?;
    if iterations == Some(0) {
        return Err(table.refuse("iterations", "lies above 0"));
    }
    let duration = |nanoseconds: f64| Duration::from_nanos(nanoseconds as u64);
    Ok(Users {
        from: u32::try_from(from).unwrap_or(u32::MAX),
        to: u32::try_from(to).unwrap_or(u32::MAX),
        think_time: (duration(think_time.0), duration(think_time.1)),
        iterations,
    })
}

/// One value for both ends, or `{ from = …, to = … }`.
fn ends<T: Copy>(
    table: &Table<'_>,
    key: &str,
    read: impl Fn(&Table<'_>, &str) -> Result<Option<T>, Error>,
) -> Result<(T, T), Error> {
    let node = table.get(key).ok_or_else(|| table.refuse(key, "is missing"))?;
    let Some(both) = node.table(&format!("phase.{key}.")) else {
        let value = read(table, key)?.ok_or_else(|| table.refuse(key, "is missing"))?;
        return Ok((value, value));
    };
    let both = both.only(&["from", "to"])?;
    let end = |key| read(&both, key)?.ok_or_else(|| both.refuse(key, "is missing"));
    Ok((end("from")?, end("to")?))
}

/// Puts each phase's own weights in, and refuses a phase in which nothing would be sent.
pub(super) fn weights(
    layers: &Layers<'_>,
    scope: &Scope<'_>,
    phases: &mut [Phase],
    requests: &[Request],
) -> Result<(), Error> {
    let names: BTreeSet<&str> = requests.iter().map(|request| request.name.as_str()).collect();
    for (phase, table) in phases.iter_mut().zip(layers.with("phase").tables("phase")?) {
        if let Some(weights) = table.table("weights")? {
            for (name, node) in weights.entries() {
                if !names.contains(name) {
                    let near = nearest(name, names.iter().copied()).map(|near| format!("; did you mean `{near}`"));
                    return Err(weights.refuse(name, format!("is no request{}", near.unwrap_or_default())));
                }
                let weight = node.number(scope).map_err(|reason| weights.refuse(name, reason))?;
                if weight < 0.0 {
                    return Err(weights.refuse(name, "lies from 0 on"));
                }
                phase.weights.insert(name.to_owned(), weight);
            }
        }
        if requests.iter().all(|request| phase.weight(request) <= 0.0) {
            return Err(table.refuse_all(format!("in phase `{}` every request has the weight 0", phase.name)));
        }
    }
    Ok(())
}

impl Phase {
    /// How often a request is drawn in this phase, relative to the others.
    pub fn weight(&self, request: &Request) -> f64 {
        self.weights.get(&request.name).copied().unwrap_or(request.weight)
    }

    /// The share of a request among those drawn in this phase, 0 to 1.
    pub fn share(&self, request: &Request, all: &[Request]) -> f64 {
        let total: f64 = all.iter().map(|request| self.weight(request)).sum();
        if total > 0.0 { self.weight(request) / total } else { 0.0 }
    }
}
