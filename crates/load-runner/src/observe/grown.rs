//! What counters grew by over the measured time, by the hour or by another counter. Warm-up is known only once the run is over, so
//! readings are kept until then. Must not know: how they were read.

use bench_model::Finite;
use bench_model::load::{Gauge, LoadPhase};

/// What growth is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The time: how many an hour.
    Hour,
    /// Another counter: what one came to on average.
    Counter,
}

/// Readings of a counter, and of the one that it is told by.
#[derive(Debug)]
pub(super) struct Grown {
    name: String,
    from: String,
    by: By,
    /// When, the counter, and the other one; without another one the time, in seconds.
    readings: Vec<(f64, f64, f64)>,
}

impl Grown {
    pub(super) const fn new(name: String, from: String, by: By) -> Self {
        Self { name, from, by, readings: Vec::new() }
    }

    /// Takes a reading at a time, in seconds; `other` counts for [`By::Counter`] alone.
    pub(super) fn take(&mut self, at: f64, value: f64, other: Option<f64>) {
        match (self.by, other) {
            (By::Hour, _) => self.readings.push((at, value, at)),
            (By::Counter, Some(other)) => self.readings.push((at, value, other)),
            (By::Counter, None) => {}
        }
    }

    /// The figure of all the measured time, at the last reading. `Err` with why there is none.
    pub(super) fn finish(self, phases: &[LoadPhase]) -> Result<Gauge, String> {
        let begin = phases.iter().find(|phase| !phase.warm_up).map_or(f64::NEG_INFINITY, |phase| phase.start_s.get());
        // A reading belongs to the latest phase that has begun: the last one is taken when all have ended.
        let warm_up = |at: f64| phases.iter().rev().find(|phase| phase.start_s.get() <= at).is_some_and(|p| p.warm_up);
        let (mut grown, mut of) = (0.0, 0.0);
        let mut last: Option<(f64, f64)> = None;
        let mut figure = None;
        let Self { name, from, by, readings } = self;
        let scale = match by {
            By::Hour => 3600.0,
            By::Counter => 1.0,
        };
        for (at, value, other) in readings {
            if at < begin || warm_up(at) {
                // What is counted while nothing is measured belongs to nothing.
                last = None;
                continue;
            }
            if let Some((value_before, other_before)) = last.replace((value, other)) {
                // A counter that falls began anew at 0, and its partner with it. Time does not.
                let anew = value < value_before || other < other_before;
                grown += if anew { value } else { value - value_before };
                of += if anew && by == By::Counter { other } else { other - other_before };
                if of > 0.0 {
                    figure = Finite::try_from(at).ok().zip(Finite::try_from(grown / of * scale).ok());
                }
            }
        }
        let Some(figure) = figure else {
            return Err(match by {
                By::Hour => format!("`{name}` has no value: fewer than two scrapes of the measured time told {from}"),
                By::Counter => {
                    format!("`{name}` has no value: nothing that it is the mean of happened in the measured time")
                }
            });
        };
        Ok(Gauge { name, from, counter: false, points: vec![figure] })
    }
}

#[cfg(test)]
mod tests {
    use bench_model::load::LoadModel;

    use super::*;

    fn phase(name: &str, start: f64, length: f64, warm_up: bool) -> LoadPhase {
        let finite = |value| Finite::try_from(value).unwrap();
        LoadPhase {
            name: name.into(),
            start_s: finite(start),
            planned_s: None,
            measured_s: finite(length),
            model: LoadModel::Unknown,
            warm_up,
            offered: None,
        }
    }

    fn values(by: By, readings: &[(f64, f64, f64)], phases: &[LoadPhase]) -> Result<Vec<(f64, f64)>, String> {
        let mut grown = Grown::new("figure".into(), "f(x)".into(), by);
        readings.iter().for_each(|(at, value, other)| grown.take(*at, *value, Some(*other)));
        let gauge = grown.finish(phases)?;
        Ok(gauge.points.iter().map(|(at, value)| (at.get(), value.get())).collect())
    }

    #[test]
    fn what_a_warm_up_counted_is_in_no_figure() {
        let phases = [phase("warm-up", 0.0, 10.0, true), phase("steady", 10.0, 20.0, false)];
        // Before zero, twice in the warm-up, and thrice from the measured time on: 10 and 30 in 10 s each.
        let readings = [-0.1, 1.0, 9.0, 10.0, 20.0, 30.0].into_iter().zip([0.0, 500.0, 900.0, 1000.0, 1010.0, 1040.0]);
        let readings: Vec<_> = readings.map(|(at, count)| (at, count, 0.0)).collect();
        assert_eq!(values(By::Hour, &readings, &phases).unwrap(), [(30.0, 7200.0)]);
        // Without a word about phases all of it counts.
        let all = values(By::Hour, &readings, &[]).unwrap();
        assert_eq!((all.len(), all[0].0), (1, 30.0));
        assert!((all[0].1 - 1040.0 / 30.1 * 3600.0).abs() < 1e-6, "{all:?}");
    }

    #[test]
    fn a_mean_is_of_what_was_counted_meanwhile_and_not_since_the_service_began() {
        let readings = [(0.0, 900.0, 100.0), (1.0, 900.0, 100.0), (2.0, 901.0, 104.0), (3.0, 903.0, 108.0)];
        assert_eq!(values(By::Counter, &readings, &[]).unwrap(), [(3.0, 0.375)]);
    }

    #[test]
    fn a_service_that_begins_anew_loses_nothing_but_its_past() {
        let readings = [(0.0, 10.0, 10.0), (1.0, 12.0, 12.0), (2.0, 3.0, 1.0)];
        let mean = 5.0 / 3.0;
        assert_eq!(values(By::Counter, &readings, &[]).unwrap(), [(2.0, mean)]);
        assert_eq!(values(By::Hour, &readings, &[]).unwrap(), [(2.0, 9000.0)]);
    }

    #[test]
    fn nothing_counted_is_no_figure() {
        let still = [(0.0, 5.0, 5.0), (1.0, 5.0, 5.0)];
        assert!(values(By::Counter, &still, &[]).unwrap_err().contains("happened"));
        assert_eq!(values(By::Hour, &still, &[]).unwrap(), [(1.0, 0.0)]);
        assert!(values(By::Hour, &still[..1], &[]).unwrap_err().contains("fewer than two"));
    }
}
