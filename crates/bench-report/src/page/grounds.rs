//! What stands behind the page: with what the run was compared and by which rules, the environment, and the files' digests.
//! Must not know: single metrics' charts.

use std::collections::BTreeMap;

use bench_model::perf::EvidenceLevel;
use bench_model::run::{BenchSource, Purpose};
use bench_model::verdict::{Against, BaselineRef, Verdict, WaiverOutcome};
use bench_model::{Quantity, Unit};
use serde::Serialize;

use super::words::{Fact, code, count, duration, fact, minute, percent, rule, shown, size, thousands};
use super::{PageFile, ReportPage};

#[derive(Debug, Serialize)]
pub(super) struct Grounds {
    facts: Vec<Fact>,
    rules: Vec<RuleCount>,
    waivers: Vec<WaiverRow>,
    noise: Vec<NoiseRow>,
}

#[derive(Debug, Serialize)]
struct RuleCount {
    rule: &'static str,
    meaning: &'static str,
    verdicts: String,
}

#[derive(Debug, Serialize)]
struct WaiverRow {
    metric: String,
    outcome: &'static str,
    change: Option<String>,
    ceiling: String,
    expires: String,
    issue: String,
    author: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct NoiseRow {
    metric: String,
    floor: String,
    rounds: u32,
    comparisons: u32,
    alarms: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Integrity {
    files: Vec<PageFile>,
    facts: Vec<Fact>,
}

pub(super) fn grounds(page: &ReportPage<'_>) -> Grounds {
    let judgement = page.judgement;
    let mut rules = BTreeMap::<&str, (&str, BTreeMap<Verdict, usize>)>::new();
    for metric in &judgement.metrics {
        let (short, meaning) = rule(metric.rule);
        *rules.entry(short).or_insert((meaning, BTreeMap::new())).1.entry(metric.verdict).or_default() += 1;
    }
    let verdicts = |verdicts: BTreeMap<Verdict, usize>| {
        verdicts
            .iter()
            .map(|(verdict, number)| format!("{} {verdict}", thousands(*number)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let waiver = |used: &bench_model::verdict::WaiverUse| WaiverRow {
        metric: shown(used.waiver.metric.as_str()),
        outcome: match used.outcome {
            WaiverOutcome::Used => "used",
            WaiverOutcome::Exceeded => "exceeded",
            WaiverOutcome::Expired => "expired",
            WaiverOutcome::Unused => "unused",
        },
        change: used.change.map(percent),
        ceiling: size(used.waiver.ceiling),
        expires: shown(&used.waiver.expires),
        issue: shown(&used.waiver.issue),
        author: shown(&used.waiver.author),
        reason: shown(&used.waiver.reason),
    };
    Grounds {
        facts: compared(page),
        rules: rules
            .into_iter()
            .map(|(rule, (meaning, counts))| RuleCount { rule, meaning, verdicts: verdicts(counts) })
            .collect(),
        waivers: judgement.waivers.iter().map(waiver).collect(),
        noise: judgement
            .noise
            .iter()
            .map(|noise| NoiseRow {
                metric: shown(noise.name.as_str()),
                floor: size(noise.floor),
                rounds: noise.rounds,
                comparisons: noise.comparisons,
                alarms: noise.alarms,
            })
            .collect(),
    }
}

fn compared(page: &ReportPage<'_>) -> Vec<Fact> {
    let judgement = page.judgement;
    let mut facts = Vec::new();
    if let Some(against) = &judgement.against {
        facts.extend(sides(against));
    }
    match &judgement.baseline {
        Some(baseline) => facts.push(fact("Baseline", reference(baseline))),
        None if judgement.against.is_none() => facts.push(fact("Baseline", "none for this environment and mode")),
        None => {}
    }
    facts.extend(judgement.anchor.as_ref().map(|anchor| fact("Anchor", reference(anchor))));
    if let Some(baseline) = page.baseline {
        let runs = baseline.history.iter().map(|history| history.points.len()).max().unwrap_or(0);
        facts.push(fact(
            "History",
            format!("{} of the main branch in this environment and mode", count(runs, "earlier run", "earlier runs")),
        ));
        if !baseline.others.is_empty() {
            let others: Vec<_> = baseline.others.iter().map(ToString::to_string).collect();
            facts.push(fact("Baselines elsewhere", others.join(", ")));
        }
    }
    if let Some(together) = judgement.together {
        let way = if together.loss.get() < 0.0 { "gain" } else { "loss" };
        let text =
            format!("{} of {} metrics, a median {way} of {}", together.metrics, together.of, size(together.loss));
        facts.push(fact("Moved together", text));
    }
    if let Some(plant) = judgement.plant {
        facts.push(fact(
            "Planted delay",
            format!(
                "{} asked, {} measured: {} of {} metrics came out regressed, the interval of {} holds it",
                size(plant.asked),
                size(plant.measured),
                plant.found,
                plant.metrics,
                plant.held
            ),
        ));
    }
    facts
}

fn sides(against: &Against) -> Vec<Fact> {
    let commit = against.commit.as_ref().map(|commit| format!(" ({})", commit.short())).unwrap_or_default();
    let purpose = match against.purpose {
        Purpose::Change => "judging a change",
        Purpose::Noise => "learning noise: the same code on both sides",
        Purpose::Plant => "finding a planted delay: the same code on both sides, one slowed down",
    };
    let source = match against.bench_source {
        BenchSource::Head => "the same benches on both sides, from the head",
        BenchSource::Own => "each side's own benches: head's do not compile against the base",
    };
    vec![
        fact("Base side", format!("{}{commit}, measured in turns with this side on one machine", against.reference)),
        fact("Purpose", purpose),
        fact(
            "Evidence",
            format!(
                "up to {} a metric, looked at {}",
                count(against.pairs as usize, "pair of rounds", "pairs of rounds"),
                if against.looks == 1 { "once".to_owned() } else { format!("{} times", against.looks) }
            ),
        ),
        fact("Benches", source),
        code("Base run", against.run_id.as_str()),
    ]
}

fn reference(baseline: &BaselineRef) -> String {
    let commit = baseline.commit.as_ref().map(|commit| format!(", commit {}", commit.short())).unwrap_or_default();
    format!("run {}{commit}", baseline.run_id)
}

/// An evidence level in words.
pub(super) const fn evidence(level: EvidenceLevel) -> &'static str {
    match level {
        EvidenceLevel::Simulated => "simulated: nothing was executed",
        EvidenceLevel::DryRun => "dry run: the work was planned, not done",
        EvidenceLevel::Unmeasured => "it ran, and nothing of it is a measurement",
        EvidenceLevel::CiBenchmark => "benchmarks were executed",
        EvidenceLevel::RealWorkload => "real work was done and checked",
        EvidenceLevel::Production => "real users' work was observed",
    }
}

pub(super) fn environment(page: &ReportPage<'_>) -> Vec<Fact> {
    let provenance = &page.report.provenance;
    let (machine, system, toolchain) = (&provenance.machine, &provenance.system, &provenance.toolchain);
    let memory = Quantity { value: machine.memory_bytes as f64, unit: Unit::Bytes };
    let mut facts = vec![
        fact(
            "Processor",
            format!(
                "{}, {}",
                machine.cpu_model,
                count(machine.cpus as usize, "logical processor", "logical processors")
            ),
        ),
        fact("Memory", format!("{memory:.3}")),
    ];
    let mut push = |name, text: &Option<String>| facts.extend(text.as_ref().map(|text| fact(name, text.as_str())));
    push("Virtualisation", &machine.virtualization);
    push("Governor", &machine.governor);
    let load = machine.load_average.map(|load| load.map(|load| format!("{load:.2}")).join(", "));
    push("Load before", &load.map(|load| format!("{load} over 1, 5 and 15 minutes")));
    push("System", &Some(format!("{}, kernel {}", system.os, system.kernel)));
    push("Distribution", &system.distribution);
    push("C library", &system.libc);
    push("Runner image", &system.runner_image);
    push("Compiler", &toolchain.rustc);
    push("Cargo", &toolchain.cargo);
    let harness: Vec<_> = toolchain.harness.iter().map(|(name, version)| format!("{name} {version}")).collect();
    push("Harness", &(!harness.is_empty()).then(|| harness.join(", ")));
    push("Measured by", &Some(provenance.tool.clone()));
    facts.push(fact("Begun", format!("{}, took {}", minute(provenance.started), duration(provenance.duration_s))));
    let plan = &page.report.plan;
    facts.push(fact(
        "Asked for",
        format!("{}, {} mode", count(plan.rounds as usize, "round", "rounds"), plan.mode.as_str().replace('_', " ")),
    ));
    let level = page.report.evidence_level;
    let executed = level == EvidenceLevel::CiBenchmark && (page.report.load.is_some() || page.report.scale.is_some());
    facts.push(fact("Evidence level", if executed { "load was sent and answered" } else { evidence(level) }));
    facts.extend(plan.filter.as_ref().map(|filter| code("Filter", filter.as_str())));
    if let Some(source) = &provenance.source {
        facts.push(code("Commit", source.commit.as_str()));
        facts.extend(source.base.as_ref().map(|base| code("Merge base", base.as_str())));
    }
    facts.push(code("Environment key", provenance.epoch.0.as_str()));
    facts
}

pub(super) fn integrity(page: &ReportPage<'_>) -> Integrity {
    let mut facts = vec![code("Run", page.report.run_id.as_str())];
    facts.push(code("The verdict judged perf.json", page.judgement.perf_sha256.as_str()));
    facts.extend(page.judgement.against.as_ref().map(|base| code("and the base side's", base.perf_sha256.as_str())));
    facts.extend(
        page.judgement.baseline.as_ref().map(|baseline| code("Ledger head it read", baseline.ledger_head.as_str())),
    );
    facts.extend(page.ledger_head.map(|head| code("Ledger head after this run", head.as_str())));
    Integrity { files: page.files.to_vec(), facts }
}
