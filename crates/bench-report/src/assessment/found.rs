//! Tests and what became of them, risks, and what to do. Must not know: numbers of capacity.

use bench_model::assessment::{
    Limit, Plan, PlanCategory, PlanItem, Recommendation, Risk, RiskBasis, RiskLevel, TestStatus,
};
use bench_model::words::thousands;
use serde::Serialize;

use super::refs::{Ref, Refs};
use crate::visible::shown;

#[derive(Debug, Serialize)]
pub(super) struct RiskRow {
    level: &'static str,
    class: &'static str,
    text: String,
    untested: bool,
    evidence: Vec<Ref>,
}

#[derive(Debug, Serialize)]
pub(super) struct RecommendationRow {
    text: String,
    from: String,
    evidence: Vec<Ref>,
}

#[derive(Debug, Serialize)]
pub(super) struct PlanView {
    /// The words for each status, as heads of a table.
    heads: [&'static str; 6],
    counts: Vec<CountRow>,
    passed: String,
    all: String,
    /// What became of the others: `5 failed, 27 not run`.
    others: String,
    categories: Vec<PlanPart>,
}

/// How many tests there are of each status.
#[derive(Debug, Serialize)]
struct CountRow {
    label: &'static str,
    all: String,
    /// In the order of the heads.
    of: [String; 6],
}

#[derive(Debug, Serialize)]
struct PlanPart {
    label: &'static str,
    items: Vec<TestRow>,
}

#[derive(Debug, Serialize)]
struct TestRow {
    id: String,
    title: String,
    status: &'static str,
    class: &'static str,
    measured_by: Option<String>,
    value: Option<String>,
    /// What stands where there is no value.
    otherwise: &'static str,
    limit: Option<String>,
    evidence: Option<Ref>,
    why: String,
}

const fn label(category: PlanCategory) -> &'static str {
    match category {
        PlanCategory::Horizontal => "Horizontal scaling",
        PlanCategory::Vertical => "Vertical scaling",
        PlanCategory::Database => "Databases and caches",
        PlanCategory::Network => "Network",
        PlanCategory::Economic => "Economics",
        PlanCategory::Load => "Load over time",
    }
}

pub(super) fn plan(plan: &Plan, refs: &Refs<'_>) -> PlanView {
    let mut counts: Vec<_> = plan
        .counts
        .iter()
        .map(|row| {
            let of = [row.passed, row.failed, row.inconclusive, row.not_run, row.not_automated, row.not_applicable];
            (label(row.category), row.all, of)
        })
        .collect();
    let total = counts.iter().fold(("All", 0_u32, [0_u32; 6]), |(label, all, mut sums), (_, of_all, of)| {
        for (sum, number) in sums.iter_mut().zip(of) {
            *sum = sum.saturating_add(*number);
        }
        (label, all.saturating_add(*of_all), sums)
    });
    let (_, all, [passed, ..]) = total;
    let others = TestStatus::ALL.iter().zip(total.2).skip(1).filter(|(_, number)| *number > 0);
    let others = others.map(|(status, number)| format!("{} {}", thousands(number), status.label()));
    let others = others.collect::<Vec<_>>().join(", ");
    counts.push(total);
    let part = |category: PlanCategory| {
        let items: Vec<_> = plan.items.iter().filter(|item| item.category == category).collect();
        let items: Vec<TestRow> = items.into_iter().map(|item| test(item, refs)).collect();
        (!items.is_empty()).then_some(PlanPart { label: label(category), items })
    };
    PlanView {
        heads: TestStatus::ALL.map(TestStatus::label),
        counts: counts
            .into_iter()
            .map(|(label, all, of)| CountRow { label, all: thousands(all), of: of.map(thousands) })
            .collect(),
        passed: thousands(passed),
        all: thousands(all),
        others,
        categories: PlanCategory::ALL.into_iter().filter_map(part).collect(),
    }
}

fn test(item: &PlanItem, refs: &Refs<'_>) -> TestRow {
    TestRow {
        id: shown(&item.id),
        title: shown(&item.title),
        status: item.status.label(),
        class: match item.status {
            TestStatus::Passed => "pass",
            TestStatus::Failed => "fail",
            TestStatus::Inconclusive => "inconclusive",
            TestStatus::NotRun => "warn",
            TestStatus::NotAutomated | TestStatus::NotApplicable => "",
        },
        measured_by: item.measured_by.as_ref().map(|name| shown(name)),
        value: item.value.as_ref().map(super::amount),
        otherwise: match item.status {
            // A scenario's run has many values, and thresholds of its own.
            TestStatus::Passed | TestStatus::Failed | TestStatus::Inconclusive => "many values",
            TestStatus::NotRun => "not measured",
            TestStatus::NotAutomated | TestStatus::NotApplicable => "none",
        },
        limit: item.limit.as_ref().map(limit),
        evidence: item.evidence.as_ref().map(|id| refs.one(id)),
        why: shown(&item.why),
    }
}

fn limit(limit: &Limit) -> String {
    match limit {
        Limit::AtLeast(least) => format!("at least {}", super::amount(least)),
        Limit::AtMost(most) => format!("at most {}", super::amount(most)),
    }
}

pub(super) fn risk(risk: &Risk, refs: &Refs<'_>) -> RiskRow {
    let (level, class) = match risk.level {
        RiskLevel::High => ("high", "fail"),
        RiskLevel::Medium => ("medium", "warn"),
        RiskLevel::Low => ("low", ""),
    };
    let (untested, evidence) = match &risk.basis {
        RiskBasis::Untested => (true, Vec::new()),
        RiskBasis::Evidence(ids) => (false, refs.all(ids)),
    };
    RiskRow { level, class, text: shown(&risk.text), untested, evidence }
}

pub(super) fn recommendation(it: &Recommendation, refs: &Refs<'_>) -> RecommendationRow {
    RecommendationRow { text: shown(&it.text), from: shown(&it.from), evidence: refs.all(&it.evidence) }
}
