//! The commit that is measured, asked of git. Must not know: other kinds of provenance.

use std::path::Path;

use bench_model::Commit;
use bench_model::provenance::Source;

use super::Places;
use crate::git::ask;

/// The commit checked out in a folder; absent outside a repository. A repository that git refuses to read is a warning.
pub(super) fn source(places: &Places<'_>, warnings: &mut Vec<String>) -> Option<Source> {
    let git = |arguments: &[&str]| ask(places.folder, arguments).ok();
    let commit: Commit = match ask(places.folder, &["rev-parse", "--verify", "HEAD"]) {
        Ok(text) => text.parse().ok()?,
        Err(reason) => {
            if in_repository(places.folder) {
                warnings.push(format!("the commit is not recorded: {reason}"));
            }
            return None;
        }
    };
    let branch = git(&["symbolic-ref", "--short", "--quiet", "HEAD"]).or_else(|| ci_branch(places));
    // An answer that git does not give counts as a change: a clean tree is never claimed without proof.
    let dirty = git(&["status", "--porcelain", "--untracked-files=normal"]).is_none_or(|text| !text.is_empty());
    let on_main = branch.as_deref() == Some(places.main_branch);
    let remote = format!("refs/remotes/{}/{}", places.remote, places.main_branch);
    let local = format!("refs/heads/{}", places.main_branch);
    let base = [remote, local]
        .iter()
        .filter(|_| !on_main)
        .find_map(|main| git(&["merge-base", "HEAD", main])?.parse::<Commit>().ok())
        .filter(|base| *base != commit);
    Some(Source { commit, branch, dirty, base })
}

/// The commit checked out, and how tracked files differ from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    commit: String,
    changes: String,
}

/// What a work tree holds now; absent where git does not tell.
pub(super) fn state(folder: &Path) -> Option<State> {
    let commit = ask(folder, &["rev-parse", "--verify", "HEAD"]).ok()?;
    let changes = ask(folder, &["status", "--porcelain", "--untracked-files=no"]).ok()?;
    Some(State { commit, changes })
}

/// The branch as GitHub Actions names it, where a commit is checked out instead.
fn ci_branch(places: &Places<'_>) -> Option<String> {
    let variable = |name: &str| (places.variable)(name).filter(|value| !value.is_empty());
    variable("GITHUB_ACTIONS").filter(|value| value == "true")?;
    variable("GITHUB_HEAD_REF")
        .or_else(|| variable("GITHUB_REF_TYPE").filter(|kind| kind == "branch").and(variable("GITHUB_REF_NAME")))
}

fn in_repository(folder: &Path) -> bool {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    folder.ancestors().any(|above| above.join(".git").exists())
}
