//! Which commit a revision names. Must not know: what is done with it.

use std::path::{Path, PathBuf};

use bench_model::Commit;

use crate::RunnerError;
use bench_host::ask;

/// The repository that a project lies in.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    /// The top folder of its work tree.
    pub(super) root: PathBuf,
    /// The project's folder below it.
    pub(super) project: PathBuf,
}

impl Repository {
    /// The repository around a folder.
    pub(super) fn around(folder: &Path) -> Result<Self, RunnerError> {
        let git = |arguments: &[&str]| {
            ask(folder, arguments).map_err(|reason| RunnerError::NoRepository { path: folder.to_path_buf(), reason })
        };
        let root = git(&["rev-parse", "--show-toplevel"])?;
        let project = git(&["rev-parse", "--show-prefix"])?;
        Ok(Self { root: root.into(), project: project.into() })
    }

    /// The commit that a revision names.
    pub(super) fn commit(&self, flag: &'static str, revision: &str) -> Result<Commit, RunnerError> {
        if revision.is_empty() || revision.starts_with('-') {
            return Err(RunnerError::Flag { flag, reason: format!("`{revision}` is no git revision") });
        }
        let commit = ask(&self.root, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]);
        commit.ok().and_then(|text| text.parse().ok()).ok_or_else(|| self.unknown(flag, revision))
    }

    /// Where the checked out commit left the branch that a pull request goes to.
    pub(super) fn fork_point(&self, remote: &str, branch: &str) -> Result<Commit, RunnerError> {
        let upstream = format!("{remote}/{branch}");
        self.commit("--against", &upstream)?;
        let commit = ask(&self.root, &["merge-base", "HEAD", &upstream]);
        let unknown = || self.unknown("--against", &format!("merge-base of HEAD and {upstream}"));
        commit.ok().and_then(|text| text.parse().ok()).ok_or_else(unknown)
    }

    fn unknown(&self, flag: &'static str, revision: &str) -> RunnerError {
        let shallow = ask(&self.root, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|text| text == "true");
        RunnerError::NoRevision { flag, revision: revision.to_owned(), shallow }
    }
}
