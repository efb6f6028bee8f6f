//! The audit of a period: one pass over a ledger's lines, folded into the record that every report is made from.
//! Must not know: the clock, where files go, or what a page looks like.

mod attention;
mod baselines;
mod compliance;
mod deployments;
mod gaps;
mod incidents;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bench_model::audit::{Audit, BadLine, Controls, Integrity, NoiseRecord, Overview, RetentionRecord, SCHEMA};
use bench_model::file::FileError;
use bench_model::ledger::{Body, Broken, Entry, NoiseEntry, ReadLedger, Retention, RunEntry, read_ledger};
use bench_model::time::Timestamp;
use bench_model::verdict::Status;
use bench_report::audit::audit_page;
use bench_report::{ReportError, Template};

use crate::period::day_of;
use crate::{AuditConfig, Facts, Months, Released, validate_compliance_requirements};

use attention::Notes;
use baselines::Baselines;
use compliance::Missing;
use deployments::Deployments;
use incidents::Incidents;
use values::Values;

/// What an audit is made of, besides the ledger.
#[derive(Debug, Clone, Copy)]
pub struct AuditRequest<'a> {
    /// What is audited, such as the project's name.
    pub subject: &'a str,
    /// The months.
    pub period: Months,
    /// When it is made.
    pub generated: Timestamp,
    /// What was promised, and what stands among what somebody should look at.
    pub config: &'a AuditConfig,
    /// The requirements that are listed; see [`crate::selected`].
    pub controls: &'a Controls,
    /// How many months the project's settings keep lines for.
    pub keep_months: u32,
    /// What was released.
    pub released: &'a Released,
}

/// Makes the audit of a period from a ledger (see [`read_ledger`]) in one pass. Memory grows with the values in the period, by
/// some 50 bytes each, and not with the length of the lines.
///
/// A chain that does not hold is stated in the audit and given beside it.
///
/// # Errors
/// When the ledger cannot be read.
pub fn generate_audit_report(ledger: &Path, request: &AuditRequest<'_>) -> Result<(Audit, Option<Broken>), FileError> {
    let mut fold = Fold::new(request);
    let ReadLedger { summary, broken } = read_ledger(ledger, &mut |entry| fold.line(entry))?;
    let integrity = Integrity {
        verified: broken.is_none(),
        problem: broken
            .as_ref()
            .map(|broken| BadLine { seq: broken.error.seq, problem: broken.error.problem.to_string() }),
        head: summary.head,
        lines: summary.lines,
        first_seq: if summary.lines == 0 { 0 } else { summary.first_seq },
        last_seq: summary.last_seq,
        gaps: gaps::gaps(&fold.run_days, request.period, request.generated),
        retention: std::mem::take(&mut fold.retention),
    };
    Ok((fold.finish(integrity), broken))
}

/// The page of an audit, as one file that needs no network. `template` stands in for the one compiled in.
///
/// # Errors
/// As [`audit_page`].
pub fn generate_html_report(audit: &Audit, template: Option<Template<'_>>) -> Result<String, ReportError> {
    audit_page(audit, template)
}

/// What the lines read so far say about the period.
struct Fold<'a> {
    request: &'a AuditRequest<'a>,
    start: Timestamp,
    end: Timestamp,
    overview: Overview,
    baselines: Baselines,
    deployments: Deployments,
    incidents: Incidents,
    missing: Missing,
    noise: Vec<NoiseRecord>,
    retention: Vec<RetentionRecord>,
    run_days: BTreeSet<i64>,
    failed: Vec<u64>,
    incomplete: Vec<u64>,
    first: Option<Timestamp>,
    first_run: Option<Timestamp>,
    newest: Option<Timestamp>,
    values: Values,
}

impl<'a> Fold<'a> {
    fn new(request: &'a AuditRequest<'a>) -> Self {
        let deployments = match request.released {
            Released::Tags(tags) => Deployments::new(tags, request.period),
            Released::Unknown(_) => Deployments::default(),
        };
        Self {
            request,
            start: request.period.start(),
            end: request.period.end(),
            overview: Overview::default(),
            baselines: Baselines::default(),
            deployments,
            incidents: Incidents::default(),
            missing: Missing::new(),
            noise: Vec::new(),
            retention: Vec::new(),
            run_days: BTreeSet::new(),
            failed: Vec::new(),
            incomplete: Vec::new(),
            first: None,
            first_run: None,
            newest: None,
            values: Values::default(),
        }
    }

    fn line(&mut self, entry: &Entry) {
        let (period, time) = (self.request.period, entry.time);
        self.first.get_or_insert(time);
        self.newest = self.newest.max(Some(time));
        let in_period = (self.start..self.end).contains(&time);
        match &entry.body {
            Body::Run(run) => {
                self.run_days.insert(day_of(time));
                self.first_run = Some(self.first_run.map_or(time, |first| first.min(time)));
                self.deployments.run(entry.seq, run);
                if in_period {
                    self.run(entry, run);
                }
            }
            Body::Promotion(promotion) => {
                self.deployments.promote(&promotion.commit, &promotion.run_id);
                self.values.promote(&promotion.run_id);
                self.overview.promotions += u64::from(in_period);
                self.baselines.promote(entry, promotion, period);
            }
            Body::Waiver(waiver) if time < self.end => self.incidents.permit(entry.seq, waiver, in_period),
            Body::Incident(incident) if time < self.end => self.incidents.line(entry, incident, period),
            Body::Noise(noise) if in_period => self.noise.push(noise_record(entry, noise)),
            // Behind the period, or noise before it: nothing that the period knew, or that it measured.
            Body::Waiver(_) | Body::Incident(_) | Body::Noise(_) => {}
            Body::Retention(marker) => self.retention(entry, marker),
        }
    }

    fn run(&mut self, entry: &Entry, run: &RunEntry) {
        let overview = &mut self.overview;
        overview.runs += 1;
        match run.status {
            Status::Pass => overview.passed += 1,
            Status::Warn => overview.warned += 1,
            Status::Fail => {
                overview.failed += 1;
                self.failed.push(entry.seq);
            }
        }
        overview.values += run.metrics.len() as u64;
        if !run.missing.is_empty() {
            overview.incomplete += 1;
            self.incomplete.push(entry.seq);
        }
        for metric in &run.missing {
            *self.missing.entry(metric.clone()).or_default().entry(entry.time.month()).or_default() += 1;
        }
        self.values.add(entry.seq, entry.time, run);
    }

    fn retention(&mut self, entry: &Entry, marker: &Retention) {
        for carried in &marker.promotions {
            self.baselines.carry(carried, marker.last_seq);
        }
        for carried in &marker.incidents {
            self.incidents.carry(carried, self.request.period);
        }
        self.retention.push(RetentionRecord {
            seq: entry.seq,
            time: entry.time,
            last_seq: marker.last_seq,
            keep_months: marker.keep_months,
            author: marker.author.clone(),
        });
    }

    fn finish(self, integrity: Integrity) -> Audit {
        let AuditRequest { subject, period, generated, config, controls, keep_months, released } = *self.request;
        let newest = self.newest.unwrap_or(self.start);
        let compliance = compliance::compliance(&self.values, &self.missing, newest);
        let found = self.incidents.finish(period, newest);
        let releases = match released {
            Released::Tags(tags) => Some(self.deployments.finish(tags, period)),
            Released::Unknown(_) => None,
        };
        let good = |status: Status| matches!(status, Status::Pass | Status::Warn);
        let without = releases.as_ref().map(|releases| {
            releases.iter().filter(|release| !release.evidence.as_ref().is_some_and(|run| good(run.status))).count()
        });
        let months = || compliance.iter().flat_map(|metric| &metric.months);
        let overview = Overview {
            metrics: self.values.by_metric().len() as u64,
            violations: months().map(|month| u64::from(month.violations)).sum(),
            incidents_opened: found.opened,
            incidents_open: found.incidents.iter().filter(|incident| incident.end.is_none()).count() as u64,
            waivers: found.waivers.len() as u64,
            releases: releases.as_ref().map(|releases| releases.len() as u64),
            releases_without_evidence: without.map(|without| without as u64),
            ..self.overview
        };
        let mut audit = Audit {
            schema: SCHEMA.to_owned(),
            tool: concat!("audit-generator ", env!("CARGO_PKG_VERSION")).to_owned(),
            subject: subject.to_owned(),
            period: period.record(),
            generated,
            integrity,
            overview,
            attention: Vec::new(),
            baselines: self.baselines.finish(),
            compliance,
            incidents: found.incidents,
            waivers: found.waivers,
            noise: self.noise,
            releases,
            controls: Vec::new(),
            series: self.values.series(),
        };
        let facts = Facts {
            audit: &audit,
            config,
            keep_months,
            first: self.first,
            first_run: self.first_run,
            missing: self.missing.values().flat_map(BTreeMap::values).map(|runs| u64::from(*runs)).sum(),
        };
        let findings = validate_compliance_requirements(controls, &config.compliance_standards, &facts);
        let notes = Notes {
            period,
            config,
            keep_months,
            released,
            first: self.first,
            newest: self.newest,
            failed: &self.failed,
            incomplete: &self.incomplete,
            missing: &self.missing,
            unopened: &found.unopened,
        };
        audit.attention = attention::attention(&audit, &notes);
        audit.controls = findings;
        audit
    }
}

fn noise_record(entry: &Entry, noise: &NoiseEntry) -> NoiseRecord {
    NoiseRecord {
        seq: entry.seq,
        time: entry.time,
        epoch: noise.epoch.clone(),
        mode: noise.mode,
        metrics: noise.metrics.clone(),
    }
}
