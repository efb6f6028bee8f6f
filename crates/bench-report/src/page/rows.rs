//! The table of all judged metrics, in the judge's order: worst first.
//! Must not know: charts.

use bench_model::MetricName;
use bench_model::verdict::{JudgedMetric, Verdict};
use serde::Serialize;

use super::ReportPage;
use super::words::{Said, amount, amounts, percent, percents, rule, said, shown, size, thousands, times};

/// Longer names lose their middle in the table; the whole stands in the metric's own section and in the cell's tooltip.
const NAME: usize = 160;
/// Up to so many metrics stand in one table.
const FEW: usize = 40;

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: Name,
    pub(super) verdict: String,
    pub(super) waived: bool,
    pub(super) rule: &'static str,
    pub(super) why: Vec<Said>,
    pub(super) value: Option<String>,
    pub(super) interval: Option<String>,
    pub(super) change: Option<String>,
    pub(super) change_interval: Option<String>,
    pub(super) threshold: String,
    pub(super) noise_floor: Option<String>,
    pub(super) rounds: String,
    pub(super) margin: Option<String>,
    pub(super) floor: Option<String>,
    pub(super) target: Option<String>,
}

/// A metric's name in the parts that people read: `package/target/`, the benchmark, `#measure`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Name {
    before: String,
    middle: String,
    after: String,
    pub(super) whole: String,
    long: bool,
}

/// The rows, and apart from them those of unchanged and new metrics when there are more than [`FEW`] in all.
pub(super) fn rows(page: &ReportPage<'_>) -> (Vec<Row>, Vec<Row>) {
    let metrics = &page.judgement.metrics;
    let quiet = |metric: &&JudgedMetric| match metric.verdict {
        Verdict::Unchanged | Verdict::New => metrics.len() > FEW,
        Verdict::Missing | Verdict::Regressed | Verdict::Inconclusive | Verdict::Improved => false,
    };
    let (quiet, loud): (Vec<_>, Vec<_>) = metrics.iter().partition(quiet);
    let made = |metrics: Vec<&JudgedMetric>| metrics.into_iter().map(|metric| row(page, metric)).collect();
    (made(loud), made(quiet))
}

pub(super) fn row(page: &ReportPage<'_>, metric: &JudgedMetric) -> Row {
    let change = metric.change.as_ref();
    Row {
        name: name(page, &metric.name),
        verdict: metric.verdict.to_string(),
        waived: metric.waived,
        rule: rule(metric.rule).0,
        why: said(&metric.why),
        value: metric.value.map(|value| amount(value, metric.unit)),
        interval: metric.interval.map(|interval| amounts(interval, metric.unit)),
        change: change.map(|change| percent(change.value)),
        change_interval: change.and_then(|change| change.interval).map(percents),
        threshold: size(metric.threshold),
        noise_floor: metric.noise_floor.map(size),
        rounds: thousands(metric.rounds as usize),
        margin: metric.margin.map(times),
        floor: metric.floor.map(|floor| amount(floor, metric.unit)),
        target: metric.target.map(|target| amount(target, metric.unit)),
    }
}

fn name(page: &ReportPage<'_>, full: &MetricName) -> Name {
    let whole = shown(full.as_str());
    let parts = page.report.metric(full.as_str()).and_then(|metric| {
        let rest = whole.strip_suffix(&format!("#{}", metric.measure))?;
        let target = format!("{}/", metric.benchmark.target);
        let (before, middle) = match rest.strip_prefix(&target) {
            Some(middle) => (target, middle.to_owned()),
            None => (String::new(), rest.to_owned()),
        };
        Some((before, middle, format!("#{}", metric.measure)))
    });
    let (before, middle, after) = parts.unwrap_or_else(|| (String::new(), whole.clone(), String::new()));
    let cut = cut(&middle);
    let long = cut != middle;
    Name { before, middle: cut, after, whole, long }
}

fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length <= NAME {
        return text.to_owned();
    }
    let head: String = text.chars().take(NAME * 2 / 3).collect();
    let tail: String = text.chars().skip(length - NAME / 3).collect();
    format!("{head}…{tail}")
}
