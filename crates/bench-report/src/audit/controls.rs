//! What standards ask for beside the evidence that there is.
//! Must not know: how evidence is weighed.

use bench_model::audit::{ControlFinding, EvidenceFinding, EvidenceKind};
use serde::Serialize;

use super::lines::Lines;
use super::words::shown;

/// The requirements of one standard.
#[derive(Debug, Serialize)]
pub(super) struct Standard {
    name: String,
    controls: Vec<Control>,
}

#[derive(Debug, Serialize)]
struct Control {
    clause: String,
    title: String,
    requirement: String,
    scope: String,
    coverage: String,
    evidence: Vec<Evidence>,
}

#[derive(Debug, Serialize)]
struct Evidence {
    kind: &'static str,
    coverage: String,
    statement: String,
    lines: Vec<u64>,
}

/// The findings, those of one standard together, standards in the order of their first.
pub(super) fn standards(findings: &[ControlFinding], lines: &mut Lines) -> Vec<Standard> {
    let mut standards: Vec<Standard> = Vec::new();
    for finding in findings {
        let name = shown(&finding.control.standard);
        let control = Control::of(finding, lines);
        match standards.iter_mut().find(|standard| standard.name == name) {
            Some(standard) => standard.controls.push(control),
            None => standards.push(Standard { name, controls: vec![control] }),
        }
    }
    standards
}

impl Control {
    fn of(finding: &ControlFinding, lines: &mut Lines) -> Self {
        let control = &finding.control;
        let requirement = shown(&format!("{} {}", control.standard, control.clause));
        let evidence = |found: &EvidenceFinding| {
            found.lines.iter().for_each(|seq| lines.shows(*seq, &requirement));
            Evidence {
                kind: kind_words(found.kind),
                coverage: found.coverage.to_string(),
                statement: shown(&found.statement),
                lines: found.lines.clone(),
            }
        };
        Self {
            evidence: finding.evidence.iter().map(evidence).collect(),
            clause: shown(&control.clause),
            title: shown(&control.title),
            requirement: shown(&control.requirement),
            scope: shown(&control.scope),
            coverage: finding.coverage.to_string(),
        }
    }
}

const fn kind_words(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::IntactLedger => "Intact ledger",
        EvidenceKind::Retention => "Retention",
        EvidenceKind::ApprovedBaselines => "Approved baselines",
        EvidenceKind::ReleaseEvidence => "Evidence for releases",
        EvidenceKind::ContinuousMeasurement => "Continuous measurement",
        EvidenceKind::FloorsHeld => "Floors held",
        EvidenceKind::IncidentsHandled => "Incidents handled",
        EvidenceKind::ReviewedWaivers => "Reviewed waivers",
        EvidenceKind::MeasuredNoise => "Measured noise",
    }
}
