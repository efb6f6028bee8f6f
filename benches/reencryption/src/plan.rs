//! The pass before the first byte is written: every record's form, algorithm, key and nonce, held against keys and policy.
//! Must not know how records are re-encrypted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use bench_cli::Interrupt;
use bench_model::{Location, Sha256};

use crate::blocks::{Block, Blocks, Pool};
use crate::crypt::{check, payload};
use crate::keys::KeyRing;
use crate::nonces::{Fresh, Hasher};
use crate::pipeline::in_order;
use crate::place::Stamp;
use crate::record::records;
use crate::reused::{Searched, first_filter};
use crate::{Error, Policy, Reason, Step};

/// The shortest record that is likely, which bounds how many a file of some size can have.
const SHORT_RECORD: u64 = 300;

/// What a file holds, and that all of it can be rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How many records.
    pub records: u64,
    /// How large the file is.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// Key version -> records under it.
    pub key_versions: BTreeMap<u32, u64>,
    /// Whose records they are.
    pub tenants: BTreeSet<String>,
    /// Whether every record is under the target version already.
    pub nothing_to_do: bool,
    pub(crate) stamp: Stamp,
}

/// What a pass over the file needs.
#[derive(Clone, Copy)]
pub struct Planning<'a> {
    /// The file, as the user named it.
    pub path: &'a Path,
    /// The same, open.
    pub file: &'a File,
    /// The keys.
    pub ring: &'a KeyRing,
    /// What is demanded.
    pub policy: &'a Policy,
    /// The version to rotate to.
    pub target: u32,
    /// Worker threads.
    pub threads: usize,
}

/// What a worker found in a block.
struct Found {
    block: Block,
    versions: BTreeMap<u32, u64>,
    tenants: BTreeSet<String>,
    hashes: Vec<u64>,
    /// The first record that cannot be rotated.
    bad: Option<(u64, Reason)>,
    /// The first that is under the target version already.
    current: Option<u64>,
}

/// Reads the whole file and writes nothing.
///
/// # Errors
/// [`Error::Record`] for the first record that cannot be rotated, [`Error::Violation`] for the first that the policy forbids,
/// [`Error::Empty`], [`Error::TooMany`], [`Error::Interrupted`], and file errors.
pub fn plan(planning: Planning<'_>, interrupt: &Interrupt) -> Result<Plan, Error> {
    let Planning { path, mut file, ring, policy, target, threads } = planning;
    let read = Error::read(path);
    let stamp = Stamp::of(&file.metadata().map_err(read)?);
    file.seek(SeekFrom::Start(0)).map_err(read)?;
    let pool = Pool::default();
    let mut blocks = Blocks::new(file, &pool, 0);
    let hasher = Hasher::default();
    let likely = stamp.bytes / SHORT_RECORD;
    let (mut seen, parts) = first_filter(if policy.unique_nonces() { likely } else { 0 });
    let mut digest = Context::new(&SHA256);
    let mut total = Plan {
        records: 0,
        bytes: 0,
        sha256: Sha256::zero(),
        key_versions: BTreeMap::new(),
        tenants: BTreeSet::new(),
        nothing_to_do: false,
        stamp,
    };
    let mut current = None;
    let bad = |number: u64, reason: Reason| {
        let line = number + 1;
        if reason.is_policy() {
            let place = Some(Location::line(path, line));
            Error::Violation { policy: policy.path().to_path_buf(), what: format!("line {line}: {reason}"), place }
        } else {
            Error::Record { path: path.to_path_buf(), line, reason }
        }
    };
    in_order(
        threads,
        || blocks.next_block().map_err(read),
        |block| look(block, ring, target, policy.unique_nonces().then_some(&hasher)),
        |found| {
            if let Some((number, reason)) = found.bad {
                return Err(bad(number, reason));
            }
            if interrupt.is_set() {
                return Err(Error::Interrupted { step: Step::Planning, done: total.records, of: None });
            }
            total.records += found.block.lines;
            total.bytes += found.block.bytes().len() as u64;
            digest.update(found.block.bytes());
            pool.put(found.block.into_buffer());
            found.hashes.into_iter().for_each(|hash| seen.note(hash));
            for (version, count) in found.versions {
                *total.key_versions.entry(version).or_default() += count;
            }
            total.tenants.extend(found.tenants);
            current = current.or(found.current);
            Ok(())
        },
    )?;
    total.sha256 = Sha256::from_digest(digest.finish().as_ref());
    if total.records == 0 {
        return Err(Error::Empty { path: path.to_path_buf() });
    }
    if total.records > Fresh::MOST {
        return Err(Error::TooMany { path: path.to_path_buf(), records: total.records });
    }
    if let Some(number) = current {
        if total.key_versions.len() > 1 {
            return Err(bad(number, Reason::NotOlder { version: target, target }));
        }
        total.nothing_to_do = true;
    }
    if policy.unique_nonces() {
        let searched = Searched { path, file, ring, threads, hasher: &hasher, interrupt };
        if let Some((line, earlier)) = searched.find(seen, likely.max(total.records), parts)? {
            return Err(bad(line - 1, Reason::NonceReused(earlier)));
        }
    }
    Ok(total)
}

fn look(block: Block, ring: &KeyRing, target: u32, hasher: Option<&Hasher>) -> Found {
    let mut versions = BTreeMap::new();
    let (mut keys, mut tenants) = (BTreeSet::new(), BTreeSet::new());
    let mut hashes = Vec::with_capacity(block.lines as usize);
    let (mut bad, mut current) = (None, None);
    let mut room = Vec::new();
    for (number, record) in records(&block) {
        let checked = record.and_then(|record| {
            let checked = check(&record, ring)?;
            if record.key_version > target {
                return Err(Reason::NotOlder { version: record.key_version, target });
            }
            if checked.key.version(target).is_none() {
                return Err(Reason::UnknownVersion { key_id: crate::record::shown(&record.key_id), version: target });
            }
            payload(&record, &mut room)?;
            // There are few keys, and each is one tenant's.
            if keys.insert(checked.key.number) {
                tenants.insert(checked.key.tenant_id.to_string());
            }
            Ok((record.key_version, (checked.key.number, record.key_version, checked.nonce)))
        });
        match checked {
            Ok((version, used)) => {
                *versions.entry(version).or_default() += 1;
                if version == target && current.is_none() {
                    current = Some(number);
                }
                hashes.extend(hasher.map(|hasher| hasher.hash(&used)));
            }
            Err(reason) => {
                bad = Some((number, reason));
                break;
            }
        }
    }
    Found { block, versions, tenants, hashes, bad, current }
}
