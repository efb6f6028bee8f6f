//! How often intervals hold the truth.

use bench_stats::{Estimate, Law, NoScaling, Peak, Reach, scaling};

use crate::random::{Random, Truth, law, noisy};

const TRIALS: u32 = 150;

#[derive(Debug, Default)]
struct Held {
    fits: u32,
    lambda: u32,
    sigma: u32,
    kappa: u32,
    peaks: u32,
    peak: u32,
    height: u32,
    near: u32,
    far: u32,
    laws: [u32; 3],
    lack: u32,
    superlinear: u32,
}

fn holds(estimate: Estimate, truth: f64) -> u32 {
    u32::from(estimate.lower <= truth * (1.0 + 1e-12) && truth <= estimate.upper * (1.0 + 1e-12))
}

fn simulate(truth: Truth, workers: &[u32], runs: usize, noise: f64) -> Held {
    let mut random = Random(11);
    let mut held = Held::default();
    for _ in 0..TRIALS {
        let found = match scaling(&noisy(&mut random, truth, workers, runs, noise), Reach::All) {
            Ok(found) => found,
            Err(NoScaling::LackOfFit(_)) => {
                held.lack += 1;
                continue;
            }
            Err(NoScaling::Superlinear { .. }) => {
                held.superlinear += 1;
                continue;
            }
            Err(other) => panic!("{other:?}"),
        };
        held.fits += 1;
        held.lambda += holds(found.lambda, truth.0);
        held.sigma += holds(found.sigma, truth.1);
        held.kappa += holds(found.kappa, truth.2);
        let at = ((1.0 - truth.1) / truth.2).sqrt();
        match found.peak {
            Peak::At { workers, throughput } => {
                held.peaks += 1;
                held.peak += holds(workers, at);
                held.height += holds(throughput, law(truth, at));
            }
            Peak::BeyondSupport { workers, .. } => {
                held.peaks += 1;
                held.height += 1;
                held.peak += holds(workers, at);
            }
            Peak::NotShown { at_least } => {
                held.peaks += 1;
                held.height += 1;
                held.peak += u32::from(at_least <= at);
            }
            Peak::BelowSupport { .. } => panic!("{found:?}"),
        }
        let last = *workers.last().unwrap();
        held.near += holds(found.predict(4).unwrap(), law(truth, 4.0));
        held.far += holds(found.predict(2 * last).unwrap(), law(truth, f64::from(2 * last)));
        held.laws[match found.reason.law() {
            Law::Linear => 0,
            Law::Amdahl => 1,
            Law::Universal => 2,
        }] += 1;
    }
    held
}

/// Five points of three runs, as most curves have; the bounds of sigma and kappa are among the truths.
#[test]
fn intervals_hold_the_law_about_as_often_as_they_say() {
    for (truth, noise) in [
        ((100.0, 0.05, 0.002), 0.03),
        ((100.0, 0.05, 0.0), 0.03),
        ((100.0, 0.0, 0.01), 0.03),
        ((100.0, 0.0, 0.0), 0.03),
        ((100.0, 0.2, 0.02), 0.1),
        ((100.0, 0.05, 0.002), 0.003),
    ] {
        let held = simulate(truth, &[1, 2, 3, 5, 10], 3, noise);
        let least = f64::from(held.fits) * 0.9;
        let shares = [held.lambda, held.sigma, held.kappa, held.peak, held.height, held.near, held.far];
        assert!(shares.iter().all(|share| f64::from(*share) >= least), "{truth:?}: {held:?}");
        assert!(held.lack + held.superlinear <= TRIALS / 20, "{truth:?}: {held:?}");
    }
}
