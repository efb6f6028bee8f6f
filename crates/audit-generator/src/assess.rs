//! The assessment of how far a service scales: one pass over a ledger's lines, and what follows from them. Every number is a line's, or
//! worked out of lines by a rule that stands beside it.
//! Must not know: the clock, where files go, or what a page looks like.

mod advice;
mod bottleneck;
mod carried;
mod config;
mod demand;
mod economics;
mod facts;
mod measured;
mod missing;
mod names;
mod operations;
mod outcome;
mod plan;
mod readiness;
mod risks;
mod verdict;
mod wanted;
mod written;

use std::path::Path;

use bench_model::Finite;
use bench_model::assessment::{
    Assessment, AssessmentStatus, LedgerState, ResourceLevel, ResourceProfile, SCHEMA, ScalingRun,
};
use bench_model::audit::BadLine;
use bench_model::file::FileError;
use bench_model::ledger::{Broken, ReadLedger, read_ledger};
use bench_model::scale::ScaleLevel;
use bench_model::time::Timestamp;

pub use config::{
    ASSESSMENT_FILE, AssessConfig, ComponentOf, DemandOf, InputBy, InputOf, OperationsOf, Part, ServiceLevel, TargetBy,
    TargetOf,
};
pub use missing::missing_runs;
pub use names::{CostName, ScaleName};
pub use plan::{Bound, Measure, PLAN_FILE, Test, TestPlan, parse_plan, plan_from};

use facts::{Facts, Scaled};

/// What an assessment is made of, besides the ledger.
#[derive(Debug, Clone, Copy)]
pub struct AssessRequest<'a> {
    /// What is assessed, such as the project's name.
    pub subject: &'a str,
    /// When it is made.
    pub generated: Timestamp,
    /// What is wanted.
    pub config: &'a AssessConfig,
    /// What is to be tested.
    pub plan: &'a TestPlan,
}

/// Makes the assessment from a ledger (see [`read_ledger`]) in one pass. Memory grows with the number of metrics and with the history of
/// what is demanded, and not with the number of lines.
///
/// A chain that does not hold is stated in the assessment and given beside it.
///
/// # Errors
/// When the ledger cannot be read.
pub fn generate_assessment(
    ledger: &Path,
    request: &AssessRequest<'_>,
) -> Result<(Assessment, Option<Broken>), FileError> {
    let mut facts = Facts::new(request.config, request.plan);
    let ReadLedger { summary, broken } = read_ledger(ledger, &mut |entry| facts.line(entry))?;
    let state = LedgerState {
        verified: broken.is_none(),
        problem: broken
            .as_ref()
            .map(|broken| BadLine { seq: broken.error.seq, problem: broken.error.problem.to_string() }),
        head: summary.head,
        lines: summary.lines,
        runs: facts.runs,
        last_seq: summary.last_seq,
        other_epochs: facts.other_epochs(),
        incomplete_runs: facts.incomplete,
    };
    Ok((assess(&facts, request, state), broken))
}

fn assess(facts: &Facts, request: &AssessRequest<'_>, ledger: LedgerState) -> Assessment {
    let config = request.config;
    let economics = economics::economics(facts, config);
    let (plan, doubts) = outcome::outcomes(facts, config, request.plan, &economics);
    let readiness = readiness::readiness(facts, config, &plan, &economics);
    let (forecasts, decisions) = demand::demands(facts, config, request.generated);
    let mut assessment = Assessment {
        schema: SCHEMA.to_owned(),
        tool: concat!("audit-generator ", env!("CARGO_PKG_VERSION")).to_owned(),
        subject: request.subject.to_owned(),
        generated: request.generated,
        ledger,
        status: AssessmentStatus::NotAssessed,
        summary: String::new(),
        reasons: Vec::new(),
        notes: Vec::new(),
        overall: readiness::overall(&readiness),
        readiness,
        targets: wanted::targets(facts, config),
        components: wanted::components(facts, config),
        plan,
        risks: Vec::new(),
        recommendations: Vec::new(),
        decisions,
        forecasts,
        scaling: facts.scales.values().map(|scaled| run(facts, scaled)).collect(),
        resources: facts.scales.values().map(|scaled| resources(facts, scaled)).collect(),
        economics,
        operations: operations::operations(facts, config),
        evidence: Vec::new(),
    };
    // Everything is cited by now.
    assessment.evidence = facts.evidence(request.generated, config.max_age_days);
    assessment.risks = risks::risks(&assessment);
    assessment.recommendations = advice::recommendations(&assessment, config, request.plan, &doubts);
    verdict::conclude(&mut assessment, config);
    assessment
}

fn run(facts: &Facts, scaled: &Scaled) -> ScalingRun {
    ScalingRun { evidence: facts.cite(&scaled.line), summary: scaled.summary.clone() }
}

fn resources(facts: &Facts, scaled: &Scaled) -> ResourceProfile {
    let level = |level: &ScaleLevel| {
        let throughput = level.throughput.value;
        let cpu = level.service_cpu.map(|cpu| cpu.value);
        let busy = cpu.filter(|_| throughput.get() > 0.0);
        ResourceLevel {
            at: level.at,
            throughput,
            cpu,
            cpu_per_request: busy.and_then(|busy| Finite::try_from(busy.get() / throughput.get() * 1e9).ok()),
            memory: level.service_memory.map(|memory| memory.value),
        }
    };
    ResourceProfile {
        scenario: scaled.summary.scenario.clone(),
        axis: scaled.summary.axis,
        evidence: facts.cite(&scaled.line),
        levels: scaled.summary.levels.iter().filter(|level| carried::no_evidence(level).is_none()).map(level).collect(),
        memory_per_thousand: scaled.summary.memory_per_thousand,
    }
}
