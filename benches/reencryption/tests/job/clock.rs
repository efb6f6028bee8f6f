//! From when the time to recovery counts, and what stops a job in each of its steps.

use std::cell::RefCell;

use bench_cli::Interrupt;
use bench_model::time::Timestamp;
use reencryption_bench::{Error, KeyRing, Outcome, Policy, Proof, Rotation, Step, rotate, verify};
use serde_json::Value;

use crate::files::{Folder, ROTATE};
use crate::moments::{CHECKPOINT, Moment, PART, STARTED, stamp};

/// Runs the job in this process.
#[expect(clippy::panic, reason = "a test that cannot go on has failed")]
fn run(folder: &Folder, interrupt: &Interrupt, say: &dyn Fn(&str)) -> Result<Proof, Error> {
    let policy = Policy::from_file(&folder.path("config/security_crypto_policy.json")).unwrap();
    let ring = KeyRing::for_tests(Timestamp::now());
    let job = Rotation {
        path: &folder.path("claims.jsonl"),
        policy: &policy,
        ring: &ring,
        to_version: None,
        threads: 2,
        sample: 10,
        compromised_at: None,
        dataset: None,
        dataset_seed: None,
        dry_run: false,
        proof: None,
    };
    match rotate(&job, interrupt, say, &|_| Ok(()))? {
        Outcome::Rotated(proof) => Ok(*proof),
        outcome @ (Outcome::NothingToDo { .. } | Outcome::Planned(_)) => panic!("{outcome:?}"),
    }
}

fn stopped() -> Interrupt {
    let interrupt = Interrupt::default();
    interrupt.set();
    interrupt
}

fn silent(_: &str) {}

/// The proof as the collector reads it, and the time to recovery in seconds.
fn account(stdout: &[u8]) -> (bench_model::proof::Proof, f64) {
    let lines: Vec<Value> = stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let mttr = lines.iter().find(|line| line["metric"] == "mttr").unwrap();
    (serde_json::from_value(lines.last().unwrap()["proof"].clone()).unwrap(), mttr["value"].as_f64().unwrap())
}

fn unix(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().unix()
}

#[test]
fn a_job_stopped_in_its_plan_is_the_same_job_when_it_is_run_again() {
    let folder = Folder::with_records(500);
    let error = run(&folder, &stopped(), &silent).unwrap_err();
    assert_eq!(error.to_string(), "stopped while planning, after 0 records");
    assert_eq!(folder.names(), [CHECKPOINT, "claims.jsonl", "config"]);
    let left = folder.json(CHECKPOINT);
    assert_eq!((&left["job"]["attempts"], left.get("progress")), (&1.into(), None));
    let mut earlier = left.clone();
    earlier["job"]["started"] = STARTED.into();
    std::fs::write(folder.path(CHECKPOINT), earlier.to_string()).unwrap();
    let proof = run(&folder, &Interrupt::default(), &silent).unwrap();
    assert_eq!((proof.attempts, proof.started.to_string()), (2, STARTED.to_owned()));
    let seconds = proof.compromise_to_recovery_seconds.unwrap();
    assert!(seconds >= (unix(left["job"]["started"].as_str().unwrap()) - unix(STARTED)) as f64, "{seconds}");
    assert_eq!(folder.names(), ["claims.jsonl", "config"]);
}

#[test]
fn a_plan_that_was_stopped_says_nothing_of_another_file_by_the_same_name() {
    let folder = Folder::with_records(500);
    run(&folder, &stopped(), &silent).unwrap_err();
    let found = stamp(&folder.path("claims.jsonl"));
    std::fs::rename(folder.path("claims.jsonl"), folder.path("moved")).unwrap();
    reencryption_bench::generate(&folder.path("claims.jsonl"), 500, 7).unwrap();
    assert_ne!(stamp(&folder.path("claims.jsonl")), found);
    assert_eq!(run(&folder, &Interrupt::default(), &silent).unwrap().attempts, 1);
}

#[test]
fn each_step_says_that_it_was_stopped_and_only_totals_that_it_knows() {
    let moment = Moment::with_part(400);
    let interrupt = Interrupt::default();
    let said = RefCell::new(String::new());
    // What is said comes after the part was read back and before more is added to it.
    let error = run(&moment.folder, &interrupt, &|line| {
        said.borrow_mut().push_str(line);
        interrupt.set();
    });
    assert_eq!(error.unwrap_err().to_string(), "stopped while re-encrypting, after 400 of 1,000 records");
    assert!(said.borrow().contains("going on after 400"), "{said:?}");
    let moment = Moment::placed();
    let error = run(&moment.folder, &stopped(), &silent).unwrap_err();
    assert!(matches!(error, Error::Interrupted { step: Step::Verifying, done: 0, of: None }), "{error:?}");
    let ring = KeyRing::for_tests(Timestamp::now());
    let error = verify(&moment.folder.path("claims.jsonl"), &ring, None, 1, 2, &stopped()).unwrap_err();
    assert_eq!(error.to_string(), "stopped while verifying, after 0 records");
    // Both attempts count.
    assert_eq!(moment.goes_on().0["attempts"], 5);
}

#[test]
fn all_attempts_count_from_the_begin_of_the_first() {
    let lost = Moment::with_part(400);
    std::fs::remove_file(lost.folder.path(PART)).unwrap();
    for moment in [Moment::with_part(400), lost, Moment::placed()] {
        let begun = Timestamp::now().unix();
        let (proof, _) = moment.goes_on();
        assert_eq!((&proof["attempts"], &proof["started"]), (&4.into(), &STARTED.into()));
        let seconds = proof["compromise_to_recovery_seconds"].as_f64().unwrap();
        assert!(seconds >= (begun - unix(STARTED)) as f64, "{seconds}");
    }
}

#[test]
fn a_file_that_was_refused_and_repaired_is_another_job() {
    let moment = Moment::with_part(400);
    let good = moment.folder.lines();
    let mut bad = good.clone();
    let at = bad[600].find("encrypted_payload").unwrap() + 25;
    let other = if bad[600].as_bytes()[at] == b'A' { "B" } else { "A" };
    bad[600].replace_range(at..=at, other);
    moment.folder.write_lines(&bad);
    moment.folder.fails(&ROTATE, 2);
    assert_eq!(moment.folder.names(), ["claims.jsonl", "config"]);
    moment.folder.write_lines(&good);
    assert_eq!(moment.goes_on().0["attempts"], 1);
}

#[test]
fn the_time_to_recovery_counts_from_a_compromise_that_is_given() {
    let folder = Folder::with_records(300);
    let output = folder.done(&ROTATE);
    assert_eq!(account(&output.stdout).0.facts["compromise"], "job");
    let folder = Folder::with_records(300);
    let at = Timestamp::from_unix(Timestamp::now().unix() - 7200).to_string();
    let output = folder
        .done(&[&ROTATE[..], &["--compromised-at", &at.replace('Z', "+00:00"), "--proof", "proof.json"]].concat());
    let (account, mttr) = account(&output.stdout);
    assert!(mttr >= 7200.0, "{mttr}");
    let fact = |name: &str| account.facts[name].as_str();
    assert_eq!((fact("compromise"), fact("started")), ("given", at.as_str()));
    assert_eq!(unix(fact("recovered")) - unix(&at), mttr.ceil() as i64);
    let proof = folder.json("proof.json");
    assert_eq!((&proof["compromised_at"], &proof["attempts"]), (&at.as_str().into(), &1.into()));
    assert_ne!(proof["started"], at.as_str());
    assert!(proof["durable_seconds"].as_f64().unwrap() < mttr);
}

#[test]
fn a_compromise_that_an_earlier_attempt_was_told_of_is_not_forgotten() {
    let mut moment = Moment::with_part(400);
    let at = "2026-10-31T00:00:00Z";
    moment.checkpoint["job"]["compromised_at"] = at.into();
    moment.keep();
    let begun = Timestamp::now().unix();
    let (proof, _) = moment.goes_on();
    assert_eq!((&proof["compromised_at"], &proof["started"]), (&at.into(), &STARTED.into()));
    assert!(proof["compromise_to_recovery_seconds"].as_f64().unwrap() >= (begun - unix(at)) as f64);
}

#[test]
fn no_later_attempt_makes_the_compromise_later() {
    let earlier = "2026-10-31T00:00:00Z";
    // Told of before, told of only now, and never told of: later than the first attempt's begin is too late in any case.
    for (before, now, counts_from) in [
        (Some(earlier), "2026-11-01T07:00:00Z", Some(earlier)),
        (Some("2026-11-01T07:00:00Z"), earlier, Some(earlier)),
        (None, earlier, Some(earlier)),
        (None, "2026-11-01T09:00:00Z", None),
    ] {
        let mut moment = Moment::with_part(400);
        if let Some(before) = before {
            moment.checkpoint["job"]["compromised_at"] = before.into();
            moment.keep();
        }
        let begun = Timestamp::now().unix();
        let told = [&ROTATE[..], &["--compromised-at", now, "--proof", "proof.json"]].concat();
        moment.folder.done(&told);
        let proof = moment.folder.json("proof.json");
        assert_eq!(proof.get("compromised_at").and_then(Value::as_str), counts_from, "{proof}");
        let since = unix(counts_from.unwrap_or(STARTED));
        assert!(proof["compromise_to_recovery_seconds"].as_f64().unwrap() >= (begun - since) as f64, "{proof}");
    }
}

#[test]
fn a_compromise_in_the_future_or_at_no_time_is_refused() {
    let folder = Folder::with_records(20);
    let before = folder.read("claims.jsonl");
    let at = Timestamp::from_unix(Timestamp::now().unix() + 86_400).to_string();
    let problem = folder.fails(&[&ROTATE[..], &["--compromised-at", &at]].concat(), 2);
    assert_eq!(problem["code"], "CBKB101", "{problem}");
    assert!(problem["message"].as_str().unwrap().contains("in the future"), "{problem}");
    assert_eq!(folder.run(&[&ROTATE[..], &["--compromised-at", "yesterday"]].concat()).status.code(), Some(2));
    assert_eq!((folder.read("claims.jsonl"), folder.names()), (before, vec!["claims.jsonl".into(), "config".into()]));
}
