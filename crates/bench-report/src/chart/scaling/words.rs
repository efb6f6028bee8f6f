//! A scalability run in words. Must not know: how it is drawn.

use bench_model::Unit;
use bench_model::scale::{Estimated, Law, LawKind, Peak, ScaleLevel, ScaleSummary};
use bench_model::unit::rounded;

use crate::chart::describe::amount;

pub(super) fn title(summary: &ScaleSummary) -> String {
    format!("Scaling of {} by {}", summary.scenario, summary.axis)
}

/// `1 processor`, `2 processors`.
pub(super) fn count(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A size on the law, which need not be whole.
pub(super) fn size(size: f64) -> String {
    if size < 100.0 { format!("{size:.1}") } else { format!("{size:.0}") }
}

pub(super) fn description(summary: &ScaleSummary) -> String {
    let mut text = format!(
        "{} by {} on {}: answered per second, and the 95th percentile of latency.",
        count(u32::try_from(summary.levels.len()).unwrap_or(u32::MAX), "size"),
        summary.axis,
        count(summary.cores, "processor")
    );
    for level in &summary.levels {
        text += &told(level, summary.axis.takes_processors());
    }
    text + &law(&summary.law)
}

/// What there is to say of a size with a round that is no evidence.
pub(crate) fn no_evidence(level: &ScaleLevel) -> Option<String> {
    let why = level.unusable_why.as_deref().unwrap_or("its rounds say nothing");
    let part = match (level.unusable_rounds, level.rounds) {
        (0, _) => return None,
        (unusable, rounds) if unusable >= rounds => String::new(),
        (unusable, rounds) => format!(" in {unusable} of {rounds} rounds"),
    };
    Some(format!("no evidence: {why}{part}"))
}

fn told(level: &ScaleLevel, wants_processors: bool) -> String {
    if let Some(none) = no_evidence(level) {
        return format!(" {}: {none}.", level.at);
    }
    let mut text = format!(" {}: {}", level.at, estimated(&level.throughput, |value| amount(value, Unit::PerSecond)));
    text += &match level.p95 {
        Some(p95) => format!(", p95 {}", amount(p95.value.get(), Unit::Nanoseconds)),
        None => ", p95 not measured".into(),
    };
    if let Some(efficiency) = level.efficiency {
        text += &format!(", efficiency {}", estimated(&efficiency, percent));
    }
    if level.limited_rounds > 0 {
        text += ", the generator was the limit";
    }
    if level.beyond_cores && wants_processors {
        text += ", more than processors";
    }
    text + "."
}

fn law(law: &Law) -> String {
    let law = match law {
        Law::Refused { why } => return format!(" No law: {why}."),
        Law::Fitted(law) => law,
    };
    let terms = match law.kind {
        LawKind::Linear => "no term of it is shown",
        LawKind::Amdahl => "contention is shown, coherency is not",
        LawKind::Universal => "coherency is shown",
    };
    let plain = |value: f64| rounded(value, 3);
    let peak = match &law.peak {
        Peak::At { size: at, throughput } => format!(
            "Peak at {}, {}.",
            estimated(at, size),
            estimated(throughput, |value| amount(value, Unit::PerSecond))
        ),
        Peak::Unknown { why } => format!("Peak not known: {why}."),
    };
    let explains =
        law.r_squared.map(|share| format!(", explains {} of the variance", percent(share.get()))).unwrap_or_default();
    format!(
        " Universal Scalability Law of sizes {} to {}, {terms}: {} of one, contention {}, coherency {}{explains}. {peak}",
        law.fewest,
        law.most,
        estimated(&law.rate, |value| amount(value, Unit::PerSecond)),
        estimated(&law.contention, plain),
        estimated(&law.coherency, plain),
    )
}

fn percent(share: f64) -> String {
    format!("{} %", rounded(share * 100.0, 3))
}

fn estimated(it: &Estimated, shown: impl Fn(f64) -> String) -> String {
    let value = shown(it.value.get());
    match it.interval {
        Some(interval) => {
            format!("{value} (interval {} to {})", shown(interval.lower.get()), shown(interval.upper.get()))
        }
        None => value,
    }
}
