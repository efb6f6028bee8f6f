//! What a scenario becomes for an engine that runs scripts: one plan as JSON that the script of every engine reads, the literals that
//! it is written in, and the Kubernetes manifests around it. Must not know: Locust, k6, or how either is run.

mod args;
mod hide;
mod literal;
mod manifest;
mod plan;
mod process;

pub(crate) use args::ScriptArgs;
pub(crate) use hide::Hide;
pub(crate) use literal::{javascript, python};
pub(crate) use manifest::{config_map, labels, name, resources, secrets, write as write_manifests};
pub(crate) use plan::{Script, environment, lanes, origin};
pub(crate) use process::{Lines, Process, without_settings};
