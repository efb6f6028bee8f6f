//! The end of the job: verify the new file against the kept original, write the proof, clean up. Must not know how the new file
//! was made.

use std::collections::BTreeSet;
use std::fs::File;
use std::time::Instant;

use bench_cli::Interrupt;
use bench_model::time::Timestamp;

use crate::checkpoint::{Checkpoint, Input, Job, Position, Progress};
use crate::compare::{Compared, Side, Which, compare};
use crate::keys::Source;
use crate::place::Place;
use crate::plan::Plan;
use crate::record::ALGORITHM;
use crate::sample::{choose, drawn};
use crate::{Error, Outcome, Proof, Rotation, proof, usage};

/// When this attempt began, by three clocks.
pub(crate) struct Begin {
    pub(crate) at: Instant,
    pub(crate) cpu: f64,
    pub(crate) time: Timestamp,
}

impl Begin {
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), cpu: usage::cpu_seconds(), time: Timestamp::now() }
    }

    pub(crate) fn reached(&self) -> Reached {
        Reached { seconds: self.at.elapsed().as_secs_f64(), time: Timestamp::now() }
    }
}

/// A moment of this attempt: seconds since its begin by the monotonic clock, and the system's time.
#[derive(Clone, Copy)]
pub(crate) struct Reached {
    pub(crate) seconds: f64,
    pub(crate) time: Timestamp,
}

/// What this attempt did before a new file could be verified.
#[derive(Default)]
pub(crate) struct Before {
    pub(crate) reencrypted: u64,
    pub(crate) bytes: u64,
    pub(crate) plan_seconds: Option<f64>,
    /// Absent when an earlier attempt got that far.
    pub(crate) durable_seconds: Option<f64>,
    /// Whose records they are; empty when no plan was made.
    pub(crate) tenants: BTreeSet<String>,
}

/// From the compromise, or the first attempt's begin, until every record was durable under the new key.
fn recovery(job: &Job, durable: Reached) -> f64 {
    if job.attempts == 1 && job.compromised_at.is_none() {
        return durable.seconds;
    }
    // The system's clock may have been set back meanwhile; it was no shorter than this attempt took.
    let seconds = durable.time.unix().saturating_sub(job.since().unix());
    (seconds as f64).max(durable.seconds)
}

impl Rotation<'_> {
    /// What a dry run says.
    pub(crate) fn planned(&self, begin: &Begin, plan: &Plan, target: u32) -> Result<Outcome, Error> {
        let job = Job::new(begin.time, self.compromised_at, plan.stamp);
        let progress = Progress::none(Input::of(plan), target);
        let plan_seconds = Some(begin.at.elapsed().as_secs_f64());
        let before = Before { plan_seconds, tenants: plan.tenants.clone(), ..Before::default() };
        let proof = self.proof(begin, (&job, &progress), &before);
        if let Some(path) = self.proof {
            proof.write(path)?;
        }
        Ok(Outcome::Planned(Box::new(proof)))
    }

    /// Verifies the new file against the kept original, writes the proof, and only then removes the original.
    pub(crate) fn finish(
        &self,
        place: &Place,
        begin: &Begin,
        (job, progress): (&Job, &Progress),
        (before, durable): (&Before, Reached),
        interrupt: &Interrupt,
    ) -> Result<Outcome, Error> {
        let Position { records, output_bytes, .. } = progress.done;
        let new = File::open(&place.file).map_err(Error::read(&place.file))?;
        let old = File::open(&place.old).map_err(Error::read(&place.old))?;
        let bytes = new.metadata().map_err(Error::read(&place.file))?.len();
        let sample = choose(self.sample, records, u64::from_le_bytes(drawn()?));
        let Compared { records: compared, sha256, key_versions, opened } = compare(
            Side { path: &place.old, file: &old, bytes: progress.input.bytes },
            Side { path: &place.file, file: &new, bytes },
            self.ring,
            progress.to_version,
            Which::These(&sample),
            self.threads,
            interrupt,
        )?;
        let under_new = key_versions.get(&progress.to_version).copied().unwrap_or_default();
        if (bytes, compared, under_new) != (output_bytes, progress.input.records, progress.input.records) {
            return Err(Error::Changed { path: place.file.clone() });
        }
        let rate = |amount: u64| before.durable_seconds.filter(|_| amount > 0).map(|seconds| amount as f64 / seconds);
        let proof = Proof {
            records_reencrypted: before.reencrypted,
            records_resumed: records - before.reencrypted,
            records_compared: compared,
            sample_verified: opened,
            output_bytes: Some(bytes),
            output_sha256: Some(sha256),
            compromise_to_recovery_seconds: Some(recovery(job, durable)),
            records_per_second: rate(before.reencrypted),
            bytes_per_second: rate(before.bytes),
            sample_size: sample.len() as u64,
            ..self.proof(begin, (job, progress), before)
        };
        if let Some(path) = self.proof {
            proof.write(path)?;
        }
        Place::remove(&place.old)?;
        place.sync_folder()?;
        Checkpoint::remove(place)?;
        place.sync_folder()?;
        Ok(Outcome::Rotated(Box::new(proof)))
    }

    /// What both kinds of proof say. Nothing is done in it yet.
    fn proof(&self, begin: &Begin, (job, progress): (&Job, &Progress), before: &Before) -> Proof {
        let input = &progress.input;
        let own_name = || self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        Proof {
            schema: proof::SCHEMA.into(),
            dataset: self.dataset.map(str::to_owned).or_else(own_name),
            dataset_seed: self.dataset_seed,
            tenants: (!before.tenants.is_empty()).then_some(before.tenants.len() as u64),
            tenant_id: before.tenants.first().filter(|_| before.tenants.len() == 1).cloned(),
            dry_run: self.dry_run,
            test_keys: self.ring.source() == Source::Test,
            records_planned: input.records,
            records_reencrypted: 0,
            records_resumed: 0,
            records_compared: 0,
            attempts: job.attempts,
            sample_size: 0,
            sample_verified: 0,
            input_bytes: input.bytes,
            input_sha256: input.sha256.clone(),
            output_bytes: None,
            output_sha256: None,
            key_versions_from: input.key_versions.keys().copied().collect(),
            key_version_to: progress.to_version,
            alg: ALGORITHM.into(),
            policy_sha256: self.policy.sha256().clone(),
            threads: self.threads as u64,
            started: job.started,
            compromised_at: job.compromised_at,
            completed: Timestamp::now(),
            wall_seconds: begin.at.elapsed().as_secs_f64(),
            cpu_seconds: usage::cpu_seconds() - begin.cpu,
            peak_rss_bytes: usage::peak_rss_bytes(),
            plan_seconds: before.plan_seconds,
            durable_seconds: before.durable_seconds,
            compromise_to_recovery_seconds: None,
            records_per_second: None,
            bytes_per_second: None,
        }
    }
}
