//! What a comment says besides its tables, as lists of sentences. The judge's sentences stay as they are.
//! Must not know: how much of a list fits, or where it stands.

use bench_model::ledger::Waiver;
use bench_model::perf::{EvidenceLevel, Report};
use bench_model::run::{BenchSource, Purpose};
use bench_model::verdict::{BaselineRef, Judgement, Verdict, WaiverOutcome, WaiverUse};
use bench_model::{Commit, Quantity, Unit};

use super::figures::{count, percent, size, thousands};
use super::markdown::{code, prose};

/// How many characters of a name are shown.
const NAME: usize = 80;

/// Why the status is what it is, without what the lists of violations, regressions and waivers tell already.
pub(super) fn open(judgement: &Judgement) -> Vec<String> {
    let regressed: Vec<_> = judgement
        .metrics
        .iter()
        .filter(|metric| metric.verdict == Verdict::Regressed)
        .flat_map(|metric| [format!("`{}` regressed: ", metric.name), format!("`{}` changed by ", metric.name)])
        .collect();
    let mut open: Vec<String> = self_check(judgement).into_iter().collect();
    let mut told = false;
    for reason in &judgement.reasons {
        let counts_the_rest =
            reason.strip_prefix("and ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        told = if counts_the_rest {
            told
        } else {
            judgement.violations.iter().any(|violation| violation.message == *reason)
                || regressed.iter().any(|beginning| reason.starts_with(beginning))
        };
        if !told {
            open.push(reason.clone());
        }
    }
    open
}

/// What a run is that judges the judge.
fn self_check(judgement: &Judgement) -> Option<String> {
    match judgement.against.as_ref()?.purpose {
        Purpose::Change => None,
        Purpose::Noise => {
            Some("both sides are the same code: the run measures noise, and a change is a false alarm".into())
        }
        Purpose::Plant => {
            Some(judgement.plant.map_or("both sides are the same code, one slowed down".into(), |plant| {
                format!(
                    "both sides are the same code, one slowed down by {}: found in {} of {}",
                    size(plant.measured),
                    thousands(plant.found as usize),
                    count(plant.metrics as usize, "metric", "metrics")
                )
            }))
        }
    }
}

/// Waivers that met a regression, as Markdown. Unused ones are among the judge's warnings.
pub(super) fn waivers(judgement: &Judgement) -> impl Iterator<Item = String> {
    judgement.waivers.iter().filter_map(|WaiverUse { waiver, change, outcome }| {
        let what = match outcome {
            WaiverOutcome::Used => "is permitted",
            WaiverOutcome::Exceeded => "is more than is permitted",
            WaiverOutcome::Expired => "is no longer permitted",
            WaiverOutcome::Unused => return None,
        };
        let change = change.map_or(String::new(), |change| format!(" {}", percent(change)));
        let Waiver { metric, ceiling, expires, issue, reason, author } = waiver;
        let terms = format!("a loss of up to {} until {expires} ({issue}, {author}): {reason}", size(*ceiling));
        Some(format!("{}{change} {what}: {}", code(metric.as_str(), NAME), prose(&terms)))
    })
}

/// Why each metric got its verdict, where it is not plainly unchanged or new, as Markdown.
pub(super) fn whys(judgement: &Judgement) -> impl Iterator<Item = String> {
    let told = judgement.metrics.iter().filter(|metric| match metric.verdict {
        Verdict::Unchanged | Verdict::New => false,
        Verdict::Missing | Verdict::Regressed | Verdict::Inconclusive | Verdict::Improved => true,
    });
    told.map(|metric| format!("{} {}: {}", code(metric.name.as_str(), NAME), metric.verdict, prose(&metric.why)))
}

/// What was compared with what.
pub(super) fn decided(judgement: &Judgement, report: &Report) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(source) = &report.provenance.source {
        let branch = source.branch.as_ref().map_or(String::new(), |branch| format!(" on `{branch}`"));
        let dirty = if source.dirty { ", with uncommitted changes" } else { "" };
        told.push(format!("Head: {}{branch}{dirty}", source.commit));
    }
    if let Some(against) = &judgement.against {
        let benches = match against.bench_source {
            BenchSource::Head => "",
            BenchSource::Own => "; each side ran its own benches, as those of head do not compile against the base",
        };
        told.push(format!(
            "Base: `{}`{}, measured in turns with head on one machine: at most {}, looked at {}{benches}",
            against.reference,
            at(against.commit.as_ref()),
            count(against.pairs as usize, "pair of rounds", "pairs of rounds"),
            count(against.looks as usize, "time", "times"),
        ));
    }
    let promoted = |name, baseline: &Option<BaselineRef>| {
        let BaselineRef { run_id, commit, epoch, ledger_head } = baseline.as_ref()?;
        Some(format!("{name}: run `{run_id}`{}, epoch `{epoch}`, ledger head `{ledger_head}`", at(commit.as_ref())))
    };
    told.extend(promoted("Baseline", &judgement.baseline));
    told.extend(promoted("Anchor", &judgement.anchor));
    let mode = report.plan.mode.as_str();
    let filter = report.plan.filter.as_ref().map_or(String::new(), |filter| format!(", filter `{filter}`"));
    let partial = if report.plan.partial { ", partial" } else { "" };
    let rounds = count(report.plan.rounds as usize, "round", "rounds");
    told.push(format!("Run: `{}`, {mode} mode, {rounds} asked for{filter}{partial}", judgement.run_id));
    let level = report.evidence_level;
    let executed = level == EvidenceLevel::CiBenchmark && report.load.is_some();
    let evidence = if executed { "load was sent and answered" } else { evidence(level) };
    told.push(format!("Evidence: {evidence}; `perf.json` {}", judgement.perf_sha256));
    told
}

fn at(commit: Option<&Commit>) -> String {
    commit.map_or(String::new(), |commit| format!(" at {commit}"))
}

const fn evidence(level: EvidenceLevel) -> &'static str {
    match level {
        EvidenceLevel::Simulated => "simulated",
        EvidenceLevel::DryRun => "dry run",
        EvidenceLevel::Unmeasured => "it ran, and nothing of it is a measurement",
        EvidenceLevel::CiBenchmark => "a benchmark was executed",
        EvidenceLevel::RealWorkload => "real work was done and checked",
        EvidenceLevel::Production => "production",
    }
}

/// Where it was measured.
pub(super) fn environment(report: &Report) -> Vec<String> {
    let of = &report.provenance;
    let (machine, system, toolchain) = (&of.machine, &of.system, &of.toolchain);
    let joined = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let memory = Quantity { value: machine.memory_bytes as f64, unit: Unit::Bytes };
    let mut told = vec![
        format!(
            "Machine: {}",
            joined(vec![
                Some(machine.cpu_model.clone()),
                Some(count(machine.cpus as usize, "logical processor", "logical processors")),
                Some(format!("{memory:.3} of memory")),
                machine.virtualization.clone(),
                machine.governor.as_ref().map(|governor| format!("governor {governor}")),
            ])
        ),
        format!(
            "System: {}",
            joined(vec![
                Some(system.os.clone()),
                Some(system.kernel.clone()),
                system.distribution.clone(),
                system.libc.clone(),
                system.runner_image.clone(),
            ])
        ),
    ];
    let harnesses = toolchain.harness.iter().map(|(name, version)| Some(format!("{name} {version}")));
    let tools = joined([toolchain.rustc.clone()].into_iter().chain(harnesses).collect());
    if !tools.is_empty() {
        told.push(format!("Toolchain: {tools}"));
    }
    if let Some([one, five, fifteen]) = machine.load_average {
        told.push(format!("Load before measuring: {one}, {five}, {fifteen} over 1, 5 and 15 minutes"));
    }
    told.push(format!("Measured: {}, in {:.0} s, by {}; epoch `{}`", of.started, of.duration_s, of.tool, of.epoch));
    told
}
