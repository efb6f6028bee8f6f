//! The steps between a measurement and its verdict, and the files between them. Must not know: who asks for them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::chain::{Stages, root};
use crate::process::{Failed, captured, interrupted, say, status};

/// What every step needs.
pub(crate) struct Steps {
    pub(crate) stages: Stages,
    pub(crate) project: PathBuf,
    pub(crate) config: Option<PathBuf>,
}

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
    /// Names project and configuration.
    pub(crate) fn shared(&self, command: &mut Command) {
        command.arg("--project").arg(&self.project);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
    }

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

    /// Takes away what an earlier run made in the same folder: nothing of it may pass for evidence of this one.
    pub(crate) fn clear(&self, run: &Path) {
        for name in ["perf.json", AGAINST, CONFIRM, CONFIRM_AGAINST, "baseline.json", "verdict.json", "report.html"] {
            drop(std::fs::remove_file(run.with_file_name(name)));
        }
    }

    /// One run.json to its perf.json.
    pub(crate) fn record(&self, run: &Path, perf: &Path) -> Result<u8, Failed> {
        let mut record = self.stages.stage("json-processor", &["report"]);
        self.shared(record.arg(run).arg("--out").arg(perf).stdout(Stdio::null()));
        status(&mut record)
    }

    /// Every run beside `run`: the run itself, the base that it was measured in turns with, and the second pass of both.
    pub(crate) fn record_all(&self, run: &Path) -> Result<u8, Failed> {
        let mut exits = vec![self.record(run, &run.with_file_name("perf.json"))?];
        for (from, to) in
            [("base.run.json", AGAINST), ("confirm.run.json", CONFIRM), ("confirm.base.run.json", CONFIRM_AGAINST)]
        {
            let from = run.with_file_name(from);
            if from.is_file() {
                exits.push(self.record(&from, &run.with_file_name(to))?);
            }
        }
        Ok(worst(&exits))
    }

    /// The command that judges what lies beside `run`, into verdict.json.
    pub(crate) fn judge(&self, run: &Path) -> Command {
        let file = |name: &str| run.with_file_name(name);
        let mut judge = self.stages.stage("slo-validator", &["judge"]);
        self.shared(judge.arg(file("perf.json")).arg("--out").arg(file("verdict.json")));
        let evidence = [
            ("--baseline", "baseline.json"),
            ("--against", AGAINST),
            ("--confirm", CONFIRM),
            ("--confirm-against", CONFIRM_AGAINST),
        ];
        for (flag, name) in evidence {
            // What lies beside the run decides, and no variable that was meant for another stage's flag of that name.
            judge.env_remove(format!("PERFLEDGER_{}", flag.trim_start_matches('-').replace('-', "_").to_uppercase()));
            if file(name).is_file() {
                judge.arg(flag).arg(file(name));
            }
        }
        judge
    }

    /// Looks up what the run beside this path is held against.
    pub(crate) fn baseline(&self, run: &Path, ledger: Option<&str>) -> Result<u8, Failed> {
        let mut baseline = self.stages.stage("baseline-manager", &["baseline"]);
        baseline.arg("--for").arg(run.with_file_name("perf.json"));
        baseline.arg("--out").arg(run.with_file_name("baseline.json"));
        self.with_ledger(&mut baseline, ledger);
        status(&mut baseline)
    }

    /// Appends the run to the ledger, unless somebody ended it. The ledger's head stands beside the exit.
    pub(crate) fn keep(&self, run: &Path, ledger: Option<&str>) -> Result<(u8, String), Failed> {
        if interrupted() {
            say("interrupted: what was measured is judged, but not kept in the ledger");
            return Ok((2, String::new()));
        }
        let mut append = self.stages.stage("baseline-manager", &["append", "--format", "human"]);
        append.arg("--perf").arg(run.with_file_name("perf.json"));
        append.arg("--verdict").arg(run.with_file_name("verdict.json"));
        self.with_ledger(&mut append, ledger);
        captured(&mut append)
    }

    fn with_ledger(&self, command: &mut Command, ledger: Option<&str>) {
        self.shared(command);
        if let Some(ledger) = ledger {
            command.args(["--ledger", ledger]);
        }
    }

    /// The page of a run, with the ledger's head behind it when there is one.
    pub(crate) fn page(&self, run: &Path, head: &str) -> Result<u8, Failed> {
        let mut page = self.stages.stage("audit-generator", &["report", "--quiet"]);
        if let Some(folder) = run.parent() {
            page.arg(folder);
        }
        if !head.is_empty() {
            page.args(["--ledger-head", head]);
        }
        status(page.stdout(Stdio::null()))
    }

    /// What other programs read of a load run: results_summary.json, Prometheus text, histograms, plots.
    pub(crate) fn artifacts(&self, run: &Path) -> Result<u8, Failed> {
        let mut artifacts = self.stages.stage("audit-generator", &["artifacts", "--quiet"]);
        self.shared(&mut artifacts);
        if let Some(folder) = run.parent() {
            artifacts.arg(folder);
        }
        status(artifacts.stdout(Stdio::null()))
    }

    /// The benchmarks whose change, in the verdict beside `run`, a second pass should confirm.
    pub(crate) fn unconfirmed(&self, run: &Path) -> Result<Vec<String>, Failed> {
        let mut next = self.stages.stage("slo-validator", &["next", "--format", "human"]);
        let (exit, lines) = captured(next.arg(run.with_file_name("verdict.json")))?;
        Ok(if exit == 0 { unconfirmed(&lines) } else { Vec::new() })
    }
}

const AGAINST: &str = "base.perf.json";
const CONFIRM: &str = "confirm.perf.json";
const CONFIRM_AGAINST: &str = "confirm.base.perf.json";

/// The names behind the word `confirm`.
fn unconfirmed(lines: &str) -> Vec<String> {
    lines.lines().filter_map(|line| line.strip_prefix("confirm ")).map(str::to_owned).collect()
}

/// The exit of several stages together: could not (2), no (1), undecided (3), done (0).
pub(crate) fn worst(exits: &[u8]) -> u8 {
    [2, 1, 3].into_iter().find(|exit| exits.contains(exit)).unwrap_or(0)
}

/// A path as seen from the current folder, where it lies below it.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// Lets a stage whose output is captured first print as it would print to this terminal.
pub(crate) fn on_this_terminal(stage: &mut Command) {
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout()) {
        stage.env("COLUMNS", size.ws_col.to_string());
        if std::env::var_os("NO_COLOR").is_none() && std::env::var_os("PERFLEDGER_COLOR").is_none() {
            stage.args(["--color", "always"]);
        }
    }
}

/// The project to measure, as flags and variables name it.
pub(crate) fn project(named: Option<&PathBuf>) -> PathBuf {
    named.cloned().unwrap_or_else(root)
}

#[cfg(test)]
mod tests {
    use super::{unconfirmed, worst};

    #[test]
    fn a_stage_that_could_not_work_outranks_a_no_and_a_no_outranks_undecided() {
        assert_eq!(worst(&[0, 0]), 0);
        assert_eq!(worst(&[0, 3]), 3);
        assert_eq!(worst(&[3, 1, 0]), 1);
        assert_eq!(worst(&[1, 2, 3]), 2);
    }

    #[test]
    fn names_with_blanks_are_read_whole() {
        let lines = "more a/b/c d\nconfirm x/y/z | 1\nconfirmed no\n";
        assert_eq!(unconfirmed(lines), ["x/y/z | 1"]);
    }
}
