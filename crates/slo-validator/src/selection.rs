//! Which metrics are judged, with which limits, and which of them are absent. Must not know verdicts.

mod limits;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bench_model::config::{MetricThreshold, Resolved, Thresholds};
use bench_model::ledger::{LedgerMetric, Promotion};
use bench_model::perf::{Metric, Report};
use bench_model::{Direction, MetricName, Unit};

use crate::error::ThresholdProblem;
use limits::{benchmark_of, entries, limits, unit_of, usual_direction};

/// One metric to judge.
pub(crate) struct Subject<'a> {
    pub(crate) name: Cow<'a, MetricName>,
    pub(crate) unit: Unit,
    pub(crate) direction: Direction,
    /// `None` when it had to report and did not.
    pub(crate) measured: Option<&'a Metric>,
    pub(crate) promoted: Option<&'a LedgerMetric>,
    /// On the other side of a comparison.
    pub(crate) base: Option<&'a Metric>,
    pub(crate) limits: Resolved,
    /// Who demands it, when it is absent.
    pub(crate) demand: Demand,
}

/// Who demands that a metric reports. The later one counts where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Demand {
    /// Nobody.
    Nobody,
    /// Nobody, but the base side reported it.
    BaseSide,
    /// The settings, which name its benchmark.
    Settings,
    /// The baseline.
    Baseline,
    /// The thresholds.
    Thresholds,
}

impl Demand {
    /// In words, after "it did not report, and".
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Nobody => "nobody demands it",
            Self::BaseSide => "the base side did",
            Self::Settings => "the settings expect its benchmark",
            Self::Baseline => "the baseline holds it",
            Self::Thresholds => "the thresholds require it",
        }
    }
}

/// Everything to judge, and what cannot be.
#[derive(Default)]
pub(crate) struct Selection<'a> {
    pub(crate) subjects: Vec<Subject<'a>>,
    /// Left out of a filtered or partial run, ordered.
    pub(crate) left_out: BTreeSet<String>,
    /// Those of them with a floor or required.
    pub(crate) left_out_gates: BTreeSet<String>,
    /// Headlines and optional floors without a measurement, in a run that left nothing out.
    pub(crate) unchecked: Vec<String>,
    /// Entries of the thresholds that name nothing.
    pub(crate) stray: Vec<String>,
    pub(crate) problems: Vec<ThresholdProblem>,
}

/// A metric that did not report.
struct Absent<'a> {
    benchmark: &'a str,
    promoted: Option<&'a LedgerMetric>,
    base: Option<&'a Metric>,
    demand: Demand,
}

impl<'a> Absent<'a> {
    const fn new(benchmark: &'a str) -> Self {
        Self { benchmark, promoted: None, base: None, demand: Demand::Nobody }
    }
}

/// Chooses what is judged: primary metrics, those with thresholds or that the gate names, headlines, and what the baseline or the base side holds.
///
/// In a filtered or partial run, a benchmark of which nothing reported was left out on purpose: the filter is
/// the harness's and is not evaluated again here. A benchmark of which something reported was selected, so that a
/// measure of it that is gone is missing even then; and so was what the base side reported under the same filter.
pub(crate) fn select<'a>(
    report: &'a Report,
    base: Option<&'a Report>,
    promotion: Option<&'a Promotion>,
    thresholds: &'a Thresholds,
) -> Selection<'a> {
    let mut selection = Selection::default();
    let known = Known::of(report, base, promotion, thresholds, &mut selection.problems);
    known.add_present(&mut selection);
    let absent = known.absent();
    known.add_absent(&absent, &mut selection);
    known.check_headlines(&absent, &mut selection);
    known.check_entries(&absent, &mut selection);
    selection
}

/// What there is of every metric, by its full name.
struct Known<'a> {
    report: &'a Report,
    thresholds: &'a Thresholds,
    entries: BTreeMap<&'a str, &'a MetricThreshold>,
    headlines: BTreeSet<&'a str>,
    promoted: BTreeMap<&'a str, &'a LedgerMetric>,
    on_base: BTreeMap<&'a str, &'a Metric>,
    measured: BTreeSet<&'a str>,
    /// Benchmarks of which something reported.
    reported: BTreeSet<String>,
    /// Benchmarks that the base side reported, if it was asked for the same.
    selected: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(
        report: &'a Report,
        base: Option<&'a Report>,
        promotion: Option<&'a Promotion>,
        thresholds: &'a Thresholds,
        problems: &mut Vec<ThresholdProblem>,
    ) -> Self {
        let by_name = |report: Option<&'a Report>| -> BTreeMap<&'a str, &'a Metric> {
            report.into_iter().flat_map(|report| &report.metrics).map(|metric| (metric.name.as_str(), metric)).collect()
        };
        let asked = |report: &Report| (report.plan.partial, report.plan.filter.clone());
        let same = base.filter(|base| asked(base) == asked(report));
        Self {
            report,
            thresholds,
            entries: entries(report, thresholds, problems),
            headlines: report.headline.iter().map(|headline| headline.metric.as_str()).collect(),
            promoted: promotion.into_iter().flat_map(|p| &p.metrics).map(|m| (m.name.as_str(), m)).collect(),
            on_base: by_name(base),
            measured: report.metrics.iter().map(|metric| metric.name.as_str()).collect(),
            reported: report.metrics.iter().map(|metric| metric.benchmark.to_string()).collect(),
            selected: by_name(same).into_keys().map(benchmark_of).collect(),
        }
    }

    /// Whether a run that was not asked for everything was not asked for this.
    fn was_left_out(&self, benchmark: &str) -> bool {
        let selective = self.report.plan.partial || self.report.plan.filter.is_some();
        selective && !self.reported.contains(benchmark) && !self.selected.contains(benchmark)
    }

    /// Whether anybody but the harness names a metric.
    fn is_named(&self, name: &str) -> bool {
        let gate = self.thresholds.gate.iter().flat_map(|gate| &gate.keep);
        self.entries.contains_key(name)
            || self.promoted.contains_key(name)
            || self.headlines.contains(name)
            || gate.into_iter().any(|keep| keep.metric.as_str() == name)
    }

    fn add_present(&self, selection: &mut Selection<'a>) {
        for metric in &self.report.metrics {
            let name = metric.name.as_str();
            let (promoted, base) = (self.promoted.get(name).copied(), self.on_base.get(name).copied());
            if metric.primary || base.is_some_and(|base| base.primary) || self.is_named(name) {
                let entry = self.entries.get(name).copied();
                let limits = limits(&metric.name, metric.unit, entry, self.thresholds, &mut selection.problems);
                let (unit, direction, demand) = (metric.unit, metric.direction, Demand::Nobody);
                let (name, measured) = (Cow::Borrowed(&metric.name), Some(metric));
                selection.subjects.push(Subject { name, unit, direction, measured, promoted, base, limits, demand });
            }
        }
    }

    /// What did not report although the base side did, or somebody demands it.
    fn absent(&self) -> BTreeMap<&'a str, Absent<'a>> {
        let mut absent: BTreeMap<&'a str, Absent<'a>> = BTreeMap::new();
        for (&name, metric) in self.on_base.iter().filter(|(name, _)| !self.measured.contains(**name)) {
            if metric.primary || self.is_named(name) {
                let (base, demand) = (Some(*metric), Demand::BaseSide);
                absent.insert(name, Absent { base, demand, ..Absent::new(benchmark_of(name)) });
            }
        }
        for (&name, metric) in self.promoted.iter().filter(|(name, _)| !self.measured.contains(**name)) {
            let absent = absent.entry(name).or_insert(Absent::new(benchmark_of(name)));
            (absent.promoted, absent.demand) = (Some(*metric), Demand::Baseline);
        }
        for (&name, entry) in &self.entries {
            if entry.required && !self.measured.contains(name) {
                absent.entry(name).or_insert(Absent::new(benchmark_of(name))).demand = Demand::Thresholds;
            }
        }
        self.expect(&mut absent);
        absent
    }

    /// Adds benchmarks that the settings expect, unless one of their metrics is demanded already.
    fn expect(&self, absent: &mut BTreeMap<&'a str, Absent<'a>>) {
        let demanded = absent.values().filter(|absent| absent.demand > Demand::BaseSide);
        let covered: BTreeSet<&str> = demanded.map(|absent| absent.benchmark).collect();
        let mut expected: BTreeSet<&'a str> = self.report.expected.iter().map(String::as_str).collect();
        expected.retain(|benchmark| !self.reported.contains(*benchmark) && !covered.contains(benchmark));
        for absent in absent.values_mut().filter(|absent| expected.contains(absent.benchmark)) {
            absent.demand = Demand::Settings;
        }
        let named: BTreeSet<&str> = absent.values().map(|absent| absent.benchmark).collect();
        for benchmark in expected.difference(&named) {
            absent.insert(benchmark, Absent { demand: Demand::Settings, ..Absent::new(benchmark) });
        }
    }

    fn add_absent(&self, absent: &BTreeMap<&'a str, Absent<'a>>, selection: &mut Selection<'a>) {
        for (&name, absent) in absent {
            let entry = self.entries.get(name).copied();
            if self.was_left_out(absent.benchmark) {
                selection.left_out.insert(name.to_string());
                if entry.is_some_and(|entry| entry.required || entry.floor.is_some()) {
                    selection.left_out_gates.insert(name.to_string());
                }
                continue;
            }
            let Ok(metric_name) = name.parse::<MetricName>() else {
                selection.problems.push(ThresholdProblem::Name { name: name.to_string() });
                continue;
            };
            let known = absent.base.map(|metric| (metric.unit, metric.direction));
            let known = known.or(absent.promoted.map(|metric| (metric.unit, metric.direction)));
            let (unit, direction) = known.unwrap_or_else(|| {
                let unit = unit_of(name, entry, self.report);
                (unit, usual_direction(unit))
            });
            let limits = limits(&metric_name, unit, entry, self.thresholds, &mut selection.problems);
            let Absent { promoted, base, demand, .. } = *absent;
            let name = Cow::Owned(metric_name);
            selection.subjects.push(Subject { name, unit, direction, measured: None, promoted, base, limits, demand });
        }
    }

    /// Headlines that nobody demands and that were not measured.
    fn check_headlines(&self, absent: &BTreeMap<&str, Absent<'_>>, selection: &mut Selection<'a>) {
        for headline in &self.report.headline {
            let name = headline.metric.as_str();
            if self.measured.contains(name) || absent.contains_key(name) {
                continue;
            }
            if self.was_left_out(benchmark_of(name)) {
                selection.left_out.insert(name.to_owned());
            } else {
                let text = format!("the headline {} (`{name}`) was not measured", headline.label);
                selection.unchecked.push(text);
            }
        }
    }

    /// Entries of the thresholds whose metric nobody demands and that was not measured.
    fn check_entries(&self, absent: &BTreeMap<&str, Absent<'_>>, selection: &mut Selection<'a>) {
        for (&name, entry) in &self.entries {
            if self.measured.contains(name) || absent.contains_key(name) {
                continue;
            }
            match (entry.floor, self.was_left_out(benchmark_of(name))) {
                (Some(_), true) => {
                    selection.left_out.insert(name.to_owned());
                    selection.left_out_gates.insert(name.to_owned());
                }
                (Some(_), false) => {
                    let text = format!("the floor of `{}` was not checked: it was not measured", entry.name);
                    selection.unchecked.push(text);
                }
                (None, true) => {}
                (None, false) if self.headlines.contains(name) => {}
                (None, false) => {
                    let text = format!("the thresholds name `{}`, which is no metric of this run", entry.name);
                    selection.stray.push(text);
                }
            }
        }
    }
}
