//! What a service is started with to be so large and no larger: threads, connections to its database, processes at one address.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Instant;

use serde_json::json;
use support::backends::Database;
use support::{PATIENCE, Service, command};

/// What a start that is refused says; its exit code is checked.
fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = command(arguments).envs(environment.iter().copied()).stdout(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

/// The number of a service's process, as its own metrics tell it apart.
fn start_of(service: &Service) -> String {
    let text = service.get("/metrics").text();
    text.lines().find_map(|line| line.strip_prefix("process_start_time_seconds ")).unwrap().to_owned()
}

#[test]
fn processes_that_agree_share_an_address_and_each_remembers_for_itself() {
    let first = Service::start(&["--reuse-port"]);
    let second = Service::start(&["--reuse-port", "--listen", &first.address]);
    assert_eq!(first.address, second.address);
    let begun = Instant::now();
    let mut starts = BTreeSet::new();
    while starts.len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "every connection went to one of them");
        starts.insert(start_of(&first));
    }
    // A record is in the memory of the one that took it: of many answers some know it, and some do not.
    let body = json!({"entity_type": "model", "entity_id": "m", "action": "train", "actor": "ada", "payload": {}});
    first.posted(201, "/api/phase6/provenance", &body);
    let mut totals = BTreeSet::new();
    while totals.len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "{totals:?}");
        totals.insert(first.got(200, "/api/phase6/provenance")["total"].as_i64().unwrap());
    }
    assert_eq!(totals.into_iter().collect::<Vec<_>>(), [0, 1]);
    // One may go, and the other one answers.
    assert_eq!(second.end().0, Some(0));
    assert_eq!(first.get("/healthz").status, 200);
}

#[test]
fn an_address_is_not_shared_with_who_did_not_agree() {
    let first = Service::start(&[]);
    for arguments in [&["--listen", &first.address][..], &["--reuse-port", "--listen", &first.address]] {
        let said = refused(arguments, &[]);
        assert!(said.contains("CBKB105") && said.contains("could not be listened on"), "{said}");
    }
    assert_eq!(first.get("/healthz").status, 200);
}

#[test]
fn a_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(&["--reuse-port", "--data", &folder.path().display().to_string()], &[]);
    assert!(said.contains("CBKB101") && said.contains("--database-url"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_pool_without_a_database_is_refused() {
    for environment in [&[][..], &[("DATABASE_URL", "")]] {
        let said = refused(&["--pool", "4"], environment);
        assert!(said.contains("CBKB101") && said.contains("DATABASE_URL"), "{said}");
    }
}

#[test]
fn there_are_as_many_threads_for_requests_as_asked_for() {
    let threads = |asked: &str| {
        let service = Service::start(&["--threads", asked]);
        // Whatever else it has begun, it is the same for both.
        service.wait_for("readiness", |service| service.get("/readyz").status == 200);
        let tasks = std::fs::read_dir(format!("/proc/{}/task", service.id())).unwrap();
        let names = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        names.filter(|name| name.starts_with("tokio-r")).count()
    };
    let (one, five) = (threads("1"), threads("5"));
    assert_eq!(five - one, 4, "{one} and {five}");
}

#[test]
fn the_wait_for_a_connection_to_the_database_is_told() {
    let Some(database) = Database::new() else { return };
    let service = Service::start(&["--pool", "1", "--database-url", &database.url]);
    assert_eq!(service.metric("db_pool_size"), Some(1.0));
    let counted = service.metric("db_pool_wait_seconds_count").unwrap();
    assert!(counted > 0.0, "its own start has asked for connections");
    let policy = service.got(200, "/api/v1/policies")["items"][0]["id"].as_str().unwrap().to_owned();
    let before = service.metric("db_pool_wait_seconds_sum").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..20).for_each(|_| drop(service.got(200, &format!("/api/v1/policies/{policy}")))));
        }
    });
    assert!(service.metric("db_pool_wait_seconds_count").unwrap() >= counted + 160.0);
    assert!(service.metric("db_pool_wait_seconds_sum").unwrap() > before);
}

#[test]
fn without_a_database_no_wait_is_counted() {
    let service = Service::start(&[]);
    drop(service.got(200, "/api/v1/policies"));
    assert_eq!(service.metric("db_pool_wait_seconds_count"), Some(0.0));
}
