//! Runs k6 on a script. Must not know: what its points say.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use rustix::process::Signal;

use crate::Error;
use crate::script::{Hide, Lines, Process, without_settings};

const LOOK: Duration = Duration::from_millis(50);
/// How long k6 may take to start, and to end when told to.
const SLACK: Duration = Duration::from_secs(120);

/// What is run.
pub(crate) struct Drive<'a> {
    /// k6.
    pub(crate) program: OsString,
    /// The folder for script, points, verdicts and log.
    pub(crate) folder: &'a Path,
    /// The script's text.
    pub(crate) script: &'a str,
    /// Its secrets.
    pub(crate) secrets: &'a [(String, String)],
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// How long the phases last together.
    pub(crate) length: Duration,
    /// The wish to stop.
    pub(crate) interrupt: &'a Interrupt,
}

/// How it ended.
pub(crate) struct Ended {
    /// k6's exit code; absent when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Whether it was told to stop.
    pub(crate) stopped: bool,
    /// Its NDJSON.
    pub(crate) points: PathBuf,
    /// What the script's `handleSummary` wrote, if it came so far.
    pub(crate) verdicts: PathBuf,
    /// The last lines of its log.
    pub(crate) last_words: String,
}

/// Runs it. Whatever k6 says by its exit code is a result here.
///
/// # Errors
/// [`Error::Load`] when k6 cannot be started, [`Error::File`] for files.
pub(crate) fn run(drive: &Drive<'_>) -> Result<Ended, Error> {
    let folder = std::path::absolute(drive.folder).unwrap_or_else(|_| drive.folder.to_path_buf());
    let file = folder.join("k6-script.js");
    bench_model::file::write(&file, drive.script.as_bytes())?;
    let (points, verdicts) = (folder.join("k6-points.json.gz"), folder.join("k6-verdicts.json"));
    drop(std::fs::remove_file(&points));
    drop(std::fs::remove_file(&verdicts));
    let mut command = Command::new(&drive.program);
    without_settings(&mut command, "K6_");
    command.current_dir(&folder).args([
        "run",
        "--address",
        "127.0.0.1:0",
        "--no-usage-report",
        "--quiet",
        "--no-color",
    ]);
    let mut out = OsString::from("json=");
    out.push(&points);
    command.arg("--out").arg(out).arg(&file);
    command.env("PERFLEDGER_VERDICTS", &verdicts).env_remove("PERFLEDGER_TARGET_URL");
    command.envs(drive.secrets.iter().map(|(name, value)| (name, value)));
    let (mut process, _) = Process::start(command, &folder.join("k6.log"), Lines::Kept, &Hide::new(drive.secrets))?;
    let mut deadline = Instant::now() + drive.length + drive.timeout + SLACK;
    let (mut stopped, mut late) = (false, false);
    while process.ended().is_none() {
        std::thread::sleep(LOOK);
        if drive.interrupt.is_set() && !stopped {
            stopped = true;
            process.signal(Signal::INT);
            deadline = Instant::now() + drive.timeout + SLACK;
        }
        if Instant::now() > deadline {
            process.signal(if late { Signal::KILL } else { Signal::INT });
            (late, stopped) = (true, true);
            deadline = Instant::now() + SLACK;
        }
    }
    let code = process.ended().and_then(|status| status.code());
    Ok(Ended { code, stopped, points, verdicts, last_words: process.last_words() })
}
