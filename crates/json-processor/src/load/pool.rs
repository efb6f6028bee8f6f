//! Times of several series together: buckets are added, and figures that a tool printed are never combined.

use bench_model::Finite;
use bench_model::load::{Buckets, Distribution, Load, Quantile, Series, SummaryStatistics};

/// Figures of a distribution by the names that reports use.
pub(super) const NAMES: [(&str, Figure); 9] = [
    ("min", Figure::Min),
    ("mean", Figure::Mean),
    ("p50", Figure::Percent(50.0)),
    ("p75", Figure::Percent(75.0)),
    ("p90", Figure::Percent(90.0)),
    ("p95", Figure::Percent(95.0)),
    ("p99", Figure::Percent(99.0)),
    ("p99.9", Figure::Percent(99.9)),
    ("max", Figure::Max),
];

/// A figure of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Figure {
    Min,
    Mean,
    Max,
    Percent(f64),
}

/// Times of one or more series.
pub(super) struct Pool<'a> {
    held: Held<'a>,
    /// Requests that were never answered, by how long they had lasted.
    open: Buckets,
    /// Whether latencies as a whole are only lower bounds.
    doubtful: bool,
}

enum Held<'a> {
    Buckets(Buckets),
    Summary(&'a SummaryStatistics),
    /// Printed figures of more than one series.
    Several,
    /// Requests were answered, and their times were not kept.
    NotRecorded,
}

impl<'a> Pool<'a> {
    /// The latencies of series, beside the requests that were never answered. With doubts about all of them, each is a lower
    /// bound: what doubts there are (dropped iterations, a backlog timed from its send) make latencies look short.
    pub(super) fn latency(load: &Load, series: &[&'a Series]) -> Self {
        let open = series.iter().filter_map(|series| series.open.as_ref());
        let open = open.fold(Buckets::default(), |sum, open| sum.merged(open));
        let answered = series.iter().filter(|series| series.completed > 0 || series.latency.is_some());
        let held = Held::of(answered.map(|series| series.latency.as_ref()));
        Self { held, open, doubtful: !load.doubts.is_empty() }
    }

    /// Other times of series.
    pub(super) fn of(series: &[&'a Series], pick: impl Fn(&'a Series) -> Option<&'a Buckets>) -> Self {
        let buckets: Vec<&Buckets> = series.iter().filter_map(|series| pick(series)).collect();
        let held = match buckets.is_empty() {
            true => Held::NotRecorded,
            false => Held::Buckets(buckets.into_iter().fold(Buckets::default(), |sum, more| sum.merged(more))),
        };
        Self { held, open: Buckets::default(), doubtful: false }
    }

    /// How many values there are, when it is known.
    pub(super) fn count(&self) -> Option<u64> {
        match &self.held {
            Held::Buckets(buckets) => Some(buckets.count()),
            Held::Summary(summary) => summary.count,
            Held::Several | Held::NotRecorded => None,
        }
    }

    /// A figure, in ns.
    ///
    /// # Errors
    /// In a sentence, why it is not known.
    pub(super) fn figure(&self, figure: Figure) -> Result<Quantile, String> {
        if let Figure::Percent(percent) = figure {
            self.enough(percent)?;
        }
        let missing = || "the engine did not record it".to_owned();
        let open = Some(&self.open).filter(|open| open.count() > 0);
        let value = match (&self.held, figure) {
            (Held::NotRecorded, _) => return Err(missing()),
            (Held::Several, _) => return Err("percentiles of several requests cannot be merged from summaries".into()),
            (Held::Buckets(buckets), Figure::Percent(percent)) => {
                buckets.percentile_beside(percent, open).ok_or("there are no samples")?
            }
            (Held::Summary(summary), Figure::Percent(percent)) => {
                Distribution::Summary((*summary).clone()).percentile(percent, open).ok_or_else(missing)?
            }
            (Held::Buckets(buckets), Figure::Min | Figure::Mean | Figure::Max) => {
                self.simple(&Distribution::Buckets(buckets.clone()), figure).ok_or("there are no samples")?
            }
            (Held::Summary(summary), Figure::Min | Figure::Mean | Figure::Max) => {
                self.simple(&Distribution::Summary((*summary).clone()), figure).ok_or_else(missing)?
            }
        };
        Ok(match value {
            Quantile::Known(value) if self.doubtful => Quantile::AtLeast(value),
            value => value,
        })
    }

    /// The smallest, mean or largest value beside what was never answered.
    fn simple(&self, held: &Distribution, figure: Figure) -> Option<Quantile> {
        let open = Distribution::Buckets(self.open.clone());
        let pick = |from: &Distribution| match figure {
            Figure::Min => from.min(),
            Figure::Mean => from.mean(),
            Figure::Max => from.max(),
            Figure::Percent(percent) => from.percentile(percent, None).map(Quantile::lower),
        };
        let value = pick(held)?;
        let finite = |value: f64| Finite::try_from(value).ok();
        let Some(open_value) = pick(&open) else { return Some(Quantile::Known(finite(value)?)) };
        Some(match figure {
            Figure::Min if value <= open_value => Quantile::Known(finite(value)?),
            Figure::Min => Quantile::AtLeast(finite(open_value)?),
            Figure::Max => Quantile::AtLeast(finite(value.max(open_value))?),
            Figure::Mean | Figure::Percent(_) => {
                let (held, open) = (held.count()? as f64, self.open.count() as f64);
                Quantile::AtLeast(finite((value * held + open_value * open) / (held + open))?)
            }
        })
    }

    /// Whether there are as many values as a percentile's rank needs: p99 stands for one in a hundred.
    fn enough(&self, percent: f64) -> Result<(), String> {
        let Some(count) = self.count() else { return Ok(()) };
        let count = count.saturating_add(self.open.count());
        let needed = if percent >= 100.0 { 1.0 } else { (100.0 / (100.0 - percent) - 1e-9).ceil() };
        match (count as f64) < needed {
            true => Err(format!("p{percent} needs {needed} samples, and there are {count}")),
            false => Ok(()),
        }
    }

    /// Every figure that is known, by name.
    pub(super) fn figures(&self) -> std::collections::BTreeMap<String, Quantile> {
        NAMES.iter().filter_map(|(name, figure)| Some(((*name).to_owned(), self.figure(*figure).ok()?))).collect()
    }
}

impl<'a> Held<'a> {
    fn of(distributions: impl Iterator<Item = Option<&'a Distribution>>) -> Self {
        let mut held: Option<Self> = None;
        for distribution in distributions {
            let Some(distribution) = distribution else { return Self::NotRecorded };
            held = Some(match (held, distribution) {
                (None, Distribution::Buckets(buckets)) => Self::Buckets(buckets.clone()),
                (None, Distribution::Summary(summary)) => Self::Summary(summary),
                (Some(Self::Buckets(sum)), Distribution::Buckets(buckets)) => Self::Buckets(sum.merged(buckets)),
                (Some(_), Distribution::Buckets(_) | Distribution::Summary(_)) => Self::Several,
            });
        }
        held.unwrap_or_else(|| Self::Buckets(Buckets::default()))
    }
}
