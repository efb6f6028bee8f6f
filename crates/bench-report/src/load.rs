//! The pictures of a load run: rates and latencies over time, the distribution of latencies, what was in use. For the page of a run and for
//! files of their own. Must not know: what passed.

use bench_model::load::{Distribution, Load, Series, Source, Usage, Window};
use bench_model::{Finite, Unit};

use crate::ReportError;
use crate::chart::{Across, Line, LineChart, LineKind, Span, Theme, line_svg};

/// More windows than this are merged for drawing: the eye sees no more.
const MOST: usize = 600;
/// Percentiles of a distribution's picture.
const PERCENTS: [f64; 20] = [
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.95, 99.99,
    99.999,
];

/// A picture of a load run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadPicture {
    /// Its name as a file's stem: `throughput`, `latency`, `latency_distribution`, `cpu`, `memory`, or a region behind the first two.
    pub name: String,
    /// What it shows, in a line.
    pub caption: String,
    /// The drawing.
    pub svg: String,
}

/// Every picture that there are numbers for.
///
/// # Errors
/// [`ReportError::Chart`] when the backend refuses.
pub fn load_pictures(load: &Load, size: (u32, u32), theme: Theme) -> Result<Vec<LoadPicture>, ReportError> {
    let mut pictures = Vec::new();
    let mut regions: Vec<Option<&str>> = load.windows.iter().map(|window| window.region.as_deref()).collect();
    regions.sort_unstable();
    regions.dedup();
    let bands: Vec<Span<'_>> = load
        .phases
        .iter()
        .map(|phase| Span {
            name: &phase.name,
            from: phase.start_s.get(),
            to: phase.start_s.get() + phase.measured_s.get(),
        })
        .collect();
    let mut add = |name: String, caption: String, unit, across, lines: &[Line<'_>]| {
        let drawn = |line: &Line<'_>| line.points.iter().any(|(_, value)| value.is_some());
        if !lines.iter().any(drawn) {
            return Ok(());
        }
        let lines: Vec<Line<'_>> = lines.iter().filter(|line| drawn(line)).cloned().collect();
        let bands = if across == Across::Seconds { bands.as_slice() } else { &[] };
        let chart = LineChart { title: &caption, unit, across, lines: &lines, bands };
        let svg = line_svg(&chart, size, theme)?;
        pictures.push(LoadPicture { name, caption, svg });
        Ok::<(), ReportError>(())
    };
    for region in &regions {
        let windows: Vec<&Window> = load.windows.iter().filter(|window| window.region.as_deref() == *region).collect();
        let (suffix, words) = match region {
            Some(region) => (format!("_{}", stem(region)), format!(" from {region}")),
            None => (String::new(), String::new()),
        };
        let width = load.window_s.get();
        let rate = |name, kind, count: &dyn Fn(&Window) -> Option<u64>| Line {
            name,
            kind,
            points: merged(&windows, |some| {
                let counts: Option<Vec<u64>> = some.iter().map(|window| count(window)).collect();
                Some(counts?.iter().sum::<u64>() as f64 / (width * some.len() as f64))
            }),
        };
        let lines = [
            rate("offered", LineKind::Wanted, &|window| window.offered),
            rate("answered", LineKind::Main, &|window| Some(window.completed)),
            rate("failed", LineKind::High, &|window| Some(window.failed)),
        ];
        let caption = format!("Requests per second{words}, offered, answered and failed");
        add(format!("throughput{suffix}"), caption, Unit::PerSecond, Across::Seconds, &lines)?;
        let worst = |name, kind, value: &dyn Fn(&Window) -> Option<Finite>| Line {
            name,
            kind,
            // Percentiles cannot be merged; the worst of those drawn as one is shown.
            points: merged(&windows, |some| {
                some.iter().filter_map(|window| value(window)).map(Finite::get).reduce(f64::max)
            }),
        };
        let lines = [
            worst("p50", LineKind::Main, &|window| window.p50),
            worst("p95", LineKind::Middle, &|window| window.p95),
            worst("p99", LineKind::High, &|window| window.p99),
        ];
        let caption = format!("Latency over time{words}, of the requests that were due in each window");
        add(format!("latency{suffix}"), caption, Unit::Nanoseconds, Across::Seconds, &lines)?;
        let lines = [
            distribution("service", LineKind::Main, load, *region, |series| {
                series.service.clone().map(Distribution::Buckets)
            }),
            distribution("latency", LineKind::High, load, *region, |series| series.latency.clone()),
        ];
        let caption = format!("Latency by percentile{words}: from due (latency) and from the send (service)");
        add(format!("latency_distribution{suffix}"), caption, Unit::Nanoseconds, Across::Percent, &lines)?;
    }
    let usage = |name, kind, of: Source, value: &dyn Fn(&Usage) -> Option<f64>| Line {
        name,
        kind,
        points: load
            .usage
            .iter()
            .filter(|usage| usage.of == of)
            .map(|usage| (usage.at_s.get(), value(usage)))
            .collect(),
    };
    let cpu = |usage: &Usage| usage.cpu.map(Finite::get);
    let lines = [
        usage("service", LineKind::Main, Source::Service, &cpu),
        usage("generator", LineKind::Middle, Source::Generator, &cpu),
        usage("machine", LineKind::High, Source::Machine, &cpu),
    ];
    add("cpu".into(), "Processors in use: 1 is one busy processor".into(), Unit::Ratio, Across::Seconds, &lines)?;
    let memory = |usage: &Usage| usage.memory.map(|bytes| bytes as f64);
    let lines = [
        usage("service", LineKind::Main, Source::Service, &memory),
        usage("generator", LineKind::Middle, Source::Generator, &memory),
    ];
    add("memory".into(), "Resident memory".into(), Unit::Bytes, Across::Seconds, &lines)?;
    Ok(pictures)
}

/// Windows as points, several to a point where there are many.
fn merged(windows: &[&Window], value: impl Fn(&[&Window]) -> Option<f64>) -> Vec<(f64, Option<f64>)> {
    let each = windows.len().div_ceil(MOST).max(1);
    windows.chunks(each).filter_map(|some| Some((some.first()?.at_s.get(), value(some)))).collect()
}

/// All requests together, warm-up left out.
fn distribution<'a>(
    name: &'a str,
    kind: LineKind,
    load: &Load,
    region: Option<&str>,
    of: impl Fn(&Series) -> Option<Distribution>,
) -> Line<'a> {
    let warm_up = |phase: &str| load.phases.iter().any(|known| known.name == phase && known.warm_up);
    let mut series = load
        .series
        .iter()
        .filter(|series| !series.phase.as_deref().is_some_and(warm_up))
        .filter(|series| series.tags.get("region").map(String::as_str) == region)
        .filter_map(of);
    let first = series.next();
    let whole = series.fold(first, |whole, next| match (whole?, next) {
        (Distribution::Buckets(whole), Distribution::Buckets(next)) => Some(Distribution::Buckets(whole.merged(&next))),
        // What a tool printed cannot be merged.
        (Distribution::Summary(_), _) | (_, Distribution::Summary(_)) => None,
    });
    let points = match &whole {
        Some(Distribution::Buckets(buckets)) => {
            // The last nine needs as many values as it says.
            let most = 100.0 - 100.0 / buckets.count().max(1) as f64;
            let known = PERCENTS.into_iter().filter(|percent| *percent <= most.max(0.0));
            known.map(|percent| (percent, buckets.percentile(percent))).collect()
        }
        Some(Distribution::Summary(summary)) => {
            let mut points: Vec<_> = summary
                .percentiles
                .iter()
                .filter_map(|(percent, value)| Some((percent.parse::<f64>().ok()?, Some(value.get()))))
                .filter(|(percent, _)| (0.0..100.0).contains(percent))
                .collect();
            points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            points
        }
        None => Vec::new(),
    };
    Line { name, kind, points }
}

/// A region's name as a part of a file's name.
fn stem(region: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    region.chars().map(kept).take(40).collect()
}
