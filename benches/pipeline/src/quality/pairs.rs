//! Pairs of measurements whose true change is known, because they were made here.

use super::noise::{autocorrelated, heavy, skewed, slow};
use crate::random::Random;

/// What disturbs the runs of a pair, and the samples in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Gaussian,
    /// Log-normal samples.
    Skewed,
    /// Each sample remembers the one before.
    Autocorrelated,
    /// Each run lands on one of two kinds of machine.
    TwoMachines,
    /// The same, but the next run often lands where this one did. So the runs of a side are not independent.
    StickyMachines,
    /// Spikes among the samples, and now and then a whole run that is slow.
    Outliers,
    /// Some runs are noisier than others.
    ChangingSpread,
    /// Runs and samples follow Student's t with 3 degrees of freedom.
    HeavyTails,
    /// A timer whose tick is 0.5 to 3 % of the value.
    CoarseTimer,
    /// The first samples of each run are slower.
    WarmUp,
    /// Run i of both sides shares a machine and a moment.
    Duet,
}

impl Kind {
    pub(super) const ALL: [Self; 11] = [
        Self::Gaussian,
        Self::Skewed,
        Self::Autocorrelated,
        Self::TwoMachines,
        Self::StickyMachines,
        Self::Outliers,
        Self::ChangingSpread,
        Self::HeavyTails,
        Self::CoarseTimer,
        Self::WarmUp,
        Self::Duet,
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
            Self::WarmUp => "warm-up",
            Self::Duet => "duet, paired",
        }
    }
}

/// Two sides and the truth about them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    /// The samples of each run.
    pub(super) baseline: Vec<Vec<f64>>,
    pub(super) candidate: Vec<Vec<f64>>,
    pub(super) kind: Kind,
    /// The size of the change, in percent; 0 when both sides are the same (A/A).
    pub(super) percent: u32,
    /// The change: candidate / baseline - 1.
    pub(super) shift: f64,
}

/// What both sides of a pair have in common. Spreads and distances are on the scale of logarithms.
struct Circumstances {
    level: f64,
    /// The standard deviation between runs.
    between: f64,
    /// The standard deviation between the samples of a run.
    within: f64,
    shape: Shape,
    /// The share of runs that land on the slow machine, by how much it is slower, and how often the next run stays.
    slow: Option<(f64, f64, f64)>,
    /// The share of runs that are bad as a whole.
    bad_runs: f64,
    /// The share of samples that are spikes.
    spikes: f64,
    /// Runs differ in spread.
    uneven: bool,
    /// How far the first sample lies off, and the share of the run after which this has faded to 1/e.
    warm_up: Option<(f64, f64)>,
    /// The tick of the timer, in parts of the level.
    tick: Option<f64>,
}

/// How samples are distributed within a run.
enum Shape {
    Normal,
    Skewed,
    /// With this correlation of neighbours.
    Autocorrelated(f64),
    /// The runs, too.
    HeavyTails,
}

/// Any pair: 5 to 30 runs of 10 to 100 samples on each side; 60 % A/A, the others with a change of 1, 2, 3, 5 or 10 %
/// to either side. Runs differ by 0.2 to 2 %, samples in a run by 0.5 to 5 % (standard deviations).
pub(super) fn pair(random: &mut Random) -> Pair {
    let kind = random.pick(Kind::ALL);
    let percent = if random.chance(0.6) { 0 } else { random.pick([1, 2, 3, 5, 10]) };
    let shift = f64::from(percent) / 100.0 * random.sign(0.5);
    let mut size = || (random.whole(5, 30), random.whole(10, 100));
    let (size, other) = (size(), size());
    let circumstances = Circumstances::of(kind, random);
    let duet = kind == Kind::Duet;
    let other = if duet { size } else { other };
    let spread = if duet { random.between(0.02, 0.05) } else { 0.0 };
    let shared: Vec<f64> = random.normals(size.0.max(other.0)).into_iter().map(|luck| spread * luck).collect();
    let baseline = circumstances.side(size, 1.0, &shared, random);
    let candidate = circumstances.side(other, 1.0 + shift, &shared, random);
    Pair { baseline, candidate, kind, percent, shift }
}

impl Circumstances {
    fn of(kind: Kind, random: &mut Random) -> Self {
        let plain = Self {
            level: random.log_between(1.0, 1e6),
            between: random.log_between(0.002, 0.02),
            within: random.log_between(0.005, 0.05),
            shape: Shape::Normal,
            slow: None,
            bad_runs: 0.0,
            spikes: 0.0,
            uneven: false,
            warm_up: None,
            tick: None,
        };
        let mut machines = |stay| Some((random.between(0.15, 0.5), random.between(0.02, 0.06), stay));
        match kind {
            Kind::Gaussian | Kind::Duet => plain,
            Kind::Skewed => Self { shape: Shape::Skewed, ..plain },
            Kind::Autocorrelated => Self { shape: Shape::Autocorrelated(random.between(0.3, 0.9)), ..plain },
            Kind::TwoMachines => Self { slow: machines(0.0), ..plain },
            Kind::StickyMachines => {
                let slow = machines(0.0).map(|(share, by, _)| (share, by, random.between(0.3, 0.8)));
                Self { slow, ..plain }
            }
            Kind::Outliers => Self { bad_runs: 0.05, spikes: random.between(0.01, 0.05), ..plain },
            Kind::ChangingSpread => Self { uneven: true, ..plain },
            Kind::HeavyTails => Self { shape: Shape::HeavyTails, ..plain },
            Kind::CoarseTimer => Self { tick: Some(random.between(0.005, 0.03)), ..plain },
            Kind::WarmUp => Self { warm_up: Some((random.between(0.05, 0.3), random.between(0.02, 0.10))), ..plain },
        }
    }

    /// One side of so many runs and samples. `shared` is by how much its runs are off together with the other side's.
    fn side(&self, size: (usize, usize), factor: f64, shared: &[f64], random: &mut Random) -> Vec<Vec<f64>> {
        let (runs, samples) = size;
        let runs = self.runs(runs, random).into_iter().zip(shared);
        runs.map(|(own, shared)| {
            let logs = self.samples(samples, random).into_iter().map(|sample| own + shared + sample);
            logs.map(|log| self.level * self.read(factor * log.exp())).collect()
        })
        .collect()
    }

    /// How far the runs lie from the level.
    fn runs(&self, n: usize, random: &mut Random) -> Vec<f64> {
        let (share, slow_by, stay) = self.slow.unwrap_or_default();
        let machines = slow(n, share, stay, random);
        let run = |slow| {
            let luck = match self.shape {
                Shape::HeavyTails => heavy(random),
                Shape::Normal | Shape::Skewed | Shape::Autocorrelated(_) => random.normal(),
            };
            let spread = if self.uneven { self.between * (0.5 * random.normal()).exp() } else { self.between };
            let bad = if random.chance(self.bad_runs) { random.between(0.03, 0.10) } else { 0.0 };
            let machine = if slow { slow_by } else { 0.0 };
            spread * luck + bad + machine
        };
        machines.into_iter().map(run).collect()
    }

    /// How far the samples of a run lie from its level.
    fn samples(&self, n: usize, random: &mut Random) -> Vec<f64> {
        let spread = if self.uneven { self.within * (0.6 * random.normal()).exp() } else { self.within };
        let standard: Vec<f64> = match self.shape {
            Shape::Normal => random.normals(n),
            Shape::Skewed => (0..n).map(|_| skewed(random)).collect(),
            Shape::Autocorrelated(memory) => autocorrelated(n, memory, random),
            Shape::HeavyTails => (0..n).map(|_| heavy(random)).collect(),
        };
        let (height, lasts) = self.warm_up.unwrap_or((0.0, 1.0));
        let sample = |(at, standard): (usize, f64)| {
            let spike = if random.chance(self.spikes) { random.between(4.0, 15.0) } else { 0.0 };
            spread * (standard + spike) + height * (-(at as f64) / (lasts * n as f64)).exp()
        };
        standard.into_iter().enumerate().map(sample).collect()
    }

    /// What the timer makes of a value, in parts of the level.
    fn read(&self, value: f64) -> f64 {
        self.tick.map_or(value, |tick| (value / tick).round().max(1.0) * tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many() -> Vec<Pair> {
        (0..2000).map(|item| pair(&mut Random::of_item(1, 3, item))).collect()
    }

    fn log_mean(run: &[f64]) -> f64 {
        run.iter().map(|sample| sample.ln()).sum::<f64>() / run.len() as f64
    }

    #[test]
    fn equal_seeds_give_equal_pairs_and_others_give_others() {
        let text = |seed| format!("{:?}", pair(&mut Random::new(seed)));
        assert_eq!(text(9), text(9));
        assert_ne!(text(9), text(10));
    }

    #[test]
    fn pairs_are_as_large_and_as_often_without_a_change_as_they_promise() {
        let made = many();
        let same = made.iter().filter(|pair| pair.percent == 0).count() as f64 / made.len() as f64;
        assert!((same - 0.6).abs() < 0.03, "{same}");
        assert!(made.iter().all(|pair| (pair.percent == 0) == (pair.shift == 0.0)));
        for side in made.iter().flat_map(|pair| [&pair.baseline, &pair.candidate]) {
            assert!((5..=30).contains(&side.len()) && side.iter().all(|run| (10..=100).contains(&run.len())));
            assert!(side.iter().flatten().all(|sample| sample.is_finite() && *sample > 0.0));
        }
        for kind in Kind::ALL {
            assert!(made.iter().filter(|pair| pair.kind == kind).count() > 120, "{kind:?}");
        }
    }

    #[test]
    fn the_candidate_lies_off_by_the_shift() {
        let made = many();
        for kind in Kind::ALL {
            let off: Vec<f64> = made
                .iter()
                .filter(|pair| pair.kind == kind)
                .map(|pair| {
                    let side =
                        |runs: &[Vec<f64>]| runs.iter().map(|run| log_mean(run)).sum::<f64>() / runs.len() as f64;
                    side(&pair.candidate) - side(&pair.baseline) - pair.shift.ln_1p()
                })
                .collect();
            let mean = off.iter().sum::<f64>() / off.len() as f64;
            assert!(mean.abs() < 0.005, "{kind:?}: {mean}");
        }
    }

    #[test]
    fn both_sides_of_a_duet_are_disturbed_together() {
        let pairs = many();
        let duets: Vec<&Pair> = pairs.iter().filter(|pair| pair.kind == Kind::Duet).collect();
        let runs =
            duets.iter().flat_map(|pair| pair.baseline.iter().zip(&pair.candidate).map(move |both| (pair, both)));
        let (mut apart, mut each) = (0.0, 0.0);
        for (pair, (one, other)) in runs {
            assert_eq!(one.len(), other.len());
            let level = log_mean(&pair.baseline.concat());
            apart += (log_mean(other) - log_mean(one) - pair.shift.ln_1p()).powi(2);
            each += (log_mean(one) - level).powi(2);
        }
        assert!(apart < each, "{apart} {each}");
    }
}
