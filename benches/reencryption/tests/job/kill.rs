use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::files::{Folder, ROTATE, plaintexts, stderr, versions};

/// Delays drawn without a crate: uneven, and other ones in each run of the tests.
fn delay(most: Duration) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    most.mul_f64((RandomState::new().hash_one(1) >> 11) as f64 / (1_u64 << 53) as f64)
}

/// Ends the job at `kills` random points, then lets it finish. Gives the last proof, and how often it was resumed.
fn kill(folder: &Folder, kills: u32, most: Duration) -> (Value, u32) {
    let arguments = [&ROTATE[..], &["--proof", "proof.json"]].concat();
    let mut resumed = 0;
    let mut killed = 0;
    while killed < kills {
        let mut child = folder.command(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(delay(most));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let text = stderr(&output);
        resumed += u32::from(text.contains("going on after"));
        if output.status.success() {
            break;
        }
        // A problem would have ended it otherwise than the kill did.
        assert_eq!(output.status.code(), None, "{text}");
        killed += 1;
    }
    let output = folder.done(&arguments);
    resumed += u32::from(stderr(&output).contains("going on after"));
    (folder.json("proof.json"), resumed)
}

/// Kills at points of the whole job, for files of several sizes.
#[test]
fn a_job_killed_twenty_times_loses_no_record_and_doubles_none() {
    for records in [300, 5_000, 40_000] {
        let folder = Folder::with_records(records);
        let before = plaintexts(&folder.path("claims.jsonl"));
        // How long a whole job takes here and now, so that kills fall into all of it.
        let rehearsal = Folder::with_records(records);
        let begun = Instant::now();
        rehearsal.done(&ROTATE);
        let whole = begun.elapsed();
        let mut kills = 20;
        // A job may finish before its kill. Then the file is made anew, until as many kills as promised have hit.
        while kills > 0 {
            let folder = &folder;
            let burst = kills.min(5);
            let (proof, _) = kill(folder, burst, whole.mul_f64(1.1));
            kills -= burst;
            assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
            assert_eq!(versions(&folder.lines()), BTreeMap::from([(2, records as usize)]));
            assert_eq!(folder.names(), ["claims.jsonl", "config", "proof.json"]);
            assert_eq!(proof["records_planned"], records);
            let done = |key: &str| proof[key].as_u64().unwrap();
            assert_eq!(done("records_reencrypted") + done("records_resumed"), records);
            assert_eq!(done("records_compared"), records);
            reencryption_bench::generate(&folder.path("claims.jsonl"), records, 7).unwrap();
        }
    }
}

#[test]
fn an_interrupted_job_keeps_its_work_and_the_next_goes_on() {
    let folder = Folder::with_records(40_000);
    let before = plaintexts(&folder.path("claims.jsonl"));
    let checkpoint = folder.path(".claims.jsonl.reencrypt.checkpoint");
    let child = folder.command(&ROTATE).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !checkpoint.exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    if output.status.code() == Some(2) {
        assert!(stderr(&output).contains("run the same command again"), "{}", stderr(&output));
        assert!(checkpoint.exists());
    }
    folder.done(&ROTATE);
    assert_eq!(plaintexts(&folder.path("claims.jsonl")), before);
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
}

/// The folder as a job left it that was ended at one moment between its steps.
struct Moment {
    folder: Folder,
    before: BTreeMap<String, Vec<u8>>,
    checkpoint: Value,
}

const PART: &str = ".claims.jsonl.reencrypt.part";
const OLD: &str = ".claims.jsonl.reencrypt.old";
const CHECKPOINT: &str = ".claims.jsonl.reencrypt.checkpoint";

impl Moment {
    /// With the first `done` of 1000 records in the part.
    fn with_part(done: usize) -> Self {
        let folder = Folder::with_records(1000);
        let before = plaintexts(&folder.path("claims.jsonl"));
        let rotated = Folder::with_records(1000);
        rotated.done(&[&ROTATE[..], &["--proof", "proof.json"]].concat());
        let bytes = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
        let (old, new) = (folder.lines(), rotated.lines());
        let proof = rotated.json("proof.json");
        std::fs::write(folder.path(PART), new[..done].join("\n") + "\n").unwrap();
        let checkpoint = serde_json::json!({
            "schema": "perfledger/reencryption-checkpoint/1", "phase": "rotating",
            "input": { "bytes": proof["input_bytes"], "sha256": proof["input_sha256"], "records": 1000, "key_versions": { "1": 1000 } },
            "to_version": 2, "attempts": 3, "started": proof["started"],
            "done": { "records": done, "input_bytes": bytes(&old[..done]), "output_bytes": bytes(&new[..done]) },
        });
        let moment = Self { folder, before, checkpoint };
        moment.keep();
        moment
    }

    fn keep(&self) {
        std::fs::write(self.folder.path(CHECKPOINT), self.checkpoint.to_string()).unwrap();
    }

    /// The next run must finish; gives its proof and what it said.
    fn goes_on(&self) -> (Value, String) {
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
    for linked in [false, true] {
        let mut moment = Moment::with_part(1000);
        moment.checkpoint["phase"] = "placing".into();
        moment.keep();
        if linked {
            std::fs::hard_link(moment.folder.path("claims.jsonl"), moment.folder.path(OLD)).unwrap();
        }
        assert_eq!(moment.goes_on().0["records_resumed"], 1000);
    }
}

#[test]
fn a_new_file_in_place_that_was_not_verified_yet() {
    let mut moment = Moment::with_part(1000);
    moment.checkpoint["phase"] = "placing".into();
    moment.keep();
    let path = |name: &str| moment.folder.path(name);
    std::fs::rename(path("claims.jsonl"), path(OLD)).unwrap();
    std::fs::rename(path(PART), path("claims.jsonl")).unwrap();
    let (proof, said) = moment.goes_on();
    assert!(said.contains("verified now"), "{said}");
    assert_eq!((&proof["records_resumed"], &proof["sample_verified"]), (&1000.into(), &1000.into()));
    assert_eq!(proof.get("records_per_second"), None);
}

#[test]
fn a_new_file_in_place_that_does_not_verify_keeps_the_original() {
    let mut moment = Moment::with_part(1000);
    moment.checkpoint["phase"] = "placing".into();
    moment.keep();
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
fn a_finished_job_of_which_only_the_checkpoint_was_left() {
    let mut moment = Moment::with_part(1000);
    moment.checkpoint["phase"] = "placing".into();
    moment.keep();
    std::fs::rename(moment.folder.path(PART), moment.folder.path("claims.jsonl")).unwrap();
    moment.folder.done(&ROTATE);
    assert_eq!(moment.folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn a_part_that_cannot_be_trusted_is_thrown_away_with_a_reason() {
    type Change = fn(&mut Moment);
    let changes: [(&str, Change); 5] = [
        ("the file was changed", |moment| moment.checkpoint["input"]["sha256"] = "0".repeat(64).into()),
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
        ("it was to key version 5", |moment| moment.checkpoint["to_version"] = 5.into()),
    ];
    for (reason, change) in changes {
        let mut moment = Moment::with_part(400);
        change(&mut moment);
        moment.keep();
        let (proof, said) = moment.goes_on();
        assert!(said.contains(reason), "{said}");
        assert_eq!((&proof["records_resumed"], &proof["attempts"]), (&0.into(), &1.into()));
    }
}
