//! Keys by name and version: read from a key file or the environment, or test keys. Their bytes are wiped as soon as the
//! cipher has them, and the cipher's own schedule when it is dropped. Must not know records' places or files to rotate.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bench_model::file;
use bench_model::time::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Error;

/// The variable that holds what a key file holds.
pub(crate) const KEYS_VARIABLE: &str = "REENCRYPTION_KEYS";

/// Tenants of generated data, and so of test keys.
pub(crate) const TENANTS: u32 = 16;

/// The newest version of the test keys. Generated data is under version 1.
const TEST_VERSIONS: u32 = 2;

/// A key file is small; a data file given by mistake is refused before it is read.
const MAX_KEY_FILE: u64 = 4 << 20;

/// All keys of a job. Prints neither keys nor names.
pub struct KeyRing {
    keys: HashMap<Box<str>, Versions>,
    source: Source,
    path: Option<PathBuf>,
}

/// A key's versions, and whose it is.
pub(crate) struct Versions {
    pub(crate) tenant_id: Box<str>,
    pub(crate) number: u64,
    versions: BTreeMap<u32, Version>,
}

struct Version {
    key: LessSafeKey,
    created: Timestamp,
}

/// Where keys are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A key file or the environment.
    Given,
    /// Anyone can make them.
    Test,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile<'a> {
    #[serde(borrow)]
    keys: Vec<Entry<'a>>,
}

/// `key` is borrowed from the text, which is wiped; an escape in it would make a copy, and is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<'a> {
    key_id: String,
    tenant_id: String,
    version: u32,
    created: Timestamp,
    key: &'a str,
}

impl KeyRing {
    /// Reads a key file: `{"keys":[{"key_id","tenant_id","version","created","key"}]}`, each key 32 bytes in hexadecimal or base64.
    ///
    /// # Errors
    /// As [`KeyRing::from_json`]; file errors as [`file::read`].
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let bytes = Zeroizing::new(file::read(path, MAX_KEY_FILE)?);
        let ring = Self::from_json(&path.display().to_string(), &bytes)?;
        Ok(Self { path: Some(path.to_path_buf()), ..ring })
    }

    /// Reads what a key file would hold; `origin` is what an error names.
    ///
    /// # Errors
    /// [`Error::Keys`] and, for keys that protect nothing, [`Error::UnfitKey`]: without any part of a key in them.
    pub fn from_json(origin: &str, json: &[u8]) -> Result<Self, Error> {
        let fail = |reason: String| Error::Keys { origin: origin.to_owned(), reason };
        // The parser's own message may quote what it found, which may be a key.
        let parsed: KeyFile<'_> = serde_json::from_slice(json).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            fail(format!("what stands before {place} is not of the form of a key file"))
        })?;
        let mut ring = Self { keys: HashMap::new(), source: Source::Given, path: None };
        let unfit = |reason: String| Error::UnfitKey { origin: origin.to_owned(), reason };
        let published: HashSet<[u8; 32]> = test_keys().map(|(.., bytes)| Sha256::digest(*bytes).into()).collect();
        // Digests are compared, so that neither the time it takes nor what sorting leaves behind says anything of a key. With room
        // from the start, no copy of them is left where they were.
        let mut digests = Zeroizing::new(Vec::with_capacity(parsed.keys.len()));
        for (index, entry) in parsed.keys.into_iter().enumerate() {
            let at = |what: &str| fail(format!("/keys/{index}/{what}"));
            let bytes = key_bytes(entry.key).ok_or_else(|| at("key is not 32 bytes in hexadecimal or base64"))?;
            ring.add(&entry.key_id, &entry.tenant_id, entry.version, entry.created, &bytes).map_err(at)?;
            let digest: [u8; 32] = Sha256::digest(*bytes).into();
            if published.contains(&digest) {
                return Err(unfit(format!("/keys/{index}/key is a test key, which anyone can make")));
            }
            digests.push((digest, index));
        }
        // Under another name or version it is the same key: nothing would be rotated, and a nonce could be used twice unseen.
        digests.sort_unstable();
        for pair in digests.windows(2) {
            if let [(one, first), (other, second)] = pair
                && one == other
            {
                return Err(unfit(format!("/keys/{second}/key is the same as /keys/{first}/key")));
            }
        }
        if ring.keys.is_empty() { Err(fail("there is no key in it".into())) } else { Ok(ring) }
    }

    /// Keys that anyone can make, for generated data only: each is a digest of its own name and version.
    #[must_use]
    pub fn for_tests(created: Timestamp) -> Self {
        let mut ring = Self { keys: HashMap::new(), source: Source::Test, path: None };
        for (tenant, version, bytes) in test_keys() {
            // Names and versions differ, so none is refused.
            let _ = ring.add(&test_key_id(tenant), &tenant_id(tenant), version, created, &bytes);
        }
        ring
    }

    fn add(
        &mut self,
        key_id: &str,
        tenant_id: &str,
        version: u32,
        created: Timestamp,
        bytes: &[u8; 32],
    ) -> Result<(), &'static str> {
        let number = self.keys.len() as u64;
        let key = self.keys.entry(key_id.into()).or_insert_with(|| Versions {
            tenant_id: tenant_id.into(),
            number,
            versions: BTreeMap::new(),
        });
        if *key.tenant_id != *tenant_id {
            return Err("tenant_id is another than in an earlier version of this key");
        }
        let unbound = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| "key is refused by the cipher")?;
        let version_of_key = Version { key: LessSafeKey::new(unbound), created };
        match key.versions.insert(version, version_of_key) {
            None => Ok(()),
            Some(_) => Err("version stands in it twice"),
        }
    }

    pub(crate) fn get(&self, key_id: &str) -> Option<&Versions> {
        self.keys.get(key_id)
    }

    /// The newest version that any key has.
    pub(crate) fn newest(&self) -> u32 {
        self.keys.values().filter_map(|key| key.versions.keys().next_back()).max().copied().unwrap_or_default()
    }

    /// When each key's version `version` was made, where there is one, with the key's name, by which they are in order: of
    /// several keys that a policy forbids, the same one is named each time.
    pub(crate) fn created(&self, version: u32) -> Vec<(&str, Timestamp)> {
        let of = |key: &Versions| key.versions.get(&version).map(|version| version.created);
        let mut all: Vec<_> = self.keys.iter().filter_map(|(key_id, key)| Some((&**key_id, of(key)?))).collect();
        all.sort_unstable_by_key(|(key_id, _)| *key_id);
        all
    }

    pub(crate) fn source(&self) -> Source {
        self.source
    }

    /// The file that they are from, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl Versions {
    pub(crate) fn version(&self, version: u32) -> Option<&LessSafeKey> {
        self.versions.get(&version).map(|version| &version.key)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys, {:?})", self.keys.len(), self.source)
    }
}

pub(crate) fn tenant_id(tenant: u32) -> String {
    format!("tenant-{tenant:02}")
}

pub(crate) fn test_key_id(tenant: u32) -> String {
    format!("tenant-{tenant:02}-claims")
}

/// Tenant, version and key.
fn test_keys() -> impl Iterator<Item = (u32, u32, Zeroizing<[u8; 32]>)> {
    (0..TENANTS).flat_map(|tenant| {
        (1..=TEST_VERSIONS).map(move |version| {
            let text = format!("perfledger re-encryption test key, no secret: {} {version}", test_key_id(tenant));
            (tenant, version, Zeroizing::new(Sha256::digest(text.as_bytes()).into()))
        })
    })
}

fn key_bytes(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    if text.len() == 64 {
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        return Some(bytes);
    }
    let mut room = Zeroizing::new([0; 48]);
    let found = STANDARD.decode_slice(text, &mut *room).ok().filter(|found| *found == bytes.len())?;
    bytes.copy_from_slice(room.get(..found)?);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn file(key: &str, more: &str) -> String {
        let entry =
            format!(r#"{{"key_id":"k","tenant_id":"t","version":1,"created":"2026-11-21T00:00:00Z","key":"{key}"}}"#);
        format!(r#"{{"keys":[{entry}{more}]}}"#)
    }

    #[test]
    fn a_key_in_hexadecimal_and_in_base64_is_the_same_key() {
        let hex = key_bytes(HEX).unwrap();
        assert_eq!(*hex, std::array::from_fn(|n| n as u8));
        assert_eq!(key_bytes("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap(), hex);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for key in ["00", &HEX.replace('f', "g"), &HEX.replace("00", "+0"), "AAECAwQFBgcICQoLDA0ODw==", "\\u0041", ""] {
            let error = KeyRing::from_json("keys.json", file(key, "").as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("keys.json: "), "{error}");
            assert!(key.is_empty() || !error.contains(key), "{error}");
        }
        // A key where a number belongs would be quoted by a parser's message.
        let swapped = file("x", "").replace(":1,", &format!(":\"{HEX}\","));
        assert!(!KeyRing::from_json("k", swapped.as_bytes()).unwrap_err().to_string().contains(HEX));
    }

    #[test]
    fn a_version_twice_and_a_key_of_two_tenants_are_refused() {
        let more = |version: u32, tenant: &str| {
            let text = file(&HEX.replace("1f", "ff"), "");
            let text = text.replace(":1,", &format!(":{version},")).replace("\"t\"", &format!("\"{tenant}\""));
            format!(",{}", &text.trim_start_matches("{\"keys\":[").trim_end_matches("]}"))
        };
        assert!(KeyRing::from_json("k", file(HEX, &more(2, "t")).as_bytes()).is_ok());
        let error = |more: &str| KeyRing::from_json("k", file(HEX, more).as_bytes()).unwrap_err().to_string();
        assert_eq!(error(&more(1, "t")), "k: /keys/1/version stands in it twice");
        assert!(error(&more(2, "u")).contains("tenant_id"));
    }

    #[test]
    fn one_key_under_two_names_or_versions_and_a_test_key_are_refused_without_being_shown() {
        let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let entry = |key_id: &str, version: u32, key: &str| {
            let text = file(key, "").replace("\"k\"", &format!("\"{key_id}\"")).replace(":1,", &format!(":{version},"));
            text.trim_start_matches("{\"keys\":[").trim_end_matches("]}").to_owned()
        };
        let test_key: String = test_keys().nth(5).unwrap().2.iter().map(|byte| format!("{byte:02x}")).collect();
        for (key_id, version, key, reason) in [
            ("k", 2, HEX, "/keys/1/key is the same as /keys/0/key"),
            ("k", 2, base64, "/keys/1/key is the same as /keys/0/key"),
            ("other", 1, HEX, "/keys/1/key is the same as /keys/0/key"),
            ("other", 9, &test_key, "/keys/1/key is a test key, which anyone can make"),
        ] {
            let text = file(HEX, &format!(",{}", entry(key_id, version, key)));
            let error = KeyRing::from_json("k", text.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::UnfitKey { .. }), "{error:?}");
            assert_eq!(error.to_string(), format!("k: {reason}"));
        }
    }

    #[test]
    fn keys_come_in_the_order_of_their_names() {
        let ring = KeyRing::for_tests(Timestamp::from_unix(0));
        let names: Vec<_> = ring.created(2).into_iter().map(|(key_id, _)| key_id.to_owned()).collect();
        let expected: Vec<_> = (0..TENANTS).map(test_key_id).collect();
        assert_eq!(names, expected);
        assert!(ring.created(3).is_empty());
    }

    #[test]
    fn a_ring_prints_no_keys() {
        let ring = KeyRing::from_json("k", file(HEX, "").as_bytes()).unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing(1 keys, Given)");
    }
}
