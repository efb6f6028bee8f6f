//! The pictures of a load run: latencies and rates over time, the distribution of latencies, what was in use. For the page of a run and
//! for files of their own. Must not know: what passed.

mod points;

use std::collections::BTreeSet;

use bench_model::load::{Load, Source, Usage, Window};
use bench_model::{Finite, Unit};

use crate::ReportError;
use crate::chart::{Across, Line, LineChart, LineKind, Span, Theme, line_svg};
use crate::visible::shown;
use points::{Timeline, distribution};

/// The kinds of lines that regions take in turn.
const KINDS: [LineKind; 4] = [LineKind::Main, LineKind::High, LineKind::Wanted, LineKind::Middle];
/// How many letters of a region's name stand beside its line.
const NAME: usize = 16;

/// A picture of a load run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadPicture {
    /// Its name as a file's stem: `latency`, `throughput`, `latency_distribution`, `cpu`, `memory`, or a region behind the first three.
    pub name: String,
    /// The region that it shows alone, where a scenario has regions.
    pub region: Option<String>,
    /// What it shows, in a line.
    pub caption: String,
    /// The drawing.
    pub svg: String,
}

/// Every picture that there are numbers for, each with a name of its own: the run's first, then those of single regions.
///
/// # Errors
/// [`ReportError::Chart`] when the backend refuses.
pub fn load_pictures(load: &Load, size: (u32, u32), theme: Theme) -> Result<Vec<LoadPicture>, ReportError> {
    let mut all = Pictures { bands: bands(load), size, theme, names: BTreeSet::new(), made: Vec::new() };
    let timeline = Timeline::of(load);
    let regions = regions(load);
    match regions.as_slice() {
        [] => all.latency_and_rate(&timeline, None)?,
        several => {
            let names: Vec<String> = several.iter().map(|region| short(region)).collect();
            let lines: Vec<Line<'_>> = several
                .iter()
                .zip(&names)
                .zip(KINDS.iter().cycle())
                .map(|((region, name), kind)| Line {
                    name,
                    kind: *kind,
                    points: timeline.worst(Some(region), |window| window.p95),
                })
                .collect();
            let caption = "Latency over time: p95 of what was due then, by region".to_owned();
            all.add("latency", None, caption, Unit::Nanoseconds, Across::Seconds, &lines)?;
            all.rate(&timeline, None)?;
        }
    }
    all.by_percentile(load, None)?;
    all.usage(load)?;
    for region in regions {
        all.latency_and_rate(&timeline, Some(region))?;
        all.by_percentile(load, Some(region))?;
    }
    Ok(all.made)
}

/// Regions in order of their names.
fn regions(load: &Load) -> Vec<&str> {
    let windows = load.windows.iter().filter_map(|window| window.region.as_deref());
    let series = load.series.iter().filter_map(|series| series.tags.get("region").map(String::as_str));
    windows.chain(series).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Phases as stretches of the axis.
fn bands(load: &Load) -> Vec<(String, f64, f64)> {
    let band = |phase: &bench_model::load::LoadPhase| {
        let from = phase.start_s.get();
        (shown(&phase.name), from, from + phase.measured_s.get())
    };
    load.phases.iter().map(band).collect()
}

/// A region's name beside its line.
fn short(region: &str) -> String {
    let whole = shown(region);
    let cut: String = whole.chars().take(NAME).collect();
    if cut.len() < whole.len() { cut + "…" } else { cut }
}

/// ` from us-east`, or nothing.
fn from(region: Option<&str>) -> String {
    region.map(|region| format!(" from {}", shown(region))).unwrap_or_default()
}

struct Pictures {
    bands: Vec<(String, f64, f64)>,
    size: (u32, u32),
    theme: Theme,
    names: BTreeSet<String>,
    made: Vec<LoadPicture>,
}

impl Pictures {
    fn latency_and_rate(&mut self, timeline: &Timeline<'_>, region: Option<&str>) -> Result<(), ReportError> {
        let worst = |name, kind, value: fn(&Window) -> Option<Finite>| Line {
            name,
            kind,
            points: timeline.worst(region, value),
        };
        let lines = [
            worst("p50", LineKind::Main, |window| window.p50),
            worst("p95", LineKind::Middle, |window| window.p95),
            worst("p99", LineKind::High, |window| window.p99),
        ];
        let caption = format!("Latency over time{}, of what was due then", from(region));
        self.add("latency", region, caption, Unit::Nanoseconds, Across::Seconds, &lines)?;
        self.rate(timeline, region)
    }

    fn rate(&mut self, timeline: &Timeline<'_>, region: Option<&str>) -> Result<(), ReportError> {
        let rate = |name, kind, count: fn(&Window) -> Option<u64>| Line {
            name,
            kind,
            points: timeline.per_second(region, count),
        };
        let lines = [
            rate("due", LineKind::Wanted, |window| window.offered),
            rate("answered", LineKind::Main, |window| Some(window.completed)),
            rate("failed", LineKind::High, |window| Some(window.failed)),
        ];
        let caption = format!("Requests per second{}", from(region));
        self.add("throughput", region, caption, Unit::PerSecond, Across::Seconds, &lines)
    }

    fn by_percentile(&mut self, load: &Load, region: Option<&str>) -> Result<(), ReportError> {
        let due = if load.engine.times_from_due { "from due" } else { "latency" };
        let lines = [
            Line { name: "from send", kind: LineKind::Main, points: distribution(load, region, true) },
            Line { name: due, kind: LineKind::High, points: distribution(load, region, false) },
        ];
        let caption = format!("Latency by percentile{}", from(region));
        self.add("latency_distribution", region, caption, Unit::Nanoseconds, Across::Percent, &lines)
    }

    fn usage(&mut self, load: &Load) -> Result<(), ReportError> {
        let used = |name, kind, of: Source, value: fn(&Usage) -> Option<f64>| Line {
            name,
            kind,
            points: load
                .usage
                .iter()
                .filter(|usage| usage.of == of)
                .map(|usage| (usage.at_s.get(), value(usage)))
                .collect(),
        };
        let cpu: fn(&Usage) -> Option<f64> = |usage| usage.cpu.map(Finite::get);
        let lines = [
            used("service", LineKind::Main, Source::Service, cpu),
            used("generator", LineKind::Middle, Source::Generator, cpu),
            used("machine", LineKind::High, Source::Machine, cpu),
        ];
        let caption = "Processors in use; 100 % is one of them".to_owned();
        self.add("cpu", None, caption, Unit::Ratio, Across::Seconds, &lines)?;
        let memory: fn(&Usage) -> Option<f64> = |usage| usage.memory.map(|bytes| bytes as f64);
        let lines = [
            used("service", LineKind::Main, Source::Service, memory),
            used("generator", LineKind::Middle, Source::Generator, memory),
        ];
        self.add("memory", None, "Memory in use".to_owned(), Unit::Bytes, Across::Seconds, &lines)
    }

    /// Draws what has values; without any there is no picture.
    fn add(
        &mut self,
        name: &str,
        region: Option<&str>,
        caption: String,
        unit: Unit,
        across: Across,
        lines: &[Line<'_>],
    ) -> Result<(), ReportError> {
        let drawn = |line: &&Line<'_>| line.points.iter().any(|(_, value)| value.is_some());
        let lines: Vec<Line<'_>> = lines.iter().filter(drawn).cloned().collect();
        if lines.is_empty() {
            return Ok(());
        }
        let bands: Vec<Span<'_>> = match across {
            Across::Seconds => self.bands.iter().map(|(name, from, to)| Span { name, from: *from, to: *to }).collect(),
            Across::Percent => Vec::new(),
        };
        let chart = LineChart { title: &caption, unit, across, lines: &lines, bands: &bands };
        let svg = line_svg(&chart, self.size, self.theme)?;
        let wanted = region.map_or_else(|| name.to_owned(), |region| format!("{name}_{}", stem(region)));
        let name = unique(&wanted, &mut self.names);
        self.made.push(LoadPicture { name, region: region.map(str::to_owned), caption, svg });
        Ok(())
    }
}

/// A name of a record as a part of a file's name: up to 60 letters of `A-Z a-z 0-9 . -`, others as `_`, and no dot in front.
pub fn stem(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
    let stem: String = name.chars().map(kept).take(60).collect();
    if stem.starts_with('.') { format!("_{stem}") } else { stem }
}

/// `wanted`, or with a number behind it where it is taken: names that differ must not become one file. Case does not tell files apart.
pub fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let free = |name: &String| !taken.contains(&name.to_lowercase());
    let numbered = (2..).map(|number: u32| format!("{wanted}_{number}"));
    let name = std::iter::once(wanted.to_owned()).chain(numbered).find(free).unwrap_or_default();
    taken.insert(name.to_lowercase());
    name
}
