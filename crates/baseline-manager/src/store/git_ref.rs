//! A ledger under a git ref: each change is a commit whose tree holds the segments; no branch is checked out
//! and no file appears in the work tree. The ref only moves from the commit that was read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use bench_model::RunId;
use bench_model::time::Timestamp;

use super::{ATTEMPTS, Change, Changed, Decide, Sealed, Visitor, back_off, seal_behind};
use crate::Error;
use crate::fold::Fold;
use crate::git::{self, Git};
use crate::segment::{Named, Segment};

/// Who writes the ledger's commits: the tool, so that no user's identity is needed or told.
const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "perfledger"),
    ("GIT_AUTHOR_EMAIL", "perfledger@localhost"),
    ("GIT_COMMITTER_NAME", "perfledger"),
    ("GIT_COMMITTER_EMAIL", "perfledger@localhost"),
];

/// How often a ref may be found locked and not moved, before the lock counts as left behind.
const MOST_UNMOVED: u32 = 20;

#[derive(Debug)]
pub(super) struct GitRef {
    git: Git,
    name: String,
}

impl GitRef {
    pub(super) fn new(git: Git, name: &str) -> Self {
        Self { git, name: name.to_owned() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn visit(&self, visitor: &mut dyn Visitor) -> Result<(), Error> {
        match self.git.commit_of(&self.name)? {
            Some(commit) => Snapshot::of(&self.git, &self.name, &commit)?.visit(visitor),
            None => Ok(()),
        }
    }

    pub(super) fn update(&self, now: Timestamp, watch: Option<&RunId>, decide: Decide<'_>) -> Result<Changed, Error> {
        let (mut last_parent, mut unmoved) = (None, 0);
        for attempt in 0..ATTEMPTS {
            let parent = self.git.commit_of(&self.name)?;
            unmoved = if attempt > 0 && last_parent == parent { unmoved + 1 } else { 0 };
            last_parent.clone_from(&parent);
            let (head, commit) = build(&self.git, &self.name, parent.as_deref(), now, watch, decide)?;
            let changed = Changed { head, warnings: Vec::new() };
            let Some(commit) = commit else { return Ok(changed) };
            let expected = parent.clone().unwrap_or_else(|| "0".repeat(commit.len()));
            let arguments = ["update-ref", "--no-deref", "-m", "perfledger", &self.name, &commit, &expected];
            let output = self.git.output(&arguments, None)?;
            if output.status.success() {
                return Ok(changed);
            }
            // Another writer holds the ref's lock, or moved the ref. Anything else will not get better by waiting,
            // nor does a lock that stays although nobody moves the ref.
            if unmoved == MOST_UNMOVED || !String::from_utf8_lossy(&output.stderr).contains("cannot lock ref") {
                return Err(git::failure(&arguments, &output.stderr));
            }
            back_off(attempt, Duration::from_millis(500));
        }
        Err(Error::Contended { place: self.name.clone(), attempts: ATTEMPTS })
    }
}

/// The head after a change on top of `parent`, and the commit that holds it when there is anything to change.
pub(super) fn build(
    git: &Git,
    shown: &str,
    parent: Option<&str>,
    now: Timestamp,
    watch: Option<&RunId>,
    decide: Decide<'_>,
) -> Result<(bench_model::Sha256, Option<String>), Error> {
    let snapshot = match parent {
        Some(commit) => Snapshot::of(git, shown, commit)?,
        None => Snapshot::empty(git, shown),
    };
    if snapshot.segments.is_empty() && !snapshot.others.is_empty() {
        return Err(Error::NotALedger { name: shown.to_owned() });
    }
    let mut ignore = |_: &_| {};
    let mut fold = Fold::new(watch, &mut ignore);
    snapshot.visit(&mut fold)?;
    let ledger = fold.finish()?;
    let Change { append, remove } = decide(&ledger)?;
    if append.is_empty() && remove.is_empty() {
        return Ok((ledger.summary.head, None));
    }
    let sealed = seal_behind(&ledger, now, &append)?;
    let commit = snapshot.commit(parent, now, &sealed, &remove)?;
    Ok((sealed.head, Some(commit)))
}

/// The ledger as one commit holds it.
pub(super) struct Snapshot<'g> {
    git: &'g Git,
    shown: &'g str,
    segments: BTreeMap<Segment, String>,
    foreign: Vec<PathBuf>,
    others: Vec<u8>,
}

impl<'g> Snapshot<'g> {
    fn empty(git: &'g Git, shown: &'g str) -> Self {
        Self { git, shown, segments: BTreeMap::new(), foreign: Vec::new(), others: Vec::new() }
    }

    pub(super) fn of(git: &'g Git, shown: &'g str, commit: &str) -> Result<Self, Error> {
        let arguments = ["ls-tree", "-z", "--full-tree", commit];
        let output = git.output(&arguments, None)?;
        if !output.status.success() {
            return Err(git::failure(&arguments, &output.stderr));
        }
        let mut snapshot = Self::empty(git, shown);
        for item in output.stdout.split(|byte| *byte == 0).filter(|item| !item.is_empty()) {
            let text = String::from_utf8_lossy(item);
            let (about, name) = text.split_once('\t').unwrap_or((&text, ""));
            let mut about = about.split(' ');
            let (kind, object) = (about.nth(1).unwrap_or_default(), about.next().unwrap_or_default());
            match Segment::of_name(name) {
                Named::Segment(segment) if kind == "blob" => {
                    drop(snapshot.segments.insert(segment, object.to_owned()));
                }
                Named::Segment(_) | Named::Foreign => snapshot.foreign.push(snapshot.place(name)),
                Named::Other => {
                    snapshot.others.extend_from_slice(item);
                    snapshot.others.push(0);
                }
            }
        }
        Ok(snapshot)
    }

    fn place(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("{}:{name}", self.shown))
    }

    pub(super) fn visit(&self, visitor: &mut dyn Visitor) -> Result<(), Error> {
        self.foreign.iter().try_for_each(|place| visitor.foreign(place.clone()))?;
        if self.segments.is_empty() {
            return Ok(());
        }
        let mut blobs = Blobs::start(self.git)?;
        for (segment, object) in &self.segments {
            let place = self.place(&segment.to_string());
            blobs.with(object, |reader| visitor.segment(*segment, &place, reader))??;
        }
        Ok(())
    }

    fn commit(
        &self,
        parent: Option<&str>,
        now: Timestamp,
        sealed: &Sealed,
        remove: &BTreeSet<Segment>,
    ) -> Result<String, Error> {
        let mut tree = self.others.clone();
        let grown = if sealed.text.is_empty() { None } else { Some((sealed.segment, self.grow(sealed)?)) };
        let kept = self.segments.iter().filter(|(segment, _)| grown.as_ref().is_none_or(|(new, _)| new != *segment));
        let kept = kept.map(|(segment, object)| (*segment, object.clone())).chain(grown.clone());
        for (segment, object) in kept.filter(|(segment, _)| !remove.contains(segment)) {
            tree.extend_from_slice(format!("100644 blob {object}\t{segment}\0").as_bytes());
        }
        let tree = self.git.text(&["mktree", "-z"], Some(&tree))?;
        let mut arguments = vec!["commit-tree", &tree, "-m", "perfledger: append to the ledger"];
        arguments.extend(parent.map(|parent| ["-p", parent]).into_iter().flatten());
        let mut command = self.git.command(&arguments);
        command.envs(IDENTITY);
        let date = format!("@{} +0000", now.unix());
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let output = command.output().map_err(|source| Error::GitMissing { source })?;
        if !output.status.success() {
            return Err(git::failure(&arguments, &output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A blob of a segment with new lines behind it. The old text flows through and is never held.
    fn grow(&self, sealed: &Sealed) -> Result<String, Error> {
        let arguments = ["hash-object", "-w", "--no-filters", "--stdin"];
        let mut command = self.git.command(&arguments);
        command.stdin(Stdio::piped());
        let mut child = Git::spawn(command)?;
        if let Some(mut stdin) = child.stdin.take() {
            if let Some(object) = self.segments.get(&sealed.segment) {
                // As in `Git::output`, the end of git says more than the broken pipe. What could not be read fails `with`.
                Blobs::start(self.git)?.with(object, |reader| drop(io::copy(reader, &mut stdin)))?;
            }
            drop(stdin.write_all(&sealed.text));
        }
        let output = child.wait_with_output().map_err(|source| Error::GitMissing { source })?;
        if !output.status.success() {
            return Err(git::failure(&arguments, &output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// One `git cat-file --batch`, asked for one blob after the other.
struct Blobs {
    child: Child,
    reader: Option<BufReader<ChildStdout>>,
}

impl Blobs {
    fn start(git: &Git) -> Result<Self, Error> {
        let mut command = git.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = Git::spawn(command)?;
        let reader = child.stdout.take().map(|stdout| BufReader::with_capacity(1 << 16, stdout));
        Ok(Self { child, reader })
    }

    fn with<T>(&mut self, object: &str, read: impl FnOnce(&mut dyn BufRead) -> T) -> Result<T, Error> {
        let failed = |reason: String| Error::Git { verb: "cat-file".into(), reason };
        let (Some(stdin), Some(reader)) = (&mut self.child.stdin, &mut self.reader) else {
            return Err(failed("it has no pipes".into()));
        };
        let mut header = String::new();
        writeln!(stdin, "{object}")
            .and_then(|()| stdin.flush())
            .and_then(|()| reader.by_ref().take(200).read_line(&mut header))
            .map_err(|error| failed(error.to_string()))?;
        let size = header.trim_end().split_once(" blob ");
        let Some(size) = size.and_then(|(_, size)| size.parse::<u64>().ok()) else {
            return Err(failed(format!("blob {object} cannot be read: {}", header.trim_end())));
        };
        let mut blob = reader.by_ref().take(size);
        let result = read(&mut blob);
        // Whatever was not read, and the newline behind the blob.
        let rest = io::copy(&mut blob, &mut io::sink()).and_then(|_| reader.read_exact(&mut [0]));
        rest.map_err(|error| failed(error.to_string()))?;
        Ok(result)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // Without its input it ends by itself.
        drop(self.child.stdin.take());
        drop(self.reader.take());
        drop(self.child.wait());
    }
}
