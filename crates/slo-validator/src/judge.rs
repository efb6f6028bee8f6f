//! The one pure function from a report, and all that it is held against, to a judgement.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::ledger::NoiseMetric;
use bench_model::perf::Report;
use bench_model::run::{Planted, Purpose};
use bench_model::verdict::{JudgedMetric, Judgement, Rule, SCHEMA, Together, Violation, WaiverOutcome};
use bench_model::{MetricName, Unit};

use crate::case::Case;
use crate::compliance::calculate_slo_compliance;
use crate::error::ThresholdProblem;
use crate::evidence::{anchor, gather, history};
use crate::floors::calculate_safety_margins;
use crate::grounds::Grounds;
use crate::inputs::Inputs;
use crate::load::Loaded;
use crate::order::worst_first;
use crate::plant::Found;
use crate::selection::{Selection, Subject, select};
use crate::status::{Circumstances, decide};
use crate::summary::summarise_in_one_line;
use crate::violations::detect_slo_violations;
use crate::waivers::Rulings;
use crate::{Levels, confirmation, discovery, drift, gate, load, names, noise, plant, together, waivers};

/// A judgement, and the thresholds that could not be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The judgement.
    pub judgement: Judgement,
    /// Thresholds of another kind of unit, for one metric named twice, or with a name that no metric can have. Each is a
    /// violation in the judgement, too: a gate that cannot be checked is not met.
    pub threshold_problems: Vec<ThresholdProblem>,
}

/// Judges a report. Pure: equal inputs give an equal judgement.
///
/// Judged are primary metrics, headlines, those with thresholds, and those that the baseline or the base side holds. Each
/// is compared with the best there is (see [`Inputs`]): the other side measured in turns, else the baseline of the same
/// environment and mode, else the last stable segment of earlier runs. The reports are taken to belong together; see
/// [`check_sides`](crate::check_sides) and [`check_second`](crate::check_second).
pub fn judge(inputs: &Inputs<'_>) -> Judged {
    let grounds = Grounds::of(inputs);
    let (report, base) = (inputs.head.report, grounds.base.map(|(base, _)| base.report));
    let levels = Levels::new(inputs.settings.confidence, inputs.settings.verdict_confidence);
    let thresholds = load::own_thresholds(report, inputs.thresholds);
    let loaded = Loaded::of(report, &thresholds);
    let mut selection = select(report, base, grounds.promotion, &thresholds);
    let mut subjects = std::mem::take(&mut selection.subjects);
    if loaded.is_some() {
        load::leave_out_growth_that_is_not_told(&mut subjects);
    }
    let lowered = planted(inputs).and_then(|planted| plant::prepare(&mut subjects, planted));
    let mut cases = compare(subjects, report, loaded, &grounds, levels);
    let whole = match loaded {
        // One value against one: there is no chance in it to take back.
        Some(_) => Whole::default(),
        None => Whole::of(&mut cases, inputs, &grounds, levels),
    };
    let mut metrics: Vec<JudgedMetric> = cases.iter().map(Case::record).collect();
    metrics.sort_by(worst_first);
    let rulings = rulings(inputs, &mut metrics, &selection);
    let load = loaded.map(|loaded| load::judge(loaded, report, grounds.promotion, &metrics));
    let gate = gate::judge(report, inputs.thresholds.gate.as_ref(), &grounds);
    let mut violations = violations(&selection, &metrics);
    violations.extend(load.iter().flat_map(load::violations));
    let warnings = lowered.into_iter().chain(whole.undecidable).chain(rulings.unused.iter().cloned()).collect();
    let circumstances = Circumstances {
        report,
        base,
        purpose: inputs.purpose(),
        selection: &selection,
        load: load.as_ref(),
        gate: gate.as_ref(),
        metrics: &metrics,
        violations: &violations,
        compliance: calculate_slo_compliance(&metrics),
        margins: calculate_safety_margins(&metrics, inputs.thresholds.safety_margin),
        safety_margin: inputs.thresholds.safety_margin,
        rulings: &rulings,
        on_regression: inputs.settings.on_regression,
        // Earlier runs of this one may have decided.
        other_epoch: grounds.is_other_epoch && metrics.iter().any(|metric| metric.rule == Rule::OtherEpoch),
        other_mode: grounds.other_mode,
        together: whole.together.as_ref(),
        drifts: whole.drifts,
        plant: whole.plant.as_ref(),
        warnings,
    };
    let (status, reasons, warnings) = decide(&circumstances);
    let against = grounds.against(most_pairs(&cases));
    let judgement = Judgement {
        schema: SCHEMA.to_owned(),
        run_id: report.run_id.clone(),
        perf_sha256: inputs.head.sha256.clone(),
        status,
        summary: match &load {
            Some(load) => load::line(report, load, status),
            None => summarise_in_one_line(report, against.as_ref(), &metrics, status),
        },
        reasons,
        baseline: grounds.baseline_ref(inputs.baseline),
        anchor: grounds.anchor_ref(inputs.baseline),
        against,
        together: whole.together,
        noise: whole.noise,
        plant: whole.plant.map(|found| found.check),
        waivers: rulings.uses,
        headline: report.headline.clone(),
        warnings,
        violations,
        metrics,
        load: load.map(Box::new),
        gate: gate.map(Box::new),
    };
    Judged { judgement, threshold_problems: selection.problems }
}

/// What follows from all metrics together, and not from any alone.
#[derive(Default)]
struct Whole {
    undecidable: Option<String>,
    together: Option<Together>,
    plant: Option<Found>,
    noise: Vec<NoiseMetric>,
    drifts: Vec<String>,
}

impl Whole {
    /// Takes back what does not stand beside the other metrics, noise, and a second pass.
    fn of(cases: &mut [Case<'_>], inputs: &Inputs<'_>, grounds: &Grounds<'_>, levels: Levels) -> Self {
        discovery::withdraw_false_discoveries(cases, levels);
        let undecidable = noise::withdraw_below_floor(cases);
        if let Some(second) = inputs.confirm {
            confirmation::confirm(cases, second, levels);
        }
        let together = if grounds.base.is_none() { together::gather(cases) } else { None };
        if inputs.lacks_confirmation() {
            confirmation::withdraw_unconfirmed(cases);
        }
        let plant = planted(inputs).zip(grounds.base);
        Self {
            undecidable,
            together,
            plant: plant.and_then(|(planted, (_, pairing))| plant::check(cases, planted, &pairing.looks, levels)),
            noise: match inputs.purpose() {
                Some(Purpose::Noise) => noise::measure(cases, inputs.rounds, levels),
                Some(Purpose::Change | Purpose::Plant) | None => Vec::new(),
            },
            drifts: match grounds.anchor {
                // A loss since the promotion is a step, and no drift.
                Some(anchor) if grounds.promotion.is_none_or(|promotion| promotion.run_id != anchor.run_id) => {
                    drift::losses(cases, anchor, levels)
                }
                Some(_) | None => Vec::new(),
            },
        }
    }
}

/// The most rounds that a metric has on both sides.
fn most_pairs(cases: &[Case<'_>]) -> u32 {
    let pairs = cases.iter().filter_map(Case::sides).map(|(base, head)| base.rounds.len().min(head.rounds.len()));
    pairs.max().and_then(|pairs| u32::try_from(pairs).ok()).unwrap_or(0)
}

/// The delay that was planted on the head side.
fn planted(inputs: &Inputs<'_>) -> Option<Planted> {
    let (_, pairing) = inputs.comparison()?;
    pairing.planted.filter(|_| pairing.purpose == Purpose::Plant)
}

/// Each metric with what it alone says.
fn compare<'a>(
    subjects: Vec<Subject<'a>>,
    report: &Report,
    loaded: Option<Loaded<'_>>,
    grounds: &Grounds<'a>,
    levels: Levels,
) -> Vec<Case<'a>> {
    // Of a growth around 0, ratios to earlier ones mean nothing.
    let has_level = |subject: &Subject<'_>| loaded.is_none() || !load::is_growth(&subject.name);
    let question =
        |subject: &Subject<'a>| grounds.history(&subject.name).zip(subject.measured.filter(|_| has_level(subject)));
    let questions: Vec<history::Question<'_>> = subjects.iter().map(question).collect();
    let pasts = history::look_back(&questions, levels.shown);
    let anchors = grounds.anchors();
    let renamed = if grounds.base.is_some() { names::renamed(&subjects) } else { BTreeMap::new() };
    subjects
        .into_iter()
        .zip(pasts)
        .map(|(mut subject, past)| {
            let evidence = match loaded {
                Some(loaded) => load::compare(&mut subject, loaded, report, grounds, past.as_ref(), levels),
                None => gather(&subject, grounds, past.as_ref(), levels),
            };
            let mut case = Case::new(subject, evidence);
            let name = case.subject.name.as_ref();
            case.since_anchor = case
                .subject
                .measured
                .filter(|_| has_level(&case.subject))
                .zip(anchors.get(name).copied())
                .and_then(|(metric, anchor)| anchor::since(metric, anchor, case.subject.limits.regression, levels));
            case.noise_floor = grounds.noise(name).map(|noise| noise.floor);
            if let (Some(other), Some(because)) = (renamed.get(name.as_str()), &mut case.because) {
                because.push_str(&format!("; perhaps it is called `{other}` on the other side"));
            }
            case.past = past;
            case
        })
        .collect()
}

/// What the waivers permit; a check of the judge itself needs none.
fn rulings<'a>(inputs: &Inputs<'a>, metrics: &mut [JudgedMetric], selection: &Selection<'_>) -> Rulings<'a> {
    let rulings = match inputs.purpose() {
        Some(Purpose::Noise | Purpose::Plant) => Rulings::default(),
        Some(Purpose::Change) | None => waivers::rule(inputs.waivers, metrics, inputs.head.report, &selection.left_out),
    };
    let used = rulings.uses.iter().filter(|used| used.outcome == WaiverOutcome::Used);
    let used: BTreeSet<&MetricName> = used.map(|used| &used.waiver.metric).collect();
    for metric in metrics {
        metric.waived = used.contains(&metric.name);
    }
    rulings
}

/// Thresholds that cannot be applied, floors not met, and what had to report and did not.
fn violations(selection: &Selection<'_>, metrics: &[JudgedMetric]) -> Vec<Violation> {
    let mut violations: Vec<Violation> = selection.problems.iter().filter_map(misapplied).collect();
    violations.extend(detect_slo_violations(metrics));
    violations
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
