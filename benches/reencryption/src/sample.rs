//! Which records are looked at again, and the pseudo-random numbers of generated data. Never for nonces or keys of real data.

use std::collections::BTreeSet;

use crate::Error;

/// SplitMix64 (Steele, Lea and Flood 2014): small, fast, the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix(u64);

impl SplitMix {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `range`, which is above 0. The unevenness is below 2^-32 for every range that is used here.
    pub(crate) fn below(&mut self, range: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(range)) >> 64) as u64
    }
}

/// `size` different numbers below `of`, or all of them when there are no more, in order (Floyd's method).
pub(crate) fn choose(size: u64, of: u64, seed: u64) -> Vec<u64> {
    let mut random = SplitMix::new(seed);
    let mut chosen = BTreeSet::new();
    for top in of.saturating_sub(size)..of {
        let number = random.below(top + 1);
        if !chosen.insert(number) {
            chosen.insert(top);
        }
    }
    chosen.into_iter().collect()
}

/// The given seed, or one that nobody can foresee.
pub(crate) fn seed(given: Option<u64>) -> Result<u64, Error> {
    given.map_or_else(|| drawn().map(u64::from_le_bytes), Ok)
}

/// Eight bytes of the system's randomness.
pub(crate) fn drawn() -> Result<[u8; 8], Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.into()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_no_record_twice_and_none_that_is_not_there() {
        for (size, of) in [(0, 10), (3, 10), (10, 10), (1000, 10), (5, 0), (1000, 1_000_000)] {
            let chosen = choose(size, of, 1);
            assert_eq!(chosen.len() as u64, size.min(of));
            assert!(chosen.windows(2).all(|pair| matches!(pair, [a, b] if a < b)));
            assert!(chosen.last().is_none_or(|last| *last < of));
        }
    }

    #[test]
    fn every_record_can_be_in_a_sample() {
        let mut counts = [0_u32; 20];
        for seed in 0..4000 {
            for number in choose(5, 20, seed) {
                if let Some(count) = counts.get_mut(number as usize) {
                    *count += 1;
                }
            }
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
