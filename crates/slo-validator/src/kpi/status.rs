//! Red, yellow or green: a score against its floor, its limits, and what it was before.
//! Must not know: how a score is made.

use bench_model::Finite;
use bench_model::kpi::{Kpi, KpiReport, KpiStatus};
use bench_model::unit::rounded;

/// Differences below this are rounding: 8.3 - 7.3 is a little more than 1.
const ROUNDING: f64 = 1e-9;

/// The status, and why, the most serious first.
pub(super) fn decide(kpi: &Kpi) -> (KpiStatus, Vec<String>) {
    let Some(score) = kpi.score else {
        let mut why = vec!["nothing that it is made of was measured".to_owned()];
        why.extend(kpi.previous.map(|before| format!("it was {} before{}", shown(before), of(kpi))));
        why.extend(missing(kpi));
        return (KpiStatus::NotMeasured, why);
    };
    let below = |limit: Finite| score.get() < limit.get() - ROUNDING;
    let mut why = Vec::new();
    if below(kpi.floor) {
        why.push(format!("{} lies below the floor of {}", shown(score), shown(kpi.floor)));
    }
    if let (Some(drop), Some(before)) = (kpi.drop, kpi.previous)
        && drop.get() > kpi.max_drop.get() + ROUNDING
    {
        let (drop, before, most) = (shown(drop), shown(before), shown(kpi.max_drop));
        why.push(format!("it fell by {drop} from {before}{}, where {most} is the most", of(kpi)));
    }
    if below(kpi.yellow) && !below(kpi.floor) {
        why.push(format!("{} lies below {}, where yellow begins", shown(score), shown(kpi.yellow)));
    }
    let status = match (why.is_empty(), below(kpi.green)) {
        (false, _) => KpiStatus::Red,
        (true, true) => {
            why.push(format!("{} lies below {}, where green begins", shown(score), shown(kpi.green)));
            KpiStatus::Yellow
        }
        (true, false) => {
            why.push(format!("{} reaches {}, where green begins", shown(score), shown(kpi.green)));
            KpiStatus::Green
        }
    };
    if let (Some(made), Some(eligible)) = (kpi.capped_from, kpi.tier) {
        let (made, tier) = (shown(made), eligible.tier.as_str());
        why.push(format!("its inputs give {made}, and evidence that is {tier} permits {}", shown(eligible.cap)));
    }
    why.extend(missing(kpi));
    (status, why)
}

/// What the score before was about, where that is known.
fn of(kpi: &Kpi) -> String {
    kpi.previous_version.as_ref().map_or(String::new(), |version| format!(" ({version})"))
}

fn missing(kpi: &Kpi) -> impl Iterator<Item = String> {
    kpi.inputs.iter().filter_map(|input| Some(format!("missing: {}: {}", input.what, input.missing.as_ref()?)))
}

fn shown(score: Finite) -> String {
    rounded(score.get(), 3)
}

/// The indicators that had a score before and have none now.
pub(crate) fn lost(report: &KpiReport) -> impl Iterator<Item = &Kpi> {
    report.kpis.iter().filter(|kpi| kpi.score.is_none() && kpi.previous.is_some())
}
