//! Test data: encrypted claims, the same for the same seed. Its keys and nonces come from the seed and from test keys, which
//! is allowed for such data alone. Must not know rotations.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use bench_model::file;
use bench_model::time::Timestamp;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::crypt::{NonceBytes, TAG, encode, encode_nonce, seal};
use crate::keys::{KeyRing, TENANTS, tenant_id, test_key_id};
use crate::record::{ALGORITHM, Record};
use crate::sample::SplitMix;

const FIRST_VERSION: u32 = 1;

const STATES: [&str; 4] = ["submitted", "approved", "denied", "paid"];
const NOTES: [&str; 6] = [
    "routine follow-up after surgery",
    "second opinion requested by the member",
    "duplicate of an earlier claim, kept for review",
    "prior authorisation on file",
    "services rendered out of network",
    "amount corrected by the provider",
];

/// Writes `records` claims of 64 to 256 bytes, encrypted under version 1 of the test keys.
///
/// # Errors
/// As [`file::write_with`].
pub fn generate(path: &Path, records: u64, seed: u64) -> Result<(), Error> {
    // Only what policies look at depends on when a key was made.
    let ring = KeyRing::for_tests(Timestamp::from_unix(0));
    file::write_with(path, |out| fill(out, &ring, records, seed))?;
    Ok(())
}

fn fill(out: &mut dyn Write, ring: &KeyRing, records: u64, seed: u64) -> io::Result<()> {
    let mut random = SplitMix::new(seed);
    // All files share the test keys, so their nonces start far apart. Within a file they are counted.
    let digest = Sha256::digest(format!("perfledger generated claims {seed}"));
    let first = digest.first_chunk::<16>().copied().map(u128::from_be_bytes).unwrap_or_default();
    let tenants: Vec<_> = (0..TENANTS).map(|tenant| (tenant_id(tenant), test_key_id(tenant))).collect();
    let (mut claim, mut text, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..records {
        let (tenant_id, key_id) = pick(&tenants, &mut random).ok_or(io::ErrorKind::InvalidData)?;
        let claim_id = format!("clm-{number:010}");
        let aad = format!("{tenant_id}/{claim_id}");
        claim.clear();
        write_claim(&mut claim, number, &mut random)?;
        let plain = claim.len();
        claim.resize(plain + TAG, 0);
        let nonce: NonceBytes = first
            .wrapping_add(u128::from(number))
            .to_be_bytes()
            .last_chunk()
            .copied()
            .ok_or(io::ErrorKind::InvalidData)?;
        ring.get(key_id)
            .and_then(|key| key.version(FIRST_VERSION))
            .and_then(|cipher| seal(cipher, nonce, &aad, &mut claim, plain))
            .ok_or(io::ErrorKind::InvalidData)?;
        let record = Record {
            tenant_id: Cow::Borrowed(tenant_id),
            claim_id: Cow::Owned(claim_id),
            nonce: Cow::Borrowed(""),
            encrypted_payload: Cow::Borrowed(""),
            key_id: Cow::Borrowed(key_id),
            key_version: FIRST_VERSION,
            alg: Cow::Borrowed(ALGORITHM),
            aad: Cow::Owned(aad),
        };
        let mut nonce_text = [0; 16];
        lines.clear();
        record.write(&mut lines, encode_nonce(&nonce, &mut nonce_text), encode(&claim, &mut text), FIRST_VERSION);
        out.write_all(&lines)?;
    }
    Ok(())
}

fn pick<'t, T>(from: &'t [T], random: &mut SplitMix) -> Option<&'t T> {
    from.get(random.below(from.len().max(1) as u64) as usize)
}

/// A claim as JSON: at least 64 bytes, at most 256, most of them without a note.
fn write_claim(out: &mut Vec<u8>, number: u64, random: &mut SplitMix) -> io::Result<()> {
    let (member, cents, code) = (random.below(10_000_000), random.below(2_000_000), random.below(100_000));
    let (month, day) = (1 + random.below(12), 1 + random.below(28));
    let state = pick(&STATES, random).copied().unwrap_or_default();
    write!(out, r#"{{"claim":{number},"member":"m{member:07}","date":"2026-{month:02}-{day:02}","#)?;
    write!(out, r#""code":"{code:05}","cents":{cents},"state":"{state}""#)?;
    if random.below(3) == 0 {
        write!(out, r#","note":"{}""#, pick(&NOTES, random).copied().unwrap_or_default())?;
    }
    if random.below(8) == 0 {
        write!(out, r#","provider":"p{:06}","appeal":true"#, random.below(1_000_000))?;
    }
    out.write_all(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_json_of_64_to_256_bytes() {
        let mut random = SplitMix::new(5);
        let mut lengths = std::collections::BTreeSet::new();
        for number in (0..2000).chain([u64::from(u32::MAX)]) {
            let mut claim = Vec::new();
            write_claim(&mut claim, number, &mut random).unwrap();
            assert!((64..=256).contains(&claim.len()), "{}", claim.len());
            lengths.insert(claim.len());
            let _: serde_json::Value = serde_json::from_slice(&claim).unwrap();
        }
        assert!(lengths.len() > 40, "{lengths:?}");
    }
}
