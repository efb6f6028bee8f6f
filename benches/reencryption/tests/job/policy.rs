use bench_model::time::Timestamp;
use serde_json::{Value, json};

use crate::files::{Folder, POLICY, ROTATE};

fn policy_with(key: &str, value: Value) -> String {
    let mut policy: Value = serde_json::from_str(POLICY).unwrap();
    policy[key] = value;
    policy.to_string()
}

#[test]
fn each_violation_stops_the_job_before_the_first_byte() {
    for (key, value) in [
        ("allowed_algorithms", json!(["CHACHA20-POLY1305"])),
        ("allowed_key_bits", json!([512])),
        ("minimum_key_version", json!(3)),
    ] {
        let folder = Folder::with_records(40);
        let before = folder.read("claims.jsonl");
        std::fs::write(folder.path("config/security_crypto_policy.json"), policy_with(key, value)).unwrap();
        let problem = folder.fails(&ROTATE, 2);
        assert_eq!(problem["code"], "CBKB101");
        assert!(problem["message"].as_str().unwrap().contains(key), "{problem}");
        assert_eq!(
            (folder.read("claims.jsonl"), folder.names()),
            (before, vec!["claims.jsonl".into(), "config".into()])
        );
    }
}

#[test]
fn a_record_of_another_algorithm_is_a_violation_with_its_line() {
    let folder = Folder::with_records(40);
    let mut lines = folder.lines();
    lines[6] = lines[6].replace("AES-256-GCM", "AES-128-GCM");
    folder.write_lines(&lines);
    let problem = folder.fails(&ROTATE, 2);
    assert_eq!((&problem["code"], &problem["where"]["line"]), (&"CBKB101".into(), &7.into()));
}

#[test]
fn a_nonce_used_twice_under_one_key_is_a_violation_that_names_both_lines() {
    let folder = Folder::with_records(3000);
    let mut lines = folder.lines();
    let parsed = |line: &String| serde_json::from_str::<Value>(line).unwrap();
    let first = parsed(&lines[10]);
    let of_tenant = |line: &String| parsed(line)["tenant_id"] == first["tenant_id"];
    let (twin, stranger) = (
        (2000..3000).find(|at| of_tenant(&lines[*at])).unwrap(),
        (2000..3000).find(|at| !of_tenant(&lines[*at])).unwrap(),
    );
    let with_nonce = |line: &String| {
        let mut record = parsed(line);
        record["nonce"] = first["nonce"].clone();
        record.to_string()
    };
    // Under another key it is another thing; there only the tag does not fit any more.
    let mut others = lines.clone();
    others[stranger] = with_nonce(&others[stranger]);
    folder.write_lines(&others);
    assert_eq!(folder.fails(&ROTATE, 2)["code"], "CBKB002");
    lines[twin] = with_nonce(&lines[twin]);
    folder.write_lines(&lines);
    let before = folder.read("claims.jsonl");
    let problem = folder.fails(&ROTATE, 2);
    assert_eq!((&problem["code"], &problem["where"]["line"]), (&"CBKB101".into(), &(twin + 1).into()));
    assert!(problem["message"].as_str().unwrap().contains("line 11 "), "{problem}");
    assert_eq!((folder.read("claims.jsonl"), folder.names()), (before, vec!["claims.jsonl".into(), "config".into()]));
}

#[test]
fn a_key_that_is_too_old_or_from_the_future_is_a_violation() {
    for (days, allowed) in [(80, true), (100, false), (-5, false)] {
        let folder = Folder::with_records(1);
        let now = Timestamp::now().unix();
        let key = |version: u32, days: i64| {
            json!({ "key_id": "tenant-00-claims", "tenant_id": "tenant-00", "version": version,
                "created": Timestamp::from_unix(now - days * 86_400), "key": format!("{version:064x}") })
        };
        std::fs::write(folder.path("keys"), json!({ "keys": [key(1, 900), key(2, days)] }).to_string()).unwrap();
        let problem = folder.fails(&["rotate", "claims.jsonl", "--key-file", "keys"], 2);
        assert_eq!(problem["code"] != "CBKB101", allowed, "{problem}");
    }
}

#[test]
fn of_several_keys_that_are_too_old_the_same_one_is_named_each_time() {
    let folder = Folder::with_records(1);
    let now = Timestamp::now().unix();
    let key = |number: u32| {
        json!({ "key_id": format!("key-{number:02}"), "tenant_id": "t", "version": 2,
            "created": Timestamp::from_unix(now - 900 * 86_400), "key": format!("{number:064x}") })
    };
    let keys: Vec<_> = (0..20).rev().map(key).collect();
    std::fs::write(folder.path("keys"), json!({ "keys": keys }).to_string()).unwrap();
    let problem = folder.fails(&["rotate", "claims.jsonl", "--key-file", "keys"], 2);
    assert!(problem["message"].as_str().unwrap().contains("`key-00`"), "{problem}");
}

#[test]
fn a_typing_error_in_the_policy_is_named_with_the_key_that_was_meant() {
    let folder = Folder::with_records(1);
    for (text, said) in [
        (POLICY.replace("unique_nonces", "unique_nonce"), "did you mean `unique_nonces`"),
        (POLICY.replace("true", "\"yes\""), "expected a boolean"),
        ("{}".into(), "missing field"),
        ("[]".into(), "not a JSON object"),
    ] {
        std::fs::write(folder.path("config/security_crypto_policy.json"), text).unwrap();
        let problem = folder.fails(&ROTATE, 2);
        assert_eq!(problem["code"], "CBKB101");
        assert!(problem["message"].as_str().unwrap().contains(said), "{problem}");
    }
}

#[test]
fn the_variable_names_the_policy_but_not_in_ci_mode() {
    let folder = Folder::with_records(1);
    std::fs::write(folder.path("other.json"), policy_with("minimum_key_version", json!(9))).unwrap();
    let with_variable = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        command.env("CRYPTO_POLICY_PATH", "other.json").env("REENCRYPTION_KEYS", "{}").output().unwrap()
    };
    assert_eq!(with_variable(&[&ROTATE[..], &["--dry-run"]].concat()).status.code(), Some(0));
    std::fs::remove_file(folder.path("config/security_crypto_policy.json")).unwrap();
    let without = folder.fails(&["rotate", "claims.jsonl", "--dry-run", "--ci-mode"], 2);
    assert!(without["message"].as_str().unwrap().contains("no crypto policy"), "{without}");
    let output = with_variable(&["rotate", "claims.jsonl", "--dry-run"]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("REENCRYPTION_KEYS"),
        "the policy was found, the keys are none"
    );
}

#[test]
fn test_keys_are_used_only_when_they_are_asked_for() {
    let folder = Folder::with_records(1);
    let problem = folder.fails(&["rotate", "claims.jsonl"], 2);
    assert_eq!((&problem["code"], &problem["message"]), (&"CBKB101".into(), &"there are no keys".into()));
    let output = folder.run(&["rotate", "claims.jsonl", "--ci-mode", "--key-file", "keys"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(folder.fails(&["rotate", "claims.jsonl", "--ci-mode", "--to-version", "3"], 2)["code"], "CBKB101");
}
