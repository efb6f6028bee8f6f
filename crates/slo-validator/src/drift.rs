//! Slow drift: losses since the anchor that no single step showed.

use bench_cli::words::unsigned_percent;
use bench_model::Unit;
use bench_model::ledger::Promotion;
use bench_model::verdict::{Rule, Verdict};
use bench_stats::benjamini_hochberg;

use crate::Levels;
use crate::case::Case;
use crate::evidence::anchor::{Chance, Since};
use crate::regression::loss;

/// Losses since the anchor that no comparison of this run found, largest first, for people. Of those that may be noise, at
/// most the share of the verdict's error is, on average.
pub(crate) fn losses(cases: &[Case<'_>], anchor: &Promotion, levels: Levels) -> Vec<String> {
    let name = anchor.anchor.as_deref().unwrap_or(anchor.commit.short());
    let compared: Vec<(&Case<'_>, Since)> = cases.iter().filter_map(|case| Some((case, case.since_anchor?))).collect();
    // No number is no test. What is no loss is one, and never found.
    let p = |since: &Since| match since.chance {
        Chance::Of(p) => {
            if since.is_loss {
                p
            } else {
                1.0
            }
        }
        Chance::None | Chance::Unknown => f64::NAN,
    };
    let p: Vec<f64> = compared.iter().map(|(_, since)| p(since)).collect();
    let mut lost: Vec<(f64, String)> = Vec::new();
    for ((case, since), stands) in compared.iter().zip(benjamini_hochberg(&p, levels.error())) {
        let sure = stands || matches!(since.chance, Chance::None);
        if !sure || !since.is_loss || !stayed(case) {
            continue;
        }
        let loss = loss(since.change.value.get(), case.subject.direction);
        let (metric, by, word) = (&case.subject.name, unsigned_percent(loss), worse(case.subject.unit));
        lost.push((loss, format!("slow drift: `{metric}` is {by} {word} than at anchor {name}")));
    }
    lost.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    lost.into_iter().map(|(_, text)| text).collect()
}

/// Whether this run showed no step, one way or the other. A step that was seen and taken back is not slow, and what made it
/// doubtful makes the change since the anchor doubtful, too.
fn stayed(case: &Case<'_>) -> bool {
    let open = match case.finding.verdict {
        Verdict::Unchanged | Verdict::Inconclusive => true,
        Verdict::Missing | Verdict::Regressed | Verdict::New | Verdict::Improved => false,
    };
    open && match case.finding.rule {
        Rule::Unconfirmed | Rule::SecondPassMissing | Rule::FalseDiscovery | Rule::BelowNoise | Rule::MovedTogether => {
            false
        }
        Rule::Expected
        | Rule::NoBaseline
        | Rule::OtherEpoch
        | Rule::OtherMode
        | Rule::TooFewRounds
        | Rule::Paired
        | Rule::History
        | Rule::Interval
        | Rule::Policy
        | Rule::Exact
        | Rule::NotComparable => true,
    }
}

/// What a loss makes a metric.
const fn worse(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds | Unit::BytesPerSecond | Unit::BitsPerSecond | Unit::PerSecond => "slower",
        Unit::Bytes | Unit::Count | Unit::Ratio => "worse",
    }
}
