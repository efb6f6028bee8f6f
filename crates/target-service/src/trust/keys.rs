//! Which public keys a record or a tree head may be signed with: the service's own and former ones. A key that stands in a row
//! proves nothing by itself: whoever rewrites the row can sign it anew.
//!
//! With a data directory the list is a file beside the store and the key, one key in hexadecimal a line, so that who can write to the
//! database alone can add none; services that share a database each need the others' keys in it. Without one the keys end with the
//! process, and the list is a table of the store: it then shows what was changed by those who do not know of the table.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::merkle::Hash;
use super::routes::hex;
use crate::store::{Store, StoreError};

/// File in the data directory that lists the keys.
const LIST_FILE: &str = "signing.keys";

/// Where the list is kept.
pub(super) enum Keys {
    File(PathBuf),
    Table,
}

impl Keys {
    /// Keeps the list where the data are.
    pub(super) fn of(directory: Option<&Path>) -> Self {
        directory.map_or(Self::Table, |directory| Self::File(directory.join(LIST_FILE)))
    }

    /// Adds the service's own key, if it is not there.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub(super) async fn add(&self, store: &Store, key: &Hash) -> Result<(), StoreError> {
        match self {
            Self::Table => store.add_signing_key(key).await,
            Self::File(path) => {
                if read(path)?.contains(key) {
                    return Ok(());
                }
                let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
                // A line break first, in case an editor left the last line without one; empty lines are skipped.
                file.write_all(format!("\n{}\n", hex(key)).as_bytes())?;
                Ok(file.sync_all()?)
            }
        }
    }

    /// All keys of the list; another service may have added to it since.
    ///
    /// # Errors
    /// The list cannot be read.
    pub(super) async fn all(&self, store: &Store) -> Result<HashSet<Hash>, StoreError> {
        match self {
            Self::Table => store.signing_keys().await,
            Self::File(path) => read(path),
        }
    }
}

fn read(path: &Path) -> Result<HashSet<Hash>, StoreError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(source.into()),
    };
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    lines
        .map(|(number, line)| {
            let wrong = || {
                let place = format!("{}:{}", path.display(), number + 1);
                StoreError::Setup(format!("{place} is not a key of 64 hexadecimal digits"))
            };
            unhex(line).ok_or_else(wrong)
        })
        .collect()
}

fn unhex(text: &str) -> Option<Hash> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect::<Option<Vec<_>>>().filter(|_| text.len() == 64)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_a_broken_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LIST_FILE);
        assert!(read(&path).unwrap().is_empty());
        std::fs::write(&path, format!("{}\n\n  {}\r\n", hex(&[1; 32]), hex(&[0xfe; 32]))).unwrap();
        assert_eq!(read(&path).unwrap(), HashSet::from([[1; 32], [0xfe; 32]]));
        for wrong in ["zz".repeat(32), "+1".repeat(32), "ab".repeat(31), "ab".repeat(33), "é".repeat(32)] {
            std::fs::write(&path, format!("\n{wrong}\n")).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains("signing.keys:2 is not a key"), "{error}");
        }
    }
}
