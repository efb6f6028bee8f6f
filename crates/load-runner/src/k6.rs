//! k6 as an engine: a script from the scenario, a `TestRun` for its Kubernetes operator, and the points of a run as a record.
//! k6's own verdicts stay beside ours. Must not know: how other engines are driven.

mod begun;
mod cluster;
mod drive;
mod options;
mod record;
mod thresholds;

pub(crate) use begun::begun;
pub(crate) use cluster::write;
pub(crate) use drive::{Drive, Ended, run};
pub(crate) use options::k6script;
pub(crate) use record::{load, verdicts};
