//! hey: its text, and the rows of `-o csv`. Must not know: other tools.

use std::collections::BTreeMap;

use bench_model::load::LoadModel;

use super::draft::{ALL, Draft, add, finite, printed, series, unanswered};
use super::fault::Fault;
use super::kind::{is_accepted, of_text};
use super::tally::{Hit, Stage, Tally};

/// hey keeps at most so many results.
const MOST: u64 = 1_000_000;

/// The text as a record.
pub(super) fn text(text: &str) -> Result<Draft, Fault> {
    let mut draft = Draft::new("hey");
    let mut all = series(ALL);
    let (mut lasted, mut slowest, mut fastest, mut mean) = (None, None, None, None);
    let mut percentiles = Vec::new();
    let mut errors = false;
    let mut lost = 0_u64;
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Summary:"] if lasted.is_some() => {
                return Err(Fault::at(index as u64 + 1, "a second run begins here; import each run by itself"));
            }
            ["Error", "distribution:"] => errors = true,
            ["Total:", seconds, "secs"] => lasted = number(seconds),
            ["Slowest:", seconds, "secs"] => slowest = number(seconds),
            ["Fastest:", seconds, "secs"] => fastest = number(seconds),
            ["Average:", seconds, "secs"] => mean = number(seconds),
            ["Total", "data:", bytes, "bytes"] => all.received_bytes = bytes.parse().ok(),
            [percent, "in", seconds, "secs"] => {
                let percent = percent.trim_end_matches('%').parse().ok();
                // 0.0000 says no more than that it was not longer than half a step.
                percentiles
                    .extend(percent.zip(number(seconds).map(|seconds| if seconds > 0.0 { seconds } else { 0.000_05 })));
            }
            [status, count, "responses"] if !errors => {
                if let (Some(status), Ok(count)) = (bracketed(status), count.parse::<u64>()) {
                    all.completed = all.completed.saturating_add(count);
                    if !status.parse().is_ok_and(is_accepted) {
                        all.failed = all.failed.saturating_add(count);
                        add(all.errors.entry("status".to_owned()).or_default(), count);
                    }
                    all.statuses.insert(status.to_owned(), count);
                }
            }
            [count, ..] if errors => {
                if let Some(count) = bracketed(count).and_then(|count| count.parse::<u64>().ok()) {
                    lost = lost.saturating_add(count);
                    add(all.errors.entry(of_text(line).to_owned()).or_default(), count);
                }
            }
            _ => {}
        }
    }
    if lasted.is_none() {
        return Err(Fault::new("expected hey's `Summary:` with `Total: … secs`"));
    }
    all.sent = all.completed.saturating_add(lost);
    all.failed = all.failed.saturating_add(lost);
    all.open = unanswered(lost);
    if all.completed > 0 {
        all.latency = printed(
            1e9,
            Some(all.completed),
            [fastest, mean, slowest].map(|value| value.filter(|seconds| *seconds > 0.0)),
            percentiles,
        );
        draft.warnings.push(COARSE.to_owned());
    } else {
        all.received_bytes = None;
    }
    draft.load.series.push(all);
    draft.one_phase(lasted, LoadModel::Unknown);
    Ok(draft)
}

const COARSE: &str = "hey prints times in steps of 0.1 ms";

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

fn bracketed(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

/// Rows as a record, counted one by one.
pub(super) fn rows(bytes: &[u8]) -> Result<Draft, Fault> {
    let mut draft = Draft::new("hey");
    draft.warnings.push(COARSE.to_owned());
    draft.load.doubts.push("hey's CSV leaves out requests that were never answered".to_owned());
    let mut tally = Tally::default();
    let row = tally.row(b"", Stage::Run, || (ALL.to_owned(), BTreeMap::new()));
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let header = reader.headers().map_err(|error| Fault::at(1, format!("expected hey's header: {error}")))?.clone();
    let column = |name: &str| {
        header.iter().position(|known| known == name).ok_or_else(|| Fault::at(1, format!("expected a column `{name}`")))
    };
    let (took, status, offset) = (column("response-time")?, column("status-code")?, column("offset")?);
    let mut count = 0_u64;
    for record in reader.records() {
        let record = record.map_err(|error| Fault::new(format!("it is no CSV of hey: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let seconds = |at: usize| {
            number(cell(at))
                .filter(|seconds| *seconds < 1e9)
                .ok_or_else(|| Fault::at(line, "expected times in seconds"))
        };
        let status: u16 = cell(status).parse().map_err(|_| Fault::at(line, "expected a status code"))?;
        // A printed time stands for half a step on either side.
        let took = (seconds(took)? * 1e9 + 50_000.0).round() as u64;
        let start = (seconds(offset)? * 1e9).round() as i64;
        let failure = (!is_accepted(status)).then_some("status");
        tally.hit(row, Hit { start, took, status: Some(status), failure, region: None });
        count += 1;
    }
    if count >= MOST {
        draft.load.doubts.push("hey keeps a million results: what came after them is missing".to_owned());
    }
    tally.into_draft(&mut draft, LoadModel::Unknown);
    for buckets in draft.load.series.iter_mut().filter_map(|series| series.latency.as_mut()) {
        buckets_within_a_step(buckets);
    }
    Ok(draft)
}

/// The exact extremes are not known to better than a step: only the upper end of the largest is a bound.
fn buckets_within_a_step(latency: &mut bench_model::load::Distribution) {
    if let bench_model::load::Distribution::Buckets(buckets) = latency {
        buckets.min = None;
        buckets.max = None;
        // The mean is that of the printed values.
        buckets.sum = finite((buckets.sum.get() - 50_000.0 * buckets.count() as f64).max(0.0));
    }
}
