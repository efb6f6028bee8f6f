//! Many metrics that move the same way at once are one finding: the machine, or a change that all share.

use bench_model::Finite;
use bench_model::verdict::{Rule, Together, Verdict};

use crate::case::Case;

/// The fewest compared metrics of which "most" means anything.
const FEWEST: usize = 4;
/// The share of those compared that must move the same way.
const SHARE: f64 = 0.6;
/// How many times larger or smaller than the one in the middle a move may be and still be like it.
const ALIKE: f64 = 2.0;

/// Makes one finding of metrics that moved together, by about as much; one that moved by much more or less has a cause of
/// its own and stays. Values without spread do not feel the machine, and are left out. Not for two sides that were measured
/// in turns: what happens to the machine happens to both.
pub(crate) fn gather(cases: &mut [Case<'_>]) -> Option<Together> {
    let compared = cases.iter().filter(|case| case.finding.change.is_some() && !case.is_exact()).count();
    let moved = |verdict| cases.iter().filter(|case| is(case, verdict)).count();
    let verdict =
        if moved(Verdict::Regressed) >= moved(Verdict::Improved) { Verdict::Regressed } else { Verdict::Improved };
    let middle = median(cases.iter().filter(|case| is(case, verdict)).filter_map(size).collect())?;
    let alike = |case: &Case<'_>| {
        let near = |size: f64| size <= middle * ALIKE && middle <= size * ALIKE;
        is(case, verdict) && size(case).is_some_and(near)
    };
    let number = cases.iter().filter(|case| alike(case)).count();
    if compared < FEWEST || (number as f64) < SHARE * compared as f64 {
        return None;
    }
    let way = if verdict == Verdict::Regressed { "a loss" } else { "a gain" };
    let mut losses = Vec::new();
    for case in cases.iter_mut().filter(|case| alike(case)) {
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

/// Whether a metric that feels the machine moved this way.
fn is(case: &Case<'_>, verdict: Verdict) -> bool {
    case.finding.verdict == verdict && !case.is_exact()
}

/// How far a metric moved, as a logarithm: a time and a rate that one delay moves, move equally far.
fn size(case: &Case<'_>) -> Option<f64> {
    case.change().map(|change| change.ln_1p().abs())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(lower / 2.0 + upper / 2.0)
}
