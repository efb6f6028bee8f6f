//! What stands around a driven engine: the service that is started for it, and what that uses meanwhile. Must not know: which engine.

use std::time::Instant;

use bench_cli::Interrupt;
use bench_model::Finite;
use bench_model::load::{LoadPhase, Source, Usage};

use crate::Error;
use crate::observe::{ObserveOptions, Observed, Observer};
use crate::record::{Begun, Finished};
use crate::script::Script;
use crate::service::{LOG, Service, Wanted};

/// A service that was started, and is watched. Nothing where none was wanted.
pub(super) struct Around(Option<Watched>);

struct Watched {
    // Dropped in this order: a service that ends while it is watched has ended too early.
    observer: Observer,
    service: Service,
    since: Instant,
}

impl Around {
    /// Starts the service that is wanted; the script goes to it from then on.
    ///
    /// # Errors
    /// As [`Wanted::start`], and when it cannot be watched.
    pub(super) fn start(
        wanted: Option<&Wanted<'_>>,
        script: &mut Script,
        begun: &Begun,
        interrupt: &Interrupt,
    ) -> Result<Self, Error> {
        let Some(wanted) = wanted else { return Ok(Self(None)) };
        let service = script.start_service(wanted, &begun.beside(LOG)?, interrupt)?;
        let samples = script.scenario.scrape.clone();
        let options = ObserveOptions {
            service_pids: service.pids(),
            scrape: (!samples.is_empty()).then(|| format!("{}/metrics", service.base_url())),
            samples,
            ..ObserveOptions::default()
        };
        let since = Instant::now();
        Ok(Self(Some(Watched { observer: Observer::start(&options, since)?, service, since })))
    }

    /// Ends the service, and adds what was seen of it. `zero` is when the record's clock began, as far as the engine told.
    pub(super) fn end(self, finished: &mut Finished, zero: Option<Instant>) {
        let Some(Watched { observer, service, since }) = self.0 else { return };
        let Some(zero) = zero else {
            finished.warnings.extend(observer.stop(&[]).warnings);
            let why = "what the service used is left out: the engine did not tell when its load began";
            finished.warnings.push(why.to_owned());
            return;
        };
        let begins = seconds(since, zero);
        let phases = finished.load.phases.iter().cloned();
        let phases: Vec<_> = phases.map(|phase| LoadPhase { start_s: later(phase.start_s, begins), ..phase }).collect();
        let seen = observer.stop(&phases);
        drop(service);
        add(seen, begins, finished);
    }
}

/// Adds what was seen, whose clock began this many seconds before the record's.
fn add(seen: Observed, before: f64, finished: &mut Finished) {
    finished.warnings.extend(seen.warnings);
    let load = &mut finished.load;
    // What this program uses is not what sending takes: another one sends.
    for usage in seen.usage.into_iter().filter(|usage| usage.of != Source::Generator) {
        load.usage.push(Usage { at_s: later(usage.at_s, -before), ..usage });
    }
    load.usage.sort_by(|a, b| a.at_s.get().total_cmp(&b.at_s.get()));
    for mut gauge in seen.gauges {
        gauge.points.iter_mut().for_each(|(at, _)| *at = later(*at, -before));
        load.gauges.push(gauge);
    }
}

/// From one time to another, which may be before it.
fn seconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() - from.saturating_duration_since(to).as_secs_f64()
}

/// In whole microseconds, as all times of readings.
fn later(at: Finite, seconds: f64) -> Finite {
    Finite::try_from(((at.get() + seconds) * 1e6).round() / 1e6).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_of_readings_are_told_from_when_load_began() {
        let since = Instant::now();
        let at = |at: f64, zero| later(Finite::try_from(at).unwrap(), -seconds(since, zero)).get();
        assert_eq!(at(3.0, since + Duration::from_millis(2500)), 0.5);
        assert_eq!(at(1.0, since + Duration::from_millis(2500)), -1.5);
        assert_eq!(at(1.0, since.checked_sub(Duration::from_secs(1)).unwrap()), 2.0);
    }
}
