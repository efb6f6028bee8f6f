//! What an earlier attempt left, and what of it can be used. Must not know how records are re-encrypted.

use std::fs::File;

use bench_cli::Interrupt;
use bench_cli::words::thousands;

use crate::Error;
use crate::checkpoint::{Checkpoint, Input, Phase, Position};
use crate::compare::{Side, Which, compare};
use crate::keys::KeyRing;
use crate::place::Place;

/// The state in which a job finds its file.
pub(crate) enum Left {
    /// As if nothing had been.
    Nothing,
    /// A part, which may be usable.
    Part(Checkpoint),
    /// The new file has its name already, and the original is kept beside: it remains to be verified.
    Placed(Checkpoint),
}

/// Looks at what lies beside the file.
///
/// # Errors
/// [`Error::LeftOver`] and [`Error::Checkpoint`] when it cannot be told which of two files is the right one.
pub(crate) fn find(place: &Place) -> Result<Left, Error> {
    let (part, old) = (place.part.exists(), place.old.exists());
    match Checkpoint::read(place)? {
        None if old => Err(Error::LeftOver { path: place.old.clone() }),
        // A part without a checkpoint says nothing: its attempt was ended before the first.
        None => Ok(Left::Nothing),
        Some(checkpoint) => match checkpoint.phase {
            Phase::Rotating if old => Err(Error::LeftOver { path: place.old.clone() }),
            Phase::Rotating => Ok(Left::Part(checkpoint)),
            Phase::Placing if part => Ok(Left::Part(checkpoint)),
            Phase::Placing if old => Ok(Left::Placed(checkpoint)),
            // Verified, and its proof written: only the checkpoint was left.
            Phase::Placing => {
                Checkpoint::remove(place)?;
                Ok(Left::Nothing)
            }
        },
    }
}

/// The checkpoint from which to go on with a part: an earlier one when all that it claims is true, else a fresh one.
/// Every record of the part is opened again, in both files, so that nothing in it is taken on trust.
pub(crate) fn usable(
    place: &Place,
    (input, part): (&File, &File),
    (left, fresh): (Checkpoint, Checkpoint),
    (ring, threads): (&KeyRing, usize),
    (interrupt, say): (&Interrupt, &dyn Fn(&str)),
) -> Result<Checkpoint, Error> {
    let Position { records, input_bytes, output_bytes } = left.done;
    let anew = |why: &str| say(&format!("an earlier attempt is of no use and the rotation begins anew: {why}"));
    let Input { bytes, sha256, .. } = &left.input;
    if (bytes, sha256) != (&fresh.input.bytes, &fresh.input.sha256) {
        anew("the file was changed since");
        return Ok(fresh);
    }
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
    let attempts = left.attempts.saturating_add(1);
    Ok(Checkpoint { phase: Phase::Rotating, attempts, ..left })
}
