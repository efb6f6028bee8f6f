//! Pure statistics over slices: no files, no clocks, no randomness.
//!
//! Owns: what the samples of a run say ([`typical`]), and its runs ([`summarise`], [`robust_spread`]); what the runs of
//! two sides say about a change ([`contrast()`]), how many times one side is the other ([`ratio()`]), and which of many changes to
//! believe ([`benjamini_hochberg`]); what a history says ([`detect`], [`theil_sen`], [`mann_kendall`]); what a load did to a service over
//! time ([`leak`], [`recovery`], [`breaking_point`], [`variance`]); how throughput grows with workers ([`scaling()`]) and a demand with time
//! ([`forecast()`]). Must not know: records, units, thresholds or verdicts.
//! Every function is total: input that has no answer gives `None` or a variant that says so, never a panic.

mod contrast;
mod discovery;
mod forecast;
mod history;
mod load;
mod modes;
mod ordered;
mod ratio;
mod scale;
mod scaling;
mod spread;
mod summary;
mod trend;
mod trimmed;

pub use contrast::{Contrast, Contrasted, Design, FEWEST_RUNS, contrast, further_runs};
pub use discovery::benjamini_hochberg;
pub use forecast::{Demand, Forecast, LEAST_MOMENTS, NoForecast, Towards, Until, forecast};
pub use history::{ChangePoint, Drift, History, Series, Suspect, detect};
pub use load::{
    BreakingPoint, BreakingRule, Broken, Growth, Leak, Moment, Recovered, Recovery, RecoveryRule, Step, TooShort,
    breaking_point, leak, recovery, relative_variance, variance,
};
pub use ratio::ratio;
pub use scale::robust_spread;
pub use scaling::{
    Capacity, Decision, Estimate, LEAST_LEVELS, LEAST_REPEATS, LEAST_SPREAD, LEAST_WORKERS, LackOfFit, Law, LawFit,
    LeftOut, NoLine, NoPrediction, NoScaling, Peak, Reach, Reason, ResourceLine, ScalePoint, Scaling, Why, decision,
    resource_line, scaling,
};
pub use spread::{student_quantile, student_tails};
pub use summary::{Summary, summarise};
pub use trend::{MannKendall, Slope, mann_kendall, theil_sen};
pub use trimmed::typical;
