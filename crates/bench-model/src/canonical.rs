//! Canonical JSON (RFC 8785): equal values give equal bytes, so that they can be hashed.

use serde::Serialize;

use crate::Sha256;

/// The canonical bytes of a value.
///
/// # Errors
/// When the value has no JSON form (a map with keys that are not strings, a number that is not finite).
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

/// The digest of a value's canonical bytes.
///
/// # Errors
/// As [`to_vec`].
pub fn digest<T: Serialize>(value: &T) -> Result<Sha256, serde_json::Error> {
    Ok(Sha256::of(&to_vec(value)?))
}
