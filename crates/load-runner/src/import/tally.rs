//! Requests counted one by one, from tools that write a line for each: series, and windows dated by when a request began.
//! Memory grows with the number of names and windows, not of requests. Must not know: any tool's format.

use std::collections::{BTreeMap, HashMap};

use bench_model::load::{CheckCount, Distribution, LoadModel, LoadPhase, Series};

use super::counts::Counts;
use super::draft::{Draft, RUN, finite, series, unanswered};
use super::kind::name;
use super::windows::Windows;

/// Names beyond these are counted together: a script without names for its URLs would make one for each.
const MAX_SERIES: usize = 1000;
/// Where they are counted.
const OTHERS: &str = "(other requests)";

/// When a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Before the load.
    Setup,
    /// As load.
    Run,
    /// After it.
    Teardown,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Run => RUN,
            Self::Teardown => "teardown",
        }
    }
}

/// One request and what became of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit<'a> {
    /// When it was sent, in ns since 1970 (or since the run began, if all are).
    pub(super) start: i64,
    /// How long it took, in ns.
    pub(super) took: u64,
    /// Its status; absent when there was no answer.
    pub(super) status: Option<u16>,
    /// What was wrong with it, if anything was.
    pub(super) failure: Option<&'static str>,
    /// Its region.
    pub(super) region: Option<&'a str>,
}

/// Everything about one request name.
#[derive(Debug)]
pub(super) struct Row {
    stage: Stage,
    request: String,
    tags: BTreeMap<String, String>,
    sent: u64,
    completed: u64,
    failed: u64,
    errors: BTreeMap<&'static str, u64>,
    statuses: BTreeMap<u16, u64>,
    latency: Counts,
    open: Counts,
    pub(super) parts: BTreeMap<&'static str, Counts>,
    pub(super) received: Option<u64>,
    pub(super) transmitted: Option<u64>,
    pub(super) unsent: u64,
    pub(super) checks: BTreeMap<String, CheckCount>,
}

/// From when to when something happened, in ns.
type Span = (i64, i64);

/// Requests counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: Vec<Row>,
    index: HashMap<Box<[u8]>, usize>,
    others: HashMap<Stage, usize>,
    spans: BTreeMap<Stage, Span>,
    windows: Windows,
}

impl std::hash::Hash for Stage {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (*self as u8).hash(state);
    }
}

impl Tally {
    /// The row of a key; made by `describe` (request and tags) when it is new.
    pub(super) fn row(
        &mut self,
        key: &[u8],
        stage: Stage,
        describe: impl FnOnce() -> (String, BTreeMap<String, String>),
    ) -> usize {
        if let Some(row) = self.index.get(key) {
            return *row;
        }
        if self.rows.len() >= MAX_SERIES {
            if let Some(row) = self.others.get(&stage) {
                return *row;
            }
            let row = self.push(stage, OTHERS.to_owned(), BTreeMap::new());
            self.others.insert(stage, row);
            return row;
        }
        let (request, tags) = describe();
        let row = self.push(stage, name(&request).into_owned(), tags);
        self.index.insert(key.into(), row);
        row
    }

    fn push(&mut self, stage: Stage, request: String, tags: BTreeMap<String, String>) -> usize {
        self.rows.push(Row {
            stage,
            request,
            tags,
            sent: 0,
            completed: 0,
            failed: 0,
            errors: BTreeMap::new(),
            statuses: BTreeMap::new(),
            latency: Counts::default(),
            open: Counts::default(),
            parts: BTreeMap::new(),
            received: None,
            transmitted: None,
            unsent: 0,
            checks: BTreeMap::new(),
        });
        self.rows.len() - 1
    }

    /// A row, to add to it what is no request.
    pub(super) fn row_mut(&mut self, row: usize) -> Option<&mut Row> {
        self.rows.get_mut(row)
    }

    /// Counts a request.
    pub(super) fn hit(&mut self, row: usize, hit: Hit<'_>) {
        let Some(row) = self.rows.get_mut(row) else { return };
        row.sent += 1;
        if let Some(status) = hit.status {
            row.completed += 1;
            *row.statuses.entry(status).or_default() += 1;
            row.latency.record(hit.took);
        } else if hit.failure == Some("timeout") {
            row.open.record(hit.took);
        }
        if let Some(kind) = hit.failure {
            row.failed += 1;
            *row.errors.entry(kind).or_default() += 1;
        }
        let stage = row.stage;
        let end = hit.start.saturating_add(i64::try_from(hit.took).unwrap_or(i64::MAX));
        self.happened(stage, hit.start, end);
        if stage == Stage::Run {
            self.windows.hit(&hit, end);
        }
    }

    /// Makes a request that was counted already a failure: a check found it wrong at a moment, in ns.
    pub(super) fn refuse(&mut self, row: usize, at: i64, region: Option<&str>) {
        const KIND: &str = "check";
        let Some(row) = self.rows.get_mut(row) else { return };
        row.failed += 1;
        *row.errors.entry(KIND).or_default() += 1;
        let stage = row.stage;
        self.happened(stage, at, at);
        if stage == Stage::Run {
            self.windows.refuse(at, KIND, region);
        }
    }

    /// Stretches a stage over something that happened in it.
    pub(super) fn happened(&mut self, stage: Stage, from: i64, to: i64) {
        let span = self.spans.entry(stage).or_insert((from, to));
        *span = (span.0.min(from), span.1.max(to));
    }

    /// Notes the users at a moment.
    pub(super) fn users(&mut self, at: i64, users: u64) {
        self.windows.users(at, users);
    }

    /// The second that everything is dated from, in ns.
    pub(super) fn zero(&self) -> i64 {
        self.spans
            .values()
            .map(|span| span.0)
            .min()
            .unwrap_or(0)
            .div_euclid(1_000_000_000)
            .saturating_mul(1_000_000_000)
    }

    /// When the last thing happened, in seconds since [`zero`](Self::zero).
    pub(super) fn end_s(&self) -> f64 {
        let end = self.spans.values().map(|span| span.1).max().unwrap_or(0);
        end.saturating_sub(self.zero()).max(0) as f64 / 1e9
    }

    /// Puts everything into the record.
    pub(super) fn into_draft(self, draft: &mut Draft, model: LoadModel) {
        let zero = self.zero();
        let seconds = |ns: i64| finite(ns.max(0) as f64 / 1e9);
        if !self.others.is_empty() {
            draft.warnings.push(format!("only the first {MAX_SERIES} names are told apart, the others are `{OTHERS}`"));
        }
        draft.load.phases = self
            .spans
            .iter()
            .map(|(stage, (from, to))| LoadPhase {
                name: stage.name().to_owned(),
                start_s: seconds(from.saturating_sub(zero)),
                planned_s: None,
                measured_s: seconds(to.saturating_sub(*from)),
                model: if *stage == Stage::Run { model } else { LoadModel::Unknown },
                warm_up: *stage != Stage::Run,
                offered: None,
            })
            .collect();
        draft.load.windows = self.windows.finish(zero, &mut draft.warnings);
        // A piece of a stream may hold parts of a request and not the request: they belong to no time.
        let told = self.rows.into_iter().filter(|row| self.spans.contains_key(&row.stage));
        draft.load.series = told.map(Row::series).collect();
        draft.load.series.sort_by(|a, b| (&a.phase, &a.request, &a.tags).cmp(&(&b.phase, &b.request, &b.tags)));
        censor(&mut draft.load.series);
    }
}

/// A request of an iteration that was dropped is one that was never answered: it bounds each request of the same scenario.
fn censor(all: &mut [Series]) {
    let dropped: Vec<_> = all.iter().filter(|series| series.unsent > 0).map(|s| (s.tags.clone(), s.unsent)).collect();
    for series in all.iter_mut().filter(|series| series.phase.as_deref() == Some(RUN) && series.unsent == 0) {
        for (tags, count) in &dropped {
            if tags.iter().all(|(key, value)| series.tags.get(key) == Some(value)) {
                let lost = unanswered(*count);
                series.open = match (series.open.take(), lost) {
                    (Some(open), Some(lost)) => Some(open.merged(&lost)),
                    (open, lost) => open.or(lost),
                };
            }
        }
    }
}

impl Row {
    fn series(self) -> Series {
        Series {
            phase: Some(self.stage.name().to_owned()),
            tags: self.tags,
            sent: self.sent,
            completed: self.completed,
            // What a check refused may be told without its request, in a piece of a stream.
            failed: self.failed.min(self.sent),
            unsent: self.unsent,
            errors: self.errors.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            statuses: self.statuses.into_iter().map(|(status, count)| (status.to_string(), count)).collect(),
            checks: self.checks,
            received_bytes: self.received,
            sent_bytes: self.transmitted,
            latency: self.latency.buckets().map(Distribution::Buckets),
            open: self.open.buckets().or_else(|| unanswered(self.unsent)),
            parts: self
                .parts
                .iter()
                .filter_map(|(part, counts)| Some(((*part).to_owned(), counts.buckets()?)))
                .collect(),
            ..series(&self.request)
        }
    }
}
