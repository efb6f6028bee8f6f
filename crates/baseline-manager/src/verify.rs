//! Verification: the whole chain, and whether a head that someone holds is part of it.
//! A chain alone shows edits only to someone who holds an earlier head: whoever replaces the end of a
//! ledger can compute every hash anew.

use bench_model::ledger::{Body, Promotion};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::{Commit, RunId, Sha256};

use crate::{Counts, Error, Marker, NoiseSummary, Store};

/// A ledger whose chain holds.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Verified {
    /// The SHA-256 of the last line. Note it somewhere else: it proves later that history was not rewritten.
    pub head: Sha256,
    /// Lines present.
    pub lines: u64,
    /// The `seq` of the first line present; above 1 when older ones were pruned.
    pub first_seq: u64,
    /// The `seq` of the last line.
    pub last_seq: u64,
    /// Lines of each kind.
    pub counts: Counts,
    /// Retention lines, oldest first.
    pub markers: Vec<Marker>,
    /// The newest anchor of each epoch and mode, ordered by them.
    pub anchors: Vec<Anchor>,
    /// The noise in force of each epoch and mode, ordered by them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<NoiseSummary>,
    /// The line whose digest is the head that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_found_at: Option<u64>,
}

/// A promotion that later ones do not replace.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Anchor {
    /// What it stands for.
    pub name: String,
    /// The line that made it one.
    pub seq: u64,
    /// The run.
    pub run_id: RunId,
    /// Its commit.
    pub commit: Commit,
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it measured.
    pub mode: Mode,
}

/// Checks a whole ledger, and that `noted`, a head from earlier, is the digest of one of its lines.
///
/// # Errors
/// [`Error::Broken`] with exit 1 naming the first line that does not hold, [`Error::UnknownHead`], [`Error::Nothing`]
/// for a ledger without a line, and what reading can fail with.
pub fn verify(store: &Store, noted: Option<&Sha256>) -> Result<Verified, Error> {
    let mut found = None;
    let mut first = true;
    let ledger = store.read(None, &mut |entry| {
        // A pruned line is still attested: by the line behind it, or by the marker.
        let marker = match &entry.body {
            Body::Retention(marker) if noted == Some(&marker.last_line) => Some(marker.last_seq),
            _ => None,
        };
        let before = (first && noted == Some(&entry.prev)).then(|| entry.seq.saturating_sub(1));
        let here = (noted == Some(&entry.digest)).then_some(entry.seq);
        first = false;
        found = found.or(here).or(before).or(marker);
    });
    let ledger = ledger.map_err(Error::answered)?;
    if ledger.summary.lines == 0 {
        return Err(Error::Nothing { verb: "verify", place: store.to_string() });
    }
    if let (Some(head), None) = (noted, found) {
        return Err(Error::UnknownHead { head: head.clone(), pruned: ledger.summary.first_seq > 1 });
    }
    let anchors = ledger.anchors.into_values().filter_map(|held| {
        let Promotion { run_id, commit, epoch, mode, anchor, .. } = held.value;
        anchor.map(|name| Anchor { name, seq: held.seq, run_id, commit, epoch, mode })
    });
    Ok(Verified {
        head: ledger.summary.head,
        lines: ledger.summary.lines,
        first_seq: ledger.summary.first_seq,
        last_seq: ledger.summary.last_seq,
        counts: ledger.counts,
        markers: ledger.markers,
        noise: ledger.noise.summaries(|_| true),
        anchors: anchors.collect(),
        head_found_at: found,
    })
}
