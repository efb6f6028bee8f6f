//! Incidents: which confirmed regressions of the main branch begin and end with a run.
//! Must not know: judging. What `verdict.json` says of a metric is taken as it is.

use std::collections::BTreeSet;
use std::path::Path;

use bench_model::ledger::{Body, Incident, IncidentState, LedgerMetric, Promotion, RunEntry};
use bench_model::load::SERVICE_MEMORY_GROWTH;
use bench_model::verdict::{JudgedMetric, Judgement, Rule, SecondPass, Verdict};
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Unit};

use crate::Ledger;
use crate::git::{Ancestry, Git};
use crate::ledger::OpenIncident;

/// The branch whose regressions are incidents, and the project whose repository knows which commit is older.
#[derive(Debug, Clone, Copy)]
pub struct Mainline<'a> {
    /// The branch.
    pub branch: &'a str,
    /// The project.
    pub project: &'a Path,
}

impl Mainline<'_> {
    /// Whether a run measured a commit of the main branch, as it is, to the end.
    pub(crate) fn holds(&self, run: &RunEntry) -> bool {
        run.branch.as_deref() == Some(self.branch) && run.commit.is_some() && !run.dirty && run.complete
    }
}

/// What a verdict says, as far as incidents depend on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Evidence {
    /// Ordered by metric.
    findings: Vec<Finding>,
    /// The other side's commit, where two sides were compared; the side may have none.
    base: Option<Option<Commit>>,
}

/// What a run does to incidents.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Decided {
    /// Those that it opens and closes.
    pub(crate) incidents: Vec<Incident>,
    /// Why a regression that it shows opens none.
    pub(crate) not_kept: Option<String>,
}

/// What a verdict says of one metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    metric: MetricName,
    verdict: Verdict,
    waived: bool,
    confirmed: bool,
    change: Option<Finite>,
    value: Option<Finite>,
    unit: Unit,
    direction: Direction,
    threshold: f64,
    reference: Reference,
}

/// What a metric was compared with.
#[derive(Debug, Clone, PartialEq)]
enum Reference {
    /// The other side on the same machine.
    Base(Option<Commit>),
    /// A promoted run.
    Baseline(RunId, Option<Commit>),
    /// Earlier runs: their level may be that of the incident itself.
    Earlier,
    /// A limit of the load policy's own, and nothing earlier: a run that keeps it is good, whatever came before.
    Limit,
}

impl Evidence {
    /// What a verdict says.
    pub(crate) fn of(judgement: &Judgement) -> Self {
        let mut findings: Vec<_> = judgement.metrics.iter().map(|metric| Finding::of(judgement, metric)).collect();
        findings.sort_by(|a, b| a.metric.cmp(&b.metric));
        Self { findings, base: judgement.against.as_ref().map(|against| against.commit.clone()) }
    }
}

impl Finding {
    fn of(judgement: &Judgement, metric: &JudgedMetric) -> Self {
        let reference = match (&judgement.against, &judgement.baseline) {
            _ if metric.rule == Rule::History => Reference::Earlier,
            _ if metric.rule == Rule::Policy && metric.baseline.is_none() => Reference::Limit,
            (Some(against), _) => Reference::Base(against.commit.clone()),
            (None, Some(baseline)) => Reference::Baseline(baseline.run_id.clone(), baseline.commit.clone()),
            (None, None) => Reference::Earlier,
        };
        Self {
            metric: metric.name.clone(),
            verdict: metric.verdict,
            waived: metric.waived,
            // What the policy for load runs calls a regression needs no second pass: it is not judged by noise.
            confirmed: metric.confirmation.is_some_and(|second| second.outcome == SecondPass::Agreed)
                || (judgement.load.is_some() && metric.rule == Rule::Policy),
            change: metric.change.map(|change| change.value),
            value: metric.value,
            unit: metric.unit,
            direction: metric.direction,
            threshold: metric.threshold.get(),
            reference,
        }
    }

    /// Whether it is a regression that begins an incident where none is open.
    fn is_alarm(&self) -> bool {
        self.verdict == Verdict::Regressed && self.confirmed && !self.waived
    }
}

/// What a run of the main branch does to incidents; nothing for any other run.
pub(crate) fn of_run(ledger: &Ledger, run: &RunEntry, evidence: &Evidence, main: &Mainline<'_>) -> Decided {
    let Some(commit) = run.commit.as_ref().filter(|_| main.holds(run)) else { return Decided::default() };
    let git = Git::new(main.project);
    let incident = |finding: &Finding, state, good, opened| Incident {
        metric: finding.metric.clone(),
        state,
        epoch: run.epoch.clone(),
        mode: run.mode,
        run_id: run.run_id.clone(),
        commit: commit.clone(),
        good,
        change: finding.change,
        opened,
    };
    let open = |finding: &Finding| ledger.incidents.get(&(run.epoch.clone(), run.mode, finding.metric.clone()));
    let is_new = |finding: &Finding| finding.is_alarm() && open(finding).is_none();
    let base = evidence.base.as_ref().filter(|_| evidence.findings.iter().any(is_new));
    let not_kept = base.and_then(|base| not_kept(ledger, run, commit, base.as_ref(), &git));
    let decide = |finding: &Finding| {
        let open = open(finding);
        let open_before = open.filter(|open| not_before(&git, commit, open));
        match (finding.verdict, open) {
            (Verdict::Regressed, None) if finding.is_alarm() && not_kept.is_none() => {
                let good = good(ledger, run, finding).filter(|good| good != commit);
                Some(incident(finding, IncidentState::Opened, good, None))
            }
            (Verdict::Regressed, Some(_)) if finding.waived => {
                open_before.map(|open| incident(finding, IncidentState::Waived, None, Some(open.opened.seq)))
            }
            (Verdict::Unchanged | Verdict::Improved, Some(_)) => {
                let recovered = open_before.filter(|open| is_recovery(ledger, finding, open, &git));
                recovered.map(|open| incident(finding, IncidentState::Recovered, None, Some(open.opened.seq)))
            }
            (Verdict::Regressed | Verdict::Unchanged | Verdict::Improved, _)
            | (Verdict::Missing | Verdict::Inconclusive | Verdict::New, _) => None,
        }
    };
    Decided { incidents: evidence.findings.iter().filter_map(decide).collect(), not_kept }
}

/// Why what a comparison with `base` shows is no incident of the main branch: it must have begun between the base and the
/// run's commit, and behind what was promoted.
fn not_kept(ledger: &Ledger, run: &RunEntry, commit: &Commit, base: Option<&Commit>, git: &Git) -> Option<String> {
    let Some(base) = base else { return Some("the base has no commit".to_owned()) };
    if base == commit {
        return Some(format!("the base is the run's own commit, {}", commit.short()));
    }
    let (older, newer) = (base.short(), commit.short());
    match contains(git, commit, base) {
        Ancestry::Yes => {}
        Ancestry::No => return Some(format!("the base {older} is no ancestor of {newer}")),
        Ancestry::Unknown => {
            return Some(format!("this clone cannot tell whether the base {older} is an ancestor of {newer}"));
        }
    }
    let promoted = &ledger.promotion(&run.epoch, run.mode)?.value.commit;
    match contains(git, base, promoted) {
        Ancestry::Yes => None,
        Ancestry::No => {
            Some(format!("the baseline is of {}, which the base {older} does not contain", promoted.short()))
        }
        Ancestry::Unknown => {
            let promoted = promoted.short();
            Some(format!("this clone cannot tell whether the base {older} contains {promoted}, the baseline's commit"))
        }
    }
}

/// The last commit known to be good: what the regression was found against.
fn good(ledger: &Ledger, run: &RunEntry, finding: &Finding) -> Option<Commit> {
    let promotion = ledger.promotion(&run.epoch, run.mode).map(|held| &held.value);
    match &finding.reference {
        Reference::Base(commit) => commit.clone(),
        Reference::Baseline(run_id, commit) => {
            let held = promotion.filter(|promotion| promotion.run_id == *run_id);
            commit.clone().or_else(|| held.map(|promotion| promotion.commit.clone()))
        }
        Reference::Earlier => promotion.map(|promotion| promotion.commit.clone()),
        // A baseline without the metric, or with one that could not be told, shows nothing.
        Reference::Limit => {
            let kept = |metric: &&LedgerMetric| metric.name == finding.metric && metric.verdict == Verdict::Unchanged;
            promotion.filter(|held| held.metrics.iter().any(|metric| kept(&metric))).map(|held| held.commit.clone())
        }
    }
}

/// Whether a metric that is no worse than its reference is as good as before the incident. The base of a comparison must be the
/// very commit that the incident was found against; a baseline must not be newer than that, or a level that stays bad would
/// count as good.
fn is_recovery(ledger: &Ledger, finding: &Finding, open: &OpenIncident, git: &Git) -> bool {
    let before = baseline_before(ledger, open, git);
    match &finding.reference {
        Reference::Base(commit) => commit.is_some() && *commit == open.opened.incident.good,
        Reference::Baseline(run_id, commit) => match commit.as_ref().map(|commit| is_good(git, open, commit)) {
            Some(Ancestry::Yes) => true,
            Some(Ancestry::No) => false,
            Some(Ancestry::Unknown) | None => before.is_some_and(|promotion| promotion.run_id == *run_id),
        },
        Reference::Earlier => {
            let held = before.and_then(|promotion| held_value(promotion, &finding.metric, finding.unit));
            match (finding.value, held) {
                (Some(value), Some(held)) => loss(value, held, finding.direction) <= finding.threshold,
                _ => false,
            }
        }
        Reference::Limit => true,
    }
}

/// The promotion in force, when it shows the level before the incident: it was there first, and nothing says that its commit
/// came after the last good one.
fn baseline_before<'l>(ledger: &'l Ledger, open: &OpenIncident, git: &Git) -> Option<&'l Promotion> {
    let incident = &open.opened.incident;
    let held = ledger.promotion(&incident.epoch, incident.mode).filter(|held| held.seq < open.opened.seq)?;
    (is_good(git, open, &held.value.commit) != Ancestry::No).then_some(&held.value)
}

/// Whether a commit is the last one known to be good, or lies before it.
fn is_good(git: &Git, open: &OpenIncident, commit: &Commit) -> Ancestry {
    open.opened.incident.good.as_ref().map_or(Ancestry::Unknown, |good| contains(git, good, commit))
}

/// Whether a commit is not known to lie before an incident: one that does says nothing about it, however late it was measured.
fn not_before(git: &Git, commit: &Commit, open: &OpenIncident) -> bool {
    contains(git, commit, &open.opened.incident.commit) != Ancestry::No
}

/// Whether `outer` is `inner` or comes after it, as far as this clone can tell.
fn contains(git: &Git, outer: &Commit, inner: &Commit) -> Ancestry {
    if outer == inner { Ancestry::Yes } else { git.contains(outer.as_str(), inner.as_str()) }
}

fn held_value(promotion: &Promotion, name: &MetricName, unit: Unit) -> Option<Finite> {
    promotion.metrics.iter().find(|metric| metric.name == *name && metric.unit == unit).map(|metric| metric.value)
}

/// How much worse a value is than another, as a ratio; below 0 for a gain, NaN where that is not defined.
fn loss(value: Finite, before: Finite, direction: Direction) -> f64 {
    let change = value.get() / before.get() - 1.0;
    match direction {
        Direction::HigherIsBetter => -change,
        Direction::LowerIsBetter => change,
    }
}

/// The incidents that a promotion settles: those of its epoch and mode that are still open behind `closed`. What the promoted
/// run shows nearer to the level before has recovered; what it shows at the new level is accepted, and so is what is let go of.
pub(crate) fn settled(
    ledger: &Ledger,
    promotion: &Promotion,
    closed: &[Incident],
    retired: &[MetricName],
    main: &Mainline<'_>,
) -> Vec<Body> {
    let git = Git::new(main.project);
    let closed: BTreeSet<_> = closed.iter().map(|incident| &incident.metric).collect();
    let here = ledger.incidents.values().filter(|open| {
        let incident = &open.opened.incident;
        let same = incident.epoch == promotion.epoch && incident.mode == promotion.mode;
        same && !closed.contains(&incident.metric) && not_before(&git, &promotion.commit, open)
    });
    let settle = |open: &OpenIncident| {
        let incident = &open.opened.incident;
        let measured = promotion.metrics.iter().find(|metric| metric.name == incident.metric);
        // A growth has no level that could be the old one or the new one: what the promoted run could not tell stays open.
        if measured.is_some_and(is_growth) {
            return None;
        }
        let before =
            baseline_before(ledger, open, &git).and_then(|before| held_value(before, &incident.metric, measured?.unit));
        let state = match measured {
            Some(metric) => level(metric, before, incident.change),
            None if retired.contains(&incident.metric) => IncidentState::Accepted,
            None => return None,
        };
        let change = measured.zip(before).and_then(|(metric, before)| crate::trends::ratio(metric.value, before));
        Some(Body::Incident(Incident {
            metric: incident.metric.clone(),
            state,
            epoch: promotion.epoch.clone(),
            mode: promotion.mode,
            run_id: promotion.run_id.clone(),
            commit: promotion.commit.clone(),
            good: None,
            change,
            opened: Some(open.opened.seq),
        }))
    };
    here.filter_map(settle).collect()
}

/// Whether a metric is held against a limit of its own, and against no baseline.
fn is_growth(metric: &LedgerMetric) -> bool {
    metric.name.measure() == SERVICE_MEMORY_GROWTH
}

/// Whether a value stands nearer to the level of the incident than to the one before, on a scale of ratios.
fn level(metric: &LedgerMetric, before: Option<Finite>, change: Option<Finite>) -> IncidentState {
    let (Some(before), Some(change)) = (before, change) else { return IncidentState::Accepted };
    let (now, whole) = ((metric.value.get() / before.get()).ln(), (1.0 + change.get()).ln());
    // Without a scale nothing shows that it recovered.
    if now / whole < 0.5 { IncidentState::Recovered } else { IncidentState::Accepted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(value: f64, before: Option<f64>, change: Option<f64>) -> IncidentState {
        let finite = |value: f64| Finite::try_from(value).unwrap();
        let metric = LedgerMetric {
            name: "m".parse().unwrap(),
            value: finite(value),
            unit: Unit::Nanoseconds,
            direction: Direction::LowerIsBetter,
            rounds: Vec::new(),
            verdict: Verdict::Inconclusive,
            floor: None,
            target: None,
        };
        level(&metric, before.map(finite), change.map(finite))
    }

    #[test]
    fn a_promoted_value_is_accepted_when_it_stands_nearer_to_the_new_level() {
        assert_eq!(state(109.0, Some(100.0), Some(0.1)), IncidentState::Accepted);
        assert_eq!(state(102.0, Some(100.0), Some(0.1)), IncidentState::Recovered);
        assert_eq!(state(91.0, Some(100.0), Some(-0.1)), IncidentState::Accepted);
        assert_eq!(state(105.0, Some(100.0), Some(-0.1)), IncidentState::Recovered);
    }

    #[test]
    fn where_no_level_is_known_nothing_shows_that_it_recovered() {
        for found in [state(1.0, None, Some(0.1)), state(1.0, Some(1.0), None), state(0.0, Some(0.0), Some(0.1))] {
            assert_eq!(found, IncidentState::Accepted);
        }
    }
}
