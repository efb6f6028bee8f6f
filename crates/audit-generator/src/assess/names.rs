//! What scalability runs, their sizes and their metrics are called.
//! Must not know: files, or what was measured.

use bench_model::MetricName;
use bench_model::scale::Axis;
use bench_model::unit::nearest;

/// Everything that can be varied.
pub(super) const AXES: [Axis; 4] = [Axis::Processes, Axis::Threads, Axis::Pool, Axis::Connections];

/// What a scalability run measures of a size, and of the law over all sizes.
const OF_SIZE: [&str; 7] =
    ["throughput", "latency_p95", "pool_wait", "service_cpu", "service_memory", "error_rate", "efficiency"];
const OF_LAW: [&str; 5] = ["contention", "coherency", "peak_size", "peak_throughput", "memory_per_thousand"];

/// Why nothing ever measures a metric whose name is that of a scalability run; `None` for names of other kinds, which any program may print.
pub(super) fn unproduced(name: &MetricName) -> Option<String> {
    let (_, size) = ScaleName::place(name)?;
    let (place, measure) = name.as_str().rsplit_once('#')?;
    let measures: &[&str] = match size {
        "law" => &OF_LAW,
        size if size.parse::<u32>().is_ok() => &OF_SIZE,
        _ => return None,
    };
    if measures.contains(&measure) {
        return None;
    }
    let near = nearest(measure, measures.iter().copied());
    let near = near.map(|near| format!("; did you mean `{place}#{near}`")).unwrap_or_default();
    Some(format!("names `{measure}`, which no scalability run measures{near}: it measures {}", measures.join(", ")))
}

/// A scenario, and what is varied in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScaleName {
    /// The scenario.
    pub scenario: String,
    /// What is varied.
    pub axis: Axis,
}

impl std::fmt::Display for ScaleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.scenario, self.axis)
    }
}

impl ScaleName {
    /// The axis of a name in files.
    pub(super) fn axis(name: &str) -> Option<Axis> {
        AXES.into_iter().find(|known| known.as_str() == name)
    }

    /// The scalability run that measures a metric; `None` for metrics of other runs.
    pub(super) fn of_metric(name: &MetricName) -> Option<Self> {
        Some(Self::place(name)?.0)
    }

    /// The scalability run that a metric's name belongs to, and the size or `law`.
    pub(super) fn place(name: &MetricName) -> Option<(Self, &str)> {
        let (place, _) = name.as_str().rsplit_once('#')?;
        let (rest, size) = place.rsplit_once('/')?;
        let (scenario, axis) = rest.rsplit_once('/')?;
        Some((Self { scenario: scenario.to_owned(), axis: Self::axis(axis)? }, size))
    }
}

/// What has a cost: a size, or the cheapest one that keeps the service level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostName {
    /// Where.
    pub scale: ScaleName,
    /// The size; `None` for the cheapest.
    pub size: Option<u32>,
}

impl std::fmt::Display for CostName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.size {
            Some(size) => write!(f, "cost of {}/{size}", self.scale),
            None => write!(f, "cost of {}/best", self.scale),
        }
    }
}
