//! The first screen: the period in a few plain sentences made from its numbers, and what the chain proves.
//! Must not know: whether a number is good enough. It states them.

use bench_model::audit::{Audit, BadLine, Coverage, Integrity};
use serde::Serialize;

use super::words::{count, period, shown, thousands};

/// The executive summary.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// One paragraph.
    text: String,
    /// What the chain proves.
    integrity: String,
}

impl Summary {
    pub(super) fn of(audit: &Audit) -> Self {
        let sentences =
            [runs(audit), floors(audit), incidents(audit), changes(audit), releases(audit), controls(audit)];
        Self { text: sentences.into_iter().flatten().collect::<Vec<_>>().join(" "), integrity: integrity(audit) }
    }
}

fn runs(audit: &Audit) -> Option<String> {
    let o = &audit.overview;
    let period = period(&audit.period);
    if o.runs == 0 {
        return Some(format!("The ledger holds no run in the period {period}, so it proves nothing about it."));
    }
    let metrics = match o.metrics {
        0 => String::new(),
        some => format!(" of {}", count(some, "metric", "metrics")),
    };
    let mut text = format!(
        "In the period {period} the ledger records {}{metrics}: {} with status PASS, {} with WARN, {} with FAIL.",
        count(o.runs, "run", "runs"),
        thousands(o.passed),
        thousands(o.warned),
        thousands(o.failed),
    );
    match o.incomplete {
        0 => {}
        1 => text.push_str(" In 1 run a metric that was expected did not report."),
        many => text.push_str(&format!(" In {} runs a metric that was expected did not report.", thousands(many))),
    }
    Some(text)
}

fn floors(audit: &Audit) -> Option<String> {
    let judged: u64 = months(audit).map(|month| u64::from(month.judged)).sum();
    let values = audit.overview.values;
    if audit.overview.runs == 0 {
        return None;
    }
    Some(match (judged, audit.overview.violations) {
        (0, _) => match values {
            0 => "No value was recorded, so nothing was held against a floor.".to_owned(),
            1 => "Its 1 value was not held against a floor.".to_owned(),
            values => format!("None of its {} values was held against a floor.", thousands(values)),
        },
        (1, 0) => "The 1 value that was held against a floor met it.".to_owned(),
        (judged, 0) => format!("All {} that were held against a floor met it.", count(judged, "value", "values")),
        (judged, below) => {
            let metrics = audit.compliance.iter();
            let metrics = metrics.filter(|metric| metric.months.iter().any(|month| month.violations > 0)).count();
            format!(
                "Of {} held against a floor, {} did not meet it, in {}.",
                count(judged, "value", "values"),
                thousands(below),
                count(metrics as u64, "metric", "metrics"),
            )
        }
    })
}

fn months(audit: &Audit) -> impl Iterator<Item = &bench_model::audit::MonthCompliance> {
    audit.compliance.iter().flat_map(|metric| &metric.months)
}

fn incidents(audit: &Audit) -> Option<String> {
    let o = &audit.overview;
    Some(match (o.incidents_opened, o.incidents_open) {
        (0, 0) if o.runs == 0 => return None,
        (0, 0) if audit.incidents.is_empty() => "The ledger records no regression that began or was open.".to_owned(),
        (began, open) => {
            let began = if began == 0 { "No regression".into() } else { count(began, "regression", "regressions") };
            let open = match open {
                0 => "none is open at its end".to_owned(),
                1 => "1 is open at its end".to_owned(),
                open => format!("{} are open at its end", thousands(open)),
            };
            format!("{began} began in the period, and {open}.")
        }
    })
}

fn changes(audit: &Audit) -> Option<String> {
    let o = &audit.overview;
    if o.runs == 0 && o.promotions == 0 {
        return None;
    }
    let promoted = match o.promotions {
        0 => "No baseline was promoted".to_owned(),
        1 => "1 run was promoted to a baseline".to_owned(),
        many => format!("{} runs were promoted to baselines", thousands(many)),
    };
    let unnamed = audit.baselines.iter().filter(|record| record.in_period && record.author.is_none()).count();
    let unnamed = match unnamed {
        0 => String::new(),
        some => format!(" ({} without a record of who promoted it)", thousands(some as u64)),
    };
    let waived = match o.waivers {
        0 => "no waiver permitted a regression".to_owned(),
        1 => "1 waiver permitted a regression".to_owned(),
        many => format!("{} waivers permitted regressions", thousands(many)),
    };
    Some(format!("{promoted}{unnamed}, and {waived}."))
}

fn releases(audit: &Audit) -> Option<String> {
    let (Some(all), Some(without)) = (audit.overview.releases, audit.overview.releases_without_evidence) else {
        return Some("No repository could tell the releases, so nothing is said about them.".into());
    };
    Some(match (all, without) {
        (0, _) => "No release was tagged in the period.".to_owned(),
        (1, 0) => "The 1 release of the period has evidence of its own.".to_owned(),
        (all, 0) => format!("All {} releases of the period have evidence of their own.", thousands(all)),
        (all, without) => {
            let verb = if without == 1 { "has" } else { "have" };
            format!("Of {}, {} {verb} no evidence of its own.", count(all, "release", "releases"), thousands(without))
        }
    })
}

fn controls(audit: &Audit) -> Option<String> {
    let of = |coverage| audit.controls.iter().filter(|found| found.coverage == coverage).count() as u64;
    let all = audit.controls.len() as u64;
    (all > 0).then(|| {
        format!(
            "Of the {} looked at, the ledger holds complete evidence for {}, partial evidence for {} and none for {}.",
            count(all, "requirement", "requirements"),
            thousands(of(Coverage::Complete)),
            thousands(of(Coverage::Partial)),
            thousands(of(Coverage::None)),
        )
    })
}

/// Whether lines from the bad one on are left out. Otherwise only those before the first that is there are gone.
pub(super) const fn hides(integrity: &Integrity, bad: &BadLine) -> bool {
    bad.seq > integrity.last_seq
}

fn integrity(audit: &Audit) -> String {
    let found = &audit.integrity;
    let lines = count(found.lines, "line", "lines");
    match &found.problem {
        Some(bad) if !hides(found, bad) => format!(
            "The chain breaks at line {}: {}. The lines from there on are in this report; what stood before is not.",
            bad.seq,
            shown(&bad.problem)
        ),
        Some(bad) => format!(
            "The chain breaks at line {}: {}. Only the {lines} before it are in this report.",
            bad.seq,
            shown(&bad.problem)
        ),
        None if !found.verified => format!("The chain was not verified; {lines} were read."),
        None if found.lines == 0 => "The ledger is empty: there is no chain to verify.".into(),
        None => format!(
            "The chain of {lines} was recomputed from line {} to line {} and holds. An edit would have broken it, unless \
             every later hash was rewritten, too; a head that somebody noted earlier shows that.",
            thousands(found.first_seq),
            thousands(found.last_seq)
        ),
    }
}
