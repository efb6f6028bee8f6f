//! The provenance chain: one task appends, so that every record has one place and names the record before it. It takes all that
//! waits into one transaction, and answers after the commit. Also proofs and the check of the whole chain.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot};

use super::merkle::{self, Frontier, Hash, inclusion_hashes, inclusion_ranges, leaf_hash, peak_places};
use super::record::{Signing, holds, record_hash};
use crate::ids::now_ms;
use crate::store::{ProvenanceRow, Store, StoreError};

/// Most records in one transaction.
const MOST_PER_COMMIT: usize = 128;
/// Records that may wait; a caller beyond them waits for a place.
const QUEUE: usize = 1024;
/// Another service may append to the same database; then our place is taken and we take up its records and try again.
const TRIES: u32 = 3;
/// Records checked at a time.
const CHECKED_AT_ONCE: i64 = 256;

/// What a caller says about a new record.
pub(super) struct Draft {
    pub(super) entity_type: String,
    pub(super) entity_id: String,
    pub(super) action: String,
    pub(super) actor: String,
    /// JSON text.
    pub(super) payload: String,
}

/// A record as appended, and the root of the tree that ends with it.
#[derive(Debug)]
pub(super) struct Appended {
    pub(super) row: ProvenanceRow,
    pub(super) root: Hash,
}

/// The end of the stored chain.
#[derive(Clone, Debug)]
pub(super) struct Tip {
    pub(super) frontier: Frontier,
    pub(super) last_hash: Hash,
}

/// A proof that a record is in the tree, and the signed head of this tree.
pub(super) struct Proof {
    pub(super) tree_size: i64,
    pub(super) root: Hash,
    pub(super) hashes: Vec<Hash>,
    pub(super) signature: Vec<u8>,
}

struct Request {
    draft: Draft,
    reply: oneshot::Sender<Result<Appended, StoreError>>,
}

/// The chain.
pub(super) struct Chain {
    requests: mpsc::Sender<Request>,
    tip: Arc<RwLock<Tip>>,
    signing: Arc<Signing>,
    store: Arc<Store>,
}

impl Chain {
    pub(super) async fn open(store: Arc<Store>, signing: Signing) -> Result<Self, StoreError> {
        let tip = Arc::new(RwLock::new(load(&store).await?));
        let signing = Arc::new(signing);
        let (requests, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(append_all(Arc::clone(&store), Arc::clone(&signing), Arc::clone(&tip), waiting));
        Ok(Self { requests, tip, signing, store })
    }

    /// The end of the chain as last committed by this service.
    pub(super) fn tip(&self) -> Tip {
        self.tip.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends a record; returns when it is stored.
    pub(super) async fn append(&self, draft: Draft) -> Result<Appended, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request { draft, reply }).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Proves that the record at `leaf_index` is in the current tree. Absent when the tree does not reach so far, as it may for a moment when another
    /// service appends to the same database.
    pub(super) async fn prove(&self, leaf_index: i64) -> Result<Option<Proof>, StoreError> {
        let mut tip = self.tip();
        if leaf_index >= tip.frontier.size() {
            tip = load(&self.store).await?;
        }
        let size = tip.frontier.size();
        if leaf_index >= size {
            return Ok(None);
        }
        let ranges = inclusion_ranges(leaf_index, size);
        let places: Vec<_> = ranges.iter().flat_map(|(start, end)| peak_places(*start, *end)).collect();
        let nodes = nodes(&self.store, &places).await?;
        let hashes = inclusion_hashes(&ranges, |level, place| nodes.get(&(level, place)).copied())
            .ok_or(StoreError::Shape("a tree node is missing"))?;
        let root = tip.frontier.root();
        Ok(Some(Proof { tree_size: size, root, hashes, signature: self.signing.sign_head(size, &root) }))
    }

    /// Checks every record, its link to the one before, its signature, and that the records make the stored tree. Gives how many
    /// records were looked at and whether all is right.
    pub(super) async fn verify(&self) -> Result<(bool, i64), StoreError> {
        let tip = self.tip();
        let size = tip.frontier.size();
        let mut tree = Frontier::default();
        let mut last_hash = [0; 32];
        while tree.size() < size {
            let rows = self.store.provenance_from(tree.size(), CHECKED_AT_ONCE.min(size - tree.size())).await?;
            if rows.is_empty() {
                return Ok((false, tree.size()));
            }
            // Signatures are slow to check; other requests go on meanwhile.
            let checked = tokio::task::spawn_blocking(move || {
                let good = rows.iter().try_fold((tree, last_hash), |(mut tree, last_hash), row| {
                    let linked = row.leaf_index == tree.size() && row.prev_hash == last_hash;
                    (linked && holds(row)).then(|| {
                        tree.append(leaf_hash(&row.hash));
                        (tree, row.hash)
                    })
                });
                good.ok_or_else(|| rows.first().map_or(0, |row| row.leaf_index))
            });
            match checked.await.map_err(|_| StoreError::Closed)? {
                Ok(next) => (tree, last_hash) = next,
                Err(from) => return Ok((false, from)),
            }
        }
        Ok((tree == tip.frontier && last_hash == tip.last_hash, size))
    }
}

async fn nodes(store: &Store, places: &[(i64, i64)]) -> Result<HashMap<(i64, i64), Hash>, StoreError> {
    Ok(store.merkle_nodes(places).await?.into_iter().map(|node| ((node.level, node.place), node.hash)).collect())
}

async fn load(store: &Store) -> Result<Tip, StoreError> {
    let size = store.provenance_size().await?;
    let found = nodes(store, &peak_places(0, size)).await?;
    let frontier = Frontier::restore(size, |level, place| found.get(&(level, place)).copied())
        .ok_or(StoreError::Shape("a tree node is missing"))?;
    let last_hash = match store.get_provenance(size - 1).await? {
        Some(row) => row.hash,
        None => [0; 32],
    };
    Ok(Tip { frontier, last_hash })
}

async fn append_all(
    store: Arc<Store>,
    signing: Arc<Signing>,
    shared: Arc<RwLock<Tip>>,
    mut waiting: mpsc::Receiver<Request>,
) {
    let mut batch: Vec<Request> = Vec::new();
    while waiting.recv_many(&mut batch, MOST_PER_COMMIT).await > 0 {
        let (drafts, replies): (Vec<_>, Vec<_>) = batch.drain(..).map(|request| (request.draft, request.reply)).unzip();
        let mut tip = shared.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut tries = 0;
        let outcome = loop {
            tries += 1;
            match append_batch(&store, &signing, tip, &drafts).await {
                Ok((appended, new_tip)) => {
                    *shared.write().unwrap_or_else(PoisonError::into_inner) = new_tip;
                    break Ok(appended);
                }
                Err(source) if tries == TRIES => break Err(source),
                Err(source) => match load(&store).await {
                    Ok(reloaded) => tip = reloaded,
                    Err(_) => break Err(source),
                },
            }
        };
        match outcome {
            Ok(appended) => {
                for (reply, appended) in replies.into_iter().zip(appended) {
                    // A caller that went away needs no answer; the record stays.
                    let _ = reply.send(Ok(appended));
                }
            }
            Err(source) => {
                for reply in replies {
                    let _ = reply.send(Err(StoreError::Together(source.to_string())));
                }
            }
        }
    }
}

async fn append_batch(
    store: &Store,
    signing: &Signing,
    mut tip: Tip,
    drafts: &[Draft],
) -> Result<(Vec<Appended>, Tip), StoreError> {
    let mut nodes: Vec<merkle::Node> = Vec::new();
    let mut rows = Vec::with_capacity(drafts.len());
    let mut roots = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut row = ProvenanceRow {
            leaf_index: tip.frontier.size(),
            entity_type: draft.entity_type.clone(),
            entity_id: draft.entity_id.clone(),
            action: draft.action.clone(),
            actor: draft.actor.clone(),
            payload: draft.payload.clone(),
            at_ms: now_ms(),
            hash: [0; 32],
            prev_hash: tip.last_hash,
            signature: Vec::new(),
            public_key: signing.public_key(),
        };
        row.hash = record_hash(&row);
        row.signature = signing.sign(&row.hash);
        nodes.extend(tip.frontier.append(leaf_hash(&row.hash)));
        tip.last_hash = row.hash;
        roots.push(tip.frontier.root());
        rows.push(row);
    }
    store.append_provenance(&rows, &nodes).await?;
    Ok((rows.into_iter().zip(roots).map(|(row, root)| Appended { row, root }).collect(), tip))
}
