//! Histories whose future is known.

use bench_stats::{Demand, Estimate, NoForecast, Towards, Until, forecast};

use crate::random::Random;

const TRIALS: u32 = 250;

/// What the line of a simulated history is per day.
const SLOPE: f64 = 2.0;

/// So many days apart, by turns.
const GAPS: [f64; 5] = [0.5, 1.0, 1.0, 1.5, 3.0];

/// Noise that keeps so much of itself per day, around a line.
struct Past {
    history: Vec<Demand>,
    last: f64,
    noise: f64,
}

fn simulate(random: &mut Random, moments: usize, memory: f64) -> Past {
    let (mut day, mut noise, mut history) = (0.0, random.normal(), Vec::new());
    for gap in GAPS.into_iter().cycle().take(moments) {
        if !history.is_empty() {
            day += gap;
            noise = later(random, noise, memory, gap);
        }
        history.push(Demand { day, value: line(day) + 10.0 * noise });
    }
    Past { history, last: day, noise }
}

fn later(random: &mut Random, noise: f64, memory: f64, days: f64) -> f64 {
    let kept = libm::pow(memory, days);
    kept * noise + (1.0 - kept * kept).sqrt() * random.normal()
}

fn line(day: f64) -> f64 {
    1000.0 + SLOPE * day
}

fn holds(estimate: Estimate, truth: f64) -> bool {
    estimate.lower <= truth && truth <= estimate.upper
}

fn straight(days: u32, slope: f64) -> Vec<Demand> {
    (0..days).map(|day| Demand { day: f64::from(day), value: 100.0 + slope * f64::from(day) }).collect()
}

/// Shares of intervals that hold the truth: a later value, the trend there, the slope, and when a level is met.
fn coverage(moments: usize, memory: f64) -> [f64; 4] {
    let mut random = Random(5);
    let mut held = [0_u32; 4];
    for _ in 0..TRIALS {
        let past = simulate(&mut random, moments, memory);
        let found = forecast(&past.history).unwrap();
        let ahead = found.span / 2.0;
        let value = line(past.last + ahead) + 10.0 * later(&mut random, past.noise, memory, ahead);
        let when = ahead / 2.0;
        let met = match found.time_until(line(past.last + when), Towards::Rising, ahead).unwrap() {
            Until::Within { earliest, latest, .. } => earliest <= when && latest.is_none_or(|latest| when <= latest),
            Until::NotWithin { earliest, .. } => earliest.is_some_and(|earliest| earliest <= when),
            // It may be there: the interval of the trend at the last moment says.
            Until::Already => found.trend_at(0.0).unwrap().lower <= line(past.last + when),
            Until::Never => false,
        };
        let truths = [
            holds(found.at(ahead).unwrap(), value),
            holds(found.trend_at(ahead).unwrap(), line(past.last + ahead)),
            holds(found.per_day, SLOPE),
            met,
        ];
        for (held, truth) in held.iter_mut().zip(truths) {
            *held += u32::from(truth);
        }
    }
    held.map(|held| f64::from(held) / f64::from(TRIALS))
}

/// The last two histories have a memory as long as the history, which no history can tell from a trend.
#[test]
fn intervals_hold_the_future_about_as_often_as_they_say() {
    for (moments, memory, least) in [
        (10, 0.0, 0.93),
        (10, 0.5, 0.93),
        (30, 0.0, 0.93),
        (30, 0.5, 0.93),
        (30, 0.8, 0.92),
        (100, 0.8, 0.93),
        (100, 0.95, 0.92),
        (10, 0.95, 0.80),
        (30, 0.95, 0.84),
    ] {
        let shares = coverage(moments, memory);
        assert!(shares.iter().all(|share| *share >= least), "{moments} moments, memory {memory}: {shares:?}");
    }
}

#[test]
fn memory_widens_what_is_said_of_later() {
    let width = |memory: f64| {
        let mut random = Random(8);
        let mut width = || {
            let found = forecast(&simulate(&mut random, 60, memory).history).unwrap().per_day;
            found.upper - found.lower
        };
        (0..20).map(|_| width()).sum::<f64>()
    };
    assert!(width(0.9) > 2.0 * width(0.0), "{} {}", width(0.9), width(0.0));
}

#[test]
fn a_line_without_noise_is_found_with_its_level() {
    let found = forecast(&straight(20, 3.0)).unwrap();
    assert!((found.per_day.value - 3.0).abs() < 1e-9 && found.per_day.upper - found.per_day.lower < 1e-6, "{found:?}");
    let later = found.at(10.0).unwrap();
    assert!((later.value - 187.0).abs() < 1e-6 && later.upper - later.lower < 1e-6, "{later:?}");
    let until = found.time_until(172.0, Towards::Rising, 19.0).unwrap();
    let Until::Within { days, earliest, latest: Some(latest) } = until else { panic!("{until:?}") };
    assert!([days, earliest, latest].iter().all(|found| (found - 5.0).abs() < 1e-5), "{until:?}");
    assert_eq!(found.span, 19.0);
}

#[test]
fn the_last_deviation_fades_and_is_not_forgotten_at_once() {
    let past = (0..).map(|seed| simulate(&mut Random(seed), 100, 0.9)).find(|past| past.noise > 1.5).unwrap();
    let found = forecast(&past.history).unwrap();
    let off = |days: f64| found.at(days).unwrap().value - found.trend_at(days).unwrap().value;
    let last = past.history[99].value - found.trend_at(0.0).unwrap().value;
    assert!((off(0.0) - last).abs() < 1e-6, "{} {last}", off(0.0));
    assert!(off(2.0) < 0.95 * last && off(2.0) > 0.3 * last, "{} {last}", off(2.0));
    assert!(off(found.span).abs() < 0.1 * last, "{} {last}", off(found.span));
}

#[test]
fn a_level_is_met_never_not_yet_or_already() {
    let (rising, falling) = (forecast(&straight(20, 3.0)).unwrap(), forecast(&straight(20, -3.0)).unwrap());
    let until = |found: &bench_stats::Forecast, level, towards| found.time_until(level, towards, 15.0).unwrap();
    assert_eq!(until(&rising, 120.0, Towards::Rising), Until::Already);
    assert_eq!(until(&rising, 120.0, Towards::Falling), Until::Never);
    assert_eq!(until(&rising, 400.0, Towards::Rising), Until::NotWithin { horizon: 15.0, earliest: None });
    assert_eq!(until(&falling, 400.0, Towards::Rising), Until::Never);
    assert!(matches!(until(&falling, 34.0, Towards::Falling), Until::Within { days, .. } if (days - 3.0).abs() < 1e-5));
}

#[test]
fn what_may_come_within_the_horizon_is_said_with_its_earliest_day() {
    let past = simulate(&mut Random(2), 30, 0.5);
    let found = forecast(&past.history).unwrap();
    let end = found.trend_at(found.span).unwrap();
    let level = end.value / 2.0 + end.upper / 2.0;
    let until = found.time_until(level, Towards::Rising, found.span).unwrap();
    assert!(
        matches!(until, Until::NotWithin { earliest: Some(day), .. } if day > 0.0 && day < found.span),
        "{until:?}"
    );
    let level = end.value / 2.0 + end.lower / 2.0;
    let until = found.time_until(level, Towards::Rising, found.span).unwrap();
    assert!(matches!(until, Until::Within { latest: None, .. }), "{until:?}");
}

#[test]
fn a_short_history_or_a_far_horizon_is_refused() {
    assert_eq!(forecast(&straight(9, 1.0)).unwrap_err(), NoForecast::TooShort { moments: 9, least: 10 });
    assert_eq!(forecast(&[]).unwrap_err(), NoForecast::TooShort { moments: 0, least: 10 });
    let same = vec![Demand { day: 4.0, value: 1.0 }; 30];
    assert_eq!(forecast(&same).unwrap_err(), NoForecast::TooShort { moments: 1, least: 10 });
    let found = forecast(&straight(10, 1.0)).unwrap();
    assert_eq!(found.at(9.5).unwrap_err(), NoForecast::TooFar { horizon: 9.5, span: 9.0 });
    assert!(found.at(-1.0).is_err() && found.at(f64::NAN).is_err() && found.at(9.0).is_ok());
    assert!(found.time_until(200.0, Towards::Rising, 10.0).is_err());
    let mut wild = straight(12, 1.0);
    wild[3].value = f64::NAN;
    assert_eq!(forecast(&wild).unwrap_err(), NoForecast::Unusable);
}
