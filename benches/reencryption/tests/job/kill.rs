use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::files::{Folder, ROTATE, plaintexts, stderr, versions};
use crate::moments::Moment;

/// Delays drawn without a crate: uneven, and other ones in each run of the tests.
fn delay(most: Duration) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    most.mul_f64((RandomState::new().hash_one(1) >> 11) as f64 / (1_u64 << 53) as f64)
}

const ARGUMENTS: [&str; 5] = ["rotate", "claims.jsonl", "--ci-mode", "--proof", "proof.json"];

/// Begins the job and ends it at a random point. Tells whether it was ended before it was done.
fn killed(folder: &Folder, most: Duration) -> bool {
    let mut child = folder.command(&ARGUMENTS).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(delay(most));
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    // A problem would have ended it otherwise than the kill did.
    assert!(output.status.success() || output.status.code().is_none(), "{}", stderr(&output));
    !output.status.success()
}

/// Lets the job finish. No record may be lost or doubled, and nothing left beside the file.
fn finishes(folder: &Folder, before: &BTreeMap<String, Vec<u8>>) {
    folder.done(&ARGUMENTS);
    let proof = folder.json("proof.json");
    let records = before.len() as u64;
    assert_eq!(plaintexts(&folder.path("claims.jsonl")), *before);
    assert_eq!(versions(&folder.lines()), BTreeMap::from([(2, before.len())]));
    assert_eq!(folder.names(), ["claims.jsonl", "config", "proof.json"]);
    let done = |key: &str| proof[key].as_u64().unwrap();
    assert_eq!((done("records_planned"), done("records_compared")), (records, records));
    assert_eq!(done("records_reencrypted") + done("records_resumed"), records);
    assert!(proof["compromise_to_recovery_seconds"].as_f64().unwrap() > 0.0, "{proof}");
}

/// How long a whole job takes here and now, so that kills fall into all of it.
fn whole(records: u64) -> Duration {
    let rehearsal = Folder::with_records(records);
    let begun = Instant::now();
    rehearsal.done(&ARGUMENTS);
    begun.elapsed()
}

/// Kills twice in a row: the second one hits a job that finds what the first one left.
#[test]
fn a_job_killed_twice_in_a_row_loses_no_record_and_doubles_none() {
    for (records, rounds) in [(300, 6), (5_000, 4), (40_000, 2)] {
        let whole = whole(records);
        for _ in 0..rounds {
            let folder = Folder::with_records(records);
            let before = plaintexts(&folder.path("claims.jsonl"));
            // A job may finish before its kill. Then the file is made anew, until two kills in a row have hit.
            while !(killed(&folder, whole) && killed(&folder, whole)) {
                reencryption_bench::generate(&folder.path("claims.jsonl"), records, 7).unwrap();
            }
            finishes(&folder, &before);
        }
    }
}

#[test]
fn a_job_killed_between_the_steps_of_placing_and_then_twice_more_is_finished_all_the_same() {
    let whole = whole(1000);
    for _ in 0..4 {
        let moment = Moment::between_the_steps_of_placing();
        killed(&moment.folder, whole);
        killed(&moment.folder, whole);
        let output = moment.folder.run(&ROTATE);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(plaintexts(&moment.folder.path("claims.jsonl")), moment.before);
        assert_eq!(versions(&moment.folder.lines()), BTreeMap::from([(2, 1000)]));
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
