//! The end of the job: verify the new file against the kept original, write the proof, clean up. Must not know how the new file
//! was made.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant, SystemTime};

use bench_cli::Interrupt;
use bench_model::time::Timestamp;

use crate::checkpoint::{Checkpoint, Input, Job, Position, Progress, Proven};
use crate::compare::{Compared, Side, Which, compare};
use crate::place::{Place, Stamp};
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
        Reached { seconds: self.at.elapsed().as_secs_f64(), time: SystemTime::now() }
    }
}

/// A moment of this attempt: seconds since its begin by the monotonic clock, and the system's time.
#[derive(Clone, Copy)]
pub(crate) struct Reached {
    pub(crate) seconds: f64,
    pub(crate) time: SystemTime,
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
    // From the begin of a second to a moment, so never too short. The system's clock may have been set back meanwhile; it was no
    // shorter than this attempt took.
    let since = Duration::from_secs(u64::try_from(job.since().unix()).unwrap_or_default());
    let unix = durable.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    unix.saturating_sub(since).as_secs_f64().max(durable.seconds)
}

/// Who is told how it ended.
pub(crate) type Told<'a> = &'a dyn Fn(&Outcome) -> Result<(), Error>;

/// Tells how it ended while the checkpoint still knows, and only then forgets it.
fn settle(place: &Place, outcome: Outcome, told: Told<'_>) -> Result<Outcome, Error> {
    told(&outcome)?;
    Checkpoint::remove(place)?;
    place.sync_folder()?;
    Ok(outcome)
}

/// Refuses to give up an original that a program wrote to which had it open from before, or that was given a further name.
fn untouched(place: &Place, old: &File, planned: Stamp) -> Result<(), Error> {
    let found = old.metadata().map_err(Error::read(&place.old))?;
    if !Stamp::of(&found).same_state(planned) {
        return Err(Error::Changed { path: place.file.clone(), original: Some(place.old.clone()) });
    }
    match found.nlink() {
        0 | 1 => Ok(()),
        names => Err(Error::Linked { path: place.old.clone(), names }),
    }
}

impl Rotation<'_> {
    /// What a dry run says.
    pub(crate) fn planned(&self, begin: &Begin, plan: &Plan, target: u32) -> Result<Outcome, Error> {
        let job = Job::new(begin.time, self.compromised_at, plan.stamp, self.rules());
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
        (interrupt, told): (&Interrupt, Told<'_>),
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
            return Err(Error::Changed { path: place.file.clone(), original: Some(place.old.clone()) });
        }
        untouched(place, &old, job.file)?;
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
        let proof = Box::new(proof);
        let file = Stamp::of(&new.metadata().map_err(Error::read(&place.file))?);
        let proven = Proven { file, proof: proof.clone() };
        Checkpoint::proven(job.clone(), progress.clone(), proven).write(place)?;
        if let Some(path) = self.proof {
            proof.write(path)?;
        }
        if let Err(changed) = untouched(place, &old, job.file) {
            // The account is not true any more, and must not be given by a later attempt either.
            Checkpoint::new(job.clone(), Some(progress.clone())).write(place)?;
            self.proof.map(Place::remove).transpose()?;
            return Err(changed);
        }
        Place::remove(&place.old)?;
        place.sync_folder()?;
        settle(place, Outcome::Rotated(proof), told)
    }

    /// Gives the account of a rotation that an earlier attempt finished without having cleaned up.
    pub(crate) fn proven(&self, place: &Place, proof: Box<Proof>, told: Told<'_>) -> Result<Outcome, Error> {
        if let Some(path) = self.proof {
            proof.write(path)?;
        }
        settle(place, Outcome::Rotated(proof), told)
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
            test_keys: job.rules.test_keys,
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
            policy_sha256: job.rules.policy_sha256.clone(),
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

#[cfg(test)]
mod tests {
    use bench_model::Sha256;

    use super::*;
    use crate::checkpoint::Rules;

    #[test]
    fn the_time_to_recovery_of_several_attempts_is_never_too_short() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = Stamp::of(&folder.path().metadata().unwrap());
        let rules = Rules { policy_sha256: Sha256::zero(), test_keys: true };
        let first = Job::new(Timestamp::from_unix(1000), None, stamp, rules.clone());
        let since_1970 = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let durable = Reached { seconds: 0.25, time: since_1970(1_010_900) };
        assert_eq!(recovery(&first, durable), 0.25);
        let second = first.again(None, rules);
        assert_eq!(recovery(&second, durable), 10.9);
        // A clock that was set back.
        assert_eq!(recovery(&second, Reached { seconds: 0.25, time: since_1970(900_000) }), 0.25);
    }
}
