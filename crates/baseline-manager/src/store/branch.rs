//! A ledger on an orphan branch of a remote, for CI: fetched, built upon, and pushed by fast-forward only.
//! Must not know: which remote that is, or what a line says.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bench_model::RunId;
use bench_model::time::Timestamp;

use super::git_ref::{Snapshot, build};
use super::{ATTEMPTS, Changed, Decide, Visitor, back_off};
use crate::Error;
use crate::git::{Git, reason};

/// The branch of the remote. It shares no history with the project's own branches.
const BRANCH: &str = "perf-ledger";

#[derive(Debug)]
pub(super) struct Branch {
    git: Git,
    remote: String,
    shown: String,
}

impl std::fmt::Display for Branch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Branch {
    pub(super) fn new(git: Git, remote: &str) -> Self {
        Self { git, remote: remote.to_owned(), shown: format!("{remote}/{BRANCH}") }
    }

    pub(super) fn visit(&self, visitor: &mut dyn Visitor) -> Result<(), Error> {
        match self.fetch()? {
            Some(fetched) => Snapshot::of(&self.git, &self.shown, &fetched.commit)?.visit(visitor),
            None => Ok(()),
        }
    }

    pub(super) fn update(&self, now: Timestamp, watch: Option<&RunId>, decide: Decide<'_>) -> Result<Changed, Error> {
        for attempt in 0..ATTEMPTS {
            let fetched = self.fetch()?;
            let parent = fetched.as_ref().map(|fetched| fetched.commit.as_str());
            let (head, commit) = build(&self.git, &self.shown, parent, now, watch, decide)?;
            let changed = Changed { head, warnings: Vec::new() };
            let Some(commit) = commit else { return Ok(changed) };
            let refspec = format!("{commit}:refs/heads/{BRANCH}");
            // Without force the remote itself refuses whatever is not built on its tip.
            let output = self.git.output(&["push", "--porcelain", "--no-verify", &self.remote, &refspec], None)?;
            if output.status.success() {
                return Ok(changed);
            }
            let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
            if !lost_a_race(&String::from_utf8_lossy(&said)) {
                return Err(self.failed("push", &said));
            }
            back_off(attempt, Duration::from_secs(2));
        }
        Err(Error::Contended { place: self.shown.clone(), attempts: ATTEMPTS })
    }

    /// The tip of the remote's branch with all its objects here; `None` when the branch does not exist yet.
    fn fetch(&self) -> Result<Option<Fetched<'_>>, Error> {
        let listed = self.git.output(&["ls-remote", &self.remote, &format!("refs/heads/{BRANCH}")], None)?;
        if !listed.status.success() {
            return Err(self.failed("read", &listed.stderr));
        }
        if listed.stdout.is_empty() {
            return Ok(None);
        }
        // A name of its own for each fetch, so that processes in one clone do not meet in it.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("refs/perfledger/fetched/{}-{count}", std::process::id());
        let refspec = format!("+refs/heads/{BRANCH}:{name}");
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
        // Only the name given: the remote's tracking branches would be one more thing that processes meet in.
        arguments.push("--refmap=");
        // Each commit holds the whole ledger. A shallow clone need not become any deeper.
        if self.git.text(&["rev-parse", "--is-shallow-repository"], None)? == "true" {
            arguments.push("--depth=1");
        }
        arguments.extend([self.remote.as_str(), &refspec]);
        let mut fetched = Fetched { git: &self.git, name, commit: String::new() };
        let output = self.git.output(&arguments, None)?;
        if !output.status.success() {
            return Err(self.failed("read", &output.stderr));
        }
        fetched.commit = self.git.commit_of(&fetched.name)?.unwrap_or_default();
        Ok(Some(fetched))
    }

    fn failed(&self, action: &'static str, said: &[u8]) -> Error {
        Error::Remote { action, branch: BRANCH.into(), remote: self.remote.clone(), reason: reason(said) }
    }
}

/// Whether a push failed because another writer was faster, or is writing right now.
fn lost_a_race(said: &str) -> bool {
    [
        "(fetch first)",
        "(non-fast-forward)",
        "(stale info)",
        "cannot lock ref",
        "failed to update ref",
        "reference already exists",
        "incorrect old value",
    ]
    .iter()
    .any(|text| said.contains(text))
}

/// A fetched tip. Its name keeps its objects alive while they are read.
struct Fetched<'g> {
    git: &'g Git,
    name: String,
    commit: String,
}

impl Drop for Fetched<'_> {
    fn drop(&mut self) {
        drop(self.git.output(&["update-ref", "-d", &self.name], None));
    }
}
