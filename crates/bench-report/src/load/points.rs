//! Windows and distributions of a load run as points of lines. Must not know: how they are drawn.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::{Buckets, Distribution, Load, Quantile, Series, VIEW, Window};

/// More windows than this are merged for drawing: the eye sees no more.
const MOST: usize = 600;
/// Percentiles of a distribution's picture.
const PERCENTS: [f64; 20] = [
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.95, 99.99,
    99.999,
];

/// A place on the axis, and the value there, where there is one.
type Point = (f64, Option<f64>);

/// The windows of a run in order of time: those of one moment (one for each region) together, and several moments where there are many.
pub(super) struct Timeline<'a>(Vec<Slot<'a>>);

struct Slot<'a> {
    middle: f64,
    seconds: f64,
    windows: Vec<&'a Window>,
}

impl<'a> Timeline<'a> {
    /// Without what came after the last phase: nothing was due any more.
    pub(super) fn of(load: &'a Load) -> Self {
        let ends = load.phases.iter().map(|phase| phase.start_s.get() + phase.measured_s.get());
        let end = ends.reduce(f64::max).filter(|end| *end > 0.0).unwrap_or(f64::INFINITY);
        let starts = load.phases.iter().map(|phase| phase.start_s.get());
        let begin = starts.reduce(f64::min).filter(|begin| *begin < end).unwrap_or(f64::NEG_INFINITY);
        let width = load.window_s.get();
        let mut moments: BTreeMap<u64, Vec<&Window>> = BTreeMap::new();
        for window in load
            .windows
            .iter()
            .filter(|window| window.at_s.get() + 1e-6 < end && window.at_s.get() + width > begin + 1e-6)
        {
            moments.entry((window.at_s.get() * 1e3).round() as u64).or_default().push(window);
        }
        let moments: Vec<(f64, Vec<&Window>)> =
            moments.into_values().filter_map(|windows| Some((windows.first()?.at_s.get(), windows))).collect();
        let each = moments.len().div_ceil(MOST).max(1);
        let slot = |some: &[(f64, Vec<&'a Window>)]| {
            // The first and the last window may reach beyond the load.
            let lengths = some.iter().map(|(at, _)| ((at + width).min(end) - at.max(begin)).max(0.0));
            let (first, last) = (some.first()?.0, some.last()?.0);
            Some(Slot {
                middle: f64::midpoint(first.max(begin), (last + width).min(end)),
                seconds: lengths.sum(),
                windows: some.iter().flat_map(|(_, windows)| windows.iter().copied()).collect(),
            })
        };
        Self(moments.chunks(each).filter_map(slot).collect())
    }

    /// Counts per second, of a region or of all together; a gap where one was not counted.
    pub(super) fn per_second(&self, region: Option<&str>, count: fn(&Window) -> Option<u64>) -> Vec<Point> {
        self.points(region, |slot, windows| {
            let counts: Vec<u64> = windows.iter().map(|window| count(window)).collect::<Option<_>>()?;
            let sum = counts.into_iter().fold(0_u64, u64::saturating_add);
            (!windows.is_empty() && slot.seconds > 0.0).then(|| sum as f64 / slot.seconds)
        })
    }

    /// Percentiles cannot be merged; the worst of those drawn as one is shown.
    pub(super) fn worst(&self, region: Option<&str>, value: fn(&Window) -> Option<Finite>) -> Vec<Point> {
        self.points(region, |_, windows| {
            windows.iter().filter_map(|window| value(window)).map(Finite::get).reduce(f64::max)
        })
    }

    fn points(&self, region: Option<&str>, value: impl Fn(&Slot<'a>, &[&Window]) -> Option<f64>) -> Vec<Point> {
        let point = |slot: &Slot<'a>| {
            let of_region = |window: &&&Window| region.is_none() || window.region.as_deref() == region;
            let windows: Vec<&Window> = slot.windows.iter().filter(of_region).copied().collect();
            (slot.middle, value(slot, &windows))
        };
        self.0.iter().map(point).collect()
    }
}

/// Latencies by percentile, of all requests together, warm-up left out: from due, or from the send. Nothing where figures would have to be
/// merged that cannot be: those of several regions, or a tool's printed ones, unless it printed some for everything together.
pub(super) fn distribution(load: &Load, region: Option<&str>, from_send: bool) -> Vec<Point> {
    let warm_up = |phase: &str| load.phases.iter().any(|known| known.name == phase && known.warm_up);
    let of_region = |series: &&Series| series.tags.get("region").map(String::as_str) == region;
    let counted = |series: &&Series| !series.phase.as_deref().is_some_and(warm_up) && !series.tags.contains_key(VIEW);
    let series: Vec<&Series> = load.series.iter().filter(counted).filter(of_region).collect();
    if series.len() < load.series.iter().filter(counted).count() && region.is_none() {
        return Vec::new();
    }
    let found = series.iter().filter_map(|series| match from_send {
        true => series.service.clone().map(Distribution::Buckets),
        false => series.latency.clone(),
    });
    let whole = found.map(Some).reduce(|whole, next| match (whole?, next?) {
        (Distribution::Buckets(whole), Distribution::Buckets(next)) => Some(Distribution::Buckets(whole.merged(&next))),
        (Distribution::Summary(_), _) | (_, Distribution::Summary(_)) => None,
    });
    let everything = || load.series.iter().find(|series| series.tags.get(VIEW).is_some_and(|view| view == "all"));
    let printed = || everything().filter(|_| region.is_none() && !from_send)?.latency.clone();
    match whole.flatten().or_else(printed) {
        Some(Distribution::Buckets(buckets)) => {
            // Who was never answered is as slow as it gets, and has no place on the line.
            let open = series.iter().filter_map(|series| series.open.clone()).reduce(|sum, next| sum.merged(&next));
            counted_points(&buckets, open.as_ref())
        }
        Some(Distribution::Summary(summary)) => {
            let mut points: Vec<Point> = summary
                .percentiles
                .iter()
                .filter_map(|(percent, value)| Some((percent.parse::<f64>().ok()?, Some(value.get()))))
                .filter(|(percent, _)| (0.0..100.0).contains(percent))
                .collect();
            points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            points
        }
        None => Vec::new(),
    }
}

/// Percentiles that are known, up to as many nines as there are values for.
fn counted_points(buckets: &Buckets, open: Option<&Buckets>) -> Vec<Point> {
    let count = buckets.count().saturating_add(open.map_or(0, Buckets::count));
    let most = 100.0 - 100.0 / count.max(1) as f64;
    let known = PERCENTS.into_iter().filter(|percent| *percent <= most.max(0.0));
    known.map(|percent| (percent, buckets.percentile_beside(percent, open).and_then(Quantile::known))).collect()
}
