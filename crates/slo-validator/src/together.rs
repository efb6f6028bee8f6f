//! Many metrics that move the same way at once are one finding: the machine, or a change that all share.

use bench_model::Finite;
use bench_model::verdict::{Rule, Together, Verdict};

use crate::case::Case;

/// The fewest compared metrics of which "most" means anything.
const FEWEST: usize = 4;
/// The share of those compared that must move the same way.
const SHARE: f64 = 0.6;

/// Makes one finding of metrics that moved together. Not for two sides that were measured in turns: what happens to the
/// machine happens to both.
pub(crate) fn gather(cases: &mut [Case<'_>]) -> Option<Together> {
    let compared = cases.iter().filter(|case| case.finding.change.is_some()).count();
    let moved = |verdict| cases.iter().filter(|case| case.finding.verdict == verdict).count();
    let (worse, better) = (moved(Verdict::Regressed), moved(Verdict::Improved));
    let (verdict, number) = if worse >= better { (Verdict::Regressed, worse) } else { (Verdict::Improved, better) };
    if compared < FEWEST || (number as f64) < SHARE * compared as f64 {
        return None;
    }
    let way = if verdict == Verdict::Regressed { "a loss" } else { "a gain" };
    let mut losses = Vec::new();
    for case in cases.iter_mut().filter(|case| case.finding.verdict == verdict) {
        losses.extend(case.loss());
        let because = format!("{way} together with most others: one finding for {number} of {compared} metrics");
        case.withdraw(Rule::MovedTogether, because);
    }
    Some(Together {
        metrics: u32::try_from(number).ok()?,
        of: u32::try_from(compared).ok()?,
        loss: Finite::try_from(median(losses)?).ok()?,
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(lower / 2.0 + upper / 2.0)
}
