//! Repeatable random numbers: equal seeds give equal numbers.

use std::f64::consts::TAU;

/// Splitmix64 (G. L. Steele, D. Lea and C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014).
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
    /// The second of the two normal numbers that are made at once.
    spare: Option<f64>,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, spare: None }
    }

    /// The numbers of one item of a set: they do not depend on how many items there are.
    pub(crate) fn of_item(seed: u64, set: u64, item: u64) -> Self {
        let scattered = [set, item].iter().fold(seed, |state, part| Self::new(state).bits().wrapping_add(*part));
        Self::new(Self::new(scattered).bits())
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up, below 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (G. E. P. Box and M. E. Muller, A note on the generation of random normal deviates, Annals of
    /// Mathematical Statistics 29, 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    pub(crate) fn normals(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.normal()).collect()
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform on the scale of logarithms.
    pub(crate) fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// A whole number, both ends included.
    pub(crate) fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.uniform() * (high.saturating_sub(low) + 1) as f64) as usize
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// -1 or 1.
    pub(crate) fn sign(&mut self, positive: f64) -> f64 {
        if self.chance(positive) { 1.0 } else { -1.0 }
    }

    #[expect(clippy::indexing_slicing, reason = "the index lies below the length, and no array here is empty")]
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, from: [T; N]) -> T {
        from[self.whole(0, N - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_published_numbers_of_splitmix64() {
        // The first outputs for the seed 1234567, as other implementations print them.
        let mut random = Random::new(1_234_567);
        let made: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(made, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let made = Random::new(1).normals(200_000);
        let moment = |power| made.iter().map(|z| z.powi(power)).sum::<f64>() / made.len() as f64;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02, "{} {}", moment(1), moment(2));
        assert!(moment(3).abs() < 0.04 && (moment(4) - 3.0).abs() < 0.1, "{} {}", moment(3), moment(4));
    }

    #[test]
    fn whole_numbers_reach_both_ends_and_no_further() {
        let mut random = Random::new(2);
        let made: Vec<usize> = (0..1000).map(|_| random.whole(3, 5)).collect();
        assert_eq!((made.iter().min(), made.iter().max()), (Some(&3), Some(&5)));
    }

    #[test]
    fn items_of_a_set_differ() {
        let first = |set, item| Random::of_item(7, set, item).bits();
        let made = [first(1, 0), first(1, 1), first(2, 0), first(2, 1)];
        assert!(made.iter().enumerate().all(|(at, one)| !made[at + 1..].contains(one)), "{made:?}");
    }
}
