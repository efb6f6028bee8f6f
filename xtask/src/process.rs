//! Running programs: their exits, their output, and Ctrl-C for all of them.

use std::ffi::OsStr;
use std::fmt;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// The stage that is running, by process id; 0 for none.
static CHILD: AtomicI32 = AtomicI32::new(0);

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

/// Hands SIGINT and SIGTERM on to the stage, which saves what it has and ends; this program then ends, too.
pub(crate) fn forward_signals() {
    drop(ctrlc::set_handler(|| match Pid::from_raw(CHILD.load(Ordering::SeqCst)) {
        Some(child) => drop(kill_process(child, Signal::TERM)),
        None => std::process::exit(130),
    }));
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
    Ok(status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2))
}

fn not_started(command: &Command, error: &std::io::Error) -> Failed {
    Failed {
        code: "CBKB107",
        what: format!("cannot run {}: {error}", command.get_program().display()),
        next: "install it, or put it on the PATH",
    }
}
