//! Processes that are ended as groups, whatever happens. Must not know: what they run.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bench_model::file::FileError;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::Error;

/// How long a group has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// A process that leads a group of its own. The group is ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Option<Pid>,
    log: PathBuf,
    ended: Option<ExitStatus>,
}

/// Where lines of standard output go.
pub(crate) enum Lines {
    /// To the log only.
    Kept,
    /// To the log, and to whoever listens.
    Told,
}

impl Process {
    /// Starts it; what it writes goes to `log`.
    pub(crate) fn start(mut command: Command, log: &Path, lines: Lines) -> Result<(Self, Receiver<String>), Error> {
        let unwritable = |source: io::Error| FileError::Write { path: log.to_path_buf(), source };
        let file = File::create(log).map_err(unwritable)?;
        let mut copy = file.try_clone().map_err(unwritable)?;
        let errors = file.try_clone().map_err(unwritable)?;
        let told = matches!(lines, Lines::Told);
        command.stdin(Stdio::null()).stderr(errors).process_group(0);
        command.stdout(if told { Stdio::piped() } else { Stdio::from(file) });
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|source| Error::Load {
            what: format!("cannot start {program}: {source}"),
            hint: "install it, or name the program; docs/load.md says which versions are known to work".into(),
        })?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let (send, receive) = channel();
        if let Some(out) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines() {
                    let Ok(line) = line else { break };
                    drop(writeln!(copy, "{line}"));
                    drop(send.send(line));
                }
            });
        }
        Ok((Self { child, group, log: log.to_path_buf(), ended: None }, receive))
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.ended()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to its group, while it leads one.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if let (None, Some(group)) = (self.ended(), self.group) {
            // One that is gone already needs no signal.
            let _ = kill_process_group(group, signal);
        }
    }

    /// The last lines that it wrote.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines.get(lines.len().saturating_sub(3)..).unwrap_or_default();
        last.iter().map(|line| line.chars().take(200).collect::<String>()).collect::<Vec<_>>().join(" / ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Until it is waited for, its number names this group and no other.
        if self.ended().is_none() {
            self.signal(Signal::TERM);
            self.wait(GRACE);
            self.signal(Signal::KILL);
            drop(self.child.wait());
        }
    }
}
