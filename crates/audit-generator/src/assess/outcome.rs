//! What became of each test of the plan.
//! Must not know: how tests are read, or what follows from them.

use bench_model::assessment::{Amount, Economics, Limit, Plan, PlanCategory, PlanCounts, PlanItem, TestStatus};
use bench_model::verdict::Status;
use bench_model::{Direction, Finite, Quantity, words};

use super::carried::level_text;
use super::config::AssessConfig;
use super::economics::{EXAMPLES, NoCost, cost_doubt, cost_excuse, cost_of};
use super::facts::Facts;
use super::measured::{Doubt, Lack, Measured, amount, measured, most, of_line, side};
use super::names::CostName;
use super::plan::{Bound, Measure, Test, TestPlan};

/// Every test of the plan with its result, and why those that are open are.
pub(super) fn outcomes(
    facts: &Facts,
    config: &AssessConfig,
    plan: &TestPlan,
    economics: &Economics,
) -> (Plan, Vec<Option<Doubt>>) {
    let of = |test: &Test| outcome(facts, config, test, economics);
    let (items, doubts): (Vec<PlanItem>, Vec<Option<Doubt>>) = plan.tests.iter().map(of).unzip();
    let counts = PlanCategory::ALL.into_iter().map(|category| counts(category, &items)).collect();
    (Plan { counts, items }, doubts)
}

fn counts(category: PlanCategory, items: &[PlanItem]) -> PlanCounts {
    let mut counts = PlanCounts {
        category,
        all: 0,
        passed: 0,
        failed: 0,
        inconclusive: 0,
        not_run: 0,
        not_automated: 0,
        not_applicable: 0,
    };
    for item in items.iter().filter(|item| item.category == category) {
        counts.all += 1;
        *match item.status {
            TestStatus::Passed => &mut counts.passed,
            TestStatus::Failed => &mut counts.failed,
            TestStatus::Inconclusive => &mut counts.inconclusive,
            TestStatus::NotRun => &mut counts.not_run,
            TestStatus::NotAutomated => &mut counts.not_automated,
            TestStatus::NotApplicable => &mut counts.not_applicable,
        } += 1;
    }
    counts
}

/// What became of a test.
type Outcome = (PlanItem, Option<Doubt>);

fn outcome(facts: &Facts, config: &AssessConfig, test: &Test, economics: &Economics) -> Outcome {
    let (id, title, category) = (test.id.clone(), test.title.clone(), test.category);
    let (status, why) = (TestStatus::NotRun, String::new());
    let item =
        PlanItem { id, category, title, status, measured_by: None, value: None, limit: None, evidence: None, why };
    match &test.by {
        Measure::Metric(name, bound) => {
            let item = PlanItem { measured_by: Some(name.to_string()), limit: limit(*bound), ..item };
            held(facts, item, measured(facts, name), *bound)
        }
        Measure::Throughput(name, bound) => {
            let by = format!("largest throughput of {name} that keeps {}", level_text(&config.service_level));
            let item = PlanItem { measured_by: Some(by), limit: limit(*bound), ..item };
            held(facts, item, most(facts, name, &config.service_level), *bound)
        }
        Measure::Cost(name, most) => costs(facts, item, economics, name, *most),
        Measure::Scenario(name) => scenario(facts, item, name),
        Measure::NotAutomated { imported: Some(name), .. } if facts.run_of(name).is_some() => {
            scenario(facts, item, name)
        }
        Measure::NotAutomated { why, .. } => {
            (PlanItem { status: TestStatus::NotAutomated, why: why.clone(), ..item }, None)
        }
        Measure::NotApplicable(why) => (PlanItem { status: TestStatus::NotApplicable, why: why.clone(), ..item }, None),
    }
}

fn open(item: PlanItem, doubt: Doubt) -> Outcome {
    (PlanItem { status: TestStatus::Inconclusive, why: doubt.why().to_owned(), ..item }, Some(doubt))
}

fn costs(facts: &Facts, item: PlanItem, economics: &Economics, name: &CostName, most: Finite) -> Outcome {
    let currency = economics.prices.as_ref().map_or("", |prices| prices.currency.as_str());
    let limit = Amount::money(most.get(), currency).map(Limit::AtMost);
    let item = PlanItem { measured_by: Some(name.to_string()), limit, ..item };
    let (cost, value) = match cost_of(economics, name) {
        Ok(found) => found,
        Err(NoCost::NotRun(why)) => return (PlanItem { why, ..item }, None),
        Err(NoCost::NotKnown { why, evidence }) => {
            return open(PlanItem { evidence: Some(evidence), ..item }, Doubt::Other(why));
        }
    };
    let (shown, evidence) = (Amount::money(value.get(), currency), Some(cost.evidence.clone()));
    let item = PlanItem { value: shown, evidence, ..item };
    if economics.prices.as_ref().is_some_and(|prices| prices.example) {
        return open(item, Doubt::Prices(EXAMPLES.to_owned()));
    }
    if let Some(doubt) = cost_doubt(facts, cost) {
        return open(item, doubt);
    }
    let kept = value <= most;
    if let Some(excuse) = cost_excuse(facts, economics, name, cost).filter(|_| !kept) {
        return open(item, excuse);
    }
    let (status, side) = if kept { (TestStatus::Passed, "within") } else { (TestStatus::Failed, "beyond") };
    let why = format!("a million requests with {}, {side} the limit", cost.axis.counted(cost.at));
    (PlanItem { status, why, ..item }, None)
}

fn scenario(facts: &Facts, item: PlanItem, name: &str) -> Outcome {
    let item = PlanItem { measured_by: Some(format!("scenario {name}")), ..item };
    let Some(line) = facts.run_of(name) else {
        return (PlanItem { why: "no run of the ledger measured it".into(), ..item }, None);
    };
    let item = PlanItem { evidence: Some(facts.cite(line)), ..item };
    if let Some(doubt) = of_line(line) {
        return open(item, doubt);
    }
    let (status, why) = match line.status {
        Status::Pass => (TestStatus::Passed, "the run kept all its thresholds"),
        Status::Warn => {
            let why = "the run has status WARN: its verdict says what could not be decided";
            return open(item, Doubt::Other(why.to_owned()));
        }
        Status::Fail => (TestStatus::Failed, "the run has status FAIL: its verdict says what it did not keep"),
    };
    (PlanItem { status, why: why.to_owned(), ..item }, None)
}

fn limit(bound: Bound) -> Option<Limit> {
    let amount = |Quantity { value, unit }: Quantity| Amount::base(value, unit);
    match bound {
        Bound::AtLeast(quantity) => amount(quantity).map(Limit::AtLeast),
        Bound::AtMost(quantity) => amount(quantity).map(Limit::AtMost),
    }
}

/// Holds what was measured against a limit.
fn held(facts: &Facts, item: PlanItem, found: Result<Measured<'_>, Lack<'_>>, bound: Bound) -> Outcome {
    let found = match found {
        Ok(found) => found,
        Err(Lack::NotRun(why)) => return (PlanItem { why, ..item }, None),
        Err(Lack::NotKnown(line, doubt)) => return open(PlanItem { evidence: Some(facts.cite(line)), ..item }, doubt),
    };
    let item = PlanItem { evidence: Some(facts.cite(found.line)), value: Some(found.amount()), ..item };
    match decided(&found, bound) {
        Ok(true) => (PlanItem { status: TestStatus::Passed, why: "within the limit".into(), ..item }, None),
        Ok(false) => (PlanItem { status: TestStatus::Failed, why: "beyond the limit".into(), ..item }, None),
        Err(doubt) => open(item, doubt),
    }
}

/// Whether a value is within its limit. Where it has an interval, all of it has to be on one side.
fn decided(found: &Measured<'_>, bound: Bound) -> Result<bool, Doubt> {
    let (quantity, least) = match bound {
        Bound::AtLeast(quantity) => (quantity, true),
        Bound::AtMost(quantity) => (quantity, false),
    };
    if quantity.unit != found.unit {
        let why = format!("it is measured in {}, and its limit is in {}", found.unit, quantity.unit);
        return Err(Doubt::Other(why));
    }
    if let Some(doubt) = found.doubt() {
        return Err(doubt);
    }
    let within = |value: f64| if least { value >= quantity.value } else { value <= quantity.value };
    let kept = within(found.value.get());
    // Without what was in its way the service may be better, and only then on the other side of the limit.
    let better_is_within = least == (found.direction == Direction::HigherIsBetter);
    if let Some(excuse) = found.excuse().filter(|_| kept != better_is_within) {
        return Err(excuse);
    }
    side(found.value, found.interval, within).ok_or_else(|| {
        let words = found.interval.map(|interval| {
            let (lower, upper) = (amount(interval.lower, found.unit), amount(interval.upper, found.unit));
            format!("the {} interval, {lower} to {upper}", words::unsigned_percent(interval.level.get()))
        });
        let words = words.unwrap_or_default();
        Doubt::Interval(format!("the limit lies within {words}: measure more rounds"))
    })
}
