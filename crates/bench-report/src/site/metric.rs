//! The page of a metric: charts, newest values, promotions, incidents.
//! Must not know: other metrics.

use serde::Serialize;

use super::index::TITLE;
use super::{IncidentRow, PromotionRow, Site, SiteMetric, SiteSeries, ValueRow};
use crate::audit::history::state_word;
use crate::audit::metrics::better;
use crate::audit::series::Chart;
use crate::audit::words::{Moment, amount, change, shortened, shown};
use crate::{ReportError, Template, render_template};

const TEMPLATE: Template<'static> =
    Template { name: "templates/site_metric.html", text: include_str!("../../../../templates/site_metric.html") };

/// The points of a chart: the fold has joined the others already.
const POINTS: usize = 400;

/// What the template is given: nothing that changes with a run that did not measure the metric.
#[derive(Debug, Serialize)]
struct View {
    title: String,
    tool: String,
    problem: Option<String>,
    name: String,
    short: String,
    better: &'static str,
    series: Vec<Section>,
    runs: Vec<Run>,
    promotions: Vec<Promotion>,
    incidents: Vec<Incident>,
    open: usize,
}

#[derive(Debug, Serialize)]
struct Section {
    chart: Option<Chart>,
    environment: String,
    value: Option<String>,
    verdict: String,
    time: Moment,
    seq: u64,
    baseline: Option<String>,
    baseline_seq: Option<u64>,
    change: Option<String>,
}

#[derive(Debug, Serialize)]
struct Run {
    seq: u64,
    time: Moment,
    run: String,
    commit: Option<String>,
    branch: Option<String>,
    dirty: bool,
    environment: String,
    value: String,
    verdict: String,
    floor: Option<String>,
    status: String,
    promoted: bool,
}

#[derive(Debug, Serialize)]
struct Promotion {
    seq: u64,
    time: Option<Moment>,
    commit: String,
    environment: String,
    value: String,
    anchor: Option<String>,
    author: Option<String>,
}

#[derive(Debug, Serialize)]
struct Incident {
    seq: u64,
    opened: Moment,
    commit: String,
    change: Option<String>,
    environment: String,
    state: &'static str,
    ended: Option<Moment>,
    ended_seq: Option<u64>,
}

pub(super) fn page(site: &Site, metric: &SiteMetric) -> Result<String, ReportError> {
    let view = View {
        title: shortened(&site.title, TITLE),
        tool: shown(&site.tool),
        problem: site.ledger.problem.as_deref().map(shown),
        name: shown(metric.name.as_str()),
        short: shortened(metric.name.as_str(), 90),
        better: metric.series.first().map_or("", |series| better(series.series.direction)),
        series: metric.series.iter().map(section).collect::<Result<_, _>>()?,
        runs: metric.runs.iter().map(run).collect(),
        promotions: metric.promotions.iter().map(promotion).collect(),
        incidents: metric.incidents.iter().map(incident).collect(),
        open: metric.incidents.iter().filter(|incident| incident.end.is_none()).count(),
    };
    render_template(TEMPLATE, &view)
}

fn section(series: &SiteSeries) -> Result<Section, ReportError> {
    let unit = series.series.unit;
    Ok(Section {
        chart: Chart::of(&series.series, POINTS, series.baseline.map(|(_, value)| value.get()))?,
        environment: shown(&format!("{}, {}", series.series.epoch, series.series.mode.as_str())),
        value: series.newest.last().map(|value| amount(*value, unit)),
        verdict: series.verdict.to_string(),
        time: series.run.time.into(),
        seq: series.run.seq,
        baseline: series.baseline.map(|(_, value)| amount(value, unit)),
        baseline_seq: series.baseline.map(|(seq, _)| seq),
        change: series.change().map(change),
    })
}

fn run(row: &ValueRow) -> Run {
    let run = &row.run;
    Run {
        seq: run.seq,
        time: run.time.into(),
        run: shown(run.run_id.as_str()),
        commit: run.commit.as_ref().map(|commit| commit.short().to_owned()),
        branch: run.branch.as_deref().map(|branch| shortened(branch, 40)),
        dirty: run.dirty,
        environment: shown(&format!("{}, {}", run.epoch, run.mode.as_str())),
        value: amount(row.value, row.unit),
        verdict: row.verdict.to_string(),
        floor: row.floor.map(|floor| amount(floor, row.unit)),
        status: run.status.to_string(),
        promoted: row.promoted,
    }
}

fn promotion(row: &PromotionRow) -> Promotion {
    Promotion {
        seq: row.seq,
        time: row.time.map(Moment::from),
        commit: row.commit.short().to_owned(),
        environment: shown(&format!("{}, {}", row.epoch, row.mode.as_str())),
        value: amount(row.value, row.unit),
        anchor: row.anchor.as_deref().map(shown),
        author: row.author.as_deref().map(shown),
    }
}

fn incident(row: &IncidentRow) -> Incident {
    Incident {
        seq: row.seq,
        opened: row.opened.into(),
        commit: row.commit.short().to_owned(),
        change: row.change.map(change),
        environment: shown(&format!("{}, {}", row.epoch, row.mode.as_str())),
        state: row.end.map_or("open", |(state, _, _)| state_word(state)),
        ended: row.end.map(|(_, _, time)| time.into()),
        ended_seq: row.end.map(|(_, seq, _)| seq),
    }
}
