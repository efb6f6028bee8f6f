//! Tables of metrics in Markdown. Must not know: how much of a table fits, or where it stands.

use bench_model::Finite;
use bench_model::verdict::{Confirmation, JudgedMetric, Judgement, Rule, SecondPass, Verdict};

use super::figures::{amount, percent, range, size, thousands, times};
use super::markdown::code;
use super::part::Part;

/// How many characters of a name a table shows.
const NAME: usize = 120;

/// Metrics that changed: what a reviewer needs to believe it. Two lines a row, as a comment is too narrow for a column each.
pub(super) fn changes<'a>(metrics: impl Iterator<Item = &'a JudgedMetric> + Clone) -> Part {
    let level = metrics.clone().find_map(|metric| metric.change?.interval).map(|interval| size(interval.level));
    let interval = level.map_or("interval".to_owned(), |level| format!("{level} interval"));
    let head = format!(
        "| metric,<br>before → now | change,<br>{interval} | noise floor | rounds | decided by |\n|---|---|---|--:|---|",
        interval = kept_together(&interval)
    );
    let rows = metrics.map(|metric| {
        let interval = metric.change.and_then(|change| change.interval).map(|interval| kept_together(&range(interval)));
        let change = metric.change.map(|change| format!("**{}**", kept_together(&percent(change.value))));
        row([
            format!("{}<br>{}", code(metric.name.as_str(), NAME), kept_together(&values(metric))),
            change.into_iter().chain(interval).collect::<Vec<_>>().join("<br>"),
            metric.noise_floor.map_or(NONE.into(), |floor| kept_together(&size(floor))),
            thousands(metric.rounds as usize),
            grounds(metric).iter().map(|ground| kept_together(ground)).collect::<Vec<_>>().join("<br>"),
        ])
    });
    Part::new(head, rows)
}

/// Every metric with everything that was judged.
pub(super) fn all(metrics: &[JudgedMetric]) -> Part {
    type Cell = fn(&JudgedMetric) -> String;
    fn in_unit(metric: &JudgedMetric, value: Option<Finite>) -> String {
        value.map_or(String::new(), |value| amount(value, metric.unit))
    }
    let columns: [(&str, &str, Cell); 11] = [
        ("metric", "---", |m| code(m.name.as_str(), NAME)),
        ("verdict", "---", verdict),
        ("value", "--:", |m| m.value.map_or("not measured".into(), |value| amount(value, m.unit))),
        ("before", "--:", |m| in_unit(m, m.baseline)),
        ("change", "--:", |m| m.change.map_or(String::new(), |change| percent(change.value))),
        ("interval", "---", |m| m.change.and_then(|change| change.interval).map_or(String::new(), range)),
        ("noise floor", "--:", |m| m.noise_floor.map_or(String::new(), size)),
        ("rounds", "--:", |m| thousands(m.rounds as usize)),
        ("floor", "--:", |m| in_unit(m, m.floor)),
        ("margin", "--:", |m| m.margin.map_or(String::new(), times)),
        ("decided by", "---", |m| decided_by(m.rule).to_owned()),
    ];
    let columns = columns.map(|(title, rule, cell)| {
        let figure = rule == "--:" || title == "interval";
        (title, rule, move |metric: &JudgedMetric| if figure { kept_together(&cell(metric)) } else { cell(metric) })
    });
    // A column that says nothing of any metric is left out.
    let told: Vec<_> = columns.iter().filter(|(_, _, cell)| metrics.iter().any(|m| !cell(m).is_empty())).collect();
    let head = row(told.iter().map(|(title, _, _)| *title)) + "\n" + &row(told.iter().map(|(_, rule, _)| *rule));
    Part::new(head, metrics.iter().map(|metric| row(told.iter().map(|(_, _, cell)| cell(metric)))))
}

/// Metrics by name and change alone, at most `most` characters of a name: where there is no room for more.
pub(super) fn names<'a>(metrics: impl Iterator<Item = &'a JudgedMetric>, most: usize) -> Part {
    let rows = metrics.map(|metric| {
        let change = metric.change.map_or(String::new(), |change| format!(" {}", percent(change.value)));
        format!("- {}{change}", code(metric.name.as_str(), most))
    });
    Part::new(String::new(), rows)
}

/// Stands where there is no number.
const NONE: &str = "–";

pub(super) fn row<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> String {
    let mut text = String::from("|");
    for cell in cells {
        text.extend([" ", cell.as_ref(), " |"]);
    }
    text
}

/// A narrow column breaks no figure apart.
fn kept_together(figure: &str) -> String {
    figure.replace(' ', "\u{a0}")
}

fn values(metric: &JudgedMetric) -> String {
    let shown = |value: Option<Finite>| value.map_or(NONE.into(), |value| amount(value, metric.unit));
    format!("{} → {}", shown(metric.baseline), shown(metric.value))
}

fn verdict(metric: &JudgedMetric) -> String {
    let more =
        metric.more_rounds.map(|more| format!(", about {} more rounds a side would decide", thousands(more as usize)));
    let waived = if metric.waived { ", waived" } else { "" };
    format!("{}{waived}{}", metric.verdict, more.unwrap_or_default())
}

/// What a change rests on: the rule, the second pass, and whether it is permitted.
fn grounds(metric: &JudgedMetric) -> Vec<String> {
    let second = metric.confirmation.map(|Confirmation { outcome, change, .. }| {
        let seen = change.map_or(String::new(), |change| format!(": {}", percent(change.value)));
        let said = match outcome {
            SecondPass::Agreed => "confirmed",
            SecondPass::Refuted => "not confirmed",
            SecondPass::CutShort => "second pass cut short",
        };
        format!("{said}{seen}")
    });
    let waived = metric.waived.then(|| "waived".to_owned());
    [Some(decided_by(metric.rule).to_owned()), second, waived].into_iter().flatten().collect()
}

const fn decided_by(rule: Rule) -> &'static str {
    match rule {
        Rule::Expected => "expected to report",
        Rule::NoBaseline => "no baseline",
        Rule::OtherEpoch => "other environment",
        Rule::OtherMode => "other mode",
        Rule::TooFewRounds => "too few rounds",
        Rule::Paired => "paired rounds",
        Rule::History => "earlier runs",
        Rule::FalseDiscovery => "number of metrics",
        Rule::Unconfirmed => "second pass",
        Rule::SecondPassMissing => "no second pass",
        Rule::BelowNoise => "noise floor",
        Rule::MovedTogether => "moved together",
        Rule::Interval => "interval",
        Rule::Policy => "load policy",
        Rule::Exact => "exact",
        Rule::NotComparable => "not comparable",
    }
}

/// How many metrics there are of each verdict, most serious first, where the judge's line does not say it: `2 regressed`.
pub(super) fn counts(judgement: &Judgement) -> Vec<String> {
    use Verdict::{Improved, Inconclusive, Missing, New, Regressed, Unchanged};
    // The line counts when it has no headlines, or compares two sides.
    if judgement.headline.is_empty() || judgement.against.is_some() {
        return Vec::new();
    }
    let number = |verdict| judgement.metrics.iter().filter(|metric| metric.verdict == verdict).count();
    let counted =
        [Missing, Regressed, Inconclusive, New, Improved, Unchanged].map(|verdict| (verdict, number(verdict)));
    let some = counted.into_iter().filter(|(_, number)| *number > 0);
    some.map(|(verdict, number)| format!("{} {verdict}", thousands(number))).collect()
}
