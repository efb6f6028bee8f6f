//! Starts the service that load goes to by default, with the dependency that a scenario asks for, and ends both.
//! Must not know: what the service does, or what is sent to it.

mod instance;
mod limits;
mod wanted;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use bench_model::file::FileError;

use crate::Error;
use crate::proxy::{Proxy, ProxyOptions};
use crate::scenario::{self, Limits};
use instance::{Instance, Launch};

pub(crate) use wanted::{ServiceFlag, Wanted, variable};

/// The environment variable that the service takes its key from, and that scenarios name in `${ENV:TARGET_API_KEY}`.
const API_KEY: &str = "TARGET_API_KEY";

/// The name of its log, beside `run.json`.
pub(crate) const LOG: &str = "service.log";

/// What is started, and how.
#[derive(Debug, Clone, Copy)]
struct Start<'a> {
    /// The program.
    program: &'a Path,
    /// What the scenario asks for.
    service: &'a scenario::Service,
    /// Processes that share its address; with [`Copies::Alone`] it shares none.
    copies: Copies,
    /// The key that it will demand, from [`new_key`].
    api_key: &'a str,
    /// The file that its standard error goes to; the dependency's goes beside it, to `<stem>-dependency.<extension>`.
    log: &'a Path,
    /// How long each process may take until it is ready.
    limit: Duration,
    /// The wish to stop, looked at while waiting.
    interrupt: &'a Interrupt,
}

/// How many processes a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    /// One that has its address for itself.
    Alone,
    /// So many, 1 or more, that share one (`--reuse-port`): then one differs from two in their number alone.
    Sharing(u32),
}

/// A running service. Ended when dropped: SIGTERM to its process groups, SIGKILL after 5 s. Each process is in a group of its own, so that
/// Ctrl-C reaches the program that started it alone, which ends it when all is written.
#[derive(Debug)]
pub(crate) struct Service {
    // Dropped in this order: whoever depends first.
    instance: Instance,
    others: Vec<Instance>,
    proxy: Option<Proxy>,
    _dependency: Option<Instance>,
}

/// A random key, 64 hexadecimal digits.
///
/// # Errors
/// The system has no randomness to give.
fn new_key() -> Result<String, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Load {
        what: format!("no random key for the service: {error}"),
        hint: "start the service yourself and name it with --set base_url=...".into(),
    })?;
    let mut key = String::with_capacity(64);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    Ok(key)
}

impl Service {
    /// Starts it on a free port of 127.0.0.1 and waits until it says that it is ready. With a dependency, a second instance is started
    /// first, with a proxy before it.
    ///
    /// # Errors
    /// `CBKB107` when the program cannot be started, `CBKB105` when it ends or is not ready in time: with the last lines of its log.
    fn start(start: &Start<'_>) -> Result<Self, Error> {
        let deadline = || Instant::now() + start.limit;
        let mut arguments = start.service.args.clone();
        let (mut proxy, mut dependency) = (None, None);
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        if start.service.dependency {
            let log = beside(start.log);
            begin(&log)?;
            let alone = Launch { listen: free, arguments: &[], limits: &Limits::default(), log: &log };
            let instance = Instance::start(start, &alone, deadline())?;
            let before = Proxy::start(&ProxyOptions {
                listen: free,
                to: instance.address(),
                delay: Duration::ZERO,
                loss: 0.0,
                seed: 0,
                control: None,
            })?;
            arguments.extend(["--upstream".to_owned(), format!("http://{}", before.address())]);
            (proxy, dependency) = (Some(before), Some(instance));
        }
        let more = match start.copies {
            Copies::Alone => 0,
            Copies::Sharing(all) => {
                arguments.push("--reuse-port".to_owned());
                all.saturating_sub(1)
            }
        };
        let launch = Launch { listen: free, arguments: &arguments, limits: &start.service.limits, log: start.log };
        begin(start.log)?;
        let instance = Instance::start(start, &launch, deadline())?;
        let launch = Launch { listen: instance.address(), ..launch };
        // From here on, whatever goes wrong ends those that run.
        let mut service = Self { instance, others: Vec::new(), proxy, _dependency: dependency };
        for _ in 0..more {
            service.others.push(Instance::start(start, &launch, deadline())?);
        }
        Ok(service)
    }

    /// Where it is.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.instance.address()
    }

    /// Where it is, such as `http://127.0.0.1:40123`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Its processes, each the leader of its group.
    pub(crate) fn pids(&self) -> Vec<u32> {
        std::iter::once(&self.instance).chain(&self.others).map(Instance::pid).collect()
    }

    /// The proxy before its dependency, to cut and heal, when the scenario asks for one.
    pub(crate) const fn dependency(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // All at once; each is waited for when it is dropped itself.
        std::iter::once(&self.instance).chain(&self.others).for_each(Instance::ask_to_end);
    }
}

/// Makes an empty log, and its folder.
fn begin(log: &Path) -> Result<(), Error> {
    let file = |source| Error::File(FileError::Write { path: log.to_path_buf(), source });
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).map_err(file)?;
    }
    std::fs::File::create(log).map(drop).map_err(file)
}

/// The log of the dependency.
fn beside(log: &Path) -> PathBuf {
    let stem = log.file_stem().unwrap_or_default().to_string_lossy();
    let extension = log.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
    log.with_file_name(format!("{stem}-dependency{extension}"))
}

#[cfg(test)]
mod tests;
