//! The kinds of noise that histories have. Each is added to the logarithm of the level.

use crate::random::Random;

/// The shape of the skewed noise: the standard deviation of the logarithm.
const SKEW: f64 = 0.8;

/// What disturbs a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Noise {
    Gaussian,
    /// Log-normal: a floor, and a tail to one side, as times have.
    Skewed,
    /// Each point remembers the one before.
    Autocorrelated,
    /// Each point comes from one of two kinds of machine.
    TwoMachines,
    /// The same, but the next point often comes from the machine of this one.
    StickyMachines,
    /// Now and then a point lies far off.
    Outliers,
    /// The spread wanders.
    ChangingSpread,
    /// Student's t with 3 degrees of freedom.
    HeavyTails,
    /// Gaussian, read from a timer whose tick is 1.5 standard deviations.
    CoarseTimer,
}

impl Noise {
    pub(crate) const ALL: [Self; 9] = [
        Self::Gaussian,
        Self::Skewed,
        Self::Autocorrelated,
        Self::TwoMachines,
        Self::StickyMachines,
        Self::Outliers,
        Self::ChangingSpread,
        Self::HeavyTails,
        Self::CoarseTimer,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Skewed => "skewed",
            Self::Autocorrelated => "autocorrelated",
            Self::TwoMachines => "two machines",
            Self::StickyMachines => "sticky machines",
            Self::Outliers => "outliers",
            Self::ChangingSpread => "changing spread",
            Self::HeavyTails => "heavy tails",
            Self::CoarseTimer => "coarse timer",
        }
    }

    /// Noise of mean 0 and standard deviation 1; the points that are no outliers have that of 1.
    pub(crate) fn standard(self, n: usize, random: &mut Random) -> Vec<f64> {
        match self {
            Self::Gaussian | Self::CoarseTimer => random.normals(n),
            Self::Skewed => (0..n).map(|_| skewed(random)).collect(),
            Self::Autocorrelated => {
                let memory = random.between(0.3, 0.7);
                autocorrelated(n, memory, random)
            }
            Self::TwoMachines => two_machines(n, 0.0, random),
            Self::StickyMachines => {
                let stay = random.between(0.3, 0.8);
                two_machines(n, stay, random)
            }
            Self::Outliers => {
                let share = random.between(0.02, 0.06);
                (0..n).map(|_| random.normal() + outlier(share, random)).collect()
            }
            Self::ChangingSpread => {
                let spreads = wandering_spread(n, random);
                spreads.into_iter().map(|spread| spread * random.normal()).collect()
            }
            Self::HeavyTails => (0..n).map(|_| heavy(random)).collect(),
        }
    }
}

/// One log-normal number, standardised.
pub(super) fn skewed(random: &mut Random) -> f64 {
    let square = SKEW * SKEW;
    ((SKEW * random.normal()).exp() - (square / 2.0).exp()) / (square.exp_m1() * square.exp()).sqrt()
}

/// Student's t with 3 degrees of freedom (variance 3), standardised.
pub(super) fn heavy(random: &mut Random) -> f64 {
    let squares: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
    random.normal() / squares.sqrt()
}

/// An autoregressive process of the first order, standardised.
pub(super) fn autocorrelated(n: usize, memory: f64, random: &mut Random) -> Vec<f64> {
    let mut last = random.normal();
    (0..n)
        .map(|at| {
            if at > 0 {
                last = memory * last + (1.0 - memory * memory).sqrt() * random.normal();
            }
            last
        })
        .collect()
}

/// Which of n points land on the slow machine, when a share of them does; each stays where the last one was with the
/// probability `stay`.
pub(super) fn slow(n: usize, share: f64, stay: f64, random: &mut Random) -> Vec<bool> {
    let mut at_slow = random.chance(share);
    (0..n)
        .map(|at| {
            if at > 0 && !random.chance(stay) {
                at_slow = random.chance(share);
            }
            at_slow
        })
        .collect()
}

fn two_machines(n: usize, stay: f64, random: &mut Random) -> Vec<f64> {
    let (share, apart) = (random.between(0.15, 0.5), random.between(4.0, 8.0));
    let whole = (1.0 + share * (1.0 - share) * apart * apart).sqrt();
    let lands = slow(n, share, stay, random);
    lands.into_iter().map(|slow| (random.normal() + (f64::from(u8::from(slow)) - share) * apart) / whole).collect()
}

fn outlier(share: f64, random: &mut Random) -> f64 {
    if random.chance(share) { random.between(4.0, 15.0) * random.sign(0.85) } else { 0.0 }
}

/// A random walk of the logarithm, around 1 in the middle, never beyond 0.4 and 2.5.
fn wandering_spread(n: usize, random: &mut Random) -> Vec<f64> {
    let mut log = 0.0;
    let walk: Vec<f64> = (0..n)
        .map(|_| {
            log += 0.05 * random.normal();
            f64::exp(log)
        })
        .collect();
    let middle = crate::measure::median(&walk);
    walk.into_iter().map(|spread| (spread / middle).clamp(0.4, 2.5)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn every_kind_has_about_the_mean_and_the_spread_it_promises() {
        for noise in Noise::ALL {
            // Many short draws, because some kinds draw their parameters once.
            let mut random = Random::new(5);
            let made: Vec<f64> = (0..400).flat_map(|_| noise.standard(300, &mut random)).collect();
            let center = mean(&made);
            let spread = mean(&made.iter().map(|value| (value - center).powi(2)).collect::<Vec<_>>()).sqrt();
            let (mean_within, spreads) = match noise {
                Noise::Outliers => (0.4, 1.5..3.0),
                _ => (0.05, 0.85..1.15),
            };
            assert!(center.abs() < mean_within && spreads.contains(&spread), "{noise:?}: {center} {spread}");
        }
    }

    #[test]
    fn remembers_as_much_as_it_is_told() {
        let made = autocorrelated(50_000, 0.6, &mut Random::new(3));
        let products: Vec<f64> = made.iter().zip(made.iter().skip(1)).map(|(one, next)| one * next).collect();
        assert!((mean(&products) - 0.6).abs() < 0.03, "{}", mean(&products));
    }

    #[test]
    fn lands_on_the_slow_machine_as_often_as_it_is_told_and_stays() {
        let moves = |stay| {
            let made = slow(50_000, 0.3, stay, &mut Random::new(4));
            let share = made.iter().filter(|slow| **slow).count() as f64 / made.len() as f64;
            assert!((share - 0.3).abs() < 0.02, "{share}");
            made.windows(2).filter(|pair| pair[0] != pair[1]).count()
        };
        assert!(moves(0.7) * 2 < moves(0.0));
    }
}
