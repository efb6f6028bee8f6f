//! What every route shares. One value of this type lives as long as the service.

use std::sync::Arc;
use std::time::Instant;

use crate::cache::Cache;
use crate::faults::Faults;
use crate::governance::Governance;
use crate::ids::Ids;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::store::Store;
use crate::trust::Trust;
use crate::upstream::Upstream;

/// The shared parts of the service; routes get it as `State<Arc<AppState>>`.
pub(crate) struct AppState {
    /// What the command line said.
    pub(crate) settings: Settings,
    /// Rows that outlive a request.
    pub(crate) store: Arc<Store>,
    /// Results that may be forgotten.
    pub(crate) cache: Cache,
    /// Counters and histograms behind `/metrics`.
    pub(crate) metrics: Arc<Metrics>,
    /// Faults switched on through `/faults`.
    pub(crate) faults: Arc<Faults>,
    /// Names for new rows.
    pub(crate) ids: Ids,
    /// The provenance chain and its key.
    pub(crate) trust: Trust,
    /// The service that evaluates policies for this one, when `--upstream` names one.
    pub(crate) upstream: Option<Upstream>,
    /// The review queue and whatever else the governance routes keep in memory.
    pub(crate) governance: Governance,
    /// When the service began to listen (monotonic).
    pub(crate) started: Instant,
}

impl AppState {
    /// Whether the slow start asked for is still going on.
    pub(crate) fn starting(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.started) < self.settings.slow_start
    }
}
