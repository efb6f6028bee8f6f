//! The metrics of one benchmark: its time, its rates, its readings.

use bench_model::perf::{Interval, IntervalSource, Metric};
use bench_model::run::{Benchmark, Estimate, Throughput, Timing};
use bench_model::{Direction, Finite, Unit};
use bench_stats::{summarise, typical};

use crate::Problem;

const NS_PER_S: f64 = 1e9;

/// What a benchmark yields.
#[derive(Default)]
pub(super) struct Found {
    pub(super) metrics: Vec<Metric>,
    pub(super) warnings: Vec<String>,
}

/// What one measure read, over rounds.
struct Measured<'a> {
    measure: &'a str,
    unit: Unit,
    direction: Direction,
    rounds: Vec<f64>,
    /// The harness's own interval, when there is a single round.
    own: Option<Interval>,
    samples: u64,
    primary: bool,
}

/// The metrics of a checked benchmark; pointers of a problem are inside it.
pub(super) fn of(benchmark: &Benchmark, confidence: f64) -> Result<Found, Problem> {
    let mut found = Found::default();
    for measured in timed(benchmark, &mut found.warnings).into_iter().chain(read(benchmark)) {
        found.metrics.push(metric(benchmark, measured, confidence)?);
    }
    Ok(found)
}

fn metric(benchmark: &Benchmark, measured: Measured<'_>, confidence: f64) -> Result<Metric, Problem> {
    let Measured { measure, unit, direction, rounds, own, samples, primary } = measured;
    let beyond = || Problem::at("/rounds", format!("the values of `{measure}` are beyond what a number can hold"));
    let name = benchmark.id.metric(measure).map_err(|error| Problem::at("/id", error.to_string()))?;
    let summary = summarise(&rounds, confidence).ok_or_else(beyond)?;
    let finite = |value: f64| Finite::try_from(value).map_err(|_| beyond());
    let interval = match summary.interval {
        Some((lower, upper)) => Some(Interval {
            lower: finite(lower)?,
            upper: finite(upper)?,
            level: finite(confidence)?,
            from: IntervalSource::Rounds,
        }),
        None => own,
    };
    Ok(Metric {
        name,
        benchmark: benchmark.id.clone(),
        measure: measure.to_owned(),
        value: finite(summary.value)?,
        unit,
        direction,
        interval,
        rounds: rounds.into_iter().map(finite).collect::<Result<_, _>>()?,
        samples,
        primary,
    })
}

/// Time per iteration, and the rates that a declared throughput makes of it.
fn timed<'a>(benchmark: &'a Benchmark, warnings: &mut Vec<String>) -> Vec<Measured<'a>> {
    let timings: Vec<_> = benchmark.rounds.iter().filter_map(|round| round.timing.as_ref()).collect();
    let samples = timings.iter().map(|timing| timing.times.len() as u64).sum();
    if timings.is_empty() {
        return Vec::new();
    }
    // Of a single round the harness's own estimate is taken, to which its interval belongs.
    let single = if let [only] = timings.as_slice() { Some(only.typical) } else { None };
    let times: Vec<f64> = match single {
        Some(own) => vec![own.value.get()],
        None => timings.iter().map(|timing| time(timing)).collect(),
    };
    let own = |ends: fn(&Estimate, f64) -> (f64, f64), amount: f64| {
        let only = single?;
        let (lower, upper) = ends(&only, amount);
        let (lower, upper) = (Finite::try_from(lower).ok()?, Finite::try_from(upper).ok()?);
        Some(Interval { lower, upper, level: only.level, from: IntervalSource::Samples })
    };
    let mut all = vec![Measured {
        measure: "time",
        unit: Unit::Nanoseconds,
        direction: Direction::LowerIsBetter,
        rounds: times.clone(),
        own: own(|estimate, _| (estimate.lower.get(), estimate.upper.get()), 0.0),
        samples,
        primary: true,
    }];
    let rates: &[(&str, Unit, u64)] = match benchmark.throughput {
        None => &[],
        Some(Throughput::Bytes(bytes)) => &[("throughput", Unit::BytesPerSecond, bytes)],
        Some(Throughput::Elements(elements)) => &[("throughput", Unit::PerSecond, elements)],
        Some(Throughput::Bits(bits)) => &[("throughput", Unit::BitsPerSecond, bits)],
        Some(Throughput::ElementsAndBytes { elements, bytes }) => {
            &[("throughput", Unit::BytesPerSecond, bytes), ("elements", Unit::PerSecond, elements)]
        }
    };
    let timeless = times.iter().any(|time| *time <= 0.0);
    for &(measure, unit, amount) in rates {
        if amount == 0 || timeless {
            let what = if amount == 0 { "it declares an amount of 0" } else { "a round took no measurable time" };
            warnings.push(format!("`{}` has no {measure}: {what}", benchmark.id));
            continue;
        }
        let amount = amount as f64;
        // The first rate is what the benchmark is about; the time restates it.
        let primary = measure == "throughput";
        if let (true, Some(time)) = (primary, all.first_mut()) {
            time.primary = false;
        }
        all.push(Measured {
            measure,
            unit,
            direction: Direction::HigherIsBetter,
            rounds: times.iter().map(|time| rate(amount, *time)).collect(),
            own: own(
                |estimate, amount| (rate(amount, estimate.upper.get()), rate(amount, estimate.lower.get())),
                amount,
            ),
            samples,
            primary,
        });
    }
    all
}

/// The typical time per iteration of a round, in ns: the trimmed mean over its samples, which a burst of other work moves
/// less than the harness's regression line, whose slope hangs on the longest samples.
fn time(timing: &Timing) -> f64 {
    let samples: Vec<f64> = timing.times.iter().zip(&timing.iters).map(|(time, iters)| time / iters).collect();
    typical(&samples).unwrap_or(timing.typical.value.get())
}

fn rate(amount: f64, time: f64) -> f64 {
    amount / time * NS_PER_S
}

fn read(benchmark: &Benchmark) -> Vec<Measured<'_>> {
    let mut all: Vec<Measured<'_>> = Vec::new();
    for reading in benchmark.rounds.iter().flat_map(|round| &round.readings) {
        let value = reading.value.get();
        match all.iter_mut().find(|measured| measured.measure == reading.measure) {
            Some(measured) => {
                measured.rounds.push(value);
                measured.samples += 1;
            }
            None => all.push(Measured {
                measure: &reading.measure,
                unit: reading.unit,
                direction: reading.direction,
                rounds: vec![value],
                own: None,
                samples: 1,
                // The processor time of a process explains its wall time; judging both would judge one change twice.
                primary: benchmark.id.harness != "process" || !matches!(reading.measure.as_str(), "user" | "system"),
            }),
        }
    }
    all
}
