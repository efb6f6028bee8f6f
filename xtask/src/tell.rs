//! What people look at, made from the last run and from the ledger: `report`, `comment`, `audit`, `trend` and `site`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::chain::Stages;
use crate::ledger::{Place, last_run, target};
use crate::process::{Failed, captured, command, say, status};

/// Which run
#[derive(Args)]
struct Which {
    #[command(flatten)]
    place: Place,
    /// The run [default: the last one]
    #[arg(long, value_name = "RUN-ID")]
    run: Option<String>,
}

impl Which {
    fn folder(&self) -> Result<PathBuf, Failed> {
        let runs = target(&self.place.project())?.join("perf");
        match &self.run {
            Some(id) => Ok(runs.join(id)),
            None => last_run(&runs),
        }
    }
}

/// Make the page of a run, and show it
#[derive(Args)]
pub(crate) struct Report {
    #[command(flatten)]
    which: Which,
    /// Open it in the browser
    #[arg(long)]
    open: bool,
    /// Further flags for audit-generator report
    #[arg(last = true)]
    flags: Vec<String>,
}

/// Tell a pull request about a run: comment, check run and job summary
#[derive(Args)]
pub(crate) struct Comment {
    #[command(flatten)]
    which: Which,
    /// Print what would be posted, and ask GitHub for nothing
    #[arg(long)]
    dry_run: bool,
    /// Further flags for pr-automation post
    #[arg(last = true)]
    flags: Vec<String>,
}

/// State the evidence of a period, as HTML, PDF and JSON
#[derive(Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    place: Place,
    /// The month, such as 2026-11 [default: the last whole one]
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"])]
    month: Option<String>,
    /// The first month of a longer period
    #[arg(long, value_name = "MONTH", requires = "to")]
    from: Option<String>,
    /// Its last month
    #[arg(long, value_name = "MONTH", requires = "from")]
    to: Option<String>,
    /// The folder with audit_config.yaml and controls.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// What is written, such as html,json; without pdf nothing heavy is built [default: as audit_config.yaml has it]
    #[arg(long, value_name = "FORMATS", env = "PERFLEDGER_EXPORT")]
    export: Option<String>,
    /// Where the files go [default: target/perf/audit in the project]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Further flags for audit-generator audit
    #[arg(last = true)]
    flags: Vec<String>,
}

/// Draw the history of a metric
#[derive(Args)]
pub(crate) struct Trend {
    #[command(flatten)]
    place: Place,
    /// The metric, by its full name or a part that no other has [default: the first headline's]
    metric: Option<String>,
    /// The folder with perfledger.toml [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// Where the files go [default: target/perf/trend in the project]
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Further flags for audit-generator trend
    #[arg(last = true)]
    flags: Vec<String>,
}

/// Make a static site of the ledger
#[derive(Args)]
pub(crate) struct Site {
    #[command(flatten)]
    place: Place,
    /// Where the site goes [default: target/perf/site in the project]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Further flags for audit-generator site
    #[arg(last = true)]
    flags: Vec<String>,
}

/// `cargo xtask report`.
pub(crate) fn report(options: &Report) -> Result<u8, Failed> {
    let stages = Stages::build(&["audit-generator"])?;
    let run = options.which.folder()?;
    let mut report = stages.stage("audit-generator", &["report", "--format", "human"]);
    let (exit, path) = captured(report.arg(&run).args(&options.flags))?;
    say(path.trim_end());
    if exit == 0 && options.open {
        open(Path::new(path.trim_end()))?;
    }
    Ok(exit)
}

/// `cargo xtask comment`.
pub(crate) fn comment(options: &Comment) -> Result<u8, Failed> {
    let stages = Stages::build(&["pr-automation"])?;
    let run = options.which.folder()?;
    let mut post = stages.stage("pr-automation", &["post", "--perf"]);
    post.arg(run.join("perf.json")).arg("--verdict").arg(run.join("verdict.json"));
    if options.dry_run {
        post.arg("--dry-run");
    }
    status(post.args(&options.flags))
}

/// `cargo xtask audit`.
pub(crate) fn audit(options: &Audit) -> Result<u8, Failed> {
    let pdf = options.export.as_ref().is_none_or(|formats| formats.contains("pdf"));
    let features: &[&str] = if pdf { &["audit-generator/pdf"] } else { &[] };
    let stages = Stages::build_with(&["audit-generator", "baseline-manager"], features)?;
    let folder = folder(&options.place, options.out_dir.as_ref(), "audit")?;
    let Some(ledger) = export(&stages, &options.place, &folder)? else { return Ok(2) };
    let mut audit = stages.stage("audit-generator", &["audit"]);
    audit.arg("--ledger").arg(ledger).arg("--project").arg(options.place.project()).arg("--out-dir").arg(&folder);
    configured(&mut audit, options.config.as_ref(), &options.place);
    let flags =
        [("--month", &options.month), ("--from", &options.from), ("--to", &options.to), ("--export", &options.export)];
    for (flag, value) in flags {
        if let Some(value) = value {
            audit.args([flag, value]);
        }
    }
    status(audit.args(&options.flags))
}

/// `cargo xtask trend`.
pub(crate) fn trend(options: &Trend) -> Result<u8, Failed> {
    let stages = Stages::build_with(&["audit-generator", "baseline-manager"], &["audit-generator/png"])?;
    let folder = folder(&options.place, options.out_dir.as_ref(), "trend")?;
    let Some(ledger) = export(&stages, &options.place, &folder)? else { return Ok(2) };
    let mut trend = stages.stage("audit-generator", &["trend"]);
    trend.args(&options.metric).arg("--ledger").arg(ledger).arg("--out-dir").arg(&folder);
    configured(&mut trend, options.config.as_ref(), &options.place);
    status(trend.args(&options.flags))
}

/// `cargo xtask site`.
pub(crate) fn site(options: &Site) -> Result<u8, Failed> {
    let stages = Stages::build(&["audit-generator", "baseline-manager"])?;
    let out = folder(&options.place, options.out.as_ref(), "site")?;
    // Beside the site and not in it: what is in it is published.
    let beside = folder(&options.place, None, "export")?;
    let Some(ledger) = export(&stages, &options.place, &beside)? else { return Ok(2) };
    let mut site = stages.stage("audit-generator", &["site", "--ledger"]);
    site.arg(ledger).arg("--out").arg(out);
    if let Some(name) = options.place.project().canonicalize().ok().as_deref().and_then(Path::file_name) {
        site.arg("--title").arg(name);
    }
    status(site.args(&options.flags))
}

/// Names the folder with the settings: the one asked for, or the project's, when it has one.
pub(crate) fn configured(command: &mut Command, named: Option<&PathBuf>, place: &Place) {
    let of_project = place.project().join("config");
    if let Some(config) = named.or(Some(&of_project).filter(|folder| folder.is_dir())) {
        command.arg("--config").arg(config);
    }
}

/// Where files go: a folder that is there.
pub(crate) fn folder(place: &Place, named: Option<&PathBuf>, name: &str) -> Result<PathBuf, Failed> {
    let folder = match named {
        Some(folder) => folder.clone(),
        None => target(&place.project())?.join("perf").join(name),
    };
    std::fs::create_dir_all(&folder).map_err(|error| Failed {
        code: "CBKB102",
        what: format!("cannot make {}: {error}", folder.display()),
        next: "name another folder, or make room",
    })?;
    Ok(folder)
}

/// The ledger's lines as a file in `folder`; none where the stage said why not. A chain that does not hold is exported, too: who
/// reads it says so.
pub(crate) fn export(stages: &Stages, place: &Place, folder: &Path) -> Result<Option<PathBuf>, Failed> {
    exported(stages, place, folder, &[])
}

/// As [`export`], with further flags for the stage.
pub(crate) fn exported(
    stages: &Stages,
    place: &Place,
    folder: &Path,
    flags: &[&str],
) -> Result<Option<PathBuf>, Failed> {
    let out = folder.join("ledger.jsonl");
    let mut export = stages.stage("baseline-manager", &["export", "--quiet"]);
    export.args(flags);
    place.apply(&mut export);
    let exit = status(export.arg("--out").arg(&out).stdout(Stdio::null()))?;
    Ok((exit <= 1).then_some(out))
}

/// Opens a file with what the system has for it.
fn open(path: &Path) -> Result<(), Failed> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut open: Command = command(opener, &[]);
    let opened = open.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !opened.is_ok_and(|status| status.success()) {
        say(&format!("{opener} could not open it: open the file above yourself"));
    }
    Ok(())
}
