//! What a job did, as a record that others can check. It holds counts, digests, times, key versions and whose records they
//! are when they are one tenant's: no key, no name of one.

use std::path::Path;

use bench_model::Sha256;
use bench_model::proof::DataDigest;
use bench_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Error, place};

/// The schema name of this version of the proof.
pub(crate) const SCHEMA: &str = "perfledger/reencryption-proof/1";

/// What a rotation, or its dry run, did. What was not measured is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The schema name.
    pub schema: String,
    /// The file's name, without its folder, or the name that whoever asked for the job gives the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The seed that the records were made with, as whoever asked for the job says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_seed: Option<u64>,
    /// How many tenants the records are of; absent when an earlier attempt planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenants: Option<u64>,
    /// The tenant, when there is one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Only planned: nothing was encrypted.
    pub dry_run: bool,
    /// The keys were test keys, which anyone can make.
    pub test_keys: bool,
    /// Records that the plan found.
    pub records_planned: u64,
    /// Records that this attempt re-encrypted.
    pub records_reencrypted: u64,
    /// Records that earlier attempts had re-encrypted, opened again by this one.
    pub records_resumed: u64,
    /// Records of the finished file that were read back and stand in the original, at the same place, under the old version.
    pub records_compared: u64,
    /// Attempts, this one among them.
    pub attempts: u32,
    /// Records chosen at random, to be opened in both files.
    pub sample_size: u64,
    /// Of those, the ones that said the same in both.
    pub sample_verified: u64,
    /// Size of the original in bytes.
    pub input_bytes: u64,
    /// Digest of the original.
    pub input_sha256: Sha256,
    /// Size of the finished file in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<u64>,
    /// Digest of the finished file, as it was read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_sha256: Option<Sha256>,
    /// Key versions of the original, in order.
    pub key_versions_from: Vec<u32>,
    /// The version rotated to.
    pub key_version_to: u32,
    /// The algorithm of both.
    pub alg: String,
    /// Digest of the crypto policy.
    pub policy_sha256: Sha256,
    /// Worker threads.
    pub threads: u64,
    /// When the first attempt began.
    pub started: Timestamp,
    /// When the old key was compromised, as whoever asked for the job says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compromised_at: Option<Timestamp>,
    /// When this one ended.
    pub completed: Timestamp,
    /// This attempt in all, verification included: seconds by the monotonic clock.
    pub wall_seconds: f64,
    /// Its processor time, of all threads.
    pub cpu_seconds: f64,
    /// The most memory that it held, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_rss_bytes: Option<u64>,
    /// Seconds of this attempt until the plan was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_seconds: Option<f64>,
    /// Seconds of this attempt until the last record was durable under the new key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable_seconds: Option<f64>,
    /// Until the last record was durable under the new key, from `compromised_at`, or where that is absent from the first attempt's
    /// begin: by the monotonic clock when there was one attempt that counts from its begin, else by the system's, from
    /// the begin of the second in which it began. An upper bound when an earlier attempt got that far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compromise_to_recovery_seconds: Option<f64>,
    /// Records of this attempt for each of its seconds until they were durable, planning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records_per_second: Option<f64>,
    /// Bytes of the original that this attempt re-encrypted, for each of the same seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<f64>,
}

impl Proof {
    /// Writes it as indented JSON.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| Error::write(path)(error.into()))?;
        text.push(b'\n');
        place::replace(path, &text)
    }

    /// What the `process` collector reads on standard output: metric lines, where something was measured, and the proof on one line.
    #[must_use]
    pub fn lines(&self) -> String {
        let metrics = [
            ("records_per_second", self.records_per_second, "1/s", "higher"),
            ("bytes_per_second", self.bytes_per_second, "B/s", "higher"),
            ("mttr", self.compromise_to_recovery_seconds, "s", "lower"),
        ];
        let mut text = String::new();
        for (metric, value, unit, direction) in metrics {
            if let Some(value) = value {
                let line = json!({ "metric": metric, "value": value, "unit": unit, "direction": direction });
                text.push_str(&format!("{line}\n"));
            }
        }
        let account = json!({ "proof": self.account() });
        text.push_str(&format!("{account}\n"));
        text
    }

    /// The same in the form that all measured programs share.
    fn account(&self) -> bench_model::proof::Proof {
        let from: Vec<String> = self.key_versions_from.iter().map(u32::to_string).collect();
        let (since, from_where) = self.compromised_at.map_or((self.started, "job"), |at| (at, "given"));
        // In whole seconds, as all times in files are, and none of them too early: of a single attempt the seconds count from a moment
        // within that second, and else from its begin.
        let within = i64::from(self.attempts == 1 && self.compromised_at.is_none());
        let recovered = |seconds: f64| {
            Timestamp::from_unix(since.unix().saturating_add(seconds.ceil() as i64 + within)).to_string()
        };
        let known = [
            ("dataset", self.dataset.clone()),
            ("seed", self.dataset_seed.map(|seed| seed.to_string())),
            ("recovered", self.compromise_to_recovery_seconds.map(recovered)),
            ("tenant_id", self.tenant_id.clone()),
            ("tenants", self.tenants.map(|tenants| tenants.to_string())),
        ];
        let facts = [
            ("alg", self.alg.clone()),
            ("attempts", self.attempts.to_string()),
            ("compromise", from_where.to_owned()),
            ("key_version_to", self.key_version_to.to_string()),
            ("key_versions_from", from.join(" ")),
            ("policy_sha256", self.policy_sha256.as_str().to_owned()),
            ("records_compared", self.records_compared.to_string()),
            ("started", since.to_string()),
            ("test_keys", self.test_keys.to_string()),
        ];
        let output = self.output_sha256.clone().zip(self.output_bytes);
        bench_model::proof::Proof {
            work: "reencryption".into(),
            dry_run: self.dry_run,
            planned: self.records_planned,
            done: self.records_reencrypted + self.records_resumed,
            resumed: self.records_resumed,
            sampled: self.sample_size,
            verified: self.sample_verified,
            input: DataDigest { sha256: self.input_sha256.clone(), bytes: self.input_bytes },
            output: output.map(|(sha256, bytes)| DataDigest { sha256, bytes }),
            facts: facts
                .into_iter()
                .chain(known.into_iter().filter_map(|(name, fact)| Some((name, fact?))))
                .map(|(name, fact)| (name.to_owned(), fact))
                .collect(),
        }
    }
}
