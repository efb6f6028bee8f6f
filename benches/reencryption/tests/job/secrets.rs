use std::process::Output;

use base64::Engine;
use bench_model::time::Timestamp;
use serde_json::json;

use crate::files::{Folder, versions};

const OLD_KEY: [u8; 32] = *b"old key, thirty-two bytes long!!";
const NEW_KEY: [u8; 32] = *b"new key, thirty-two bytes long!!";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every way in which a key could be written.
fn forms() -> Vec<String> {
    let base64 = &base64::engine::general_purpose::STANDARD_NO_PAD;
    [OLD_KEY, NEW_KEY]
        .iter()
        .flat_map(|key| {
            let raw = String::from_utf8(key.to_vec()).unwrap();
            [raw, hex(key), hex(key).to_uppercase(), base64.encode(key), format!("{key:?}")]
        })
        .collect()
}

#[track_caller]
fn holds_no_key(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        assert!(!text.contains(&form), "{what} holds a key");
    }
}

fn check(folder: &Folder, output: &Output) {
    holds_no_key("standard output", &output.stdout);
    holds_no_key("standard error", &output.stderr);
    for name in folder.names() {
        if name != "config" && name != "keys" {
            holds_no_key(&name, &folder.read(&name));
        }
    }
}

/// One record under the old key, made by hand.
fn folder() -> (Folder, String) {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let folder = Folder::new();
    let base64 = &base64::engine::general_purpose::STANDARD;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &OLD_KEY).unwrap());
    let mut payload = b"a claim".to_vec();
    let nonce = Nonce::assume_unique_for_key([5; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(b"t/c"), &mut payload).unwrap();
    let record = json!({ "tenant_id": "t", "claim_id": "c", "nonce": base64.encode([5; 12]), "key_id": "k", "key_version": 1,
        "encrypted_payload": base64.encode(payload), "alg": "AES-256-GCM", "aad": "t/c" });
    folder.write_lines(&[record.to_string()]);
    let entry = |version: u32, key: String| json!({ "key_id": "k", "tenant_id": "t", "version": version, "created": Timestamp::now(), "key": key });
    let keys = json!({ "keys": [entry(1, hex(&OLD_KEY)), entry(2, base64.encode(NEW_KEY))] }).to_string();
    (folder, keys)
}

#[test]
fn keys_of_a_file_and_of_the_environment_rotate_and_are_written_nowhere() {
    for from_file in [true, false] {
        let (folder, keys) = folder();
        let arguments = ["rotate", "claims.jsonl", "--proof", "proof.json", "-vv"];
        let mut command = folder.command(&arguments);
        if from_file {
            std::fs::write(folder.path("keys"), keys).unwrap();
            command.args(["--key-file", "keys"]);
        } else {
            command.env("REENCRYPTION_KEYS", keys);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        check(&folder, &output);
        assert_eq!(versions(&folder.lines()), [(2, 1)].into());
        let proof = folder.read("proof.json");
        let proof = String::from_utf8(proof).unwrap();
        assert!(proof.contains("\"test_keys\": false"), "{proof}");
        assert!(!proof.contains("\"k\""), "a proof names versions, not keys");
        assert!(proof.contains("\"tenant_id\": \"t\""), "one tenant is named: {proof}");
    }
}

#[test]
fn a_new_version_with_the_bytes_of_the_old_one_is_no_new_key() {
    let (folder, keys) = folder();
    let before = folder.read("claims.jsonl");
    let base64 = &base64::engine::general_purpose::STANDARD;
    let same = keys.replace(&base64.encode(NEW_KEY), &hex(&OLD_KEY).to_uppercase());
    std::fs::write(folder.path("keys"), same).unwrap();
    let problem = folder.fails(&["rotate", "claims.jsonl", "--key-file", "keys"], 2);
    assert_eq!(problem["code"], "CBKB101", "{problem}");
    assert!(problem["message"].as_str().unwrap().contains("/keys/1/key is the same as"), "{problem}");
    assert_eq!((folder.read("claims.jsonl"), folder.names().len()), (before, 3));
}

#[test]
fn a_key_file_of_test_keys_is_refused() {
    use sha2::Digest;
    let folder = Folder::with_records(1);
    let key = |version: u32| {
        let text = format!("perfledger re-encryption test key, no secret: tenant-00-claims {version}");
        json!({ "key_id": "tenant-00-claims", "tenant_id": "tenant-00", "version": version, "created": Timestamp::now(),
            "key": hex(&sha2::Sha256::digest(text)) })
    };
    std::fs::write(folder.path("keys"), json!({ "keys": [key(1), key(2)] }).to_string()).unwrap();
    let problem = folder.fails(&["rotate", "claims.jsonl", "--key-file", "keys"], 2);
    assert!(problem["message"].as_str().unwrap().contains("is a test key"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("--ci-mode"), "{problem}");
}

#[test]
fn no_error_shows_a_key() {
    let (folder, keys) = folder();
    for (from, to) in
        [("\"keys\"", "\"keyz\""), ("\"version\":1", "\"version\":\"1\""), ("]}", "]"), ("6f6c64", "6f6c6")]
    {
        let broken = keys.replacen(from, to, 1);
        assert_ne!(broken, keys);
        std::fs::write(folder.path("keys"), broken).unwrap();
        let output = folder.run(&["rotate", "claims.jsonl", "--key-file", "keys"]);
        check(&folder, &output);
    }
    // The wrong way round: everything is well-formed and no tag fits.
    std::fs::write(
        folder.path("keys"),
        keys.replace("\"version\":1", "\"version\":3").replace("\"version\":2", "\"version\":1"),
    )
    .unwrap();
    let output = folder.run(&["rotate", "claims.jsonl", "--key-file", "keys"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tag"));
    check(&folder, &output);
}

#[test]
fn a_checkpoint_holds_no_key() {
    let (folder, keys) = folder();
    std::fs::write(folder.path("keys"), &keys).unwrap();
    // A proof that cannot be written stops the job when all is done but the cleaning up.
    std::fs::create_dir(folder.path("proof.json.new")).unwrap();
    let output = folder.run(&["rotate", "claims.jsonl", "--key-file", "keys", "--proof", "proof.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(folder.names().contains(&".claims.jsonl.reencrypt.checkpoint".into()), "{:?}", folder.names());
    std::fs::remove_dir(folder.path("proof.json.new")).unwrap();
    check(&folder, &output);
    let output = folder.done(&["rotate", "claims.jsonl", "--key-file", "keys", "--proof", "proof.json"]);
    check(&folder, &output);
    assert_eq!(folder.names(), ["claims.jsonl", "config", "keys", "proof.json"]);
}
