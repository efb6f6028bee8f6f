//! `target-service operations` as a program: what it prints, what it refuses, and that it leaves nothing behind.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use support::backends::{self, Database};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_target-service"));
    command.arg("operations").args(arguments).env_remove("REDIS_URL").env_remove("DATABASE_URL");
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// What a run printed, by metric: value, unit, direction.
fn metrics(output: &Output) -> BTreeMap<String, (f64, String, String)> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let parse = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        (text("metric"), (line["value"].as_f64().unwrap(), text("unit"), text("direction")))
    };
    text.lines().map(parse).collect()
}

/// The operations among metrics; each has a rate and three latencies, all above 0 and in order.
fn operations(metrics: &BTreeMap<String, (f64, String, String)>) -> BTreeSet<String> {
    let names: BTreeSet<String> = metrics.keys().map(|name| name.rsplit_once('/').unwrap().0.to_owned()).collect();
    for name in &names {
        let (rate, unit, direction) = &metrics[&format!("{name}/rate")];
        assert!(*rate > 0.0 && (unit.as_str(), direction.as_str()) == ("1/s", "higher"), "{name}");
        let latencies = ["p50", "p95", "p99"].map(|quantile| metrics[&format!("{name}/latency_{quantile}")].clone());
        assert!(latencies.iter().all(|(_, unit, direction)| unit == "ns" && direction == "lower"), "{name}");
        assert!(latencies[0].0 > 0.0 && latencies.is_sorted_by_key(|latency| latency.0), "{name}: {latencies:?}");
    }
    assert_eq!(metrics.len(), names.len() * 4);
    names
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// An emptied Redis, for one test at a time: each counts its keys.
fn empty_redis() -> Option<(String, MutexGuard<'static, ()>)> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    backends::empty_redis().map(|url| (url, alone))
}

/// Answers of a Redis to a command.
fn redis(url: &str, command: &str) -> String {
    let address = url.trim_start_matches("redis://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// How many tables of ours a database has.
fn tables(url: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let running = tokio::spawn(connection);
        let count = "SELECT COUNT(*) FROM pg_tables WHERE tablename LIKE 'perfledger%'";
        let count = client.query_one(count, &[]).await.unwrap().get(0);
        drop(client);
        let _ = running.await;
        count
    })
}

/// Waits until something holds.
fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it never came to be");
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn without_a_server_nothing_is_measured_and_that_is_an_error() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error[CBKB101]: no server is named\n"), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn servers_elsewhere_are_refused_before_anything_is_sent() {
    // Addresses for documentation (RFC 5737): nothing answers there.
    for arguments in
        [["--redis", "redis://me:secret@192.0.2.1:6379/"], ["--postgres", "postgres://me:secret@192.0.2.1/db"]]
    {
        let output = run(&arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains("CBKB101") && error.contains("is not on a loopback address"), "{error}");
        assert!(!error.contains("secret") && !error.contains("192.0.2.1"), "{error}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_an_error_without_its_password() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for arguments in [
        ["--redis".to_owned(), format!("redis://me:secret@{free}/")],
        ["--postgres".to_owned(), format!("postgres://me:secret@{free}/db")],
    ] {
        let output = run(&arguments.each_ref().map(String::as_str));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains("CBKB105") && error.contains("next:") && !error.contains("secret"), "{error}");
        assert!(output.stdout.is_empty(), "what was not measured is no 0");
    }
}

#[test]
fn redis_is_measured_and_nothing_is_left() {
    let Some((url, _alone)) = empty_redis() else { return };
    let output = run(&["--redis", &url, "--seconds", "100 ms", "--connections", "3"]);
    let one = ["redis/get", "redis/set", "redis/incr"];
    let more = ["redis/get-pipelined", "redis/set-pipelined", "redis/incr-pipelined"];
    let several = ["redis/get-3-connections", "redis/set-3-connections", "redis/incr-3-connections"];
    assert_eq!(operations(&metrics(&output)), set(&[one, more, several].concat()), "and no PostgreSQL");
    assert!(String::from_utf8(output.stderr).unwrap().contains("redis/get-3-connections"));
    assert_eq!(redis(&url, "DBSIZE"), ":0");
}

#[test]
fn postgresql_is_measured_and_nothing_is_left() {
    let Some(database) = Database::new() else { return };
    let output = run(&["--postgres", &database.url, "--seconds", "100 ms", "--connections", "2"]);
    let names = [
        "postgresql/indexed-query",
        "postgresql/insert",
        "postgresql/insert-pipelined",
        "postgresql/indexed-query-2-connections",
        "postgresql/insert-2-connections",
    ];
    assert_eq!(operations(&metrics(&output)), set(&names), "and no Redis");
    assert_eq!(tables(&database.url), 0);
}

#[test]
fn one_connection_alone_is_measured_once() {
    let Some(database) = Database::new() else { return };
    let output = run(&["--postgres", &database.url, "--seconds", "50 ms", "--connections", "1"]);
    assert_eq!(operations(&metrics(&output)).len(), 3);
}

#[test]
fn after_a_signal_nothing_is_left() {
    let (Some(database), Some((url, _alone))) = (Database::new(), empty_redis()) else { return };
    let began = |arguments: &[&str]| command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ended = |child: Child| {
        signal(&child, "-TERM");
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("it was interrupted"), "{error}");
        assert!(output.stdout.is_empty(), "a part of a measurement is none");
    };
    let child = began(&["--redis", &url, "--seconds", "60 s"]);
    until(|| redis(&url, "DBSIZE") != ":0");
    ended(child);
    assert_eq!(redis(&url, "DBSIZE"), ":0");

    let child = began(&["--postgres", &database.url, "--seconds", "60 s"]);
    until(|| tables(&database.url) == 1);
    ended(child);
    assert_eq!(tables(&database.url), 0);
}

#[test]
fn what_a_killed_process_left_the_next_one_removes_and_nothing_of_one_that_runs() {
    let Some(database) = Database::new() else { return };
    let began = || {
        let arguments = ["--postgres", &database.url, "--seconds", "60 s"];
        command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut killed = began();
    until(|| tables(&database.url) == 1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(tables(&database.url), 1);
    // The server notices some time after the process is gone.
    until(|| {
        assert!(run(&["--postgres", &database.url, "--seconds", "20 ms"]).status.success());
        tables(&database.url) == 0
    });

    let mut running = began();
    until(|| tables(&database.url) == 1);
    assert!(run(&["--postgres", &database.url, "--seconds", "20 ms"]).status.success());
    assert_eq!(tables(&database.url), 1, "that of the one that runs");
    signal(&running, "-TERM");
    running.wait().unwrap();
    assert_eq!(tables(&database.url), 0);
}

#[test]
fn a_table_that_could_not_be_finished_is_removed() {
    let Some(database) = Database::new() else { return };
    database.execute(
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no more indices'; END $$;
         CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION refuse()",
    );
    let output = run(&["--postgres", &database.url, "--seconds", "50 ms"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("no more indices"), "{error}");
    assert_eq!(tables(&database.url), 0);
}

#[test]
fn a_postgresql_that_loses_rows_is_told_and_not_measured() {
    let Some(database) = Database::new() else { return };
    // Every table that is made from now on forgets each row that is inserted behind the first 100,000.
    database.execute(
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             EXECUTE format('DELETE FROM %I WHERE id = $1', TG_TABLE_NAME) USING NEW.id;
             RETURN NULL;
         END $$;
         CREATE FUNCTION afflict() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made record; BEGIN
             FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
                 EXECUTE format('CREATE TRIGGER forget AFTER INSERT ON %s FOR EACH ROW WHEN (NEW.id > 100000)
                                 EXECUTE FUNCTION forget()', made.object_identity);
             END LOOP;
         END $$;
         CREATE EVENT TRIGGER afflict ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION afflict()",
    );
    let output = run(&["--postgres", &database.url, "--seconds", "50 ms", "--connections", "1"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("PostgreSQL gave a wrong answer: 100000 rows are there, and 1"), "{error}");
    assert_eq!(tables(&database.url), 0);
}

#[test]
fn a_redis_that_loses_keys_is_told_and_not_measured() {
    let Some((url, _alone)) = empty_redis() else { return };
    let child = command(&["--redis", &url, "--seconds", "60 s"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    until(|| redis(&url, "DBSIZE") != ":0");
    assert_eq!(redis(&url, "FLUSHALL"), "+OK");
    let output = child.unwrap().wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("Redis gave a wrong answer: a key that was set holds another value, or is gone"), "{error}");
}
