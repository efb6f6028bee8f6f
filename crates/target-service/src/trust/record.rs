//! What a provenance record's hash covers, its signature and that of a tree head. Pure but for making a key.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::merkle::Hash;
use crate::store::{ProvenanceRow, StoreError, TreeHead};

/// Separates these hashes from any other use of SHA-256 and from a later form of the record.
const DOMAIN: &[u8] = b"target-service provenance 1";
/// The same for signed tree heads.
const HEAD_DOMAIN: &[u8] = b"target-service tree head 1";
/// File in the data directory that holds the key.
const KEY_FILE: &str = "signing.key";

/// The hash of a record: its place, the hash before it, and every field with its length before it, so that no two records are the
/// same bytes.
pub(super) fn record_hash(row: &ProvenanceRow) -> Hash {
    let mut hasher = Sha256::new().chain_update(DOMAIN).chain_update(row.leaf_index.to_be_bytes());
    hasher.update(row.prev_hash);
    hasher.update(row.at_ms.to_be_bytes());
    for field in [&row.entity_type, &row.entity_id, &row.action, &row.actor, &row.payload] {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hasher.finalize().into()
}

/// Whether the record's hash is right, and signed with one of these keys.
pub(super) fn holds(row: &ProvenanceRow, trusted: &HashSet<Hash>) -> bool {
    record_hash(row) == row.hash && signed(trusted, &row.public_key, &row.hash, &row.signature)
}

/// Whether the head is signed with one of these keys.
pub(super) fn head_holds(head: &TreeHead, trusted: &HashSet<Hash>) -> bool {
    signed(trusted, &head.public_key, &head_hash(head.size, &head.root), &head.signature)
}

fn signed(trusted: &HashSet<Hash>, public_key: &Hash, hash: &Hash, signature: &[u8]) -> bool {
    let verified = || {
        let key = VerifyingKey::from_bytes(public_key).ok()?;
        key.verify_strict(hash, &Signature::from_slice(signature).ok()?).ok()
    };
    trusted.contains(public_key) && verified().is_some()
}

fn head_hash(size: i64, root: &Hash) -> Hash {
    Sha256::new().chain_update(HEAD_DOMAIN).chain_update(size.to_be_bytes()).chain_update(root).finalize().into()
}

/// The key that signs records and tree heads.
pub(super) struct Signing(SigningKey);

impl Signing {
    /// A new key that ends with the process.
    pub(super) fn generate() -> Result<Self, StoreError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|source| StoreError::Setup(format!("no random bytes for a key: {source}")))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The key of a data directory; made when there is none.
    pub(super) fn of_directory(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(KEY_FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let seed = bytes
                    .try_into()
                    .map_err(|_| StoreError::Setup(format!("{} is not a key of 32 bytes", path.display())))?;
                Ok(Self(SigningKey::from_bytes(&seed)))
            }
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                let key = Self::generate()?;
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                options.open(&path)?.write_all(key.0.as_bytes())?;
                Ok(key)
            }
            Err(source) => Err(source.into()),
        }
    }

    pub(super) fn public_key(&self) -> Hash {
        self.0.verifying_key().to_bytes()
    }

    pub(super) fn sign(&self, hash: &Hash) -> Vec<u8> {
        self.0.sign(hash).to_bytes().to_vec()
    }

    /// Signs a tree's size and root, so that a proof against it can be held against the service later.
    pub(super) fn sign_head(&self, size: i64, root: &Hash) -> Vec<u8> {
        self.sign(&head_hash(size, root))
    }

    /// The signed head of a tree, to be stored.
    pub(super) fn head(&self, size: i64, root: Hash) -> TreeHead {
        TreeHead { size, root, public_key: self.public_key(), signature: self.sign_head(size, &root) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> ProvenanceRow {
        let key = Signing::generate().unwrap();
        let mut row = ProvenanceRow {
            leaf_index: 3,
            entity_type: "model".to_owned(),
            entity_id: "m-1".to_owned(),
            action: "train".to_owned(),
            actor: "ada".to_owned(),
            payload: "{}".to_owned(),
            at_ms: 1_700_000_000_000,
            hash: [0; 32],
            prev_hash: [7; 32],
            signature: Vec::new(),
            public_key: key.public_key(),
        };
        row.hash = record_hash(&row);
        row.signature = key.sign(&row.hash);
        row
    }

    #[test]
    fn a_change_of_any_field_is_seen() {
        let good = signed();
        let stranger = Signing::generate().unwrap().public_key();
        let trusted = HashSet::from([good.public_key, stranger]);
        assert!(holds(&good, &trusted));
        assert!(!holds(&good, &HashSet::from([stranger])), "a key that nobody listed");
        let changes: [fn(&mut ProvenanceRow); 11] = [
            |row| row.leaf_index += 1,
            |row| row.entity_type.push('x'),
            |row| row.entity_id.push('x'),
            |row| row.action.push('x'),
            |row| row.actor.push('x'),
            |row| row.payload.push(' '),
            |row| row.at_ms += 1,
            |row| row.prev_hash[0] ^= 1,
            |row| row.hash[0] ^= 1,
            |row| row.signature[5] ^= 1,
            |row| row.public_key = Signing::generate().unwrap().public_key(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut row = good.clone();
            change(&mut row);
            assert!(!holds(&row, &trusted), "change {number}");
        }
    }

    #[test]
    fn a_head_holds_for_its_size_root_and_key_only() {
        let key = Signing::generate().unwrap();
        let head = key.head(7, [3; 32]);
        let trusted = HashSet::from([key.public_key()]);
        assert!(head_holds(&head, &trusted));
        assert!(!head_holds(&TreeHead { size: 6, ..head.clone() }, &trusted));
        assert!(!head_holds(&TreeHead { root: [4; 32], ..head.clone() }, &trusted));
        assert!(!head_holds(&head, &HashSet::new()));
    }

    #[test]
    fn text_moved_from_one_field_to_the_next_changes_the_hash() {
        let one = signed();
        let mut other = one.clone();
        other.entity_type = "mode".to_owned();
        other.entity_id = "lm-1".to_owned();
        assert_ne!(record_hash(&one), record_hash(&other));
    }

    #[test]
    fn a_directory_keeps_its_key_and_a_broken_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Signing::of_directory(folder.path()).unwrap().public_key();
        assert_eq!(Signing::of_directory(folder.path()).unwrap().public_key(), first);
        std::fs::write(folder.path().join(KEY_FILE), b"short").unwrap();
        assert!(Signing::of_directory(folder.path()).is_err());
    }
}
