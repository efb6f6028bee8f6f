//! Latencies as counted: exact buckets that can be merged, or the few figures another tool reported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Finite;

/// A distribution of times, in ns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Distribution {
    /// Counted values: any percentile can be computed, and two of them can be merged.
    Buckets(Buckets),
    /// The figures that a tool printed. What it did not print is not known, and cannot be merged.
    Summary(SummaryStatistics),
}

/// Counted values. A percentile is never made from percentiles, but from these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Buckets {
    /// The largest relative error of a value, as a ratio: 0.001 for three significant digits, 0.05 for two.
    #[cfg_attr(feature = "schema", schemars(extend("minimum" = 0)))]
    pub resolution: Finite,
    /// The exact smallest value, in ns; absent when nothing was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// The exact largest value, in ns; absent when nothing was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// The sum of all values, in ns, for the mean.
    pub sum: Finite,
    /// `[upper end of the bucket in ns, how many]`, ascending, without empty ones.
    pub buckets: Vec<(u64, u64)>,
}

/// What a tool printed about times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SummaryStatistics {
    /// How many values there were, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The smallest, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Finite>,
    /// The mean, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Finite>,
    /// The largest, in ns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Finite>,
    /// Percentiles that were printed: `"95"` or `"99.9"` to ns.
    #[serde(default, deserialize_with = "crate::unique::map")]
    pub percentiles: BTreeMap<String, Finite>,
}

/// A percentile, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Quantile {
    /// Its value, in ns.
    Known(Finite),
    /// It is not below this, in ns: requests that were never answered lie at or above it.
    AtLeast(Finite),
}

impl Quantile {
    /// The value or its lower bound, in ns.
    pub const fn lower(self) -> f64 {
        match self {
            Self::Known(value) | Self::AtLeast(value) => value.get(),
        }
    }

    /// The value in ns, when it is known.
    pub const fn known(self) -> Option<f64> {
        match self {
            Self::Known(value) => Some(value.get()),
            Self::AtLeast(_) => None,
        }
    }
}

impl Buckets {
    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// The mean, in ns; `None` when nothing was counted.
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum.get() / count as f64)
    }

    /// The smallest bucket end that at least `percent` percent of the values do not exceed, in ns (the nearest-rank rule), never
    /// above the exact maximum. `None` when nothing was counted or `percent` lies outside 0 to 100.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        self.percentile_beside(percent, None).and_then(Quantile::known)
    }

    /// As [`percentile`](Self::percentile) of these values and further ones that are only known not to lie below `open`'s: requests
    /// never sent, or unanswered when the run ended. Where those could decide, the answer is a lower bound.
    pub fn percentile_beside(&self, percent: f64, open: Option<&Self>) -> Option<Quantile> {
        if !(0.0..=100.0).contains(&percent) {
            return None;
        }
        let censored = open.map_or(0, Self::count);
        let total = self.count().saturating_add(censored);
        if total == 0 {
            return None;
        }
        // A product such as 0.95 * 1000 may come out a hair above the whole number that is meant.
        let rank = ((percent / 100.0 * total as f64 - 1e-9).ceil().max(1.0) as u64).min(total);
        let finite = |value: u64| Finite::try_from(value as f64).ok();
        if let Some(value) = self.value_at(rank).filter(|_| censored == 0) {
            return Some(Quantile::Known(finite(value)?));
        }
        let lowest = open.and_then(|open| open.buckets.first()).map(|(value, _)| *value);
        match (self.value_at(rank), lowest) {
            // Every open one lies above the value wherever it ends.
            (Some(value), Some(lowest)) if value <= lowest => Some(Quantile::Known(finite(value)?)),
            (Some(_) | None, _) => Some(Quantile::AtLeast(finite(self.merged(open?).value_at(rank)?)?)),
        }
    }

    /// The value of a rank counted from 1.
    fn value_at(&self, rank: u64) -> Option<u64> {
        let mut seen = 0_u64;
        let (value, _) = self.buckets.iter().find(|(_, count)| {
            seen = seen.saturating_add(*count);
            seen >= rank
        })?;
        Some(self.max.map_or(*value, |max| max.min(*value)))
    }

    /// Both together; as coarse as the coarser one.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut counts: BTreeMap<u64, u64> = self.buckets.iter().copied().collect();
        for (value, count) in &other.buckets {
            let entry = counts.entry(*value).or_default();
            *entry = entry.saturating_add(*count);
        }
        let coarser = self.resolution.get().max(other.resolution.get());
        Self {
            resolution: Finite::try_from(coarser).unwrap_or_default(),
            min: [self.min, other.min].into_iter().flatten().min(),
            max: [self.max, other.max].into_iter().flatten().max(),
            sum: Finite::try_from(self.sum.get() + other.sum.get()).unwrap_or_default(),
            buckets: counts.into_iter().collect(),
        }
    }
}

impl Distribution {
    /// How many values there were, when it is known.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Buckets(buckets) => Some(buckets.count()),
            Self::Summary(summary) => summary.count,
        }
    }

    /// A percentile, in ns, beside requests that were never answered. `None` when it was not recorded: it is never made up.
    pub fn percentile(&self, percent: f64, open: Option<&Buckets>) -> Option<Quantile> {
        match self {
            Self::Buckets(buckets) => buckets.percentile_beside(percent, open),
            Self::Summary(summary) => {
                let value = *summary.percentiles.get(&percent.to_string())?;
                let censored = open.is_some_and(|open| open.count() > 0);
                Some(if censored { Quantile::AtLeast(value) } else { Quantile::Known(value) })
            }
        }
    }

    /// The mean, in ns, when it is known.
    pub fn mean(&self) -> Option<f64> {
        match self {
            Self::Buckets(buckets) => buckets.mean(),
            Self::Summary(summary) => summary.mean.map(Finite::get),
        }
    }

    /// The smallest value, in ns, when it is known.
    pub fn min(&self) -> Option<f64> {
        match self {
            Self::Buckets(buckets) => buckets.min.map(|value| value as f64),
            Self::Summary(summary) => summary.min.map(Finite::get),
        }
    }

    /// The largest value, in ns, when it is known.
    pub fn max(&self) -> Option<f64> {
        match self {
            Self::Buckets(buckets) => buckets.max.map(|value| value as f64),
            Self::Summary(summary) => summary.max.map(Finite::get),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Buckets {
        let mut counts = BTreeMap::new();
        for value in values {
            *counts.entry(*value).or_insert(0) += 1;
        }
        Buckets {
            resolution: Finite::default(),
            min: values.iter().min().copied(),
            max: values.iter().max().copied(),
            sum: Finite::try_from(values.iter().sum::<u64>() as f64).unwrap(),
            buckets: counts.into_iter().collect(),
        }
    }

    #[test]
    fn percentiles_follow_the_nearest_rank() {
        let values: Vec<u64> = (1..=1000).collect();
        let buckets = of(&values);
        for (percent, value) in [(0.0, 1.0), (50.0, 500.0), (95.0, 950.0), (99.9, 999.0), (100.0, 1000.0)] {
            assert_eq!(buckets.percentile(percent), Some(value), "p{percent}");
        }
        assert_eq!(buckets.percentile(100.1), None);
        assert_eq!(of(&[]).percentile(50.0), None);
    }

    #[test]
    fn merging_equals_counting_together() {
        let (left, right) = (of(&[1, 5, 5, 9]), of(&[2, 5, 100]));
        assert_eq!(left.merged(&right), of(&[1, 5, 5, 9, 2, 5, 100]));
    }

    #[test]
    fn unanswered_requests_bound_the_tail_and_leave_the_rest_alone() {
        // 90 answered within 10, ten never answered and known to last at least 50.
        let (answered, open) = (of(&[10; 90]), of(&[50; 10]));
        let at = |percent| answered.percentile_beside(percent, Some(&open)).unwrap();
        assert_eq!(at(50.0), Quantile::Known(Finite::try_from(10.0).unwrap()));
        assert_eq!(at(95.0), Quantile::AtLeast(Finite::try_from(50.0).unwrap()));
    }

    #[test]
    fn a_request_of_which_nothing_is_known_makes_every_percentile_a_bound() {
        let (answered, open) = (of(&[10; 90]), of(&[0; 10]));
        let median = answered.percentile_beside(50.0, Some(&open)).unwrap();
        assert!(matches!(median, Quantile::AtLeast(bound) if bound.get() <= 10.0));
    }

    #[test]
    fn a_percentile_that_a_tool_did_not_print_is_not_known() {
        let percentiles = BTreeMap::from([("95".to_owned(), Finite::try_from(7e6).unwrap())]);
        let printed =
            Distribution::Summary(SummaryStatistics { count: None, min: None, mean: None, max: None, percentiles });
        assert_eq!(printed.percentile(95.0, None).and_then(Quantile::known), Some(7e6));
        assert_eq!(printed.percentile(99.0, None), None);
    }
}
