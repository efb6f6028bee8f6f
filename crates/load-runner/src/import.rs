//! Results of other load tools as a record: k6, Locust, vegeta, oha, wrk, hey. What a tool did not say is absent, and what makes its
//! numbers better than they were is said. Must not know: judging, or how `run.json` is written.

mod counts;
mod detect;
mod draft;
mod ended;
mod fault;
mod hey;
mod k6;
mod kind;
mod locust;
mod oha;
mod source;
mod tally;
pub(crate) mod thresholds;
mod vegeta;
mod windows;
mod wrk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bench_model::load::{Load, ThresholdText};

use crate::Error;
use detect::{Document, Guess};
use draft::Draft;
use fault::Fault;
use source::Source;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// What its content says.
    Auto,
    /// k6's end-of-test summary, in any of its shapes.
    K6Summary,
    /// k6's `--out json`.
    K6Ndjson,
    /// Locust's CSV or JSON files.
    Locust,
    /// vegeta's JSON report or encoded results.
    Vegeta,
    /// oha's JSON.
    Oha,
    /// wrk's or wrk2's text.
    Wrk,
    /// hey's text or CSV.
    Hey,
}

/// What is known beside the files.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the files are.
    pub format: Format,
    /// The scenario's name; the first file's without its ending if absent.
    pub scenario: Option<String>,
    /// Thresholds to be judged, beside those in the files.
    pub thresholds: Vec<ThresholdText>,
    /// The status that the tool ended with.
    pub exit_code: Option<u8>,
}

/// What was read.
#[derive(Debug)]
pub struct Imported {
    /// The run.
    pub load: Load,
    /// What to know about the numbers.
    pub warnings: Vec<String>,
    /// How long the run lasted; zero when the files do not say.
    pub duration: Duration,
    /// When the last thing of each scenario of k6's stream happened, in seconds on the record's clock; empty for all else.
    pub ends: BTreeMap<String, f64>,
}

/// Reads the files of one run; `-` is standard input.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Import`] with file, line and what was expected for one that is no result of
/// a known tool, or of another run than the rest.
pub fn import(files: &[PathBuf], options: &Options) -> Result<Imported, Error> {
    let mut reading = Reading::default();
    for path in files {
        reading.add(path, Source::open(path)?, options)?;
    }
    let stem = files.first().map(|path| stem(path)).filter(|stem| !stem.is_empty());
    reading.finish(stem, options).map(in_order)
}

/// Reads a single file's bytes: for tests with arbitrary input.
///
/// # Errors
/// As [`import`].
pub fn import_bytes(bytes: &[u8], format: Format) -> Result<Load, Error> {
    import_all_bytes(&[bytes], format).map(|imported| imported.load)
}

/// Reads the bytes of the files of one run: for tests with arbitrary input.
///
/// # Errors
/// As [`import`].
pub fn import_all_bytes(files: &[&[u8]], format: Format) -> Result<Imported, Error> {
    let path = Path::new("-");
    let options = Options { format, scenario: None, thresholds: Vec::new(), exit_code: None };
    let mut reading = Reading::default();
    for bytes in files {
        let source = Source::new(*bytes).map_err(|error| Fault::new(error.to_string()).of(path))?;
        reading.add(path, source, &options)?;
    }
    reading.finish(None, &options).map(in_order)
}

/// JSON objects have no order: thresholds are told in one of their own, so that equal files give equal records.
fn in_order(mut imported: Imported) -> Imported {
    imported.load.thresholds.sort();
    imported.load.engine_thresholds.sort_by(|a, b| a.threshold.cmp(&b.threshold));
    imported
}

/// Files of one run so far. At most one of the three is in use.
#[derive(Debug, Default)]
struct Reading {
    k6: Option<K6>,
    locust: Option<locust::Locust>,
    single: Option<(PathBuf, Draft)>,
    first: Option<PathBuf>,
}

/// k6's files: the stream tells requests, the summary what the thresholds came to.
#[derive(Debug, Default)]
struct K6 {
    stream: Option<k6::Stream>,
    summaries: Vec<(PathBuf, k6::Summary)>,
}

impl Reading {
    fn add(&mut self, path: &Path, source: Source<'_>, options: &Options) -> Result<(), Error> {
        let at = |fault: Fault| fault.of(path);
        match detect::guess(source.head(), options.format).map_err(at)? {
            Guess::K6Lines => {
                let k6 = self.k6(path)?;
                let stream = k6.stream.get_or_insert_with(|| k6::Stream::new(&options.thresholds));
                stream.read(source.lines()).map_err(at)?;
            }
            Guess::VegetaLines => self.single(path, vegeta::lines(source.lines()).map_err(at)?)?,
            Guess::Sheet(sheet) => {
                let bytes = source.whole().map_err(at)?;
                self.locust(path)?.add_sheet(path, sheet, &bytes)?;
            }
            Guess::HeyRows => self.single(path, hey::rows(&source.whole().map_err(at)?).map_err(at)?)?,
            Guess::HeyText => self.single(path, hey::text(&source::text(&source.whole().map_err(at)?)).map_err(at)?)?,
            Guess::Wrk => self.single(path, wrk::text(&source::text(&source.whole().map_err(at)?)).map_err(at)?)?,
            Guess::Document => self.document(path, &source::text(&source.whole().map_err(at)?), options)?,
        }
        self.first.get_or_insert_with(|| path.to_path_buf());
        Ok(())
    }

    fn document(&mut self, path: &Path, text: &str, options: &Options) -> Result<(), Error> {
        let at = |fault: Fault| fault.of(path);
        let text = text.trim();
        let value = serde_json::from_str::<serde_json::Value>(text);
        let kind = match &value {
            Ok(value) => detect::document(value, options.format).map_err(at)?,
            // Text around a summary, or no JSON at all: the reader of summaries tells which.
            Err(_) if matches!(options.format, Format::Auto | Format::K6Summary) => Document::K6,
            Err(error) => return Err(at(Fault::at(error.line() as u64, format!("expected JSON: {error}")))),
        };
        match (kind, value) {
            (Document::K6, _) => {
                let summary = k6::Summary::read(text).map_err(at)?;
                self.k6(path)?.summaries.push((path.to_path_buf(), summary));
                Ok(())
            }
            (Document::Locust, _) => {
                let entries = locust::Entries::read(text).map_err(at)?;
                self.locust(path)?.add_entries(path, entries)
            }
            (Document::Vegeta, _) => self.single(path, vegeta::report(text).map_err(at)?),
            (Document::Oha, Ok(value)) => self.single(path, oha::report(&value).map_err(at)?),
            (Document::Oha, Err(error)) => Err(at(Fault::new(error.to_string()))),
        }
    }

    fn k6(&mut self, path: &Path) -> Result<&mut K6, Error> {
        self.alone(path, self.locust.is_none() && self.single.is_none())?;
        Ok(self.k6.get_or_insert_default())
    }

    fn locust(&mut self, path: &Path) -> Result<&mut locust::Locust, Error> {
        self.alone(path, self.k6.is_none() && self.single.is_none())?;
        Ok(self.locust.get_or_insert_default())
    }

    fn single(&mut self, path: &Path, draft: Draft) -> Result<(), Error> {
        self.alone(path, self.first.is_none())?;
        self.single = Some((path.to_path_buf(), draft));
        Ok(())
    }

    fn alone(&self, path: &Path, fits: bool) -> Result<(), Error> {
        match &self.first {
            Some(first) if !fits => {
                let reason = format!("it is of another run than {}; import each run by itself", first.display());
                Err(Fault::new(reason).of(path))
            }
            _ => Ok(()),
        }
    }

    fn finish(self, stem: Option<String>, options: &Options) -> Result<Imported, Error> {
        let draft = match (self.k6, self.locust, self.single) {
            (Some(k6), _, _) => k6.into_draft(&options.thresholds)?,
            (None, Some(locust), _) => locust.into_draft()?,
            (None, None, Some((_, draft))) => draft,
            (None, None, None) => {
                return Err(Error::Flag { flag: "files", reason: "expected at least one result file".to_owned() });
            }
        };
        let Draft { mut load, warnings, ends } = draft;
        if let Some(name) = options.scenario.clone().or(stem) {
            load.scenario = name;
        }
        load.thresholds.extend(options.thresholds.iter().cloned());
        let mut known = std::collections::BTreeSet::new();
        load.thresholds.retain(|threshold| known.insert(threshold.clone()));
        if let Some(code) = options.exit_code {
            ended::note(code, &mut load);
        }
        let seconds = ended::at_s(&load);
        let duration = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Ok(Imported { load, warnings, duration, ends })
    }
}

impl K6 {
    fn into_draft(self, thresholds: &[ThresholdText]) -> Result<Draft, Error> {
        let known = self.stream.as_ref().map(k6::Stream::requests);
        let first = self.summaries.first().and_then(|(_, summary)| summary.requests());
        for (path, summary) in &self.summaries {
            let expected = known.or(first);
            let cut = self.stream.as_ref().is_some_and(k6::Stream::is_cut);
            if let (Some(expected), Some(found)) = (expected, summary.requests())
                && found != expected
                && !(cut && found > expected)
            {
                let reason = format!(
                    "it counts {found} requests, and the file before it {expected}: they are of two runs; import each by itself"
                );
                return Err(Fault::new(reason).of(path));
            }
        }
        let mut summaries = self.summaries.into_iter().map(|(_, summary)| summary);
        let mut draft = match self.stream {
            Some(stream) => stream.into_draft(thresholds),
            // A machine-readable summary lacks what the others have, so the richest one comes first.
            None => {
                let mut all: Vec<_> = summaries.by_ref().collect();
                all.sort_by_key(|summary| std::cmp::Reverse(summary.figures()));
                let mut all = all.into_iter();
                let Some(richest) = all.next() else { return Ok(Draft::new("k6")) };
                let mut draft = richest.into_draft();
                all.for_each(|summary| summary.add_to(&mut draft));
                draft
            }
        };
        summaries.for_each(|summary| summary.add_to(&mut draft));
        Ok(draft)
    }
}

/// A file's name without its endings: `shop` of `shop_stats.csv`, `shop.ndjson.gz`.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name == "-" {
        return String::new();
    }
    let mut stem = name.as_str();
    for end in [
        ".gz",
        ".json",
        ".jsonl",
        ".ndjson",
        ".txt",
        ".csv",
        ".md",
        "_stats",
        "_stats_history",
        "_failures",
        "_exceptions",
    ] {
        stem = stem.strip_suffix(end).unwrap_or(stem);
    }
    stem.to_owned()
}
