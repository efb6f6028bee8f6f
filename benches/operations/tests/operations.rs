//! That what is measured is what it is called: each operation gives the answer that its standard says, and refuses what is wrong.

use std::fs;

use baseline_manager::{Mainline, Place, Record, Store, store_historical_data, verify};
use bench_model::ledger::{Body, Chain, Line, read_line};
use ed25519_dalek::{Signer, SigningKey};
use operations_bench::{ledger, message, run, segment, time};
use sha2::Digest;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_digests_are_those_of_their_standards() {
    // FIPS 180-4's example `abc`; BLAKE3's published digest of nothing.
    assert_eq!(hex(&sha2::Sha256::digest(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(blake3::hash(b"").to_hex().as_str(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

#[test]
fn a_signature_holds_for_its_message_alone() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let message = message(64);
    let signature = key.sign(&message);
    assert!(key.verifying_key().verify_strict(&message, &signature).is_ok());
    let mut other = message.clone();
    other[63] ^= 1;
    assert!(key.verifying_key().verify_strict(&other, &signature).is_err());
}

#[test]
fn messages_are_the_same_everywhere_and_have_no_pattern() {
    let bytes = message(1024);
    assert_eq!(bytes, message(1024));
    let different = bytes.iter().collect::<std::collections::BTreeSet<_>>().len();
    assert!(different > 200, "{different} of 256 bytes occur");
}

#[test]
fn the_ledger_that_is_verified_holds_and_one_changed_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let text = ledger(50).unwrap();
    fs::write(folder.path().join(segment()), &text).unwrap();
    let store = Store::open(&Place::Folder(folder.path().to_path_buf()), folder.path()).unwrap();
    assert_eq!(verify(&store, None).unwrap().lines, 50);
    let mut changed = text.clone();
    let at = text.len() / 2;
    changed[at] ^= 1;
    fs::write(folder.path().join(segment()), changed).unwrap();
    assert!(verify(&store, None).is_err());
}

#[test]
fn ten_thousand_lines_lie_in_one_segment() {
    assert_eq!(segment(), format!("{}.jsonl", time(10_000).month()));
}

#[test]
fn an_append_adds_one_line_behind_those_that_stand_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(segment()), ledger(9).unwrap()).unwrap();
    let store = Store::open(&Place::Folder(folder.path().to_path_buf()), folder.path()).unwrap();
    let main = Mainline { branch: "main", project: folder.path() };
    let appended = store_historical_data(&store, &Record::from(run(10).unwrap()), &main, time(10)).unwrap();
    assert_eq!((appended.seq, appended.appended), (10, true));
    let text = fs::read(folder.path().join(segment())).unwrap();
    assert_eq!(text, ledger(10).unwrap(), "byte for byte what a ledger of ten is");
}

#[test]
fn each_line_is_a_run_of_twelve_metrics() {
    let text = ledger(3).unwrap();
    let (mut reader, mut chain, mut seen) = (text.as_slice(), Chain::default(), 0);
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line, 1 << 20).unwrap() == Line::Whole {
        let entry = chain.check(&line).unwrap();
        assert!(matches!(&entry.body, Body::Run(run) if run.metrics.len() == 12));
        line.clear();
        seen += 1;
    }
    assert_eq!(seen, 3);
}
