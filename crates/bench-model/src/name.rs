//! Names and ids, each validated once while it is read and then carried as its own type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not a valid name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind}: {expected}")]
pub struct NameError {
    kind: &'static str,
    text: String,
    expected: &'static str,
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $expected:literal, $pattern:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = $pattern)))]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    let text = text.chars().take(80).collect();
                    Err(NameError { kind: $kind, text, expected: $expected })
                }
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

text_newtype!(
    /// The name of a metric: a headline name such as `display_gibs`, or
    /// `<package>/<target>/<benchmark id>#<measure>`.
    MetricName,
    "metric name",
    "1 to 4096 bytes without control characters",
    "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,4096}$",
    |text| !text.is_empty() && text.len() <= 4096 && !text.chars().any(char::is_control)
);

text_newtype!(
    /// The id of a run, also the name of its folder: `20261121T050000Z-1a2b3c4-9f8e`.
    RunId,
    "run id",
    "1 to 64 of the characters a-z A-Z 0-9 . _ -, not starting with a dot",
    "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$",
    |text| !text.is_empty()
        && text.len() <= 64
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
);

text_newtype!(
    /// What a set of indicators is about, such as a release: also a part of its file's name.
    VersionName,
    "version",
    "1 to 64 of the characters a-z A-Z 0-9 . _ + -, starting with a letter or a digit",
    "^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$",
    |text| text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-'))
);

text_newtype!(
    /// The name of an indicator, such as `scalability`.
    KpiName,
    "name of an indicator",
    "1 to 64 of the characters a-z 0-9 _, starting with a letter",
    "^[a-z][a-z0-9_]{0,63}$",
    |text| text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
);

text_newtype!(
    /// A full git commit id (SHA-1 or SHA-256).
    Commit,
    "commit",
    "40 or 64 lower-case hexadecimal digits",
    "^([0-9a-f]{40}|[0-9a-f]{64})$",
    |text| matches!(text.len(), 40 | 64) && is_hex(text)
);

text_newtype!(
    /// A SHA-256 digest in lower-case hexadecimal.
    Sha256,
    "SHA-256 digest",
    "64 lower-case hexadecimal digits",
    "^[0-9a-f]{64}$",
    |text| text.len() == 64 && is_hex(text)
);

impl MetricName {
    /// What is measured, the part behind the last `#`; empty for a name without one.
    pub fn measure(&self) -> &str {
        self.as_str().rsplit_once('#').map_or("", |(_, measure)| measure)
    }
}

impl Commit {
    /// The first 7 digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl Sha256 {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self::from_digest(&sha2::Sha256::digest(bytes))
    }

    /// A finished digest as text.
    pub fn from_digest(digest: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
        Self(digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
    }

    /// 64 zeros: the `prev` of a ledger's first line.
    pub fn zero() -> Self {
        Self("0".repeat(64))
    }
}

/// What produced a metric. Two targets may use one id; only all three parts together identify.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BenchmarkId {
    /// The harness, such as `criterion` or `process`.
    pub harness: String,
    /// `<package>/<bench target>`; for a process the name given by the user.
    pub target: String,
    /// The harness's full id, never a directory name. Empty for a process.
    pub id: String,
}

impl BenchmarkId {
    /// The metric of this benchmark that a measure yields.
    ///
    /// # Errors
    /// When the id holds control characters or is longer than a metric name may be.
    pub fn metric(&self, measure: &str) -> Result<MetricName, NameError> {
        format!("{self}#{measure}").parse()
    }
}

impl fmt::Display for BenchmarkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target)?;
        if !self.id.is_empty() {
            write!(f, "/{}", self.id)?;
        }
        Ok(())
    }
}
