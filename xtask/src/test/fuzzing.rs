//! The fuzz targets, each run briefly.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use super::{Outcome, tools};
use crate::chain::{cargo, root};
use crate::process::{Failed, command, say, status};

/// How long each fuzz target runs, in seconds: long enough to find what a change broke at once, not a campaign.
const FUZZ_SECONDS: u32 = 15;

/// What tests and users have already, as seeds of the targets that read such files: it is not kept twice.
const FURTHER: [(&str, &str); 2] =
    [("importers", "crates/load-runner/tests/import/data"), ("scenario_files", "config/scenarios")];

/// Compiles the fuzz targets with the coverage instrumentation that libFuzzer reads, and runs each briefly. The
/// flags are stable ones, so no nightly compiler is needed; `cargo fuzz` works in the same folder for longer campaigns.
pub(super) fn fuzz() -> Result<Outcome, Failed> {
    if !tools::debian("c++", "g++")? {
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
        let further = FURTHER.iter().filter(|(target, _)| *target == name).map(|(_, seeds)| root().join(seeds));
        let seeds: Vec<_> = further.chain([folder.join("seeds").join(&name)]).collect();
        if std::fs::create_dir_all(&corpus).is_err() {
            return Ok(Outcome::Failed);
        }
        let mut fuzz = command(programs.join(&name), &["-print_final_stats=1", "-rss_limit_mb=2048"]);
        fuzz.arg(format!("-max_total_time={FUZZ_SECONDS}")).arg(corpus).args(seeds).current_dir(&folder);
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
