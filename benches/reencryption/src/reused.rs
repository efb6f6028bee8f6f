//! Finding a nonce that a file uses twice under one key: exactly, and in bounded memory. Must not know what follows from it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use bench_cli::Interrupt;

use crate::blocks::{Blocks, Pool};
use crate::crypt::check;
use crate::keys::KeyRing;
use crate::nonces::{Hasher, Seen, Use, Uses};
use crate::pipeline::in_order;
use crate::record::records;
use crate::{Error, Step};

/// Uses that one filter holds well.
const PER_PART: u64 = 12_000_000;

/// A line, counted from 1, and the earlier one whose nonce it has.
pub(crate) type Reused = (u64, u64);

/// A file whose records were all found good already.
#[derive(Clone, Copy)]
pub(crate) struct Searched<'a> {
    pub(crate) path: &'a Path,
    pub(crate) file: &'a File,
    pub(crate) ring: &'a KeyRing,
    pub(crate) threads: usize,
    pub(crate) hasher: &'a Hasher,
    pub(crate) interrupt: &'a Interrupt,
}

/// The filter for the pass that plans, which looks at the first part of as many as `records` need.
pub(crate) fn first_filter(records: u64) -> (Seen, u64) {
    let parts = records.div_ceil(PER_PART).max(1);
    (Seen::new(records, 0, parts), parts)
}

impl Searched<'_> {
    /// The first line of a part of all nonces that has one of before, given the first part's filter.
    pub(crate) fn find(self, seen: Seen, records: u64, mut parts: u64) -> Result<Option<Reused>, Error> {
        let mut part = 0;
        let mut seen = Some(seen);
        while part < parts {
            let filter = match seen.take() {
                Some(filter) => filter,
                None => self.filter(records, part, parts)?,
            };
            let (candidates, overflow) = filter.into_candidates();
            if let Some(reused) = self.decide(&candidates)? {
                return Ok(Some(reused));
            }
            if overflow {
                // None of many candidates was one: the filter was too full. Smaller parts fill it less.
                (part, parts) = (0, parts * 8);
            } else {
                part += 1;
            }
        }
        Ok(None)
    }

    fn filter(self, records: u64, part: u64, parts: u64) -> Result<Seen, Error> {
        let mut seen = Seen::new(records, part, parts);
        self.each(
            |_| true,
            |hash, _, _| {
                seen.note(hash);
                None
            },
        )?;
        Ok(seen)
    }

    fn decide(self, candidates: &HashSet<u64>) -> Result<Option<Reused>, Error> {
        if candidates.is_empty() {
            return Ok(None);
        }
        let mut uses = Uses::default();
        self.each(
            |hash| candidates.contains(&hash),
            |_, line, used| uses.note(used, line).map(|earlier| (line, earlier)),
        )
    }

    /// Shows the uses whose hash is wanted, in order, until `found` finds something.
    fn each(
        self,
        wanted: impl Fn(u64) -> bool + Sync,
        mut found: impl FnMut(u64, u64, Use) -> Option<Reused>,
    ) -> Result<Option<Reused>, Error> {
        let Self { path, mut file, ring, threads, hasher, interrupt } = self;
        file.seek(SeekFrom::Start(0)).map_err(Error::read(path))?;
        let pool = Pool::default();
        let mut blocks = Blocks::new(file, &pool, 0);
        let (mut reused, mut done) = (None, 0);
        let result = in_order(
            threads,
            || blocks.next_block().map_err(|error| Some(Error::read(path)(error))),
            |block| {
                let mut uses = Vec::new();
                for (number, record) in records(&block) {
                    // Every record was good in the pass before; one that no longer is, is found by the job itself.
                    let Ok(record) = record else { continue };
                    let Ok(checked) = check(&record, ring) else { continue };
                    let used = (checked.key.number, record.key_version, checked.nonce);
                    let hash = hasher.hash(&used);
                    if wanted(hash) {
                        uses.push((hash, number + 1, used));
                    }
                }
                let lines = block.lines;
                pool.put(block.into_buffer());
                (lines, uses)
            },
            |(lines, uses)| {
                if interrupt.is_set() {
                    return Err(Some(Error::Interrupted { step: Step::Planning, done, of: None }));
                }
                done += lines;
                reused = uses.into_iter().find_map(|(hash, line, used)| found(hash, line, used));
                if reused.is_some() { Err(None) } else { Ok(()) }
            },
        );
        match result {
            Ok(()) | Err(None) => Ok(reused),
            Err(Some(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use bench_model::time::Timestamp;

    use super::*;

    #[test]
    fn each_further_pass_over_the_file_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claims.jsonl");
        crate::generate(&path, 10, 1).unwrap();
        let (file, ring) = (File::open(&path).unwrap(), KeyRing::for_tests(Timestamp::from_unix(0)));
        let (hasher, interrupt) = (Hasher::default(), Interrupt::default());
        let searched =
            Searched { path: &path, file: &file, ring: &ring, threads: 1, hasher: &hasher, interrupt: &interrupt };
        assert_eq!(searched.find(Seen::new(10, 0, 2), 10, 2).unwrap(), None);
        interrupt.set();
        let error = searched.find(Seen::new(10, 0, 2), 10, 2).unwrap_err();
        assert_eq!(error.to_string(), "stopped while planning, after 0 records");
    }
}
