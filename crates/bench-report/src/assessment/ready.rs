//! Scores with what they are made of, targets, and components. Must not know: the test plan.

use bench_model::assessment::{BenchmarkTarget, Bottleneck, Cell, Component, Readiness, Signal, TargetOutcome};
use bench_model::words::times;
use bench_model::{Direction, Finite};
use serde::Serialize;

use super::amount;
use super::refs::{Ref, Refs};
use crate::visible::shown;

#[derive(Debug, Serialize)]
pub(super) struct ReadinessView {
    label: &'static str,
    score: Option<String>,
    formula: String,
    inputs: Vec<InputRow>,
    missing: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct InputRow {
    name: String,
    value: Option<String>,
    points: String,
    rule: String,
    evidence: Ref,
}

#[derive(Debug, Serialize)]
pub(super) struct TargetRow {
    name: String,
    current: Option<String>,
    target: String,
    factor: Option<String>,
    outcome: &'static str,
    class: &'static str,
    evidence: Option<Ref>,
    why: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ComponentRow {
    name: String,
    /// Horizontal, vertical, performance.
    cells: [CellView; 3],
    bottleneck: BottleneckView,
}

#[derive(Debug, Serialize)]
struct CellView {
    /// `measured`, `not measured` or `not applicable`.
    kind: &'static str,
    text: String,
    evidence: Option<Ref>,
}

#[derive(Debug, Serialize)]
struct BottleneckView {
    kind: &'static str,
    class: &'static str,
    text: String,
    evidence: Option<Ref>,
    signals: Vec<SignalView>,
}

#[derive(Debug, Serialize)]
struct SignalView {
    name: String,
    value: Option<String>,
    limit: String,
    state: &'static str,
}

pub(super) fn readiness(readiness: &Readiness, refs: &Refs<'_>) -> ReadinessView {
    ReadinessView {
        label: readiness.category.label(),
        score: readiness.score.map(|score| format!("{:.1}", score.get())),
        formula: shown(&readiness.formula),
        inputs: readiness
            .inputs
            .iter()
            .map(|input| InputRow {
                name: shown(&input.name),
                value: input.value.as_ref().map(amount),
                points: format!("{:.2}", input.points.get()),
                rule: shown(&input.rule),
                evidence: refs.one(&input.evidence),
            })
            .collect(),
        missing: readiness.missing.iter().map(|missing| (shown(&missing.name), shown(&missing.why))).collect(),
    }
}

pub(super) fn target(target: &BenchmarkTarget, refs: &Refs<'_>) -> TargetRow {
    let (outcome, class) = match target.outcome {
        TargetOutcome::Met => ("met", "pass"),
        TargetOutcome::Missed => ("not met", "fail"),
        TargetOutcome::NotKnown => ("not known", "inconclusive"),
        TargetOutcome::NotMeasured => ("not measured", "warn"),
    };
    // Of something of which there may be more, less may be lacking.
    let (least, most) = if target.at_least { ("at least ", "at most ") } else { ("", "") };
    let limit = match target.direction {
        Direction::HigherIsBetter => "",
        Direction::LowerIsBetter => "at most ",
    };
    TargetRow {
        name: shown(&target.name),
        current: target.current.as_ref().map(|current| format!("{least}{}", amount(current))),
        target: format!("{limit}{}", amount(&target.target)),
        factor: target.factor.map(|it| format!("{most}{}", factor(it))),
        outcome,
        class,
        evidence: target.evidence.as_ref().map(|id| refs.one(id)),
        why: shown(&target.why),
    }
}

/// Rounded, but what falls short of its target never looks as if it had reached it.
fn factor(factor: Finite) -> String {
    let text = if factor.get() > 1.0 && factor.get() < 1.005 { "1.01x".to_owned() } else { times(factor.get()) };
    text.replace('x', "×")
}

pub(super) fn component(component: &Component, refs: &Refs<'_>) -> ComponentRow {
    ComponentRow {
        name: shown(&component.name),
        cells: [&component.horizontal, &component.vertical, &component.performance].map(|it| cell(it, refs)),
        bottleneck: bottleneck(&component.bottleneck, refs),
    }
}

fn cell(cell: &Cell, refs: &Refs<'_>) -> CellView {
    match cell {
        // The finding has the value in it.
        Cell::Measured { text, value: _, evidence } => {
            CellView { kind: "measured", text: shown(text), evidence: Some(refs.one(evidence)) }
        }
        Cell::NotMeasured { why } => CellView { kind: "not measured", text: shown(why), evidence: None },
        Cell::NotApplicable { why } => CellView { kind: "not applicable", text: shown(why), evidence: None },
    }
}

fn bottleneck(found: &Bottleneck, refs: &Refs<'_>) -> BottleneckView {
    let (kind, class, text, signals, evidence) = match found {
        Bottleneck::Measured { text, signals, evidence } => ("found", "fail", text, signals, Some(evidence)),
        Bottleneck::NoneShown { text, signals, evidence } => ("none shown", "pass", text, signals, Some(evidence)),
        Bottleneck::NotMeasured { why, signals, evidence } => ("not measured", "warn", why, signals, evidence.as_ref()),
    };
    BottleneckView {
        kind,
        class,
        text: shown(text),
        evidence: evidence.map(|id| refs.one(id)),
        signals: signals.iter().map(signal).collect(),
    }
}

fn signal(signal: &Signal) -> SignalView {
    SignalView {
        name: shown(&signal.name),
        value: signal.value.as_ref().map(amount),
        limit: amount(&signal.limit),
        state: match signal.beyond {
            Some(true) => "beyond its limit",
            Some(false) => "within its limit",
            None => "not measured",
        },
    }
}
