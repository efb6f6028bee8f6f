//! The audit as the template shows it: every text legible, every number with its unit, absent values `null`.
//! Must not know: how pages look, or where the lines come from. It adds sums and sentences, and judges nothing.

use bench_cli::words::{amount, count, percent, thousands, unsigned_percent};
use bench_model::audit::{
    Audit, BaselineRecord, ControlFinding, IncidentRecord, MetricCompliance, MonthCompliance, NoiseRecord, Overview,
    Release, WaiverRecord,
};
use bench_model::{Direction, Finite};
use bench_report::audit::accepting;
use serde_json::{Value, json};

use super::charts::Chart;
use super::legible::Legible;
use super::words::{day, large, lasting, lines, margin, second, share, size, word};

/// All that the template reads.
pub(super) fn view(audit: &Audit, charts: &[Chart], legible: &Legible) -> Value {
    let integrity = &audit.integrity;
    let releases = audit.releases.as_ref();
    json!({
        "subject": legible.name(&audit.subject),
        "period": if audit.period.first == audit.period.last { legible.name(&audit.period.first) }
            else { legible.name(&format!("{} to {}", audit.period.first, audit.period.last)) },
        "generated": second(audit.generated),
        "tool": legible.name(&audit.tool),
        "head": integrity.head.as_str(),
        "verified": integrity.verified,
        "problem": integrity.problem.as_ref().map(|bad| json!({
            "line": bad.seq, "what": legible.text(&bad.problem), "hides": bad.seq > integrity.last_seq,
        })),
        "lines": large(integrity.lines),
        "first": integrity.first_seq,
        "last": integrity.last_seq,
        "gaps": list(&integrity.gaps, |gap| json!([legible.name(&gap.first), legible.name(&gap.last), gap.days])),
        "retention": list(&integrity.retention, |cut| json!({
            "line": cut.seq, "time": day(cut.time), "last": cut.last_seq, "months": cut.keep_months,
            "author": legible.name(&cut.author),
        })),
        "summary": summary(audit),
        "attention": list(&audit.attention, |sentence| json!(legible.text(sentence))),
        "overview": overview(&audit.overview),
        "baselines": list(&audit.baselines, |record| baseline(record, legible)),
        "compliance": list(&audit.compliance, |metric| compliance(metric, charts, audit, legible)),
        "incidents": list(&audit.incidents, |record| incident(record, audit, legible)),
        "waivers": list(&audit.waivers, |record| waiver(record, legible)),
        "noise": list(&audit.noise, |record| noise(record, legible)),
        "releases": releases.map(|releases| list(releases, |found| release(found, legible))),
        "controls": list(&audit.controls, |finding| control(finding, legible)),
    })
}

fn list<T>(items: &[T], row: impl FnMut(&T) -> Value) -> Value {
    items.iter().map(row).collect()
}

/// The period in sentences.
fn summary(audit: &Audit) -> Vec<String> {
    let overview = &audit.overview;
    let months = audit.compliance.iter().flat_map(|metric| &metric.months);
    let judged: u64 = months.map(|month| u64::from(month.judged)).sum();
    let number = |number: u64| thousands(size(number));
    let runs = count(size(overview.runs), "run", "runs");
    let metrics = match overview.metrics {
        0 => String::new(),
        some => format!(" of {}", count(size(some), "metric", "metrics")),
    };
    let mut sentences = vec![
        format!(
            "{runs}{metrics}: {} PASS, {} WARN, {} FAIL; {} incomplete.",
            number(overview.passed),
            number(overview.warned),
            number(overview.failed),
            number(overview.incomplete)
        ),
        match judged {
            0 => "No value was held against a floor.".into(),
            _ => {
                let values = count(size(judged), "value", "values");
                format!("{} of {values} held against a floor did not meet it.", number(overview.violations))
            }
        },
        format!(
            "{} began, {} open at the period's end; {} permitted something; {}.",
            count(size(overview.incidents_opened), "incident", "incidents"),
            if overview.incidents_open == 1 {
                "1 was".into()
            } else {
                format!("{} were", number(overview.incidents_open))
            },
            count(size(overview.waivers), "waiver", "waivers"),
            count(size(overview.promotions), "promotion of a baseline", "promotions of baselines"),
        ),
    ];
    if let (Some(releases), Some(without)) = (overview.releases, overview.releases_without_evidence) {
        let found = format!("{} without a complete run of their own.", number(without));
        sentences.push(format!("{}, {found}", count(size(releases), "released commit", "released commits")));
    }
    sentences
}

fn overview(overview: &Overview) -> Value {
    let rows = [
        ("Runs", Some(overview.runs)),
        ("Runs with status PASS", Some(overview.passed)),
        ("Runs with status WARN", Some(overview.warned)),
        ("Runs with status FAIL", Some(overview.failed)),
        ("Runs in which an expected metric did not report", Some(overview.incomplete)),
        ("Metrics with a value", Some(overview.metrics)),
        ("Values in all runs", Some(overview.values)),
        ("Values that did not meet their floor", Some(overview.violations)),
        ("Baselines promoted", Some(overview.promotions)),
        ("Incidents that began", Some(overview.incidents_opened)),
        ("Incidents open at the period's end", Some(overview.incidents_open)),
        ("Waivers that permitted something", Some(overview.waivers)),
        ("Released commits", overview.releases),
        ("Released commits without evidence", overview.releases_without_evidence),
    ];
    rows.into_iter().map(|(what, number)| json!([what, number.map(large)])).collect()
}

fn baseline(record: &BaselineRecord, legible: &Legible) -> Value {
    json!({
        "line": record.seq,
        "hash": record.line.as_ref().map(|hash| hash.as_str().chars().take(12).collect::<String>()),
        "time": record.time.map(day),
        "before": !record.in_period,
        "run": record.run_id.as_str(),
        "commit": record.commit.short(),
        "epoch": legible.name(&record.epoch.0),
        "mode": word(&record.mode),
        "anchor": record.anchor.as_deref().map(|name| legible.name(name)),
        "replaces": record.replaces,
        "author": record.author.as_deref().map(|name| legible.name(name)),
        "reason": record.reason.as_deref().map(|text| legible.text(text)),
        "criteria": list(&record.criteria, |text| json!(legible.text(text))),
        "metrics": record.metrics,
    })
}

fn compliance(metric: &MetricCompliance, charts: &[Chart], audit: &Audit, legible: &Legible) -> Value {
    let sum =
        |part: fn(&MonthCompliance) -> u32| -> u64 { metric.months.iter().map(|month| u64::from(part(month))).sum() };
    let lowest =
        metric.months.iter().filter_map(|month| month.lowest_margin).min_by(|a, b| a.get().total_cmp(&b.get()));
    let series = audit.series.iter().filter(|series| series.metric == metric.metric).count();
    let charts: Vec<_> = charts.iter().filter(|chart| chart.metric == metric.metric).collect();
    json!({
        "name": legible.name(metric.metric.as_str()),
        "direction": match metric.direction {
            Direction::HigherIsBetter => "higher is better",
            Direction::LowerIsBetter => "lower is better",
        },
        "runs": large(sum(|month| month.runs)),
        "missing": large(sum(|month| month.missing)),
        "judged": large(sum(|month| month.judged)),
        "violations": large(sum(|month| month.violations)),
        "bad": sum(|month| month.violations) > 0,
        "bad_months": metric.months.iter().filter(|month| month.violations > 0).count(),
        "months": metric.months.len(),
        "margin": lowest.map(margin),
        "rows": list(&metric.months, |month| json!({ "bad": month.violations > 0, "cells": cells(month, metric, legible) })),
        "charts": list(&charts, |chart| json!({ "file": chart.file, "alt": chart.alt, "caption": chart.caption })),
        "undrawn": series - charts.len(),
    })
}

/// A month's row, in the order of the template's columns.
fn cells(month: &MonthCompliance, metric: &MetricCompliance, legible: &Legible) -> Value {
    let value = |value: Option<Finite>| value.map(|value| amount(value, metric.unit));
    let known = month.violating_lines.len();
    let more = if u64::from(month.violations) > known as u64 { ", …" } else { "" };
    json!([
        legible.name(&month.month),
        month.runs,
        month.missing,
        month.judged,
        month.violations,
        month.time_met.map(share),
        month.lowest_margin.map(margin),
        value(month.lowest),
        value(month.median),
        value(month.highest),
        if known == 0 { String::new() } else { format!("{}{more}", lines(&month.violating_lines)) },
    ])
}

fn incident(record: &IncidentRecord, audit: &Audit, legible: &Legible) -> Value {
    json!({
        "metric": legible.name(record.metric.as_str()),
        "epoch": legible.name(&record.epoch.0),
        "mode": word(&record.mode),
        "line": record.seq,
        "opened": day(record.opened),
        "commit": record.commit.short(),
        "good": record.good.as_ref().map(|commit| commit.short()),
        "change": record.change.map(|change| percent(change.get())),
        "lasted": lasting(record.duration_s),
        "end": record.end.as_ref().map(|end| json!({
            "state": word(&end.state), "line": end.seq, "time": day(end.time), "commit": end.commit.short(),
        })),
        "accepted": accepting(audit, record).map(|by| json!({
            "line": by.seq,
            "author": by.author.as_deref().map(|name| legible.name(name)),
            "reason": by.reason.as_deref().map(|text| legible.text(text)),
        })),
        "waiver": record.waiver.as_ref().map(|waiver| json!({
            "author": legible.name(&waiver.author), "reason": legible.text(&waiver.reason), "issue": legible.name(&waiver.issue),
        })),
    })
}

fn waiver(record: &WaiverRecord, legible: &Legible) -> Value {
    let waiver = &record.waiver;
    json!({
        "metric": legible.name(waiver.metric.as_str()),
        "ceiling": unsigned_percent(waiver.ceiling.get()),
        "largest": unsigned_percent(record.largest.get()),
        "expires": legible.name(&waiver.expires),
        "issue": legible.name(&waiver.issue),
        "reason": legible.text(&waiver.reason),
        "author": legible.name(&waiver.author),
        "runs": record.runs,
        "lines": if record.first_seq == record.last_seq { record.first_seq.to_string() }
            else { format!("{} to {}", record.first_seq, record.last_seq) },
    })
}

fn noise(record: &NoiseRecord, legible: &Legible) -> Value {
    let widest = record.metrics.iter().max_by(|a, b| a.floor.get().total_cmp(&b.floor.get()));
    let sum = |part: fn(&bench_model::ledger::NoiseMetric) -> u32| -> u64 {
        record.metrics.iter().map(|metric| u64::from(part(metric))).sum()
    };
    json!({
        "line": record.seq,
        "time": day(record.time),
        "epoch": legible.name(&record.epoch.0),
        "mode": word(&record.mode),
        "metrics": record.metrics.len(),
        "widest": widest.map(|metric| json!({
            "name": legible.name(metric.name.as_str()), "floor": unsigned_percent(metric.floor.get()), "rounds": metric.rounds,
        })),
        "comparisons": large(sum(|metric| metric.comparisons)),
        "alarms": large(sum(|metric| metric.alarms)),
    })
}

fn release(found: &Release, legible: &Legible) -> Value {
    json!({
        "name": legible.name(&found.name),
        "commit": found.commit.short(),
        "time": day(found.time),
        "evidence": found.evidence.as_ref().map(|run| json!({
            "line": run.seq, "run": run.run_id.as_str(), "status": run.status.to_string(), "promoted": run.promoted,
        })),
    })
}

fn control(finding: &ControlFinding, legible: &Legible) -> Value {
    let asked = &finding.control;
    json!({
        "standard": legible.name(&asked.standard),
        "clause": legible.name(&asked.clause),
        "title": legible.name(&asked.title),
        "requirement": legible.text(&asked.requirement),
        "scope": legible.text(&asked.scope),
        "coverage": finding.coverage.to_string(),
        "evidence": list(&finding.evidence, |found| json!({
            "kind": word(&found.kind),
            "coverage": found.coverage.to_string(),
            "statement": legible.text(&found.statement),
            "lines": lines(&found.lines),
        })),
    })
}
