//! `cargo xtask test`: every check of the repository, each once, as groups that pass, fail, or say why they could not run.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Args;

use crate::chain::{cargo, root};
use crate::process::{Failed, command, say, status};

/// How long each fuzz target runs, in seconds: long enough to find what a change broke at once, not a campaign.
const FUZZ_SECONDS: u32 = 15;

/// Which groups run
#[derive(Args)]
pub(crate) struct Options {
    /// Run only these groups: format, clippy, tests, docs, fuzz
    #[arg(value_name = "GROUP", value_parser = GROUPS.map(|(name, _)| name))]
    groups: Vec<String>,
}

enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

type Group = (&'static str, fn() -> Result<Outcome, Failed>);

const GROUPS: [Group; 5] = [("format", format), ("clippy", clippy), ("tests", tests), ("docs", docs), ("fuzz", fuzz)];

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
        lines.push(format!("{name:8} {outcome} ({:.0} s)", began.elapsed().as_secs_f64()));
    }
    drop(writeln!(std::io::stdout().lock(), "\n{}", lines.join("\n")));
    Ok(u8::from(failed > 0))
}

fn done(command: &mut Command) -> Result<Outcome, Failed> {
    let status = status(command.current_dir(root()))?;
    Ok(if status == 0 { Outcome::Passed } else { Outcome::Failed })
}

fn format() -> Result<Outcome, Failed> {
    done(&mut command(cargo(), &["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Outcome, Failed> {
    done(&mut command(cargo(), &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

fn tests() -> Result<Outcome, Failed> {
    done(&mut command(cargo(), &["test", "--quiet", "--workspace", "--no-fail-fast"]))
}

fn docs() -> Result<Outcome, Failed> {
    let mut docs = command(cargo(), &["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"]);
    done(docs.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Compiles the fuzz targets with the coverage instrumentation that libFuzzer reads, and runs each briefly. The
/// flags are stable ones, so no nightly compiler is needed; `cargo fuzz` works in the same folder for longer campaigns.
fn fuzz() -> Result<Outcome, Failed> {
    if !cxx_is_there()? {
        return Ok(Outcome::Skipped("libFuzzer needs a C++ compiler, and none could be installed"));
    }
    let folder = root().join("fuzz");
    let mut flags = OsString::from("--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 -Cdebug-assertions");
    for flag in ["level=4", "inline-8bit-counters", "pc-table", "trace-compares"] {
        flags.push(format!(" -Cllvm-args=-sanitizer-coverage-{flag}"));
    }
    let host = host()?;
    let target = folder.join("target");
    let mut build = command(cargo(), &["build", "--quiet", "--release", "--bins", "--target", &host]);
    build.current_dir(&folder).env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", &target);
    if status(&mut build)? != 0 {
        return Ok(Outcome::Failed);
    }
    let programs = target.join(&host).join("release");
    let mut ran = 0;
    for name in targets(&folder) {
        let corpus = folder.join("corpus").join(&name);
        let seeds = folder.join("seeds").join(&name);
        if std::fs::create_dir_all(&corpus).is_err() {
            return Ok(Outcome::Failed);
        }
        let mut fuzz = command(programs.join(&name), &["-print_final_stats=1", "-rss_limit_mb=2048"]);
        fuzz.arg(format!("-max_total_time={FUZZ_SECONDS}")).arg(corpus).arg(seeds).current_dir(&folder);
        let log = target.join(format!("{name}.log"));
        if let Ok(file) = File::create(&log) {
            fuzz.stderr(file);
        }
        let exit = status(&mut fuzz)?;
        let log = std::fs::read_to_string(log).unwrap_or_default();
        if exit != 0 {
            let lines: Vec<_> = log.lines().collect();
            let tail = lines.get(lines.len().saturating_sub(40)..).unwrap_or(&lines).join("\n");
            say(&format!("{name} failed:\n{tail}"));
            return Ok(Outcome::Failed);
        }
        let units = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        say(&format!("{name}: {} inputs in {FUZZ_SECONDS} s", units.unwrap_or("0").trim()));
        ran += 1;
    }
    Ok(if ran > 0 { Outcome::Passed } else { Outcome::Failed })
}

fn targets(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("fuzz_targets")).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        files.filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

fn host() -> Result<String, Failed> {
    let (_, version) = crate::process::captured(&mut command("rustc", &["--version", "--verbose"]))?;
    Ok(version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned())
}

/// Whether a C++ compiler is there, after an attempt to install one where that is ours to do.
fn cxx_is_there() -> Result<bool, Failed> {
    let found = || {
        command("c++", &["--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    if !found() && rustix::process::getuid().is_root() && Path::new("/usr/bin/apt-get").exists() {
        status(&mut command("apt-get", &["update", "-qq"]))?;
        status(&mut command("apt-get", &["install", "-qq", "--yes", "g++"]))?;
    }
    Ok(found())
}
