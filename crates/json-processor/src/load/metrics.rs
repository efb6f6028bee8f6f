//! A load run's metrics: names, values, which of them are judged, and what stands at the top. A bound is no value: a percentile
//! that is only known to lie above something is no metric.

use bench_model::load::{Load, Measured, Operator, Quantile, SeriesSummary, Statistic, Subject};
use bench_model::perf::{Headline, Metric};
use bench_model::words::amount;
use bench_model::{BenchmarkId, Direction, Finite, Unit};

use super::observe::Observed;
use crate::Problem;

/// The benchmark of a place in a load run, such as `all/steady`.
pub(super) fn id(load: &Load, place: String) -> BenchmarkId {
    let plain = |text: &str| text.replace(char::is_control, "?");
    BenchmarkId { harness: "load".into(), target: plain(&load.scenario), id: plain(&place) }
}

/// `<request or all>/<phase or all>[/region]`. A request may hold slashes, what follows it may not; one that is called `all` stands in quotes.
fn place(request: Option<&str>, phase: Option<&str>, region: Option<&str>) -> String {
    let quoted = |name: Option<&str>| match name {
        None => "all".to_owned(),
        Some("all") => "\"all\"".to_owned(),
        Some(name) => name.to_owned(),
    };
    let (request, phase) = (quoted(request), quoted(phase).replace('/', "%2F"));
    let region = region.map_or(String::new(), |region| format!("/{}", region.replace('/', "%2F")));
    format!("{request}/{phase}{region}")
}

/// A metric of one round: a load run is not repeated inside itself.
pub(super) fn metric(
    benchmark: BenchmarkId,
    measure: &str,
    value: Finite,
    unit: Unit,
    direction: Direction,
    samples: u64,
    primary: bool,
) -> Result<Metric, Problem> {
    let name = benchmark.metric(measure).map_err(|error| Problem::at("/series", error.to_string()))?;
    let (rounds, interval, measure) = (vec![value], None, measure.to_owned());
    Ok(Metric { name, benchmark, measure, value, unit, direction, interval, rounds, samples, primary })
}

/// The metrics of every row. Judged are p95, rate and error rate of everything (of each region), and the p95 of each request.
pub(super) fn of(load: &Load, rows: &[SeriesSummary]) -> Result<Vec<Metric>, Problem> {
    let mut metrics: Vec<Metric> = Vec::new();
    for row in rows.iter().filter(|row| row.completed > 0) {
        let place = place(row.request.as_deref(), row.phase.as_deref(), row.region.as_deref());
        let (whole, every) = (row.request.is_none() && row.phase.is_none(), row.phase.is_none());
        let latency = |name: &str| row.latency.get(name).and_then(|quantile| quantile.known());
        let finite = |value: Option<f64>| value.and_then(|value| Finite::try_from(value).ok());
        let (lower, higher) = (Direction::LowerIsBetter, Direction::HigherIsBetter);
        let measures = [
            ("latency_p50", finite(latency("p50")), Unit::Nanoseconds, lower, false),
            ("latency_p95", finite(latency("p95")), Unit::Nanoseconds, lower, every),
            ("latency_p99", finite(latency("p99")), Unit::Nanoseconds, lower, false),
            ("rps", row.rps, Unit::PerSecond, higher, whole),
            ("error_rate", row.error_rate, Unit::Ratio, lower, whole),
        ];
        for (measure, value, unit, direction, primary) in measures {
            if let Some(value) = value {
                let id = id(load, place.clone());
                metrics.push(metric(id, measure, value, unit, direction, row.completed, primary)?);
            }
        }
    }
    Ok(metrics)
}

/// Names the metric that the baseline is asked for where a limit is a share of it, and keeps it: the ledger holds judged metrics.
pub(super) fn for_baseline(load: &Load, observed: &mut Observed, metrics: &mut Vec<Metric>) -> Result<(), Problem> {
    let Observed { threshold, parsed: Some(parsed) } = observed else { return Ok(()) };
    if threshold.of_baseline.is_none() {
        return Ok(());
    }
    let tags = &parsed.selector.tags;
    let latency = matches!(parsed.selector.subject, Subject::Duration | Subject::Everything);
    let measure = match (&parsed.statistic, &parsed.selector.subject) {
        (Statistic::Median, _) if latency => "latency_p50".to_owned(),
        (Statistic::Percentile(percent), _) if latency && [50.0, 95.0, 99.0].contains(percent) => {
            format!("latency_p{percent}")
        }
        (Statistic::Rps, _) => "rps".to_owned(),
        (Statistic::ErrorRate, _) | (Statistic::Rate, Subject::Failed) => "error_rate".to_owned(),
        _ => {
            let subject = threshold.threshold.metric.split('{').next().unwrap_or_default().trim();
            let end = threshold.threshold.expression.find(['<', '>', '=', '!']);
            let figure = end.and_then(|end| threshold.threshold.expression.get(..end)).unwrap_or_default().trim();
            format!("{subject} {figure}").trim().replace(char::is_control, "?")
        }
    };
    let tag = |name: &str| tags.get(name).map(String::as_str);
    let mut place = place(tag("name"), tag("phase"), tag("region"));
    let others = tags.iter().filter(|(key, _)| !matches!(key.as_str(), "name" | "phase" | "region"));
    let others: Vec<String> = others.map(|(key, value)| format!("{key}:{value}")).collect();
    if !others.is_empty() {
        place = format!("{place}{{{}}}", others.join(","));
    }
    let benchmark = id(load, place);
    let name = benchmark.metric(&measure).map_err(|error| Problem::at("/thresholds", error.to_string()))?;
    match (metrics.iter_mut().find(|metric| metric.name == name), &threshold.observed) {
        (Some(known), _) => known.primary = true,
        (None, Measured::Known(value)) => {
            let direction = match threshold.operator {
                Operator::Above | Operator::AtLeast => Direction::HigherIsBetter,
                Operator::Below | Operator::AtMost | Operator::Equal | Operator::NotEqual => Direction::LowerIsBetter,
            };
            metrics.push(metric(benchmark, &measure, *value, threshold.unit, direction, 1, true)?);
        }
        (None, Measured::AtLeast(_) | Measured::NotKnown(_)) => {}
    }
    threshold.metric = Some(name);
    Ok(())
}

/// What stands at the top of a load run: rate, p95 and p99 (of each region), error rate; as far as they were measured.
pub(super) fn headline(metrics: &[Metric], rows: &[SeriesSummary], load: &Load) -> Result<Vec<Headline>, Problem> {
    let mut lines = Vec::new();
    let mut add = |name: String, label: String, region: Option<&str>, measure: &str, unit: &str| {
        let benchmark = id(load, place(None, None, region));
        let metric = benchmark.metric(measure).map_err(|error| Problem::at("/scenario", error.to_string()))?;
        if metrics.iter().any(|known| known.name == metric) {
            lines.push(Headline { name, label, metric, unit: unit.to_owned() });
        }
        Ok::<(), Problem>(())
    };
    add("requests_per_second".into(), "requests".into(), None, "rps", "req/s")?;
    let whole = rows.iter().filter(|row| row.request.is_none() && row.phase.is_none());
    for row in whole {
        let region = row.region.as_deref().map(|region| region.replace(char::is_control, "?"));
        let (key, label) =
            region.as_ref().map_or((String::new(), String::new()), |r| (format!("_{r}"), format!(" {r}")));
        for percent in ["p95", "p99"] {
            let measure = format!("latency_{percent}");
            let (name, label) = (format!("{measure}_ms{key}"), format!("{percent}{label}"));
            add(name, label, row.region.as_deref(), &measure, "ms")?;
        }
    }
    add("error_rate_percent".into(), "errors".into(), None, "error_rate", "%")?;
    Ok(lines)
}

/// What to know where a percentile of everything is missing.
pub(super) fn without_latency(rows: &[SeriesSummary]) -> Vec<String> {
    let regional = rows.iter().any(|row| row.region.is_some());
    let whole = rows.iter().filter(|row| row.request.is_none() && row.phase.is_none());
    let mut warnings = Vec::new();
    for row in whole.filter(|row| row.completed > 0 && row.region.is_some() == regional) {
        let place = row.region.as_ref().map_or(String::new(), |region| format!(" from region {region}"));
        for (name, needed) in [("p95", 20), ("p99", 100)] {
            match row.latency.get(name) {
                Some(Quantile::Known(_)) => {}
                Some(Quantile::AtLeast(bound)) => {
                    let bound = amount(*bound, Unit::Nanoseconds);
                    warnings.push(format!("the {name} of the latency{place} is only known to be at least {bound}"));
                }
                None if row.completed < needed => {
                    let samples = row.completed;
                    warnings.push(format!(
                        "the {name} of the latency{place} needs {needed} samples, and there are {samples}"
                    ));
                }
                None => warnings.push(format!("the {name} of the latency{place} is not known")),
            }
        }
    }
    warnings
}
