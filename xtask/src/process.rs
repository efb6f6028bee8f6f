//! Running programs: their exits, their output, and Ctrl-C for all of them.

use std::ffi::OsStr;
use std::fmt;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// The stage that is running, by process id; 0 for none.
static CHILD: AtomicI32 = AtomicI32::new(0);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Why a program could not be run.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) code: &'static str,
    pub(crate) what: String,
    pub(crate) next: &'static str,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}\n  next:  {}", self.code, self.what, self.next)
    }
}

/// Whether the user, or the system, asked for an end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Hands SIGINT and SIGTERM on to the stage, which saves what it has and ends; between stages they end this program.
pub(crate) fn forward_signals() {
    drop(ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        match Pid::from_raw(CHILD.load(Ordering::SeqCst)) {
            Some(child) => drop(kill_process(child, Signal::TERM)),
            None => std::process::exit(2),
        }
    }));
}

/// Talks on standard error; a closed one is no reason to stop.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// A program with arguments, as a command.
pub(crate) fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Runs a program and returns its exit status; a signal that ended it counts as 2.
pub(crate) fn status(command: &mut Command) -> Result<u8, Failed> {
    let child = command.spawn().map_err(|error| not_started(command, &error))?;
    wait(child, command)
}

/// Runs a program and returns its exit status and what it wrote to standard output.
pub(crate) fn captured(command: &mut Command) -> Result<(u8, String), Failed> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| not_started(command, &error))?;
    CHILD.store(child.id() as i32, Ordering::SeqCst);
    let mut bytes = Vec::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_end(&mut bytes).map_err(|error| not_started(command, &error))?;
    }
    Ok((wait(child, command)?, String::from_utf8_lossy(&bytes).into_owned()))
}

fn wait(mut child: Child, command: &Command) -> Result<u8, Failed> {
    CHILD.store(child.id() as i32, Ordering::SeqCst);
    let status = child.wait().map_err(|error| not_started(command, &error));
    CHILD.store(0, Ordering::SeqCst);
    Ok(contracted(status?.code()))
}

/// A program's exit as the contract has it: whatever is not 0 to 3, such as a signal or a panic, could not do its work.
fn contracted(code: Option<i32>) -> u8 {
    code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code <= 3).unwrap_or(2)
}

fn not_started(command: &Command, error: &std::io::Error) -> Failed {
    Failed {
        code: "CBKB107",
        what: format!("cannot run {}: {error}", command.get_program().display()),
        next: "install it, or put it on the PATH",
    }
}

#[cfg(test)]
mod tests {
    use super::contracted;

    #[test]
    fn a_crash_counts_as_could_not() {
        assert_eq!([Some(0), Some(1), Some(3)].map(contracted), [0, 1, 3]);
        assert_eq!([Some(101), Some(130), Some(-1), None].map(contracted), [2, 2, 2, 2]);
    }
}
