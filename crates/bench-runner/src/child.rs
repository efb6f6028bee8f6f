//! One process with everything it starts: begun in a group of its own, watched without touching it, ended as a whole.
//! Must not know: harnesses, or what the process writes.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use wait4::{ResUse, Wait4};

use crate::RunnerError;

/// How long a group has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// How often the wish to stop is looked at. Between two looks the runner sleeps.
pub(crate) const LOOK: Duration = Duration::from_millis(200);

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) how: How,
    /// Exit status, times and peak memory, of the process and the descendants it waited for.
    pub(crate) usage: ResUse,
    /// From before it was started until it ended, by the monotonic clock.
    pub(crate) wall: Duration,
}

/// What the scheduler counts of a thread: time on a processor, and time in which it could have been on one and was not
/// (Linux, Documentation/scheduler/sched-stats: `/proc/<pid>/schedstat`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheduled {
    pub(crate) running: Duration,
    pub(crate) waiting: Duration,
}

impl Scheduled {
    /// So far; exact only while the thread does not run.
    pub(crate) fn of(pid: Pid) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{}/schedstat", pid.as_raw_nonzero())).ok()?;
        let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok()).map(Duration::from_nanos);
        Some(Self { running: numbers.next()?, waiting: numbers.next()? })
    }
}

/// Who ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    ByItself,
    TimedOut,
    Interrupted,
}

/// Runs a command to its end, to the deadline, or to the interrupt. Whatever is left of its group then is killed.
///
/// A waiting thread sleeps in the kernel until the process ends; this one sleeps, too, and wakes a few times a second to
/// see whether it should stop. Nothing of the measured process is read or stopped meanwhile.
pub(crate) fn run(command: Command, deadline: Option<Instant>, interrupt: &Interrupt) -> Result<Ended, RunnerError> {
    run_watched(command, deadline, interrupt, |_| LOOK)
}

/// As [`run`], with `look` called at the start and then after every pause that it asked for.
pub(crate) fn run_watched(
    mut command: Command,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
    mut look: impl FnMut(Pid) -> Duration,
) -> Result<Ended, RunnerError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let watch = |source: io::Error| RunnerError::Watch { program: program.clone(), source };
    let begun = Instant::now();
    let child =
        command.process_group(0).spawn().map_err(|source| RunnerError::Start { program: program.clone(), source })?;
    let group = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| watch(io::Error::other("it has no process id")))?;

    let (send, ended) = mpsc::channel();
    std::thread::spawn(move || {
        // Without reaping it: until then its number names this process and group, and no other.
        let outcome = loop {
            match waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other.map(|_| Instant::now()),
            }
        };
        let _ = send.send(outcome);
    });

    let mut how = How::ByItself;
    let outcome = loop {
        let mut pause = look(group).min(LOOK);
        if let Some(deadline) = deadline {
            pause = pause.min(deadline.saturating_duration_since(Instant::now()));
        }
        match ended.recv_timeout(pause) {
            Ok(outcome) => break outcome,
            Err(RecvTimeoutError::Disconnected) => break Err(rustix::io::Errno::CHILD),
            Err(RecvTimeoutError::Timeout) => {
                if interrupt.is_set() {
                    how = How::Interrupted;
                } else if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    how = How::TimedOut;
                } else {
                    continue;
                }
                let _ = kill_process_group(group, Signal::TERM);
                match ended.recv_timeout(GRACE) {
                    Ok(outcome) => break outcome,
                    Err(_) => drop(kill_process_group(group, Signal::KILL)),
                }
                break ended.recv().unwrap_or(Err(rustix::io::Errno::CHILD));
            }
        }
    };
    // A child that was left behind in the group ends here, too.
    let _ = kill_process_group(group, Signal::KILL);
    let end = outcome.map_err(|errno| watch(errno.into()))?;
    let usage = child.wait4().map_err(watch)?;
    Ok(Ended { how, usage, wall: end.duration_since(begun) })
}
