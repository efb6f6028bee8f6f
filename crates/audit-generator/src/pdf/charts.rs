//! The drawings of the audit: for each metric those of its environments that it was measured in most.
//! Must not know: how a chart is drawn, or where it stands on a page.

use bench_model::MetricName;
use bench_model::audit::{Audit, Series};
use bench_report::chart::{HistoryChart, HistoryPoint, Marks, Theme, history_svg};

use super::legible::Legible;

/// Charts of a metric; a metric has a series for each environment and mode, and each new compiler makes an environment.
const PER_METRIC: usize = 2;
/// Charts of an audit; typst has room for some ten thousand files in the life of a program.
const MOST: usize = 500;
/// Pixels; a page is about 680 wide where small print has 12.
const SIZE: (u32, u32) = (680, 210);

/// A drawn series.
pub(super) struct Chart {
    pub(super) metric: MetricName,
    /// The name that the template reads it by.
    pub(super) file: String,
    /// What stands below it.
    pub(super) caption: String,
    /// What it shows, for those who cannot see it.
    pub(super) alt: String,
    pub(super) svg: String,
}

/// Draws what can be drawn; a series without a finite value has no chart.
pub(super) fn charts(audit: &Audit, legible: &Legible) -> Vec<Chart> {
    let mut chosen = Vec::new();
    for metric in &audit.compliance {
        let mut of: Vec<_> = audit.series.iter().filter(|series| series.metric == metric.metric).collect();
        of.sort_by_key(|series| std::cmp::Reverse(runs(series)));
        chosen.extend(of.into_iter().take(PER_METRIC));
    }
    chosen.truncate(MOST);
    chosen.into_iter().enumerate().filter_map(|(number, series)| chart(number, series, legible)).collect()
}

fn runs(series: &Series) -> u64 {
    series.points.iter().map(|point| u64::from(point.runs)).sum()
}

fn chart(number: usize, series: &Series, legible: &Legible) -> Option<Chart> {
    let points: Vec<_> = series
        .points
        .iter()
        .map(|point| HistoryPoint {
            time: Some(point.time.unix()),
            lowest: point.lowest.get(),
            typical: point.median.get(),
            highest: point.highest.get(),
            marks: Marks { promoted: point.promoted, regressed: point.regressed, this_run: false },
        })
        .collect();
    let (first, last) = (series.points.first()?, series.points.last()?);
    let title = legible.name(series.metric.as_str());
    let drawn = HistoryChart {
        title: &title,
        unit: series.unit,
        direction: series.direction,
        points: &points,
        floor: last.floor.map(Into::into),
        target: last.target.map(Into::into),
        baseline: None,
    };
    let svg = history_svg(&drawn, SIZE, Theme::Print).ok()?;
    let mode = series.mode.as_str().replace('_', " ");
    let caption = format!("{mode} runs in {}", legible.name(&series.epoch.0));
    let amount = |value| bench_cli::words::amount(value, series.unit);
    let day = |text: String| text.chars().take(10).collect::<String>();
    let alt = format!(
        "Values of {title}, {caption}, from {} to {}: {} at first, {} at last.",
        day(first.time.to_string()),
        day(last.time.to_string()),
        amount(first.median),
        amount(last.median),
    );
    Some(Chart { metric: series.metric.clone(), file: format!("chart-{number}.svg"), caption, alt, svg })
}
