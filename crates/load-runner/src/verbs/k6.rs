//! `load-runner k6`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_cli::{Context, Interrupt};
use bench_model::load::{Cut, Load};
use bench_model::run::Mode;
use bench_model::{Exit, Finite};
use clap::Args;

use super::around::Around;
use crate::Error;
use crate::import::{self, Format, Options};
use crate::k6::{Drive, Ended, begun, k6script, load, run, verdicts, write};
use crate::record::{Begun, Finished, Output};
use crate::script::{Script, ScriptArgs, environment};
use crate::service::variable;

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
    let wanted = args.script.service.wanted()?;
    let mut script = args.script.read("k6", wanted.as_ref(), context, &args.output.project)?;
    if let Some(folder) = &args.script.write_only {
        for path in write(&script, args.parallelism, folder)? {
            context.print(path.display().to_string()).map_err(Error::from)?;
        }
        return Ok(Exit::Done);
    }
    // What k6 cannot run is refused before anything is started.
    k6script(&script)?;
    let secrets = environment(&script.secrets, &|name| variable(wanted.as_ref(), name))?;
    let begun = Begun::new(&args.output, context)?;
    let interrupt = Interrupt::install();
    let around = Around::start(wanted.as_ref(), &mut script, &begun, &interrupt)?;
    let text = k6script(&script)?;
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
    let zero = zero(&script, &load, &ended.points);
    let mut finished = Finished { load, mode: Mode::Full, duration, warnings, errors: Vec::new() };
    around.end(&mut finished, zero);
    begun.finish(finished, context)
}

/// When the record's clock began: as long before the first phase as the record says.
fn zero(script: &Script, load: &Load, points: &Path) -> Option<Instant> {
    let first = &script.scenario.phases.first()?.name;
    let phase = load.phases.iter().rfind(|phase| phase.name == *first)?;
    begun(points)?.checked_sub(Duration::try_from_secs_f64(phase.start_s.get()).ok()?)
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
