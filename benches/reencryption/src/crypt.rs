//! One record under a cipher: its form checked, opened, and sealed again. Must not know files or threads.

use std::sync::LazyLock;

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use base64::Engine;
use base64::engine::{Simd, general_purpose::PAD};
use zeroize::Zeroize;

use crate::keys::{KeyRing, Versions};
use crate::record::{ALGORITHM, Reason, Record, shown};

pub(crate) const TAG: usize = 16;

pub(crate) type NonceBytes = [u8; NONCE_LEN];

static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

/// A record whose form holds and whose key is known. Its tag is not checked yet.
pub(crate) struct Checked<'r> {
    pub(crate) key: &'r Versions,
    pub(crate) cipher: &'r LessSafeKey,
    pub(crate) nonce: NonceBytes,
}

/// Checks a record's form, tenant and key.
pub(crate) fn check<'r>(record: &Record<'_>, ring: &'r KeyRing) -> Result<Checked<'r>, Reason> {
    if record.alg != ALGORITHM {
        return Err(Reason::Algorithm(shown(&record.alg)));
    }
    let key = ring.get(&record.key_id).ok_or_else(|| Reason::UnknownKey(shown(&record.key_id)))?;
    if *key.tenant_id != *record.tenant_id {
        return Err(Reason::Foreign { key_id: shown(&record.key_id), tenant_id: shown(&record.tenant_id) });
    }
    let named = record.aad.strip_prefix(&*record.tenant_id).and_then(|rest| rest.strip_prefix('/'));
    if named != Some(&*record.claim_id) {
        return Err(Reason::Aad);
    }
    let unknown = || Reason::UnknownVersion { key_id: shown(&record.key_id), version: record.key_version };
    let cipher = key.version(record.key_version).ok_or_else(unknown)?;
    let mut room = [0; NONCE_LEN + 6];
    let found = decode("nonce", &record.nonce, &mut room)?;
    let nonce = room.get(..found).and_then(|bytes| bytes.try_into().ok()).ok_or(Reason::NonceLength(found))?;
    Ok(Checked { key, cipher, nonce })
}

fn decode(field: &'static str, text: &str, room: &mut [u8]) -> Result<usize, Reason> {
    use base64::DecodeSliceError::{DecodeError, OutputSliceTooSmall};
    BASE64.decode_slice(text, room).map_err(|error| match error {
        DecodeError(error) => Reason::Base64 { field, problem: error.to_string().to_lowercase() },
        OutputSliceTooSmall => Reason::NonceLength(text.len() / 4 * 3),
    })
}

/// Decodes ciphertext and tag into `room`, which keeps its size once it is large enough, and gives their length. What it held may have
/// been opened, and is wiped before it is given up for more room.
pub(crate) fn payload(record: &Record<'_>, room: &mut Vec<u8>) -> Result<usize, Reason> {
    let most = record.encrypted_payload.len() / 4 * 3 + 3;
    if room.len() < most {
        room.zeroize();
        room.resize(most, 0);
    }
    let found = decode("encrypted_payload", &record.encrypted_payload, room)?;
    if found < TAG { Err(Reason::Short(found)) } else { Ok(found) }
}

/// Checks the tag and decrypts in place; gives the plaintext's length.
pub(crate) fn open(cipher: &LessSafeKey, nonce: NonceBytes, aad: &str, sealed: &mut [u8]) -> Result<usize, Reason> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plain = cipher.open_in_place(nonce, Aad::from(aad.as_bytes()), sealed).map_err(|_| Reason::Tag)?;
    Ok(plain.len())
}

/// Encrypts the first `plain` bytes in place and writes the tag behind them. The cipher refuses only what no line can
/// hold: more than 64 GiB.
pub(crate) fn seal(cipher: &LessSafeKey, nonce: NonceBytes, aad: &str, buffer: &mut [u8], plain: usize) -> Option<()> {
    let (text, rest) = buffer.split_at_mut_checked(plain)?;
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(aad.as_bytes()), text).ok()?;
    rest.get_mut(..TAG)?.copy_from_slice(tag.as_ref());
    Some(())
}

/// Base64 of `bytes` in `room`, which keeps its size once it is large enough.
pub(crate) fn encode<'t>(bytes: &[u8], room: &'t mut Vec<u8>) -> &'t [u8] {
    let most = bytes.len().div_ceil(3) * 4;
    if room.len() < most {
        room.resize(most, 0);
    }
    let written = BASE64.encode_slice(bytes, room).unwrap_or_default();
    room.get(..written).unwrap_or_default()
}

/// Base64 of a nonce.
pub(crate) fn encode_nonce<'t>(nonce: &NonceBytes, room: &'t mut [u8; 16]) -> &'t [u8] {
    let written = BASE64.encode_slice(nonce, room).unwrap_or_default();
    room.get(..written).unwrap_or_default()
}
