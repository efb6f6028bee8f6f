//! What the ledger's runs measured, folded line by line: of each metric, scenario and scalability run the newest, and the history of
//! what is demanded. A shortened run never stands in the place of a full one. Values of another environment than the newest one's are left
//! out, and counted.
//! Must not know: what any of it means.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bench_model::assessment::Evidence;
use bench_model::ledger::{Body, Entry, RunEntry};
use bench_model::perf::EvidenceLevel;
use bench_model::proof::Proof;
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::scale::ScaleSummary;
use bench_model::time::Timestamp;
use bench_model::verdict::Status;
use bench_model::words::{count, list};
use bench_model::{Commit, Direction, Finite, MetricName, RunId, Sha256, Unit};

use super::config::{AssessConfig, InputBy, TargetBy};
use super::names::ScaleName;
use super::plan::{Measure, TestPlan};

/// A line of the ledger that tells of a run.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    pub(super) seq: u64,
    pub(super) digest: Sha256,
    pub(super) time: Timestamp,
    pub(super) run_id: RunId,
    pub(super) commit: Option<Commit>,
    pub(super) dirty: bool,
    pub(super) epoch: Epoch,
    pub(super) level: EvidenceLevel,
    pub(super) mode: Mode,
    pub(super) status: Status,
    pub(super) what: String,
    /// What keeps the work from being proven, where the run gave an account of it.
    pub(super) unproven: Option<String>,
}

impl Line {
    /// Whether the run was shortened.
    pub(super) fn shortened(&self) -> bool {
        self.mode == Mode::Quick
    }

    /// What counts first: a run that was not shortened, and of those the newest.
    pub(super) fn rank(&self) -> (bool, u64) {
        (!self.shortened(), self.seq)
    }
}

/// A value that a line holds.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) line: Rc<Line>,
    pub(super) value: Finite,
    pub(super) unit: Unit,
    pub(super) direction: Direction,
    /// Of each round, where the line tells them; of a history nobody asks for them.
    pub(super) rounds: Vec<Finite>,
}

/// A scalability run that a line holds.
#[derive(Debug)]
pub(super) struct Scaled {
    pub(super) line: Rc<Line>,
    pub(super) summary: ScaleSummary,
}

/// Everything that is taken from a ledger.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The value of each metric that counts first.
    pub(super) metrics: BTreeMap<MetricName, Value>,
    /// The scalability run of each name that counts first.
    pub(super) scales: BTreeMap<ScaleName, Scaled>,
    /// The run of each scenario that is asked for that counts first; none before a line tells of it.
    scenarios: BTreeMap<String, Option<Rc<Line>>>,
    /// All values of each metric that is demanded, oldest first, of runs that were not shortened.
    histories: BTreeMap<MetricName, Vec<Value>>,
    /// How many values of each metric that is asked for each environment has.
    asked: BTreeMap<MetricName, BTreeMap<Epoch, u64>>,
    pub(super) runs: u64,
    pub(super) incomplete: u64,
    cited: RefCell<BTreeMap<u64, Rc<Line>>>,
}

impl Facts {
    /// Nothing yet, for what is asked here.
    pub(super) fn new(config: &AssessConfig, plan: &TestPlan) -> Self {
        let mut facts = Self::default();
        let inputs = config.inputs.iter().filter_map(|input| match &input.by {
            InputBy::Metric { metric, .. } => Some(metric),
            InputBy::Cost { .. } | InputBy::Test(_) => None,
        });
        let targets = config.targets.iter().filter_map(|target| match &target.by {
            TargetBy::Metric(metric) => Some(metric),
            TargetBy::Throughput(_) | TargetBy::Size(_) | TargetBy::Regions(_) | TargetBy::Nothing(_) => None,
        });
        let mut wanted: BTreeSet<&MetricName> = inputs.chain(targets).collect();
        for test in &plan.tests {
            match &test.by {
                Measure::Metric(metric, _) => {
                    wanted.insert(metric);
                }
                Measure::Scenario(name) | Measure::NotAutomated { imported: Some(name), .. } => {
                    facts.scenarios.insert(name.clone(), None);
                }
                Measure::Throughput(..)
                | Measure::Cost(..)
                | Measure::NotAutomated { imported: None, .. }
                | Measure::NotApplicable(_) => {}
            }
        }
        for metric in config.demands.iter().filter_map(|demand| demand.metric.as_ref()) {
            wanted.insert(metric);
            facts.histories.insert(metric.clone(), Vec::new());
        }
        facts.asked = wanted.into_iter().map(|name| (name.clone(), BTreeMap::new())).collect();
        facts
    }

    /// Takes a line.
    pub(super) fn line(&mut self, entry: &Entry) {
        let Body::Run(run) = &entry.body else { return };
        self.runs += 1;
        let level = run.evidence();
        if !run.complete || level <= EvidenceLevel::Unmeasured {
            self.incomplete += 1;
            return;
        }
        let line = Rc::new(Line {
            seq: entry.seq,
            digest: entry.digest.clone(),
            time: entry.time,
            run_id: run.run_id.clone(),
            commit: run.commit.clone(),
            dirty: run.dirty,
            epoch: run.epoch.clone(),
            level,
            mode: run.mode,
            status: run.status,
            what: what(run),
            unproven: run.proofs().iter().find_map(Proof::shortfall),
        });
        for (name, value) in values(run, &line) {
            if let Some(epochs) = self.asked.get_mut(name) {
                *epochs.entry(run.epoch.clone()).or_default() += 1;
            }
            if let Some(history) = self.histories.get_mut(name).filter(|_| !line.shortened()) {
                history.push(Value { line: Rc::clone(&line), rounds: Vec::new(), ..value });
            }
            match self.metrics.get_mut(name) {
                Some(known) if known.line.rank() > line.rank() => {}
                Some(known) => *known = value,
                None => {
                    self.metrics.insert(name.clone(), value);
                }
            }
        }
        let scale = run.account.as_ref().and_then(|account| account.scale.as_deref());
        match scale {
            Some(summary) => {
                let name = ScaleName { scenario: summary.scenario.clone(), axis: summary.axis };
                if self.scales.get(&name).is_none_or(|known| known.line.rank() < line.rank()) {
                    self.scales.insert(name, Scaled { line, summary: summary.clone() });
                }
            }
            None => self.scenario(run, &line),
        }
    }

    /// Whether the line tells of a scenario that is asked for.
    fn scenario(&mut self, run: &RunEntry, line: &Rc<Line>) {
        let names = run.metrics.iter().map(|metric| &metric.name).chain(&run.missing);
        let told: BTreeSet<&str> =
            names.filter_map(|name| name.as_str().split_once('/')).map(|(name, _)| name).collect();
        for name in told {
            if let Some(known) = self.scenarios.get_mut(name)
                && known.as_ref().is_none_or(|known| known.rank() < line.rank())
            {
                *known = Some(Rc::clone(line));
            }
        }
    }

    /// The value of a metric that counts first.
    pub(super) fn value(&self, name: &MetricName) -> Option<&Value> {
        self.metrics.get(name)
    }

    /// The run of a scenario that the plan asks for that counts first.
    pub(super) fn run_of(&self, scenario: &str) -> Option<&Rc<Line>> {
        self.scenarios.get(scenario)?.as_ref()
    }

    /// The values of a demanded metric in the environment of the newest one, oldest first.
    pub(super) fn history(&self, name: &MetricName) -> Vec<&Value> {
        let all = self.histories.get(name).map(Vec::as_slice).unwrap_or_default();
        let Some(newest) = all.last() else { return Vec::new() };
        all.iter().filter(|value| value.line.epoch == newest.line.epoch && value.unit == newest.unit).collect()
    }

    /// Values of metrics that are asked for, in other environments than the newest one of each.
    pub(super) fn other_epochs(&self) -> u64 {
        let others = |(name, epochs): (&MetricName, &BTreeMap<Epoch, u64>)| {
            let newest = self.metrics.get(name).map(|value| &value.line.epoch);
            epochs.iter().filter(|(epoch, _)| Some(*epoch) != newest).map(|(_, count)| count).sum::<u64>()
        };
        self.asked.iter().map(others).sum()
    }

    /// The id of a line as evidence. Lines that were never cited are no evidence.
    pub(super) fn cite(&self, line: &Rc<Line>) -> String {
        self.cited.borrow_mut().insert(line.seq, Rc::clone(line));
        format!("E{}", line.seq)
    }

    /// Every line that was cited.
    pub(super) fn evidence(&self, generated: Timestamp, max_age_days: u64) -> Vec<Evidence> {
        let cited = self.cited.borrow();
        let evidence = |line: &Rc<Line>| {
            let age_days = u64::try_from((generated.unix() - line.time.unix()) / 86_400).unwrap_or(0);
            Evidence {
                id: format!("E{}", line.seq),
                seq: line.seq,
                line: line.digest.clone(),
                time: line.time,
                age_days,
                old: age_days > max_age_days,
                run_id: line.run_id.clone(),
                commit: line.commit.clone(),
                dirty: line.dirty,
                epoch: line.epoch.clone(),
                evidence_level: line.level,
                mode: line.mode,
                status: line.status,
                what: line.what.clone(),
            }
        };
        cited.values().map(evidence).collect()
    }
}

/// Every value of a run, judged or not.
fn values<'a>(run: &'a RunEntry, line: &'a Rc<Line>) -> impl Iterator<Item = (&'a MetricName, Value)> {
    let judged = run.metrics.iter().map(|of| {
        let rounds = of.rounds.clone();
        (&of.name, Value { line: Rc::clone(line), value: of.value, unit: of.unit, direction: of.direction, rounds })
    });
    let others = run.account.iter().flat_map(|account| &account.metrics).map(|of| {
        let rounds = Vec::new();
        (&of.name, Value { line: Rc::clone(line), value: of.value, unit: of.unit, direction: of.direction, rounds })
    });
    judged.chain(others)
}

/// What a run is, in a few words.
fn what(run: &RunEntry) -> String {
    let account = run.account.as_deref();
    if let Some(scale) = account.and_then(|account| account.scale.as_deref()) {
        let sizes: Vec<String> = scale.levels.iter().map(|level| level.at.to_string()).collect();
        return format!("{} over {} {}", scale.scenario, sizes.join(", "), scale.axis);
    }
    let named = run.metrics.iter().map(|metric| metric.name.as_str());
    let measured: BTreeSet<&str> = named.filter_map(|name| name.split(['/', '#']).next()).collect();
    let mut text = format!("metrics of {}", list(measured));
    if let Some(account) = account.filter(|account| !account.proofs.is_empty()) {
        let proven = account.proofs.iter().filter(|proof| proof.shortfall().is_none()).count();
        let rounds = count(account.proofs.len(), "round", "rounds");
        text = format!("{text}; {rounds}, {proven} of them done and checked");
    }
    text
}
