use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::files::{Folder, POLICY, ROTATE, plaintexts, versions};

#[test]
fn equal_seeds_give_equal_bytes_and_others_do_not() {
    let folder = Folder::new();
    for (seed, name) in [("3", "a"), ("3", "b"), ("4", "c")] {
        folder.done(&["generate", "--records", "500", "--seed", seed, "--out", name]);
    }
    assert_eq!(folder.read("a"), folder.read("b"));
    assert_ne!(folder.read("a"), folder.read("c"));
    let line = String::from_utf8(folder.read("a")).unwrap().lines().next().unwrap().to_owned();
    let record: Value = serde_json::from_str(&line).unwrap();
    let keys: BTreeSet<_> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["tenant_id", "claim_id", "nonce", "encrypted_payload", "key_id", "key_version", "alg", "aad"];
    assert_eq!(keys, expected.into());
}

#[test]
fn every_record_says_the_same_under_the_new_version_with_a_nonce_of_its_own() {
    let folder = Folder::with_records(3000);
    let before = plaintexts(&folder.path("claims.jsonl"));
    let old_lines = folder.lines();
    folder.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
    assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
    let lines = folder.lines();
    assert_eq!(versions(&lines), BTreeMap::from([(2, 3000)]));
    let nonce = |line: &String| serde_json::from_str::<Value>(line).unwrap()["nonce"].as_str().unwrap().to_owned();
    let nonces: BTreeSet<_> = old_lines.iter().chain(&lines).map(nonce).collect();
    assert_eq!(nonces.len(), 6000);
    assert_eq!(folder.names(), ["claims.jsonl", "config", "proof.json"]);
}

#[test]
fn the_proof_and_the_lines_for_the_collector_say_what_was_done() {
    let folder = Folder::with_records(2500);
    let before = bench_model::Sha256::of(&folder.read("claims.jsonl"));
    let output =
        folder.done(&[&ROTATE[..], &["--proof", "proof.json", "--sample", "100", "--dataset-seed", "7"]].concat());
    let proof = folder.json("proof.json");
    let after = folder.read("claims.jsonl");
    for (key, expected) in [
        ("dry_run", Value::from(false)),
        ("dataset_seed", 7.into()),
        ("test_keys", true.into()),
        ("records_planned", 2500.into()),
        ("records_reencrypted", 2500.into()),
        ("records_resumed", 0.into()),
        ("records_compared", 2500.into()),
        ("sample_size", 100.into()),
        ("sample_verified", 100.into()),
        ("input_sha256", before.as_str().into()),
        ("output_sha256", bench_model::Sha256::of(&after).as_str().into()),
        ("output_bytes", after.len().into()),
        ("key_versions_from", vec![1].into()),
        ("key_version_to", 2.into()),
        ("alg", "AES-256-GCM".into()),
    ] {
        assert_eq!(proof[key], expected, "{key}");
    }
    assert!(proof["cpu_seconds"].as_f64().unwrap() > 0.0);
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let metrics: Vec<_> = lines.iter().filter_map(|line| line["metric"].as_str()).collect();
    assert_eq!(metrics, ["records_per_second", "bytes_per_second", "mttr"]);
    assert_eq!(lines.len(), 4);
    let account: bench_model::proof::Proof = serde_json::from_value(lines[3]["proof"].clone()).unwrap();
    assert_eq!((account.planned, account.done, account.sampled, account.verified), (2500, 2500, 100, 100));
    assert_eq!(account.shortfall(), None);
    assert_eq!(account.output.unwrap().sha256, bench_model::Sha256::of(&after));
    let fact = |name: &str| account.facts.get(name).map(String::as_str);
    assert_eq!((fact("dataset"), fact("tenants"), fact("tenant_id")), (Some("claims.jsonl"), Some("16"), None));
    let time = |name: &str| fact(name).unwrap().parse::<bench_model::time::Timestamp>().unwrap();
    assert!(time("started") <= time("recovered"));
    let rate = lines[0]["value"].as_f64().unwrap();
    assert!((rate * lines[2]["value"].as_f64().unwrap() / 2500.0 - 1.0).abs() < 1e-9);
}

#[test]
fn a_dry_run_writes_nothing_and_says_so() {
    let folder = Folder::with_records(1000);
    let before = folder.read("claims.jsonl");
    let output = folder.done(&[&ROTATE[..], &["--dry-run"]].concat());
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let account: bench_model::proof::Proof = serde_json::from_value(said["proof"].clone()).unwrap();
    assert!(account.shortfall().unwrap().contains("dry run"));
    assert_eq!(folder.read("claims.jsonl"), before);
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
    folder.done(&[&ROTATE[..], &["--dry-run", "--proof", "proof.json"]].concat());
    let proof = folder.json("proof.json");
    assert_eq!((&proof["dry_run"], &proof["records_planned"]), (&true.into(), &1000.into()));
    assert_eq!((&proof["records_reencrypted"], &proof["sample_verified"]), (&0.into(), &0.into()));
    for key in ["output_sha256", "records_per_second", "compromise_to_recovery_seconds", "durable_seconds"] {
        assert_eq!(proof.get(key), None, "{key}");
    }
}

#[test]
fn a_second_rotation_finds_nothing_to_do_and_proves_nothing() {
    let folder = Folder::with_records(200);
    folder.done(&ROTATE);
    let after = folder.read("claims.jsonl");
    let output = folder.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
    assert!(output.stdout.is_empty());
    assert_eq!(folder.read("claims.jsonl"), after);
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn a_dry_run_of_a_rotated_file_plans_nothing() {
    let folder = Folder::with_records(200);
    folder.done(&ROTATE);
    let output = folder.done(&[&ROTATE[..], &["--dry-run", "--proof", "proof.json"]].concat());
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing to do"));
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn a_proof_calls_the_records_what_it_is_told_to_and_takes_no_path_for_a_name() {
    let folder = Folder::with_records(20);
    for name in ["", ".", "..", "a/b", "/etc/passwd", "a\\b", "a\nb", "\u{1b}[31m", &"x".repeat(256)] {
        let output = folder.run(&[&ROTATE[..], &["--dataset-name", name]].concat());
        assert_eq!(output.status.code(), Some(2), "{name:?}");
    }
    let output = folder.done(&[&ROTATE[..], &["--dataset-name", "claims 1.jsonl", "--proof", "proof.json"]].concat());
    assert_eq!(folder.json("proof.json")["dataset"], "claims 1.jsonl");
    assert!(String::from_utf8_lossy(&output.stdout).contains(r#""dataset":"claims 1.jsonl""#));
}

#[test]
fn nobody_can_say_beforehand_which_records_a_rotation_opens_again() {
    let folder = Folder::with_records(20);
    let before = folder.read("claims.jsonl");
    assert_eq!(folder.run(&[&ROTATE[..], &["--seed", "1"]].concat()).status.code(), Some(2));
    assert_eq!(folder.read("claims.jsonl"), before);
    // A verification is no evidence of a rotation, and may be repeated.
    folder.done(&["verify", "claims.jsonl", "--ci-mode", "--seed", "1"]);
}

#[test]
fn any_json_of_the_keys_is_rotated_too() {
    let folder = Folder::with_records(50);
    let before = plaintexts(&folder.path("claims.jsonl"));
    let mut lines = folder.lines();
    for line in &mut lines[10..20] {
        let record: Value = serde_json::from_str(line).unwrap();
        // Sorted keys, indented by blanks, a slash escaped.
        *line = record.to_string().replace(',', " ,\t").replace('/', "\\/");
    }
    folder.write_lines(&lines);
    folder.done(&ROTATE);
    assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
}

#[test]
fn a_rotated_file_verifies_with_every_tag_and_one_altered_byte_does_not() {
    let folder = Folder::with_records(500);
    folder.done(&ROTATE);
    let output = folder.done(&["verify", "claims.jsonl", "--ci-mode", "--all"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found["records"], &found["tags_checked"]), (&500.into(), &500.into()));
    assert_eq!(found["key_versions"], serde_json::json!({"2": 500}));
    let sampled = folder.done(&["verify", "claims.jsonl", "--ci-mode", "--sample", "20"]);
    assert_eq!(serde_json::from_slice::<Value>(&sampled.stdout).unwrap()["tags_checked"], 20);
    let mut lines = folder.lines();
    let at = lines[122].find("encrypted_payload").unwrap() + 25;
    let other = if lines[122].as_bytes()[at] == b'A' { "B" } else { "A" };
    lines[122].replace_range(at..=at, other);
    folder.write_lines(&lines);
    let problem = folder.fails(&["verify", "claims.jsonl", "--ci-mode", "--all"], 1);
    assert_eq!((&problem["code"], &problem["where"]["line"]), (&"CBKB002".into(), &123.into()));
}

#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::with_records(20);
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(folder.path("claims.jsonl"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("claims.jsonl", folder.path("link")).unwrap();
    folder.done(&["rotate", "link", "--ci-mode"]);
    assert!(folder.path("link").is_symlink());
    assert_eq!(mode("claims.jsonl"), 0o640);
    assert_eq!(versions(&folder.lines()), BTreeMap::from([(2, 20)]));
}

#[test]
fn the_committed_policy_is_one_that_can_be_used() {
    let folder = Folder::new();
    std::fs::write(folder.path("p.json"), POLICY).unwrap();
    assert!(reencryption_bench::Policy::from_file(&folder.path("p.json")).is_ok());
}
