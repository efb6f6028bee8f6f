//! Where a ledger's segments lie, and changing them by compare-and-swap on the head.
//! Must not know: what a line says beyond its place in the chain.

mod branch;
mod folder;
mod git_ref;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_model::ledger::{Body, Entry, MAX_LINE, seal};
use bench_model::time::Timestamp;
use bench_model::{RunId, Sha256};

use crate::fold::Fold;
use crate::git::Git;
use crate::ledger::Ledger;
use crate::segment::Segment;
use crate::{Error, place::Place};

use branch::Branch;
use folder::Folder;
use git_ref::GitRef;

/// How often a change is tried again when others were faster.
const ATTEMPTS: u32 = 100;

/// A ledger that can be read and changed.
#[derive(Debug)]
pub struct Store {
    kind: Kind,
    read_only: bool,
}

#[derive(Debug)]
enum Kind {
    Folder(Folder),
    Ref(GitRef),
    Branch(Branch),
}

/// What a verb wants to change, after it has seen the ledger as it is.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// What the new lines say.
    pub(crate) append: Vec<Body>,
    /// Segments to remove, after the new lines are kept.
    pub(crate) remove: BTreeSet<Segment>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The head afterwards.
    pub(crate) head: Sha256,
    /// What people should know, such as torn bytes that were set aside.
    pub(crate) warnings: Vec<String>,
}

/// New lines, sealed, and the segment they go to.
struct Sealed {
    segment: Segment,
    text: Vec<u8>,
    head: Sha256,
}

/// What looks at a ledger's parts as they lie.
pub(crate) trait Visitor {
    /// A file that looks like a segment and is none; told before any segment is shown.
    fn foreign(&mut self, place: PathBuf) -> Result<(), Error>;

    /// A segment, oldest first; `place` names it in errors.
    fn segment(&mut self, segment: Segment, place: &Path, reader: &mut dyn BufRead) -> Result<(), Error>;
}

/// Looks at the ledger as it is, and says what to change. Called again when others were faster.
type Decide<'a> = &'a mut dyn FnMut(&Ledger) -> Result<Change, Error>;

impl Store {
    /// The ledger at a place.
    ///
    /// # Errors
    /// [`Error::NoLedger`] where none is kept.
    pub fn open(place: &Place, project: &Path) -> Result<Self, Error> {
        let git = || Git::new(project);
        let (kind, read_only) = match place {
            Place::Folder(path) => (Kind::Folder(Folder::new(path)), false),
            Place::Ref { name, read_only } => (Kind::Ref(GitRef::new(git(), name)), *read_only),
            Place::Branch { remote, read_only } => (Kind::Branch(Branch::new(git(), remote)), *read_only),
            Place::Nowhere { why, .. } => return Err(Error::NoLedger { why: why.clone() }),
        };
        Ok(Self { kind, read_only })
    }

    /// Whether the ledger may not be changed here.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Checks and folds the whole ledger, showing every checked line to `visit`. A ledger that does not exist yet is empty.
    ///
    /// # Errors
    /// [`Error::Broken`] or [`Error::Foreign`] when it does not hold, and what reading can fail with.
    pub fn read(&self, watch: Option<&RunId>, visit: &mut dyn FnMut(&Entry)) -> Result<Ledger, Error> {
        let mut fold = Fold::new(watch, visit);
        self.visit(&mut fold)?;
        fold.finish()
    }

    /// Shows every part as it lies, all of one moment. Of a ledger that does not exist yet there is none.
    pub(crate) fn visit(&self, visitor: &mut dyn Visitor) -> Result<(), Error> {
        match &self.kind {
            Kind::Folder(folder) => folder.visit(visitor),
            Kind::Ref(name) => name.visit(visitor),
            Kind::Branch(branch) => branch.visit(visitor),
        }
    }

    /// Whether a file of this path would lie among the ledger's own.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        match &self.kind {
            Kind::Folder(folder) => folder.holds(path),
            Kind::Ref(_) | Kind::Branch(_) => false,
        }
    }

    /// Changes the ledger: reads it, lets `decide` say what to change, and keeps that only if nobody was faster.
    pub(crate) fn update(&self, now: Timestamp, watch: Option<&RunId>, decide: Decide<'_>) -> Result<Changed, Error> {
        let mut change = |ledger: &Ledger| match decide(ledger)? {
            change if self.read_only && !(change.append.is_empty() && change.remove.is_empty()) => Err(Error::ReadOnly),
            change => Ok(change),
        };
        match &self.kind {
            Kind::Folder(folder) => folder.update(now, watch, &mut change),
            Kind::Ref(name) => name.update(now, watch, &mut change),
            Kind::Branch(branch) => branch.update(now, watch, &mut change),
        }
    }
}

impl std::fmt::Display for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Kind::Folder(folder) => write!(f, "{}", folder.path().display()),
            Kind::Ref(name) => f.write_str(name.name()),
            Kind::Branch(branch) => write!(f, "{branch}"),
        }
    }
}

/// Seals new lines behind a ledger. Their segment is the month of `now`, and never an earlier one than the last.
///
/// # Errors
/// [`Error::LineTooLong`] for a line that would not be read back.
fn seal_behind(ledger: &Ledger, now: Timestamp, append: &[Body]) -> Result<Sealed, Error> {
    let mut head = ledger.summary.head.clone();
    let mut text = Vec::new();
    for (seq, body) in (ledger.summary.last_seq + 1..).zip(append) {
        let (line, digest) = seal(seq, &head, now, body)?;
        if line.len() as u64 > MAX_LINE {
            return Err(Error::LineTooLong { kind: body.kind(), bytes: line.len() });
        }
        text.extend_from_slice(&line);
        text.push(b'\n');
        head = digest;
    }
    let month = Segment(now.month());
    let segment = ledger.segments.last().map_or(month, |last| last.segment.max(month));
    Ok(Sealed { segment, text, head })
}

/// Waits a random while that grows with the attempts, so that writers do not meet again and again.
fn back_off(attempt: u32, most: Duration) {
    let cap = Duration::from_millis(10).saturating_mul(1 << attempt.min(10)).min(most);
    // Every RandomState is seeded anew by the system: randomness enough to part two writers.
    let random = RandomState::new().hash_one(attempt) % 1024;
    std::thread::sleep(cap.mul_f64(random as f64 / 1024.0));
}
