//! What somebody who can write to the database changes is seen, with the service running and after its restart.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, params};

use super::{Chain, Draft};
use crate::metrics::Metrics;
use crate::settings::{Data, Settings};
use crate::store::Store;
use crate::trust::keys::Keys;
use crate::trust::merkle::Frontier;
use crate::trust::record::{Signing, record_hash};

async fn open(directory: &Path) -> (Arc<Store>, Chain) {
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: Data::Directory(directory.to_owned()),
        database_url: None,
        redis_url: None,
        api_key: None,
        plugins: 1,
        max_in_flight: 1,
        reviewers: 0,
        review_time: Duration::from_secs(1),
        upstream: None,
        allow_faults: false,
        slow_start: Duration::ZERO,
        threads: None,
        pool: None,
        reuse_port: false,
    };
    let store = Arc::new(Store::open(&settings, Arc::new(Metrics::new())).await.unwrap());
    let signing = Signing::of_directory(directory).unwrap();
    let chain = Chain::open(Arc::clone(&store), signing, Keys::of(Some(directory))).await.unwrap();
    (store, chain)
}

async fn append(chain: &Chain, number: usize) {
    let draft = Draft {
        entity_type: "t".to_owned(),
        entity_id: format!("e{number}"),
        action: "a".to_owned(),
        actor: "b".to_owned(),
        payload: "{}".to_owned(),
    };
    chain.append(draft).await.unwrap();
}

/// A chain that is tampered with is invalid while the service runs on, after restarts, and with records appended since.
async fn is_seen<F: Future<Output = ()>>(tamper: impl Fn(Arc<Store>, Connection) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let (store, chain) = open(folder.path()).await;
    for number in 0..11 {
        append(&chain, number).await;
    }
    assert_eq!(chain.verify().await.unwrap(), (true, 11));
    tamper(Arc::clone(&store), Connection::open(folder.path().join("store.sqlite")).unwrap()).await;
    assert!(!chain.verify().await.unwrap().0, "running");
    store.close();
    for restart in ["restarted", "restarted again"] {
        let (store, chain) = open(folder.path()).await;
        assert!(!chain.verify().await.unwrap().0, "{restart}");
        append(&chain, 99).await;
        assert!(!chain.verify().await.unwrap().0, "{restart}, with another record");
        store.close();
    }
}

#[tokio::test]
async fn an_untouched_chain_is_valid_over_restarts_and_with_a_new_key_beside_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let (store, chain) = open(folder.path()).await;
        assert_eq!(chain.verify().await.unwrap(), (true, round * 300));
        for number in 0..300 {
            append(&chain, number).await;
        }
        assert_eq!(chain.verify().await.unwrap(), (true, round * 300 + 300));
        store.close();
        if round == 1 {
            std::fs::remove_file(folder.path().join("signing.key")).unwrap();
        }
    }
    // Forgetting the former key is forgetting what it signed.
    let list = folder.path().join("signing.keys");
    let keys = std::fs::read_to_string(&list).unwrap();
    let last = keys.lines().rfind(|line| !line.is_empty()).unwrap();
    std::fs::write(&list, last).unwrap();
    assert!(!open(folder.path()).await.1.verify().await.unwrap().0);
}

#[tokio::test]
async fn a_payload_rewritten_and_signed_with_a_new_key_is_seen() {
    // The whole chain is made anew from the changed record on, as well as anybody can who has not the key.
    is_seen(|store, database| async move {
        let key = Signing::generate().unwrap();
        let mut tree = Frontier::default();
        let mut last_hash = [0; 32];
        for mut row in store.provenance_from(0, 100).await.unwrap() {
            if row.leaf_index >= 5 {
                row.payload = r#"{"changed":true}"#.to_owned();
                row.prev_hash = last_hash;
                row.public_key = key.public_key();
                row.hash = record_hash(&row);
                row.signature = key.sign(&row.hash);
                let update = "UPDATE provenance SET payload = ?1, prev_hash = ?2, public_key = ?3, hash = ?4, signature = ?5 WHERE leaf_index = ?6";
                let changed =
                    params![row.payload, row.prev_hash, row.public_key, row.hash, row.signature, row.leaf_index];
                assert_eq!(database.execute(update, changed).unwrap(), 1);
            }
            for node in tree.append(super::leaf_hash(&row.hash)) {
                let update = "UPDATE merkle_nodes SET hash = ?1 WHERE level = ?2 AND place = ?3";
                assert_eq!(database.execute(update, params![node.hash, node.level, node.place]).unwrap(), 1);
            }
            last_hash = row.hash;
        }
        let head = key.head(tree.size(), tree.root());
        let update = "UPDATE tree_head SET root = ?1, public_key = ?2, signature = ?3";
        assert_eq!(database.execute(update, params![head.root, head.public_key, head.signature]).unwrap(), 1);
        let list = "INSERT INTO signing_keys (public_key) VALUES (?1)";
        database.execute(list, params![key.public_key()]).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_seen() {
    is_seen(|_, database| async move {
        assert_eq!(database.execute("DELETE FROM provenance WHERE leaf_index >= 8", []).unwrap(), 3);
        let nodes = "DELETE FROM merkle_nodes WHERE (place + 1) << level > 8";
        assert!(database.execute(nodes, []).unwrap() > 3);
    })
    .await;
}

#[tokio::test]
async fn a_chain_whose_head_was_taken_away_is_not_valid() {
    is_seen(|_, database| async move {
        assert_eq!(database.execute("DELETE FROM tree_head", []).unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_inner_node_that_was_overwritten_or_lost_is_seen() {
    // Below the peaks: neither the root nor the next append reads it, but proofs do.
    for change in ["UPDATE merkle_nodes SET hash = zeroblob(32)", "DELETE FROM merkle_nodes"] {
        is_seen(|_, database| async move {
            assert_eq!(database.execute(&format!("{change} WHERE level = 1 AND place = 2"), []).unwrap(), 1);
        })
        .await;
    }
}
