//! The crypto policy: what an organisation demands of algorithms, keys and nonces. Must not know how a file is rotated.

use std::path::{Path, PathBuf};

use bench_model::time::Timestamp;
use bench_model::unit::nearest;
use bench_model::{Sha256, file};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::keys::{KeyRing, Source};
use crate::record::ALGORITHM;

/// The file's name in a configuration folder.
pub(crate) const POLICY_FILE: &str = "security_crypto_policy.json";

/// The variable that names another file.
pub(crate) const POLICY_VARIABLE: &str = "CRYPTO_POLICY_PATH";

const KEYS: [&str; 5] =
    ["allowed_algorithms", "allowed_key_bits", "minimum_key_version", "maximum_key_age_days", "unique_nonces"];

/// What is demanded. Every key must be stated: a demand that is missing would be taken for one that is met.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Demands {
    allowed_algorithms: Vec<String>,
    allowed_key_bits: Vec<u32>,
    minimum_key_version: u32,
    maximum_key_age_days: u32,
    unique_nonces: bool,
}

/// A policy with the file it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    path: PathBuf,
    sha256: Sha256,
    demands: Demands,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`Error::NoPolicy`] when there is no such file, [`Error::Policy`] when it is not usable; an unknown key is named with
    /// the nearest known one.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::NoPolicy { path: path.to_path_buf() });
        }
        let bytes = file::read(path, 1 << 20)?;
        let fail = |reason: String| Error::Policy { path: path.to_path_buf(), reason };
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))?;
        let object = value.as_object().ok_or_else(|| fail("it is not a JSON object".into()))?;
        if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let near = nearest(key, KEYS).map(|near| format!("; did you mean `{near}`")).unwrap_or_default();
            return Err(fail(format!("unknown key `{}`{near}", crate::record::shown(key))));
        }
        // From the text again: a key that stands in it twice is refused there.
        let demands: Demands = serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))?;
        Ok(Self { path: path.to_path_buf(), sha256: Sha256::of(&bytes), demands })
    }

    /// The file it is from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The digest of that file.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        &self.sha256
    }

    pub(crate) fn unique_nonces(&self) -> bool {
        self.demands.unique_nonces
    }

    /// Holds what a rotation to version `target` would use against the policy, before any file is read.
    pub(crate) fn check(&self, ring: &KeyRing, target: u32, now: Timestamp) -> Result<(), Error> {
        let demands = &self.demands;
        let violation = |what: String| Err(Error::Violation { policy: self.path.clone(), what, place: None });
        if !demands.allowed_algorithms.iter().any(|allowed| allowed == ALGORITHM) {
            return violation(format!("the new algorithm {ALGORITHM} is not among `allowed_algorithms`"));
        }
        if !demands.allowed_key_bits.contains(&256) {
            return violation("the new keys have 256 bits, which is not among `allowed_key_bits`".into());
        }
        if target < demands.minimum_key_version {
            let least = demands.minimum_key_version;
            return violation(format!("the new key version {target} is below `minimum_key_version`, {least}"));
        }
        let most = i64::from(demands.maximum_key_age_days);
        for (key_id, created) in ring.created(target) {
            let days = (now.unix() - created.unix()).div_euclid(86_400);
            let key = if ring.source() == Source::Test { "the test key" } else { "the key" };
            if days > most {
                return violation(format!(
                    "version {target} of {key} `{key_id}` is {days} days old, more than `maximum_key_age_days`, {most}"
                ));
            }
            // Clocks of two machines may differ by a little.
            if days < -1 {
                return violation(format!("version {target} of {key} `{key_id}` was created in the future"));
            }
        }
        Ok(())
    }
}
