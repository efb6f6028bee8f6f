//! Processes that are ended as groups, whatever happens. Must not know: what they run.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bench_model::file::FileError;
use rustix::process::{Pid, Signal, kill_process_group};

use super::hide::Hide;
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
    writers: Vec<JoinHandle<()>>,
}

/// Where lines of standard output go.
pub(crate) enum Lines {
    /// To the log only.
    Kept,
    /// To the log, and to whoever listens.
    Told,
}

impl Process {
    /// Starts it; what it writes goes to `log`, without secrets.
    pub(crate) fn start(
        mut command: Command,
        log: &Path,
        lines: Lines,
        hide: &Hide,
    ) -> Result<(Self, Receiver<String>), Error> {
        let unwritable = |source: io::Error| FileError::Write { path: log.to_path_buf(), source };
        let file = Arc::new(Mutex::new(File::create(log).map_err(unwritable)?));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|source| Error::Load {
            what: format!("cannot start {program}: {source}"),
            hint: "install it, or name the program; docs/load.md says which versions are known to work".into(),
        })?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let (send, receive) = channel();
        let told = matches!(lines, Lines::Told).then_some(send);
        let out = child.stdout.take().map(|out| copy(out, Arc::clone(&file), hide.clone(), told));
        let errors = child.stderr.take().map(|errors| copy(errors, file, hide.clone(), None));
        let writers = out.into_iter().chain(errors).collect();
        Ok((Self { child, group, log: log.to_path_buf(), ended: None, writers }, receive))
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

    /// The last lines that it wrote, without secrets.
    pub(crate) fn last_words(&self) -> String {
        // What it wrote at its end may still be on the way; a grandchild that lives on may keep the way open.
        let deadline = Instant::now() + Duration::from_secs(2);
        while self.ended.is_some() && !self.writers.iter().all(JoinHandle::is_finished) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines.get(lines.len().saturating_sub(3)..).unwrap_or_default();
        last.iter().map(|line| line.chars().take(200).collect::<String>()).collect::<Vec<_>>().join(" / ")
    }
}

/// Copies what is written to a log, line by line and without secrets; `told` gets lines as they are.
fn copy(
    from: impl Read + Send + 'static,
    log: Arc<Mutex<File>>,
    hide: Hide,
    told: Option<Sender<String>>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while from.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes);
            let line = text.trim_end_matches(['\n', '\r']);
            let hidden = hide.text(line);
            drop(writeln!(log.lock().unwrap_or_else(PoisonError::into_inner), "{hidden}"));
            if let Some(told) = &told {
                drop(told.send(line.to_owned()));
            }
            bytes.clear();
        }
    })
}

/// Takes an engine's own settings (variables that begin with `prefix`) from its environment, and proxies: they would change the load, or
/// where it goes and its headers with it, without a trace in the record.
pub(crate) fn without_settings(command: &mut Command, prefix: &str) {
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with(prefix) || shown.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&name);
        }
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
