//! Checking a file on its own: every record's form and key, and tags of a sample or of all. Must not know rotations.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use bench_cli::Interrupt;
use bench_model::Sha256;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::blocks::{Block, Blocks, Pool};
use crate::compare::Which;
use crate::crypt::{check, open, payload};
use crate::keys::KeyRing;
use crate::pipeline::in_order;
use crate::place::Place;
use crate::record::records;
use crate::sample::choose;
use crate::{Error, Reason, Step};

/// What was found in a file whose records all hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many records.
    pub records: u64,
    /// Key version -> records under it.
    pub key_versions: BTreeMap<u32, u64>,
    /// Records whose tag was checked by opening them.
    pub tags_checked: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Digest.
    pub sha256: Sha256,
}

struct Looked {
    block: Block,
    versions: BTreeMap<u32, u64>,
    opened: u64,
    bad: Option<(u64, Reason)>,
}

/// Reads a file; checks the tags of `sample` records, chosen by `seed`, or of all.
///
/// # Errors
/// [`Error::NotVerified`] for the first record that does not hold, [`Error::Empty`], and file errors.
pub fn verify(
    path: &Path,
    ring: &KeyRing,
    sample: Option<u64>,
    seed: u64,
    threads: usize,
    interrupt: &Interrupt,
) -> Result<Verified, Error> {
    let read = Error::read(path);
    let place = Place::of(path)?;
    let mut file = File::open(&place.file).map_err(read)?;
    let pool = Pool::default();
    let chosen = match sample {
        None => None,
        Some(sample) => {
            let mut lines = 0;
            let mut blocks = Blocks::new(&file, &pool, 0);
            while let Some(block) = blocks.next_block().map_err(read)? {
                lines += block.lines;
                pool.put(block.into_buffer());
            }
            Some(choose(sample, lines, seed))
        }
    };
    let which = chosen.as_deref().map_or(Which::All, Which::These);
    file.seek(SeekFrom::Start(0)).map_err(read)?;
    let mut blocks = Blocks::new(&file, &pool, 0);
    let mut digest = Context::new(&SHA256);
    let mut all =
        Verified { records: 0, key_versions: BTreeMap::new(), tags_checked: 0, bytes: 0, sha256: Sha256::zero() };
    in_order(
        threads,
        || blocks.next_block().map_err(read),
        |block| look(block, ring, which),
        |looked| {
            if let Some((number, reason)) = looked.bad {
                return Err(Error::NotVerified { path: path.to_path_buf(), line: number + 1, reason, original: None });
            }
            if interrupt.is_set() {
                return Err(Error::Interrupted { step: Step::Verifying, done: all.records, of: None });
            }
            all.records += looked.block.lines;
            all.bytes += looked.block.bytes().len() as u64;
            all.tags_checked += looked.opened;
            for (version, count) in looked.versions {
                *all.key_versions.entry(version).or_default() += count;
            }
            digest.update(looked.block.bytes());
            pool.put(looked.block.into_buffer());
            Ok(())
        },
    )?;
    if all.records == 0 {
        return Err(Error::Empty { path: path.to_path_buf() });
    }
    all.sha256 = Sha256::from_digest(digest.finish().as_ref());
    Ok(all)
}

fn look(block: Block, ring: &KeyRing, which: Which<'_>) -> Looked {
    let mut versions = BTreeMap::new();
    let (mut opened, mut bad) = (0, None);
    let mut room = Zeroizing::new(Vec::new());
    for (number, record) in records(&block) {
        let looked = record.and_then(|record| {
            let checked = check(&record, ring)?;
            let length = payload(&record, &mut room)?;
            if which.has(number) {
                let sealed = room.get_mut(..length).ok_or(Reason::Short(length))?;
                open(checked.cipher, checked.nonce, &record.aad, sealed)?;
                opened += 1;
            }
            Ok(record.key_version)
        });
        match looked {
            Ok(version) => *versions.entry(version).or_default() += 1,
            Err(reason) => {
                bad = Some((number, reason));
                break;
            }
        }
    }
    Looked { block, versions, opened, bad }
}
