//! One file a verb.
//! Must not know: how a page looks.

pub(crate) mod artifacts;
pub(crate) mod assess;
pub(crate) mod audit;
pub(crate) mod benchmark;
pub(crate) mod export;
pub(crate) mod gate;
pub(crate) mod kpi;
pub(crate) mod report;
pub(crate) mod site;
pub(crate) mod trend;
