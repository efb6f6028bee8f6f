//! The chain: sealing, reading back, and what breaks it.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

use bench_model::ledger::{Body, Chain, ChainProblem, Retention, RunEntry, parse_line, seal};
use bench_model::time::Timestamp;
use bench_model::{Sha256, canonical};
use proptest::prelude::*;
use serde_json::json;

fn run(name: &str, value: f64, reason: &str) -> Body {
    let run = json!({
        "run_id": "run-1", "branch": reason, "dirty": false, "epoch": "e", "mode": "full", "complete": true, "partial": false, "status": "PASS",
        "evidence_level": "ci_benchmark", "digests": { "perf": Sha256::zero(), "verdict": Sha256::zero() },
        "metrics": [{ "name": name, "value": value, "unit": "B/s", "direction": "higher_is_better",
                      "rounds": [value, -0.0, 1e21], "verdict": "new" }]
    });
    Body::Run(serde_json::from_value::<RunEntry>(run).unwrap())
}

fn marker(last_seq: u64, last_line: Sha256) -> Body {
    Body::Retention(Retention {
        last_seq,
        last_line,
        keep_months: 1,
        author: "a".into(),
        promotions: Vec::new(),
        noise: Vec::new(),
        incidents: Vec::new(),
    })
}

fn time() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

/// Lines on top of a place in a chain.
fn chain(first: u64, prev: Sha256, bodies: &[Body]) -> Vec<Vec<u8>> {
    let mut prev = prev;
    let seal_next = |(seq, body)| {
        let (line, digest) = seal(seq, &prev, time(), body).unwrap();
        prev = digest;
        line
    };
    (first..).zip(bodies).map(seal_next).collect()
}

fn check(lines: &[Vec<u8>]) -> Result<u64, ChainProblem> {
    let mut chain = Chain::default();
    for line in lines {
        chain.check(line).map_err(|error| error.problem)?;
    }
    chain.finish().map(|summary| summary.lines).map_err(|error| error.problem)
}

/// A line around any members, with the hash that fits them.
fn forge(members: &str) -> Vec<u8> {
    let hash = Sha256::of(members.as_bytes());
    let at = members.rfind(",\"kind\"").unwrap();
    format!("{},\"hash\":\"{hash}\"{}", &members[..at], &members[at..]).into_bytes()
}

proptest! {
    #[test]
    fn a_sealed_line_reads_back_and_is_canonical_as_a_whole(name in "[^\\p{Cc}]{1,30}", value in any::<f64>(), reason in any::<String>(), seq in 1..(1_u64 << 53) - 1) {
        prop_assume!(value.is_finite());
        let body = run(&name, value, &reason);
        let (line, digest) = seal(seq, &Sha256::of(b"before"), time(), &body).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        prop_assert_eq!(&canonical::to_vec(&value).unwrap(), &line);
        prop_assert_eq!(&digest, &Sha256::of(&line));
        let entry = parse_line(&line).unwrap();
        prop_assert_eq!((entry.seq, entry.body, entry.digest), (seq, body, digest));
    }

    #[test]
    fn any_flipped_byte_of_a_line_is_refused(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let (mut line, _) = seal(7, &Sha256::of(b"before"), time(), &run("m", 4.5, "main")).unwrap();
        let at = at.index(line.len());
        line[at] ^= flip;
        prop_assert!(parse_line(&line).is_err());
    }
}

#[test]
fn a_hash_is_that_of_the_line_without_its_hash_member() {
    let (line, _) = seal(1, &Sha256::zero(), time(), &run("m", 1.0, "main")).unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&line).unwrap();
    let hash = value.as_object_mut().unwrap().remove("hash").unwrap();
    assert_eq!(hash, json!(Sha256::of(&canonical::to_vec(&value).unwrap())));
}

#[test]
fn other_spellings_with_fitting_hashes_are_not_canonical() {
    let zero = Sha256::zero();
    let tail =
        |time: &str, seq: &str| format!(",\"kind\":\"waiver\",\"prev\":\"{zero}\",\"seq\":{seq},\"time\":\"{time}\"}}");
    let waiver = r#"{"author":"a","ceiling":0.1,"expires":"2999-01-01","issue":"i","metric":"m","reason":"r"}"#;
    let body = &format!(r#"{{"change":0.25,"run_id":"r","waiver":{waiver}}}"#);
    let good = format!("{{\"body\":{body}{}", tail("2026-11-21T05:00:00Z", "1"));
    assert!(parse_line(&forge(&good)).is_ok());
    let other_bodies = [
        body.replace("0.1", "1e-1"),
        body.replace("0.1", "0.10"),
        body.replace(':', ": "),
        body.replace("\"a\"", "\"\\u0061\""),
        body.replace("\"issue\":\"i\",\"metric\":\"m\"", "\"metric\":\"m\",\"issue\":\"i\""),
    ];
    for other in other_bodies {
        let line = format!("{{\"body\":{other}{}", tail("2026-11-21T05:00:00Z", "1"));
        assert_eq!(parse_line(&forge(&line)), Err(ChainProblem::NotCanonical), "{other}");
    }
    for (time, seq) in [
        ("2026-11-21T06:00:00+01:00", "1"),
        ("2026-11-21T05:00:00.5Z", "1"),
        ("2026-11-21 05:00:00Z", "1"),
        ("2026-11-21T05:00:00Z", "01"),
    ] {
        let line = format!("{{\"body\":{body}{}", tail(time, seq));
        assert!(parse_line(&forge(&line)).is_err(), "{time} {seq}");
    }
}

#[test]
fn a_number_beyond_every_ledger_is_refused_and_overflows_nothing() {
    for seq in [(1 << 53) - 1, 1 << 53, u64::MAX] {
        let (line, _) = seal(seq, &Sha256::zero(), time(), &run("m", 1.0, "main")).unwrap();
        assert!(matches!(parse_line(&line), Err(ChainProblem::Malformed(_))), "{seq}");
    }
    let nonsense = chain(5, Sha256::of(b"gone"), &[marker(u64::MAX >> 12, Sha256::of(b"gone"))]);
    assert_eq!(check(&nonsense), Err(ChainProblem::Unexplained { first: 5 }));
}

#[test]
fn a_marker_explains_a_first_line_right_behind_its_range_or_inside() {
    let gone = Sha256::of(b"gone");
    let run = || run("m", 1.0, "main");
    assert_eq!(check(&chain(5, gone.clone(), &[run(), marker(4, gone.clone())])), Ok(2));
    assert_eq!(check(&chain(5, gone.clone(), &[run(), run(), marker(6, gone.clone())])), Ok(3));
    let unexplained = Err(ChainProblem::Unexplained { first: 5 });
    assert_eq!(check(&chain(5, gone.clone(), &[run(), marker(3, gone.clone())])), unexplained);
    assert_eq!(check(&chain(5, gone.clone(), &[run(), marker(4, Sha256::of(b"other"))])), unexplained);
    assert_eq!(check(&chain(5, gone.clone(), &[run(), marker(6, gone.clone())])), unexplained);
    assert_eq!(check(&chain(5, gone, &[run()])), unexplained);
}

#[test]
fn the_first_line_stands_on_nothing_and_each_next_one_on_the_line_before() {
    let bodies = [run("m", 1.0, "main"), run("m", 2.0, "main"), run("m", 3.0, "main")];
    let lines = chain(1, Sha256::zero(), &bodies);
    assert_eq!(check(&lines), Ok(3));
    let on_something = chain(1, Sha256::of(b"x"), &bodies);
    assert!(matches!(check(&on_something), Err(ChainProblem::Prev { .. })));
    let zeroth = chain(0, Sha256::zero(), &bodies);
    assert_eq!(check(&zeroth), Err(ChainProblem::Sequence { expected: 1, found: 0 }));
    // The line before, replaced together with its hash.
    let mut replaced = lines;
    let first = seal(1, &Sha256::zero(), time(), &run("m", 9.0, "main")).unwrap().0;
    replaced[0] = first;
    assert!(matches!(check(&replaced), Err(ChainProblem::Prev { .. })));
}
