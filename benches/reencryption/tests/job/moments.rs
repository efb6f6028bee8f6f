//! The folder as a job left it that was ended at one moment between its steps.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::files::{Folder, POLICY, ROTATE, plaintexts, stderr, versions};

pub(crate) struct Moment {
    pub(crate) folder: Folder,
    /// What the records say.
    pub(crate) before: BTreeMap<String, Vec<u8>>,
    pub(crate) checkpoint: Value,
}

pub(crate) const PART: &str = ".claims.jsonl.reencrypt.part";
pub(crate) const OLD: &str = ".claims.jsonl.reencrypt.old";
pub(crate) const CHECKPOINT: &str = ".claims.jsonl.reencrypt.checkpoint";

/// When the first of three attempts began.
pub(crate) const STARTED: &str = "2026-11-01T08:00:00Z";

/// A file as a checkpoint knows it.
pub(crate) fn stamp(path: &Path) -> Value {
    let found = std::fs::metadata(path).unwrap();
    let modified = [found.mtime(), found.mtime_nsec()];
    json!({ "device": found.dev(), "inode": found.ino(), "bytes": found.len(), "modified": modified })
}

/// The policy and the keys of these tests, as a checkpoint knows them.
fn rules() -> Value {
    json!({ "policy_sha256": bench_model::Sha256::of(POLICY.as_bytes()).as_str(), "test_keys": true })
}

impl Moment {
    /// With the first `done` of 1000 records in the part.
    pub(crate) fn with_part(done: usize) -> Self {
        let folder = Folder::with_records(1000);
        let before = plaintexts(&folder.path("claims.jsonl"));
        let rotated = Folder::with_records(1000);
        rotated.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
        let bytes = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let (old, new) = (folder.lines(), rotated.lines());
        let proof = rotated.json("proof.json");
        std::fs::write(folder.path(PART), new[..done].join("\n") + "\n").unwrap();
        let checkpoint = json!({
            "schema": "perfledger/reencryption-checkpoint/1",
            "job": { "attempts": 3, "started": STARTED, "file": stamp(&folder.path("claims.jsonl")), "rules": rules() },
            "progress": {
                "phase": "rotating", "to_version": 2,
                "input": { "bytes": proof["input_bytes"], "sha256": proof["input_sha256"], "records": 1000, "key_versions": { "1": 1000 } },
                "done": { "records": done, "input_bytes": bytes(&old[..done]), "output_bytes": bytes(&new[..done]) },
            },
        });
        let moment = Self { folder, before, checkpoint };
        moment.keep();
        moment
    }

    /// The part is whole and the original has its second name; the part does not have its yet.
    pub(crate) fn between_the_steps_of_placing() -> Self {
        let mut moment = Self::with_part(1000);
        moment.phase("placing");
        std::fs::hard_link(moment.folder.path("claims.jsonl"), moment.folder.path(OLD)).unwrap();
        moment
    }

    /// The new file has its name.
    pub(crate) fn placed() -> Self {
        let mut moment = Self::with_part(1000);
        moment.phase("placing");
        let path = |name: &str| moment.folder.path(name);
        std::fs::rename(path("claims.jsonl"), path(OLD)).unwrap();
        std::fs::rename(path(PART), path("claims.jsonl")).unwrap();
        moment
    }

    pub(crate) fn phase(&mut self, phase: &str) {
        self.checkpoint["progress"]["phase"] = phase.into();
        self.keep();
    }

    pub(crate) fn keep(&self) {
        std::fs::write(self.folder.path(CHECKPOINT), self.checkpoint.to_string()).unwrap();
    }

    /// The next run must finish; gives its proof and what it said.
    pub(crate) fn goes_on(&self) -> (Value, String) {
        let output = self.folder.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
        assert_eq!(plaintexts(&self.folder.path("claims.jsonl")), self.before);
        assert_eq!(versions(&self.folder.lines()), BTreeMap::from([(2, 1000)]));
        assert_eq!(self.folder.names(), ["claims.jsonl", "config", "proof.json"]);
        (self.folder.json("proof.json"), stderr(&output))
    }
}

#[test]
fn a_part_is_gone_on_with_and_what_it_had_is_not_done_again() {
    let moment = Moment::with_part(400);
    // Written after the checkpoint, and so of no worth.
    let mut part = moment.folder.read(PART);
    part.extend_from_slice(b"{\"tenant_id\":\"half a reco");
    std::fs::write(moment.folder.path(PART), part).unwrap();
    let first_line = String::from_utf8(moment.folder.read(PART)).unwrap().lines().next().unwrap().to_owned();
    let (proof, said) = moment.goes_on();
    assert!(said.contains("going on after 400 records"), "{said}");
    assert_eq!((&proof["records_resumed"], &proof["records_reencrypted"]), (&400.into(), &600.into()));
    assert_eq!(proof["attempts"], 4);
    assert_eq!(moment.folder.lines()[0], first_line);
}

#[test]
fn a_whole_part_before_and_between_the_steps_of_placing_it() {
    let mut before = Moment::with_part(1000);
    before.phase("placing");
    for moment in [before, Moment::between_the_steps_of_placing()] {
        let proof = moment.goes_on().0;
        assert_eq!((&proof["records_resumed"], &proof["attempts"]), (&1000.into(), &4.into()));
    }
}

/// What an attempt leaves that goes on from between the steps of placing and is ended there again.
#[test]
fn a_second_name_of_the_original_is_no_original_that_is_left_over_whatever_the_checkpoint_says() {
    let mut moment = Moment::between_the_steps_of_placing();
    moment.phase("rotating");
    assert_eq!(moment.goes_on().0["records_resumed"], 1000);
    let mut moment = Moment::between_the_steps_of_placing();
    moment.checkpoint.as_object_mut().unwrap().remove("progress");
    moment.keep();
    assert_eq!(moment.goes_on().0["records_reencrypted"], 1000);
    let moment = Moment::between_the_steps_of_placing();
    std::fs::remove_file(moment.folder.path(CHECKPOINT)).unwrap();
    assert_eq!(moment.goes_on().0["records_reencrypted"], 1000);
    let moment = Moment::between_the_steps_of_placing();
    std::fs::remove_file(moment.folder.path(PART)).unwrap();
    let (proof, said) = moment.goes_on();
    assert!(said.contains("not there any more"), "{said}");
    assert_eq!((&proof["records_reencrypted"], &proof["attempts"]), (&1000.into(), &4.into()));
}

#[test]
fn an_original_that_is_another_file_is_kept_whatever_the_checkpoint_says() {
    for phase in ["rotating", "placing"] {
        let mut moment = Moment::with_part(1000);
        moment.phase(phase);
        std::fs::write(moment.folder.path(OLD), "what was").unwrap();
        let problem = moment.folder.fails(&ROTATE, 2);
        assert!(problem["message"].as_str().unwrap().contains("no checkpoint explains"), "{problem}");
        assert_eq!(moment.folder.read(OLD), b"what was");
    }
}

#[test]
fn a_record_that_is_refused_between_the_steps_of_placing_leaves_only_the_file() {
    let mut moment = Moment::between_the_steps_of_placing();
    let mut lines = moment.folder.lines();
    let at = lines[122].find("encrypted_payload").unwrap() + 25;
    let other = if lines[122].as_bytes()[at] == b'A' { "B" } else { "A" };
    lines[122].replace_range(at..=at, other);
    // In place: both names stay those of one file.
    moment.folder.write_lines(&lines);
    let bytes = moment.folder.read("claims.jsonl");
    moment.checkpoint["progress"]["input"]["sha256"] = bench_model::Sha256::of(&bytes).as_str().into();
    moment.keep();
    assert_eq!(moment.folder.fails(&ROTATE, 2)["where"]["line"], 123);
    assert_eq!(moment.folder.names(), ["claims.jsonl", "config"]);
    assert_eq!(moment.folder.read("claims.jsonl"), bytes);
}

#[test]
fn a_new_file_in_place_that_was_not_verified_yet() {
    let (proof, said) = Moment::placed().goes_on();
    assert!(said.contains("verified now"), "{said}");
    assert_eq!((&proof["records_resumed"], &proof["sample_verified"]), (&1000.into(), &1000.into()));
    assert_eq!(proof["attempts"], 4);
    assert_eq!(proof.get("records_per_second"), None);
}

#[test]
fn a_new_file_in_place_that_does_not_verify_keeps_the_original() {
    let mut moment = Moment::with_part(1000);
    moment.phase("placing");
    let path = |name: &str| moment.folder.path(name);
    let original = moment.folder.read("claims.jsonl");
    std::fs::rename(path("claims.jsonl"), path(OLD)).unwrap();
    std::fs::remove_file(path(PART)).unwrap();
    let mut lines: Vec<String> = String::from_utf8(original.clone()).unwrap().lines().map(str::to_owned).collect();
    lines.swap(3, 4);
    moment.folder.write_lines(&lines);
    let problem = moment.folder.fails(&ROTATE, 1);
    assert_eq!(problem["where"]["line"], 1, "{problem}");
    assert_eq!(moment.folder.read(OLD), original);
}

#[test]
fn a_line_that_is_added_to_the_original_after_the_new_file_took_its_name_is_not_lost() {
    let moment = Moment::placed();
    let longer = Folder::with_records(1001);
    std::fs::write(moment.folder.path(OLD), longer.read("claims.jsonl")).unwrap();
    let problem = moment.folder.fails(&[&ROTATE[..], &["--proof", "proof.json"]].concat(), 2);
    assert!(problem["message"].as_str().unwrap().contains("was changed while"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("reencrypt.old"), "{problem}");
    assert_eq!(moment.folder.read(OLD), longer.read("claims.jsonl"));
    assert!(!moment.folder.path("proof.json").exists());
    // What the hint says.
    std::fs::rename(moment.folder.path(OLD), moment.folder.path("claims.jsonl")).unwrap();
    moment.folder.done(&ROTATE);
    assert_eq!(plaintexts(&moment.folder.path("claims.jsonl")), plaintexts(&longer.path("claims.jsonl")));
    assert_eq!(moment.folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn a_file_that_was_written_anew_between_two_attempts_and_says_the_same_is_not_one_that_changed() {
    let moment = Moment::with_part(400);
    let bytes = moment.folder.read("claims.jsonl");
    std::fs::write(moment.folder.path("copy"), bytes).unwrap();
    std::fs::rename(moment.folder.path("copy"), moment.folder.path("claims.jsonl")).unwrap();
    assert_eq!(moment.goes_on().0["records_resumed"], 400);
}

#[test]
fn an_original_that_has_further_names_is_not_given_up() {
    let moment = Moment::placed();
    std::fs::hard_link(moment.folder.path(OLD), moment.folder.path("other")).unwrap();
    let problem = moment.folder.fails(&ROTATE, 2);
    assert!(problem["message"].as_str().unwrap().contains("2 names"), "{problem}");
    std::fs::remove_file(moment.folder.path("other")).unwrap();
    moment.goes_on();
}

#[test]
fn a_new_file_in_place_is_finished_under_the_rules_that_it_was_planned_under_and_no_others() {
    for (key, other) in [("policy_sha256", Value::from("0".repeat(64))), ("test_keys", false.into())] {
        let mut moment = Moment::placed();
        moment.checkpoint["job"]["rules"][key] = other;
        moment.keep();
        let problem = moment.folder.fails(&[&ROTATE[..], &["--proof", "proof.json"]].concat(), 2);
        assert_eq!(problem["code"], "CBKB101", "{problem}");
        assert!(problem["message"].as_str().unwrap().contains("was planned under"), "{problem}");
        assert!(moment.folder.path(OLD).exists() && !moment.folder.path("proof.json").exists());
        moment.checkpoint["job"]["rules"] = rules();
        moment.keep();
        moment.goes_on();
    }
}

#[test]
fn a_part_is_planned_anew_under_the_policy_that_is_given_now() {
    let mut moment = Moment::with_part(400);
    moment.checkpoint["job"]["rules"]["policy_sha256"] = "0".repeat(64).into();
    moment.keep();
    let (proof, _) = moment.goes_on();
    assert_eq!(proof["policy_sha256"], rules()["policy_sha256"]);
    assert_eq!(proof["records_resumed"], 400);
}

#[test]
fn an_account_that_nobody_was_given_is_given_by_the_next_run() {
    let mut moment = Moment::with_part(1000);
    moment.phase("placing");
    let path = |name: &str| moment.folder.path(name);
    let finished = Folder::with_records(1000);
    finished.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
    std::fs::rename(path(PART), path("claims.jsonl")).unwrap();
    let proof = finished.json("proof.json");
    moment.checkpoint["proven"] = json!({ "file": stamp(&path("claims.jsonl")), "proof": proof });
    moment.keep();
    // A full device in place of a reader: it is not forgotten before it is told.
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(moment.folder.command(&ROTATE).stdout(full).status().unwrap().code(), Some(2));
    // Nor is it for the next rotation.
    moment.checkpoint["proven"]["proof"]["key_version_to"] = 3.into();
    moment.keep();
    let other = moment.folder.fails(&ROTATE, 2);
    assert!(other["message"].as_str().unwrap().contains("to version 3, which has to be finished first"), "{other}");
    moment.checkpoint["proven"]["proof"]["key_version_to"] = 2.into();
    moment.keep();
    // A policy that was written anew since, and says more, changes nothing of what is done.
    std::fs::write(moment.folder.path("config/security_crypto_policy.json"), format!("{POLICY}\n")).unwrap();
    let output = moment.folder.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\"mttr\"") && told.contains("records_compared"), "{told}");
    assert_eq!(moment.folder.json("proof.json"), proof);
    assert_eq!(moment.folder.names(), ["claims.jsonl", "config", "proof.json"]);
    // Of a file that was written to since, it would not be true.
    moment.keep();
    moment.folder.write_lines(&moment.folder.lines());
    assert!(moment.folder.done(&ROTATE).stdout.is_empty());
}

#[test]
fn a_finished_job_of_which_only_the_checkpoint_was_left() {
    let mut moment = Moment::with_part(1000);
    moment.phase("placing");
    std::fs::rename(moment.folder.path(PART), moment.folder.path("claims.jsonl")).unwrap();
    moment.folder.done(&ROTATE);
    assert_eq!(moment.folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn a_part_that_cannot_be_trusted_is_thrown_away_with_a_reason() {
    type Change = fn(&mut Moment);
    let changes: [(&str, Change); 5] = [
        ("the file was changed", |moment| moment.checkpoint["progress"]["input"]["sha256"] = "0".repeat(64).into()),
        ("not there any more", |moment| std::fs::write(moment.folder.path(PART), "").unwrap()),
        ("tag does not fit", |moment| {
            let text = String::from_utf8(moment.folder.read(PART)).unwrap();
            let at = text.find("encrypted_payload").unwrap() + 30;
            let mut bytes = text.into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            std::fs::write(moment.folder.path(PART), bytes).unwrap();
        }),
        ("line 1 of what it wrote", |moment| {
            let part = String::from_utf8(moment.folder.read(PART)).unwrap();
            let mut lines: Vec<_> = part.lines().collect();
            lines.reverse();
            std::fs::write(moment.folder.path(PART), lines.join("\n") + "\n").unwrap();
        }),
        ("it was to key version 5", |moment| moment.checkpoint["progress"]["to_version"] = 5.into()),
    ];
    for (number, (reason, change)) in changes.into_iter().enumerate() {
        let mut moment = Moment::with_part(400);
        change(&mut moment);
        moment.keep();
        let (proof, said) = moment.goes_on();
        assert!(said.contains(reason), "{said}");
        assert_eq!(proof["records_resumed"], 0);
        // Lost work is done again by the same job. Only another file is another job.
        if number == 0 {
            assert_eq!(proof["attempts"], 1);
            assert_ne!(proof["started"], STARTED);
        } else {
            assert_eq!((&proof["attempts"], &proof["started"]), (&4.into(), &STARTED.into()));
        }
    }
}
