//! The check of the whole chain against its signed head: every record, its link, its signature by a listed key, every stored node of the
//! tree, and that nothing is missing at the end. Must not append.
//!
//! What it cannot see: a store put back as a whole to an earlier state while no service runs, with the head of that time.

use std::collections::HashSet;
use std::sync::Arc;

use super::chain::Tip;
use super::keys::Keys;
use super::merkle::{Frontier, Node, leaf_hash};
use super::record::{head_holds, holds};
use crate::store::{Store, StoreError};

/// Records checked at a time.
const CHECKED_AT_ONCE: i64 = 256;

/// Checks the stored chain; `tip` is what this service has committed last, and the store may have more by another service. Gives
/// how many records were looked at and whether all is right.
///
/// # Errors
/// The store fails.
pub(super) async fn verify(store: &Store, keys: &Keys, tip: &Tip) -> Result<(bool, i64), StoreError> {
    let known = tip.frontier.size();
    let Some(head) = store.tree_head().await? else {
        // Without a head there must be no record.
        return Ok((known == 0 && store.provenance_size().await? == 0, known));
    };
    // After the head, so that the key of whoever signed it is listed by now.
    let trusted = Arc::new(keys.all(store).await?);
    if !head_holds(&head, &trusted) || head.size < known {
        return Ok((false, 0));
    }
    let (mut tree, mut last_hash) = (Frontier::default(), [0; 32]);
    loop {
        let size = tree.size();
        if size == known && (tree != tip.frontier || last_hash != tip.last_hash) {
            return Ok((false, size));
        }
        if size == head.size {
            return Ok((tree.root() == head.root, size));
        }
        // Stops where the service's own tip is, to compare with it.
        let until = if size < known { known } else { head.size };
        let rows = store.provenance_from(size, CHECKED_AT_ONCE.min(until - size)).await?;
        if rows.is_empty() {
            return Ok((false, size));
        }
        let trusted = Arc::clone(&trusted);
        // Signatures are slow to check; other requests go on meanwhile.
        let checked = tokio::task::spawn_blocking(move || {
            let mut nodes: HashSet<Node> = HashSet::new();
            for row in rows {
                if row.leaf_index != tree.size() || row.prev_hash != last_hash || !holds(&row, &trusted) {
                    return None;
                }
                nodes.extend(tree.append(leaf_hash(&row.hash)));
                last_hash = row.hash;
            }
            Some((tree, last_hash, nodes))
        });
        let Some((next, last, nodes)) = checked.await.map_err(|_| StoreError::Closed)? else {
            return Ok((false, size));
        };
        let stored = store.nodes_completed(size, next.size()).await?;
        if stored.len() != nodes.len() || !stored.iter().all(|node| nodes.contains(node)) {
            return Ok((false, size));
        }
        (tree, last_hash) = (next, last);
    }
}
