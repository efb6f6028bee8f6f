//! What a load run is, as it travels between stages: the scenario's plan, latency distributions per request and phase, windows
//! over time, what the service used, thresholds, and what was made of all that.
//! Must not know: HTTP, how load is generated, or what passes.

mod distribution;
mod record;
mod summary;
mod threshold;

pub use distribution::{Buckets, Distribution, Quantile, SummaryStatistics};
pub use record::{
    CheckCount, Cut, Engine, EngineThreshold, Gauge, ITERATIONS, Load, LoadModel, LoadPhase, Series, Source,
    ThresholdText, Usage, VIEW, Window, Workers,
};
pub use summary::{
    Analysis, AnalysisOutcome, GaugeSummary, LoadSummary, Measured, ObservedThreshold, PhaseSummary,
    SERVICE_MEMORY_GROWTH, SeriesSummary, Told, UsageSummary,
};
pub use threshold::{Limit, Operator, PhaseShare, Selector, Statistic, Subject, Threshold, ThresholdError};
