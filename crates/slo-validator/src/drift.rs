//! Slow drift: losses since the anchor that no single step showed.

use bench_cli::words::unsigned_percent;
use bench_model::Unit;
use bench_model::ledger::Promotion;
use bench_model::verdict::Verdict;

use crate::case::Case;
use crate::regression::loss;

/// Losses since the anchor that no comparison of this run found, largest first, for people.
pub(crate) fn losses(cases: &[Case<'_>], anchor: &Promotion) -> Vec<String> {
    let name = anchor.anchor.as_deref().unwrap_or(anchor.commit.short());
    let mut lost: Vec<(f64, String)> = Vec::new();
    for case in cases {
        let Some(since) = case.since_anchor.filter(|since| since.is_loss) else { continue };
        if !matches!(case.finding.verdict, Verdict::Unchanged | Verdict::Inconclusive) {
            continue;
        }
        let loss = loss(since.change.value.get(), case.subject.direction);
        let (metric, by, word) = (&case.subject.name, unsigned_percent(loss), worse(case.subject.unit));
        lost.push((loss, format!("slow drift: `{metric}` is {by} {word} than at anchor {name}")));
    }
    lost.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    lost.into_iter().map(|(_, text)| text).collect()
}

/// What a loss makes a metric.
const fn worse(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds | Unit::BytesPerSecond | Unit::BitsPerSecond | Unit::PerSecond => "slower",
        Unit::Bytes | Unit::Count | Unit::Ratio => "worse",
    }
}
