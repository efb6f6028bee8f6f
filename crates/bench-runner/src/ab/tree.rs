//! A commit checked out beside the project. Must not know: what is built from it.
//!
//! One work tree per side, taken from commit to commit, and not one per commit: git then rewrites only files that differ,
//! so that cargo builds only what they change, and what it reuses is never older than the sources (in a tree with other
//! times, cargo could take the build of another commit for its own).

use std::fs;
use std::path::Path;

use bench_model::Commit;

use super::revision::Repository;
use crate::RunnerError;
use bench_host::ask;

/// No hook of the project is run by a checkout that its people did not ask for.
const NO_HOOKS: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];

/// Checks a commit out in `folder`, with nothing in it that is not of the commit.
pub(super) fn check_out(repository: &Repository, folder: &Path, commit: &Commit) -> Result<(), RunnerError> {
    let git = |place: &Path, arguments: &[&str]| {
        ask(place, &[&NO_HOOKS, arguments].concat()).map_err(|reason| RunnerError::Checkout {
            revision: commit.as_str().to_owned(),
            path: folder.to_path_buf(),
            reason,
        })
    };
    let switched = belongs(repository, folder)
        && git(folder, &["checkout", "--quiet", "--force", "--detach", commit.as_str()]).is_ok()
        && git(folder, &["clean", "--quiet", "-ffdx"]).is_ok();
    if !switched {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|source| RunnerError::write(folder, source))?;
        }
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above).map_err(|source| RunnerError::write(above, source))?;
        }
        // Forced: git may still know a tree in this place that `cargo clean` removed.
        let path = folder.to_string_lossy();
        git(&repository.root, &["worktree", "add", "--quiet", "--force", "--detach", &path, commit.as_str()])?;
    }
    if folder.join(".gitmodules").exists() {
        git(folder, &["submodule", "--quiet", "update", "--init", "--recursive", "--force"])?;
    }
    Ok(())
}

/// Whether a folder is a work tree of this repository. One in its place may be a leftover, or of another clone.
fn belongs(repository: &Repository, folder: &Path) -> bool {
    let common = |place: &Path| {
        let text = ask(place, &["rev-parse", "--git-common-dir"]).ok()?;
        place.join(text).canonicalize().ok()
    };
    folder.join(".git").is_file() && common(folder).is_some_and(|found| Some(found) == common(&repository.root))
}
