//! The flags of every verb that drives a script's engine. Must not know: the engines.

use std::path::{Path, PathBuf};

use bench_cli::Context;
use clap::Args;

use super::plan::{Script, read};
use crate::Error;
use crate::engine::{Permit, Target};
use crate::scenario::Overrides;
use crate::service::{ServiceFlag, Wanted, variable};
use crate::verbs::run::{find, pairs};

/// Which scenario goes where.
#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// A scenario file, or the name of one in the folder scenarios of the configuration
    scenario: PathBuf,
    /// Where requests go, such as http://127.0.0.1:8080 [default: as the scenario says]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    pub(crate) service: ServiceFlag,
    /// Set base_url, timeout, connections or a key of `[variables]`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Multiply the lengths of phases, such as 0.01; rates stay
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    time_scale: f64,
    /// The seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Let load leave this machine
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Write the script and its Kubernetes manifests here, and end
    #[arg(long, value_name = "DIR")]
    pub(crate) write_only: Option<PathBuf>,
}

impl ScriptArgs {
    /// Reads the scenario for an engine.
    ///
    /// # Errors
    /// As [`read`], and when load would leave this machine unasked. What is only written may name any service, and one that is started
    /// is on this machine.
    pub(crate) fn read(
        &self,
        engine: &str,
        wanted: Option<&Wanted<'_>>,
        context: &Context,
        project: &Path,
    ) -> Result<Script, Error> {
        let mut set = pairs("set", &self.set)?;
        if let Some(url) = &self.base_url {
            set.push(("base_url".to_owned(), url.clone()));
        }
        let variable = |name: &str| variable(wanted, name);
        let overrides = Overrides { set, time_scale: self.time_scale, variable: &variable };
        if let Some(wanted) = wanted {
            wanted.alone(&overrides)?;
        }
        let script = read(&find(&self.scenario, &context.config_folder(project)), &overrides, self.seed, engine)?;
        if wanted.is_none() {
            let permit = Permit { remote: self.allow_remote || self.write_only.is_some(), insecure: false };
            Target::new(&script.scenario.base_url, script.scenario.protocol, permit)?;
        }
        Ok(script)
    }
}
