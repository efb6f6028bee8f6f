//! What would measure the tests that were not run at full length.
//! Must not know: how it is run.

use std::collections::{BTreeMap, BTreeSet};

use bench_model::MetricName;
use bench_model::assessment::{Assessment, PlanItem, TestStatus};
use bench_model::run::Mode;
use bench_model::scale::Axis;

use super::config::{AssessConfig, InputBy, TargetBy};
use super::names::ScaleName;
use super::plan::{Measure, TestPlan};

/// Sizes that a law can be fitted to, where tests ask for fewer.
const USUAL: [u32; 5] = [1, 2, 3, 5, 10];

/// The largest size of a target that is asked for: what `load-runner scale` takes.
const fn most(axis: Axis) -> u32 {
    match axis {
        Axis::Processes | Axis::Threads => 256,
        Axis::Pool => 10_000,
        Axis::Connections => 100_000,
    }
}

/// What would measure a test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Run {
    Scale(ScaleName),
    Load(String),
    Program(String),
}

/// What would measure the tests that were not run at full length and the sizes that are targets, each once and ordered, for programs:
/// `scale SCENARIO AXIS SIZES`, such as `scale scale-trust threads 1,2,3,4,5`; `load SCENARIO`; or a measured program's name. A scalability run
/// at full length that the ledger holds with all these sizes, and that has no such value, is not asked for again.
pub fn missing_runs(of: &Assessment, config: &AssessConfig, plan: &TestPlan) -> Vec<String> {
    let line = |run: Run| match run {
        Run::Scale(name) => {
            let wanted = sizes(&name, config, plan);
            let whole = of.scaling.iter().filter(|run| !shortened(of, &run.evidence));
            let there = whole.map(|run| &run.summary).any(|run| {
                let has = |at: &u32| run.levels.iter().any(|level| level.at == *at);
                run.scenario == name.scenario && run.axis == name.axis && wanted.iter().all(has)
            });
            (!there).then(|| format!("scale {} {} {}", name.scenario, name.axis, joined(&wanted)))
        }
        Run::Load(name) => Some(format!("load {name}")),
        Run::Program(name) => Some(name),
    };
    let lacking = |item: &PlanItem| {
        item.status == TestStatus::NotRun || item.evidence.as_deref().is_some_and(|id| shortened(of, id))
    };
    let mut runs: BTreeSet<Run> = by_run(of, plan, lacking).into_keys().collect();
    runs.extend(targets(config).map(|(name, _)| Run::Scale(name.clone())));
    runs.into_iter().filter_map(line).collect()
}

/// The sizes that are targets and that can be measured, with what they are of.
fn targets(config: &AssessConfig) -> impl Iterator<Item = (&ScaleName, u32)> {
    config.targets.iter().filter_map(|target| match &target.by {
        TargetBy::Size(name) => {
            let size = target.target.value.ceil();
            (1.0..=f64::from(most(name.axis))).contains(&size).then_some((name, size as u32))
        }
        TargetBy::Throughput(_) | TargetBy::Metric(_) | TargetBy::Regions(_) | TargetBy::Nothing(_) => None,
    })
}

/// The sizes that tests, scores and targets ask for, the smallest, and as many more as a law needs; ascending.
pub(super) fn sizes(name: &ScaleName, config: &AssessConfig, plan: &TestPlan) -> BTreeSet<u32> {
    let of_metric = |metric: &MetricName| {
        let (scale, size) = ScaleName::place(metric)?;
        size.parse::<u32>().ok().filter(|_| scale == *name)
    };
    let tests = plan.tests.iter().filter_map(|test| match &test.by {
        Measure::Metric(metric, _) => of_metric(metric),
        Measure::Cost(cost, _) => cost.size.filter(|_| cost.scale == *name),
        Measure::Throughput(..) | Measure::Scenario(_) | Measure::NotAutomated { .. } | Measure::NotApplicable(_) => {
            None
        }
    });
    let inputs = config.inputs.iter().filter_map(|input| match &input.by {
        InputBy::Metric { metric, .. } => of_metric(metric),
        InputBy::Cost { cost, .. } => cost.size.filter(|_| cost.scale == *name),
        InputBy::Test(_) => None,
    });
    let mut sizes: BTreeSet<u32> = tests.chain(inputs).chain([1]).collect();
    for usual in USUAL {
        if sizes.len() < USUAL.len() {
            sizes.insert(usual);
        }
    }
    sizes.extend(targets(config).filter(|(of, _)| *of == name).map(|(_, size)| size));
    sizes
}

/// Sizes as flags take them: `1,2,3`.
pub(super) fn joined(sizes: &BTreeSet<u32>) -> String {
    sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// Whether the run behind a line was shortened. The facts prefer runs at full length: then there is none.
fn shortened(of: &Assessment, id: &str) -> bool {
    of.evidence.iter().any(|line| line.id == id && line.mode == Mode::Quick)
}

/// The tests that were not run, by what would measure them.
pub(super) fn not_run<'a>(of: &'a Assessment, plan: &TestPlan) -> BTreeMap<Run, Vec<&'a str>> {
    by_run(of, plan, |item| item.status == TestStatus::NotRun)
}

fn by_run<'a>(of: &'a Assessment, plan: &TestPlan, which: impl Fn(&PlanItem) -> bool) -> BTreeMap<Run, Vec<&'a str>> {
    let mut by_run: BTreeMap<Run, Vec<&str>> = BTreeMap::new();
    for (item, test) in of.plan.items.iter().zip(&plan.tests) {
        if which(item)
            && let Some(run) = run_for(&test.by)
        {
            by_run.entry(run).or_default().push(&item.id);
        }
    }
    by_run
}

fn run_for(by: &Measure) -> Option<Run> {
    Some(match by {
        Measure::Metric(metric, _) => match ScaleName::of_metric(metric) {
            Some(name) => Run::Scale(name),
            None => Run::Program(metric.as_str().split(['/', '#']).next().unwrap_or_default().to_owned()),
        },
        Measure::Throughput(name, _) => Run::Scale(name.clone()),
        Measure::Cost(cost, _) => Run::Scale(cost.scale.clone()),
        Measure::Scenario(name) => Run::Load(name.clone()),
        Measure::NotAutomated { .. } | Measure::NotApplicable(_) => return None,
    })
}
