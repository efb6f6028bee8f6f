//! Running git in a project, with nothing of the user's environment that could lead it elsewhere.
//! Must not know: what a ledger is.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::Error;

/// Variables by which git would leave the project's repository, as they are set inside hooks.
const LEADING_ELSEWHERE: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
];

/// The git command line in a project.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    project: PathBuf,
}

/// Whether one commit contains another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ancestry {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// One of them is not in this clone.
    Unknown,
}

impl Git {
    pub(crate) fn new(project: &Path) -> Self {
        Self { project: project.to_path_buf() }
    }

    /// A command of git, not yet started. Hooks do not run: they are the user's, for the user's commits.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.project).args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]);
        command.args(["-c", "maintenance.auto=false"]).args(arguments);
        for name in LEADING_ELSEWHERE {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn(mut command: Command) -> Result<Child, Error> {
        command.spawn().map_err(|source| Error::GitMissing { source })
    }

    pub(crate) fn output(&self, arguments: &[&str], input: Option<&[u8]>) -> Result<Output, Error> {
        let mut command = self.command(arguments);
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let failed = |source| Error::GitMissing { source };
        let mut child = Self::spawn(command)?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // When git ends early, its own message says more than the broken pipe.
            drop(stdin.write_all(input));
        }
        child.wait_with_output().map_err(failed)
    }

    /// What a successful command prints, without the last newline.
    pub(crate) fn text(&self, arguments: &[&str], input: Option<&[u8]>) -> Result<String, Error> {
        let output = self.output(arguments, input)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned());
        }
        Err(failure(arguments, &output.stderr))
    }

    /// The commit that a ref names, when it exists.
    pub(crate) fn commit_of(&self, name: &str) -> Result<Option<String>, Error> {
        let wanted = format!("{name}^{{commit}}");
        let arguments = ["rev-parse", "--quiet", "--verify", "--end-of-options", &wanted];
        let output = self.output(&arguments, None)?;
        match output.status.code() {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
            Some(1) => Ok(None),
            _ => Err(failure(&arguments, &output.stderr)),
        }
    }

    /// Whether the project lies in a git repository. Without git on the machine it is as good as none.
    ///
    /// A repository that git refuses to open (such as one of another owner) is an error: it may hold the ledger.
    pub(crate) fn is_repository(&self) -> Result<bool, Error> {
        let arguments = ["rev-parse", "--git-dir"];
        match self.output(&arguments, None) {
            Ok(output) if output.status.success() => Ok(true),
            Ok(output) if String::from_utf8_lossy(&output.stderr).contains("not a git repository") => Ok(false),
            Ok(output) => Err(failure(&arguments, &output.stderr)),
            Err(Error::GitMissing { source }) if source.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn has_remote(&self, name: &str) -> bool {
        self.text(&["remote"], None).is_ok_and(|names| names.lines().any(|line| line == name))
    }

    /// Whether `inner` is `outer` or lies in its history.
    pub(crate) fn contains(&self, outer: &str, inner: &str) -> Ancestry {
        match self.output(&["merge-base", "--is-ancestor", inner, outer], None).map(|output| output.status.code()) {
            Ok(Some(0)) => Ancestry::Yes,
            Ok(Some(1)) => Ancestry::No,
            _ => Ancestry::Unknown,
        }
    }
}

pub(crate) fn failure(arguments: &[&str], stderr: &[u8]) -> Error {
    let verb = arguments.first().copied().unwrap_or_default().to_owned();
    Error::Git { verb, reason: reason(stderr) }
}

/// What git said, on one line, without the credentials that a remote's URL may hold.
pub(crate) fn reason(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(without_credentials).collect();
    if lines.is_empty() { "it gave no reason".to_owned() } else { lines.join("; ") }
}

fn without_credentials(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(after.len());
        let (authority, behind) = after.split_at_checked(end).unwrap_or((after, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        shown.push_str(before);
        shown.push_str("://");
        shown.push_str(host);
        rest = behind;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remotes_credentials_are_not_repeated() {
        let said = b"fatal: unable to access 'https://x-token:s3cret@example.org/a.git/': refused\n\nssh://git@b/c ok";
        assert_eq!(reason(said), "fatal: unable to access 'https://example.org/a.git/': refused; ssh://b/c ok");
    }
}
