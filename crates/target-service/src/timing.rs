//! Where the time of one request went: a recorder per request, read from anywhere below the request through a task-local, written
//! out as the standard `Server-Timing` header. Knows no route; outside a request every function here just runs its argument.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The stages a request can spend time in; the names are the metric names of `Server-Timing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Reading the body and the query.
    Parsing,
    /// Checking the API key.
    Auth,
    /// Reading the store or the cache. `Store` and `Cache` measure this themselves.
    Database,
    /// The work the route is there for.
    Evaluation,
    /// Writing the store. `Store` measures this itself.
    Record,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Parsing, Self::Auth, Self::Database, Self::Evaluation, Self::Record];

    fn name(self) -> &'static str {
        match self {
            Self::Parsing => "parsing",
            Self::Auth => "auth",
            Self::Database => "database",
            Self::Evaluation => "evaluation",
            Self::Record => "record",
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<[AtomicU64; 5]>);

impl Recorder {
    fn cell(&self, stage: Stage) -> &AtomicU64 {
        let [parsing, auth, database, evaluation, record] = &*self.0;
        match stage {
            Stage::Parsing => parsing,
            Stage::Auth => auth,
            Stage::Database => database,
            Stage::Evaluation => evaluation,
            Stage::Record => record,
        }
    }

    fn add(&self, stage: Stage, elapsed: Duration) {
        // At least 1 ns, so that a stage that happened is told from one that did not.
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX).max(1);
        self.cell(stage).fetch_add(nanos, Ordering::Relaxed);
    }

    /// The value of `Server-Timing`, milliseconds with three decimals, of the stages that happened; absent when none did.
    pub(crate) fn header(&self) -> Option<String> {
        let parts: Vec<String> = Stage::ALL
            .iter()
            .filter_map(|stage| match self.cell(*stage).load(Ordering::Relaxed) {
                0 => None,
                nanos => Some(format!("{};dur={:.3}", stage.name(), Duration::from_nanos(nanos).as_secs_f64() * 1e3)),
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

tokio::task_local! {
    static CURRENT: Recorder;
}

/// Runs `work` as one request whose stages go to `recorder`.
pub(crate) async fn scope<F: Future>(recorder: Recorder, work: F) -> F::Output {
    CURRENT.scope(recorder, work).await
}

/// Adds `elapsed` to a stage of the request this task is working on.
pub(crate) fn add(stage: Stage, elapsed: Duration) {
    // Background tasks (reviewers, the provenance writer) have no request: nothing to record there.
    let _ = CURRENT.try_with(|recorder| recorder.add(stage, elapsed));
}

/// Awaits `work` and adds its wall time to `stage`.
pub(crate) async fn measure<F: Future>(stage: Stage, work: F) -> F::Output {
    let start = Instant::now();
    let output = work.await;
    add(stage, start.elapsed());
    output
}

/// Runs `work` and adds its wall time to `stage`.
pub(crate) fn time<T>(stage: Stage, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let output = work();
    add(stage, start.elapsed());
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_the_stages_that_happened_in_their_order() {
        let recorder = Recorder::default();
        assert_eq!(recorder.header(), None);
        recorder.add(Stage::Record, Duration::from_micros(1500));
        recorder.add(Stage::Parsing, Duration::from_micros(2));
        recorder.add(Stage::Record, Duration::from_micros(500));
        assert_eq!(recorder.header().as_deref(), Some("parsing;dur=0.002, record;dur=2.000"));
    }

    #[tokio::test]
    async fn a_stage_measured_far_below_reaches_the_request_and_no_other() {
        let recorder = Recorder::default();
        scope(recorder.clone(), async { time(Stage::Evaluation, || ()) }).await;
        time(Stage::Auth, || ());
        let header = recorder.header().unwrap_or_default();
        assert!(header.starts_with("evaluation;dur="), "{header}");
        assert!(!header.contains("auth"), "{header}");
    }
}
