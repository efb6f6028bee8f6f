//! A ledger as a static site: an index with what stands now, and a page for each metric. Pages need no network and no program.
//! Must not know: files or the clock. Verdicts and statuses are copied from the ledger's lines.

mod fold;
mod index;
mod metric;
mod names;
mod spark;

use std::rc::Rc;

use bench_model::audit::Series;
use bench_model::ledger::IncidentState;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Commit, Finite, MetricName, RunId, Sha256};

use crate::ReportError;

pub use fold::SiteFold;
pub use index::Index;

/// What a site shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// What it is about, such as the project's name.
    pub title: String,
    /// The tool that makes it, with its version.
    pub tool: String,
    /// When the ledger's last good line was written: the state that the site shows. The clock would make equal ledgers differ.
    pub as_of: Option<Timestamp>,
    /// The ledger that it was made from.
    pub ledger: LedgerState,
    /// Runs in the ledger.
    pub runs: u64,
    /// The newest run.
    pub newest: Option<NewestRun>,
    /// Every metric that was ever measured, ordered by name.
    pub metrics: Vec<SiteMetric>,
}

/// What is known of the ledger itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerState {
    /// The SHA-256 of the last good line; 64 zeros for an empty ledger.
    pub head: Sha256,
    /// Good lines.
    pub lines: u64,
    /// The first line that does not hold, and what is wrong with it. Nothing behind it is in the site.
    pub problem: Option<String>,
}

/// The newest run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewestRun {
    /// The run.
    pub run: Rc<RunFacts>,
    /// Metrics that it measured.
    pub metrics: usize,
    /// Metrics that were expected and did not report.
    pub missing: Vec<MetricName>,
}

/// A run, for the rows that speak of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFacts {
    /// Its line.
    pub seq: u64,
    /// When the line was written.
    pub time: Timestamp,
    /// The run.
    pub run_id: RunId,
    /// Its commit, when it had one.
    pub commit: Option<Commit>,
    /// Its branch, when it was known.
    pub branch: Option<String>,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it measured.
    pub mode: Mode,
    /// The status it got.
    pub status: Status,
}

/// A metric with all that its page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteMetric {
    /// The metric.
    pub name: MetricName,
    /// The name of its page without `.html`: lower-case letters, digits, `-` and `_`; unique in the site.
    pub slug: String,
    /// Its values, one series an environment and mode; the one with the newest run first, never empty.
    pub series: Vec<SiteSeries>,
    /// Its newest values, newest first.
    pub runs: Vec<ValueRow>,
    /// Promotions that hold it, newest first.
    pub promotions: Vec<PromotionRow>,
    /// Its regressions: open ones first, then those that ended last.
    pub incidents: Vec<IncidentRow>,
}

/// The values of a metric in one environment and mode.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteSeries {
    /// The values, neighbours joined where there are very many.
    pub series: Series,
    /// The newest values, oldest first, for the small picture.
    pub newest: Vec<Finite>,
    /// What was decided on the last of them.
    pub verdict: Verdict,
    /// The run of the last of them.
    pub run: Rc<RunFacts>,
    /// The baseline in force: its line and its value.
    pub baseline: Option<(u64, Finite)>,
}

/// A metric's value in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueRow {
    /// The run.
    pub run: Rc<RunFacts>,
    /// The value, in `unit`.
    pub value: Finite,
    /// The base unit.
    pub unit: bench_model::Unit,
    /// What was decided on it.
    pub verdict: Verdict,
    /// The floor that it was held against.
    pub floor: Option<Finite>,
    /// Whether the run became a baseline.
    pub promoted: bool,
}

/// A promotion.
#[derive(Debug, Clone, PartialEq)]
pub struct PromotionRow {
    /// Its line; it may be pruned by now.
    pub seq: u64,
    /// When; not known of a pruned line.
    pub time: Option<Timestamp>,
    /// Its commit.
    pub commit: Commit,
    /// Its environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// The value that became the baseline.
    pub value: Finite,
    /// The base unit.
    pub unit: bench_model::Unit,
    /// The release that it stands for.
    pub anchor: Option<String>,
    /// Who promoted it, as they said themselves.
    pub author: Option<String>,
}

/// A regression of the main branch.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRow {
    /// The line that opened it.
    pub seq: u64,
    /// When.
    pub opened: Timestamp,
    /// The commit that showed it.
    pub commit: Commit,
    /// `value / baseline - 1` there.
    pub change: Option<Finite>,
    /// The environment.
    pub epoch: Epoch,
    /// How thoroughly it was measured.
    pub mode: Mode,
    /// How it ended: state, line and time; absent while it is open.
    pub end: Option<(IncidentState, u64, Timestamp)>,
}

/// `index.html`.
///
/// # Errors
/// [`ReportError`] when the template compiled in cannot be filled.
pub fn index_page(site: &Site) -> Result<String, ReportError> {
    index::page(site)
}

/// `metric/<slug>.html`.
///
/// # Errors
/// [`ReportError`] when the template compiled in cannot be filled, or a chart cannot be drawn.
pub fn metric_page(site: &Site, metric: &SiteMetric) -> Result<String, ReportError> {
    metric::page(site, metric)
}

impl SiteSeries {
    /// The last value against the baseline in force, as a ratio; absent without a baseline, and where it is not defined.
    pub fn change(&self) -> Option<Finite> {
        let (_, baseline) = self.baseline?;
        Finite::try_from(self.newest.last()?.get() / baseline.get() - 1.0).ok()
    }
}

impl SiteMetric {
    /// Whether a regression of it is open.
    pub fn is_open(&self) -> bool {
        self.incidents.iter().any(|incident| incident.end.is_none())
    }
}
