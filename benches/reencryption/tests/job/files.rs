//! A folder with a policy and generated data, and the program run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const POLICY: &str = include_str!("../../../../config/security_crypto_policy.json");

/// A folder of its own for each test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        std::fs::create_dir(folder.path("config")).unwrap();
        std::fs::write(folder.path("config/security_crypto_policy.json"), POLICY).unwrap();
        folder
    }

    /// With `claims.jsonl` of so many records.
    pub(crate) fn with_records(records: u64) -> Self {
        let folder = Self::new();
        reencryption_bench::generate(&folder.path("claims.jsonl"), records, 7).unwrap();
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        String::from_utf8(self.read("claims.jsonl")).unwrap().lines().map(str::to_owned).collect()
    }

    pub(crate) fn write_lines(&self, lines: &[String]) {
        std::fs::write(self.path("claims.jsonl"), lines.join("\n") + "\n").unwrap();
    }

    /// Names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reencrypt"));
        command.args(arguments).current_dir(self.0.path());
        for name in ["CRYPTO_POLICY_PATH", "REENCRYPTION_KEYS", "PERFLEDGER_KEY_FILE", "PERFLEDGER_POLICY"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program, which must end well.
    pub(crate) fn done(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output
    }

    /// Runs the program, which must fail with this exit; gives its problem.
    pub(crate) fn fails(&self, arguments: &[&str], exit: i32) -> Value {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(exit), "{}", stderr(&output));
        serde_json::from_slice(&output.stderr).unwrap()
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) const ROTATE: [&str; 3] = ["rotate", "claims.jsonl", "--ci-mode"];

/// Tenant and claim -> plaintext, by a cipher that has nothing to do with the program's code. Fails when one stands there twice.
pub(crate) fn plaintexts(path: &Path) -> BTreeMap<String, Vec<u8>> {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    use base64::Engine;
    use sha2::Digest;
    let base64 = &base64::engine::general_purpose::STANDARD;
    let mut all = BTreeMap::new();
    for line in String::from_utf8(std::fs::read(path).unwrap()).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        let name = format!("{} {}", text("key_id"), record["key_version"]);
        let key = sha2::Sha256::digest(format!("perfledger re-encryption test key, no secret: {name}"));
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&base64.decode(text("nonce")).unwrap()).unwrap();
        let mut payload = base64.decode(text("encrypted_payload")).unwrap();
        let plain = key.open_in_place(nonce, Aad::from(text("aad").as_bytes()), &mut payload).unwrap().to_vec();
        assert_eq!(all.insert(text("aad"), plain), None, "{} stands there twice", text("aad"));
    }
    all
}

/// How many records stand under which version.
pub(crate) fn versions(lines: &[String]) -> BTreeMap<u64, usize> {
    let mut versions = BTreeMap::new();
    for line in lines {
        let record: Value = serde_json::from_str(line).unwrap();
        *versions.entry(record["key_version"].as_u64().unwrap()).or_default() += 1;
    }
    versions
}
