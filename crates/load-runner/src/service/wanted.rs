//! `--service`: the flag of every verb that sends load, and what follows from it. Must not know: who sends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_cli::Interrupt;
use clap::Args;

use super::{API_KEY, Copies, Service, Start, new_key};
use crate::Error;
use crate::scenario::{Overrides, Scenario};

/// How long the service may take to become ready.
const READY: Duration = Duration::from_secs(60);

/// The flag.
#[derive(Debug, Args)]
pub(crate) struct ServiceFlag {
    /// Start this program as the service, and end it afterwards
    #[arg(long, value_name = "PROGRAM")]
    service: Option<PathBuf>,
}

/// A program that is to be the service, with the key that it will demand.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    program: &'a Path,
    api_key: String,
}

impl ServiceFlag {
    /// What it asks for, when it was given.
    ///
    /// # Errors
    /// As [`new_key`].
    pub(crate) fn wanted(&self) -> Result<Option<Wanted<'_>>, Error> {
        self.service.as_deref().map(Wanted::new).transpose()
    }
}

/// An environment variable as scenarios see it: the key of a service that is wanted, and all else as it is.
pub(crate) fn variable(wanted: Option<&Wanted<'_>>, name: &str) -> Option<String> {
    match wanted {
        Some(wanted) if name == API_KEY => Some(wanted.api_key.clone()),
        Some(_) | None => std::env::var(name).ok(),
    }
}

impl<'a> Wanted<'a> {
    /// A program with a new key.
    ///
    /// # Errors
    /// As [`new_key`].
    pub(crate) fn new(program: &'a Path) -> Result<Self, Error> {
        Ok(Self { program, api_key: new_key()? })
    }

    /// Refuses another address beside it.
    ///
    /// # Errors
    /// `CBKB101` when one is set.
    pub(crate) fn alone(&self, overrides: &Overrides<'_>) -> Result<(), Error> {
        if overrides.set.iter().any(|(key, _)| key == "base_url") {
            let reason = "a service that is started has an address of its own: leave base_url out".into();
            return Err(Error::Flag { flag: "service", reason });
        }
        Ok(())
    }

    /// Starts it with what the scenario asks for, which goes to it from then on.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub(crate) fn start(&self, scenario: &mut Scenario, log: &Path, interrupt: &Interrupt) -> Result<Service, Error> {
        self.start_copies(Copies::Alone, scenario, log, interrupt)
    }

    /// The same with several processes.
    ///
    /// # Errors
    /// As [`Service::start`].
    pub(crate) fn start_copies(
        &self,
        copies: Copies,
        scenario: &mut Scenario,
        log: &Path,
        interrupt: &Interrupt,
    ) -> Result<Service, Error> {
        let Self { program, api_key } = self;
        let service = &scenario.service;
        let service = Service::start(&Start { program, service, copies, api_key, log, limit: READY, interrupt })?;
        scenario.base_url = format!("{}{}", service.base_url(), scenario.path_prefix());
        Ok(service)
    }
}
