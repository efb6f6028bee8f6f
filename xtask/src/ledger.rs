//! `cargo xtask promote`, `history` and `verify`: the ledger's verbs on the last run and on the project.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::chain::{Stages, cargo, root};
use crate::process::{Failed, captured, command, status};

/// Which project's ledger
#[derive(Args, Clone)]
pub(crate) struct Place {
    /// The measured project [default: this repository]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_PROJECT")]
    project: Option<PathBuf>,
    /// Where history is kept: auto, a folder, or a git ref [default: auto]
    #[arg(long, value_name = "WHERE", env = "PERFLEDGER_LEDGER")]
    pub(crate) ledger: Option<String>,
}

impl Place {
    pub(crate) fn project(&self) -> PathBuf {
        self.project.clone().unwrap_or_else(root)
    }

    pub(crate) fn apply(&self, command: &mut Command) {
        command.arg("--project").arg(self.project());
        if let Some(ledger) = &self.ledger {
            command.args(["--ledger", ledger]);
        }
    }
}

/// Make the last run the baseline of its epoch
#[derive(Args)]
pub(crate) struct Promote {
    #[command(flatten)]
    place: Place,
    /// The run to promote [default: the last one]
    #[arg(long, value_name = "RUN-ID")]
    run: Option<String>,
    /// The green check of the measured commit, as NAME@COMMIT
    #[arg(long, value_name = "NAME@COMMIT")]
    tests_check: Option<String>,
    /// A JUnit file of the measured commit's tests
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Accept the first baseline of another environment or mode
    #[arg(long)]
    new_epoch: bool,
    /// Who promotes it, for the record
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Freeze this baseline as an anchor under a name, such as a release: later ones are held against it, too
    #[arg(long, value_name = "NAME")]
    anchor: Option<String>,
    /// Let go of a metric that the baseline holds and the run did not report: its full name; repeatable
    #[arg(long, value_name = "METRIC")]
    retire: Vec<String>,
}

/// Read the ledger
#[derive(Args)]
pub(crate) struct Read {
    #[command(flatten)]
    place: Place,
    /// Further arguments for baseline-manager, such as a metric's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// `cargo xtask promote`.
pub(crate) fn promote(options: &Promote) -> Result<u8, Failed> {
    let folder = target(&options.place.project())?.join("perf");
    let run = match &options.run {
        Some(id) => folder.join(id),
        None => last_run(&folder)?,
    };
    let mut promote = Stages::build(&["baseline-manager"])?.stage("baseline-manager", &["promote"]);
    promote.arg("--perf").arg(run.join("perf.json")).arg("--verdict").arg(run.join("verdict.json"));
    options.place.apply(&mut promote);
    if let Some(check) = &options.tests_check {
        promote.args(["--tests-check", check]);
    }
    if let Some(junit) = &options.junit {
        promote.arg("--junit").arg(junit);
    }
    if options.new_epoch {
        promote.arg("--new-epoch");
    }
    for (flag, value) in [("--anchor", &options.anchor), ("--author", &options.author), ("--reason", &options.reason)] {
        if let Some(value) = value {
            promote.args([flag, value]);
        }
    }
    for metric in &options.retire {
        promote.args(["--retire", metric]);
    }
    status(&mut promote)
}

/// A verb that only reads.
pub(crate) fn read(verb: &str, options: &Read) -> Result<u8, Failed> {
    let mut read = Stages::build(&["baseline-manager"])?.stage("baseline-manager", &[verb]);
    options.place.apply(&mut read);
    status(read.args(&options.arguments))
}

/// The target folder of a project, as Cargo itself sees it.
pub(crate) fn target(project: &Path) -> Result<PathBuf, Failed> {
    let mut metadata = command(cargo(), &["metadata", "--format-version", "1", "--no-deps"]);
    let (_, text) = captured(metadata.current_dir(project))?;
    Ok(target_directory(&text).map_or_else(|| project.join("target"), PathBuf::from))
}

/// The text behind `"target_directory":`, the one member of Cargo's JSON that is wanted here.
fn target_directory(metadata: &str) -> Option<String> {
    let (_, rest) = metadata.split_once("\"target_directory\":\"")?;
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

/// The run that was judged last.
pub(crate) fn last_run(folder: &Path) -> Result<PathBuf, Failed> {
    let judged = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| Some((path.join("verdict.json").metadata().ok()?.modified().ok()?, path)));
    judged.max().map(|(_, path)| path).ok_or_else(|| Failed {
        code: "CBKB102",
        what: format!("there is no judged run in {}", folder.display()),
        next: "run `cargo xtask bench` first, or name the project with --project",
    })
}

#[cfg(test)]
mod tests {
    use super::target_directory;

    #[test]
    fn the_target_folder_is_read_with_its_escapes() {
        let text = r#"{"packages":[],"target_directory":"C:\\a \"b\"","version":1}"#;
        assert_eq!(target_directory(text).as_deref(), Some(r#"C:\a "b""#));
        assert_eq!(target_directory(r#"{"target_directory":"/cut"#), None);
    }
}
