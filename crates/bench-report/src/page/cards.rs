//! One section for each metric: its charts, and how its verdict was reached.
//! Must not know: how charts are drawn.

use bench_model::Direction;
use bench_model::verdict::{Confirmation, HistoryState, JudgedMetric, SecondPass, Verdict};
use serde::Serialize;

use super::charts::{distribution, has_history, history};
use super::rows::{Row, row};
use super::words::{Fact, amount, change, count, fact, rule, size, thousands};
use super::{ReportPage, words};
use crate::ReportError;

/// So many metrics are drawn; a browser shows more only slowly, and nobody looks at them all.
const DRAWN: usize = 60;
/// Up to so many metrics all sections stand open; beyond it only those of changed ones.
const OPEN: usize = 24;

#[derive(Debug, Serialize)]
pub(super) struct Cards {
    all: Vec<Card>,
    /// How many metrics there are, when not all are drawn.
    left_out: Option<String>,
    /// Whether dots are drawn, and not only rounds.
    has_samples: bool,
    /// Whether rounds are drawn.
    has_rounds: bool,
}

#[derive(Debug, Serialize)]
struct Card {
    row: Row,
    open: bool,
    facts: Vec<Fact>,
    history: Option<Drawn>,
    distribution: Option<Drawn>,
}

#[derive(Debug, Serialize)]
struct Drawn {
    caption: String,
    svg: String,
}

pub(super) fn cards(page: &ReportPage<'_>) -> Result<Cards, ReportError> {
    // A load run is one round, and has pictures of its own: only how a metric moved from run to run is worth drawing.
    let worth = |metric: &JudgedMetric| page.report.load.is_none() || has_history(page, metric);
    let metrics: Vec<_> = page.judgement.metrics.iter().filter(|metric| worth(metric)).collect();
    let mut chosen: Vec<_> = metrics.iter().copied().enumerate().collect();
    chosen.sort_by_key(|(place, metric)| (interest(metric.verdict), *place));
    chosen.truncate(DRAWN);
    chosen.sort_by_key(|(place, _)| *place);
    let few = metrics.len() <= OPEN;
    let all = chosen.into_iter().map(|(_, metric)| card(page, metric, few)).collect::<Result<Vec<_>, _>>()?;
    let left_out = (metrics.len() > all.len()).then(|| {
        format!(
            "Charts of {} of {} metrics, those that changed first. The others' numbers are in the table above; \
             cargo xtask trend draws any of them.",
            thousands(all.len()),
            thousands(metrics.len())
        )
    });
    Ok(Cards { has_samples: page.run.is_some(), has_rounds: page.report.load.is_none(), all, left_out })
}

/// What is worth a look first, when not everything can be shown.
const fn interest(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Regressed => 0,
        Verdict::Improved => 1,
        Verdict::Missing => 2,
        Verdict::Inconclusive => 3,
        Verdict::New => 4,
        Verdict::Unchanged => 5,
    }
}

fn card(page: &ReportPage<'_>, metric: &JudgedMetric, few: bool) -> Result<Card, ReportError> {
    let history = history(page, metric)?.map(|(earlier, svg)| Drawn {
        caption: match earlier {
            0 => "No earlier run of the main branch in this environment and mode".into(),
            earlier => format!("{} of the main branch, and this run", count(earlier, "earlier run", "earlier runs")),
        },
        svg,
    });
    let rounds = if page.report.load.is_none() { distribution(page, metric)? } else { None };
    let distribution = rounds.map(|svg| Drawn { caption: "This run, round by round".into(), svg });
    let changed = matches!(metric.verdict, Verdict::Regressed | Verdict::Improved | Verdict::Missing);
    Ok(Card { row: row(page, metric), open: few || changed, facts: facts(metric), history, distribution })
}

fn facts(metric: &JudgedMetric) -> Vec<Fact> {
    let mut facts = vec![fact("Rule", rule(metric.rule).1)];
    let value = |value| amount(value, metric.unit);
    let mut push = |name, text: Option<String>| facts.extend(text.map(|text| fact(name, text)));
    push("Noise floor", metric.noise_floor.map(size));
    push("Second pass", metric.confirmation.as_ref().map(confirmation));
    push("Would decide", metric.more_rounds.map(|more| format!("about {more} more rounds on each side")));
    let floor = match metric.direction {
        Direction::HigherIsBetter => "Floor",
        Direction::LowerIsBetter => "Ceiling",
    };
    let margin = metric.margin.map(|margin| format!(", margin {}", words::times(margin))).unwrap_or_default();
    push(floor, metric.floor.map(|floor| format!("{}{margin}", value(floor))));
    push("Target", metric.target.map(value));
    push(
        "Earlier runs",
        metric.history.as_ref().map(|history| {
            let state = match history.state {
                HistoryState::Stable => "stable",
                HistoryState::Suspect => "the newest values differ: measure again",
                HistoryState::Changed => "the level changed within the newest values",
                HistoryState::Drift => "a slow drift, without a commit to blame",
            };
            format!(
                "{}, the last {} at {}: {}; {state}",
                thousands(history.runs as usize),
                thousands(history.segment as usize),
                value(history.level),
                change(&history.change)
            )
        }),
    );
    push("Against the anchor", metric.anchor.as_ref().map(change));
    push("Waiver", metric.waived.then(|| "a waiver in force permits this regression".into()));
    facts
}

fn confirmation(confirmation: &Confirmation) -> String {
    let outcome = match confirmation.outcome {
        SecondPass::Agreed => "agreed",
        SecondPass::Refuted => "did not show it",
        SecondPass::CutShort => "cut short",
    };
    let rounds = count(confirmation.rounds as usize, "round", "rounds");
    match &confirmation.change {
        Some(seen) => format!("{outcome}: {} in {rounds}", change(seen)),
        None => format!("{outcome}, {rounds}"),
    }
}
