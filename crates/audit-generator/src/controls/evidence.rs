//! The evidence for each requirement: how far it reaches, and in one sentence what was found. It states and never certifies.
//! Must not know: what a standard says; that is data.

use std::collections::BTreeSet;

use bench_cli::words::{count, thousands};
use bench_model::audit::{
    Audit, BaselineRecord, Control, ControlFinding, Controls, Coverage, EvidenceFinding, EvidenceKind, Release,
};
use bench_model::ledger::IncidentState;
use bench_model::time::Timestamp;
use bench_model::verdict::Status;

use crate::period::{LONG_GAP, day_of, day_text};
use crate::{AuditConfig, Months};

/// Lines that a finding names.
const NAMED_LINES: usize = 10;

/// What evidence is looked for in.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The audit, but for its controls.
    pub audit: &'a Audit,
    /// What was promised.
    pub config: &'a AuditConfig,
    /// How many months the project's settings keep lines for.
    pub keep_months: u32,
    /// The time of the first line that is kept.
    pub first: Option<Timestamp>,
    /// The time of the first run of all lines that are kept.
    pub first_run: Option<Timestamp>,
    /// How often in the period a metric was expected and did not report, also of metrics that never did.
    pub missing: u64,
}

/// Holds the evidence of a ledger against the requirements of `standards`, in the order of the mapping. A requirement's coverage is
/// complete where all its evidence is, none where none is there, and else partial. Of a period without a run there is none of any
/// kind.
pub fn validate_compliance_requirements(
    controls: &Controls,
    standards: &[String],
    facts: &Facts<'_>,
) -> Vec<ControlFinding> {
    let wanted = controls.control.iter().filter(|control| standards.contains(&control.standard));
    wanted.map(|control| finding(control, facts)).collect()
}

fn finding(control: &Control, facts: &Facts<'_>) -> ControlFinding {
    let evidence: Vec<_> = control.evidence.iter().map(|kind| evidence(*kind, facts)).collect();
    let all = |coverage| evidence.iter().all(|found: &EvidenceFinding| found.coverage == coverage);
    let coverage = match (all(Coverage::Complete), all(Coverage::None)) {
        (true, false) => Coverage::Complete,
        (false, false) => Coverage::Partial,
        // Without a kind of evidence there is none, too.
        (_, true) => Coverage::None,
    };
    ControlFinding { control: control.clone(), coverage, evidence }
}

fn evidence(kind: EvidenceKind, facts: &Facts<'_>) -> EvidenceFinding {
    let found = if facts.audit.overview.runs == 0 {
        Found::none("No run was recorded in the period.".to_owned())
    } else {
        match kind {
            EvidenceKind::IntactLedger => intact_ledger(facts),
            EvidenceKind::Retention => retention(facts),
            EvidenceKind::ApprovedBaselines => approved_baselines(facts.audit),
            EvidenceKind::ReleaseEvidence => release_evidence(facts.audit),
            EvidenceKind::ContinuousMeasurement => continuous_measurement(facts),
            EvidenceKind::FloorsHeld => floors_held(facts),
            EvidenceKind::IncidentsHandled => incidents_handled(facts),
            EvidenceKind::ReviewedWaivers => reviewed_waivers(facts.audit),
            EvidenceKind::MeasuredNoise => measured_noise(facts.audit),
        }
    };
    let limit = match kind {
        // What is not there is their very subject.
        EvidenceKind::IntactLedger | EvidenceKind::Retention => None,
        EvidenceKind::ApprovedBaselines
        | EvidenceKind::ReleaseEvidence
        | EvidenceKind::ContinuousMeasurement
        | EvidenceKind::FloorsHeld
        | EvidenceKind::IncidentsHandled
        | EvidenceKind::ReviewedWaivers
        | EvidenceKind::MeasuredNoise => limit(facts),
    };
    let Found { coverage, statement, mut lines } = match limit {
        None => found,
        Some(limit) => found.limited(&limit),
    };
    lines.truncate(NAMED_LINES);
    EvidenceFinding { kind, coverage, statement, lines }
}

/// What there is of one kind of evidence.
struct Found {
    coverage: Coverage,
    statement: String,
    lines: Vec<u64>,
}

impl Found {
    fn none(statement: String) -> Self {
        Self { coverage: Coverage::None, statement, lines: Vec::new() }
    }

    /// Complete where nothing of `all` is lacking, partial where some is, none where all is.
    fn of(all: usize, lacking: usize, statement: String, lines: Vec<u64>) -> Self {
        let coverage = match lacking {
            0 => Coverage::Complete,
            lacking if lacking < all => Coverage::Partial,
            _ => Coverage::None,
        };
        Self { coverage, statement, lines }
    }

    /// What was found where not every line of the period could be looked at: at the most partial.
    fn limited(self, limit: &str) -> Self {
        let coverage = match self.coverage {
            Coverage::Complete | Coverage::Partial => Coverage::Partial,
            Coverage::None => Coverage::None,
        };
        Self { coverage, statement: format!("{} {limit}", self.statement), lines: self.lines }
    }
}

/// Why not every line of the period could be looked at; `None` where each was.
fn limit(facts: &Facts<'_>) -> Option<String> {
    let integrity = &facts.audit.integrity;
    if integrity.problem.is_some() {
        return Some("Only the good lines were looked at.".to_owned());
    }
    let first = facts.first.zip(start(facts.audit)).filter(|(first, start)| integrity.first_seq > 1 && first > start);
    first.map(|(first, _)| {
        format!("Lines before {} were removed: only those kept were looked at.", day_text(day_of(first)))
    })
}

/// The period's first second.
fn start(audit: &Audit) -> Option<Timestamp> {
    let month = audit.period.first.parse().ok()?;
    Months::new(month, month).map(Months::start)
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn intact_ledger(facts: &Facts<'_>) -> Found {
    let integrity = &facts.audit.integrity;
    if let Some(bad) = &integrity.problem {
        return Found::none(format!("The chain does not hold at line {}: {}.", bad.seq, bad.problem));
    }
    let lines = count(number(integrity.lines), "line", "lines");
    let (first, last) = (integrity.first_seq, integrity.last_seq);
    let statement = format!("The chain of {lines} holds from line {first} to line {last}.");
    Found { coverage: Coverage::Complete, statement, lines: vec![first, last] }
}

fn retention(facts: &Facts<'_>) -> Found {
    let Facts { audit, config, keep_months, first, .. } = facts;
    let markers = &audit.integrity.retention;
    if let Some(bad) = &audit.integrity.problem {
        return Found::none(format!("The chain does not hold at line {}, so what is gone cannot be told.", bad.seq));
    }
    let promised = config.retention_months.max(config.baseline_history_retention);
    let short: Vec<_> =
        markers.iter().filter(|marker| marker.keep_months < promised).map(|marker| marker.seq).collect();
    let kept = match first {
        Some(first) if !markers.is_empty() => {
            let lines = count(markers.len(), "marker signs", "markers sign");
            format!("Lines since {} are kept, and {lines} for what was removed", day_text(day_of(*first)))
        }
        Some(first) => format!("Every line since {} is kept", day_text(day_of(*first))),
        None => "There are no lines".to_owned(),
    };
    let promise = match (*keep_months < promised, short.len()) {
        (false, 0) => format!("the settings keep {keep_months} months, and {promised} are promised"),
        (true, _) => format!("but the settings keep {keep_months} months where {promised} are promised"),
        (false, removals) => {
            let removals = count(removals, "removal kept", "removals kept");
            format!("but {removals} fewer than the {promised} months promised")
        }
    };
    let coverage = if *keep_months < promised || !short.is_empty() { Coverage::Partial } else { Coverage::Complete };
    let lines = if short.is_empty() { markers.iter().map(|marker| marker.seq).collect() } else { short };
    Found { coverage, statement: format!("{kept}; {promise}."), lines }
}

fn approved_baselines(audit: &Audit) -> Found {
    let all = &audit.baselines;
    if all.is_empty() {
        return Found::none("No baseline was promoted, and none was in force.".to_owned());
    }
    let has_author = |held: &BaselineRecord| held.author.as_ref().is_some_and(|author| !author.trim().is_empty());
    let lacking: Vec<_> = all.iter().filter(|held| held.criteria.is_empty() || !has_author(held)).collect();
    let baselines = count(all.len(), "promotion was", "promotions were");
    let promoted = number(audit.overview.promotions);
    let statement = match lacking.len() {
        0 => format!(
            "{baselines} in force or made, {promoted} of them in the period, each with its criteria and who promoted it."
        ),
        lacking => format!(
            "{baselines} in force or made, {promoted} of them in the period; {lacking} without a word on who promoted it or by which criteria."
        ),
    };
    let lines = if lacking.is_empty() { all.iter().collect() } else { lacking.clone() };
    Found::of(all.len(), lacking.len(), statement, lines.into_iter().map(|held| held.seq).collect())
}

fn release_evidence(audit: &Audit) -> Found {
    let Some(releases) = &audit.releases else {
        return Found::none("No repository could say what was released in the period.".to_owned());
    };
    if releases.is_empty() {
        let statement = "No tag of the repository falls into the period, so no release lacks a run.".to_owned();
        return Found { coverage: Coverage::Complete, statement, lines: Vec::new() };
    }
    let good = |release: &&Release| {
        release.evidence.as_ref().is_some_and(|run| matches!(run.status, Status::Pass | Status::Warn))
    };
    let with = releases.iter().filter(good).count();
    let total = count(releases.len(), "release (tag) has", "releases (tags) have");
    let statement = format!("{with} of {total} a complete run of a clean tree with status PASS or WARN.");
    let lines = releases.iter().filter_map(|release| release.evidence.as_ref()).map(|run| run.seq).collect();
    Found::of(releases.len(), releases.len() - with, statement, lines)
}

fn continuous_measurement(facts: &Facts<'_>) -> Found {
    let Audit { integrity, overview, .. } = facts.audit;
    let runs = count(number(overview.runs), "run", "runs");
    let mut lacks = Vec::new();
    if let Some((first, start)) = facts.first_run.zip(start(facts.audit))
        && day_of(first) - day_of(start) >= LONG_GAP
    {
        lacks.push(format!("the first run is of {}", day_text(day_of(first))));
    }
    if let Some(longest) = integrity.gaps.iter().map(|gap| gap.days).max() {
        let gaps = count(integrity.gaps.len(), "gap", "gaps");
        lacks.push(format!("there are {gaps} of seven days or more without a run, the longest of {longest} days"));
    }
    let coverage = if lacks.is_empty() { Coverage::Complete } else { Coverage::Partial };
    let statement = match lacks.as_slice() {
        [] => format!("{runs}, and never seven days in a row without one."),
        lacks => format!("{runs}, but {}.", lacks.join(", and ")),
    };
    Found { coverage, statement, lines: Vec::new() }
}

fn floors_held(facts: &Facts<'_>) -> Found {
    let Facts { audit, missing, .. } = facts;
    let months = || audit.compliance.iter().flat_map(|metric| &metric.months);
    let judged: u64 = months().map(|month| u64::from(month.judged)).sum();
    let values = audit.overview.values;
    let violations = match audit.overview.violations {
        0 => "none was violated".to_owned(),
        violations => count(number(violations), "value did not meet its floor", "values did not meet theirs"),
    };
    let total = count(number(values), "value", "values");
    let absent = match missing {
        0 => String::new(),
        missing => format!("; {} expected did not report", thousands(number(*missing))),
    };
    if judged == 0 {
        return Found::none(match values {
            0 => format!("No value was recorded, so nothing was held against a floor{absent}."),
            _ => format!("None of {total} was held against a floor{absent}."),
        });
    }
    let statement =
        format!("{} of {total} were held against a floor; {violations}{absent}.", thousands(number(judged)));
    let lines: BTreeSet<_> = months().flat_map(|month| month.violating_lines.iter().copied()).collect();
    let expected = values.saturating_add(*missing);
    let lacking = expected.saturating_sub(judged);
    Found::of(number(expected), number(lacking), statement, lines.into_iter().collect())
}

fn incidents_handled(facts: &Facts<'_>) -> Found {
    if !facts.config.regression_incident_tracking {
        return Found::none("The configuration does not count incidents as evidence.".to_owned());
    }
    let incidents = &facts.audit.incidents;
    let open: Vec<_> =
        incidents.iter().filter(|incident| incident.end.is_none()).map(|incident| incident.seq).collect();
    let ended =
        |state| incidents.iter().filter(|incident| incident.end.as_ref().is_some_and(|end| end.state == state)).count();
    if incidents.is_empty() {
        let runs = count(number(facts.audit.overview.runs), "run", "runs");
        let statement = format!("No regression of the main branch was open in the period, in {runs}.");
        return Found { coverage: Coverage::Complete, statement, lines: Vec::new() };
    }
    let statement = format!(
        "{}: {} recovered, {} waived, {} accepted, {} still open.",
        count(incidents.len(), "incident", "incidents"),
        ended(IncidentState::Recovered),
        ended(IncidentState::Waived),
        ended(IncidentState::Accepted),
        open.len()
    );
    // That each was recorded is some evidence, even where none has ended.
    let coverage = if open.is_empty() { Coverage::Complete } else { Coverage::Partial };
    let lines = if open.is_empty() { incidents.iter().map(|incident| incident.seq).collect() } else { open };
    Found { coverage, statement, lines }
}

fn reviewed_waivers(audit: &Audit) -> Found {
    let all = &audit.waivers;
    let whole = |texts: [&String; 4]| texts.iter().all(|text| !text.trim().is_empty());
    let is_lacking = |waiver: &&bench_model::ledger::Waiver| {
        !whole([&waiver.author, &waiver.reason, &waiver.issue, &waiver.expires])
    };
    let lacking = all.iter().map(|record| &record.waiver).filter(is_lacking).count();
    let statement = match (all.len(), lacking) {
        (0, _) => "No waiver permitted anything in the period.".to_owned(),
        (waivers, 0) => {
            let waivers = count(waivers, "waiver was used: it has", "waivers were used: each has");
            format!("{waivers} an author, a reason, an issue and an end.")
        }
        (waivers, lacking) => {
            let waivers = count(waivers, "waiver was used", "waivers were used");
            format!("{waivers}; {lacking} lack an author, a reason, an issue or an end.")
        }
    };
    Found::of(all.len(), lacking, statement, all.iter().map(|record| record.first_seq).collect())
}

fn measured_noise(audit: &Audit) -> Found {
    let environments: BTreeSet<_> = audit.series.iter().map(|series| (&series.epoch, series.mode)).collect();
    if environments.is_empty() {
        return Found::none("No value was recorded, so there is no environment whose noise could be told.".to_owned());
    }
    let known: BTreeSet<_> = audit.noise.iter().map(|noise| (&noise.epoch, noise.mode)).collect();
    let lacking = environments.difference(&known).count();
    let total = count(environments.len(), "environment and mode", "environments and modes");
    let with = environments.len() - lacking;
    let statement = format!("Noise was measured in the period for {with} of {total} with a run.");
    Found::of(environments.len(), lacking, statement, audit.noise.iter().map(|noise| noise.seq).collect())
}
