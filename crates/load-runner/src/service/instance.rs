//! One process of the service: started, waited for until it is ready, and ended with all it started.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use bench_model::file::FileError;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{API_KEY, Start, limits};
use crate::Error;
use crate::observe::fetch::Fetcher;
use crate::scenario::Limits;

/// How long a group has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// The pause between two looks at something that is waited for.
const LOOK: Duration = Duration::from_millis(20);
/// How long one question for readiness may take.
const QUESTION: Duration = Duration::from_secs(2);
/// How much of a log is told: the last lines, of its last bytes.
const LAST_LINES: usize = 5;
const LAST_BYTES: u64 = 4096;
/// The longest line that is read from standard output, in bytes.
const LONGEST_LINE: u64 = 4096;

/// What one process is started with, beside what all have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Launch<'a> {
    /// The address; port 0 takes a free one.
    pub(super) listen: SocketAddr,
    pub(super) arguments: &'a [String],
    pub(super) limits: &'a Limits,
    /// Where its standard error goes, behind what is there: a file that exists.
    pub(super) log: &'a Path,
}

/// A process of the service.
#[derive(Debug)]
pub(super) struct Instance {
    child: Child,
    address: SocketAddr,
}

impl Instance {
    /// Starts one and waits until it is ready, or the deadline. Of several with one address each says by itself that it listens; which one
    /// then answers that it is ready is the system's choice.
    pub(super) fn start(start: &Start<'_>, launch: &Launch<'_>, deadline: Instant) -> Result<Self, Error> {
        let Launch { listen, arguments, limits, log } = *launch;
        let file = |source| Error::File(FileError::Write { path: log.to_path_buf(), source });
        let mut command = Command::new(start.program);
        command
            .args(["serve", "--listen", &listen.to_string()])
            .args(arguments)
            // Not an argument: those are shown to everyone on the machine.
            .env(API_KEY, start.api_key)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().append(true).open(log).map_err(file)?)
            .process_group(0);
        let mut child = limits::spawn(&mut command, limits.cpus)
            .map_err(|source| Error::Start { program: start.program.to_path_buf(), source })?;
        let lines = child.stdout.take().map(listening);
        // From here on, whatever goes wrong ends the process.
        let mut instance = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        limits::set(&instance.child, limits).map_err(|error| Error::Load {
            what: format!("the service's limits could not be set: {error}"),
            hint: "choose limits that are not above those of this shell (ulimit -H -a)".into(),
        })?;
        let outcome = lines.ok_or(Unready::Gone).and_then(|lines| instance.wait(&lines, start, deadline));
        match outcome {
            Ok(()) => Ok(instance),
            Err(why) => Err(Error::Load {
                what: format!("the service {}{}", why, last_lines(log)),
                hint: "read its log, or start it yourself and name it with --set base_url=...".into(),
            }),
        }
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and does not wait.
    pub(super) fn ask_to_end(&self) {
        if let Some(group) = self.group() {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }

    fn wait(&mut self, lines: &Receiver<String>, start: &Start<'_>, deadline: Instant) -> Result<(), Unready> {
        let told = loop {
            match lines.recv_timeout(LOOK) {
                Ok(address) => break address,
                Err(_) => self.look(start, deadline)?,
            }
        };
        let address = told.trim().parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback());
        self.address = address.ok_or(Unready::Elsewhere)?;
        let fetcher = Fetcher::new(QUESTION);
        let question = format!("http://{}/readyz", self.address);
        while !matches!(fetcher.get(&question), Ok((200, _))) {
            self.look(start, deadline)?;
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Whether there is still a reason to wait.
    fn look(&self, start: &Start<'_>, deadline: Instant) -> Result<(), Unready> {
        match () {
            () if self.has_ended() => Err(Unready::Gone),
            () if start.interrupt.is_set() => Err(Unready::Interrupted),
            () if Instant::now() >= deadline => Err(Unready::Late(start.limit)),
            () => Ok(()),
        }
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }

    /// Without reaping it: until then its number names this group, and no other.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        self.group().is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(group) = self.group() {
            self.ask_to_end();
            let deadline = Instant::now() + GRACE;
            while !self.has_ended() && Instant::now() < deadline {
                std::thread::sleep(LOOK);
            }
            // Whatever it has left behind ends here, too.
            let _ = kill_process_group(group, Signal::KILL);
        }
        drop(self.child.wait());
    }
}

/// Why a service is not ready.
#[derive(Debug, thiserror::Error)]
enum Unready {
    #[error("ended before it was ready")]
    Gone,
    #[error("was not ready within {} s", .0.as_secs())]
    Late(Duration),
    #[error("does not listen on this machine's loopback")]
    Elsewhere,
    #[error("was not ready when the run was interrupted")]
    Interrupted,
}

/// The address of the line `listening http://ADDRESS:PORT`. The thread reads on until the end, so that the service can go on writing.
fn listening(stdout: ChildStdout) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while matches!(stdout.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line), Ok(1..)) {
            if let Some(address) = String::from_utf8_lossy(&line).strip_prefix("listening http://") {
                drop(send.send(address.to_owned()));
            }
            line.clear();
        }
    });
    receive
}

/// The end of a log, for people: behind a colon, lines parted by slashes.
fn last_lines(log: &Path) -> String {
    let text = File::open(log).and_then(|mut file| {
        use std::io::Seek;
        let length = file.metadata()?.len();
        file.seek(std::io::SeekFrom::Start(length.saturating_sub(LAST_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(LAST_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    });
    let text = text.unwrap_or_default();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(bench_cli::printable).collect();
    let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
    if last.is_empty() { String::new() } else { format!(": {}", last.join(" / ")) }
}
