//! Noise from a seed, and points along a law.

use bench_stats::ScalePoint;

/// SplitMix64 (G. L. Steele and others, Fast splittable pseudorandom number generators, OOPSLA 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// By G. E. P. Box and M. E. Muller (A note on the generation of random normal deviates, 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let (one, other) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * libm::log(one)).sqrt() * libm::cos(std::f64::consts::TAU * other)
    }
}

/// Lambda, sigma and kappa.
pub(crate) type Truth = (f64, f64, f64);

/// The Universal Scalability Law.
pub(crate) fn law((lambda, sigma, kappa): Truth, workers: f64) -> f64 {
    lambda * workers / (1.0 + sigma * (workers - 1.0) + kappa * workers * (workers - 1.0))
}

/// A point of these throughputs.
pub(crate) fn point(workers: u32, throughputs: &[f64]) -> ScalePoint {
    ScalePoint { workers, throughputs: throughputs.to_vec(), generator_limited: false }
}

/// Two runs without noise at each number of workers.
pub(crate) fn noiseless(truth: Truth, workers: &[u32]) -> Vec<ScalePoint> {
    workers.iter().map(|workers| point(*workers, &[law(truth, f64::from(*workers)); 2])).collect()
}

/// Runs whose noise multiplies by so much.
pub(crate) fn noisy(random: &mut Random, truth: Truth, workers: &[u32], runs: usize, noise: f64) -> Vec<ScalePoint> {
    let mut run = |workers: u32| law(truth, f64::from(workers)) * libm::exp(noise * random.normal());
    let mut runs = |workers: u32| -> Vec<f64> { (0..runs).map(|_| run(workers)).collect() };
    workers.iter().map(|workers| point(*workers, &runs(*workers))).collect()
}
