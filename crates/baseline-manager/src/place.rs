//! Which ledger is meant: the setting, and what the surroundings make of `auto`.
//! Must not know: how a ledger is stored.

use std::path::{Path, PathBuf};

use bench_model::config::LedgerLocation;

use crate::Error;
use crate::git::Git;

/// The private ref of the measured repository: no branch, no file in the work tree.
pub const PRIVATE_REF: &str = "refs/perfledger/ledger";

/// The place of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A git ref of the project's repository.
    Ref {
        /// The full name.
        name: String,
        /// Whether it may only be read.
        read_only: bool,
    },
    /// The branch `perf-ledger` of a remote.
    Branch {
        /// The remote.
        remote: String,
        /// Whether it may only be read.
        read_only: bool,
    },
    /// Nothing is kept.
    Nowhere {
        /// Why.
        why: String,
        /// Whether that was asked for.
        wanted: bool,
    },
}

/// What is around, as far as it decides what `auto` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The project lies in a git repository.
    pub repository: bool,
    /// A CI service runs this (`CI=true`).
    pub ci: bool,
    /// It runs for a pull request (`GITHUB_EVENT_NAME` starts with `pull_request`).
    pub pull_request: bool,
    /// The repository has the remote that the settings name.
    pub remote: bool,
}

impl Surroundings {
    /// Looks around: at two environment variables and the project's repository.
    ///
    /// # Errors
    /// [`Error::Git`] when there is a repository that git refuses to open.
    pub fn of(project: &Path, remote: &str) -> Result<Self, Error> {
        let git = Git::new(project);
        let repository = git.is_repository()?;
        let variable = |name| std::env::var(name).unwrap_or_default();
        Ok(Self {
            repository,
            ci: matches!(variable("CI").as_str(), "true" | "1"),
            pull_request: variable("GITHUB_EVENT_NAME").starts_with("pull_request"),
            remote: repository && git.has_remote(remote),
        })
    }

    /// Nothing around, for places that do not depend on it.
    const NOTHING: Self = Self { repository: false, ci: false, pull_request: false, remote: false };
}

impl Place {
    /// The place that a setting means for a project; what is around matters for `auto` and refs alone.
    ///
    /// # Errors
    /// As [`Surroundings::of`] and [`Place::resolve`].
    pub fn of(location: &LedgerLocation, remote: &str, project: &Path) -> Result<(Self, Surroundings), Error> {
        let around = match location {
            LedgerLocation::Folder(_) | LedgerLocation::None => Surroundings::NOTHING,
            LedgerLocation::Auto | LedgerLocation::Ref(_) => Surroundings::of(project, remote)?,
        };
        Ok((Self::resolve(location, remote, &around)?, around))
    }

    /// The place that a setting means.
    ///
    /// # Errors
    /// [`Error::NoLedger`] for a git ref outside any repository.
    pub fn resolve(location: &LedgerLocation, remote: &str, around: &Surroundings) -> Result<Self, Error> {
        let read_only = around.pull_request;
        Ok(match location {
            LedgerLocation::Folder(path) => Self::Folder(path.clone()),
            LedgerLocation::None => Self::Nowhere { why: "ledger.location is `none`".into(), wanted: true },
            LedgerLocation::Ref(name) if !around.repository => {
                let why = format!("`{name}` is a git ref, and the project lies in no git repository");
                return Err(Error::NoLedger { why });
            }
            // What a fetch brought stays as the remote has it: a line behind it would be published by nobody.
            LedgerLocation::Ref(name) => Self::Ref { name: name.clone(), read_only: name.starts_with("refs/remotes/") },
            LedgerLocation::Auto if !around.repository => {
                Self::Nowhere { why: "the project lies in no git repository".into(), wanted: false }
            }
            LedgerLocation::Auto if around.ci && around.remote => Self::Branch { remote: remote.to_owned(), read_only },
            LedgerLocation::Auto => Self::Ref { name: PRIVATE_REF.into(), read_only },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Surroundings = Surroundings { repository: true, ci: false, pull_request: false, remote: true };

    fn auto(around: &Surroundings) -> Place {
        Place::resolve(&LedgerLocation::Auto, "origin", around).unwrap()
    }

    #[test]
    fn auto_is_a_private_ref_on_a_developers_machine_and_a_pushed_branch_in_ci() {
        let private = Place::Ref { name: PRIVATE_REF.into(), read_only: false };
        assert_eq!(auto(&HERE), private);
        let ci = Surroundings { ci: true, ..HERE };
        assert_eq!(auto(&ci), Place::Branch { remote: "origin".into(), read_only: false });
        assert_eq!(auto(&Surroundings { remote: false, ..ci }), private);
    }

    #[test]
    fn auto_is_read_only_in_a_pull_request_and_a_named_ledger_is_not() {
        let around = Surroundings { ci: true, pull_request: true, ..HERE };
        assert_eq!(auto(&around), Place::Branch { remote: "origin".into(), read_only: true });
        let named = LedgerLocation::parse("refs/x/y");
        let place = Place::resolve(&named, "origin", &around).unwrap();
        assert_eq!(place, Place::Ref { name: "refs/x/y".into(), read_only: false });
    }

    #[test]
    fn what_a_fetch_brought_is_read_only() {
        let fetched = LedgerLocation::parse("refs/remotes/origin/perf-ledger");
        let place = Place::resolve(&fetched, "origin", &HERE).unwrap();
        assert_eq!(place, Place::Ref { name: "refs/remotes/origin/perf-ledger".into(), read_only: true });
    }

    #[test]
    fn outside_a_repository_auto_keeps_nothing_and_a_ref_is_refused() {
        let around = Surroundings { repository: false, remote: false, ..HERE };
        assert!(matches!(auto(&around), Place::Nowhere { wanted: false, .. }));
        let refused = Place::resolve(&LedgerLocation::parse("refs/x"), "origin", &around);
        assert!(matches!(refused, Err(Error::NoLedger { .. })));
    }
}
