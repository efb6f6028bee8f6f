//! One record, a line of JSON: reading it, what can be wrong with it, and writing it. Must not know files, keys' bytes or ciphers.

use std::borrow::Cow;

use memchr::memchr;
use serde::Deserialize;

use crate::blocks::Block;

/// The longest line that is held in memory. Claims are a few hundred bytes.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// The only algorithm that this program knows, as records and policies name it.
pub(crate) const ALGORITHM: &str = "AES-256-GCM";

/// An encrypted claim. The names are those of the public forerunner's records; `nonce` and `encrypted_payload` are base64
/// (RFC 4648, padded), the payload ends with GCM's tag of 16 bytes, and `aad` is authenticated as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record<'a> {
    /// Whose claim it is.
    #[serde(borrow)]
    pub tenant_id: Cow<'a, str>,
    /// Which one.
    #[serde(borrow)]
    pub claim_id: Cow<'a, str>,
    /// 12 bytes.
    #[serde(borrow)]
    pub nonce: Cow<'a, str>,
    /// Ciphertext and tag.
    #[serde(borrow)]
    pub encrypted_payload: Cow<'a, str>,
    /// The key's name, which is the same in all its versions.
    #[serde(borrow)]
    pub key_id: Cow<'a, str>,
    /// The key's version.
    pub key_version: u32,
    /// The algorithm.
    #[serde(borrow)]
    pub alg: Cow<'a, str>,
    /// Tenant and claim: `<tenant_id>/<claim_id>`.
    #[serde(borrow)]
    pub aad: Cow<'a, str>,
}

/// What is wrong with a record, as the end of a sentence that begins with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The last line has no end, so it may be half a record.
    #[error("the line is cut off: no newline ends it")]
    NoNewline,
    /// A line that no claim is.
    #[error("the line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// Not JSON, or not these keys.
    #[error("the line is no record: {0}")]
    Syntax(String),
    /// An algorithm that the policy forbids, or that this program does not know.
    #[error("the algorithm `{0}` is not allowed")]
    Algorithm(String),
    /// No such key.
    #[error("the key id `{0}` is unknown")]
    UnknownKey(String),
    /// The key is another tenant's.
    #[error("the key `{key_id}` is not one of tenant `{tenant_id}`")]
    Foreign {
        /// The key.
        key_id: String,
        /// The record's tenant.
        tenant_id: String,
    },
    /// No such version of the key.
    #[error("version {version} of the key `{key_id}` is unknown")]
    UnknownVersion {
        /// The key.
        key_id: String,
        /// The version.
        version: u32,
    },
    /// Nothing to rotate in this record, or a step back.
    #[error("it is under key version {version}, which is not below version {target}")]
    NotOlder {
        /// The record's.
        version: u32,
        /// The new one.
        target: u32,
    },
    /// The record was not re-encrypted.
    #[error("it is under key version {version} and not {target}")]
    NotUnder {
        /// The record's.
        version: u32,
        /// The new one.
        target: u32,
    },
    /// The authenticated data names another claim.
    #[error("`aad` does not name this record's tenant and claim")]
    Aad,
    /// Not base64.
    #[error("`{field}` is no base64: {problem}")]
    Base64 {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A nonce of another length.
    #[error("the nonce has {0} bytes and not 12")]
    NonceLength(usize),
    /// No room for a tag.
    #[error("the payload has {0} bytes, fewer than the tag's 16")]
    Short(usize),
    /// Altered, or encrypted under another key or nonce, or for another claim.
    #[error("the tag does not fit: the record was altered, or encrypted under another key")]
    Tag,
    /// The same key and nonce twice: both plaintexts are at risk.
    #[error("it has the nonce of line {0} under the same key, which the policy forbids")]
    NonceReused(u64),
    /// The record at this place is another one than before.
    #[error("it is not the record that stood here before: {0}")]
    Other(&'static str),
}

impl Reason {
    /// Whether it is the crypto policy that refuses the record, and not its form.
    pub(crate) fn is_policy(&self) -> bool {
        matches!(self, Self::Algorithm(_) | Self::NonceReused(_))
    }
}

/// Strangers' text for a message: short, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

/// The records of a block with their lines' numbers, counted from 0.
pub(crate) fn records(block: &Block) -> impl Iterator<Item = (u64, Result<Record<'_>, Reason>)> {
    block.numbered().map(|(number, line)| {
        let record = match line {
            Some(line) if line.len() > MAX_LINE => Err(Reason::TooLong),
            Some(line) => Record::parse(line),
            None if block.bytes().len() > MAX_LINE => Err(Reason::TooLong),
            None => Err(Reason::NoNewline),
        };
        (number, record)
    })
}

impl<'a> Record<'a> {
    /// Reads a line without its newline.
    ///
    /// # Errors
    /// [`Reason::Syntax`] when it is not a JSON object of exactly these keys.
    pub fn parse(line: &'a [u8]) -> Result<Self, Reason> {
        match Self::scan(line) {
            Some(record) => Ok(record),
            None => Self::parse_any(line),
        }
    }

    /// The form that [`Record::write`] writes, and no other: keys in this order, no spaces, no escapes, printable ASCII.
    pub(crate) fn scan(line: &'a [u8]) -> Option<Self> {
        let mut rest = std::str::from_utf8(line).ok()?;
        let mut text = |before: &str| {
            let value = rest.strip_prefix(before)?;
            let end = memchr(b'"', value.as_bytes())?;
            let (value, after) = value.split_at_checked(end)?;
            rest = after;
            plain(value).then_some(Cow::Borrowed(value))
        };
        let tenant_id = text(r#"{"tenant_id":""#)?;
        let claim_id = text(r#"","claim_id":""#)?;
        let nonce = text(r#"","nonce":""#)?;
        let encrypted_payload = text(r#"","encrypted_payload":""#)?;
        let key_id = text(r#"","key_id":""#)?;
        let after = rest.strip_prefix(r#"","key_version":"#)?;
        let (version, after) = after.split_at_checked(memchr(b',', after.as_bytes())?)?;
        let canonical = version.bytes().all(|b| b.is_ascii_digit()) && (version == "0" || !version.starts_with('0'));
        let key_version = version.parse().ok().filter(|_| canonical)?;
        rest = after;
        let mut text = |before: &str| {
            let value = rest.strip_prefix(before)?;
            let (value, after) = value.split_at_checked(memchr(b'"', value.as_bytes())?)?;
            rest = after;
            plain(value).then_some(Cow::Borrowed(value))
        };
        let alg = text(r#","alg":""#)?;
        let aad = text(r#"","aad":""#)?;
        let record = Self { tenant_id, claim_id, nonce, encrypted_payload, key_id, key_version, alg, aad };
        (rest == "\"}").then_some(record)
    }

    /// Any JSON of these keys.
    pub(crate) fn parse_any(line: &'a [u8]) -> Result<Self, Reason> {
        serde_json::from_slice(line).map_err(|error| {
            let message = error.to_string();
            // The line inside the line is always 1.
            Reason::Syntax(shown(&message.replacen("at line 1 column", "at column", 1)))
        })
    }

    /// Appends the record as a line, its nonce and payload given as base64.
    pub(crate) fn write(&self, out: &mut Vec<u8>, nonce: &[u8], payload: &[u8], key_version: u32) {
        string(out, br#"{"tenant_id":"#, &self.tenant_id);
        string(out, br#","claim_id":"#, &self.claim_id);
        out.extend_from_slice(br#","nonce":""#);
        out.extend_from_slice(nonce);
        out.extend_from_slice(br#"","encrypted_payload":""#);
        out.extend_from_slice(payload);
        string(out, br#"","key_id":"#, &self.key_id);
        out.extend_from_slice(br#","key_version":"#);
        number(out, key_version);
        string(out, br#","alg":"#, &self.alg);
        string(out, br#","aad":"#, &self.aad);
        out.extend_from_slice(b"}\n");
    }
}

/// Printable ASCII that stands in JSON as it is. Looks at every byte, which a compiler does many at a time.
fn plain(text: &str) -> bool {
    text.bytes().fold(true, |so_far, b| so_far & (0x20..0x7f).contains(&b) & (b != b'"') & (b != b'\\'))
}

fn string(out: &mut Vec<u8>, before: &[u8], text: &str) {
    out.extend_from_slice(before);
    if plain(text) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing a string into memory cannot fail.
        drop(serde_json::to_writer(out, text));
    }
}

fn number(out: &mut Vec<u8>, number: u32) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => out.push(b'0' + digit),
        Ok(_) | Err(_) => out.extend_from_slice(number.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests;
