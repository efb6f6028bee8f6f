//! The stores the same tests run on: the embedded one always, PostgreSQL and Redis where variables name one.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Service;

/// A URL of a PostgreSQL whose user may create databases; each test makes one of its own and removes it.
const POSTGRES: &str = "PERFLEDGER_TEST_POSTGRES";
/// A URL of a Redis that holds nothing worth keeping: it is emptied.
const REDIS: &str = "PERFLEDGER_TEST_REDIS";

/// A PostgreSQL database of a test; gone when dropped.
pub(crate) struct Database {
    server: String,
    name: String,
    pub(crate) url: String,
}

impl Database {
    /// Absent, with a message, when no server is named.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var(POSTGRES) else {
            eprintln!("skipped: {POSTGRES} names no PostgreSQL");
            return None;
        };
        let name = format!("perfledger_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        execute(&server, &format!("CREATE DATABASE {name}"));
        let (before, query) = server.split_once('?').map_or((server.as_str(), None), |(url, query)| (url, Some(query)));
        let (host, _) = before.rsplit_once('/').filter(|(host, _)| host.contains("//")).unwrap_or((before, ""));
        let host = if host.ends_with('/') { before } else { host };
        let url = query.map_or(format!("{host}/{name}"), |query| format!("{host}/{name}?{query}"));
        Some(Self { server, name, url })
    }

    /// Runs a statement in the database, behind the service's back.
    pub(crate) fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        execute(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn execute(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let running = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        let _ = running.await;
    });
}

/// The URL of an emptied Redis; absent, with a message, when none is named.
pub(crate) fn empty_redis() -> Option<String> {
    let Ok(url) = std::env::var(REDIS) else {
        eprintln!("skipped: {REDIS} names no Redis");
        return None;
    };
    let address = url.trim_start_matches("redis://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"FLUSHALL\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("+OK"), "{answer}");
    Some(url)
}

/// Runs `test` on a service with each store there is.
pub(crate) fn on_each(arguments: &[&str], test: impl Fn(&Service)) {
    test(&Service::start(arguments));
    if let Some(database) = Database::new() {
        // Named by flag here and by variable below, as both are promised.
        test(&Service::start(&[arguments, &["--database-url", &database.url]].concat()));
        if let Some(redis) = empty_redis() {
            let environment = [("DATABASE_URL", database.url.as_str()), ("REDIS_URL", redis.as_str())];
            let fresh = Database::new().unwrap();
            test(&Service::start_with(arguments, &[("DATABASE_URL", fresh.url.as_str()), environment[1]]));
        }
    }
    if let Some(redis) = empty_redis() {
        test(&Service::start(&[arguments, &["--redis-url", &redis]].concat()));
    }
}
