//! The job from its begin to its proof: plan, re-encrypt, put in place, verify, clean up. Must not know command lines.
//!
//! At every moment one of two files is whole: the original under its own name, or the new one under it with the original
//! beside. What a killed job leaves says which, and the next goes on from there.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

use bench_cli::Interrupt;
use bench_model::time::Timestamp;

use crate::checkpoint::{Checkpoint, Input, Job, Phase, Progress, Rules};
use crate::finish::{Before, Begin, Told};
use crate::keys::{KeyRing, Source};
use crate::nonces::Fresh;
use crate::place::{Place, open_own};
use crate::plan::{Plan, Planning, plan};
use crate::reencrypt::Work;
use crate::resume::{self, Left, say_anew};
use crate::sample::drawn;
use crate::{Error, Policy, Proof};

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
    /// Records to open again in both files afterwards: which, is drawn by the system when the new file is finished.
    pub sample: u64,
    /// When the old key was compromised; without, the time to recovery counts from the first attempt's begin.
    pub compromised_at: Option<Timestamp>,
    /// What the records are called in the proof; without, as their file.
    pub dataset: Option<&'a str>,
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

/// Rotates the records of a file to a new key version. `say` is told what a user should know meanwhile, and `told` how it ended,
/// before the last trace of the job is removed: a job that was ended before that tells it when it is run again.
///
/// The clock of the first attempt goes on over attempts that are ended, and over work of theirs that is lost. When the data are
/// refused ([`Error::Record`] and the like), the job is over: they have to be changed by hand, and to rotate what comes of that is a
/// new job with a clock of its own. With [`Rotation::compromised_at`], it counts from there all the same.
///
/// # Errors
/// See [`Error`], and what `told` returns. After every error but [`Error::NotVerified`] and [`Error::Changed`] the file is as it was,
/// or is the finished new one; running again goes on.
pub fn rotate(
    job: &Rotation<'_>,
    interrupt: &Interrupt,
    say: &dyn Fn(&str),
    told: &dyn Fn(&Outcome) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    let outcome = run(job, interrupt, say, told)?;
    if !matches!(outcome, Outcome::Rotated(_)) {
        told(&outcome)?;
    }
    Ok(outcome)
}

fn run(job: &Rotation<'_>, interrupt: &Interrupt, say: &dyn Fn(&str), told: Told<'_>) -> Result<Outcome, Error> {
    let begin = Begin::now();
    let Rotation { policy, ring, threads, compromised_at, .. } = *job;
    if let Some(at) = compromised_at.filter(|at| *at > begin.time) {
        return Err(Error::NotYet { at });
    }
    let target = job.to_version.unwrap_or_else(|| ring.newest());
    if ring.created(target).is_empty() {
        return Err(Error::NoVersion { version: target });
    }
    policy.check(ring, target, begin.time)?;
    let place = Place::of(job.path)?;
    let read: Vec<&Path> = ring.path().into_iter().chain([policy.path()]).collect();
    place.keep_apart(job.proof, &read)?;
    place.one_name()?;
    let planning = |file| plan(Planning { path: job.path, file, ring, policy, target, threads }, interrupt);
    let nothing_to_do = |plan: &Plan| Outcome::NothingToDo { records: plan.records, version: target };
    if job.dry_run {
        let file = File::open(&place.file).map_err(Error::read(&place.file))?;
        let plan = planning(&file)?;
        return if plan.nothing_to_do { Ok(nothing_to_do(&plan)) } else { job.planned(&begin, &plan, target) };
    }
    let input = place.lock()?;
    let stamp = place.stamp()?;
    let rules = || job.rules();
    let fresh = || Job::new(begin.time, compromised_at, stamp, rules());
    let same_rules = |run: &Job| match run.rules == rules() {
        true => Ok(()),
        false => Err(Error::OtherRules { path: place.checkpoint.clone(), rules: run.rules.to_string() }),
    };
    let again = |run: Job| {
        if let Some(at) = compromised_at.filter(|at| *at > run.since()) {
            say(&format!("the time to recovery goes on counting from {}, which is before {at}", run.since()));
        }
        run.again(compromised_at, rules())
    };
    let unfinished = |version: u32| Error::Checkpoint {
        path: place.checkpoint.clone(),
        reason: format!("it is of a rotation to version {version}, which has to be finished first"),
    };
    let (run, left) = match resume::find(&place)? {
        Left::Placed(run, progress) if progress.to_version == target => {
            same_rules(&run)?;
            say("an earlier attempt put the new file in place; it is verified now");
            let run = again(run);
            Checkpoint::new(run.clone(), Some(progress.clone())).write(&place)?;
            // The checkpoint made the folder durable, and with it the new file's name.
            let known = (&Before::default(), begin.reached());
            return job.finish(&place, &begin, (&run, &progress), known, (interrupt, told));
        }
        Left::Placed(_, Progress { to_version: other, .. }) => return Err(unfinished(other)),
        // Otherwise nobody would ever be given the account.
        Left::Proven(proof) if proof.key_version_to != target => return Err(unfinished(proof.key_version_to)),
        Left::Proven(proof) => {
            say("an earlier attempt finished the rotation; this is its account");
            return job.proven(&place, proof, told);
        }
        Left::Part(run, progress) => (again(run), Some(progress)),
        Left::Begun(run) if run.file == stamp => (again(run), None),
        Left::Begun(_) | Left::Nothing => (fresh(), None),
    };
    Checkpoint::new(run.clone(), left.clone()).write(&place)?;
    let plan = match planning(&input) {
        Ok(plan) if plan.nothing_to_do => {
            clean(&place)?;
            return Ok(nothing_to_do(&plan));
        }
        Err(error) if left.is_none() && error.is_of_the_data() => {
            clean(&place)?;
            return Err(error);
        }
        planned => planned?,
    };
    let plan_seconds = begin.at.elapsed().as_secs_f64();
    let part = match open_part(&place) {
        Err(error @ Error::Owner { .. }) if left.is_none() => {
            clean(&place)?;
            return Err(error);
        }
        opened => opened?,
    };
    let none = Progress::none(Input::of(&plan), target);
    let (run, mut progress) = match left {
        None => (run, none),
        Some(left) if (left.input.bytes, &left.input.sha256) != (plan.bytes, &plan.sha256) => {
            say_anew(say, "the file was changed since");
            (fresh(), none)
        }
        Some(left) => (run, resume::usable(&place, (&input, &part), (left, none), (ring, threads), (interrupt, say))?),
    };
    let run = Job { file: plan.stamp, ..run };
    let earlier = progress.done;
    Checkpoint::new(run.clone(), Some(progress.clone())).write(&place)?;
    let nonces = Fresh::new(drawn()?);
    let work = Work { place: &place, job: &run, input: &input, part: &part, ring, fresh: nonces, threads };
    if let Err(error) = work.run(&mut progress, interrupt) {
        // The file will be another one when it is repaired, so nothing of this attempt could be used.
        if error.is_of_the_data() {
            clean(&place)?;
        }
        return Err(error);
    }
    if progress.done.records != plan.records || progress.done.input_bytes != plan.bytes {
        clean(&place)?;
        return Err(Error::Changed { path: place.file, original: None });
    }
    progress.phase = Phase::Placing;
    Checkpoint::new(run.clone(), Some(progress.clone())).write(&place)?;
    place.swap(plan.stamp)?;
    let durable = begin.reached();
    let before = Before {
        reencrypted: plan.records - earlier.records,
        bytes: plan.bytes - earlier.input_bytes,
        plan_seconds: Some(plan_seconds),
        durable_seconds: Some(durable.seconds),
        tenants: plan.tenants,
    };
    job.finish(&place, &begin, (&run, &progress), (&before, durable), (interrupt, told))
}

impl Rotation<'_> {
    pub(crate) fn rules(&self) -> Rules {
        Rules { policy_sha256: self.policy.sha256().clone(), test_keys: self.ring.source() == Source::Test }
    }
}

/// Opens the part, locked, since it is to be the file; with the original's owner and permissions, and readable by nobody else before.
fn open_part(place: &Place) -> Result<File, Error> {
    let write = Error::write(&place.part);
    let original = std::fs::metadata(&place.file).map_err(Error::read(&place.file))?;
    let part = open_own(&place.part, 0o600)?;
    place.try_lock(&part)?;
    let found = part.metadata().map_err(write)?;
    let (uid, gid) = (original.uid(), original.gid());
    if (found.uid(), found.gid()) != (uid, gid) {
        let fail = |source| Error::Owner { path: place.file.clone(), uid, gid, source };
        fchown(&part, Some(uid), Some(gid)).map_err(fail)?;
    }
    part.set_permissions(original.permissions()).map_err(write)?;
    Ok(part)
}

/// Removes what an attempt left beside a file that stays as it is.
fn clean(place: &Place) -> Result<(), Error> {
    Checkpoint::remove(place)?;
    Place::remove(&place.part)?;
    place.sync_folder()
}
