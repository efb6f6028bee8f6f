//! Nonces: which of a file's were used twice, in bounded memory, and fresh ones that cannot be. Must not know records.
//!
//! A nonce used twice under one key gives away both plaintexts' difference and the key of GCM's authentication
//! (NIST SP 800-38D, section 8), so a file with one is not rotated as if nothing were wrong.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use crate::crypt::NonceBytes;

/// At most 32 MiB of filter, whatever the file's size.
const MOST_BLOCKS: u64 = (32 << 20) / 64;

/// Candidates that are held for the deciding pass. A file without repetitions gives a handful.
const MOST_CANDIDATES: usize = 1 << 16;

/// A nonce with the key it was used under: the key's number, its version, the nonce.
pub(crate) type Use = (u64, u32, NonceBytes);

/// Says how a use is hashed. Seeded afresh in every process, so that no file can be made to collide.
#[derive(Debug, Default)]
pub(crate) struct Hasher(RandomState);

impl Hasher {
    pub(crate) fn hash(&self, used: &Use) -> u64 {
        self.0.hash_one(used)
    }
}

/// The first pass: a blocked Bloom filter (512 bits per block, 7 bits per use) over the uses of one part of all hashes. What
/// it has never seen was never used; what it may have seen is a candidate for the second pass.
#[derive(Debug)]
pub(crate) struct Seen {
    blocks: Vec<[u64; 8]>,
    part: u64,
    parts: u64,
    candidates: HashSet<u64>,
    overflow: bool,
}

impl Seen {
    /// A filter for about `uses` uses in all, of which it looks at the `part`-th of `parts` parts.
    pub(crate) fn new(uses: u64, part: u64, parts: u64) -> Self {
        // 64 bits for each, which makes a candidate of one in ten millions: for most files the second pass is not needed.
        let blocks = (uses / parts.max(1) / 8).clamp(1, MOST_BLOCKS) as usize;
        Self { blocks: vec![[0; 8]; blocks], part, parts, candidates: HashSet::new(), overflow: false }
    }

    pub(crate) fn note(&mut self, hash: u64) {
        let spread = |hash: u64, range: u64| ((u128::from(hash) * u128::from(range)) >> 64) as u64;
        let own_part = spread(hash.wrapping_mul(0xd6e8_feb8_6659_fd93), self.parts);
        let at = spread(hash, self.blocks.len() as u64) as usize;
        let Some(block) = self.blocks.get_mut(at).filter(|_| own_part == self.part) else { return };
        let mut bits = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut seen = true;
        for _ in 0..7 {
            let bit = bits & 511;
            bits >>= 9;
            if let Some(word) = block.get_mut((bit >> 6) as usize) {
                let mask = 1 << (bit & 63);
                seen &= *word & mask != 0;
                *word |= mask;
            }
        }
        if seen {
            if self.candidates.len() < MOST_CANDIDATES {
                self.candidates.insert(hash);
            } else {
                self.overflow = true;
            }
        }
    }

    /// What the second pass has to look at, and whether there were more than are held.
    pub(crate) fn into_candidates(self) -> (HashSet<u64>, bool) {
        (self.candidates, self.overflow)
    }
}

/// The second pass: whole uses of candidates, so that it decides exactly.
#[derive(Debug, Default)]
pub(crate) struct Uses(BTreeMap<Use, u64>);

impl Uses {
    /// Notes that `used` stands in `line`; gives the earlier line when it was used before.
    pub(crate) fn note(&mut self, used: Use, line: u64) -> Option<u64> {
        match self.0.entry(used) {
            std::collections::btree_map::Entry::Occupied(earlier) => Some(*earlier.get()),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(line);
                None
            }
        }
    }
}

/// The fresh nonces of one attempt, by SP 800-38D section 8.2.1: a fixed part of 8 random bytes drawn for this attempt, and a counter
/// of 4 bytes. So no two within an attempt are equal by construction, and attempts differ but for one in 2^64.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh([u8; 8]);

impl Fresh {
    /// The most nonces that one attempt can have.
    pub(crate) const MOST: u64 = 1 << 32;

    pub(crate) fn new(drawn: [u8; 8]) -> Self {
        Self(drawn)
    }

    /// The nonce of the record with this number, counted from 0 within the file; `None` from [`Fresh::MOST`] on.
    pub(crate) fn nonce(self, number: u64) -> Option<NonceBytes> {
        let counter = u32::try_from(number).ok()?.to_be_bytes();
        let mut nonce = NonceBytes::default();
        nonce.first_chunk_mut::<8>()?.copy_from_slice(&self.0);
        nonce.last_chunk_mut::<4>()?.copy_from_slice(&counter);
        Some(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_repetition_is_a_candidate_and_few_others_are() {
        let hasher = Hasher::default();
        for parts in [1, 3] {
            let mut found = HashSet::new();
            for part in 0..parts {
                let mut seen = Seen::new(100_000, part, parts);
                for n in 0..100_000_u64 {
                    seen.note(hasher.hash(&(
                        n % 3,
                        1,
                        (u128::from(n) << 7).to_be_bytes()[4..].try_into().unwrap_or_default(),
                    )));
                }
                for n in [5_u64, 99_999, 42] {
                    seen.note(hasher.hash(&(
                        n % 3,
                        1,
                        (u128::from(n) << 7).to_be_bytes()[4..].try_into().unwrap_or_default(),
                    )));
                }
                let (candidates, overflow) = seen.into_candidates();
                assert!(!overflow);
                found.extend(candidates);
            }
            assert!((3..30).contains(&found.len()), "{}", found.len());
        }
    }

    #[test]
    fn the_same_nonce_under_another_key_or_version_is_another_use() {
        let mut uses = Uses::default();
        let nonce = [7; 12];
        assert_eq!(uses.note((1, 1, nonce), 1), None);
        assert_eq!(uses.note((2, 1, nonce), 2), None);
        assert_eq!(uses.note((1, 2, nonce), 3), None);
        assert_eq!(uses.note((1, 1, nonce), 4), Some(1));
    }

    #[test]
    fn fresh_nonces_differ_within_an_attempt_and_end_before_they_repeat() {
        let fresh = Fresh::new([9; 8]);
        let all: HashSet<_> = (0..10_000).chain([Fresh::MOST - 1]).filter_map(|n| fresh.nonce(n)).collect();
        assert_eq!(all.len(), 10_001);
        assert_eq!(fresh.nonce(Fresh::MOST), None);
        assert_ne!(fresh.nonce(1), Fresh::new([8; 8]).nonce(1));
    }
}
