//! The work itself: records opened under their old keys, sealed under the new ones, and written in order, with checkpoints
//! behind the writer. Must not know what was before or comes after.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::mpsc::{TrySendError, sync_channel};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;
use zeroize::Zeroizing;

use crate::blocks::{Block, Blocks, Pool};
use crate::checkpoint::{Checkpoint, Job, Position, Progress};
use crate::crypt::{TAG, check, encode, open, payload, seal};
use crate::keys::KeyRing;
use crate::nonces::Fresh;
use crate::pipeline::in_order;
use crate::place::Place;
use crate::record::{Record, records};
use crate::{Error, Reason, Step};

/// Between two checkpoints, at least. What a killed attempt did since the last is done again.
const BETWEEN: Duration = Duration::from_millis(200);

/// What the work needs.
pub(crate) struct Work<'a> {
    pub(crate) place: &'a Place,
    pub(crate) job: &'a Job,
    pub(crate) input: &'a File,
    pub(crate) part: &'a File,
    pub(crate) ring: &'a KeyRing,
    pub(crate) fresh: Fresh,
    pub(crate) threads: usize,
}

/// A block under the new key.
struct Done {
    block: Block,
    out: Vec<u8>,
    bad: Option<(u64, Reason)>,
}

/// Why the work ended early.
enum Stop {
    Error(Error),
    /// The thread that keeps checkpoints failed; it has the reason.
    Keeper,
    Interrupted,
}

impl Work<'_> {
    /// Goes on from where `progress` stands, to the end. Afterwards the part is whole and durable, and the checkpoint says so.
    ///
    /// # Errors
    /// [`Error::Record`] for a record whose tag does not fit, [`Error::Interrupted`] with all work kept, and file errors.
    pub(crate) fn run(&self, progress: &mut Progress, interrupt: &Interrupt) -> Result<(), Error> {
        let Self { place, job, mut input, mut part, .. } = *self;
        let (read, write) = (Error::read(&place.file), Error::write(&place.part));
        let begin = progress.done;
        input.seek(SeekFrom::Start(begin.input_bytes)).map_err(read)?;
        part.set_len(begin.output_bytes).map_err(write)?;
        part.seek(SeekFrom::Start(begin.output_bytes)).map_err(write)?;
        let (pool, outs) = (Pool::default(), Pool::default());
        let mut blocks = Blocks::new(input, &pool, begin.records);
        let target = progress.to_version;
        let mut at = begin;
        let base = progress.clone();
        let result = std::thread::scope(|scope| {
            let (offer, offered) = sync_channel::<Position>(1);
            // Syncing takes as long as the disk likes. Meanwhile the writer goes on.
            let keeper = scope.spawn(move || {
                for position in offered {
                    part.sync_data().map_err(write)?;
                    let progress = Progress { done: position, ..base.clone() };
                    Checkpoint::new(job.clone(), Some(progress)).write(place)?;
                }
                Ok::<(), Error>(())
            });
            let mut last = Instant::now();
            let result = in_order(
                self.threads,
                || blocks.next_block().map_err(|error| Stop::Error(read(error))),
                |block| self.block(block, outs.get(), target),
                |done: Done| {
                    if let Some((number, reason)) = done.bad {
                        let path = place.file.clone();
                        return Err(Stop::Error(Error::Record { path, line: number + 1, reason }));
                    }
                    if interrupt.is_set() {
                        return Err(Stop::Interrupted);
                    }
                    part.write_all(&done.out).map_err(|error| Stop::Error(write(error)))?;
                    at.records += done.block.lines;
                    at.input_bytes += done.block.bytes().len() as u64;
                    at.output_bytes += done.out.len() as u64;
                    pool.put(done.block.into_buffer());
                    outs.put(done.out);
                    if last.elapsed() < BETWEEN {
                        return Ok(());
                    }
                    last = Instant::now();
                    match offer.try_send(at) {
                        // The one before is not synced yet; the next will do.
                        Ok(()) | Err(TrySendError::Full(_)) => Ok(()),
                        Err(TrySendError::Disconnected(_)) => Err(Stop::Keeper),
                    }
                },
            );
            drop(offer);
            match keeper.join() {
                Ok(kept) => kept.map(|()| result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        let stopped = match result {
            Ok(()) => false,
            Err(Stop::Interrupted | Stop::Keeper) => true,
            Err(Stop::Error(error)) => return Err(error),
        };
        part.sync_all().map_err(write)?;
        progress.done = at;
        Checkpoint::new(job.clone(), Some(progress.clone())).write(place)?;
        if stopped {
            let of = Some(progress.input.records);
            return Err(Error::Interrupted { step: Step::Reencrypting, done: at.records, of });
        }
        Ok(())
    }

    fn block(&self, block: Block, mut out: Vec<u8>, target: u32) -> Done {
        out.clear();
        out.reserve(block.bytes().len() + block.bytes().len() / 8);
        let (mut sealed, mut text) = (Zeroizing::new(Vec::new()), Vec::new());
        let mut bad = None;
        for (number, record) in records(&block) {
            let done = record.and_then(|record| self.record(number, &record, target, &mut sealed, &mut text, &mut out));
            if let Err(reason) = done {
                bad = Some((number, reason));
                break;
            }
        }
        Done { block, out, bad }
    }

    fn record(
        &self,
        number: u64,
        record: &Record<'_>,
        target: u32,
        sealed: &mut Vec<u8>,
        text: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let checked = check(record, self.ring)?;
        if record.key_version >= target {
            return Err(Reason::NotOlder { version: record.key_version, target });
        }
        let unknown = || Reason::UnknownVersion { key_id: crate::record::shown(&record.key_id), version: target };
        let new = checked.key.version(target).ok_or_else(unknown)?;
        let length = payload(record, sealed)?;
        let room = sealed.get_mut(..length).ok_or(Reason::Short(0))?;
        let plain = open(checked.cipher, checked.nonce, &record.aad, room)?;
        // The plan refuses more records than there are nonces, and the cipher nothing that fits into a line.
        let nonce = self.fresh.nonce(number).ok_or(Reason::Other("it is beyond the last nonce"))?;
        seal(new, nonce, &record.aad, room, plain).filter(|()| plain + TAG == length).ok_or(Reason::Tag)?;
        let mut nonce_text = [0; 16];
        let nonce_text = crate::crypt::encode_nonce(&nonce, &mut nonce_text);
        record.write(out, nonce_text, encode(room, text), target);
        Ok(())
    }
}
