//! Appending to the provenance chain, the nodes of its Merkle tree, the tree's signed head and the list of keys in the store.

use std::collections::HashSet;

use super::trust::ProvenanceRow;
use super::{Statement, Store, StoreError, Value};
use crate::trust::merkle::{Hash, Node, completed_places};

/// What the service last said about the whole chain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TreeHead {
    /// Records in the chain.
    pub(crate) size: i64,
    /// Root of their tree.
    pub(crate) root: Hash,
    /// Key it is signed with.
    pub(crate) public_key: Hash,
    /// Ed25519 signature of size and root.
    pub(crate) signature: Vec<u8>,
}

/// Nodes asked for in one statement.
const NODES_AT_ONCE: usize = 16;
/// There is one head, the newest.
const PUT_HEAD: &str = "INSERT INTO tree_head (id, size, root, public_key, signature) VALUES (0, $1, $2, $3, $4) \
                        ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, \
                        public_key = excluded.public_key, signature = excluded.signature";

impl Store {
    /// Adds records, the tree nodes they complete and the new head, all or nothing. Without a head the old one stays.
    ///
    /// # Errors
    /// The store fails, or somebody else has taken one of the places.
    pub(crate) async fn append_provenance(
        &self,
        rows: &[ProvenanceRow],
        nodes: &[Node],
        head: Option<&TreeHead>,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO provenance (leaf_index, entity_type, entity_id, action, actor, payload, at_ms, hash, prev_hash, \
                      signature, public_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let records = rows.iter().map(|row| {
            Statement::new(
                insert,
                vec![
                    row.leaf_index.into(),
                    row.entity_type.as_str().into(),
                    row.entity_id.as_str().into(),
                    row.action.as_str().into(),
                    row.actor.as_str().into(),
                    row.payload.as_str().into(),
                    row.at_ms.into(),
                    row.hash.as_slice().into(),
                    row.prev_hash.as_slice().into(),
                    row.signature.as_slice().into(),
                    row.public_key.as_slice().into(),
                ],
            )
        });
        let nodes = nodes.iter().map(|node| {
            Statement::new(
                "INSERT INTO merkle_nodes (level, place, hash) VALUES ($1, $2, $3)",
                vec![node.level.into(), node.place.into(), node.hash.as_slice().into()],
            )
        });
        let head = head.map(|head| {
            Statement::new(
                PUT_HEAD,
                vec![
                    head.size.into(),
                    head.root.as_slice().into(),
                    head.public_key.as_slice().into(),
                    head.signature.as_slice().into(),
                ],
            )
        });
        self.write(records.chain(nodes).chain(head).collect()).await.map(drop)
    }

    /// The newest signed head; absent before the first record.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn tree_head(&self) -> Result<Option<TreeHead>, StoreError> {
        let rows =
            self.read("SELECT size, root, public_key, signature FROM tree_head WHERE id = 0", Vec::new()).await?;
        let head = rows.into_iter().next().map(|mut row| {
            Ok(TreeHead { size: row.int()?, root: row.hash()?, public_key: row.hash()?, signature: row.blob()? })
        });
        head.transpose()
    }

    /// Lists a key that records may be signed with.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn add_signing_key(&self, key: &Hash) -> Result<(), StoreError> {
        let sql = "INSERT INTO signing_keys (public_key) VALUES ($1) ON CONFLICT (public_key) DO NOTHING";
        self.write(vec![Statement::new(sql, vec![key.as_slice().into()])]).await.map(drop)
    }

    /// The listed keys.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn signing_keys(&self) -> Result<HashSet<Hash>, StoreError> {
        let rows = self.read("SELECT public_key FROM signing_keys", Vec::new()).await?;
        rows.into_iter().map(|mut row| row.hash()).collect()
    }

    /// The nodes that the records `start..end` completed, as far as they are there, in any order.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn nodes_completed(&self, start: i64, end: i64) -> Result<Vec<Node>, StoreError> {
        let mut nodes = Vec::new();
        for (level, first, behind) in completed_places(start, end) {
            let sql = "SELECT level, place, hash FROM merkle_nodes WHERE level = $1 AND place >= $2 AND place < $3";
            for mut row in self.read(sql, vec![level.into(), first.into(), behind.into()]).await? {
                nodes.push(Node { level: row.int()?, place: row.int()?, hash: row.hash()? });
            }
        }
        Ok(nodes)
    }

    /// The tree nodes at these places (level, place), as far as they are there, in any order.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn merkle_nodes(&self, places: &[(i64, i64)]) -> Result<Vec<Node>, StoreError> {
        let mut nodes = Vec::with_capacity(places.len());
        for some in places.chunks(NODES_AT_ONCE) {
            // Filled up with a place no node has, so that there is one statement and not one per number of nodes.
            let filled = some.iter().copied().chain(std::iter::repeat((-1, -1))).take(NODES_AT_ONCE);
            let params = filled.flat_map(|(level, place)| [Value::Int(level), Value::Int(place)]).collect();
            let pairs: Vec<String> = (0..NODES_AT_ONCE)
                .map(|pair| format!("(level = ${} AND place = ${})", 2 * pair + 1, 2 * pair + 2))
                .collect();
            let sql = format!("SELECT level, place, hash FROM merkle_nodes WHERE {}", pairs.join(" OR "));
            for mut row in self.read(sql, params).await? {
                nodes.push(Node { level: row.int()?, place: row.int()?, hash: row.hash()? });
            }
        }
        Ok(nodes)
    }
}
