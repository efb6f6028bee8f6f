//! A single request outside the load: what data are fetched with, and what the service is told when a phase begins.
//! Must not know: the scenario.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::account::Parts;
use super::lane::Lane;
use super::pacer::Clock;
use super::send::request;
use super::target::Target;
use crate::exchange::Built;

/// Sends a request and waits for the answer: its status and its body.
///
/// # Errors
/// Why there was no answer, in a few words.
pub(crate) fn call(
    target: &Arc<Target>,
    built: impl Fn() -> Built,
    limit: Duration,
) -> Result<(u16, bytes::Bytes), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let clock = Clock::starting_in(Duration::ZERO);
        let mut lane = Lane::new(Arc::clone(target), clock, None);
        let make = || request(built(), target).map(|(request, _)| request);
        let (result, _) = lane.exchange(make, Instant::now() + limit, &mut Parts::default()).await;
        let reply = result.map_err(|fault| format!("there was no answer ({})", fault.kind))?;
        Ok((reply.status.as_u16(), reply.body))
    })
}
