//! The documents, with their keys in the specification's order. Must not know: where a value comes from.

use std::collections::BTreeMap;

use bench_model::ledger::{Body, Entry};
use bench_model::perf::EvidenceLevel;
use bench_model::proof::{DataDigest, Proof};
use bench_model::time::Timestamp;
use bench_model::{Finite, RunId, Sha256};
use serde::Serialize;

use super::Work;

const SCHEMA_VERSION: &str = "1.0";
const SCALABILITY: &str = "scalability";
const NO_SIGNATURE: &str = "nothing was signed: what was done is proven by the digests of the data before and after it, by the sample that \
                            was read back, and by the hash chain of the ledger's lines";

/// `scalability_metrics.json`.
#[derive(Debug, Serialize)]
pub(super) struct Scalability<'a> {
    schema_version: &'static str,
    metric_family: &'static str,
    execution_mode: &'static str,
    evidence_level: EvidenceLevel,
    kpi_eligible: bool,
    run_started_at: Timestamp,
    run_completed_at: Timestamp,
    records_targeted: Option<u64>,
    bytes_targeted: Option<u64>,
    /// Of one execution, as the next two.
    wall_clock_seconds: Option<Finite>,
    cpu_seconds: Option<Finite>,
    rss_peak_bytes: Option<u64>,
    throughput_records_per_second: Option<Finite>,
    throughput_mb_per_minute: Option<Finite>,
    scalability_score: Option<Finite>,
    dataset_sha256: Option<&'a Sha256>,
    /// Whoever generates data knows it, and not the job that works on them; `null` unless it says so.
    deterministic_seed: Option<&'a str>,
    run_id: &'a RunId,
    environment: &'a str,
    rounds: usize,
}

impl<'a> Scalability<'a> {
    pub(super) fn of(work: &Work<'a>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            metric_family: SCALABILITY,
            execution_mode: work.execution_mode(),
            evidence_level: work.level,
            kpi_eligible: work.kpi_eligible(),
            run_started_at: work.started,
            run_completed_at: work.completed(),
            records_targeted: work.common(|proof| proof.planned),
            bytes_targeted: work.common(|proof| proof.input.bytes),
            wall_clock_seconds: work.measured("wall", 1e9),
            cpu_seconds: work.cpu_seconds(),
            rss_peak_bytes: work.bytes("peak_rss"),
            throughput_records_per_second: work.measured("records_per_second", 1.0),
            throughput_mb_per_minute: work.mb_per_minute(),
            scalability_score: work.measured("scalability_score", 1.0),
            dataset_sha256: work.common(|proof| &proof.input.sha256),
            deterministic_seed: work.fact("seed"),
            run_id: work.run_id,
            environment: &work.environment.0,
            rounds: work.proofs.len(),
        }
    }
}

/// `security_metrics.json`.
#[derive(Debug, Serialize)]
pub(super) struct Security<'a> {
    schema_version: &'static str,
    metric_family: &'static str,
    execution_mode: &'static str,
    evidence_level: EvidenceLevel,
    kpi_eligible: bool,
    /// `null` where the records are of several.
    tenant_id: Option<&'a str>,
    compromise_started_at: Option<Timestamp>,
    rotation_completed_at: Option<Timestamp>,
    recovery_completed_at: Option<Timestamp>,
    mttr_seconds: Option<Finite>,
    records_targeted: Option<u64>,
    bytes_targeted: Option<u64>,
    reencrypt_records_per_second: Option<Finite>,
    reencrypt_mb_per_minute: Option<Finite>,
    signing_mode: &'static str,
    signing_key_source: Option<&'static str>,
    signing_notice: &'static str,
    tenants: Option<u64>,
    run_id: &'a RunId,
}

impl<'a> Security<'a> {
    pub(super) fn of(work: &Work<'a>) -> Self {
        let (from, to) = work.recovery().unzip();
        Self {
            schema_version: SCHEMA_VERSION,
            metric_family: "security",
            execution_mode: work.execution_mode(),
            evidence_level: work.level,
            kpi_eligible: work.kpi_eligible(),
            tenant_id: work.fact("tenant_id"),
            compromise_started_at: from,
            rotation_completed_at: to,
            recovery_completed_at: to,
            mttr_seconds: work.measured("mttr", 1e9),
            records_targeted: work.common(|proof| proof.planned),
            bytes_targeted: work.common(|proof| proof.input.bytes),
            reencrypt_records_per_second: work.measured("records_per_second", 1.0),
            reencrypt_mb_per_minute: work.mb_per_minute(),
            signing_mode: "none",
            signing_key_source: None,
            signing_notice: NO_SIGNATURE,
            tenants: work.fact("tenants").and_then(|tenants| tenants.parse().ok()),
            run_id: work.run_id,
        }
    }
}

/// `benchmark_summary.json`.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    pub(super) metrics: Scalability<'a>,
    pub(super) security_metrics: Security<'a>,
    pub(super) reencrypt_summary: Recovery<'a>,
    pub(super) dataset_path: Option<&'a str>,
}

/// What the rounds did.
#[derive(Debug, Serialize)]
pub(super) struct Recovery<'a> {
    work: Option<&'a str>,
    /// What keeps a round from being real work; empty when nothing does.
    shortfalls: Vec<String>,
    /// Facts that all rounds have in common.
    facts: BTreeMap<&'a str, &'a str>,
    rounds: Vec<Round<'a>>,
}

#[derive(Debug, Serialize)]
struct Round<'a> {
    dry_run: bool,
    records_planned: u64,
    records_reencrypted: u64,
    records_resumed: u64,
    sample_size: u64,
    sample_verified: u64,
    input: &'a DataDigest,
    output: Option<&'a DataDigest>,
}

impl<'a> Recovery<'a> {
    pub(super) fn of(work: &Work<'a>) -> Self {
        let names = work.proofs.iter().flat_map(|proof| proof.facts.keys());
        let mut shortfalls: Vec<String> = work.proofs.iter().filter_map(Proof::shortfall).collect();
        shortfalls.sort();
        shortfalls.dedup();
        let round = |proof: &'a Proof| Round {
            dry_run: proof.dry_run,
            records_planned: proof.planned,
            records_reencrypted: proof.done.saturating_sub(proof.resumed),
            records_resumed: proof.resumed,
            sample_size: proof.sampled,
            sample_verified: proof.verified,
            input: &proof.input,
            output: proof.output.as_ref(),
        };
        Self {
            work: work.common(|proof| proof.work.as_str()),
            shortfalls,
            facts: names.filter_map(|name| Some((name.as_str(), work.fact(name)?))).collect(),
            rounds: work.proofs.iter().map(round).collect(),
        }
    }
}

/// `benchmark_history.json`: an entry for each run of the same work, in the ledger's order. The ledger only grows, and so does this.
#[derive(Debug, Serialize)]
pub(crate) struct History {
    schema_version: &'static str,
    metric_family: &'static str,
    entries: Vec<HistoryEntry>,
    /// The work.
    #[serde(skip)]
    kind: String,
}

#[derive(Debug, Serialize)]
struct HistoryEntry {
    run_started_at: Timestamp,
    run_completed_at: Timestamp,
    execution_mode: &'static str,
    evidence_level: EvidenceLevel,
    records_targeted: Option<u64>,
    wall_clock_seconds: Option<Finite>,
    cpu_seconds: Option<Finite>,
    rss_peak_bytes: Option<u64>,
    throughput_records_per_second: Option<Finite>,
    throughput_mb_per_minute: Option<Finite>,
    mttr_seconds: Option<Finite>,
    run_id: RunId,
    /// Entries of two environments are not to be compared.
    environment: String,
}

impl History {
    /// The history of a kind of work, without entries.
    pub(crate) fn new(kind: &str) -> Self {
        Self { schema_version: SCHEMA_VERSION, metric_family: SCALABILITY, entries: Vec::new(), kind: kind.to_owned() }
    }

    /// Looks at a line of the ledger.
    pub(crate) fn absorb(&mut self, line: &Entry) {
        let Body::Run(run) = &line.body else { return };
        let Some(work) = Work::of_entry(run, &self.kind) else { return };
        self.entries.push(HistoryEntry {
            run_started_at: work.started,
            run_completed_at: work.completed(),
            execution_mode: work.execution_mode(),
            evidence_level: work.level,
            records_targeted: work.common(|proof| proof.planned),
            wall_clock_seconds: work.measured("wall", 1e9),
            cpu_seconds: work.cpu_seconds(),
            rss_peak_bytes: work.bytes("peak_rss"),
            throughput_records_per_second: work.measured("records_per_second", 1.0),
            throughput_mb_per_minute: work.mb_per_minute(),
            mttr_seconds: work.measured("mttr", 1e9),
            run_id: work.run_id.clone(),
            environment: work.environment.0.clone(),
        });
    }

    /// Whether a run is among the entries.
    pub(crate) fn holds(&self, run: &RunId) -> bool {
        self.entries.iter().any(|entry| entry.run_id == *run)
    }
}
