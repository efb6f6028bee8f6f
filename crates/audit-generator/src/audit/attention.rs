//! What somebody should look at, most serious first: whether the ledger can be trusted, what it lacks, what it shows.
//! Must not know: what a page looks like. Names are cut here, because a line is read as a line.

use bench_cli::words::{count, thousands, times};
use bench_model::MetricName;
use bench_model::audit::Audit;
use bench_model::time::Timestamp;
use bench_model::verdict::Status;

use super::compliance::Missing;
use crate::period::{day_of, day_text};
use crate::{AuditConfig, Months, Released};

/// Lines of one kind before the rest is counted.
const MOST_OF_A_KIND: usize = 10;
/// Characters of a name.
const LONGEST_NAME: usize = 100;

/// What the lines say that is in no table of the audit.
pub(super) struct Notes<'a> {
    pub(super) period: Months,
    pub(super) config: &'a AuditConfig,
    pub(super) keep_months: u32,
    pub(super) released: &'a Released,
    /// The time of the first line.
    pub(super) first: Option<Timestamp>,
    /// The time of the newest line.
    pub(super) newest: Option<Timestamp>,
    /// Lines of runs with status FAIL.
    pub(super) failed: &'a [u64],
    /// Lines of runs in which a metric was missing.
    pub(super) incomplete: &'a [u64],
    pub(super) missing: &'a Missing,
    /// Lines that end an incident whose own line is gone.
    pub(super) unopened: &'a [u64],
}

/// The lines, most serious first.
pub(super) fn attention(audit: &Audit, notes: &Notes<'_>) -> Vec<String> {
    let mut lines = integrity(audit, notes);
    lines.extend(open_incidents(audit, notes));
    lines.extend(violations(audit, notes));
    lines.extend(releases(audit, notes));
    lines.extend(runs(audit, notes));
    lines
}

fn integrity(audit: &Audit, notes: &Notes<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let integrity = &audit.integrity;
    if let Some(bad) = &integrity.problem {
        let behind = if bad.seq > integrity.last_seq { "; nothing behind it is in this report" } else { "" };
        lines.push(format!("The ledger's chain does not hold at line {}: {}{behind}.", bad.seq, bad.problem));
    }
    if audit.overview.runs == 0 {
        lines.push("No run was recorded in the period.".to_owned());
    }
    let end = notes.period.end();
    if end > audit.generated {
        let last = day_text(day_of(end) - 1);
        lines.push(format!(
            "The period is not over: it ends on {last}, and what comes until then is not in this report."
        ));
    }
    let promises = [
        ("retention_months", notes.config.retention_months),
        ("baseline_history_retention", notes.config.baseline_history_retention),
    ];
    for (key, promised) in promises.into_iter().filter(|(_, promised)| notes.keep_months < *promised) {
        let kept = notes.keep_months;
        lines.push(format!("The settings keep {kept} months of lines, and `{key}` promises {promised}."));
    }
    if let (Some(marker), Some(first)) = (integrity.retention.last(), notes.first)
        && first > notes.period.start()
        && integrity.first_seq > 1
    {
        let day = day_text(day_of(first));
        lines.push(format!(
            "Lines before {day} were removed (marker in line {}): what the period holds before it is not in this report.",
            marker.seq
        ));
    }
    let unopened = notes.unopened.iter().take(MOST_OF_A_KIND);
    lines.extend(unopened.map(|seq| {
        format!("Line {seq} ends an incident that began in a line that was removed: it is not in this report.")
    }));
    lines
}

fn open_incidents(audit: &Audit, notes: &Notes<'_>) -> Vec<String> {
    if !notes.config.regression_incident_tracking {
        return Vec::new();
    }
    let open = audit.incidents.iter().filter(|incident| incident.end.is_none());
    let open = open.map(|incident| {
        let size = incident.change.map(|change| format!(" ({})", bench_cli::words::percent(change.get())));
        format!(
            "`{}` regressed{} and had not recovered by the end: line {}, {}.",
            name(incident.metric.as_str()),
            size.unwrap_or_default(),
            incident.seq,
            day_text(day_of(incident.opened))
        )
    });
    most(open.collect(), "open incident", "open incidents")
}

fn violations(audit: &Audit, notes: &Notes<'_>) -> Vec<String> {
    if !notes.config.slo_violation_alerts {
        return Vec::new();
    }
    let mut found = Vec::new();
    for metric in &audit.compliance {
        let sum = |of: fn(&bench_model::audit::MonthCompliance) -> u32| -> u64 {
            metric.months.iter().map(|month| u64::from(of(month))).sum()
        };
        let (violations, judged) = (sum(|month| month.violations), sum(|month| month.judged));
        if violations == 0 {
            continue;
        }
        let lowest = metric.months.iter().filter_map(|month| month.lowest_margin).map(f64::from).reduce(f64::min);
        let lowest = lowest.map(|margin| format!(", at the worst {} of it", times(margin))).unwrap_or_default();
        let first = metric.months.iter().flat_map(|month| &month.violating_lines).min();
        let first = first.map(|seq| format!("; the first is line {seq}")).unwrap_or_default();
        let text = format!(
            "`{}` did not meet its floor in {violations} of {}{lowest}{first}.",
            name(metric.metric.as_str()),
            count(usize::try_from(judged).unwrap_or(usize::MAX), "judged run", "judged runs"),
        );
        found.push((violations, text));
    }
    // Equal ones stay in the order of their names.
    found.sort_by_key(|(violations, _)| std::cmp::Reverse(*violations));
    most(found.into_iter().map(|(_, text)| text).collect(), "metric below its floor", "metrics below their floors")
}

fn releases(audit: &Audit, notes: &Notes<'_>) -> Vec<String> {
    if let Released::Unknown(reason) = notes.released {
        return vec![format!("What was released in the period is not known: {reason}.")];
    }
    let without = audit.releases.iter().flatten().filter_map(|release| {
        let what = match release.evidence.as_ref().map(|run| (run.status, run.seq)) {
            Some((Status::Pass | Status::Warn, _)) => return None,
            Some((Status::Fail, seq)) => format!("its best run failed: line {seq}"),
            None => "no complete run measured it".to_owned(),
        };
        Some(format!("Release `{}` ({}): {what}.", name(&release.name), release.commit.short()))
    });
    most(without.collect(), "release without evidence", "releases without evidence")
}

fn runs(audit: &Audit, notes: &Notes<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(first) = notes.failed.first() {
        let runs = count(notes.failed.len(), "run has status FAIL: line", "runs have status FAIL, the first in line");
        lines.push(format!("{runs} {first}."));
    }
    if let Some(first) = notes.incomplete.first() {
        let runs = count(
            notes.incomplete.len(),
            "run lacks expected metrics: line",
            "runs lack expected metrics, the first in line",
        );
        lines.push(format!("{runs} {first}."));
    }
    let measured = |metric: &MetricName| audit.compliance.iter().any(|known| known.metric == *metric);
    let never = notes.missing.iter().filter(|(metric, _)| !measured(metric)).map(|(metric, months)| {
        let runs: u64 = months.values().map(|runs| u64::from(*runs)).sum();
        let runs = count(usize::try_from(runs).unwrap_or(usize::MAX), "run", "runs");
        format!("`{}` was expected in {runs} and reported in none.", name(metric.as_str()))
    });
    lines.extend(most(never.collect(), "metric that never reported", "metrics that never reported"));
    let gaps = audit
        .integrity
        .gaps
        .iter()
        .map(|gap| format!("No run for {} days, from {} to {}.", gap.days, gap.first, gap.last));
    lines.extend(most(gaps.collect(), "gap", "gaps"));
    if let Some(newest) = notes.newest.filter(|newest| *newest > audit.generated) {
        lines.push(format!("The newest line is of {newest}, after this report was made: a clock is wrong."));
    }
    lines
}

/// The first few lines of a kind, and how many more there are.
fn most(mut lines: Vec<String>, one: &str, many: &str) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_OF_A_KIND);
    if more > 0 {
        lines.truncate(MOST_OF_A_KIND);
        lines.push(format!("And {} more {}.", thousands(more), if more == 1 { one } else { many }));
    }
    lines
}

fn name(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NAME) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}
