//! One benchmark's three files as one record. Pure: bytes in, record or reason out.

use std::path::Path;

use bench_model::file::{FileError, parse_json};
use bench_model::run::{Estimate, Sampling, Throughput, Timing};
use bench_model::{BenchmarkId, Finite};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The file of a benchmark that something is said about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Identity and throughput.
    Benchmark,
    /// Point estimates with intervals.
    Estimates,
    /// The samples.
    Sample,
}

impl Part {
    /// Its name.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Benchmark => "benchmark.json",
            Self::Estimates => "estimates.json",
            Self::Sample => "sample.json",
        }
    }
}

/// One benchmark as Criterion wrote it, validated.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Criterion's full id.
    pub full_id: String,
    /// What one iteration processes.
    pub throughput: Option<Throughput>,
    /// The samples and the typical iteration: the slope for linear sampling, else the mean.
    pub timing: Timing,
}

/// Why three files are not a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{pointer} {reason}", part.file())]
pub struct RecordError {
    /// The file.
    pub part: Part,
    /// The place in it.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

#[derive(Deserialize)]
struct RawBenchmark {
    full_id: String,
    throughput: Option<RawThroughput>,
}

#[derive(Deserialize)]
enum RawThroughput {
    Bytes(u64),
    BytesDecimal(u64),
    Elements(u64),
    Bits(u64),
    ElementsAndBytes { elements: u64, bytes: u64 },
}

#[derive(Deserialize)]
struct RawEstimates {
    mean: RawEstimate,
    slope: Option<RawEstimate>,
}

#[derive(Deserialize)]
struct RawEstimate {
    confidence_interval: RawInterval,
    point_estimate: Finite,
}

#[derive(Deserialize)]
struct RawInterval {
    confidence_level: Finite,
    lower_bound: Finite,
    upper_bound: Finite,
}

#[derive(Deserialize)]
struct RawSample {
    sampling_mode: RawSampling,
    iters: Vec<f64>,
    times: Vec<f64>,
}

#[derive(Deserialize)]
enum RawSampling {
    Linear,
    Flat,
}

/// Reads one benchmark from the contents of its `benchmark.json`, `estimates.json` and `sample.json`. Never panics.
///
/// Unknown fields are ignored. Times are nanoseconds.
///
/// # Errors
/// The first file and place that is not JSON of the expected form, or whose numbers cannot be a measurement: not finite,
/// iterations or times that are not positive, lists of different length or empty, a sum of all times or a time per
/// iteration that overflows, an interval whose ends are swapped, a level outside 0 to 1, an id that is empty, longer than a
/// metric name, or holds control characters.
pub fn parse_benchmark(benchmark: &[u8], estimates: &[u8], sample: &[u8]) -> Result<Record, RecordError> {
    let RawBenchmark { full_id, throughput } = parse(Part::Benchmark, benchmark)?;
    let id = BenchmarkId { harness: String::new(), target: String::new(), id: full_id };
    if id.id.is_empty() {
        return Err(refuse(Part::Benchmark, "/full_id", "is empty"));
    }
    if let Err(error) = id.metric("typical") {
        return Err(refuse(Part::Benchmark, "/full_id", format!("cannot name a metric: {error}")));
    }
    let estimates: RawEstimates = parse(Part::Estimates, estimates)?;
    let typical = match estimates.slope {
        Some(slope) => estimate(slope, "/slope")?,
        None => estimate(estimates.mean, "/mean")?,
    };
    let timing = timing(parse(Part::Sample, sample)?, typical)?;
    let throughput = throughput.map(|raw| match raw {
        RawThroughput::Bytes(bytes) | RawThroughput::BytesDecimal(bytes) => Throughput::Bytes(bytes),
        RawThroughput::Elements(elements) => Throughput::Elements(elements),
        RawThroughput::Bits(bits) => Throughput::Bits(bits),
        RawThroughput::ElementsAndBytes { elements, bytes } => Throughput::ElementsAndBytes { elements, bytes },
    });
    Ok(Record { full_id: id.id, throughput, timing })
}

fn parse<T: DeserializeOwned>(part: Part, bytes: &[u8]) -> Result<T, RecordError> {
    parse_json(Path::new(part.file()), bytes).map_err(|error| match error {
        FileError::Content { pointer, reason, .. } => RecordError { part, pointer, reason },
        other => refuse(part, "", other.to_string()),
    })
}

fn refuse(part: Part, pointer: impl Into<String>, reason: impl Into<String>) -> RecordError {
    RecordError { part, pointer: pointer.into(), reason: reason.into() }
}

fn estimate(raw: RawEstimate, place: &str) -> Result<Estimate, RecordError> {
    let RawEstimate { confidence_interval: interval, point_estimate: value } = raw;
    let at = |field: &str, reason: &str| Err(refuse(Part::Estimates, format!("{place}{field}"), reason));
    let level = interval.confidence_level;
    if value.get() <= 0.0 {
        return at("/point_estimate", "is not a positive time");
    }
    if interval.lower_bound > interval.upper_bound {
        return at("/confidence_interval/lower_bound", "lies above the upper bound");
    }
    if !(level.get() > 0.0 && level.get() < 1.0) {
        return at("/confidence_interval/confidence_level", "does not lie between 0 and 1");
    }
    Ok(Estimate { value, lower: interval.lower_bound, upper: interval.upper_bound, level })
}

fn timing(raw: RawSample, typical: Estimate) -> Result<Timing, RecordError> {
    let RawSample { sampling_mode, mut iters, mut times } = raw;
    let at = |place: String, reason: String| Err(refuse(Part::Sample, place, reason));
    if iters.is_empty() {
        return at("/iters".into(), "is empty".into());
    }
    if iters.len() != times.len() {
        return at("/times".into(), format!("has {} entries, where iters has {}", times.len(), iters.len()));
    }
    let mut total = 0.0;
    for (index, (count, time)) in iters.iter().zip(&times).enumerate() {
        if *count <= 0.0 {
            return at(format!("/iters/{index}"), format!("{count} is not a positive count"));
        }
        if *time <= 0.0 {
            return at(format!("/times/{index}"), format!("{time} is not a positive time"));
        }
        total += time;
        if !f64::is_finite(total) || !f64::is_finite(time / count) {
            return at(format!("/times/{index}"), format!("{time:e} is too large to calculate with"));
        }
    }
    iters.shrink_to_fit();
    times.shrink_to_fit();
    let sampling = match sampling_mode {
        RawSampling::Linear => Sampling::Linear,
        RawSampling::Flat => Sampling::Flat,
    };
    Ok(Timing { sampling, iters, times, typical })
}
