//! The verbs of the command line.

mod around;
pub(crate) mod import;
pub(crate) mod k6;
pub(crate) mod locust;
pub(crate) mod proxy;
pub(crate) mod run;
pub(crate) mod scale;
