//! Two files side by side: that every record of the one stands in the other, once, in its place, under the new version, and
//! that opened records say the same. Must not know which of them is kept.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use bench_cli::Interrupt;
use bench_model::Sha256;
use zeroize::Zeroizing;

use crate::blocks::{Block, Blocks, Pool};
use crate::crypt::{check, open, payload};
use crate::keys::KeyRing;
use crate::pipeline::in_order;
use crate::record::{Record, records};
use crate::{Error, Reason, Step};

/// A file, or the beginning of one.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) path: &'a Path,
    pub(crate) file: &'a File,
    pub(crate) bytes: u64,
}

/// Which records are opened in both files.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    All,
    /// Their numbers, counted from 0, in order.
    These(&'a [u64]),
}

impl Which<'_> {
    pub(crate) fn has(self, number: u64) -> bool {
        match self {
            Self::All => true,
            Self::These(numbers) => numbers.binary_search(&number).is_ok(),
        }
    }
}

/// What was found in the new file.
pub(crate) struct Compared {
    pub(crate) records: u64,
    pub(crate) sha256: Sha256,
    pub(crate) key_versions: BTreeMap<u32, u64>,
    pub(crate) opened: u64,
}

struct Pair {
    new: Block,
    versions: BTreeMap<u32, u64>,
    opened: u64,
    bad: Option<(u64, Reason)>,
}

/// Reads both to the end.
///
/// # Errors
/// [`Error::NotVerified`] for the first line that differs from what a rotation to `target` makes of the old one.
pub(crate) fn compare(
    old: Side<'_>,
    new: Side<'_>,
    ring: &KeyRing,
    target: u32,
    which: Which<'_>,
    threads: usize,
    interrupt: &Interrupt,
) -> Result<Compared, Error> {
    let not_verified = |number: u64, reason: Reason| {
        let original = Some(old.path.to_path_buf());
        Error::NotVerified { path: new.path.to_path_buf(), line: number + 1, reason, original }
    };
    let pool = Pool::default();
    let mut olds = Blocks::new(begin(old)?, &pool, 0);
    let mut news = Blocks::new(begin(new)?, &pool, 0);
    let mut digest = Context::new(&SHA256);
    let mut all = Compared { records: 0, sha256: Sha256::zero(), key_versions: BTreeMap::new(), opened: 0 };
    let next = || {
        let Some(was) = olds.next_block().map_err(Error::read(old.path))? else {
            return match news.next_block().map_err(Error::read(new.path))? {
                None => Ok(None),
                Some(more) => Err(not_verified(more.first, Reason::Other("there was none"))),
            };
        };
        match news.next_lines(was.lines).map_err(Error::read(new.path))? {
            Some(is) if is.lines == was.lines => Ok(Some((was, is))),
            Some(is) => Err(not_verified(is.first + is.lines, Reason::Other("the file ends too early"))),
            None => Err(not_verified(was.first, Reason::Other("the file ends too early"))),
        }
    };
    in_order(
        threads,
        next,
        |(was, is)| {
            let pair = pair(&was, is, ring, target, which);
            pool.put(was.into_buffer());
            pair
        },
        |pair| {
            if let Some((number, reason)) = pair.bad {
                return Err(not_verified(number, reason));
            }
            if interrupt.is_set() {
                return Err(Error::Interrupted { step: Step::Verifying, done: all.records, of: None });
            }
            all.records += pair.new.lines;
            all.opened += pair.opened;
            for (version, count) in pair.versions {
                *all.key_versions.entry(version).or_default() += count;
            }
            digest.update(pair.new.bytes());
            pool.put(pair.new.into_buffer());
            Ok(())
        },
    )?;
    all.sha256 = Sha256::from_digest(digest.finish().as_ref());
    Ok(all)
}

fn begin(side: Side<'_>) -> Result<impl Read, Error> {
    let mut file = side.file;
    file.seek(SeekFrom::Start(0)).map_err(Error::read(side.path))?;
    Ok(file.take(side.bytes))
}

fn pair(was: &Block, is: Block, ring: &KeyRing, target: u32, which: Which<'_>) -> Pair {
    let mut versions = BTreeMap::new();
    let (mut opened, mut bad) = (0, None);
    let (mut one, mut other) = (Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new()));
    for ((number, old), (_, new)) in records(was).zip(records(&is)) {
        let looked = old.and_then(|old| {
            let new = new?;
            alike(&old, &new, target)?;
            let checked = check(&new, ring)?;
            if which.has(number) {
                let plain_old = plaintext(&old, ring, &mut one)?;
                let length = payload(&new, &mut other)?;
                let sealed = other.get_mut(..length).ok_or(Reason::Short(0))?;
                let length = open(checked.cipher, checked.nonce, &new.aad, sealed)?;
                if sealed.get(..length) != Some(plain_old) {
                    return Err(Reason::Other("it says something else"));
                }
                opened += 1;
            }
            Ok(new.key_version)
        });
        match looked {
            Ok(version) => *versions.entry(version).or_default() += 1,
            Err(reason) => {
                bad = Some((number, reason));
                break;
            }
        }
    }
    Pair { new: is, versions, opened, bad }
}

/// What a rotation leaves as it was, and what it must not leave.
fn alike(old: &Record<'_>, new: &Record<'_>, target: u32) -> Result<(), Reason> {
    if new.key_version != target {
        return Err(Reason::NotUnder { version: new.key_version, target });
    }
    let same = [
        (old.tenant_id == new.tenant_id, "another tenant's"),
        (old.claim_id == new.claim_id, "another claim"),
        (old.key_id == new.key_id, "another key's"),
        (old.aad == new.aad, "with another `aad`"),
        (old.encrypted_payload.len() == new.encrypted_payload.len(), "of another length"),
        (old.nonce != new.nonce, "its nonce is the old one"),
        (old.encrypted_payload != new.encrypted_payload, "its payload is the old one"),
    ];
    same.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, what)| Err(Reason::Other(what)))
}

fn plaintext<'b>(record: &Record<'_>, ring: &KeyRing, room: &'b mut Vec<u8>) -> Result<&'b [u8], Reason> {
    let checked = check(record, ring)?;
    let length = payload(record, room)?;
    let sealed = room.get_mut(..length).ok_or(Reason::Short(0))?;
    let length = open(checked.cipher, checked.nonce, &record.aad, sealed)?;
    Ok(sealed.get(..length).unwrap_or_default())
}
