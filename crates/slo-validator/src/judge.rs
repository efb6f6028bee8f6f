//! The one pure function from a report to a judgement, and how one metric is assessed.

use bench_cli::words::{amount, count, percent, unsigned_percent};
use bench_model::config::{Judge, Thresholds};
use bench_model::ledger::{Baseline, Promotion};
use bench_model::perf::Report;
use bench_model::run::Mode;
use bench_model::verdict::{BaselineRef, JudgedMetric, Judgement, Rule, SCHEMA, Verdict, Violation};
use bench_model::{Finite, Sha256, Unit};

use crate::compliance::calculate_slo_compliance;
use crate::error::ThresholdProblem;
use crate::floors::calculate_safety_margins;
use crate::order::worst_first;
use crate::regression::{Finding, detect_performance_regression};
use crate::selection::{Selection, Subject, select};
use crate::status::{Circumstances, decide};
use crate::summary::summarise_in_one_line;
use crate::violations::detect_slo_violations;
use crate::waivers::{Ruling, Waivers};

/// Judges a report. Pure: equal inputs give an equal judgement.
///
/// `baseline` is what the ledger held before this run, `perf_sha256` the digest of the report's file. Judged are
/// primary metrics, headlines, those with thresholds, and those that the baseline holds. Thresholds that cannot be
/// applied (see [`threshold_problems`]) are violations: a gate that cannot be checked is not met.
pub fn judge(
    report: &Report,
    baseline: Option<&Baseline>,
    thresholds: &Thresholds,
    settings: &Judge,
    perf_sha256: &Sha256,
) -> Judgement {
    let history = History::of(report, baseline);
    let selection = select(report, history.promotion, thresholds);
    let mut metrics: Vec<JudgedMetric> =
        selection.subjects.iter().map(|subject| assess(subject, &history, settings)).collect();
    metrics.sort_by(worst_first);
    let waivers = Waivers::new(baseline.map(|baseline| baseline.waivers.as_slice()).unwrap_or_default());
    for metric in &mut metrics {
        metric.waived = matches!(waivers.ruling(metric), Ruling::Waived(_));
    }
    let mut violations: Vec<Violation> = selection.problems.iter().filter_map(misapplied).collect();
    violations.extend(detect_slo_violations(&metrics));
    let circumstances = Circumstances {
        report,
        selection: &selection,
        metrics: &metrics,
        violations: &violations,
        compliance: calculate_slo_compliance(&metrics),
        margins: calculate_safety_margins(&metrics, thresholds.safety_margin),
        safety_margin: thresholds.safety_margin,
        waivers,
        on_regression: settings.on_regression,
        other_epoch: history.is_other_epoch,
        other_mode: history.other_mode,
    };
    let (status, reasons, warnings) = decide(&circumstances);
    Judgement {
        schema: SCHEMA.to_owned(),
        run_id: report.run_id.clone(),
        perf_sha256: perf_sha256.clone(),
        status,
        summary: summarise_in_one_line(report, &metrics, status),
        reasons,
        baseline: history.promotion.zip(baseline).map(|(promotion, baseline)| BaselineRef {
            run_id: promotion.run_id.clone(),
            commit: Some(promotion.commit.clone()),
            epoch: promotion.epoch.clone(),
            ledger_head: baseline.ledger_head.clone(),
        }),
        headline: report.headline.clone(),
        warnings,
        violations,
        metrics,
    }
}

/// The thresholds that cannot be applied to the metrics they name: another kind of unit, one metric named twice, or
/// a name that no metric can have.
pub fn threshold_problems(
    report: &Report,
    baseline: Option<&Baseline>,
    thresholds: &Thresholds,
) -> Vec<ThresholdProblem> {
    let Selection { problems, .. } = select(report, History::of(report, baseline).promotion, thresholds);
    problems
}

/// What the run may be compared with.
struct History<'a> {
    /// The promotion of the run's own epoch and mode.
    promotion: Option<&'a Promotion>,
    /// There are baselines, but none for this epoch.
    is_other_epoch: bool,
    /// There are baselines of this epoch, but none of this mode: the mode of the first.
    other_mode: Option<Mode>,
}

impl<'a> History<'a> {
    fn of(report: &Report, baseline: Option<&'a Baseline>) -> Self {
        let found = baseline.and_then(|baseline| baseline.promotion.as_ref());
        // A baseline file made for another run must not be compared with silently, either.
        let (epoch, mode) = (&report.provenance.epoch, report.plan.mode);
        let promotion = found.filter(|promotion| promotion.epoch == *epoch && promotion.mode == mode);
        if promotion.is_some() {
            return Self { promotion, is_other_epoch: false, other_mode: None };
        }
        let listed = baseline.into_iter().flat_map(|baseline| &baseline.others).map(|other| (&other.epoch, other.mode));
        let mut others = found.map(|promotion| (&promotion.epoch, promotion.mode)).into_iter().chain(listed).peekable();
        let any = others.peek().is_some();
        let other_mode = others.find(|(other, _)| *other == epoch).map(|(_, mode)| mode);
        Self { promotion, is_other_epoch: any && other_mode.is_none(), other_mode }
    }
}

/// A threshold that cannot be applied, as a violation.
fn misapplied(problem: &ThresholdProblem) -> Option<Violation> {
    let fallback = || "unusable threshold".parse().ok();
    let unit = match problem {
        ThresholdProblem::Unit { metric_unit, .. } => *metric_unit,
        ThresholdProblem::Twice { .. } | ThresholdProblem::Name { .. } => Unit::Ratio,
    };
    Some(Violation {
        metric: problem.metric().cloned().or_else(fallback)?,
        message: format!("{}: {problem}", bench_model::Code::Config),
        value: None,
        floor: None,
        unit,
    })
}

/// The verdict on one metric, with everything it was made from.
fn assess(subject: &Subject<'_>, history: &History<'_>, settings: &Judge) -> JudgedMetric {
    let (finding, why) = compared(subject, history, settings);
    let limit = |limit: Option<bench_model::Quantity>| limit.and_then(|limit| Finite::try_from(limit.value).ok());
    let (value, floor) = (subject.measured.map(|metric| metric.value), limit(subject.limits.floor));
    let comparable = subject.promoted.filter(|promoted| promoted.unit == subject.unit);
    JudgedMetric {
        name: subject.name.clone().into_owned(),
        verdict: finding.verdict,
        unit: subject.unit,
        direction: subject.direction,
        value,
        interval: subject.measured.and_then(|metric| metric.interval),
        rounds: subject.measured.map_or(0, |metric| u32::try_from(metric.rounds.len()).unwrap_or(u32::MAX)),
        baseline: comparable.map(|promoted| promoted.value),
        change: finding.change,
        threshold: Finite::try_from(subject.limits.regression).unwrap_or_default(),
        floor,
        target: limit(subject.limits.target),
        margin: value.zip(floor).and_then(|(value, floor)| crate::floors::margin(value, floor, subject.direction)),
        rule: finding.rule,
        waived: false,
        why,
        more_rounds: finding.more_rounds,
    }
}

/// The comparison of one metric with its baseline, and why it came out so.
fn compared(subject: &Subject<'_>, history: &History<'_>, settings: &Judge) -> (Finding, String) {
    let without = |verdict, rule| Finding { verdict, rule, change: None, more_rounds: None };
    let Some(metric) = subject.measured else {
        let why = format!("it did not report, and {}", subject.demanded_by);
        return (without(Verdict::Missing, Rule::Expected), why);
    };
    let Some(promoted) = subject.promoted else {
        return if history.other_mode.is_some() {
            let why = "the baseline was measured in another mode, and values of two are not compared";
            (without(Verdict::Inconclusive, Rule::OtherMode), why.into())
        } else if history.is_other_epoch {
            let why = "every baseline belongs to another environment, and values of two are not compared";
            (without(Verdict::Inconclusive, Rule::OtherEpoch), why.into())
        } else {
            (without(Verdict::New, Rule::NoBaseline), "no baseline holds it".into())
        };
    };
    if promoted.unit != metric.unit || promoted.direction != metric.direction {
        let what = if promoted.unit == metric.unit { "improves in another direction" } else { "has another unit" };
        let why = format!("it {what} than in the baseline ({} there, {} here)", promoted.unit, metric.unit);
        return (without(Verdict::Inconclusive, Rule::NotComparable), why);
    }
    let values = |rounds: &[Finite]| rounds.iter().map(|value| value.get()).collect::<Vec<f64>>();
    let (before, now) = (values(&promoted.rounds), values(&metric.rounds));
    let threshold = subject.limits.regression;
    let finding = detect_performance_regression(&before, &now, metric.direction, threshold, settings.confidence);
    let why = explain(&finding, subject, (before.len(), now.len()), metric.value, promoted.value);
    (finding, why)
}

/// One sentence for people, with numbers and units.
fn explain(
    finding: &Finding,
    subject: &Subject<'_>,
    rounds: (usize, usize),
    value: Finite,
    baseline: Finite,
) -> String {
    let sides = format!("{} against a baseline of {}", amount(value, subject.unit), amount(baseline, subject.unit));
    let threshold = unsigned_percent(subject.limits.regression);
    let Some(change) = finding.change else {
        return match rounds {
            (0, _) | (_, 0) => format!("{sides}: a side has no rounds to compare"),
            _ => format!("{sides}: a ratio of values that are not all above 0 means nothing"),
        };
    };
    let moved = percent(change.value.get());
    let spread = change.interval.map_or(String::new(), |interval| {
        let (lower, upper) = (percent(interval.lower.get()), percent(interval.upper.get()));
        format!(" ({} interval {lower} to {upper})", unsigned_percent(interval.level.get()))
    });
    let fact = format!("{sides}: {moved}{spread}");
    match (finding.verdict, finding.rule) {
        (Verdict::Regressed, Rule::Exact) => format!("{fact} without any spread, a loss beyond {threshold}"),
        (Verdict::Regressed, _) => format!("{fact}, a loss beyond noise and beyond {threshold}"),
        (Verdict::Improved, Rule::Exact) => format!("{fact} without any spread, a gain beyond {threshold}"),
        (Verdict::Improved, _) => format!("{fact}, a gain beyond noise and beyond {threshold}"),
        (Verdict::Unchanged, Rule::Exact) => format!("{fact} without any spread, within {threshold}"),
        (Verdict::Unchanged, _) => format!("{fact}, all of it within {threshold}"),
        (_, Rule::TooFewRounds) => format!(
            "{fact} from {} here and {} in the baseline; the spread needs at least 2 on each side",
            count(rounds.1, "round", "rounds"),
            rounds.0
        ),
        _ => match finding.more_rounds {
            Some(more) => format!(
                "{fact}, neither beyond noise and {threshold} nor all within it; about {} on each side would decide",
                count(more as usize, "more round", "more rounds")
            ),
            None => format!(
                "{fact}, neither beyond noise and {threshold} nor all within it; no practical number of rounds would decide"
            ),
        },
    }
}
