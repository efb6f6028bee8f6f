//! What a job writes, and over what it must not.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;

use bench_model::time::Timestamp;
use serde_json::{Value, json};

use crate::files::{Folder, ROTATE, plaintexts, stderr, versions};
use crate::moments::{CHECKPOINT, Moment, OLD, PART};

/// Every file of the folder, with what it holds.
fn all(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    folder.names().into_iter().filter(|name| name != "config").map(|name| (name.clone(), folder.read(&name))).collect()
}

#[track_caller]
fn refused(folder: &Folder, arguments: &[&str], reason: &str) -> Value {
    let before = all(folder);
    let problem = folder.fails(arguments, 2);
    assert!(problem["message"].as_str().unwrap().contains(reason), "{problem}");
    assert_eq!(all(folder), before);
    problem
}

#[test]
fn a_proof_is_not_written_over_what_the_job_needs() {
    let folder = Folder::with_records(20);
    symlink("claims.jsonl", folder.path("link")).unwrap();
    let claims = folder.path("claims.jsonl");
    std::fs::create_dir(folder.path("config/sub")).unwrap();
    let policy = "config/security_crypto_policy.json";
    for proof in [
        claims.to_str().unwrap(),
        "claims.jsonl",
        "./config/../claims.jsonl",
        "link",
        policy,
        PART,
        CHECKPOINT,
        OLD,
        "config/sub/../../.claims.jsonl.reencrypt.checkpoint.new",
    ] {
        for mode in [&[][..], &["--dry-run"]] {
            let problem = refused(&folder, &[&ROTATE[..], &["--proof", proof], mode].concat(), "would be written over");
            assert_eq!((&problem["code"], &problem["where"]["file"]), (&"CBKB101".into(), &proof.into()));
        }
    }
    assert_eq!(std::fs::read(folder.path(policy)).unwrap(), crate::files::POLICY.as_bytes());
    // What stands beside it while it is written is an output as well.
    std::fs::remove_file(folder.path("link")).unwrap();
    std::fs::rename(folder.path("claims.jsonl"), folder.path("proof.new")).unwrap();
    refused(&folder, &["rotate", "proof.new", "--ci-mode", "--proof", "proof"], "would be written over");
    refused(&folder, &["rotate", "proof.new", "--ci-mode", "--proof", "config"], "not a regular file");
}

#[test]
fn nothing_is_written_over_the_keys() {
    let folder = Folder::with_records(20);
    let key = |version: u32| {
        json!({ "key_id": "k", "tenant_id": "t", "version": version, "created": Timestamp::now(),
            "key": format!("{version:064x}") })
    };
    let keys = json!({ "keys": [key(1), key(2)] }).to_string();
    for (name, proof) in [("keys", "keys"), ("keys.new", "keys"), (PART, "proof.json"), (OLD, "proof.json")] {
        std::fs::write(folder.path(name), &keys).unwrap();
        let arguments = ["rotate", "claims.jsonl", "--key-file", name, "--proof", proof];
        refused(&folder, &arguments, "would be written over");
        std::fs::remove_file(folder.path(name)).unwrap();
    }
}

#[test]
fn a_link_where_the_job_writes_is_not_written_through() {
    let beside = format!("{CHECKPOINT}.new");
    for name in [PART, &beside, "proof.json.new"] {
        for hard in [false, true] {
            let folder = Folder::with_records(20);
            let before = plaintexts(&folder.path("claims.jsonl"));
            std::fs::write(folder.path("victim"), "of somebody else").unwrap();
            match hard {
                true => std::fs::hard_link(folder.path("victim"), folder.path(name)).unwrap(),
                false => symlink("victim", folder.path(name)).unwrap(),
            }
            let arguments = [&ROTATE[..], &["--proof", "proof.json"]].concat();
            let problem = folder.fails(&arguments, 2);
            assert!(problem["message"].as_str().unwrap().contains("is in the way"), "{problem}");
            assert_eq!(folder.read("victim"), b"of somebody else");
            assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
            std::fs::remove_file(folder.path(name)).unwrap();
            folder.done(&arguments);
            assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
            assert_eq!(folder.names(), ["claims.jsonl", "config", "proof.json", "victim"]);
        }
    }
}

#[test]
fn a_file_with_a_second_name_is_refused() {
    let folder = Folder::with_records(20);
    std::fs::hard_link(folder.path("claims.jsonl"), folder.path("other")).unwrap();
    for mode in [&[][..], &["--dry-run"]] {
        refused(&folder, &[&ROTATE[..], mode].concat(), "2 names");
    }
    // One more than a job leaves between its steps.
    let moment = Moment::between_the_steps_of_placing();
    std::fs::hard_link(moment.folder.path("claims.jsonl"), moment.folder.path("other")).unwrap();
    refused(&moment.folder, &ROTATE, "2 names");
    std::fs::remove_file(moment.folder.path("other")).unwrap();
    moment.goes_on();
}

/// Only root can give files away, and not everywhere: there is nothing to see for others.
#[test]
fn a_file_stays_its_owners() {
    const SOMEBODY: u32 = 65_534;
    let folder = Folder::with_records(20);
    let owner = || std::fs::metadata(folder.path("claims.jsonl")).map(|found| (found.uid(), found.gid())).unwrap();
    if owner().0 != 0 || chown(folder.path("claims.jsonl"), Some(SOMEBODY), Some(SOMEBODY)).is_err() {
        return;
    }
    folder.done(&ROTATE);
    assert_eq!((owner(), versions(&folder.lines())), ((SOMEBODY, SOMEBODY), [(2, 20)].into()));

    // One who may read the file and write beside it, but cannot make the new one root's.
    let folder = Folder::with_records(20);
    for (name, mode) in
        [(".", 0o777), ("config", 0o755), ("config/security_crypto_policy.json", 0o644), ("claims.jsonl", 0o644)]
    {
        std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    let before = all(&folder);
    let mut command = folder.command(&[&ROTATE[..], &["--format", "json"]].concat());
    // Where the program or the folder lies below one of root's own, nobody else can run it.
    let Ok(output) = command.uid(SOMEBODY).gid(SOMEBODY).output() else { return };
    let problem: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(problem["message"].as_str().unwrap().contains("owner"), "{problem}");
    assert_eq!(all(&folder), before);
}
