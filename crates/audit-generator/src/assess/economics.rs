//! What each size costs, and which is the cheapest of its scenario that keeps the service level: requests of different scenarios are different
//! work, and their costs are not compared. With no prices nothing has a cost.
//! Must not know: what requests should cost.

use std::collections::BTreeSet;

use bench_model::Finite;
use bench_model::assessment::{Cost, Economics, Prices};
use bench_model::scale::{Axis, ScaleLevel};
use bench_model::words::list;

use super::carried::{generator, keeps, level_text, no_evidence};
use super::config::AssessConfig;
use super::facts::{Facts, Scaled};
use super::measured::{Doubt, of_line};
use super::names::{CostName, ScaleName};

/// Why nothing is decided by a cost.
pub(super) const EXAMPLES: &str = "the prices are examples: with them nothing is decided";

const GIB: f64 = 1_073_741_824.0;
const SECONDS: f64 = 3_600.0;
const MILLION: f64 = 1e6;

/// The costs of all sizes of all scalability runs over processes and threads.
pub(super) fn economics(facts: &Facts, config: &AssessConfig) -> Economics {
    let service_level = level_text(&config.service_level);
    let Some(prices) = &config.prices else {
        let why = "no prices are configured: nothing has a cost".to_owned();
        return Economics { prices: None, service_level, costs: Vec::new(), cheapest: None, why };
    };
    let priced = facts.scales.values().filter(|scaled| match scaled.summary.axis {
        Axis::Processes | Axis::Threads => true,
        // The same service at another load is no other configuration, and a pool has no price.
        Axis::Pool | Axis::Connections => false,
    });
    let costs: Vec<Cost> = priced
        .flat_map(|scaled| scaled.summary.levels.iter().map(move |level| (scaled, level)))
        .map(|(scaled, level)| cost(facts, config, prices, scaled, level))
        .collect();
    let scenarios: BTreeSet<&str> = costs.iter().map(|cost| cost.scenario.as_str()).collect();
    let winners = scenarios.iter().filter_map(|name| cheapest(&costs, |cost| cost.scenario == **name));
    let winners: Vec<usize> = winners.collect();
    let told = |best: &Cost| {
        format!(
            "{} of {} cost {} {} for a million requests and keep {service_level}: less than any other size measured of that scenario that does",
            best.axis.counted(best.at),
            best.scenario,
            bench_model::unit::rounded(best.per_million.map_or(0.0, Finite::get), 3),
            prices.currency
        )
    };
    let why = match winners.is_empty() {
        false => winners.iter().filter_map(|at| costs.get(*at)).map(told).collect::<Vec<_>>().join("; "),
        true if costs.is_empty() => "no run of the ledger measured a scenario over processes or threads".into(),
        true => format!("no size measured has a known cost and keeps {service_level}"),
    };
    let cheapest = match *winners.as_slice() {
        [only] if scenarios.len() == 1 => u32::try_from(only).ok(),
        _ => None,
    };
    Economics { prices: Some(prices.clone()), service_level, costs, cheapest, why }
}

/// The place of the cheapest size that keeps the service level, among some of them; of equally cheap ones the first.
fn cheapest(costs: &[Cost], among: impl Fn(&Cost) -> bool) -> Option<usize> {
    let known = costs.iter().enumerate().filter(|(_, cost)| among(cost) && cost.keeps_level == Some(true));
    let known = known.filter_map(|(at, cost)| Some((at, cost.per_million?)));
    known.min_by(|(_, one), (_, other)| one.get().total_cmp(&other.get())).map(|(at, _)| at)
}

/// Why something has no cost.
pub(super) enum NoCost {
    /// Nothing measured it.
    NotRun(String),
    /// A run that measures it could not say.
    NotKnown { why: String, evidence: String },
}

impl NoCost {
    pub(super) fn why(self) -> String {
        match self {
            Self::NotRun(why) | Self::NotKnown { why, .. } => why,
        }
    }
}

/// A million requests of what a name stands for: its size with its cost, or why there is none.
pub(super) fn cost_of<'a>(economics: &'a Economics, name: &CostName) -> Result<(&'a Cost, Finite), NoCost> {
    if economics.prices.is_none() {
        return Err(NoCost::NotRun(economics.why.clone()));
    }
    let (scenario, axis) = (&name.scale.scenario, name.scale.axis);
    let mine = |cost: &Cost| cost.scenario == *scenario && cost.axis == axis;
    let Some(first) = economics.costs.iter().find(|cost| mine(cost)) else {
        return Err(NoCost::NotRun(format!("no run of the ledger measured {scenario} over {axis}")));
    };
    let found = match name.size {
        Some(at) => {
            let found = economics.costs.iter().find(|cost| mine(cost) && cost.at == at);
            found.ok_or_else(|| NoCost::NotRun(format!("{} of {scenario} were not measured", axis.counted(at))))?
        }
        None => {
            let found = cheapest(&economics.costs, mine).and_then(|at| economics.costs.get(at));
            found.ok_or_else(|| NoCost::NotKnown {
                why: format!("no size measured has a known cost and keeps {}", economics.service_level),
                evidence: first.evidence.clone(),
            })?
        }
    };
    let unknown = || NoCost::NotKnown { why: found.why.clone(), evidence: found.evidence.clone() };
    Ok((found, found.per_million.ok_or_else(unknown)?))
}

/// The run and the size that a cost is of.
fn behind<'a>(facts: &'a Facts, cost: &Cost) -> Option<(&'a Scaled, &'a ScaleLevel)> {
    let run = facts.scales.get(&ScaleName { scenario: cost.scenario.clone(), axis: cost.axis })?;
    Some((run, run.summary.levels.iter().find(|level| level.at == cost.at)?))
}

/// Why a cost decides nothing, good or bad.
pub(super) fn cost_doubt(facts: &Facts, cost: &Cost) -> Option<Doubt> {
    of_line(&behind(facts, cost)?.0.line)
}

/// Why a cost says nothing of the service when it is bad.
pub(super) fn cost_excuse(facts: &Facts, economics: &Economics, name: &CostName, cost: &Cost) -> Option<Doubt> {
    if let Some(why) = generator(behind(facts, cost)?.1) {
        return Some(Doubt::Generator(format!("{why}: a request may cost less")));
    }
    let mine =
        |other: &&Cost| other.scenario == cost.scenario && other.axis == cost.axis && other.keeps_level.is_none();
    let other = economics.costs.iter().filter(|_| name.size.is_none()).find(mine)?;
    Some(Doubt::AtLeast(format!("another size may cost less: at {} {}", other.axis.counted(other.at), other.why)))
}

fn cost(facts: &Facts, config: &AssessConfig, prices: &Prices, scaled: &Scaled, level: &ScaleLevel) -> Cost {
    let processes = match scaled.summary.axis {
        Axis::Processes => f64::from(level.at),
        Axis::Threads | Axis::Pool | Axis::Connections => 1.0,
    };
    let mut lacking = Vec::new();
    let mut part = |price: Option<Finite>, amount: Option<f64>, name: &'static str| match (price, amount) {
        (None, _) => 0.0,
        (Some(price), Some(amount)) => price.get() * amount,
        (Some(_), None) => {
            lacking.push(name);
            0.0
        }
    };
    let hour = part(prices.process_hour, Some(processes), "processes")
        + part(prices.cpu_hour, level.service_cpu.map(|cpu| cpu.value.get()), "processors in use")
        + part(prices.gib_hour, level.service_memory.map(|bytes| bytes.value.get() / GIB), "memory");
    let throughput = level.throughput.value;
    let measured = no_evidence(level).is_none();
    let per_hour = if measured && lacking.is_empty() { Finite::try_from(hour).ok() } else { None };
    let per_million = per_hour.filter(|_| throughput.get() > 0.0);
    let per_million =
        per_million.and_then(|hour| Finite::try_from(hour.get() / (throughput.get() * SECONDS) * MILLION).ok());
    let mut why = Vec::new();
    if measured && !lacking.is_empty() {
        why.push(format!(
            "{} {} not measured",
            list(lacking.iter().copied()),
            if lacking.len() == 1 { "was" } else { "were" }
        ));
    }
    let mut keeps_level = match keeps(level, &config.service_level) {
        Ok(Ok(())) => Some(true),
        Ok(Err(broken)) => {
            why.push(broken);
            Some(false)
        }
        Err(unknown) => {
            why.push(unknown);
            None
        }
    };
    if let Some(generator) = generator(level) {
        why.push(format!("{generator}: the service may carry more, and a request cost less"));
        keeps_level = None;
    }
    if let Some(doubt) = of_line(&scaled.line) {
        why.push(doubt.why().to_owned());
        keeps_level = None;
    }
    Cost {
        scenario: scaled.summary.scenario.clone(),
        axis: scaled.summary.axis,
        at: level.at,
        throughput,
        per_hour,
        per_million,
        keeps_level,
        why: why.join("; "),
        evidence: facts.cite(&scaled.line),
    }
}
