//! What the tests for leaks, recovery and breaking points say of runs whose truth is known.

#![expect(clippy::indexing_slicing, reason = "a helper that fails has failed its test")]

use bench_stats::{
    BreakingPoint, BreakingRule, Broken, Growth, Moment, Recovered, RecoveryRule, Step, breaking_point, leak,
    mann_kendall, recovery, relative_variance, theil_sen, variance,
};

const TRIALS: u32 = 200;
const READINGS: usize = 120;

/// SplitMix64 (G. L. Steele and others, Fast splittable pseudorandom number generators, OOPSLA 2014).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The sum of twelve uniform numbers, less 6: close enough to a normal one here.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// A shape of memory over a run, around 100; noise of 1.
#[derive(Clone, Copy)]
enum Noise {
    Independent,
    /// Each reading remembers nine tenths of the one before.
    Remembering,
    /// Falls back by 20 about every 7 readings, from a random point on.
    Sawtooth,
}

fn readings(random: &mut Random, noise: Noise, shape: impl Fn(f64) -> f64) -> Vec<f64> {
    so_many_readings(READINGS, random, noise, shape)
}

fn so_many_readings(number: usize, random: &mut Random, noise: Noise, shape: impl Fn(f64) -> f64) -> Vec<f64> {
    let (mut memory, offset) = (0.0, random.uniform() * 7.3);
    (0..number)
        .map(|at| {
            let at = at as f64;
            let own = random.normal();
            let noise = match noise {
                Noise::Independent => own,
                Noise::Remembering => {
                    memory = 0.9 * memory + own * (1.0_f64 - 0.81).sqrt();
                    memory
                }
                Noise::Sawtooth => own * 0.5 + ((at + offset) % 7.3) * 2.7,
            };
            100.0 + noise + shape(at / number as f64)
        })
        .collect()
}

/// The share of runs that a test calls a leak.
fn share(noise: Noise, shape: impl Fn(f64) -> f64 + Copy, test: impl Fn(&[f64]) -> bool) -> f64 {
    let mut random = Random(7);
    let called = (0..TRIALS).filter(|_| test(&readings(&mut random, noise, shape))).count();
    called as f64 / f64::from(TRIALS)
}

fn ours(values: &[f64]) -> bool {
    leak(values).is_ok_and(|leak| leak.growth == Growth::Leak)
}

/// Mann and Kendall over every reading, one-sided 1 %: what several projects use.
fn plain(values: &[f64]) -> bool {
    mann_kendall(values).is_some_and(|trend| trend.z > 2.326)
}

/// The same without the first quarter, and only from 2 % of growth on.
fn dropped(values: &[f64]) -> bool {
    let kept = &values[READINGS / 4..];
    plain(kept) && theil_sen(kept).is_some_and(|line| line.per_point * kept.len() as f64 > 2.0)
}

/// A line through the ends.
fn ends(values: &[f64]) -> bool {
    values[READINGS - 1] - values[0] > 5.0
}

fn flat(_: f64) -> f64 {
    0.0
}

fn plateau(at: f64) -> f64 {
    15.0 * (1.0 - (-at / 0.15).exp())
}

fn spike(at: f64) -> f64 {
    if (0.9..0.95).contains(&at) { 30.0 } else { 0.0 }
}

fn step(at: f64) -> f64 {
    if at > 0.5 { 8.0 } else { 0.0 }
}

fn leaking(at: f64) -> f64 {
    5.0 * at
}

#[test]
fn what_stays_level_is_hardly_ever_called_a_leak() {
    for (name, noise, shape, most) in [
        ("flat", Noise::Independent, flat as fn(f64) -> f64, 0.01),
        ("with a memory", Noise::Remembering, flat, 0.05),
        ("a sawtooth", Noise::Sawtooth, flat, 0.01),
        ("a warm-up", Noise::Independent, plateau, 0.20),
        ("a late spike", Noise::Independent, spike, 0.01),
        ("a step", Noise::Independent, step, 0.05),
    ] {
        let share = share(noise, shape, ours);
        assert!(share <= most, "{name}: {share}");
    }
}

#[test]
fn a_leak_of_a_twentieth_is_found() {
    for (name, noise, least) in [
        ("alone", Noise::Independent, 0.7),
        ("with a memory", Noise::Remembering, 0.2),
        ("in a sawtooth", Noise::Sawtooth, 0.02),
    ] {
        let share = share(noise, leaking, ours);
        assert!(share >= least, "{name}: {share}");
    }
}

#[test]
fn a_longer_run_tells_all_of_them_apart() {
    let called = |noise, shape: fn(f64) -> f64| {
        let mut random = Random(11);
        (0..100).filter(|_| ours(&so_many_readings(1440, &mut random, noise, shape))).count()
    };
    let level = [
        called(Noise::Independent, flat),
        called(Noise::Remembering, flat),
        called(Noise::Sawtooth, flat),
        called(Noise::Independent, step),
    ];
    // A warm-up that is still under way after the first quarter is the hardest to tell.
    assert!(called(Noise::Independent, plateau) <= 20);
    assert!(level.iter().all(|share| *share <= 3), "{level:?}");
    let leaks =
        [called(Noise::Independent, leaking), called(Noise::Remembering, leaking), called(Noise::Sawtooth, leaking)];
    assert!(leaks.iter().all(|share| *share >= 90), "{leaks:?}");
}

#[test]
fn what_is_usually_done_calls_healthy_runs_leaks() {
    let table = [
        ("plain, with a memory", share(Noise::Remembering, flat, plain), 0.10),
        ("plain, warm-up", share(Noise::Independent, plateau, plain), 0.95),
        ("plain, step", share(Noise::Independent, step, plain), 0.95),
        ("without the first quarter, with a memory", share(Noise::Remembering, flat, dropped), 0.05),
        ("without the first quarter, step", share(Noise::Independent, step, dropped), 0.50),
        ("by the ends, sawtooth", share(Noise::Sawtooth, flat, ends), 0.20),
        ("by the ends, warm-up", share(Noise::Independent, plateau, ends), 0.95),
    ];
    for (name, share, least) in table {
        assert!(share >= least, "{name}: {share}");
    }
    // And misses half of the leaks.
    assert!(share(Noise::Independent, leaking, ends) < 0.7);
}

#[test]
fn the_smallest_leak_that_a_run_could_have_seen_is_about_what_it_finds() {
    let mut random = Random(3);
    let mut smallest: Vec<f64> =
        (0..50).map(|_| leak(&readings(&mut random, Noise::Independent, flat)).unwrap().smallest).collect();
    smallest.sort_by(f64::total_cmp);
    let whole = smallest[25] * READINGS as f64;
    let found = |total: f64| {
        share(
            Noise::Independent,
            move |at| total * at,
            |values| leak(values).is_ok_and(|leak| leak.growth != Growth::None),
        )
    };
    assert!(found(whole) > 0.5, "{whole}: {}", found(whole));
    assert!(found(whole / 3.0) < 0.5, "{whole}: {}", found(whole / 3.0));
}

#[test]
fn growth_is_given_per_reading_with_its_interval() {
    let values: Vec<f64> = (0..200).map(|at| 1000.0 + f64::from(at) * 2.0).collect();
    let found = leak(&values).unwrap();
    assert_eq!((found.growth, found.cycle), (Growth::Leak, None));
    assert!((found.slope - 2.0).abs() < 1e-9 && (found.lower - 2.0).abs() < 1e-9, "{found:?}");
    assert!((found.level - 1100.0).abs() < 25.0, "{found:?}");
}

#[test]
fn too_few_cycles_are_not_evaluable() {
    // Three cycles of 40 readings: a collection every 40, far too seldom for 120 readings.
    let values: Vec<f64> = (0..120).map(|at| 100.0 + f64::from(at % 40)).collect();
    let short = leak(&values).unwrap_err();
    assert!(short.blocks < short.needed && short.cycle.is_some_and(|cycle| (35..=45).contains(&cycle)), "{short:?}");
    assert_eq!(leak(&values[..20]).unwrap_err().cycle, None);
    assert!(leak(&[]).is_err() && leak(&[f64::NAN; 100]).is_err());
}

fn moments(latencies: &[f64]) -> Vec<Moment> {
    let moment = |(at, latency): (usize, &f64)| Moment {
        at: at as f64,
        latency: Some(*latency),
        error_rate: Some(0.0),
        achieved: Some(1.0),
    };
    latencies.iter().enumerate().map(moment).collect()
}

const RULE: RecoveryRule = RecoveryRule { consecutive: 3, slack: 0.25, errors: 0.005, achieved: 0.95 };

#[test]
fn recovery_is_the_first_of_enough_good_windows_in_a_row() {
    let before = moments(&[10.0, 11.0, 10.5, 10.0]);
    let after = moments(&[90.0, 40.0, 10.0, 30.0, 11.0, 10.0, 10.0, 10.0]);
    let found = recovery(&before, &after, 1.0, RULE).unwrap();
    assert_eq!(found.recovered, Recovered::After(4.0));
    assert_eq!(found.peak, Some(90.0));
    assert!((found.area - (79.75 + 29.75 + 19.75 + 0.75)).abs() < 1e-9, "{found:?}");
}

#[test]
fn what_never_recovers_is_censored_and_never_0() {
    let before = moments(&[10.0; 5]);
    let found = recovery(&before, &moments(&[90.0; 6]), 1.0, RULE).unwrap();
    assert_eq!(found.recovered, Recovered::NotWithin(6.0));
    let at_once = recovery(&before, &moments(&[10.0; 6]), 1.0, RULE).unwrap();
    assert_eq!(at_once.recovered, Recovered::After(0.0));
}

#[test]
fn fast_errors_and_a_backlog_are_no_recovery() {
    let before = moments(&[10.0; 5]);
    let mut failing = moments(&[1.0; 6]);
    failing.iter_mut().for_each(|moment| moment.error_rate = Some(0.5));
    let mut behind = moments(&[10.0; 6]);
    behind.iter_mut().for_each(|moment| moment.achieved = Some(0.8));
    let mut silent = moments(&[10.0; 6]);
    silent.iter_mut().for_each(|moment| moment.latency = None);
    for after in [failing, behind, silent] {
        assert_eq!(recovery(&before, &after, 1.0, RULE).unwrap().recovered, Recovered::NotWithin(6.0));
    }
}

#[test]
fn recovery_needs_a_level_before_and_enough_after() {
    assert_eq!(recovery(&moments(&[10.0; 2]), &moments(&[10.0; 6]), 1.0, RULE), None);
    assert_eq!(recovery(&moments(&[10.0; 5]), &moments(&[10.0; 2]), 1.0, RULE), None);
    assert_eq!(recovery(&moments(&[10.0; 5]), &[], 1.0, RULE), None);
}

/// A ramp from 100 to 1000; the service manages `capacity` and queues beyond.
fn ramp(capacity: f64) -> Vec<Step> {
    let mut queue = 0.0;
    (0..40)
        .map(|at| {
            let load = 100.0 + 900.0 * f64::from(at) / 39.0;
            let completed = (load + queue).min(capacity);
            queue += load - completed;
            let latency = Some(10.0 + f64::from(at % 3) + 1000.0 * queue / capacity);
            Step { load, due: Some(load), completed, latency, error_rate: Some(0.0) }
        })
        .collect()
}

#[test]
fn the_breaking_point_is_the_first_rate_from_which_it_stays_broken() {
    let steps = ramp(600.0);
    let Some(BreakingPoint::At { step, .. }) = breaking_point(&steps, BreakingRule::default()) else {
        panic!("{:?}", breaking_point(&steps, BreakingRule::default()))
    };
    assert!((600.0..660.0).contains(&steps[step].load), "{}", steps[step].load);
}

#[test]
fn a_service_that_holds_breaks_above_the_highest_rate() {
    assert_eq!(breaking_point(&ramp(5000.0), BreakingRule::default()), Some(BreakingPoint::Above(1000.0)));
}

#[test]
fn one_bad_window_is_no_breaking_point() {
    let mut steps = ramp(5000.0);
    steps[20].latency = Some(900.0);
    assert_eq!(breaking_point(&steps, BreakingRule::default()), Some(BreakingPoint::Above(1000.0)));
}

#[test]
fn a_service_breaks_by_errors_or_by_falling_behind_too() {
    let mut failing = ramp(5000.0);
    failing[25..].iter_mut().for_each(|step| (step.error_rate, step.latency) = (Some(0.3), Some(1.0)));
    assert_eq!(
        breaking_point(&failing, BreakingRule::default()),
        Some(BreakingPoint::At { step: 25, by: Broken::Errors })
    );
    let mut behind = ramp(5000.0);
    behind[30..].iter_mut().for_each(|step| step.completed *= 0.8);
    assert_eq!(
        breaking_point(&behind, BreakingRule::default()),
        Some(BreakingPoint::At { step: 30, by: Broken::Throughput })
    );
}

#[test]
fn a_level_load_has_no_breaking_point() {
    let level = [Step { load: 100.0, due: Some(100.0), completed: 100.0, latency: Some(1.0), error_rate: None }; 20];
    assert_eq!(breaking_point(&level, BreakingRule::default()), None);
    assert_eq!(breaking_point(&ramp(5000.0)[..5], BreakingRule::default()), None);
}

#[test]
fn variance_is_that_of_the_sample() {
    assert_eq!(variance(&[1.0, 3.0]), Some(2.0));
    assert_eq!(relative_variance(&[1.0, 3.0]), Some(0.5));
    assert_eq!((variance(&[1.0]), relative_variance(&[0.0, 0.0]), relative_variance(&[])), (None, None, None));
}
