//! Every value of a ledger, one a line: as comma-separated values, or as JSON lines. Streaming: nothing is kept.
//! Must not know: where lines go.

use std::io::{self, Write};
use std::path::Path;

use bench_model::file::FileError;
use bench_model::ledger::{Body, Entry, LedgerMetric, ReadLedger, RunEntry, read_ledger};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::{Month, Timestamp};
use bench_model::verdict::Verdict;
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Unit};
use serde::Serialize;

const HEADER: &str = "time,run_id,commit,epoch,mode,metric,value,unit,direction,floor,verdict,seq";

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportAs {
    /// Comma-separated values as RFC 4180 has them, with a header. A text that a spreadsheet would take for a formula gets an
    /// apostrophe in front.
    Csv,
    /// One JSON object a line; texts are as they are.
    Jsonl,
}

/// Which values are written; everything where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// One metric.
    pub metric: Option<MetricName>,
    /// The first month.
    pub first: Option<Month>,
    /// The last month.
    pub last: Option<Month>,
}

impl Wanted {
    fn is_time(&self, time: Timestamp) -> bool {
        let month = time.month();
        self.first.is_none_or(|first| first <= month) && self.last.is_none_or(|last| month <= last)
    }

    fn is_metric(&self, metric: &LedgerMetric) -> bool {
        self.metric.as_ref().is_none_or(|name| *name == metric.name)
    }
}

/// A value with where it comes from, as a JSON line.
#[derive(Serialize)]
struct Point<'a> {
    time: Timestamp,
    run_id: &'a RunId,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a Commit>,
    epoch: &'a Epoch,
    mode: Mode,
    metric: &'a MetricName,
    value: Finite,
    unit: Unit,
    direction: Direction,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Finite>,
    verdict: Verdict,
    seq: u64,
}

/// Writes every value that is wanted, in the order of the ledger, up to its first line that does not hold; tells what reading the
/// ledger came to, and how many values there were.
///
/// # Errors
/// When `sink` cannot be written. That the ledger cannot be read is told beside the number.
pub fn export_historical_metrics(
    ledger: &Path,
    wanted: &Wanted,
    form: ExportAs,
    sink: &mut dyn Write,
) -> io::Result<(Result<ReadLedger, FileError>, u64)> {
    if form == ExportAs::Csv {
        write!(sink, "{HEADER}\r\n")?;
    }
    let mut values = 0;
    let mut failed = None;
    let read = read_ledger(ledger, &mut |entry| {
        if let (Body::Run(run), None, true) = (&entry.body, &failed, wanted.is_time(entry.time)) {
            for metric in run.metrics.iter().filter(|metric| wanted.is_metric(metric)) {
                values += 1;
                if let Err(error) = write_point(&point(entry, run, metric), form, sink) {
                    failed = Some(error);
                    return;
                }
            }
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok((read, values)),
    }
}

fn point<'a>(entry: &Entry, run: &'a RunEntry, metric: &'a LedgerMetric) -> Point<'a> {
    Point {
        time: entry.time,
        run_id: &run.run_id,
        commit: run.commit.as_ref(),
        epoch: &run.epoch,
        mode: run.mode,
        metric: &metric.name,
        value: metric.value,
        unit: metric.unit,
        direction: metric.direction,
        floor: metric.floor,
        verdict: metric.verdict,
        seq: entry.seq,
    }
}

fn write_point(point: &Point<'_>, form: ExportAs, sink: &mut dyn Write) -> io::Result<()> {
    match form {
        ExportAs::Jsonl => {
            serde_json::to_writer(&mut *sink, point)?;
            sink.write_all(b"\n")
        }
        ExportAs::Csv => {
            let Point { time, value, unit, verdict, seq, .. } = point;
            let commit = point.commit.map(Commit::as_str).unwrap_or_default();
            let direction = match point.direction {
                Direction::HigherIsBetter => "higher_is_better",
                Direction::LowerIsBetter => "lower_is_better",
            };
            let [run, epoch, metric] = [point.run_id.as_str(), &point.epoch.0, point.metric.as_str()].map(cell);
            let (mode, value) = (point.mode.as_str(), value.get());
            write!(sink, "{time},{run},{commit},{epoch},{mode},{metric},{value},{unit},{direction},")?;
            if let Some(floor) = point.floor {
                write!(sink, "{}", floor.get())?;
            }
            write!(sink, ",{verdict},{seq}\r\n")
        }
    }
}

/// A text as a cell. One that a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
