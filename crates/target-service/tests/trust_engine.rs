//! The routes under `/api/phase6`, on every store.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::Service;
use support::backends::on_each;

#[test]
fn the_trust_engine_does_the_same_on_every_store() {
    on_each(&[], |service| {
        away_from_the_end_of_the_hour();
        role_gates(service);
        ceilings(service);
        provenance(service);
        statistics(service);
        refusals(service);
    });
}

/// Counters start anew with each hour; what is counted here must not be cut in two.
fn away_from_the_end_of_the_hour() {
    let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 3600;
    while seconds() >= 3600 - 60 {
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn gate(service: &Service, user: &str, role: &str, action: &str) -> Value {
    let body = json!({"user_id": user, "role": role, "action": action, "resource": "model/7"});
    service.posted(200, "/api/phase6/role-gates/evaluate", &body)
}

fn role_gates(service: &Service) {
    let allowed = gate(service, "ada", "operator", "deploy");
    assert_eq!((&allowed["allowed"], &allowed["gate"]), (&json!(true), &json!("change-gate")));
    assert!(allowed["reason"].as_str().unwrap().contains("operator"));
    let denied = gate(service, "ada", "viewer", "deploy");
    assert_eq!(denied["allowed"], false);
    assert_ne!(denied["evaluation_id"], allowed["evaluation_id"]);

    assert_eq!(service.got(200, "/api/phase6/alerts")["total"], 0);
    for _ in 0..10 {
        gate(service, "eve", "viewer", "delete");
    }
    let alerts = service.got(200, "/api/phase6/alerts?severity=medium");
    assert_eq!(alerts["total"], 1, "ten denials in an hour are one alert: {alerts}");
    let alert = &alerts["items"][0];
    assert_eq!((&alert["subject"], &alert["kind"]), (&json!("eve"), &json!("repeated-denials")));
    assert_eq!(service.got(200, "/api/phase6/alerts?severity=high")["items"], json!([]));
}

fn ceilings(service: &Service) {
    let check = |requested: Value| {
        let body = json!({"user_id": "bob", "role": "viewer", "requested": requested});
        service.posted(200, "/api/phase6/ceiling/check", &body)
    };
    assert_eq!(check(json!(60)), json!({"allowed": true, "ceiling": 100.0, "used": 60.0, "remaining": 40.0}));
    assert_eq!(check(json!(40.5)), json!({"allowed": false, "ceiling": 100.0, "used": 60.0, "remaining": 40.0}));
    assert_eq!(check(json!(39.75)), json!({"allowed": true, "ceiling": 100.0, "used": 99.75, "remaining": 0.25}));
    assert_eq!(check(json!(1e9))["allowed"], false);
    let alerts = service.got(200, "/api/phase6/alerts?severity=low");
    assert_eq!(alerts["total"], 1, "the first breach of the hour is an alert, the second is not");
    assert_eq!(alerts["items"][0]["kind"], "ceiling-breach");
}

fn bytes(hex: &Value) -> Vec<u8> {
    let text = hex.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// RFC 9162, 2.1.3.2, on what the service says.
fn proves(record: &Value) -> bool {
    let proof = &record["proof"];
    let (mut node, mut last) = (proof["leaf_index"].as_i64().unwrap(), proof["tree_size"].as_i64().unwrap() - 1);
    let hash = |prefix: u8, parts: &[&[u8]]| Sha256::digest([&[prefix], parts.concat().as_slice()].concat()).to_vec();
    let mut at = hash(0, &[&bytes(&record["hash"])]);
    for sibling in proof["hashes"].as_array().unwrap() {
        let sibling = bytes(sibling);
        if node & 1 == 1 || node == last {
            at = hash(1, &[&sibling, &at]);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            at = hash(1, &[&at, &sibling]);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && at == bytes(&proof["root"])
}

fn provenance(service: &Service) {
    assert_eq!(service.got(200, "/api/phase6/provenance/verify"), json!({"valid": true, "records": 0}));
    let mut prev = json!("0".repeat(64));
    let mut ids = Vec::new();
    for number in 0..45 {
        let body = json!({
            "entity_type": if number % 3 == 0 { "model" } else { "dataset" }, "entity_id": format!("e-{}", number % 5),
            "action": "train", "actor": if number % 2 == 0 { "ada" } else { "b\u{f6}b" }, "payload": {"number": number, "text": "\u{0}\"'"},
        });
        let made = service.posted(201, "/api/phase6/provenance", &body);
        assert_eq!((&made["leaf_index"], &made["prev_hash"]), (&json!(number), &prev));
        prev = made["hash"].clone();
        let key = ed25519_dalek::VerifyingKey::from_bytes(
            &bytes(
                &service.got(200, &format!("/api/phase6/provenance/{}", made["id"].as_str().unwrap()))["public_key"],
            )
            .try_into()
            .unwrap(),
        );
        let signature = ed25519_dalek::Signature::from_slice(&bytes(&made["signature"])).unwrap();
        key.unwrap().verify_strict(&bytes(&made["hash"]), &signature).unwrap();
        ids.push((made["id"].as_str().unwrap().to_owned(), made["root"].clone()));
    }
    let last_root = ids.last().unwrap().1.clone();
    for (number, (id, _)) in ids.iter().enumerate() {
        let record = service.got(200, &format!("/api/phase6/provenance/{id}"));
        assert_eq!(record["payload"], json!({"number": number, "text": "\u{0}\"'"}));
        assert_eq!(record["proof"]["root"], last_root);
        assert!(proves(&record), "{record}");
    }
    assert_eq!(service.got(200, "/api/phase6/provenance/verify"), json!({"valid": true, "records": 45}));

    let page = |query: &str| {
        let found = service.got(200, &format!("/api/phase6/provenance?{query}"));
        let indexes: Vec<i64> =
            found["items"].as_array().unwrap().iter().map(|item| item["leaf_index"].as_i64().unwrap()).collect();
        (indexes, found["total"].as_i64().unwrap())
    };
    assert_eq!(page(""), ((25..45).rev().collect(), 45));
    assert_eq!(page("page=3&per_page=20"), ((0..5).rev().collect(), 45));
    assert_eq!(page("page=9"), (vec![], 45));
    assert_eq!(page("entity_type=model&per_page=100"), ((0..45).rev().filter(|n| n % 3 == 0).collect(), 15));
    assert_eq!(page("entity_id=e-2&actor=b%C3%B6b"), ((0..45).rev().filter(|n| n % 5 == 2 && n % 2 == 1).collect(), 4));
    assert_eq!(page("entity_type=model&entity_id=e-0&actor=ada").0, [30, 0]);
    assert_eq!(page("entity_type=nothing"), (vec![], 0));
    assert_eq!(page("entity_type=dataset&page=2&per_page=4").0, [38, 37, 35, 34]);
}

fn statistics(service: &Service) {
    let first = service.got(200, "/api/phase6/stats");
    assert_eq!(
        (&first["evaluations"], &first["denied"], &first["provenance_records"], &first["alerts_open"]),
        (&json!(12), &json!(11), &json!(45), &json!(2)),
        "{first}"
    );
    assert_eq!(first["cached"], false);
    gate(service, "ada", "admin", "read");
    let second = service.got(200, "/api/phase6/stats");
    assert_eq!((&second["cached"], &second["evaluations"]), (&json!(true), &json!(12)));
    assert_eq!(second["generated_at_ms"], first["generated_at_ms"]);
    assert_eq!(service.metric("cache_hits_total{cache=\"stats\"}"), Some(1.0));
    assert_eq!(service.metric("cache_misses_total{cache=\"stats\"}"), Some(1.0));
}

fn refusals(service: &Service) {
    let gate = "/api/phase6/role-gates/evaluate";
    for (path, body) in [
        (gate, json!({"user_id": "a", "role": "king", "action": "read", "resource": "r"})),
        (gate, json!({"user_id": "", "role": "viewer", "action": "read", "resource": "r"})),
        (gate, json!({"user_id": "a\u{0}b", "role": "viewer", "action": "read", "resource": "r"})),
        (gate, json!({"user_id": "a"})),
        (gate, json!(["a"])),
        ("/api/phase6/ceiling/check", json!({"user_id": "a", "role": "viewer", "requested": -1})),
        ("/api/phase6/ceiling/check", json!({"user_id": "a", "role": "viewer", "requested": "many"})),
        (
            "/api/phase6/provenance",
            json!({"entity_type": "x".repeat(257), "entity_id": "e", "action": "a", "actor": "b"}),
        ),
        (
            "/api/phase6/provenance",
            json!({"entity_type": "t", "entity_id": "e", "action": "a", "actor": "b", "payload": 7}),
        ),
    ] {
        let answer = service.post(path, &body);
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "bad_input"), "{path} {body}");
    }
    assert_eq!(service.ask("POST", gate, "{not json").status, 400);
    for path in ["?page=0", "?per_page=101", "?page=x", "?page=-1"] {
        assert_eq!(service.get(&format!("/api/phase6/provenance{path}")).status, 400, "{path}");
    }
    assert_eq!(service.get("/api/phase6/alerts?severity=awful").status, 400);
    for id in ["prv-00000000000fffff", "prv-1", "nothing"] {
        assert_eq!(service.get(&format!("/api/phase6/provenance/{id}")).error_code(), "not_found");
    }
}
