//! How many of how many.

/// A count of hits.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Share {
    pub(super) hits: usize,
    pub(super) of: usize,
}

impl Share {
    pub(super) fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    /// From 0 to 1; NaN of nothing.
    pub(super) fn ratio(self) -> f64 {
        self.hits as f64 / self.of as f64
    }
}

/// The mean of the ratios, each counting as much as the others.
pub(super) fn mean<'a>(shares: impl Iterator<Item = &'a Share>) -> f64 {
    let (sum, count) = shares.fold((0.0, 0.0), |(sum, count), share| (sum + share.ratio(), count + 1.0));
    sum / count
}
