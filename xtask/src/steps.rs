//! The steps from a measurement to the ledger, and the files between them. Must not know: who asks for them.

mod decide;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::chain::{Stages, root};
use crate::process::{Failed, captured, interrupted, say, status};

pub(crate) use decide::{Decide, decide};

/// What every step needs.
pub(crate) struct Steps {
    pub(crate) stages: Stages,
    pub(crate) project: PathBuf,
    pub(crate) config: Option<PathBuf>,
}

impl Steps {
    /// Names project and configuration.
    pub(crate) fn shared(&self, command: &mut Command) {
        command.arg("--project").arg(&self.project);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
    }

    /// Measures, with a command that prints the path of its run.json: the exit, and that file, when there is one.
    pub(crate) fn measure(&self, measure: &mut Command) -> Result<(u8, Option<PathBuf>), Failed> {
        let (exit, out) = captured(measure)?;
        let run = Some(PathBuf::from(out.trim_end())).filter(|run| run.is_file());
        match &run {
            Some(run) => self.clear(run),
            None if exit == 0 => return Ok((2, None)),
            None => {}
        }
        Ok((exit, run))
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

    /// Looks up what the run beside this path is held against; none when the run was not recorded, which its stage has told.
    pub(crate) fn baseline(&self, run: &Path, ledger: Option<&str>) -> Result<Option<u8>, Failed> {
        let perf = run.with_file_name("perf.json");
        if !perf.is_file() {
            return Ok(None);
        }
        let mut baseline = self.stages.stage("baseline-manager", &["baseline"]);
        baseline.arg("--for").arg(perf).arg("--out").arg(run.with_file_name("baseline.json"));
        self.with_ledger(&mut baseline, ledger);
        status(&mut baseline).map(Some)
    }

    /// Judges with a command from [`Self::judge`]: the exit, and the table as it is to be printed here; none when there is no verdict
    /// beside `run`, which the stage has told.
    pub(crate) fn verdict(
        &self,
        judge: &mut Command,
        format: Option<&str>,
        run: &Path,
    ) -> Result<Option<(u8, String)>, Failed> {
        on_this_terminal(judge);
        if let Some(format) = format {
            judge.args(["--format", format]);
        }
        let judged = captured(judge)?;
        Ok(run.with_file_name("verdict.json").is_file().then_some(judged))
    }

    /// Keeps what was judged in the ledger, and makes its page.
    pub(crate) fn keep(&self, run: &Path, ledger: Option<&str>) -> Result<u8, Failed> {
        let (kept, head) = self.append(run, ledger)?;
        Ok(worst(&[kept, self.page(run, head.trim())?]))
    }

    /// Appends the run to the ledger, unless somebody ended it. The ledger's head stands beside the exit.
    fn append(&self, run: &Path, ledger: Option<&str>) -> Result<(u8, String), Failed> {
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
    fn page(&self, run: &Path, head: &str) -> Result<u8, Failed> {
        let mut page = self.stages.stage("audit-generator", &["report", "--quiet"]);
        if let Some(folder) = run.parent() {
            page.arg(folder);
        }
        if !head.is_empty() {
            page.args(["--ledger-head", head]);
        }
        status(page.stdout(Stdio::null()))
    }

    /// What other programs read of a run of load, of proven work or at several sizes: summaries, Prometheus text, histograms, tables,
    /// plots; with the ledger's lines the history of the work as well.
    pub(crate) fn artifacts(&self, run: &Path, ledger: Option<&Path>) -> Result<u8, Failed> {
        let mut artifacts = self.stages.stage("audit-generator", &["artifacts", "--quiet"]);
        if let Some(ledger) = ledger {
            artifacts.arg("--ledger").arg(ledger);
        }
        if let Some(folder) = run.parent() {
            artifacts.arg(folder);
        }
        status(artifacts.stdout(Stdio::null()))
    }

    /// Says where the files lie, and prints the table.
    pub(crate) fn show(&self, run: &Path, files: &str, table: &str) {
        if let Some(folder) = run.parent() {
            say(&format!("{files} are in {}/", shown(folder)));
        }
        // A reader that closed the pipe has seen enough.
        drop(std::io::stdout().write_all(table.as_bytes()));
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
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// Lets a stage whose output is captured first print as it would print to this terminal.
fn on_this_terminal(stage: &mut Command) {
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
