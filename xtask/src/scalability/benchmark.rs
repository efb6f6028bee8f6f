//! `cargo xtask benchmark`: rotate a file of claims to a new key, record what was proven, judge, keep.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use super::gate_report;
use crate::chain::{Stages, cargo, root};
use crate::ledger::{Place, target};
use crate::process::{Failed, command, status};
use crate::steps::{Steps, worst};
use crate::tell::{export, folder};

/// Re-encrypt claims under a new key, prove it, judge it, and append it to the ledger
#[derive(Args)]
pub(crate) struct Benchmark {
    /// Use the test keys and the policy of the configuration folder, and make the claims when no file is given; changes nothing else
    #[arg(long)]
    ci_mode: bool,
    /// A file of claims to work on a copy of [default: made claims, with --ci-mode]
    #[arg(long, value_name = "FILE")]
    dataset: Option<PathBuf>,
    /// The keys [default: what the variable REENCRYPTION_KEYS holds; with --ci-mode the test keys]
    #[arg(long, value_name = "FILE", conflicts_with = "ci_mode")]
    key_file: Option<PathBuf>,
    /// How many claims are made
    #[arg(long, value_name = "N", default_value_t = 100_000, conflicts_with = "dataset")]
    records: u64,
    /// Which claims are made
    #[arg(long, value_name = "SEED", default_value_t = 1, conflicts_with = "dataset")]
    seed: u64,
    /// How many times the whole file is rotated: the replicates
    #[arg(long, value_name = "N", default_value_t = 7)]
    rounds: u32,
    /// Only plan the work: no evidence of anything but that
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
    /// The folder with thresholds.toml and security_crypto_policy.json [default: config in the project]
    #[arg(long, value_name = "DIR", env = "PERFLEDGER_CONFIG")]
    config: Option<PathBuf>,
    /// How the verdict is printed [default: human]
    #[arg(long, value_parser = ["human", "json"], env = "PERFLEDGER_FORMAT")]
    format: Option<String>,
    /// Further flags for reencrypt rotate
    #[arg(last = true)]
    flags: Vec<String>,
}

/// Runs the chain. The exit is the worst that a stage gave: 2 before 1 before 3.
pub(crate) fn benchmark(options: &Benchmark) -> Result<u8, Failed> {
    let programs = ["bench-runner", "json-processor", "slo-validator", "baseline-manager", "audit-generator"];
    let steps =
        Steps { stages: Stages::build(&programs)?, project: options.place.project(), config: options.config.clone() };
    let reencrypt = workload(&steps.stages)?;
    let data = folder(&options.place, None, "reencryption")?;
    let _alone = alone(&data)?;
    let claims = options.claims(&reencrypt, &data)?;
    let (measured, run) = steps.measure(&mut options.measure(&steps, &reencrypt, &claims, &data))?;
    let Some(run) = run else { return Ok(measured) };
    let recorded = steps.record(&run, &run.with_file_name("perf.json"))?;
    let ledger = options.place.ledger.as_deref();
    let Some(looked_up) = steps.baseline(&run, ledger)? else { return Ok(2) };
    let Some((judged, table)) = steps.verdict(&mut steps.judge(&run), options.format.as_deref(), &run)? else {
        return Ok(2);
    };
    let kept = steps.keep(&run, ledger)?;
    let history = export(&steps.stages, &options.place, &data)?;
    // A run that lost rounds is no proof of work, and has nothing that other programs should read as one.
    let exported = if measured == 0 { steps.artifacts(&run, history.as_deref())? } else { 0 };
    let folder = run.parent().unwrap_or(&run);
    let reported = status(gate_report(&steps.stages, folder).arg("--optional"))?;
    steps.show(&run, "run, verdict, report.html, what the gate says and artifacts", &table);
    Ok(worst(&[measured, recorded, looked_up, judged, kept, exported, reported]))
}

/// The workload's program, compiled for speed: what is measured is not the stages' build.
fn workload(stages: &Stages) -> Result<PathBuf, Failed> {
    if Stages::are_built() {
        return Ok(stages.path("reencrypt"));
    }
    let mut build = command(cargo(), &["build", "--quiet", "--release", "--package", "reencryption-bench"]);
    // What compiles has no business with keys.
    build.env_remove("REENCRYPTION_KEYS");
    if status(build.current_dir(root()))? != 0 {
        return Err(Failed {
            code: "CBKB107",
            what: "the re-encryption workload does not compile".into(),
            next: "the compiler's message stands above",
        });
    }
    Ok(target(&root())?.join("release").join("reencrypt").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Holds the folder that the rounds work in until the benchmark ends: two at once would take each other's copies away.
fn alone(folder: &Path) -> Result<File, Failed> {
    let path = folder.join("lock");
    let lock = File::create(&path).and_then(|lock| lock.try_lock().map(|()| lock).map_err(std::io::Error::from));
    lock.map_err(|error| Failed {
        code: "CBKB102",
        what: format!("the benchmark cannot have {} for itself: {error}", path.display()),
        next: "wait until the other benchmark of this project has ended",
    })
}

/// A path that holds from any folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

impl Benchmark {
    /// The file to work on a copy of.
    fn claims(&self, reencrypt: &Path, folder: &Path) -> Result<PathBuf, Failed> {
        if let Some(dataset) = &self.dataset {
            return Ok(absolute(dataset));
        }
        if !self.ci_mode {
            return Err(Failed {
                code: "CBKB101",
                what: "there is no file of claims to work on".into(),
                next: "name one with --dataset, and its keys with --key-file, or pass --ci-mode for made claims and test keys",
            });
        }
        let claims = folder.join(format!("claims-{}-{}.jsonl", self.records, self.seed));
        let mut generate = command(reencrypt, &["generate", "--quiet"]);
        generate.args(["--records", &self.records.to_string(), "--seed", &self.seed.to_string(), "--out"]);
        if status(generate.arg(&claims).stdout(Stdio::null()))? != 0 {
            return Err(Failed {
                code: "CBKB102",
                what: "the claims could not be made".into(),
                next: "the program's message stands above",
            });
        }
        Ok(claims)
    }

    /// The command that measures. Each round works on a copy in a folder made for it, where nothing of an earlier one is left; making it
    /// is no part of any number.
    fn measure(&self, steps: &Steps, reencrypt: &Path, claims: &Path, folder: &Path) -> Command {
        const FRESH: &str = r#"rm -rf -- "$2" && mkdir -- "$2" && cp -- "$1" "$2/work.jsonl""#;
        let work = folder.join("work");
        let mut measure = steps.stages.stage("bench-runner", &["process", "--format", "human"]);
        measure.current_dir(&steps.project).args(["--name", "reencryption"]);
        measure.args(["--runs", &self.rounds.to_string()]);
        let config = self.config.as_ref().map(|config| absolute(config));
        if let Some(config) = &config {
            measure.arg("--config").arg(config);
        }
        measure.args(["--prepare", "sh"]);
        for argument in [OsStr::new("-c"), FRESH.as_ref(), "sh".as_ref(), claims.as_ref(), work.as_ref()] {
            measure.arg("--prepare-arg").arg(argument);
        }
        measure.arg("--").arg(reencrypt).arg("rotate").arg(work.join("work.jsonl"));
        if let Some(config) = &config {
            measure.arg("--config").arg(config);
        }
        if let Some(name) = claims.file_name() {
            measure.arg("--dataset-name").arg(name);
        }
        if self.ci_mode {
            measure.arg("--ci-mode");
        }
        if let Some(keys) = &self.key_file {
            measure.arg("--key-file").arg(absolute(keys));
        }
        if self.dataset.is_none() {
            measure.args(["--dataset-seed", &self.seed.to_string()]);
        }
        if self.dry_run {
            measure.arg("--dry-run");
        }
        measure.args(&self.flags);
        measure
    }
}
