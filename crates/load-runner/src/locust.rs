//! Locust as an engine: a locustfile from the scenario, Locust's own master and workers as processes, and what they counted as a record.
//! Locust exits with 0 when half its workers are gone, so who is there, and how many users, is watched here and in the locustfile.
//! Must not know: how other engines are driven.

mod cluster;
mod drive;
mod file;
mod outcome;
mod record;

pub(crate) use cluster::write;
pub(crate) use drive::{Drive, run};
pub(crate) use file::locustfile;
pub(crate) use outcome::{Outcome, read};
pub(crate) use record::load;
