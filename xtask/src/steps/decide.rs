//! `cargo xtask decide`: what a comparison that is still running needs. bench-runner asks through it, and knows no other stage.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use super::Steps;
use crate::chain::Stages;
use crate::process::{Failed, captured, status};

/// Judge a comparison that is still running, and say what it needs (bench-runner calls this)
#[derive(Args)]
pub(crate) struct Decide {
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The folder with run.json and base.run.json
    folder: PathBuf,
}

/// `cargo xtask decide`: the stages are built already.
pub(crate) fn decide(options: &Decide) -> Result<u8, Failed> {
    let steps = Steps { stages: Stages::built(), project: options.project.clone(), config: options.config.clone() };
    let run = options.folder.join("run.json");
    steps.clear(&run);
    let recorded = steps.record_all(&run)?;
    let (judged, _) = captured(&mut steps.judge(&run))?;
    if judged == 2 {
        return Ok(2);
    }
    let mut next = steps.stages.stage("slo-validator", &["next", "--format", "human"]);
    let next = status(next.arg(run.with_file_name("verdict.json")))?;
    // What a report says about itself, such as a benchmark that failed, is for the end.
    Ok(if recorded == 2 && next != 0 { 2 } else { next })
}

impl Steps {
    /// Lets bench-runner ask this program what a comparison still needs.
    pub(crate) fn decide_with_this_program(&self, measure: &mut Command) -> Result<(), Failed> {
        let program = std::env::current_exe().map_err(|error| Failed {
            code: "CBKB107",
            what: format!("cannot find this program itself: {error}"),
            next: "call it by its path",
        })?;
        measure.arg("--decide").arg(program);
        let mut arguments = vec!["decide".into(), "--project".into(), self.project.clone().into_os_string()];
        if let Some(config) = &self.config {
            arguments.extend(["--config".into(), config.clone().into_os_string()]);
        }
        for argument in arguments {
            let mut flag = std::ffi::OsString::from("--decide-arg=");
            flag.push(argument);
            measure.arg(flag);
        }
        Ok(())
    }
}
