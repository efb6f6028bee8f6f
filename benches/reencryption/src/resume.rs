//! What an earlier attempt left, and what of it can be used. Must not know how records are re-encrypted.

use std::fs::File;

use bench_cli::Interrupt;
use bench_cli::words::thousands;

use crate::checkpoint::{Checkpoint, Job, Phase, Position, Progress, Proven};
use crate::compare::{Side, Which, compare};
use crate::keys::KeyRing;
use crate::place::Place;
use crate::{Error, Proof};

/// The state in which a job finds its file.
pub(crate) enum Left {
    /// As if nothing had been.
    Nothing,
    /// An attempt that ended before it had a plan.
    Begun(Job),
    /// A part, which may be usable.
    Part(Job, Progress),
    /// The new file has its name already, and the original is kept beside: it remains to be verified.
    Placed(Job, Progress),
    /// All is done but removing the checkpoint. Nobody may have been told.
    Proven(Box<Proof>),
}

/// Looks at what lies beside the file. A kept original that is still the file itself is only its second name: an attempt was
/// ended before the part took the first. That name is removed, so that it never stands beside a checkpoint of an earlier phase.
///
/// # Errors
/// [`Error::LeftOver`] and [`Error::Checkpoint`] when it cannot be told which of two files is the right one.
pub(crate) fn find(place: &Place) -> Result<Left, Error> {
    place.unlink_old()?;
    let (part, old) = (place.part.exists(), place.old.exists());
    let unexplained = || Error::LeftOver { path: place.old.clone() };
    let Some(Checkpoint { job, progress, proven, .. }) = Checkpoint::read(place)? else {
        // A part without a checkpoint says nothing.
        return if old { Err(unexplained()) } else { Ok(Left::Nothing) };
    };
    if let Some(Proven { file, proof }) = proven.filter(|_| !part && !old)
        && file.same_content(place.stamp()?)
    {
        return Ok(Left::Proven(proof));
    }
    match progress {
        None if old => Err(unexplained()),
        None => Ok(Left::Begun(job)),
        Some(progress) => match progress.phase {
            Phase::Rotating if old => Err(unexplained()),
            Phase::Rotating => Ok(Left::Part(job, progress)),
            Phase::Placing if part && old => Err(unexplained()),
            Phase::Placing if part => Ok(Left::Part(job, progress)),
            Phase::Placing if old => Ok(Left::Placed(job, progress)),
            // The part went away before it could take the name.
            Phase::Placing if job.file.same_file(place.stamp()?) => Ok(Left::Part(job, progress)),
            // Neither the original nor the file that was proven: what the checkpoint tells of is gone.
            Phase::Placing => {
                Checkpoint::remove(place)?;
                Ok(Left::Nothing)
            }
        },
    }
}

/// What is done of a rotation: what an earlier attempt claims when all of it is true, else nothing, as in `fresh`.
/// Every record of the part is opened again, in both files, so that nothing in it is taken on trust.
pub(crate) fn usable(
    place: &Place,
    (input, part): (&File, &File),
    (left, fresh): (Progress, Progress),
    (ring, threads): (&KeyRing, usize),
    (interrupt, say): (&Interrupt, &dyn Fn(&str)),
) -> Result<Progress, Error> {
    let Position { records, input_bytes, output_bytes } = left.done;
    let anew = |why: &str| say_anew(say, why);
    if left.to_version != fresh.to_version {
        anew(&format!("it was to key version {}", left.to_version));
        return Ok(fresh);
    }
    let found = part.metadata().map_err(Error::read(&place.part))?.len();
    if found < output_bytes {
        anew("what it wrote is not there any more");
        return Ok(fresh);
    }
    let old = Side { path: &place.file, file: input, bytes: input_bytes };
    let new = Side { path: &place.part, file: part, bytes: output_bytes };
    match compare(old, new, ring, left.to_version, Which::All, threads, interrupt) {
        Ok(compared) if compared.records == records => {}
        Ok(_) => {
            anew("its checkpoint does not fit what it wrote");
            return Ok(fresh);
        }
        Err(Error::NotVerified { line, reason, .. }) => {
            anew(&format!("line {line} of what it wrote: {reason}"));
            return Ok(fresh);
        }
        Err(error) => return Err(error),
    }
    if records > 0 {
        say(&format!("going on after {} records of an earlier attempt", thousands(records)));
    }
    Ok(Progress { phase: Phase::Rotating, ..left })
}

/// Says that what an earlier attempt did is not used.
pub(crate) fn say_anew(say: &dyn Fn(&str), why: &str) {
    say(&format!("an earlier attempt is of no use and the rotation begins anew: {why}"));
}
