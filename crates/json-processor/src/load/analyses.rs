//! What follows from a run's course, in sentences for people with the figures behind them.

use std::collections::BTreeMap;

use bench_model::load::{Analysis, AnalysisOutcome, SeriesSummary, Source};
use bench_model::words::{amount, percent, thousands, unsigned_percent};
use bench_model::{Finite, Unit};
use bench_stats::{Broken, Growth, Recovered};

use super::growth::{Grown, growth};
use super::guards::comparable_lateness;
use super::pool::NAMES;
use super::select::counted;
use super::usage::{Points, mean, readings};
use super::windows::{Breaking, falling, recovery, stability};
use super::{Facts, guards};

const NS_PER_S: f64 = 1e9;
/// Limits on resources: processor time from 60 to 70 % sustained, memory and connection pool below 80 %, waits for disks below 10 %.
const CPU: f64 = 0.7;
const MEMORY: f64 = 0.8;
const POOL: f64 = 0.8;
const IO_WAIT: f64 = 0.1;
/// Stable is an error rate with a variance below 0.1 %, and a rate with a relative variance below 10 %.
const ERROR_VARIANCE: f64 = 0.001;
const RATE_VARIANCE: f64 = 0.1;

type Figures = BTreeMap<String, (Finite, Unit)>;

/// Every analysis that the run has something for.
pub(super) fn all(facts: &Facts<'_>, rows: &[SeriesSummary], broken: &Breaking) -> Vec<Analysis> {
    let mut all = percentiles(rows);
    all.extend(generator(facts));
    all.extend(breaking(broken));
    all.extend(recoveries(facts));
    all.extend(leaks(facts));
    all.push(stable(facts));
    all.extend(resources(facts));
    all
}

fn analysis(name: &str, about: Option<String>, outcome: AnalysisOutcome, text: String, figures: Figures) -> Analysis {
    Analysis { name: name.to_owned(), about, outcome, text, figures }
}

fn put(figures: &mut Figures, name: &str, value: f64, unit: Unit) {
    if let Ok(value) = Finite::try_from(value) {
        figures.insert(name.to_owned(), (value, unit));
    }
}

fn shown(value: f64, unit: Unit) -> String {
    Finite::try_from(value).map_or_else(|_| "beyond any number".into(), |value| amount(value, unit))
}

fn percentiles(rows: &[SeriesSummary]) -> Vec<Analysis> {
    let whole = rows.iter().filter(|row| row.request.is_none() && row.phase.is_none() && !row.latency.is_empty());
    let one = |row: &SeriesSummary| {
        let mut figures = Figures::new();
        let mut words = Vec::new();
        for (name, quantile) in NAMES.iter().filter_map(|(name, _)| Some((name, row.latency.get(*name)?))) {
            let bound = if quantile.known().is_some() { "" } else { "at least " };
            words.push(format!("{name} {bound}{}", shown(quantile.lower(), Unit::Nanoseconds)));
            put(&mut figures, name, quantile.lower(), Unit::Nanoseconds);
        }
        let text = format!("latency of {} answers: {}", thousands(row.completed), words.join(", "));
        analysis("percentiles", row.region.clone(), AnalysisOutcome::Fine, text, figures)
    };
    whole.map(one).collect()
}

/// Whether the generator was on time: latencies that it made are not to be compared with another run's.
fn generator(facts: &Facts<'_>) -> Option<Analysis> {
    let (late, _) = comparable_lateness(facts)?;
    let mut figures = Figures::new();
    put(&mut figures, "late", late, Unit::Nanoseconds);
    let (outcome, text) = match guards::generator_limited(facts).or_else(|| guards::too_late_to_compare(facts)) {
        Some(why) => (AnalysisOutcome::Found, why),
        None => (AnalysisOutcome::Fine, format!("the generator was {} late", shown(late, Unit::Nanoseconds))),
    };
    Some(analysis("generator", None, outcome, text, figures))
}

fn breaking(broken: &Breaking) -> Option<Analysis> {
    let mut figures = Figures::new();
    let (outcome, text) = match broken {
        Breaking::NotKnown(_) => return None,
        Breaking::Above { rate } => {
            put(&mut figures, "rate", *rate, Unit::PerSecond);
            (AnalysisOutcome::Fine, format!("did not break up to {}", shown(*rate, Unit::PerSecond)))
        }
        Breaking::At { time, rate, users, by } => {
            put(&mut figures, "rate", *rate, Unit::PerSecond);
            put(&mut figures, "at", time * NS_PER_S, Unit::Nanoseconds);
            let with = users.map_or(String::new(), |users| format!(" with {users:.0} users"));
            if let Some(users) = users {
                put(&mut figures, "users", *users, Unit::Count);
            }
            let how = match by {
                Broken::Throughput => "completes less than 95 % of what is due",
                Broken::Latency => "answers late",
                Broken::Errors => "fails",
            };
            let (rate, at) = (shown(*rate, Unit::PerSecond), shown(time * NS_PER_S, Unit::Nanoseconds));
            (AnalysisOutcome::Found, format!("from {rate}{with} on (after {at}) the service {how}, and stays so"))
        }
    };
    Some(analysis("breaking_point", None, outcome, text, figures))
}

fn recoveries(facts: &Facts<'_>) -> Vec<Analysis> {
    let load = facts.load;
    let one = |index: usize| {
        let name = load.phases.get(index)?.name.clone();
        let mut figures = Figures::new();
        let (outcome, text) = match recovery(load, index) {
            Err(why) => (AnalysisOutcome::NotEvaluable, why),
            Ok(after) => {
                let found = after.found;
                put(&mut figures, "limit", found.limit, Unit::Nanoseconds);
                if let Some(peak) = found.peak {
                    put(&mut figures, "peak", peak, Unit::Nanoseconds);
                }
                put(&mut figures, "area", found.area, Unit::Nanoseconds);
                let place = after.region.map_or(String::new(), |region| format!(" from region {region}"));
                let limit = shown(found.limit, Unit::Nanoseconds);
                match found.recovered {
                    Recovered::After(seconds) => {
                        put(&mut figures, "after", seconds * NS_PER_S, Unit::Nanoseconds);
                        let after_s = shown(seconds * NS_PER_S, Unit::Nanoseconds);
                        let text = format!(
                            "as good as in phase `{}` after {after_s}{place} (p95 up to {limit})",
                            after.before
                        );
                        (AnalysisOutcome::Fine, text)
                    }
                    Recovered::NotWithin(seconds) => {
                        put(&mut figures, "not_within", seconds * NS_PER_S, Unit::Nanoseconds);
                        let within = shown(seconds * NS_PER_S, Unit::Nanoseconds);
                        let text = format!(
                            "not as good as in phase `{}` within {within}{place} (p95 up to {limit})",
                            after.before
                        );
                        (AnalysisOutcome::Found, text)
                    }
                }
            }
        };
        Some(analysis("recovery", Some(name), outcome, text, figures))
    };
    falling(load).into_iter().filter_map(one).collect()
}

fn leaks(facts: &Facts<'_>) -> Vec<Analysis> {
    let watched = [
        ("service_memory", "memory", Unit::Bytes),
        ("service_descriptors", "descriptors", Unit::Count),
        ("service_threads", "threads", Unit::Count),
    ];
    let sent: u64 = counted(facts.load).map(|series| series.sent).fold(0, u64::saturating_add);
    let length: f64 = facts.load.phases.iter().map(|phase| phase.measured_s.get()).sum();
    let one = |(name, what, unit): (&str, &str, Unit)| {
        let points = readings(facts.load, Source::Service, what, None);
        if points.is_empty() {
            return None;
        }
        let about = Some(name.to_owned());
        Some(match growth(&points) {
            Err(why) => analysis("leak", about, AnalysisOutcome::NotEvaluable, why, Figures::new()),
            Ok(grown) => {
                let per_request = (sent > 0).then(|| grown.per_second * length / sent as f64);
                leak(about, &grown, per_request, unit)
            }
        })
    };
    watched.into_iter().filter_map(one).collect()
}

fn leak(about: Option<String>, grown: &Grown, per_request: Option<f64>, unit: Unit) -> Analysis {
    let mut figures = Figures::new();
    put(&mut figures, "level", grown.leak.level, unit);
    put(&mut figures, "per_hour", grown.per_second * 3600.0, unit);
    put(&mut figures, "growth", grown.growth, Unit::Ratio);
    put(&mut figures, "growth_lower", grown.lower, Unit::Ratio);
    put(&mut figures, "growth_upper", grown.upper, Unit::Ratio);
    put(&mut figures, "smallest", grown.smallest, Unit::Ratio);
    if let Some(per_request) = per_request {
        put(&mut figures, "per_request", per_request, unit);
    }
    let hour = shown(grown.per_second * 3600.0, unit);
    let (lower, upper) = (percent(grown.lower), percent(grown.upper));
    let smallest = unsigned_percent(grown.smallest);
    let (outcome, text) = match grown.leak.growth {
        Growth::Leak => {
            let each = per_request.map_or(String::new(), |each| format!(", {} a request", shown(each, unit)));
            let growth = percent(grown.growth);
            (
                AnalysisOutcome::Found,
                format!(
                    "grows throughout: {growth} in two hours (95 % interval {lower} to {upper}), {hour} an hour{each}"
                ),
            )
        }
        Growth::Settled => (
            AnalysisOutcome::Fine,
            format!(
                "grew and stopped: a warm-up or a step, and no leak; one of {smallest} in two hours would have been seen"
            ),
        ),
        Growth::None => {
            (AnalysisOutcome::Fine, format!("does not grow; a leak of {smallest} in two hours would have been seen"))
        }
    };
    analysis("leak", about, outcome, text, figures)
}

fn stable(facts: &Facts<'_>) -> Analysis {
    let mut figures = Figures::new();
    let (outcome, text) = match stability(facts.load, None) {
        Err(why) => (AnalysisOutcome::NotEvaluable, why),
        Ok((errors, rates)) => {
            put(&mut figures, "error_rate_variance", errors, Unit::Ratio);
            put(&mut figures, "rate_variance", rates, Unit::Ratio);
            let steady = errors < ERROR_VARIANCE && rates < RATE_VARIANCE;
            let outcome = if steady { AnalysisOutcome::Fine } else { AnalysisOutcome::Found };
            let (errors, rates) = (unsigned_percent(errors), unsigned_percent(rates));
            let text =
                format!("error rates vary by {errors} (below 0.1 % is stable), request rates by {rates} (below 10 %)");
            (outcome, text)
        }
    };
    analysis("stability", None, outcome, text, figures)
}

fn resources(facts: &Facts<'_>) -> Vec<Analysis> {
    let values = |points: Points| -> Vec<f64> { points.into_iter().map(|(_, value)| value).collect() };
    let of = |source, what| values(readings(facts.load, source, what, None));
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let largest = |values: Vec<f64>| values.into_iter().reduce(f64::max);
    let cpus = f64::from(facts.machine.cpus.max(1));
    let memory = facts.machine.memory_bytes as f64;
    let share = |used: Option<f64>| used.filter(|_| memory > 0.0).map(|used| used / memory);
    let machine_memory = largest(of(Source::Machine, "memory"));
    let rows = [
        ("cpu", "processors are busy, sustained", middle(of(Source::Machine, "cpu")).map(|busy| busy / cpus), CPU),
        (
            "memory",
            "memory in use at most",
            share(machine_memory.or_else(|| largest(of(Source::Service, "memory")))),
            MEMORY,
        ),
        ("pool", "connection pool in use at most", pool(facts), POOL),
        ("io_wait", "time waited for disks", mean(&of(Source::Machine, "io_wait")), IO_WAIT),
    ];
    let one = |(name, what, value, limit): (&str, &str, Option<f64>, f64)| {
        let value = value?;
        let mut figures = Figures::new();
        put(&mut figures, name, value, Unit::Ratio);
        let outcome = if value > limit { AnalysisOutcome::Found } else { AnalysisOutcome::Fine };
        let text = format!("{what}: {} (up to {} is fine)", unsigned_percent(value), unsigned_percent(limit));
        Some(analysis("resources", Some(name.to_owned()), outcome, text, figures))
    };
    rows.into_iter().filter_map(one).collect()
}

/// The largest share of the connection pool in use, from the gauges `db_pool_in_use` and `db_pool_size`.
fn pool(facts: &Facts<'_>) -> Option<f64> {
    let gauge = |name: &str| facts.load.gauges.iter().find(|gauge| gauge.name == name);
    let most = |name: &str| gauge(name)?.points.iter().map(|(_, value)| value.get()).reduce(f64::max);
    most("db_pool_size").filter(|size| *size > 0.0).and_then(|size| Some(most("db_pool_in_use")? / size))
}
