//! One pass over a ledger: every line is checked against the chain and folded into what is in force.
//! Must not know: where lines are stored, or what a verb does with them.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use bench_model::RunId;
use bench_model::file::FileError;
use bench_model::ledger::{
    BadLine, Body, CarriedIncident, CheckedLines, Entry, Incident, IncidentState, Promotion, Retention,
};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;

use crate::Error;
use crate::ledger::{Held, Known, Ledger, Marker, OpenIncident, SegmentRange};
use crate::segment::Segment;
use crate::store::Visitor;

/// A ledger that is being read.
pub(crate) struct Fold<'v> {
    lines: CheckedLines,
    ledger: Ledger,
    watch: Option<&'v RunId>,
    visit: &'v mut dyn FnMut(&Entry),
    first: Option<PathBuf>,
}

impl<'v> Fold<'v> {
    /// A fold that looks for the run `watch`, and shows every checked line to `visit`.
    pub(crate) fn new(watch: Option<&'v RunId>, visit: &'v mut dyn FnMut(&Entry)) -> Self {
        Self { lines: CheckedLines::default(), ledger: Ledger::empty(), watch, visit, first: None }
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// [`Error::Broken`] at the first line when lines before it are gone and nothing explains it.
    pub(crate) fn finish(self) -> Result<Ledger, Error> {
        let Self { lines, mut ledger, first, .. } = self;
        ledger.summary = lines.finish().map_err(|source| Error::broken(&first.unwrap_or_default(), 1, source))?;
        Ok(ledger)
    }
}

/// Folds a line into what is in force; `watch` is the run that is looked for.
fn absorb(ledger: &mut Ledger, watch: Option<&RunId>, entry: Entry) {
    let Entry { seq, time, body, .. } = entry;
    match body {
        Body::Run(run) => {
            ledger.counts.runs += 1;
            if watch == Some(&run.run_id) {
                ledger.watched = Some(Known { seq, digests: run.digests, promoted: None });
            }
        }
        Body::Promotion(promotion) => {
            ledger.counts.promotions += 1;
            if let (Some(watch), Some(known)) = (watch, &mut ledger.watched)
                && *watch == promotion.run_id
            {
                known.promoted = Some(seq);
            }
            let key = (promotion.epoch.clone(), promotion.mode);
            let held = Held { seq, line: seq, value: promotion };
            if held.value.anchor.is_some() {
                ledger.anchors.insert(key.clone(), held.clone());
            }
            ledger.promotions.insert(key, held);
        }
        Body::Waiver(_) => ledger.counts.waivers += 1,
        Body::Noise(noise) => {
            ledger.counts.noise += 1;
            if watch == Some(&noise.run_id) {
                ledger.watched = Some(Known { seq, digests: noise.digests.clone(), promoted: None });
            }
            ledger.noise.measure(seq, time, noise);
        }
        Body::Incident(incident) => {
            ledger.counts.incidents += 1;
            let key = (incident.epoch.clone(), incident.mode, incident.metric.clone());
            match incident.state {
                IncidentState::Opened => {
                    let opened = CarriedIncident { seq, time, incident };
                    ledger.incidents.insert(key, OpenIncident { line: seq, opened });
                }
                IncidentState::Recovered | IncidentState::Waived | IncidentState::Accepted => {
                    ledger.incidents.remove(&key);
                }
            }
        }
        Body::Retention(marker) => {
            ledger.counts.retentions += 1;
            let Retention { last_seq, last_line, author, promotions, noise, incidents, .. } = marker;
            for carried in promotions {
                let held = Held { seq: carried.seq, line: seq, value: carried.promotion };
                if held.value.anchor.is_some() {
                    carry(&mut ledger.anchors, &held, last_seq);
                }
                carry(&mut ledger.promotions, &held, last_seq);
            }
            for entry in noise {
                ledger.noise.carry(seq, time, entry);
            }
            for opened in incidents {
                let Incident { epoch, mode, metric, .. } = &opened.incident;
                let key = (epoch.clone(), *mode, metric.clone());
                ledger.incidents.insert(key, OpenIncident { line: seq, opened });
            }
            ledger.markers.push(Marker { seq, time, last_seq, last_line, author });
        }
    }
}

impl Visitor for Fold<'_> {
    fn foreign(&mut self, place: PathBuf) -> Result<(), Error> {
        Err(Error::Foreign { place })
    }

    /// Reads a segment: [`Error::Broken`] at the first line that does not hold, [`Error::File`] when reading fails.
    fn segment(&mut self, segment: Segment, place: &Path, reader: &mut dyn BufRead) -> Result<(), Error> {
        let mut last = None;
        let Self { lines, ledger, watch, visit, first } = self;
        let mut good = |entry: Entry| {
            first.get_or_insert_with(|| place.to_path_buf());
            last = Some((entry.seq, entry.digest.clone()));
            visit(&entry);
            absorb(ledger, *watch, entry);
        };
        let read = lines.read(reader, &mut good);
        let bad = read.map_err(|source| FileError::Read { path: place.to_path_buf(), source })?;
        if let Some(BadLine { line, error }) = bad {
            return Err(Error::broken(place, line, error));
        }
        self.ledger.segments.push(SegmentRange { segment, last });
        Ok(())
    }
}

/// Puts a promotion that a marker carries where it belongs, unless a later one stands there.
fn carry(all: &mut BTreeMap<(Epoch, Mode), Held<Promotion>>, held: &Held<Promotion>, last_seq: u64) {
    let key = (held.value.epoch.clone(), held.value.mode);
    match all.get(&key) {
        // Still there in its own line, or replaced since.
        Some(known) if known.seq > held.seq || known.seq > last_seq => {}
        _ => drop(all.insert(key, held.clone())),
    }
}

/// Checks a whole ledger that lies in memory as the text of one segment. Never panics: it is what a fuzzer feeds.
///
/// # Errors
/// [`Error::Broken`] with the number of the first line that does not hold.
pub fn check_ledger(bytes: &[u8]) -> Result<Ledger, Error> {
    let mut ignore = |_: &Entry| {};
    let mut fold = Fold::new(None, &mut ignore);
    let mut reader = bytes;
    fold.segment(Segment(Timestamp::from_unix(0).month()), Path::new("-"), &mut reader)?;
    fold.finish()
}
