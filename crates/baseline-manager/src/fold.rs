//! One pass over a ledger: every line is checked against the chain and folded into what is in force.
//! Must not know: where lines are stored, or what a verb does with them.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use bench_model::file::FileError;
use bench_model::ledger::{
    Body, Chain, ChainError, ChainProblem, Digests, Entry, OtherBaseline, Promotion, Summary, Waiver,
};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{RunId, Sha256};

use crate::Error;
use crate::batch::Batch;
use crate::segment::{Line, MAX_LINE, Segment};

/// A ledger after one pass: checked, and what it amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The chain: head, lines, first line.
    pub summary: Summary,
    /// The promotion in force of each epoch and mode.
    pub promotions: BTreeMap<(Epoch, Mode), Held<Promotion>>,
    /// Waivers not expired at the time of reading, oldest first.
    pub waivers: Vec<Held<Waiver>>,
    /// Lines of each kind.
    pub counts: Counts,
    /// Retention lines, oldest first.
    pub markers: Vec<Marker>,
    /// The segments, oldest first.
    pub segments: Vec<SegmentRange>,
    /// The run that was looked for.
    pub watched: Option<Known>,
}

impl Ledger {
    /// The promotion in force of an epoch and mode.
    pub(crate) fn promotion(&self, epoch: &Epoch, mode: Mode) -> Option<&Held<Promotion>> {
        self.promotions.get(&(epoch.clone(), mode))
    }

    /// Every other epoch and mode that has a promotion in force, ordered.
    pub(crate) fn other_baselines(&self, epoch: &Epoch, mode: Mode) -> Vec<OtherBaseline> {
        let all = self.promotions.keys().cloned().map(|(epoch, mode)| OtherBaseline { epoch, mode });
        all.filter(|other| other.epoch != *epoch || other.mode != mode).collect()
    }
}

/// Something in force, with the lines it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<T> {
    /// The line that said it first.
    pub seq: u64,
    /// The line that holds it now: the same, or a retention line that carries it.
    pub line: u64,
    /// What it says.
    pub value: T,
}

/// Lines of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Runs.
    pub runs: u64,
    /// Promotions.
    pub promotions: u64,
    /// Waivers.
    pub waivers: u64,
    /// Retention markers.
    pub retentions: u64,
}

/// A retention line.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Marker {
    /// The line it stands in.
    pub seq: u64,
    /// When it was appended.
    pub time: Timestamp,
    /// The last line that was removed.
    pub last_seq: u64,
    /// The SHA-256 of that line.
    pub last_line: Sha256,
    /// Who removed the lines.
    pub author: String,
}

/// The lines of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRange {
    /// The segment.
    pub segment: Segment,
    /// Its last line with that line's digest; absent for a segment without lines.
    pub last: Option<(u64, Sha256)>,
}

/// What a ledger holds of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The line of the run.
    pub seq: u64,
    /// The files it was made from.
    pub digests: Digests,
    /// The line that promoted it last, when one did.
    pub promoted: Option<u64>,
}

/// A ledger that is being read.
pub(crate) struct Fold<'v> {
    chain: Chain,
    ledger: Ledger,
    today: Timestamp,
    watch: Option<&'v RunId>,
    visit: &'v mut dyn FnMut(&Entry),
    batch: Batch,
    first: Option<PathBuf>,
}

impl<'v> Fold<'v> {
    /// A fold that drops waivers expired at `today`, looks for the run `watch`, and shows every checked line to `visit`.
    pub(crate) fn new(today: Timestamp, watch: Option<&'v RunId>, visit: &'v mut dyn FnMut(&Entry)) -> Self {
        Self {
            chain: Chain::default(),
            ledger: Ledger {
                summary: Summary { head: Sha256::zero(), last_seq: 0, lines: 0, first_seq: 1 },
                promotions: BTreeMap::new(),
                waivers: Vec::new(),
                counts: Counts::default(),
                markers: Vec::new(),
                segments: Vec::new(),
                watched: None,
            },
            today,
            watch,
            visit,
            batch: Batch::default(),
            first: None,
        }
    }

    /// Reads a segment; `place` names it in errors.
    ///
    /// # Errors
    /// [`Error::Broken`] at the first line that does not hold; [`Error::File`] when reading fails.
    pub(crate) fn segment(&mut self, segment: Segment, place: &Path, reader: &mut dyn BufRead) -> Result<(), Error> {
        self.segment_limited(segment, place, reader, MAX_LINE)
    }

    pub(crate) fn segment_limited(
        &mut self,
        segment: Segment,
        place: &Path,
        reader: &mut dyn BufRead,
        limit: u64,
    ) -> Result<(), Error> {
        let mut last = None;
        let mut number = 0;
        loop {
            let end = self
                .batch
                .fill(reader, limit)
                .map_err(|source| FileError::Read { path: place.to_path_buf(), source })?;
            for parsed in self.batch.parse() {
                number += 1;
                let seq = self.chain.next_seq();
                let checked = parsed.map_err(|problem| ChainError { seq, problem });
                let checked = checked.and_then(|entry| self.chain.link(&entry).map(|()| entry));
                let entry = checked.map_err(|source| Error::broken(place, number, source))?;
                self.first.get_or_insert_with(|| place.to_path_buf());
                last = Some((entry.seq, entry.digest.clone()));
                (self.visit)(&entry);
                self.absorb(entry);
            }
            let problem = match end {
                Line::Whole => continue,
                Line::End => break,
                Line::Torn => ChainProblem::Torn,
                Line::TooLong => ChainProblem::TooLong { limit },
            };
            let seq = self.chain.next_seq();
            return Err(Error::broken(place, number + 1, ChainError { seq, problem }));
        }
        self.ledger.segments.push(SegmentRange { segment, last });
        Ok(())
    }

    fn absorb(&mut self, entry: Entry) {
        let Entry { seq, time, body, .. } = entry;
        let (ledger, today) = (&mut self.ledger, self.today);
        match body {
            Body::Run(run) => {
                ledger.counts.runs += 1;
                if self.watch == Some(&run.run_id) {
                    ledger.watched = Some(Known { seq, digests: run.digests, promoted: None });
                }
            }
            Body::Promotion(promotion) => {
                ledger.counts.promotions += 1;
                if let (Some(watch), Some(known)) = (self.watch, &mut ledger.watched)
                    && *watch == promotion.run_id
                {
                    known.promoted = Some(seq);
                }
                let key = (promotion.epoch.clone(), promotion.mode);
                ledger.promotions.insert(key, Held { seq, line: seq, value: promotion });
            }
            Body::Waiver(waiver) => {
                ledger.counts.waivers += 1;
                if waiver.in_force(today) {
                    ledger.waivers.push(Held { seq, line: seq, value: waiver });
                }
            }
            Body::Retention(marker) => {
                ledger.counts.retentions += 1;
                for carried in marker.promotions {
                    let held = Held { seq: carried.seq, line: seq, value: carried.promotion };
                    let key = (held.value.epoch.clone(), held.value.mode);
                    match ledger.promotions.get(&key) {
                        // Still there in its own line, or replaced since.
                        Some(known) if known.seq > held.seq || known.seq > marker.last_seq => {}
                        _ => drop(ledger.promotions.insert(key, held)),
                    }
                }
                for waiver in marker.waivers {
                    if !waiver.in_force(today) {
                        continue;
                    }
                    match ledger.waivers.iter_mut().find(|held| held.value == waiver) {
                        Some(held) if held.line <= marker.last_seq => held.line = seq,
                        Some(_) => {}
                        None => ledger.waivers.push(Held { seq, line: seq, value: waiver }),
                    }
                }
                let (last_seq, last_line, author) = (marker.last_seq, marker.last_line, marker.author);
                ledger.markers.push(Marker { seq, time, last_seq, last_line, author });
            }
        }
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// [`Error::Broken`] at the first line when lines before it are gone and nothing explains it.
    pub(crate) fn finish(self) -> Result<Ledger, Error> {
        let Self { chain, mut ledger, first, .. } = self;
        ledger.summary = chain.finish().map_err(|source| Error::broken(&first.unwrap_or_default(), 1, source))?;
        Ok(ledger)
    }
}

/// Checks a whole ledger that lies in memory as the text of one segment. Never panics: it is what a fuzzer feeds.
///
/// # Errors
/// [`Error::Broken`] with the number of the first line that does not hold.
pub fn check_ledger(bytes: &[u8]) -> Result<Ledger, Error> {
    let mut ignore = |_: &Entry| {};
    let today = Timestamp::from_unix(0);
    let mut fold = Fold::new(today, None, &mut ignore);
    let mut reader = bytes;
    fold.segment(Segment(today.month()), Path::new("-"), &mut reader)?;
    fold.finish()
}
