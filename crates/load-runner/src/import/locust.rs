//! Locust: the files of `--csv` and of `--json-file`, all of one run.

mod entries;
mod history;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench_model::load::{Distribution, LoadModel, Series, VIEW};

pub(super) use entries::Entries;
pub(super) use table::{Sheet, sheet_of};

use super::draft::{Draft, add, printed, series, unanswered};
use super::fault::Fault;
use super::kind::{name, of_text};
use crate::Error;
use table::{Row, Table};

/// The request of Locust's own last row.
const AGGREGATED: &str = "Aggregated";

/// The files of one run.
#[derive(Debug, Default)]
pub(super) struct Locust {
    sheets: BTreeMap<Sheet, (PathBuf, Table)>,
    entries: Vec<(PathBuf, Entries)>,
}

impl Locust {
    /// Adds a CSV file.
    pub(super) fn add_sheet(&mut self, path: &Path, sheet: Sheet, bytes: &[u8]) -> Result<(), Error> {
        let table = Table::read(bytes).map_err(|fault| fault.of(path))?;
        let run = prefix(path);
        for (other, _) in self.sheets.values() {
            if prefix(other) != run {
                let reason = format!("it is of another run than {}; import each run by itself", other.display());
                return Err(Fault::new(reason).of(path));
            }
        }
        match self.sheets.insert(sheet, (path.to_path_buf(), table)) {
            Some((other, _)) => {
                Err(Fault::new(format!("{} is the same kind of file; import each run by itself", other.display()))
                    .of(path))
            }
            None => Ok(()),
        }
    }

    /// Adds a JSON file: the run's, or a worker's.
    pub(super) fn add_entries(&mut self, path: &Path, entries: Entries) -> Result<(), Error> {
        for (other, earlier) in &self.entries {
            if !earlier.overlaps(&entries) {
                let reason = format!(
                    "its requests and those of {} were not sent at the same time; import each run by itself",
                    other.display()
                );
                return Err(Fault::new(reason).of(path));
            }
        }
        self.entries.push((path.to_path_buf(), entries));
        Ok(())
    }

    /// The record.
    pub(super) fn into_draft(self) -> Result<Draft, Error> {
        let mut draft = Draft::new("locust");
        let mut seconds = None;
        let (first, rest) = match self.entries.split_first() {
            Some(((_, first), rest)) => (Some(first), rest),
            None => (None, [].as_slice()),
        };
        let merged = first.map(|first| rest.iter().fold(first.clone(), |all, (_, more)| all.merged(more)));
        let mut total = None;
        let mut names = Names::default();
        if let Some((path, stats)) = self.sheets.get(&Sheet::Stats) {
            let (all, aggregated) = rows(stats, &mut names).map_err(|fault| fault.of(path))?;
            seconds = aggregated.as_ref().and_then(duration);
            if merged.is_none() {
                draft.load.series = all;
            }
            total = aggregated;
        }
        match &merged {
            Some(entries) => {
                draft.load.series = entries.series();
                seconds = entries.seconds().or(seconds);
            }
            None => {
                if let Some((path, table)) = self.sheets.get(&Sheet::Distribution) {
                    add_percentiles(table, &names, &mut draft.load.series).map_err(|fault| fault.of(path))?;
                }
                let aggregated = total.map(|row| row.series);
                draft.load.series.extend(aggregated.filter(|all| all.latency.is_some()).map(view));
            }
        }
        if let Some((path, table)) = self.sheets.get(&Sheet::Failures) {
            failures(table, merged.is_none().then_some(&names), &mut draft.load.series)
                .map_err(|fault| fault.of(path))?;
        }
        if let Some((path, table)) = self.sheets.get(&Sheet::Exceptions) {
            let count = exceptions(table).map_err(|fault| fault.of(path))?;
            if count > 0 {
                draft.warnings.push(format!("the locustfile raised {count} exceptions: tasks ended early"));
            }
        }
        let mut model = LoadModel::Unknown;
        if let Some((path, table)) = self.sheets.get(&Sheet::History) {
            let history = history::read(table).map_err(|fault| fault.of(path))?;
            model = history.model;
            if let (Some(history), Some(entries)) = (history.span, merged.as_ref().and_then(Entries::span)) {
                // A file may be written some seconds after the last request.
                if history.1 < entries.0 || entries.1 + 60.0 < history.0 {
                    return Err(
                        Fault::new("it and the JSON file are not of the same time; import each run by itself").of(path)
                    );
                }
            }
            seconds = seconds.or(history.span.map(|(from, to)| to - from));
            draft.load.windows = history.windows;
            draft.load.window_s = history.window_s;
            draft.warnings.extend(history.warnings);
        } else if let Some(entries) = &merged {
            draft.load.windows = entries.windows();
        }
        if draft.load.series.is_empty() && merged.is_none() && !self.sheets.contains_key(&Sheet::Stats) {
            let path = self.sheets.values().next().map(|(path, _)| path.clone()).unwrap_or_default();
            return Err(Fault::new("the run's _stats.csv or JSON file is needed beside it").of(&path));
        }
        remarks(&mut draft);
        draft.one_phase(seconds, model);
        if draft.load.phases.is_empty() {
            draft.load.windows.iter_mut().for_each(|window| window.phase = None);
        }
        Ok(draft)
    }
}

fn remarks(draft: &mut Draft) {
    if draft.load.series.iter().any(|series| series.failed > 0) {
        draft
            .warnings
            .push("Locust's latencies include failed requests, also those that were never answered".to_owned());
    }
    for series in &mut draft.load.series {
        // A refused connection counts as a quick answer there; without it the percentiles would not be lower.
        series.open = unanswered(series.sent.saturating_sub(series.completed));
    }
    draft.warnings.push(
        "Locust counts latencies in whole milliseconds, and from 100 ms on in two digits: a percentile is 5 % off at most".to_owned(),
    );
}

/// A row as a series, with its rate for the length of the run.
struct Total {
    series: Series,
    rate: Option<f64>,
}

/// Locust's rate is the count by the time from the first to the last request.
fn duration(total: &Total) -> Option<f64> {
    let seconds = total.series.sent as f64 / total.rate.filter(|rate| *rate > 0.0)?;
    (seconds > 0.0).then_some(seconds)
}

/// The rows of `_stats.csv` (`_requests.csv` before 1.0), and the last one for all together.
fn rows(table: &Table, names: &mut Names) -> Result<(Vec<Series>, Option<Total>), Fault> {
    let (mut all, mut total) = (Vec::new(), None);
    for row in table.rows() {
        let sent = row.count(&["request count", "# requests"])?;
        let failed = row.count(&["failure count", "# failures"])?.min(sent);
        let name_shown = row.need("name")?;
        let mut one = series(AGGREGATED);
        one.sent = sent;
        one.failed = failed;
        one.completed = sent - failed;
        let figure = |keys: &[&str]| row.number(keys).filter(|_| sent > 0);
        let median = figure(&["median response time"]).map(|median| (50.0, median));
        // A median among the percentiles comes last and wins.
        let percentiles = median.into_iter().chain(row.percentiles()).filter(|_| sent > 0);
        let percentiles = percentiles.map(|(percent, value)| (percent, at_most(value)));
        one.latency = printed(
            1e6,
            Some(sent),
            [figure(&["min response time"]), figure(&["average response time"]), figure(&["max response time"])],
            percentiles,
        );
        if is_total(&row) {
            total = Some(Total { series: one, rate: row.number(&["requests/s"]) });
        } else {
            let method = row.text(&["type", "method"]).unwrap_or_default();
            one.request = names.add(method, name_shown);
            one.tags.insert("method".to_owned(), method.to_owned());
            all.push(one);
        }
    }
    Ok((all, total))
}

/// What rows are called in the record, by their methods and their names as they are written.
#[derive(Debug, Default)]
struct Names {
    written: BTreeMap<(String, String), String>,
    /// How often a name was wanted, by method and name.
    taken: BTreeMap<(String, String), u64>,
}

impl Names {
    /// A name that no other row of the method has: rows that differ in their queries alone have percentiles that cannot be added up.
    fn add(&mut self, method: &str, written: &str) -> String {
        let shown = name(written).into_owned();
        let mut request = shown.clone();
        while self.taken.contains_key(&(method.to_owned(), request.clone())) {
            let count = self.taken.entry((method.to_owned(), shown.clone())).or_default();
            *count += 1;
            request = format!("{shown} ({count})");
        }
        self.taken.insert((method.to_owned(), request.clone()), 1);
        self.written.insert((method.to_owned(), written.to_owned()), request.clone());
        request
    }

    fn get(&self, method: &str, written: &str) -> Option<&String> {
        self.written.get(&(method.to_owned(), written.to_owned()))
    }
}

fn is_total(row: &Row<'_>) -> bool {
    let kind = row.text(&["type", "method"]).unwrap_or_default();
    matches!(kind, "" | "None") && matches!(row.text(&["name"]), Some(AGGREGATED | "Total"))
}

/// The row for all together: it counts again what the others count.
fn view(mut all: Series) -> Series {
    AGGREGATED.clone_into(&mut all.request);
    all.tags.insert(VIEW.to_owned(), "all".to_owned());
    all
}

/// A whole millisecond stands for half of one on either side; 0 says no more than that it was not longer than that half.
fn at_most(ms: f64) -> f64 {
    if ms > 0.0 { ms } else { 0.5 }
}

/// Before 1.0 percentiles had a file of their own, whose name column is `GET /path`.
fn add_percentiles(table: &Table, names: &Names, all: &mut [Series]) -> Result<(), Fault> {
    for row in table.rows() {
        let written = row.need("name")?;
        let kind = row.text(&["type", "method"]);
        for one in all.iter_mut() {
            let method = one.tags.get("method").map(String::as_str).unwrap_or_default();
            let plain = match kind {
                Some(kind) => (kind == method).then_some(written),
                None => written.strip_prefix(method).and_then(|rest| rest.strip_prefix(' ')),
            };
            let known = plain.and_then(|plain| names.get(method, plain));
            let same = known == Some(&one.request);
            if same
                && let Some(Distribution::Summary(summary)) = &mut one.latency
                && let Some(Distribution::Summary(found)) =
                    printed(1e6, None, [None; 3], row.percentiles().map(|(p, v)| (p, at_most(v))))
            {
                summary.percentiles.extend(found.percentiles);
            }
        }
    }
    Ok(())
}

/// What failed and how. Messages hold URLs, so only their kind is kept.
fn failures(table: &Table, names: Option<&Names>, all: &mut [Series]) -> Result<(), Fault> {
    for row in table.rows() {
        let count = row.count(&["occurrences", "# occurences", "# occurrences"])?;
        let (written, method) = (row.need("name")?, row.text(&["method", "type"]).unwrap_or_default());
        let error = row.text(&["error"]).unwrap_or_default();
        let status = status_in(error);
        let kind = if status.is_some() { "status" } else { of_text(error) };
        let known = names.and_then(|names| names.get(method, written));
        let shown = known.cloned().unwrap_or_else(|| name(written).into_owned());
        for one in all.iter_mut() {
            let same = one.request == shown && one.tags.get("method").is_some_and(|known| known == method);
            if !same && one.tags.get(VIEW).is_none_or(|view| view != "all") {
                continue;
            }
            add(one.errors.entry(kind.to_owned()).or_default(), count);
            if let Some(status) = status {
                add(one.statuses.entry(status.to_string()).or_default(), count);
            }
            // Those with a status, and those that a check refused, were answered.
            if status.is_some() || kind == "check" {
                one.completed = one.completed.saturating_add(count).min(one.sent);
            }
        }
    }
    Ok(())
}

/// `LocustBadStatusCode(code=404)`, or `HTTPError('503 Server Error: …`.
fn status_in(error: &str) -> Option<u16> {
    let digits = match error.split_once("(code=") {
        Some((_, rest)) => rest,
        None => error.split_once("HTTPError(")?.1.trim_start_matches(['\'', '"', '\\']),
    };
    let status: u16 = digits.get(..3)?.parse().ok()?;
    (100..=599).contains(&status).then_some(status)
}

fn exceptions(table: &Table) -> Result<u64, Fault> {
    let mut all: u64 = 0;
    for row in table.rows() {
        all = all.saturating_add(row.count(&["count"])?);
    }
    Ok(all)
}

/// What the files of one run share: `P` of `P_stats.csv`.
fn prefix(path: &Path) -> String {
    let shown = path.to_string_lossy().into_owned();
    const ENDS: [&str; 6] =
        ["_stats_history.csv", "_stats.csv", "_failures.csv", "_exceptions.csv", "_requests.csv", "_distribution.csv"];
    ENDS.iter().find_map(|end| shown.strip_suffix(end)).map_or_else(|| shown.clone(), str::to_owned)
}
