//! The provenance chain: one task appends, so that every record has one place and names the record before it. It takes all that
//! waits into one transaction, with the signed head of the tree, and answers after the commit. Also proofs.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot};

use super::keys::Keys;
use super::merkle::{self, Frontier, Hash, inclusion_hashes, inclusion_ranges, leaf_hash, peak_places};
use super::record::{Signing, head_holds, record_hash};
use super::verify;
use crate::ids::now_ms;
use crate::store::{ProvenanceRow, Store, StoreError};

/// Most records in one transaction.
const MOST_PER_COMMIT: usize = 128;
/// Records that may wait; a caller beyond them waits for a place.
const QUEUE: usize = 1024;
/// Another service may append to the same database; then our place is taken and we take up its records and try again.
const TRIES: u32 = 3;

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
    /// The stored tree is the one whose head was signed. One that is not gets no new head: appending to a chain that was tampered with
    /// must not make it look right.
    sealed: bool,
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
    keys: Arc<Keys>,
    store: Arc<Store>,
}

impl Chain {
    /// Takes up the stored chain and holds it against its head; one that was tampered with is served, and stays invalid.
    pub(super) async fn open(store: Arc<Store>, signing: Signing, keys: Keys) -> Result<Self, StoreError> {
        keys.add(&store, &signing.public_key()).await?;
        let tip = load(&store, &keys).await?;
        if !tip.sealed {
            let mut err = std::io::stderr().lock();
            drop(writeln!(
                err,
                "warning: the provenance chain does not match its signed head; /api/phase6/provenance/verify says so"
            ));
        }
        let (tip, signing, keys) = (Arc::new(RwLock::new(tip)), Arc::new(signing), Arc::new(keys));
        let (requests, waiting) = mpsc::channel(QUEUE);
        let appender = Appender { store: Arc::clone(&store), signing: Arc::clone(&signing), keys: Arc::clone(&keys) };
        tokio::spawn(append_all(appender, Arc::clone(&tip), waiting));
        Ok(Self { requests, tip, signing, keys, store })
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
            tip = load(&self.store, &self.keys).await?;
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

    /// Checks every record, its link to the one before, its signature, and that the records make the stored tree and the signed head.
    /// Gives how many records were looked at and whether all is right.
    pub(super) async fn verify(&self) -> Result<(bool, i64), StoreError> {
        let tip = self.tip();
        let (valid, records) = verify::verify(&self.store, &self.keys, &tip).await?;
        Ok((valid && tip.sealed, records))
    }
}

async fn nodes(store: &Store, places: &[(i64, i64)]) -> Result<HashMap<(i64, i64), Hash>, StoreError> {
    Ok(store.merkle_nodes(places).await?.into_iter().map(|node| ((node.level, node.place), node.hash)).collect())
}

async fn load(store: &Store, keys: &Keys) -> Result<Tip, StoreError> {
    // The head first: another service may start and append in between, and then the tree and the list of keys are the larger ones.
    let head = store.tree_head().await?;
    let size = store.provenance_size().await?;
    let frontier = restored(store, size).await?.ok_or(StoreError::Shape("a tree node is missing"))?;
    let last_hash = match store.get_provenance(size - 1).await? {
        Some(row) => row.hash,
        None => [0; 32],
    };
    let sealed = match head {
        None => size == 0,
        Some(head) => {
            let then = if head.size <= size { restored(store, head.size).await? } else { None };
            head_holds(&head, &keys.all(store).await?) && then.is_some_and(|then| then.root() == head.root)
        }
    };
    Ok(Tip { frontier, last_hash, sealed })
}

async fn restored(store: &Store, size: i64) -> Result<Option<Frontier>, StoreError> {
    let found = nodes(store, &peak_places(0, size)).await?;
    Ok(Frontier::restore(size, |level, place| found.get(&(level, place)).copied()))
}

/// What appending needs.
struct Appender {
    store: Arc<Store>,
    signing: Arc<Signing>,
    keys: Arc<Keys>,
}

impl Appender {
    async fn reload(&self) -> Result<Tip, StoreError> {
        load(&self.store, &self.keys).await
    }
}

async fn append_all(appender: Appender, shared: Arc<RwLock<Tip>>, mut waiting: mpsc::Receiver<Request>) {
    let mut batch: Vec<Request> = Vec::new();
    while waiting.recv_many(&mut batch, MOST_PER_COMMIT).await > 0 {
        let (drafts, replies): (Vec<_>, Vec<_>) = batch.drain(..).map(|request| (request.draft, request.reply)).unzip();
        let mut tip = shared.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut tries = 0;
        let outcome = loop {
            tries += 1;
            match append_batch(&appender.store, &appender.signing, tip, &drafts).await {
                Ok((appended, new_tip)) => {
                    *shared.write().unwrap_or_else(PoisonError::into_inner) = new_tip;
                    break Ok(appended);
                }
                Err(source) if tries == TRIES => break Err(source),
                Err(source) => match appender.reload().await {
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
    let head = tip.sealed.then(|| signing.head(tip.frontier.size(), tip.frontier.root()));
    store.append_provenance(&rows, &nodes, head.as_ref()).await?;
    Ok((rows.into_iter().zip(roots).map(|(row, root)| Appended { row, root }).collect(), tip))
}

#[cfg(test)]
mod tests;
