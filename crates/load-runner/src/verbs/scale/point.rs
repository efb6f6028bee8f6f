//! One size measured once: a new service, its load, and its end. Must not know: which sizes there are, or their order.

use std::sync::Arc;
use std::time::Duration;

use bench_cli::Interrupt;
use bench_model::scale::{Axis, ScalePoint};

use super::{figures, sizes};
use crate::Error;
use crate::engine::{Engine, Outcome, Permit, Target};
use crate::exchange::Exchanges;
use crate::observe::{ObserveOptions, Observed, Observer, settle};
use crate::record::Begun;
use crate::scenario::{Scenario, Scrape, ScrapeExpression};
use crate::service::{Copies, Service, Wanted};
use crate::verbs::run::{around, fixed};

/// How long a service may be busy with itself before load begins all the same.
const SETTLED: Duration = Duration::from_secs(5);
/// Readings of processes that a measured phase should have, at most one a second.
const READINGS: u32 = 8;
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

/// What all points have in common.
pub(super) struct Setting<'a> {
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) scenario: &'a Scenario,
    pub(super) axis: Axis,
    pub(super) database: bool,
    pub(super) begun: &'a Begun,
    pub(super) seed: u64,
    pub(super) threads: u16,
    pub(super) interrupt: &'a Interrupt,
}

/// A point, and what to know before trusting it.
pub(super) struct Measured {
    pub(super) point: ScalePoint,
    /// Processors that others kept busy meanwhile.
    pub(super) others: Option<f64>,
    pub(super) warnings: Vec<String>,
}

impl Setting<'_> {
    /// Measures a size; `None` when it was interrupted. The service has ended when this returns, whatever came of it.
    ///
    /// # Errors
    /// The service cannot be started or watched, or load cannot be sent.
    pub(super) fn measure(&self, at: u32, round: u32) -> Result<Option<Measured>, Error> {
        let (mut scenario, copies) = sizes::sized(self.scenario, self.axis, at);
        let log = self.begun.beside(&format!("service-{at}.log"))?;
        let service = self.wanted.start_copies(copies, &mut scenario, &log, self.interrupt)?;
        let target = Arc::new(Target::new(&scenario.base_url, scenario.protocol, LOCAL)?);
        let observe = self.observe(&scenario, copies, &service, &target);
        let data = fixed::data(&scenario, &target, self.interrupt)?;
        let exchanges = Exchanges::new(&scenario, self.seed, data)?;
        let settled = settle(&observe.service_pids, SETTLED, || self.interrupt.is_set());
        let targets = vec![Arc::clone(&target)];
        let (seed, threads, interrupt) = (self.seed, usize::from(self.threads), self.interrupt.clone());
        let (outcome, observed) = send(Engine { scenario, exchanges, targets, seed, threads, interrupt }, &observe)?;
        drop(service);
        if outcome.cut.is_some() {
            return Ok(None);
        }
        let mut warnings = around::warnings(&outcome, &observed, &target);
        if !settled {
            warnings.push("the service was still busy with itself when load began".into());
        }
        let others = figures::busy_others(&outcome, &observed);
        let point = figures::point(at, round, &outcome, &observed, self.threads);
        Ok(point.map(|point| Measured { point, others, warnings }))
    }

    fn observe(&self, scenario: &Scenario, copies: Copies, service: &Service, target: &Target) -> ObserveOptions {
        // Of several processes that share an address any one might answer, and say what it alone has counted.
        let asks = self.database && matches!(copies, Copies::Alone | Copies::Sharing(1));
        let wait = Scrape {
            name: figures::POOL_WAIT.into(),
            expression: ScrapeExpression::Mean("db_pool_wait_seconds".into()),
        };
        let measured = scenario.phases.last().map(|phase| phase.duration / READINGS).unwrap_or_default();
        ObserveOptions {
            service_pids: service.pids(),
            scrape: asks.then(|| format!("{}/metrics", target.origin())),
            samples: if asks { vec![wait] } else { Vec::new() },
            interval: measured.clamp(SHORTEST, LONGEST),
            ..ObserveOptions::default()
        }
    }
}

/// The service is on this machine, without TLS.
const LOCAL: Permit = Permit { remote: false, insecure: false };

fn send(engine: Engine, observe: &ObserveOptions) -> Result<(Outcome, Observed), Error> {
    let mut observer = None;
    let started = |epoch| {
        observer = Some(Observer::start(observe, epoch)?);
        Ok(())
    };
    let outcome = engine.run(Box::new(|_| {}), started, |_| {})?;
    let observed = observer.map(|observer| observer.stop(&outcome.phases)).unwrap_or_default();
    Ok((outcome, observed))
}
