//! Histories whose changes of level are known, because they were made here.

use super::noise::Noise;
use crate::measure::median;
use crate::random::Random;

/// A history and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct History {
    pub(super) values: Vec<f64>,
    /// Oldest first.
    pub(super) steps: Vec<Step>,
    /// It drifts slowly: there is no step, but it is not quiet either.
    pub(super) drifts: bool,
    pub(super) noise: Noise,
}

/// A lasting change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// The first point of the new level, from 0.
    pub(super) index: usize,
    /// The class of its size, in percent.
    pub(super) percent: u32,
    /// New level / old level.
    pub(super) factor: f64,
}

/// The sizes of steps, in percent.
const SIZES: [u32; 4] = [2, 3, 5, 10];

impl Step {
    fn new(index: usize, percent: u32, sign: f64) -> Self {
        Self { index, percent, factor: 1.0 + sign * f64::from(percent) / 100.0 }
    }

    fn back(self, index: usize) -> Self {
        Self { index, factor: 1.0 / self.factor, ..self }
    }
}

/// Any history: 30 % quiet, 47 % with one to four steps of 2, 3, 5 or 10 %, 10 % with a change that is taken back 10 to
/// 25 points later, 10 % with a slow drift of 2 to 8 %, all of 60 to 400 points; and 3 % of 800 to 1500 points with 3
/// to 10 steps. The noise has a standard deviation of 0.5 to 4 %.
pub(super) fn history(random: &mut Random) -> History {
    let class = random.uniform();
    let long = class >= 0.97;
    let n = if long { random.whole(800, 1500) } else { random.log_between(60.0, 400.0).round() as usize };
    let noise = random.pick(Noise::ALL);
    let spread = random.log_between(0.005, 0.04);
    let mut drift = 0.0;
    let steps = if class < 0.30 {
        Vec::new()
    } else if class < 0.77 {
        let count = random.whole(1, (n / 45).clamp(1, 4));
        spaced(n, count, random)
    } else if class < 0.87 {
        let width = random.whole(10, 25);
        let start = random.whole(10, n - width - 10);
        let step = Step::new(start, random.pick(SIZES), random.sign(0.7));
        vec![step, step.back(start + width)]
    } else if class < 0.97 {
        drift = random.between(0.02, 0.08) * random.sign(0.5);
        Vec::new()
    } else {
        let count = random.whole(3, 10);
        spaced(n, count, random)
    };
    made(n, steps, drift, noise, spread, random)
}

/// The question that is asked on every commit: 60 to 200 points, with one change of 3, 5 or 10 % that lies 1 to 20 points
/// before the end, or (40 %) with none. The noise has a standard deviation of 0.5 to 2 %.
pub(super) fn tail(random: &mut Random) -> History {
    let n = random.whole(60, 200);
    let noise = random.pick(Noise::ALL);
    let spread = random.log_between(0.005, 0.02);
    let steps = if random.chance(0.4) {
        Vec::new()
    } else {
        let after = random.pick([1, 2, 3, 5, 8, 13, 20]);
        vec![Step::new(n - after, random.pick([3, 5, 10]), random.sign(0.6))]
    };
    made(n, steps, 0.0, noise, spread, random)
}

/// Steps at least 12 points apart and 10 from the ends, each such set of places equally likely.
fn spaced(n: usize, count: usize, random: &mut Random) -> Vec<Step> {
    const APART: usize = 12;
    const EDGE: usize = 10;
    let room = n - 2 * EDGE - APART * (count - 1);
    let mut places: Vec<usize> = (0..count).map(|_| random.whole(0, room)).collect();
    places.sort_unstable();
    let at = places.into_iter().enumerate().map(|(step, place)| EDGE + place + APART * step);
    at.map(|index| Step::new(index, random.pick(SIZES), random.sign(0.5))).collect()
}

fn made(n: usize, steps: Vec<Step>, drift: f64, noise: Noise, spread: f64, random: &mut Random) -> History {
    let level = random.log_between(1.0, 1e6);
    let logs = noise.standard(n, random).into_iter().enumerate().map(|(at, disturbance)| {
        let stepped: f64 = steps.iter().filter(|step| step.index <= at).map(|step| step.factor.ln()).sum();
        stepped + drift * at as f64 / (n - 1) as f64 + spread * disturbance
    });
    let mut values: Vec<f64> = logs.map(|log| level * log.exp()).collect();
    if noise == Noise::CoarseTimer {
        let tick = 1.5 * spread * median(&values);
        values.iter_mut().for_each(|value| *value = (*value / tick).round() * tick);
    }
    History { values, steps, drifts: drift != 0.0, noise }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(make: fn(&mut Random) -> History) -> Vec<History> {
        (0..2000).map(|item| make(&mut Random::of_item(1, 1, item))).collect()
    }

    #[test]
    fn equal_seeds_give_equal_histories_and_others_give_others() {
        for make in [history, tail] {
            let text = |seed| format!("{:?}", make(&mut Random::new(seed)));
            assert_eq!(text(9), text(9));
            assert_ne!(text(9), text(10));
        }
    }

    #[test]
    fn histories_are_quiet_drifting_or_stepped_as_often_as_they_promise() {
        let made = many(history);
        let share = |is: fn(&History) -> bool| made.iter().filter(|one| is(one)).count() as f64 / made.len() as f64;
        assert!((share(|one| one.steps.is_empty() && !one.drifts) - 0.30).abs() < 0.04);
        assert!((share(|one| one.drifts) - 0.10).abs() < 0.03);
        assert!((share(|one| one.values.len() >= 800) - 0.03).abs() < 0.015);
        for noise in Noise::ALL {
            assert!(made.iter().filter(|one| one.noise == noise).count() > 150, "{noise:?}");
        }
    }

    #[test]
    fn steps_keep_away_from_the_ends_and_from_each_other() {
        for one in many(history) {
            let places: Vec<usize> = one.steps.iter().map(|step| step.index).collect();
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 10), "{places:?}");
            assert!(places.iter().all(|at| (10..=one.values.len() - 10).contains(at)), "{places:?}");
        }
    }

    #[test]
    fn the_level_moves_by_the_factor_of_the_step() {
        let step = Step::new(5000, 10, 1.0);
        let one = made(10_000, vec![step], 0.0, Noise::Gaussian, 0.01, &mut Random::new(6));
        let ratio = median(&one.values[5000..]) / median(&one.values[..5000]);
        assert!((ratio - 1.1).abs() < 0.002, "{ratio}");
        assert!((step.back(7).factor * step.factor - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_coarse_timer_knows_few_values() {
        let mut one = made(500, Vec::new(), 0.0, Noise::CoarseTimer, 0.01, &mut Random::new(6)).values;
        one.sort_by(f64::total_cmp);
        one.dedup();
        assert!(one.len() < 10, "{one:?}");
    }

    #[test]
    fn a_tail_changes_once_and_near_the_end() {
        let made = many(tail);
        assert!(made.iter().all(|one| one.steps.iter().all(|step| one.values.len() - step.index <= 20)));
        let quiet = made.iter().filter(|one| one.steps.is_empty()).count();
        assert!((700..900).contains(&quiet) && made.iter().all(|one| one.steps.len() <= 1), "{quiet}");
    }
}
