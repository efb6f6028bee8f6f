//! What a data directory or a database keeps over a restart, and that tampering is seen.
#![expect(clippy::indexing_slicing, reason = "a test may fail by panicking")]

mod support;

use serde_json::{Value, json};
use support::Service;
use support::backends::Database;

fn record(service: &Service, number: usize) -> Value {
    let body = json!({"entity_type": "t", "entity_id": format!("e{number}"), "action": "a", "actor": "b"});
    service.posted(201, "/api/phase6/provenance", &body)
}

fn fill(service: &Service) -> (Value, Value) {
    for number in 0..7 {
        record(service, number);
    }
    service.posted(200, "/api/phase6/ceiling/check", &json!({"user_id": "bob", "role": "viewer", "requested": 70}));
    service.posted(201, "/api/v1/audit", &json!({"event": "e", "actor": "a"}));
    service.posted(
        200,
        "/api/phase6/role-gates/evaluate",
        &json!({"user_id": "a", "role": "viewer", "action": "delete", "resource": "r"}),
    );
    (record(service, 7), service.got(200, "/api/v1/marketplace/plugins"))
}

fn still_there(service: &Service, last: &Value, plugins: &Value) {
    let next = record(service, 8);
    assert_eq!((&next["leaf_index"], &next["prev_hash"]), (&json!(8), &last["hash"]), "the chain goes on");
    assert_eq!(service.got(200, "/api/phase6/provenance/verify"), json!({"valid": true, "records": 9}));
    // The counter belongs to an hour; a test that runs over its end would start at 0 again.
    let used =
        service.posted(200, "/api/phase6/ceiling/check", &json!({"user_id": "bob", "role": "viewer", "requested": 1}));
    assert!([json!(71.0), json!(1.0)].contains(&used["used"]), "{used}");
    assert_eq!(service.got(200, "/api/v1/audit")["total"], 1);
    let stats = service.got(200, "/api/phase6/stats");
    assert_eq!((&stats["evaluations"], &stats["denied"]), (&json!(1), &json!(1)));
    assert_eq!(&service.got(200, "/api/v1/marketplace/plugins"), plugins);
}

#[test]
fn a_data_directory_keeps_everything_and_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new").to_str().unwrap().to_owned();
    let service = Service::start(&["--data", &data]);
    let (last, plugins) = fill(&service);
    let key = |service: &Service, id: &Value| {
        service.got(200, &format!("/api/phase6/provenance/{}", id.as_str().unwrap()))["public_key"].clone()
    };
    let first_key = key(&service, &last["id"]);
    assert_eq!(service.end().0, Some(0));

    let service = Service::start(&["--data", &data]);
    still_there(&service, &last, &plugins);
    let newest = service.got(200, "/api/phase6/provenance?per_page=1");
    assert_eq!(newest["items"][0]["public_key"], first_key);
    // Killed, not ended: what was answered is stored.
    let last = record(&service, 9);
    drop(service);
    let service = Service::start(&["--data", &data]);
    assert_eq!(record(&service, 10)["prev_hash"], last["hash"]);
}

#[test]
fn memory_forgets() {
    let service = Service::start(&[]);
    fill(&service);
    assert_eq!(service.end().0, Some(0));
    assert_eq!(Service::start(&[]).got(200, "/api/phase6/provenance")["total"], 0);
}

#[test]
fn a_database_keeps_everything_serves_two_services_and_shows_tampering() {
    let Some(database) = Database::new() else { return };
    let service = Service::start(&["--database-url", &database.url]);
    let (last, plugins) = fill(&service);
    assert_eq!(service.end().0, Some(0));
    let service = Service::start(&["--database-url", &database.url]);
    still_there(&service, &last, &plugins);

    // Another service on the same database takes places in the same chain.
    let other = Service::start(&["--database-url", &database.url]);
    for number in 9..15 {
        let appended = record(if number % 2 == 0 { &service } else { &other }, number);
        assert_eq!(appended["leaf_index"], number);
    }
    assert_eq!(service.got(200, "/api/phase6/provenance/verify"), json!({"valid": true, "records": 15}));

    database.execute("UPDATE provenance SET actor = 'mallory' WHERE leaf_index = 4");
    assert_eq!(service.got(200, "/api/phase6/provenance/verify")["valid"], false);
}

#[test]
fn a_lost_database_is_a_503_and_its_return_is_noticed() {
    let Some(database) = Database::new() else { return };
    let service = Service::start(&["--database-url", &database.url]);
    record(&service, 0);
    database.execute("ALTER TABLE provenance RENAME TO away");
    let body = json!({"entity_type": "t", "entity_id": "e", "action": "a", "actor": "b"});
    let answer = service.post("/api/phase6/provenance", &body);
    assert_eq!((answer.status, answer.error_code().as_str()), (503, "store_unavailable"));
    assert!(!answer.text().contains("away"), "the caller is not told about tables");
    database.execute("ALTER TABLE away RENAME TO provenance");
    assert_eq!(record(&service, 1)["leaf_index"], 1);
    // Connections cut by the server are replaced.
    database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    service.wait_for("the database", |service| service.post("/api/phase6/provenance", &body).status == 201);
    assert_eq!(service.got(200, "/api/phase6/provenance/verify")["valid"], true);
}
