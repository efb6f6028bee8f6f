//! vegeta: `report -type=json`, and the lines of `encode`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::BufRead;

use bench_model::load::{Cut, LoadModel};
use jiff::Timestamp;
use serde::Deserialize;

use super::draft::{self, ALL, Draft, add, finite, printed, series};
use super::fault::Fault;
use super::kind::{is_accepted, of_text, origin, path};
use super::source::Lines;
use super::tally::{Hit, Stage, Tally};

/// Durations in ns.
#[derive(Debug, Deserialize)]
struct Report {
    latencies: BTreeMap<String, f64>,
    #[serde(default)]
    bytes_in: BTreeMap<String, f64>,
    #[serde(default)]
    bytes_out: BTreeMap<String, f64>,
    duration: f64,
    requests: u64,
    status_codes: BTreeMap<String, u64>,
    #[serde(default)]
    errors: Option<Vec<String>>,
}

/// A report as a record.
pub(super) fn report(text: &str) -> Result<Draft, Fault> {
    let report: Report = serde_json::from_str(text)
        .map_err(|error| Fault::at(error.line() as u64, format!("expected vegeta's JSON report: {error}")))?;
    let mut draft = Draft::new("vegeta");
    let mut all = series(ALL);
    all.sent = report.requests;
    let unanswered = report.status_codes.get("0").copied().unwrap_or(0);
    all.completed = report.requests.saturating_sub(unanswered);
    for (status, count) in report.status_codes.iter().filter(|(status, _)| *status != "0") {
        all.statuses.insert(status.chars().take(10).collect(), *count);
        if !status.parse().is_ok_and(is_accepted) {
            all.failed = all.failed.saturating_add(*count);
            add(all.errors.entry("status".to_owned()).or_default(), *count);
        }
    }
    all.failed = all.failed.saturating_add(unanswered).min(all.sent);
    if unanswered > 0 {
        // Messages are told, but not how often each came: one kind among them all takes the count, else it is not known.
        let kinds: std::collections::BTreeSet<_> =
            report.errors.iter().flatten().filter(|text| !is_status(text)).map(|text| of_text(text)).collect();
        let kind = kinds.first().filter(|_| kinds.len() == 1).copied().unwrap_or("other");
        add(all.errors.entry(kind.to_owned()).or_default(), unanswered);
        all.open = draft::unanswered(unanswered);
        draft.warnings.push("the report's latencies include requests that were never answered".to_owned());
    }
    let total =
        |sums: &BTreeMap<String, f64>| sums.get("total").filter(|total| **total >= 0.0).map(|total| *total as u64);
    all.received_bytes = total(&report.bytes_in);
    all.sent_bytes = total(&report.bytes_out);
    if all.completed > 0 {
        let figure = |key: &str| report.latencies.get(key).copied();
        let percentiles = report.latencies.iter().filter_map(|(key, value)| {
            Some((key.strip_suffix("th").filter(|digits| !digits.is_empty())?.parse().ok()?, *value))
        });
        all.latency = printed(1.0, Some(report.requests), [figure("min"), figure("mean"), figure("max")], percentiles);
    }
    draft.load.series.push(all);
    draft.one_phase(Some(report.duration / 1e9), LoadModel::Unknown);
    Ok(draft)
}

/// vegeta lists refused statuses among its errors as `503 Service Unavailable`.
fn is_status(text: &str) -> bool {
    text.get(..3).is_some_and(|digits| digits.parse::<u16>().is_ok())
}

/// One request.
#[derive(Debug, Deserialize)]
struct Attempt<'a> {
    code: u16,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    /// In ns.
    latency: i64,
    #[serde(default)]
    bytes_out: u64,
    #[serde(default)]
    bytes_in: u64,
    #[serde(borrow, default)]
    error: Cow<'a, str>,
    #[serde(borrow, default)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
}

/// Lines as a record, counted one by one.
pub(super) fn lines<R: BufRead>(mut lines: Lines<R>) -> Result<Draft, Fault> {
    let mut draft = Draft::new("vegeta");
    let mut tally = Tally::default();
    let mut key = Vec::new();
    let mut cut = false;
    while let Some(line) = lines.next()? {
        let attempt: Attempt<'_> = match serde_json::from_slice(line.bytes) {
            Ok(attempt) => attempt,
            Err(_) if !line.whole => {
                cut = true;
                continue;
            }
            Err(error) => return Err(Fault::at(line.number, format!("expected a line of vegeta's encode: {error}"))),
        };
        let start: Timestamp =
            attempt.timestamp.parse().map_err(|_| Fault::at(line.number, "its `timestamp` is no time in RFC 3339"))?;
        let start = i64::try_from(start.as_nanosecond())
            .map_err(|_| Fault::at(line.number, "its `timestamp` lies too far away"))?;
        if draft.load.target.is_none() {
            draft.load.target = origin(&attempt.url);
        }
        let path = path(&attempt.url);
        key.clear();
        key.extend(attempt.method.bytes().chain(*b" ").chain(path.bytes()));
        let row = tally.row(&key, Stage::Run, || (format!("{} {path}", attempt.method), BTreeMap::new()));
        let status = (attempt.code > 0).then_some(attempt.code);
        let failure = match status {
            Some(status) if is_accepted(status) => None,
            Some(_) => Some("status"),
            None => Some(of_text(&attempt.error)),
        };
        let took = u64::try_from(attempt.latency).unwrap_or(0);
        tally.hit(row, Hit { start, took, status, failure, region: None });
        if let Some(row) = tally.row_mut(row) {
            row.received = Some(row.received.unwrap_or(0).saturating_add(attempt.bytes_in));
            row.transmitted = Some(row.transmitted.unwrap_or(0).saturating_add(attempt.bytes_out));
        }
    }
    if cut {
        let reason = "the file ends in the middle of a line: it is not whole".to_owned();
        draft.load.cut = Some(Cut { at_s: finite(tally.end_s()), reason });
    }
    tally.into_draft(&mut draft, LoadModel::Unknown);
    Ok(draft)
}
