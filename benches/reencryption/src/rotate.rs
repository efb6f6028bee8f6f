//! The job from its begin to its proof: plan, re-encrypt, put in place, verify, clean up. Must not know command lines.
//!
//! At every moment one of two files is whole: the original under its own name, or the new one under it with the original
//! beside. What a killed job leaves says which, and the next goes on from there.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use bench_cli::Interrupt;
use bench_model::time::Timestamp;

use crate::checkpoint::{Checkpoint, Input, Phase, Position};
use crate::compare::{Compared, Side, Which, compare};
use crate::keys::{KeyRing, Source};
use crate::nonces::Fresh;
use crate::place::Place;
use crate::plan::{Plan, Planning, plan};
use crate::record::ALGORITHM;
use crate::reencrypt::Work;
use crate::resume::{self, Left};
use crate::sample::{choose, drawn, seed};
use crate::{Error, Policy, Proof, proof, usage};

/// What to rotate, and how.
#[derive(Debug, Clone, Copy)]
pub struct Rotation<'a> {
    /// The file of records; replaced when the job is done.
    pub path: &'a Path,
    /// What is demanded.
    pub policy: &'a Policy,
    /// The keys, old and new.
    pub ring: &'a KeyRing,
    /// The version to rotate to; without, the newest that there is.
    pub to_version: Option<u32>,
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Records to open again in both files afterwards.
    pub sample: u64,
    /// Which; without, nobody can foresee which.
    pub seed: Option<u64>,
    /// The seed that the records were made with, for the proof alone.
    pub dataset_seed: Option<u64>,
    /// Only plan.
    pub dry_run: bool,
    /// Where the proof goes. It is written before the original is removed.
    pub proof: Option<&'a Path>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every record is under the version already. There is nothing to prove.
    NothingToDo {
        /// How many records.
        records: u64,
        /// The version.
        version: u32,
    },
    /// A dry run: counts of what would be done.
    Planned(Box<Proof>),
    /// Every record is under the new version.
    Rotated(Box<Proof>),
}

/// When this attempt began, by three clocks.
struct Begin {
    at: Instant,
    cpu: f64,
    time: Timestamp,
}

/// What happened before a new file could be verified.
#[derive(Default)]
struct Before {
    reencrypted: u64,
    bytes: u64,
    plan_seconds: Option<f64>,
    durable_seconds: Option<f64>,
    /// Whose records they are; empty when no plan was made.
    tenants: BTreeSet<String>,
}

/// Rotates the records of a file to a new key version. `say` is told what a user should know meanwhile.
///
/// # Errors
/// See [`Error`]. After every error but [`Error::NotVerified`] the file is as it was, or is the finished new one; running
/// again goes on.
pub fn rotate(job: &Rotation<'_>, interrupt: &Interrupt, say: &dyn Fn(&str)) -> Result<Outcome, Error> {
    let begin = Begin { at: Instant::now(), cpu: usage::cpu_seconds(), time: Timestamp::now() };
    let Rotation { policy, ring, threads, .. } = *job;
    let target = job.to_version.unwrap_or_else(|| ring.newest());
    if ring.created(target).next().is_none() {
        return Err(Error::NoVersion { version: target });
    }
    policy.check(ring, target, begin.time)?;
    let place = Place::of(job.path)?;
    let planning = |file| plan(Planning { path: job.path, file, ring, policy, target, threads }, interrupt);
    if job.dry_run {
        let file = File::open(&place.file).map_err(Error::read(&place.file))?;
        let plan = planning(&file)?;
        return job.planned(&begin, &plan, target);
    }
    let input = place.lock()?;
    let left = match resume::find(&place)? {
        Left::Placed(checkpoint) if checkpoint.to_version == target => {
            say("an earlier attempt put the new file in place; it is verified now");
            return job.finish(&place, &begin, &checkpoint, &Before::default(), interrupt);
        }
        Left::Placed(checkpoint) => {
            let reason =
                format!("it is of a rotation to version {}, which has to be finished first", checkpoint.to_version);
            return Err(Error::Checkpoint { path: place.checkpoint, reason });
        }
        Left::Part(checkpoint) => Some(checkpoint),
        Left::Nothing => None,
    };
    let plan = planning(&input)?;
    let plan_seconds = begin.at.elapsed().as_secs_f64();
    if plan.nothing_to_do {
        clean(&place)?;
        return Ok(Outcome::NothingToDo { records: plan.records, version: target });
    }
    let part = open_part(&place)?;
    let Plan { records, bytes, ref sha256, ref key_versions, stamp, .. } = plan;
    let of = Input { bytes, sha256: sha256.clone(), records, key_versions: key_versions.clone() };
    let fresh = Checkpoint::new(of, target, begin.time);
    let mut checkpoint = match left {
        Some(left) => resume::usable(&place, (&input, &part), (left, fresh), (ring, threads), (interrupt, say))?,
        None => fresh,
    };
    let earlier = checkpoint.done;
    checkpoint.write(&place)?;
    let work = Work { place: &place, input: &input, part: &part, ring, fresh: Fresh::new(drawn()?), threads };
    if let Err(error) = work.run(&mut checkpoint, interrupt) {
        // The file will be another one when it is repaired, so nothing of this attempt could be used.
        if matches!(error, Error::Record { .. }) {
            clean(&place)?;
        }
        return Err(error);
    }
    if checkpoint.done.records != records || checkpoint.done.input_bytes != bytes {
        clean(&place)?;
        return Err(Error::Changed { path: place.file });
    }
    checkpoint.phase = Phase::Placing;
    checkpoint.write(&place)?;
    place.swap(stamp)?;
    let before = Before {
        reencrypted: records - earlier.records,
        bytes: bytes - earlier.input_bytes,
        plan_seconds: Some(plan_seconds),
        durable_seconds: Some(begin.at.elapsed().as_secs_f64()),
        tenants: plan.tenants,
    };
    job.finish(&place, &begin, &checkpoint, &before, interrupt)
}

/// Opens the part, locked, since it is to be the file; with the original's permissions, and readable by nobody else before.
fn open_part(place: &Place) -> Result<File, Error> {
    let write = Error::write(&place.part);
    let permissions = std::fs::metadata(&place.file).map_err(Error::read(&place.file))?.permissions();
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let part = options.open(&place.part).map_err(write)?;
    place.try_lock(&part)?;
    part.set_permissions(permissions).map_err(write)?;
    Ok(part)
}

/// Removes what an attempt left beside a file that stays as it is.
fn clean(place: &Place) -> Result<(), Error> {
    Checkpoint::remove(place)?;
    Place::remove(&place.part)?;
    place.sync_folder()
}

impl Rotation<'_> {
    fn planned(&self, begin: &Begin, plan: &Plan, target: u32) -> Result<Outcome, Error> {
        let input = Input {
            bytes: plan.bytes,
            sha256: plan.sha256.clone(),
            records: plan.records,
            key_versions: plan.key_versions.clone(),
        };
        let checkpoint = Checkpoint::new(input, target, begin.time);
        let plan_seconds = Some(begin.at.elapsed().as_secs_f64());
        let before = Before { plan_seconds, tenants: plan.tenants.clone(), ..Before::default() };
        let proof = self.proof(begin, &checkpoint, &before);
        if let Some(path) = self.proof {
            proof.write(path)?;
        }
        Ok(Outcome::Planned(Box::new(proof)))
    }

    /// Verifies the new file against the kept original, writes the proof, and only then removes the original.
    fn finish(
        &self,
        place: &Place,
        begin: &Begin,
        checkpoint: &Checkpoint,
        before: &Before,
        interrupt: &Interrupt,
    ) -> Result<Outcome, Error> {
        let Position { records, output_bytes, .. } = checkpoint.done;
        let new = File::open(&place.file).map_err(Error::read(&place.file))?;
        let old = File::open(&place.old).map_err(Error::read(&place.old))?;
        let bytes = new.metadata().map_err(Error::read(&place.file))?.len();
        let sample = choose(self.sample, records, seed(self.seed)?);
        let Compared { records: compared, sha256, key_versions, opened } = compare(
            Side { path: &place.old, file: &old, bytes: checkpoint.input.bytes },
            Side { path: &place.file, file: &new, bytes },
            self.ring,
            checkpoint.to_version,
            Which::These(&sample),
            self.threads,
            interrupt,
        )?;
        let under_new = key_versions.get(&checkpoint.to_version).copied().unwrap_or_default();
        if (bytes, compared, under_new) != (output_bytes, checkpoint.input.records, checkpoint.input.records) {
            return Err(Error::Changed { path: place.file.clone() });
        }
        let recovery = if checkpoint.attempts == 1 {
            before.durable_seconds
        } else {
            let since_first = Timestamp::now().unix() - checkpoint.started.unix();
            Some((since_first as f64).max(begin.at.elapsed().as_secs_f64()))
        };
        let rate = |amount: u64| before.durable_seconds.filter(|_| amount > 0).map(|seconds| amount as f64 / seconds);
        let proof = Proof {
            records_reencrypted: before.reencrypted,
            records_resumed: records - before.reencrypted,
            records_compared: compared,
            sample_verified: opened,
            output_bytes: Some(bytes),
            output_sha256: Some(sha256),
            compromise_to_recovery_seconds: recovery,
            records_per_second: rate(before.reencrypted),
            bytes_per_second: rate(before.bytes),
            sample_size: sample.len() as u64,
            ..self.proof(begin, checkpoint, before)
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
    fn proof(&self, begin: &Begin, checkpoint: &Checkpoint, before: &Before) -> Proof {
        let input = &checkpoint.input;
        Proof {
            schema: proof::SCHEMA.into(),
            dataset: self.path.file_name().map(|name| name.to_string_lossy().into_owned()),
            dataset_seed: self.dataset_seed,
            tenants: (!before.tenants.is_empty()).then_some(before.tenants.len() as u64),
            tenant_id: before.tenants.first().filter(|_| before.tenants.len() == 1).cloned(),
            dry_run: self.dry_run,
            test_keys: self.ring.source() == Source::Test,
            records_planned: input.records,
            records_reencrypted: 0,
            records_resumed: 0,
            records_compared: 0,
            attempts: checkpoint.attempts,
            sample_size: 0,
            sample_verified: 0,
            input_bytes: input.bytes,
            input_sha256: input.sha256.clone(),
            output_bytes: None,
            output_sha256: None,
            key_versions_from: input.key_versions.keys().copied().collect(),
            key_version_to: checkpoint.to_version,
            alg: ALGORITHM.into(),
            policy_sha256: self.policy.sha256().clone(),
            threads: self.threads as u64,
            started: checkpoint.started,
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
