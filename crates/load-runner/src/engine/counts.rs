//! Times, counted. Must not know: of what.

use bench_model::Finite;
use bench_model::load::Buckets;
use hdrhistogram::Histogram;

/// The finest difference that is kept, in ns: three digits from 32 us on, 32 ns below.
const FINEST: u64 = 32;
/// The longest time that is told from longer ones, in ns: an hour.
const LONGEST: u64 = 3_600_000_000_000;
/// Significant digits.
const DIGITS: u8 = 3;

/// A histogram that takes no memory before the first value, and grows with the largest only, not with how many there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    histogram: Option<Box<Histogram<u32>>>,
    min: u64,
    max: u64,
    sum: f64,
}

impl Counts {
    /// Counts a time, in ns.
    pub(crate) fn record(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    /// Counts a time, in ns, so many times.
    pub(crate) fn record_many(&mut self, value: u64, times: u64) {
        let histogram = match &mut self.histogram {
            Some(histogram) => {
                self.min = self.min.min(value);
                self.max = self.max.max(value);
                histogram
            }
            none => {
                (self.min, self.max) = (value, value);
                // The bounds are constants that it accepts.
                let Ok(mut histogram) = Histogram::new_with_bounds(FINEST, 1 << 20, DIGITS) else { return };
                histogram.auto(true);
                none.insert(Box::new(histogram))
            }
        };
        self.sum += value as f64 * times as f64;
        // It grows up to the longest: nothing is refused.
        let _ = histogram.record_n(value.min(LONGEST), u32::try_from(times).unwrap_or(u32::MAX));
    }

    /// Whether nothing was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.histogram.as_ref().is_none_or(|histogram| histogram.is_empty())
    }

    /// `[upper end, how many]` of what was counted, ascending.
    pub(crate) fn buckets(&self) -> Vec<(u64, u64)> {
        let Some(histogram) = &self.histogram else { return Vec::new() };
        histogram.iter_recorded().map(|step| (step.value_iterated_to(), step.count_since_last_iteration())).collect()
    }

    /// As a record keeps it; `None` when nothing was counted.
    pub(crate) fn record_of(&self) -> Option<Buckets> {
        (!self.is_empty()).then(|| Buckets {
            resolution: Finite::try_from(0.001).unwrap_or_default(),
            min: Some(self.min),
            max: Some(self.max),
            sum: Finite::try_from(self.sum).unwrap_or_default(),
            buckets: self.buckets(),
        })
    }

    /// Adds what another one counted: as if it had been counted here.
    pub(crate) fn add(&mut self, other: &Self) {
        let Some(theirs) = &other.histogram else { return };
        match &mut self.histogram {
            None => *self = other.clone(),
            Some(histogram) => {
                // Both grow up to the same longest value.
                let _ = histogram.add(theirs.as_ref());
                (self.min, self.max) = (self.min.min(other.min), self.max.max(other.max));
                self.sum += other.sum;
            }
        }
    }

    /// Forgets everything, and keeps the memory for the next.
    pub(crate) fn clear(&mut self) {
        (self.min, self.max, self.sum) = (u64::MAX, 0, 0.0);
        if let Some(histogram) = &mut self.histogram {
            histogram.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Counts {
        let mut counts = Counts::default();
        values.iter().for_each(|value| counts.record(*value));
        counts
    }

    #[test]
    fn nothing_counted_is_absent() {
        assert_eq!(Counts::default().record_of(), None);
    }

    #[test]
    fn longer_than_an_hour_is_an_hour_or_more_and_its_exact_length_stays() {
        let buckets = of(&[5_000_000, LONGEST * 3]).record_of().unwrap();
        assert_eq!((buckets.count(), buckets.max), (2, Some(LONGEST * 3)));
        assert!(buckets.buckets.last().unwrap().0 >= LONGEST);
    }

    proptest! {
        #[test]
        fn a_percentile_is_right_to_three_digits(mut values in prop::collection::vec(32_000..LONGEST, 1..200), percent in 0.0..100.0_f64) {
            let found = of(&values).record_of().unwrap().percentile(percent).unwrap();
            values.sort_unstable();
            let rank = ((percent / 100.0 * values.len() as f64 - 1e-9).ceil().max(1.0) as usize).min(values.len());
            let exact = values[rank - 1] as f64;
            prop_assert!(found >= exact && found <= exact * 1.001 + 1.0, "{found} {exact}");
        }

        #[test]
        fn adding_equals_counting_together(left in prop::collection::vec(0..LONGEST, 0..60), right in prop::collection::vec(0..LONGEST, 0..60)) {
            let mut sum = of(&left);
            sum.add(&of(&right));
            let together = of(&[left, right].concat()).record_of();
            let sum = sum.record_of();
            prop_assert_eq!(sum.as_ref().map(|sum| &sum.buckets), together.as_ref().map(|together| &together.buckets));
            prop_assert_eq!(sum.map(|sum| (sum.min, sum.max)), together.map(|together| (together.min, together.max)));
        }
    }
}
