//! Numbers drawn one after the other, the same for a seed on every machine and in every version.

use crate::exchange::random::{number, unit};

/// Counts through the numbers of a seed: enough for gaps and pauses.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A seed that belongs to a part of what `seed` is for.
    pub(crate) const fn part(seed: u64, part: u64) -> u64 {
        number(seed ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93), 1)
    }

    const fn next(&mut self) -> u64 {
        let next = number(self.seed, self.drawn);
        self.drawn = self.drawn.wrapping_add(1);
        next
    }

    /// Evenly drawn, from 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.next())
    }

    /// Drawn from the exponential distribution of mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.unit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_drawn_one_after_the_other() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [number(1_234_567, 0), number(1_234_567, 1)]);
        // What was drawn for a part of a seed stays so.
        assert_eq!(Random::part(1_234_567, 0), 3_203_168_211_198_807_973);
    }
}
