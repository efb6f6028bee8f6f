//! From judged metrics and circumstances to the status of a run, with its reasons. Must not know where any came from.

use std::collections::BTreeMap;

use bench_cli::words::{amount, count, list, thousands, times, unsigned_percent};
use bench_model::Direction;
use bench_model::config::OnRegression;
use bench_model::perf::Report;
use bench_model::run::{Mode, Purpose};
use bench_model::verdict::{
    GateJudgement, JudgedMetric, Judgement, LoadJudgement, Rule, Status, Together, Verdict, Violation,
};

use crate::compliance::Compliance;
use crate::floors::{FloorOutcome, SafetyMargin, floor_outcome, validate_performance_floors, worse_end};
use crate::plant::Found;
use crate::selection::Selection;
use crate::violations::generate_violation_reports;
use crate::waivers::Rulings;
use crate::{gate, load};

/// How many lines of one kind a judgement gives before it counts the rest; every metric still says its own `why`.
const LINES: usize = 10;

/// Everything that bears on the status.
pub(crate) struct Circumstances<'a> {
    pub(crate) report: &'a Report,
    /// The other side, measured in turns.
    pub(crate) base: Option<&'a Report>,
    /// What the comparison with the base side is for; `None` without one.
    pub(crate) purpose: Option<Purpose>,
    pub(crate) selection: &'a Selection<'a>,
    /// What was decided on a load run.
    pub(crate) load: Option<&'a LoadJudgement>,
    /// What was kept of the entry before.
    pub(crate) gate: Option<&'a GateJudgement>,
    /// Worst first.
    pub(crate) metrics: &'a [JudgedMetric],
    pub(crate) violations: &'a [Violation],
    pub(crate) compliance: Compliance,
    pub(crate) margins: Vec<SafetyMargin<'a>>,
    pub(crate) safety_margin: f64,
    pub(crate) rulings: &'a Rulings<'a>,
    pub(crate) on_regression: OnRegression,
    /// Metrics were not compared because every baseline belongs to another environment.
    pub(crate) other_epoch: bool,
    /// The mode of this environment's baseline, when there is none of the run's mode.
    pub(crate) other_mode: Option<Mode>,
    pub(crate) together: Option<&'a Together>,
    /// Losses since the anchor, for people.
    pub(crate) drifts: Vec<String>,
    pub(crate) plant: Option<&'a Found>,
    /// Warnings that no other part of the run gives.
    pub(crate) warnings: Vec<String>,
}

/// Reasons, each with the status it gives.
#[derive(Default)]
struct Reasons(Vec<(Status, String)>);

impl Reasons {
    fn add(&mut self, status: Status, text: impl Into<String>) {
        self.0.push((status, text.into()));
    }

    fn add_some(&mut self, status: Status, lines: impl IntoIterator<Item = String>, one: &str, many: &str) {
        self.0.extend(capped(lines, one, many).into_iter().map(|line| (status, line)));
    }
}

/// The first lines, and a line that counts the rest.
fn capped(lines: impl IntoIterator<Item = String>, one: &str, many: &str) -> Vec<String> {
    let mut lines = lines.into_iter();
    let mut first: Vec<_> = lines.by_ref().take(LINES).collect();
    let rest = lines.count();
    if rest > 0 {
        first.push(format!("and {}", count(rest, one, many)));
    }
    first
}

/// The status, its reasons (most serious first), and warnings.
pub(crate) fn decide(run: &Circumstances<'_>) -> (Status, Vec<String>, Vec<String>) {
    let mut reasons = Reasons::default();
    let mut warnings = Vec::new();
    let messages = generate_violation_reports(run.violations).into_iter().map(|report| report.message);
    reasons.add_some(Status::Fail, messages, "more violation", "more violations");
    for (status, line) in run.gate.map(gate::reasons).unwrap_or_default() {
        reasons.add(status, line);
    }
    match run.purpose {
        Some(Purpose::Noise) => false_alarms(run, &mut reasons),
        Some(Purpose::Plant) => {
            let problems = run.plant.map(|found| found.problems.clone()).unwrap_or_else(no_plant);
            reasons.add_some(Status::Fail, problems, "more like it", "more like it");
        }
        Some(Purpose::Change) | None if run.load.is_some() => load_run(run, &mut reasons, &mut warnings),
        Some(Purpose::Change) | None => {
            regressions(run, &mut reasons, &mut warnings);
            undecided(run, &mut reasons);
        }
    }
    one_sided(run, &mut reasons);
    incompleteness(run, &mut reasons, &mut warnings);
    floors_and_targets(run, &mut warnings);
    warnings.extend(capped(run.warnings.iter().cloned(), "more like it", "more like it"));
    warnings.extend(capped(run.selection.stray.iter().cloned(), "more like it", "more like it"));
    warnings.extend(run.report.warnings.iter().cloned());
    // They are added by seriousness.
    let Reasons(mut reasons) = reasons;
    reasons.sort_by_key(|(status, _)| std::cmp::Reverse(*status));
    let status = reasons.iter().map(|(status, _)| *status).max().unwrap_or(Status::Pass);
    (status, reasons.into_iter().map(|(_, text)| text).collect(), warnings)
}

fn no_plant() -> Vec<String> {
    vec!["the run does not say what delay was planted".into()]
}

/// Changes found where both sides are the same.
fn false_alarms(run: &Circumstances<'_>, reasons: &mut Reasons) {
    let called = run.metrics.iter().filter(|metric| matches!(metric.verdict, Verdict::Regressed | Verdict::Improved));
    let lines = called.map(|metric| {
        format!("`{}` came out {}, though both sides are the same: {}", metric.name, metric.verdict, metric.why)
    });
    reasons.add_some(Status::Warn, lines, "more false alarm", "more false alarms");
}

/// A load run: by its thresholds, its guards and the policy.
fn load_run(run: &Circumstances<'_>, reasons: &mut Reasons, warnings: &mut Vec<String>) {
    let Some(load) = run.load else { return };
    let refused = run.rulings.refused.values().cloned();
    reasons.add_some(Status::Fail, refused, "more beyond its waiver", "more beyond their waivers");
    let (failed, doubtful): (Vec<_>, Vec<_>) =
        load::reasons(load).into_iter().partition(|(status, _)| *status == Status::Fail);
    let lines = |reasons: Vec<(Status, String)>| reasons.into_iter().map(|(_, line)| line);
    reasons.add_some(Status::Fail, lines(failed), "more regression", "more regressions");
    reasons.add_some(Status::Warn, lines(doubtful), "more like it", "more like it");
    undecided_floors(run, reasons);
    if let Some(summary) = run.report.load.as_deref() {
        warnings.extend(capped(load::warnings(load, summary), "more like it", "more like it"));
    }
    let permitted = run.rulings.permitted.iter().cloned();
    warnings.extend(capped(permitted, "more waived regression", "more waived regressions"));
}

fn regressions(run: &Circumstances<'_>, reasons: &mut Reasons, warnings: &mut Vec<String>) {
    let status = match run.on_regression {
        OnRegression::Warn => Status::Warn,
        OnRegression::Fail => Status::Fail,
    };
    let regressed = || run.metrics.iter().filter(|metric| metric.verdict == Verdict::Regressed && !metric.waived);
    let refused = regressed().filter_map(|metric| run.rulings.refused.get(&metric.name).cloned());
    reasons.add_some(Status::Fail, refused, "more beyond its waiver", "more beyond their waivers");
    let counted = regressed()
        .filter(|metric| !run.rulings.refused.contains_key(&metric.name))
        .map(|metric| format!("`{}` regressed: {}", metric.name, metric.why));
    reasons.add_some(status, counted, "more regression", "more regressions");
    let permitted = run.rulings.permitted.iter().cloned();
    warnings.extend(capped(permitted, "more waived regression", "more waived regressions"));
}

/// Floors that could not be decided.
fn undecided_floors(run: &Circumstances<'_>, reasons: &mut Reasons) {
    let close = validate_performance_floors(run.metrics).into_iter().filter_map(|check| {
        let (metric, value, floor) = (check.metric, check.metric.value?, check.metric.floor?);
        let worse_end = worse_end(metric)?;
        (check.outcome == FloorOutcome::Undecided).then(|| {
            format!(
                "`{}` is {}, but its interval reaches {}, beyond the floor of {}",
                metric.name,
                amount(value, metric.unit),
                amount(worse_end, metric.unit),
                amount(floor, metric.unit)
            )
        })
    });
    reasons.add_some(Status::Warn, close, "more floor like it", "more floors like it");
}

/// Changes and floors that could not be decided.
fn undecided(run: &Circumstances<'_>, reasons: &mut Reasons) {
    undecided_floors(run, reasons);
    if let Some(together) = run.together {
        reasons.add(Status::Warn, moved_together(together));
    }
    let drifts = run.drifts.iter().cloned();
    reasons.add_some(Status::Warn, drifts, "more metric drifted", "more metrics drifted");
    if run.other_epoch {
        reasons.add(
            Status::Warn,
            "no baseline belongs to this environment, so nothing was compared with one; promote a run of this one, or \
             compare with --against",
        );
    }
    if let Some(mode) = run.other_mode {
        let (theirs, ours) = (mode.as_str(), run.report.plan.mode.as_str());
        reasons.add(
            Status::Warn,
            format!(
                "the baseline was measured in {theirs} mode and this run in {ours} mode, so they were not compared"
            ),
        );
    }
    open(run, reasons);
}

/// Inconclusive metrics, one reason for each cause.
fn open(run: &Circumstances<'_>, reasons: &mut Reasons) {
    let mut causes: BTreeMap<Cause, Vec<&JudgedMetric>> = BTreeMap::new();
    for metric in run.metrics.iter().filter(|metric| metric.verdict == Verdict::Inconclusive) {
        if let Some(cause) = cause(metric.rule) {
            causes.entry(cause).or_default().push(metric);
        }
    }
    for (cause, metrics) in causes {
        let names = list(metrics.iter().map(|metric| metric.name.as_str()));
        let changes = count(metrics.len(), "change", "changes");
        let is = if metrics.len() == 1 { "is" } else { "are" };
        let text = match cause {
            Cause::Noise => {
                let rounds = metrics.iter().filter_map(|metric| metric.more_rounds).max();
                let advice = rounds.map_or(String::new(), |rounds| {
                    let rounds = count(rounds as usize, "more round", "more rounds");
                    format!("; about {rounds} on each side would decide")
                });
                format!("{changes} {is} inconclusive: {names}{advice}")
            }
            Cause::TooFew => {
                let least = bench_stats::FEWEST_RUNS;
                format!("{changes} {is} inconclusive for want of rounds, at least {least} a side: {names}")
            }
            Cause::Unconfirmed => format!("{changes} {is} not confirmed by the second pass: {names}"),
            Cause::SecondPassMissing => {
                format!("{changes} {is} without a second pass of enough rounds, measure again: {names}")
            }
            Cause::BaseFailed => {
                let have = count(metrics.len(), "metric has", "metrics have");
                format!("{have} no value on the base side, where it failed or the metric is new: {names}")
            }
            Cause::BelowNoise => format!("{changes} {is} within the measured noise: {names}"),
            Cause::FalseDiscovery => format!("{changes} {is} beyond noise alone, but not among all tests: {names}"),
        };
        reasons.add(Status::Warn, text);
    }
}

/// Why metrics are inconclusive, as far as it takes a reason of its own; in the order of the reasons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Unconfirmed,
    SecondPassMissing,
    FalseDiscovery,
    Noise,
    BelowNoise,
    TooFew,
    BaseFailed,
}

const fn cause(rule: Rule) -> Option<Cause> {
    match rule {
        Rule::Unconfirmed => Some(Cause::Unconfirmed),
        Rule::SecondPassMissing => Some(Cause::SecondPassMissing),
        Rule::BelowNoise => Some(Cause::BelowNoise),
        Rule::FalseDiscovery => Some(Cause::FalseDiscovery),
        Rule::TooFewRounds => Some(Cause::TooFew),
        Rule::Paired
        | Rule::Interval
        | Rule::History
        | Rule::Policy
        | Rule::Exact
        | Rule::NotComparable
        | Rule::Expected => Some(Cause::Noise),
        Rule::NoBaseline => Some(Cause::BaseFailed),
        // Said once for all of them.
        Rule::OtherEpoch | Rule::OtherMode | Rule::MovedTogether => None,
    }
}

fn moved_together(together: &Together) -> String {
    let loss = together.loss.get();
    let (way, size) = (if loss > 0.0 { "worse" } else { "better" }, unsigned_percent(loss));
    format!(
        "{} of {} metrics came out {way} together, by {size} at the median: the environment changed, or something that \
         all share; --against tells them apart",
        thousands(together.metrics as usize),
        thousands(together.of as usize)
    )
}

/// What only the base side or the baseline holds and nobody demands. It is named, and is no violation: it may have been removed.
fn one_sided(run: &Circumstances<'_>, reasons: &mut Reasons) {
    let gone: Vec<_> = run
        .metrics
        .iter()
        .filter(|metric| metric.verdict == Verdict::Missing && metric.rule != Rule::Expected)
        .collect();
    // A load run lacks them all for one reason, which another line gives.
    if let ([first, _, ..], Some(_)) = (gone.as_slice(), run.load) {
        let number = thousands(gone.len());
        let line = format!("{number} metrics that the baseline holds are missing, such as `{}`", first.name);
        return reasons.add(Status::Warn, line);
    }
    let lines = gone.into_iter().map(|metric| format!("`{}` is missing: {}", metric.name, metric.why));
    reasons.add_some(Status::Warn, lines, "more on the base side only", "more on the base side only");
}

/// What the run did not do.
fn incompleteness(run: &Circumstances<'_>, reasons: &mut Reasons, warnings: &mut Vec<String>) {
    for (report, run, file) in [(Some(run.report), "run", "report"), (run.base, "base side", "base side")] {
        let Some(report) = report else { continue };
        if !report.complete {
            reasons.add(Status::Warn, format!("the {run} is incomplete: not every asked round ended by itself"));
        }
        if let Some(first) = report.errors.first() {
            let number = count(report.errors.len(), "error", "errors");
            reasons.add(Status::Warn, format!("the {file} has {number}, the first: {first}"));
        }
    }
    let selection = run.selection;
    let how = match &run.report.plan.filter {
        Some(filter) => format!("the filter `{filter}`"),
        None => "a partial run".into(),
    };
    if !selection.left_out_gates.is_empty() {
        let names = list(selection.left_out_gates.iter().map(String::as_str));
        reasons.add(Status::Warn, format!("{how} did not select what has a floor or is required: {names}"));
    }
    let others: Vec<_> = selection.left_out.difference(&selection.left_out_gates).map(String::as_str).collect();
    if !others.is_empty() {
        let number = thousands(others.len());
        warnings.push(format!("{how} did not select {number} that would be expected: {}", list(others)));
    }
    reasons.add_some(Status::Warn, selection.unchecked.iter().cloned(), "more not measured", "more not measured");
    let nothing_set = run.load.is_none_or(|load| !load::has_thresholds(load) && load.evaluable);
    if nothing_set
        && run.gate.is_none()
        && (!run.other_epoch || run.load.is_some())
        && run.violations.is_empty()
        && run.compliance.objectives == 0
        && nothing_compared(run.metrics)
    {
        let text = if run.load.is_some() {
            "there is nothing to judge against yet: the scenario sets no threshold, and no baseline is promoted"
        } else if run.metrics.is_empty() {
            "nothing was judged: the run reported no metric to judge"
        } else {
            "there is nothing to judge against yet: no floor is set, and no baseline is promoted"
        };
        reasons.add(Status::Warn, text);
    }
}

/// Advice that changes no status.
fn floors_and_targets(run: &Circumstances<'_>, warnings: &mut Vec<String>) {
    let thin = run.margins.iter().filter(|margin| !margin.enough && margin.margin >= 1.0).map(|margin| {
        let (name, wanted) = (&margin.metric.name, times(run.safety_margin));
        format!("`{name}` meets its floor {} over, where {wanted} is wanted for safety", times(margin.margin))
    });
    warnings.extend(capped(thin, "more thin margin", "more thin margins"));
    let short = run.metrics.iter().filter_map(|metric| {
        let (value, target) = (metric.value?, metric.target?);
        let (missed, relation) = match metric.direction {
            Direction::HigherIsBetter => (value.get() < target.get(), "below"),
            Direction::LowerIsBetter => (value.get() > target.get(), "above"),
        };
        let (name, unit) = (&metric.name, metric.unit);
        missed
            .then(|| format!("`{name}` is {}, {relation} its target of {}", amount(value, unit), amount(target, unit)))
    });
    warnings.extend(capped(short, "more target not reached", "more targets not reached"));
}

fn nothing_compared(metrics: &[JudgedMetric]) -> bool {
    // Memory that does not grow says nothing of what the service does.
    metrics.iter().all(|metric| metric.verdict == Verdict::New || load::is_growth(&metric.name))
}

/// Whether a metric's change or floor could not be decided, for those who demand a verdict.
pub fn is_undecided(metric: &JudgedMetric) -> bool {
    metric.verdict == Verdict::Inconclusive || floor_outcome(metric) == Some(FloorOutcome::Undecided)
}

/// Whether a judgement rests on nothing: no floor, no baseline, nothing that had to report.
pub fn nothing_was_judged(judgement: &Judgement) -> bool {
    judgement.violations.is_empty()
        && judgement.gate.is_none()
        && judgement.load.as_ref().is_none_or(|load| !load::has_thresholds(load))
        && nothing_compared(&judgement.metrics)
        && judgement.metrics.iter().all(|metric| metric.floor.is_none())
}
