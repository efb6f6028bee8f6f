//! Runs a master and its workers, and ends all of them. Must not know: what a record is.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use rustix::process::Signal;

use super::outcome::{self, Outcome};
use crate::Error;
use crate::script::{Hide, Lines, Process, without_settings};

/// How often processes are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long Locust may take to be there, and to end. Python on a busy machine starts slowly.
const STARTING: Duration = Duration::from_secs(180);
const ENDING: Duration = Duration::from_secs(90);
/// How long after the master says that load begins it does (`LEAD` in `runtime/master.py`).
const LEAD: Duration = Duration::from_millis(500);

/// What is run.
pub(crate) struct Drive<'a> {
    /// Locust.
    pub(crate) program: OsString,
    /// The folder for the locustfile, logs and the result.
    pub(crate) folder: &'a Path,
    /// The locustfile's text.
    pub(crate) locustfile: &'a str,
    /// Secrets for all processes.
    pub(crate) secrets: &'a [(String, String)],
    /// Workers that are expected.
    pub(crate) workers: u32,
    /// This machine's address for workers on other hosts; none for local workers.
    pub(crate) hosts: Option<IpAddr>,
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// How long the phases last together.
    pub(crate) length: Duration,
    /// The wish to stop.
    pub(crate) interrupt: &'a Interrupt,
    /// Talk.
    pub(crate) say: &'a dyn Fn(&str),
}

/// What came of it.
pub(crate) struct Driven {
    /// The master's result.
    pub(crate) outcome: Outcome,
    /// Local workers that ended otherwise than by being told to.
    pub(crate) gone: u32,
    /// When load began, as far as the master told.
    pub(crate) begun: Option<Instant>,
}

/// Runs it.
///
/// # Errors
/// [`Error::Load`] when Locust cannot be started, or ends without a result; [`Error::File`] for files.
pub(crate) fn run(drive: &Drive<'_>) -> Result<Driven, Error> {
    let file = drive.folder.join("locustfile.py");
    bench_model::file::write(&file, drive.locustfile.as_bytes())?;
    let result = drive.folder.join("locust-result.json");
    drop(std::fs::remove_file(&result));
    let hide = Hide::new(drive.secrets);
    let log = drive.folder.join("locust-master.log");
    let (mut master, lines) = Process::start(master(drive, &file, &result), &log, Lines::Told, &hide)?;
    let port = port(drive, &mut master, &lines)?;
    let mut workers = Vec::new();
    match drive.hosts {
        Some(address) => tell_hosts(drive, address, port),
        None => {
            for number in 0..drive.workers {
                let log = drive.folder.join(format!("locust-worker-{number}.log"));
                let (worker, _) = Process::start(worker(drive, &file, port), &log, Lines::Kept, &hide)?;
                (drive.say)(&format!("locust worker {number} is process {}", worker.id()));
                workers.push(worker);
            }
        }
    }
    let begun = watch(drive, &mut master, &mut workers, &lines);
    let how = master.ended();
    for worker in &mut workers {
        worker.wait(ENDING);
    }
    let gone = workers.iter_mut().filter_map(Process::ended).filter(|status| !status.success()).count();
    let outcome = match outcome::read(&result) {
        Ok(outcome) => outcome,
        Err(_) => return Err(no_result(how, &master, &mut workers)),
    };
    if !outcome.started {
        return Err(Error::Load {
            what: format!(
                "{} of {} Locust workers were ready, so no load was sent: {}",
                outcome.ready,
                outcome.expected,
                words(&master, &mut workers)
            ),
            hint: "see the logs of master and workers beside run.json".into(),
        });
    }
    Ok(Driven { outcome, gone: u32::try_from(gone).unwrap_or(u32::MAX), begun })
}

fn command(drive: &Drive<'_>, file: &OsString) -> Command {
    let mut command = Command::new(&drive.program);
    command.current_dir(drive.folder).arg("-f").arg(file).arg("--skip-log-setup");
    without_settings(&mut command, "LOCUST_");
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PERFLEDGER_PRIVATE_LOGS", "1").env_remove("PERFLEDGER_TARGET_URL");
    command.envs(drive.secrets.iter().map(|(name, value)| (name, value)));
    command
}

fn master(drive: &Drive<'_>, file: &Path, result: &Path) -> Command {
    let mut command = command(drive, &absolute(file).into_os_string());
    let bind = drive.hosts.map_or_else(|| "127.0.0.1".to_owned(), |address| address.to_string());
    command.env("PERFLEDGER_RESULT", absolute(result));
    command.args(["--master", "--headless", "--only-summary", "--exit-code-on-error", "0", "--master-bind-port", "0"]);
    command.args(["--master-bind-host", &bind, "--expect-workers", &drive.workers.to_string()]);
    let wait = if drive.hosts.is_some() { Duration::from_secs(600) } else { STARTING };
    command.args(["--expect-workers-max-wait", &wait.as_secs().to_string()]);
    command.args(["--stop-timeout", &stop_timeout(drive.timeout).to_string()]);
    command
}

fn worker(drive: &Drive<'_>, file: &Path, port: u16) -> Command {
    let mut command = command(drive, &absolute(file).into_os_string());
    command.args(["--worker", "--master-host", "127.0.0.1", "--master-port", &port.to_string()]);
    command
}

/// Users that a shrinking phase ends may wait for their answers.
pub(super) fn stop_timeout(timeout: Duration) -> u64 {
    timeout.as_secs() + 2
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn tell_hosts(drive: &Drive<'_>, address: IpAddr, port: u16) {
    let names: Vec<&str> = drive.secrets.iter().map(|(name, _)| name.as_str()).collect();
    (drive.say)(&format!(
        "run this on other hosts, {} times in all; they get the locustfile from here:",
        drive.workers
    ));
    (drive.say)(&format!("  locust --worker --master-host {address} --master-port {port} -f -"));
    if !names.is_empty() {
        (drive.say)(&format!("with these environment variables set there: {}", names.join(", ")));
    }
}

/// The port that the master listens on, from its standard output.
fn port(drive: &Drive<'_>, master: &mut Process, lines: &Receiver<String>) -> Result<u16, Error> {
    let deadline = Instant::now() + STARTING;
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(line) => {
                if let Some(port) = line.strip_prefix("perfledger-port ").and_then(|port| port.trim().parse().ok()) {
                    return Ok(port);
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let how = master.ended();
                if how.is_some() || Instant::now() > deadline || drive.interrupt.is_set() {
                    return Err(no_result(how, master, &mut []));
                }
            }
        }
    }
}

/// Waits for the master; tells it to end when asked to stop, or when a worker is gone, and ends it when it does not. Returns when load
/// began.
fn watch(
    drive: &Drive<'_>,
    master: &mut Process,
    workers: &mut [Process],
    lines: &Receiver<String>,
) -> Option<Instant> {
    let whole = STARTING
        + drive.length
        + drive.timeout
        + ENDING
        + if drive.hosts.is_some() { Duration::from_secs(600) } else { Duration::ZERO };
    let mut deadline = Instant::now() + whole;
    let (mut begun, mut asked, mut stopped, mut terminated) = (None, false, false, false);
    while master.ended().is_none() {
        std::thread::sleep(LOOK);
        while let Ok(line) = lines.try_recv() {
            if line.trim() == "perfledger-begun" {
                begun = Some(Instant::now() + LEAD);
            }
        }
        stopped |= drive.interrupt.is_set();
        let gone = workers.iter_mut().any(|worker| worker.ended().is_some_and(|status| !status.success()));
        if !asked && (stopped || gone) {
            asked = true;
            deadline = Instant::now() + drive.timeout + ENDING;
            // Before load begins there is nothing to write, and nobody who would look at the wish.
            master.signal(if begun.is_some() { Signal::USR1 } else { Signal::TERM });
        }
        if Instant::now() > deadline {
            if terminated {
                master.signal(Signal::KILL);
            } else {
                master.signal(Signal::TERM);
            }
            terminated = true;
            deadline = Instant::now() + ENDING;
        }
    }
    begun
}

fn no_result(how: Option<ExitStatus>, master: &Process, workers: &mut [Process]) -> Error {
    let how = how.map_or_else(|| "did not get ready".to_owned(), |status| format!("ended without a result ({status})"));
    Error::Load {
        what: format!("the Locust master {how}: {}", words(master, workers)),
        hint: "see the logs of master and workers beside run.json".into(),
    }
}

/// What a worker that failed wrote last, or the master.
fn words(master: &Process, workers: &mut [Process]) -> String {
    let mut failed = workers.iter_mut().filter_map(|worker| {
        let failed = worker.ended().is_some_and(|status| !status.success());
        failed.then(|| worker.last_words())
    });
    failed.next().unwrap_or_else(|| master.last_words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_master_begins_as_long_after_it_says_so_as_is_counted_here() {
        let lead = format!("LEAD = {:?}\n", LEAD.as_secs_f64());
        assert!(include_str!("runtime/master.py").contains(&lead), "{lead}");
    }
}
