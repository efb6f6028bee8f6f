//! What was released: the tags of a repository with their commits and dates. Git is called, not linked.
//! Must not know: the ledger, or which tags an audit is about.

use std::path::Path;
use std::process::{Command, Stdio};

use bench_model::Commit;
use bench_model::time::Timestamp;

/// Variables by which git would leave the project's repository, as they are set inside hooks.
const LEADING_ELSEWHERE: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
];

/// Name, kind and id of what the tag points to, directly and through an annotated tag, and the date of the tag or the commit.
const FORMAT: &str = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(creatordate:unix)";

/// What a repository says of releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// Its tags that name a commit, ordered by time and name.
    Tags(Vec<Tag>),
    /// It cannot say: why, as the end of a sentence about it.
    Unknown(String),
}

/// A tag that names a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// The commit.
    pub commit: Commit,
    /// When it was made; of a tag without a date of its own, the commit's date.
    pub time: Timestamp,
}

/// The tags of the repository that `project` lies in. A clone that lacks history or tags says nothing about releases.
pub fn released(project: &Path) -> Released {
    let unknown = |reason: &str| Released::Unknown(reason.to_owned());
    let shallow = match git(project, &["rev-parse", "--is-shallow-repository"]) {
        Ok(text) => text.trim() == "true",
        Err(reason) => return Released::Unknown(reason),
    };
    if shallow {
        return unknown(
            "the repository is a shallow clone, which may lack tags (fetch its whole history with `git fetch --unshallow --tags`)",
        );
    }
    let listed = match git(project, &["for-each-ref", "--sort=refname", FORMAT, "refs/tags"]) {
        Ok(listed) => listed,
        Err(reason) => return Released::Unknown(reason),
    };
    if listed.is_empty() {
        return unknown("the repository has no tags (where there are releases, fetch them with `git fetch --tags`)");
    }
    let mut tags: Vec<_> = listed.lines().filter_map(tag).collect();
    tags.sort_by(|a, b| (a.time, &a.name).cmp(&(b.time, &b.name)));
    Released::Tags(tags)
}

/// A line of the list; `None` for a tag of something that is no commit.
fn tag(line: &str) -> Option<Tag> {
    let mut parts = line.split('\0');
    let mut part = || parts.next();
    let (name, kind, id, inner_kind, inner) = (part()?, part()?, part()?, part()?, part()?);
    let time = Timestamp::from_unix(part()?.parse().ok()?);
    let commit = match (kind, inner_kind) {
        ("commit", _) => id,
        ("tag", "commit") => inner,
        _ => return None,
    };
    Some(Tag { name: name.to_owned(), commit: commit.parse().ok()?, time })
}

/// What git prints in a project, or why it does not.
fn git(project: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(project).args(arguments).stdin(Stdio::null()).env("LC_ALL", "C");
    for name in LEADING_ELSEWHERE {
        command.env_remove(name);
    }
    let output = command.output().map_err(|error| format!("git cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("not a git repository") {
        return Err("the project lies in no git repository".to_owned());
    }
    // Its first line names the refusal, and may name a folder: what is written must not.
    Err("git refuses to read the repository: run `git tag` there for its reason".to_owned())
}
