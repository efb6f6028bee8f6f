//! Metric by metric: how floors were kept in each month, as a matrix to look over and as figures, and the values as charts.
//! Must not know: the other sections, but that they link here.

mod matrix;

use std::collections::BTreeMap;

use bench_model::audit::{Audit, MonthCompliance};
use bench_model::{Direction, MetricName, Unit};
use serde::Serialize;

use super::lines::Lines;
use super::series::{self, Chart};
use super::words::{amount, shortened, shown, thousands, times};
use crate::ReportError;
use matrix::Matrix;

/// The longest name in a table, in letters.
const NAME: usize = 72;

/// The metrics that have a section of their own, by name, with their numbers in the page.
pub(super) struct Names<'a>(BTreeMap<&'a MetricName, usize>);

impl<'a> Names<'a> {
    pub(super) fn of(audit: &'a Audit) -> Self {
        let compliance = audit.compliance.iter().map(|metric| &metric.metric);
        let named = compliance.chain(audit.series.iter().map(|series| &series.metric));
        let mut names: BTreeMap<_, _> = named.map(|name| (name, 0)).collect();
        names.values_mut().zip(1..).for_each(|(number, place)| *number = place);
        Self(names)
    }

    /// How a table names a metric.
    pub(super) fn of_metric(&self, name: &MetricName) -> MetricRef {
        MetricRef { short: shortened(name.as_str(), NAME), number: self.0.get(name).copied() }
    }
}

/// A metric's name where it is one of many.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MetricRef {
    pub(super) short: String,
    /// The number of its section, when it has one.
    number: Option<usize>,
}

/// How floors were kept.
#[derive(Debug, Serialize)]
pub(super) struct Compliance {
    matrix: Matrix,
    metrics: Vec<Metric>,
}

/// A metric's section.
#[derive(Debug, Serialize)]
struct Metric {
    number: usize,
    name: String,
    short: String,
    better: &'static str,
    totals: Totals,
    months: Vec<Row>,
    charts: Vec<Chart>,
}

/// A metric's figures over the whole period.
#[derive(Debug, Default, Serialize)]
struct Totals {
    runs: String,
    judged: String,
    missing: String,
    violations: String,
    violated: bool,
    /// The month with the least time, with that share.
    least_time: Option<(String, String)>,
    /// The month with the lowest margin, with that.
    lowest_margin: Option<(String, String)>,
}

/// A metric's figures in one month.
#[derive(Debug, Serialize)]
struct Row {
    month: String,
    runs: u32,
    missing: u32,
    judged: u32,
    violations: u32,
    time: Option<String>,
    margin: Option<String>,
    lowest: Option<String>,
    median: Option<String>,
    highest: Option<String>,
    lines: Vec<u64>,
}

impl Compliance {
    pub(super) fn of(audit: &Audit, names: &Names<'_>, lines: &mut Lines) -> Result<Self, ReportError> {
        let shown_points = series::points_each(audit.series.len());
        let compliance: BTreeMap<_, _> = audit.compliance.iter().map(|metric| (&metric.metric, metric)).collect();
        let mut series: BTreeMap<_, Vec<_>> = BTreeMap::new();
        audit.series.iter().for_each(|one| series.entry(&one.metric).or_default().push(one));
        let mut metrics = Vec::new();
        for (name, &number) in &names.0 {
            let found = compliance.get(name).copied();
            let series = series.remove(name).unwrap_or_default();
            let unit = found.map(|metric| metric.unit).or(series.first().map(|series| series.unit));
            let direction = found.map(|metric| metric.direction).or(series.first().map(|series| series.direction));
            let (Some(unit), Some(direction)) = (unit, direction) else { continue };
            let months = found.map(|metric| metric.months.as_slice()).unwrap_or_default();
            for seq in months.iter().flat_map(|month| &month.violating_lines) {
                lines.below(*seq, number);
            }
            let mut charts = Vec::new();
            for one in series {
                series::date_lines(one, lines);
                charts.extend(Chart::of(one, shown_points, None)?);
            }
            metrics.push(Metric {
                number,
                name: shown(name.as_str()),
                short: shortened(name.as_str(), NAME),
                better: better(direction),
                totals: totals(months),
                months: months.iter().map(|month| row(month, unit)).collect(),
                charts,
            });
        }
        Ok(Self { matrix: Matrix::of(audit, names), metrics })
    }
}

/// The words for a direction.
pub(crate) const fn better(direction: Direction) -> &'static str {
    match direction {
        Direction::HigherIsBetter => "higher is better",
        Direction::LowerIsBetter => "lower is better",
    }
}

fn totals(months: &[MonthCompliance]) -> Totals {
    let sum = |of: fn(&MonthCompliance) -> u32| thousands(months.iter().map(|month| u64::from(of(month))).sum::<u64>());
    let least = |of: fn(&MonthCompliance) -> Option<bench_model::Finite>| {
        let known = months.iter().filter_map(|month| Some((month, of(month)?)));
        known.min_by(|(_, a), (_, b)| a.get().total_cmp(&b.get()))
    };
    Totals {
        runs: sum(|month| month.runs),
        judged: sum(|month| month.judged),
        missing: sum(|month| month.missing),
        violations: sum(|month| month.violations),
        violated: months.iter().any(|month| month.violations > 0),
        least_time: least(|month| month.time_met).map(|(month, time)| (shown(&month.month), time_share(time))),
        lowest_margin: least(|month| month.lowest_margin).map(|(month, margin)| (shown(&month.month), times(margin))),
    }
}

fn time_share(time: bench_model::Finite) -> String {
    format!("{} %", super::words::share(time))
}

fn row(month: &MonthCompliance, unit: Unit) -> Row {
    Row {
        month: shown(&month.month),
        runs: month.runs,
        missing: month.missing,
        judged: month.judged,
        violations: month.violations,
        time: month.time_met.map(time_share),
        margin: month.lowest_margin.map(times),
        lowest: month.lowest.map(|value| amount(value, unit)),
        median: month.median.map(|value| amount(value, unit)),
        highest: month.highest.map(|value| amount(value, unit)),
        lines: month.violating_lines.clone(),
    }
}
