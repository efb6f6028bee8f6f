//! The command line: what each verb reads and writes. The only place that reads the environment.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bench_cli::words::{count, thousands};
use bench_cli::{Common, Context, Interrupt};
use bench_model::Exit;
use bench_model::time::Timestamp;
use clap::{Args, Parser, Subcommand};
use zeroize::Zeroizing;

use crate::keys::KEYS_VARIABLE;
use crate::policy::{POLICY_FILE, POLICY_VARIABLE};
use crate::{Error, KeyRing, Outcome, Policy, Proof, Rotation, sample};

/// Each takes memory, and a system gives a process only so many.
const MOST_THREADS: i64 = 256;

/// Re-encrypts claims under a new key version, and proves that every one was
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

impl AsRef<Common> for Cli {
    fn as_ref(&self) -> &Common {
        &self.common
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write claims encrypted under version 1 of the test keys, the same for the same seed
    Generate {
        /// How many
        #[arg(long, default_value_t = 100_000)]
        records: u64,
        /// Which
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where they go
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Decrypt every record of a file, encrypt it under the new key version, and replace the file
    Rotate {
        /// The records, one JSON object a line
        file: PathBuf,
        /// Only read and count what would be done
        #[arg(long)]
        dry_run: bool,
        /// The new key version [default: the newest there is]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        to_version: Option<u32>,
        /// The crypto policy [default: CRYPTO_POLICY_PATH, or config/security_crypto_policy.json]
        #[arg(long, value_name = "FILE", conflicts_with = "ci_mode")]
        policy: Option<PathBuf>,
        /// Where the proof goes
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
        /// When the old key was compromised, as 2026-11-21T05:00:00Z: from then on the time to recovery counts [default: the job's begin]
        #[arg(long, value_name = "TIME")]
        compromised_at: Option<Timestamp>,
        /// What the records are called in the proof [default: the file's name]
        #[arg(long, value_name = "NAME", value_parser = plain_name)]
        dataset_name: Option<String>,
        /// The seed that the records were made with, for the record; taken at your word
        #[arg(long, value_name = "S")]
        dataset_seed: Option<u64>,
        #[command(flatten)]
        keys: Keys,
        #[command(flatten)]
        look: Look,
    },
    /// Check every record of a file, and the tags of some or all
    Verify {
        /// The records, one JSON object a line
        file: PathBuf,
        /// Check every tag
        #[arg(long, conflicts_with_all = ["sample", "seed"])]
        all: bool,
        /// Which records to open [default: drawn by the system]
        #[arg(long, value_name = "S")]
        seed: Option<u64>,
        #[command(flatten)]
        keys: Keys,
        #[command(flatten)]
        look: Look,
    },
}

#[derive(Debug, Args)]
struct Keys {
    /// The keys [default: what the variable REENCRYPTION_KEYS holds]
    #[arg(long, value_name = "FILE", conflicts_with = "ci_mode")]
    key_file: Option<PathBuf>,
    /// Use the test keys and the policy in the configuration folder
    #[arg(long)]
    ci_mode: bool,
}

#[derive(Debug, Args)]
struct Look {
    /// Worker threads [default: as many as processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
    /// How many records to open again
    #[arg(long, value_name = "N", default_value_t = 1000)]
    sample: u64,
}

impl Keys {
    fn ring(&self, context: &Context) -> Result<KeyRing, Error> {
        if self.ci_mode {
            return Ok(KeyRing::for_tests(Timestamp::now()));
        }
        if let Some(path) = &self.key_file {
            warn_of_readers(context, path);
            return KeyRing::from_file(path);
        }
        let text = std::env::var_os(KEYS_VARIABLE).filter(|text| !text.is_empty()).ok_or(Error::NoKeys)?;
        KeyRing::from_json(KEYS_VARIABLE, &Zeroizing::new(text.into_encoded_bytes()))
    }
}

/// A name that a file could have, and nothing that could be taken for a path.
fn plain_name(text: &str) -> Result<String, &'static str> {
    let plain =
        !text.is_empty() && text.len() <= 255 && !text.contains(|c: char| matches!(c, '/' | '\\') || c.is_control());
    (plain && text != "." && text != "..").then(|| text.to_owned()).ok_or("it is not the plain name of a file")
}

/// Keys that every user of the machine may read are not secret.
fn warn_of_readers(context: &Context, path: &Path) {
    let open = |found: std::fs::Metadata| std::os::unix::fs::MetadataExt::mode(&found) & 0o077 != 0;
    if std::fs::metadata(path).is_ok_and(open) {
        context.warn(format!("{} can be read by others; `chmod 600` it", path.display()));
    }
}

impl Look {
    fn threads(&self) -> usize {
        let most = MOST_THREADS as usize;
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(most);
        self.threads.map_or_else(processors, usize::from)
    }
}

/// The policy that a flag, the variable, or the configuration folder names, in this order. `--ci-mode` means the last.
fn policy(context: &Context, flag: Option<PathBuf>, ci_mode: bool) -> Result<Policy, Error> {
    let variable = || std::env::var_os(POLICY_VARIABLE).filter(|path| !path.is_empty() && !ci_mode).map(PathBuf::from);
    let default = || context.config_folder(Path::new(".")).join(POLICY_FILE);
    Policy::from_file(&flag.or_else(variable).unwrap_or_else(default))
}

/// Runs the program.
///
/// # Errors
/// What the verb's function refuses; see [`Error`].
pub fn run(cli: Cli, context: &Context) -> Result<Exit, bench_cli::Error> {
    match cli.verb {
        Verb::Generate { records, seed, out } => {
            crate::generate(&out, records, seed)?;
            context.say(format!("{} in {}", count(records, "record", "records"), out.display()));
        }
        Verb::Rotate {
            file,
            dry_run,
            to_version,
            policy: flag,
            proof,
            compromised_at,
            dataset_name,
            dataset_seed,
            keys,
            look,
        } => {
            let policy = policy(context, flag, keys.ci_mode)?;
            let ring = keys.ring(context)?;
            let job = Rotation {
                path: &file,
                policy: &policy,
                ring: &ring,
                to_version,
                threads: look.threads(),
                sample: look.sample,
                compromised_at,
                dataset: dataset_name.as_deref(),
                dataset_seed,
                dry_run,
                proof: proof.as_deref(),
            };
            crate::rotate(&job, &Interrupt::install(), &|line| context.say(line), &|outcome| tell(context, outcome))?;
        }
        Verb::Verify { file, all, seed, keys, look } => {
            let ring = keys.ring(context)?;
            let sample = (!all).then_some(look.sample);
            let seed = sample::seed(seed)?;
            let found = crate::verify(&file, &ring, sample, seed, look.threads(), &Interrupt::install())?;
            context.print(serde_json::json!(found).to_string())?;
            let tags = thousands(found.tags_checked);
            let records = count(found.records, "record holds", "records hold");
            context.say(format!("{records}; {tags} were opened"));
        }
    }
    Ok(Exit::Done)
}

fn tell(context: &Context, outcome: &Outcome) -> Result<(), Error> {
    match outcome {
        Outcome::NothingToDo { records, version } => {
            let records = thousands(records);
            context
                .say(format!("all {records} records are under key version {version}; nothing to do, nothing to prove"));
        }
        Outcome::Planned(proof) => {
            print(context, proof)?;
            let records = count(proof.records_planned, "record", "records");
            let bytes = thousands(proof.input_bytes);
            context.say(format!(
                "{records} in {bytes} B under {} would be rotated to version {}",
                from(proof),
                proof.key_version_to
            ));
        }
        Outcome::Rotated(proof) => {
            print(context, proof)?;
            let records = count(proof.records_planned, "record", "records");
            let rate = proof.records_per_second.map(|rate| format!(", {} a second", thousands(rate.round() as u64)));
            let (rate, to) = (rate.unwrap_or_default(), proof.key_version_to);
            context.say(format!("{records} rotated from {} to {to}{rate}", from(proof)));
            let (verified, sample) = (thousands(proof.sample_verified), thousands(proof.sample_size));
            context.say(format!(
                "all are in the new file once; {verified} of {sample} drawn ones were opened and are equal"
            ));
        }
    }
    Ok(())
}

fn print(context: &Context, proof: &Proof) -> Result<(), Error> {
    Ok(context.print(proof.lines())?)
}

fn from(proof: &Proof) -> String {
    let versions: Vec<String> = proof.key_versions_from.iter().map(u32::to_string).collect();
    format!("key version {}", versions.join(", "))
}
