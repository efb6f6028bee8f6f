//! `load-runner k6`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use bench_cli::{Context, Interrupt};
use bench_model::load::Cut;
use bench_model::run::Mode;
use bench_model::{Exit, Finite};
use clap::Args;

use crate::Error;
use crate::import::{self, Format, Options};
use crate::k6::{Drive, Ended, k6script, load, run, verdicts, write};
use crate::record::{Begun, Finished, Output};
use crate::script::{ScriptArgs, environment};

/// The arguments of `k6`.
#[derive(Debug, Args)]
pub(crate) struct K6Args {
    #[command(flatten)]
    script: ScriptArgs,
    /// k6 itself
    #[arg(long, value_name = "PROGRAM", default_value = "k6")]
    k6: OsString,
    /// With --write-only: runners of the `TestRun`, each with its part of the load
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    parallelism: u32,
    #[command(flatten)]
    output: Output,
}

/// Runs the verb.
pub(crate) fn k6(args: &K6Args, context: &Context) -> Result<Exit, bench_cli::Error> {
    let variable = |name: &str| std::env::var(name).ok();
    let script = args.script.read("k6", &variable, context, &args.output.project)?;
    if let Some(folder) = &args.script.write_only {
        for path in write(&script, args.parallelism, folder)? {
            context.print(path.display().to_string()).map_err(Error::from)?;
        }
        return Ok(Exit::Done);
    }
    let text = k6script(&script)?;
    let secrets = environment(&script.secrets, &variable)?;
    let begun = Begun::new(&args.output, context)?;
    let interrupt = Interrupt::install();
    let place = begun.beside("k6-script.js")?;
    let folder = place.parent().map_or_else(PathBuf::new, PathBuf::from);
    let start = Instant::now();
    let ended = run(&Drive {
        program: args.k6.clone(),
        folder: &folder,
        script: &text,
        secrets: &secrets,
        timeout: script.scenario.timeout,
        length: script.scenario.phases.iter().map(|phase| phase.duration).sum(),
        interrupt: &interrupt,
    })?;
    let duration = start.elapsed();
    if !ended.points.exists() {
        return Err(no_points(&ended).into());
    }
    let imported = import::import(
        std::slice::from_ref(&ended.points),
        &Options {
            format: Format::K6Ndjson,
            scenario: Some(script.scenario.name.clone()),
            thresholds: script.scenario.thresholds.clone(),
            exit_code: ended.code.and_then(|code| u8::try_from(code).ok()),
        },
    )
    .map_err(|_| no_points(&ended))?;
    let own = verdicts(&ended.verdicts);
    let (mut load, further) =
        load(&script, imported.load, &imported.ends, own.as_deref().unwrap_or_default(), version(&args.k6));
    if (ended.stopped || ended.code.is_none()) && load.cut.is_none() {
        let at_s = Finite::try_from(imported.duration.as_secs_f64()).unwrap_or_default();
        load.cut = Some(Cut { at_s, reason: "k6 was stopped".into() });
    }
    // What the stream does not say of thresholds, the scenario does.
    let told = imported.warnings.into_iter().filter(|warning| !warning.starts_with("the stream names thresholds"));
    let warnings = told.chain(further).collect();
    let finished = Finished { load, mode: Mode::Full, duration, warnings, errors: Vec::new() };
    begun.finish(finished, context)
}

fn no_points(ended: &Ended) -> Error {
    let how = ended.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
    let meaning = match ended.code {
        Some(104) => " (it refuses its configuration)",
        Some(107) => " (the script threw an exception)",
        Some(100) => " (the data for requests could not be fetched in time)",
        Some(105) => " (it was stopped)",
        Some(_) | None => "",
    };
    Error::Load {
        what: format!("k6 ended {how}{meaning} and without points: {}", ended.last_words),
        hint: "see k6.log beside run.json".into(),
    }
}

/// `k6 v1.1.0 (…)` as `1.1.0`.
fn version(program: &OsString) -> Option<String> {
    let out = Command::new(program).arg("version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let version = text.split_whitespace().find_map(|word| word.strip_prefix('v'))?;
    Some(version.chars().take(40).collect())
}
