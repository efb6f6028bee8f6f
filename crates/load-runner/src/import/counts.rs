//! Counting values into buckets no wider than a thousandth of the value. Only buckets that hold something take memory: an import keeps
//! one of these for each request, part of a request and open window. Must not know: where values come from.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::Buckets;

/// Values below this have a bucket of their own; above, each power of two is cut into half as many.
const EXACT: u64 = 2048;
const HALF: u64 = EXACT / 2;

/// The largest relative error of a value, as a ratio: the width of the widest bucket over its lower end.
pub(super) const RESOLUTION: f64 = 1.0 / HALF as f64;

/// Values counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    counts: BTreeMap<u16, u64>,
    min: Option<u64>,
    max: Option<u64>,
    sum: f64,
}

impl Counts {
    /// Counts a value.
    pub(super) fn record(&mut self, value: u64) {
        let slot = self.counts.entry(bucket_of(value)).or_default();
        *slot = slot.saturating_add(1);
        self.min = Some(self.min.map_or(value, |min| min.min(value)));
        self.max = Some(self.max.map_or(value, |max| max.max(value)));
        self.sum += value as f64;
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The buckets, or `None` when nothing was counted: absent is not zero.
    pub(super) fn buckets(&self) -> Option<Buckets> {
        (!self.is_empty()).then(|| Buckets {
            resolution: Finite::try_from(RESOLUTION).unwrap_or_default(),
            min: self.min,
            max: self.max,
            sum: Finite::try_from(self.sum).unwrap_or_default(),
            buckets: self.counts.iter().map(|(bucket, count)| (upper_end(*bucket), *count)).collect(),
        })
    }
}

fn bucket_of(value: u64) -> u16 {
    let shift = u64::from(value.checked_ilog2().unwrap_or(0)).saturating_sub(10);
    // At most 53 * 1024 + 2047.
    (shift * HALF + (value >> shift)) as u16
}

fn upper_end(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < EXACT {
        return bucket;
    }
    let shift = bucket / HALF - 1;
    let mantissa = u128::from(bucket % HALF + HALF);
    u64::try_from(((mantissa + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_a_bucket_that_ends_at_most_a_thousandth_above_it() {
        for exponent in 0..64 {
            for offset in [0, 1, 2, 3, 1023, 1024, 1025] {
                for value in [(1_u64 << exponent).saturating_add(offset), (1_u64 << exponent).saturating_sub(offset)] {
                    let end = upper_end(bucket_of(value));
                    assert!(end >= value, "{value} in a bucket that ends at {end}");
                    assert!((end - value) as f64 <= RESOLUTION * value as f64, "{value} {end}");
                    assert_eq!(bucket_of(end), bucket_of(value), "{value}");
                }
            }
        }
        assert_eq!(upper_end(bucket_of(u64::MAX)), u64::MAX);
    }

    #[test]
    fn percentiles_agree_with_the_sorted_values() {
        let mut counts = Counts::default();
        for value in 1..=10_000_u64 {
            counts.record(value * 1000);
        }
        let buckets = counts.buckets().unwrap();
        for (percent, exact) in [(50.0, 5e6), (95.0, 9.5e6), (99.9, 9.99e6), (100.0, 1e7)] {
            let found = buckets.percentile(percent).unwrap();
            assert!(found >= exact && found <= exact * (1.0 + RESOLUTION), "p{percent} {found}");
        }
        assert_eq!(buckets.mean(), Some(5_000_500.0));
        assert_eq!(Counts::default().buckets(), None);
    }
}
