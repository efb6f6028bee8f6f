//! A single request outside the load: what data are fetched with, and what the service is told when a phase begins.
//! Must not know: the scenario.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench_cli::Interrupt;

use super::account::Parts;
use super::lane::Lane;
use super::pacer::Clock;
use super::send::request;
use super::target::Target;
use crate::exchange::Built;

/// How often is looked whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Sends a request and waits for the answer, or an interrupt: its status and its body.
///
/// # Errors
/// Why there was no answer, in a few words.
pub(crate) fn call(
    target: &Arc<Target>,
    built: impl Fn() -> Built,
    limit: Duration,
    interrupt: &Interrupt,
) -> Result<(u16, bytes::Bytes), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let clock = Clock::starting_in(Duration::ZERO);
        let mut lane = Lane::new(Arc::clone(target), clock, None);
        let make = || request(built(), target).map(|(request, _)| request);
        let mut parts = Parts::default();
        let mut exchange = pin!(lane.exchange(make, Instant::now() + limit, &mut parts));
        let (result, _) = loop {
            match tokio::time::timeout(LOOK, exchange.as_mut()).await {
                Ok(ended) => break ended,
                Err(_) if interrupt.is_set() => return Err("it was interrupted".to_owned()),
                Err(_) => {}
            }
        };
        let reply = result.map_err(|fault| format!("there was no answer ({})", fault.kind))?;
        Ok((reply.status.as_u16(), reply.body))
    })
}
