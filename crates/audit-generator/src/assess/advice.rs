//! What to do, each derived from something that fell short.
//! Must not know: how serious that is for anybody.

use std::collections::BTreeMap;

use bench_model::Direction;
use bench_model::assessment::{
    Assessment, Bottleneck, DecisionKind, PlanItem, Recommendation, Source, TargetOutcome, TestStatus,
};
use bench_model::words::list;

use super::config::TargetBy;
use super::demand::ordered;
use super::measured::Doubt;
use super::missing::{Run, joined, not_run, sizes};
use super::names::ScaleName;
use super::verdict::{against, compared};
use super::{AssessConfig, TestPlan};

/// Every recommendation, most serious first: what failed, what holds back, what is too small, what was not measured.
pub(super) fn recommendations(
    of: &Assessment,
    config: &AssessConfig,
    plan: &TestPlan,
    doubts: &[Option<Doubt>],
) -> Vec<Recommendation> {
    let mut all = Vec::new();
    for item in of.plan.items.iter().filter(|item| item.status == TestStatus::Failed) {
        let text = failed(item);
        let from = format!("test {}, {}: {}", item.id, item.title, against(item));
        all.push(Recommendation { text, from, evidence: item.evidence.iter().cloned().collect() });
    }
    for component in &of.components {
        if let Bottleneck::Measured { text, evidence, .. } = &component.bottleneck {
            let from = format!("the bottleneck of the component `{}`", component.name);
            let text = format!("start with what holds `{}` back: {text}", component.name);
            all.push(Recommendation { text, from, evidence: vec![evidence.clone()] });
        }
    }
    for decision in of.decisions.iter().filter(|decision| decision.decision == DecisionKind::Up) {
        let text =
            "measure larger sizes, or on a larger machine: no measured size is known to carry the peak with its margin"
                .into();
        let from = format!("the decision on {}: {}", decision.name, decision.why);
        all.push(Recommendation { text, from, evidence: decision.evidence.clone() });
    }
    for (target, wanted) in of.targets.iter().zip(&config.targets) {
        let (Some(current), name) = (&target.current, &target.name) else { continue };
        let text = match (target.outcome, &wanted.by, target.direction) {
            (TargetOutcome::Met | TargetOutcome::NotMeasured, _, _) => continue,
            (TargetOutcome::NotKnown, TargetBy::Size(of), _) => {
                format!("measure {of} at {} and the sizes before it", target.target)
            }
            (TargetOutcome::NotKnown, _, _) => format!("measure {name} again, so that the service's own limit shows"),
            (TargetOutcome::Missed, TargetBy::Size(of), _) => {
                format!("find what breaks the service level of {of} beyond {current}")
            }
            (TargetOutcome::Missed, _, Direction::HigherIsBetter) => {
                format!("raise {name} from {current} to {}", target.target)
            }
            (TargetOutcome::Missed, _, Direction::LowerIsBetter) => {
                format!("lower {name} from {current} to {}", target.target)
            }
        };
        let from = format!("the target {name}: {}", compared(target));
        all.push(Recommendation { text, from, evidence: target.evidence.iter().cloned().collect() });
    }
    all.extend(open(of, doubts));
    all.extend(measure(of, config, plan));
    all.extend(kept_up(of));
    all
}

/// One recommendation for each reason why tests cannot be decided.
fn open(of: &Assessment, doubts: &[Option<Doubt>]) -> Vec<Recommendation> {
    let mut by_reason: BTreeMap<&str, Vec<&PlanItem>> = BTreeMap::new();
    for (item, doubt) in of.plan.items.iter().zip(doubts) {
        let Some(doubt) = doubt else { continue };
        let text = match doubt {
            Doubt::Processors(_) => "measure on a machine with more processors, so that the service's own limit shows",
            Doubt::Generator(_) => "measure with the generator on a machine of its own, or with fewer processes",
            Doubt::Interval(_) => "measure more rounds, so that the interval lies on one side of the limit",
            Doubt::NoEvidence(_) => "find out why those sizes could not be measured, and measure them again",
            Doubt::Shortened(_) => "run at full length, without a time scale, what was only run shortened",
            Doubt::AtLeast(_) => "measure again, so that the service's own limit shows at every size",
            Doubt::Unproven(_) => "measure again, with all of the work done and checked",
            Doubt::Prices(_) => "put your own prices into config/assessment.toml",
            Doubt::Other(_) => "look at why the newest run cannot tell, and measure again",
        };
        by_reason.entry(text).or_default().push(item);
    }
    let make = |(text, items): (&str, Vec<&PlanItem>)| {
        let from = format!("cannot be decided: {}", list(items.iter().map(|item| item.id.as_str())));
        let evidence = ordered(items.iter().filter_map(|item| item.evidence.clone()).collect());
        Recommendation { text: text.to_owned(), from, evidence }
    };
    by_reason.into_iter().map(make).collect()
}

/// What a test that failed is about says where to look.
fn failed(item: &PlanItem) -> String {
    let name = item.measured_by.as_deref().unwrap_or_default();
    // A program that prints many of them has the operation before the measure: `operations#redis/get/latency_p95`.
    let measure = name.rsplit(['#', '/']).next().unwrap_or_default();
    let what = match measure {
        "efficiency" => "find what they wait for: each more of them gives less than it should",
        "contention" => "shorten what can only be done by one at a time: locks, a single writer, shared counters",
        "coherency" => "let them know less of each other: fewer shared values, and updates in batches",
        "peak_throughput" | "throughput" | "rate" => {
            "make a request cheaper, or find what keeps more from being answered"
        }
        "latency_p95" | "latency_p50" | "latency_p99" => "find what requests wait for at that load before adding to it",
        "pool_wait" => "hold connections for a shorter time, or let there be more of them",
        "error_rate" => "find what fails: a size that fails carries nothing",
        "service_memory" | "memory_per_thousand" | "peak_rss" => "find what keeps the memory, and bound it",
        "mttr" | "records_per_second" => "make a record cheaper, or work on several at a time",
        _ if name.starts_with("largest throughput") => {
            "make a request cheaper, or find what keeps more from being answered"
        }
        _ if name.starts_with("cost of ") => {
            "use fewer processors or less memory for a request, or a size that costs less"
        }
        _ if name.starts_with("scenario ") => "read the verdict of that run, and fix what it did not keep",
        _ => "find out why",
    };
    format!("`{name}`: {what}")
}

/// One recommendation for each run that would measure what was not.
fn measure(of: &Assessment, config: &AssessConfig, plan: &TestPlan) -> Vec<Recommendation> {
    let make = |(run, ids): (Run, Vec<&str>)| {
        let text = match run {
            Run::Scale(name) => {
                let (at, ScaleName { scenario, axis }) = (sizes(&name, config, plan), name);
                format!(
                    "measure {scenario} over {axis}: `cargo xtask scale {scenario} --axis {axis} --at {}`",
                    joined(&at)
                )
            }
            Run::Load(name) => format!("run the scenario {name}: `cargo xtask load {name}`"),
            Run::Program(name) => format!("measure `{name}`, and keep the run in the ledger"),
        };
        Recommendation { text, from: format!("not run: {}", list(ids)), evidence: Vec::new() }
    };
    not_run(of, plan).into_iter().map(make).collect()
}

/// What keeps the assessment itself from being one of the service at hand.
fn kept_up(of: &Assessment) -> Vec<Recommendation> {
    let mut all = Vec::new();
    let old: Vec<String> = of.evidence.iter().filter(|line| line.old).map(|line| line.id.clone()).collect();
    if !old.is_empty() {
        let text = "measure again what is old".to_owned();
        all.push(Recommendation { text, from: "the age of its evidence".into(), evidence: old });
    }
    for decision in &of.decisions {
        if decision.predicted_peak.as_ref().is_some_and(|peak| peak.source == Source::Example) {
            let text = format!(
                "put the peak that you expect of {} into config/assessment.toml, or record what production answers",
                decision.name
            );
            all.push(Recommendation {
                text,
                from: format!("the decision on {}, which rests on an example", decision.name),
                evidence: Vec::new(),
            });
        }
    }
    all
}
