//! The script: the plan with k6's own options as a literal, and the same program for every scenario after it. Each phase is a k6
//! scenario of its own, tagged with the phase. Must not know: how it is run.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::thresholds;
use crate::Error;
use crate::scenario::{Arrivals, Model, Phase, Users};
use crate::script::{Script, javascript, lanes};

const HEAD: &str = "// Written by load-runner from a scenario; change that, not this.\n\
                    import http from 'k6/http';\nimport exec from 'k6/execution';\nimport { Gauge, Rate } from 'k6/metrics';\n\
                    import { check, sleep } from 'k6';\n";
const PROGRAM: &str = include_str!("runtime.js");
/// Rates are whole numbers in k6; a longer unit of time makes them so.
const UNITS_S: [u32; 6] = [1, 10, 60, 100, 1000, 10_000];

/// The text of the script.
///
/// # Errors
/// [`Error::Load`] for a phase that k6 has no executor for.
pub(crate) fn k6script(script: &Script) -> Result<String, Error> {
    let mut scenarios = Map::new();
    let mut start = Duration::ZERO;
    for (index, phase) in script.scenario.phases.iter().enumerate() {
        let mut executor = executor(phase, script.scenario.connections)?;
        executor.insert("startTime".into(), json!(milliseconds(start)));
        executor.insert("gracefulStop".into(), json!(milliseconds(script.scenario.timeout + Duration::from_secs(1))));
        executor.insert("tags".into(), json!({ "phase": phase.name }));
        scenarios.insert(key(index, &phase.name), Value::Object(executor));
        start += phase.duration;
    }
    let mut plan = script.plan.clone();
    if let Value::Object(entries) = &mut plan {
        entries.insert(
            "k6".into(),
            json!({ "scenarios": scenarios, "thresholds": thresholds::options(&script.scenario) }),
        );
    }
    Ok(format!("{HEAD}\nconst PLAN = {};\n{PROGRAM}", javascript(&plan)))
}

/// The name of a phase's k6 scenario: its number, by which script and record know it, and what k6 takes of its name.
fn key(index: usize, phase: &str) -> String {
    let plain: String = phase.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("p{index}_{plain}")
}

/// The number of the phase that a k6 scenario stands for.
pub(super) fn index(key: &str) -> Option<usize> {
    key.strip_prefix('p')?.split_once('_')?.0.parse().ok()
}

fn executor(phase: &Phase, connections: u32) -> Result<Map<String, Value>, Error> {
    let value = match &phase.model {
        Model::Open(arrivals) => open(arrivals, phase.duration, connections),
        Model::Closed(users) => closed(users, phase)?,
    };
    Ok(value.as_object().cloned().unwrap_or_default())
}

fn open(arrivals: &Arrivals, duration: Duration, connections: u32) -> Value {
    let whole = |unit: &&u32| {
        [arrivals.from, arrivals.to].iter().all(|rate| {
            let scaled = rate * f64::from(**unit);
            (scaled - scaled.round()).abs() < 1e-6
        })
    };
    let unit = UNITS_S.iter().find(whole).copied().unwrap_or(1000);
    let rate = |rate: f64| (rate * f64::from(unit)).round() as u64;
    let ready = lanes(arrivals, connections);
    let users = json!({ "timeUnit": format!("{unit}s"), "preAllocatedVUs": ready, "maxVUs": connections.max(ready) });
    let shape = if arrivals.from == arrivals.to {
        json!({ "executor": "constant-arrival-rate", "rate": rate(arrivals.from), "duration": milliseconds(duration) })
    } else {
        let stage = json!({ "target": rate(arrivals.to), "duration": milliseconds(duration) });
        json!({ "executor": "ramping-arrival-rate", "startRate": rate(arrivals.from), "stages": [stage] })
    };
    joined(shape, users)
}

fn closed(users: &Users, phase: &Phase) -> Result<Value, Error> {
    let duration = milliseconds(phase.duration);
    Ok(match users.iterations {
        Some(iterations) if users.from == users.to => {
            let vus = u64::from(users.from).min(iterations).max(1);
            json!({ "executor": "shared-iterations", "vus": vus, "iterations": iterations, "maxDuration": duration })
        }
        Some(_) => {
            return Err(Error::Load {
                what: format!(
                    "k6 cannot run phase `{}`: no executor has both a changing number of users and a number of iterations",
                    phase.name
                ),
                hint: "give the phase one of both, or use `load-runner run`".into(),
            });
        }
        None if users.from == users.to => {
            json!({ "executor": "constant-vus", "vus": users.from, "duration": duration })
        }
        None => {
            let stage = json!({ "target": users.to, "duration": duration });
            json!({ "executor": "ramping-vus", "startVUs": users.from, "stages": [stage] })
        }
    })
}

fn joined(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
