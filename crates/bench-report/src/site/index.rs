//! The first page: what stands now. The same is `index.json`, for programs.
//! Must not know: a metric's past beyond what its small picture shows.

use bench_model::time::Timestamp;
use bench_model::verdict::{Status, Verdict};
use bench_model::{Commit, Finite, MetricName, RunId, Sha256, Unit};
use serde::{Deserialize, Serialize};

use super::{NewestRun, Site, SiteMetric, spark};
use crate::audit::words::{Moment, amount, change, count, shortened, shown, thousands};
use crate::{ReportError, Template, render_template};

const TEMPLATE: Template<'static> =
    Template { name: "templates/site_index.html", text: include_str!("../../../../templates/site_index.html") };

/// The longest title, in letters.
pub(super) const TITLE: usize = 200;
/// The longest name in a table, in letters.
const NAME: usize = 90;
/// How many missing metrics are named.
const NAMED: usize = 5;

/// `index.json`: the index for programs, and the list of the pages that the site has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Always [`Index::SCHEMA`].
    pub schema: String,
    /// What the site is about.
    pub title: String,
    /// The tool that made it.
    pub tool: String,
    /// When the ledger's last good line was written; absent for an empty ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The SHA-256 of the ledger's last good line.
    pub head: Sha256,
    /// Its good lines.
    pub lines: u64,
    /// The first line that does not hold, and what is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<IndexRun>,
    /// Every metric, ordered by name.
    pub metrics: Vec<IndexMetric>,
}

/// The newest run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexRun {
    /// The run.
    pub run_id: RunId,
    /// Its line.
    pub seq: u64,
    /// When the line was written.
    pub time: Timestamp,
    /// Its commit, when it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// Its status.
    pub status: Status,
}

/// A metric where it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexMetric {
    /// The metric.
    pub name: MetricName,
    /// Its page, relative to the index: `metric/<slug>.html`.
    pub page: String,
    /// The newest value.
    pub value: Finite,
    /// Its base unit.
    pub unit: Unit,
    /// What was decided on it.
    pub verdict: Verdict,
    /// It against the baseline in force, as a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Finite>,
    /// The line of its run.
    pub seq: u64,
    /// Regressions that are open.
    pub open_incidents: usize,
}

impl Index {
    /// The schema name of this version.
    pub const SCHEMA: &'static str = "perfledger/site/1";

    /// The index of a site.
    pub fn of(site: &Site) -> Self {
        let run = |newest: &NewestRun| IndexRun {
            run_id: newest.run.run_id.clone(),
            seq: newest.run.seq,
            time: newest.run.time,
            commit: newest.run.commit.clone(),
            status: newest.run.status,
        };
        Self {
            schema: Self::SCHEMA.to_owned(),
            title: site.title.clone(),
            tool: site.tool.clone(),
            as_of: site.as_of,
            head: site.ledger.head.clone(),
            lines: site.ledger.lines,
            problem: site.ledger.problem.clone(),
            newest: site.newest.as_ref().map(run),
            metrics: site.metrics.iter().filter_map(IndexMetric::of).collect(),
        }
    }
}

impl IndexMetric {
    fn of(metric: &SiteMetric) -> Option<Self> {
        let newest = metric.series.first()?;
        Some(Self {
            name: metric.name.clone(),
            page: format!("metric/{}.html", metric.slug),
            value: *newest.newest.last()?,
            unit: newest.series.unit,
            verdict: newest.verdict,
            change: newest.change(),
            seq: newest.run.seq,
            open_incidents: metric.incidents.iter().filter(|incident| incident.end.is_none()).count(),
        })
    }
}

/// What the template is given.
#[derive(Debug, Serialize)]
struct View {
    title: String,
    tool: String,
    as_of: Option<Moment>,
    problem: Option<String>,
    head: String,
    lines: String,
    runs: String,
    newest: Option<Newest>,
    metrics: Vec<Row>,
    incidents: Vec<Incident>,
}

#[derive(Debug, Serialize)]
struct Newest {
    status: String,
    run: String,
    seq: u64,
    time: Moment,
    commit: Option<String>,
    branch: Option<String>,
    dirty: bool,
    environment: String,
    metrics: String,
    missing: Vec<String>,
    more_missing: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    page: String,
    value: String,
    time: Moment,
    verdict: String,
    change: Option<String>,
    spark: Option<String>,
    open: usize,
    /// How many further environments and modes have values.
    others: usize,
}

#[derive(Debug, Serialize)]
struct Incident {
    name: String,
    page: String,
    seq: u64,
    opened: Moment,
    commit: String,
    change: Option<String>,
    environment: String,
}

pub(super) fn page(site: &Site) -> Result<String, ReportError> {
    let view = View {
        title: shortened(&site.title, TITLE),
        tool: shown(&site.tool),
        as_of: site.as_of.map(Moment::from),
        problem: site.ledger.problem.as_deref().map(shown),
        head: site.ledger.head.to_string(),
        lines: thousands(site.ledger.lines),
        runs: thousands(site.runs),
        newest: site.newest.as_ref().map(newest),
        metrics: site.metrics.iter().filter_map(row).collect(),
        incidents: site.metrics.iter().flat_map(incidents).collect(),
    };
    render_template(TEMPLATE, &view)
}

fn newest(newest: &NewestRun) -> Newest {
    let run = &newest.run;
    let named = newest.missing.iter().take(NAMED);
    Newest {
        status: run.status.to_string(),
        run: shown(run.run_id.as_str()),
        seq: run.seq,
        time: run.time.into(),
        commit: run.commit.as_ref().map(|commit| commit.short().to_owned()),
        branch: run.branch.as_deref().map(|branch| shortened(branch, NAME)),
        dirty: run.dirty,
        environment: shown(&format!("{}, {}", run.epoch, run.mode.as_str())),
        metrics: count(newest.metrics as u64, "metric", "metrics"),
        missing: named.map(|name| shortened(name.as_str(), NAME)).collect(),
        more_missing: newest.missing.len().saturating_sub(NAMED),
    }
}

fn row(metric: &SiteMetric) -> Option<Row> {
    let found = IndexMetric::of(metric)?;
    let newest = metric.series.first()?;
    let ends = |of: fn(f64, f64) -> f64| newest.newest.iter().map(|value| value.get()).reduce(of);
    let bound = |value: Option<f64>| Some(amount(Finite::try_from(value?).ok()?, found.unit));
    let words = format!(
        "The newest {}, from {} to {}",
        count(newest.newest.len() as u64, "value", "values"),
        bound(ends(f64::min))?,
        bound(ends(f64::max))?,
    );
    Some(Row {
        name: shortened(metric.name.as_str(), NAME),
        page: found.page,
        value: amount(found.value, found.unit),
        time: newest.run.time.into(),
        verdict: found.verdict.to_string(),
        change: found.change.map(change),
        spark: spark::spark(&newest.newest, &words),
        open: found.open_incidents,
        others: metric.series.len() - 1,
    })
}

fn incidents(metric: &SiteMetric) -> impl Iterator<Item = Incident> + '_ {
    let open = metric.incidents.iter().filter(|incident| incident.end.is_none());
    open.map(|incident| Incident {
        name: shortened(metric.name.as_str(), NAME),
        page: format!("metric/{}.html", metric.slug),
        seq: incident.seq,
        opened: incident.opened.into(),
        commit: incident.commit.short().to_owned(),
        change: incident.change.map(change),
        environment: shown(&format!("{}, {}", incident.epoch, incident.mode.as_str())),
    })
}
