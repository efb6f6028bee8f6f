//! Which request comes next. Must not know: what requests are.

use super::random::{key, number, unit};
use crate::scenario::{Phase, Request};

/// Arrivals that hold the mix to within one request each.
const BLOCK: u64 = 64;

/// The requests of a phase by weight.
#[derive(Debug)]
pub(super) struct Mix {
    key: u64,
    /// The upper end of each request's part of 0 to 1, and its index; requests without weight have none.
    ends: Vec<(f64, usize)>,
}

impl Mix {
    pub(super) fn new(seed: u64, index: u64, phase: &Phase, requests: &[Request]) -> Self {
        let mut end = 0.0;
        let mut ends = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            let share = phase.share(request, requests);
            if share > 0.0 {
                end += share;
                ends.push((end, place));
            }
        }
        Self { key: key(seed, "mix", index), ends }
    }

    /// The request of an arrival: a draw from the arrival's own 64th of 0 to 1, the 64ths of a block shuffled. Independent draws would
    /// give short phases another mix than was asked for.
    pub(super) fn draw(&self, arrival: u64) -> usize {
        if let [(_, only)] = self.ends.as_slice() {
            return *only;
        }
        let block = number(self.key, arrival / BLOCK);
        // An odd factor makes the product a permutation.
        let place = ((block | 1).wrapping_mul(arrival % BLOCK).wrapping_add(block >> 32)) % BLOCK;
        let at = (place as f64 + unit(number(block, arrival))) / BLOCK as f64;
        let found = self.ends.iter().find(|(end, _)| at < *end).or(self.ends.last());
        found.map_or(0, |(_, index)| *index)
    }
}
