//! The embedded database: threads with a connection each, one that writes and a few that read (WAL lets them run side by side).
//!
//! The writer takes all that waits for it into one transaction (group commit): a commit costs more than a row, so under load the
//! rows of many requests share one, and each request is answered only after the commit.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use tokio::sync::oneshot;

use super::{Row, Statement, StoreError, Value, schema};
use crate::metrics::PoolUse;

const READERS: usize = 3;
/// Most jobs in one commit: bounds how long the first of them waits.
const MOST_PER_COMMIT: usize = 256;

type Answer = Result<Vec<Row>, StoreError>;

struct Job {
    statements: Vec<Statement>,
    reply: oneshot::Sender<Answer>,
}

/// The database and its threads.
pub(super) struct Sqlite {
    /// Gone once the store is closed.
    queues: Mutex<Option<Queues>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    in_use: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Queues {
    reads: Sender<Job>,
    writes: Sender<Job>,
}

impl Sqlite {
    /// A database in `directory`, or one that ends with the process.
    pub(super) fn open(directory: Option<&Path>) -> Result<Self, StoreError> {
        let scratch = match directory {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("target-service-").tempdir()?),
        };
        let folder = directory.or(scratch.as_ref().map(tempfile::TempDir::path)).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let path = folder.join("store.sqlite");
        // A scratch database has nobody to keep it for after a crash, so it does not wait for the disk.
        let synchronous = if scratch.is_some() { "OFF" } else { "NORMAL" };
        let mut writer = connect(&path, synchronous)?;
        migrate(&mut writer)?;

        let in_use = Arc::new(AtomicUsize::new(0));
        let (writes, writes_out) = channel();
        let (reads, reads_out) = channel();
        let reads_out = Arc::new(Mutex::new(reads_out));
        let mut threads = vec![spawn("store-writer", {
            let in_use = Arc::clone(&in_use);
            move || write_loop(&mut writer, &writes_out, &in_use)
        })?];
        for _ in 0..READERS {
            let reader = connect(&path, synchronous)?;
            // Opens the write-ahead log too.
            reader.query_row("SELECT COUNT(*) FROM schema_version", [], |row| row.get::<_, i64>(0))?;
            let (in_use, reads_out) = (Arc::clone(&in_use), Arc::clone(&reads_out));
            threads.push(spawn("store-reader", move || read_loop(&reader, &reads_out, &in_use))?);
        }
        // Every connection has its files open now. Their names go at once, so that even a service that is killed leaves nothing behind.
        drop(scratch);
        Ok(Self { queues: Mutex::new(Some(Queues { reads, writes })), threads: Mutex::new(threads), in_use })
    }

    pub(super) fn pool(&self) -> PoolUse {
        PoolUse { in_use: self.in_use.load(Ordering::Relaxed), size: READERS + 1 }
    }

    pub(super) async fn read(&self, statement: Statement) -> Answer {
        self.ask(vec![statement], |queues| &queues.reads).await
    }

    pub(super) async fn write(&self, statements: Vec<Statement>) -> Answer {
        self.ask(statements, |queues| &queues.writes).await
    }

    async fn ask(&self, statements: Vec<Statement>, queue: impl Fn(&Queues) -> &Sender<Job>) -> Answer {
        let (reply, answer) = oneshot::channel();
        {
            let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
            let queues = queues.as_ref().ok_or(StoreError::Closed)?;
            queue(queues).send(Job { statements, reply }).map_err(|_| StoreError::Closed)?;
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Waits for what is queued and ends the threads.
    pub(super) fn close(&self) {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).take();
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A thread that panicked has already said so.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    Ok(std::thread::Builder::new().name(name.to_owned()).spawn(work)?)
}

fn connect(path: &Path, synchronous: &str) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(schema::VERSION_TABLE)?;
    for (number, text) in schema::migrations(&schema::SQLITE) {
        let transaction = connection.transaction()?;
        let done: i64 =
            transaction
                .query_row("SELECT COUNT(*) FROM schema_version WHERE version >= ?1", [number], |row| row.get(0))?;
        if done == 0 {
            transaction.execute_batch(&text)?;
            transaction.execute("INSERT INTO schema_version (version) VALUES (?1)", [number])?;
        }
        transaction.commit()?;
    }
    Ok(())
}

fn read_loop(connection: &Connection, jobs: &Mutex<Receiver<Job>>, in_use: &AtomicUsize) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        in_use.fetch_add(1, Ordering::Relaxed);
        let answer = run_all(connection, &job.statements);
        in_use.fetch_sub(1, Ordering::Relaxed);
        // A caller that went away needs no answer.
        let _ = job.reply.send(answer);
    }
}

fn write_loop(connection: &mut Connection, jobs: &Receiver<Job>, in_use: &AtomicUsize) {
    while let Ok(first) = jobs.recv() {
        in_use.fetch_add(1, Ordering::Relaxed);
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(MOST_PER_COMMIT - 1));
        commit_group(connection, batch);
        in_use.fetch_sub(1, Ordering::Relaxed);
    }
}

fn commit_group(connection: &mut Connection, batch: Vec<Job>) {
    let mut answers = Vec::with_capacity(batch.len());
    let committed = (|| {
        let mut transaction = connection.transaction()?;
        for job in &batch {
            let answer = run_job(&mut transaction, &job.statements);
            // A full disk, a failed read and the like undo the whole transaction, not the statement alone. What came before is gone
            // then, and what came after would be committed one by one while its callers are told otherwise.
            if transaction.is_autocommit() {
                return Err(answer.err().unwrap_or(StoreError::Shape("a transaction ended before its commit")));
            }
            answers.push(answer);
        }
        Ok(transaction.commit()?)
    })();
    match committed {
        Ok(()) => {
            for (job, answer) in batch.into_iter().zip(answers) {
                let _ = job.reply.send(answer);
            }
        }
        Err(source) => {
            let message = source.to_string();
            for job in batch {
                let _ = job.reply.send(Err(StoreError::Together(message.clone())));
            }
        }
    }
}

/// One job of a group: a failure undoes this job and leaves the others.
fn run_job(transaction: &mut rusqlite::Transaction<'_>, statements: &[Statement]) -> Answer {
    if let [only] = statements {
        // SQLite undoes a single failed statement by itself.
        return run(transaction, only);
    }
    let savepoint = transaction.savepoint()?;
    let rows = run_all(&savepoint, statements)?;
    savepoint.commit()?;
    Ok(rows)
}

fn run_all(connection: &Connection, statements: &[Statement]) -> Answer {
    let mut rows = Vec::new();
    for statement in statements {
        rows = run(connection, statement)?;
    }
    Ok(rows)
}

fn run(connection: &Connection, statement: &Statement) -> Answer {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    if columns == 0 {
        prepared.execute(params_from_iter(&statement.params))?;
        return Ok(Vec::new());
    }
    let mut found = prepared.query(params_from_iter(&statement.params))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(value) => Value::Int(value),
                ValueRef::Real(value) => Value::Real(value),
                ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
                ValueRef::Blob(value) => Value::Blob(value.to_vec()),
            });
        }
        rows.push(Row::new(values));
    }
    Ok(rows)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(id: i64) -> Statement {
        let sql = "INSERT INTO audit (id, event, actor, details, at_ms) VALUES ($1, 'e', 'a', '{}', 0)".into();
        Statement { sql, params: vec![id.into()] }
    }

    async fn count(store: &Sqlite) -> i64 {
        let rows = store.read(Statement { sql: "SELECT COUNT(*) FROM audit".into(), params: vec![] }).await.unwrap();
        rows.into_iter().next().unwrap().int().unwrap()
    }

    #[tokio::test]
    async fn a_job_that_fails_in_a_group_leaves_the_others_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Some(folder.path())).unwrap();
        let mut connection = connect(&folder.path().join("store.sqlite"), "OFF").unwrap();
        let (batch, answers): (Vec<_>, Vec<_>) =
            [vec![audit(1)], vec![audit(2), audit(1)], vec![audit(1)], vec![audit(3), audit(4)]]
                .into_iter()
                .map(|statements| {
                    let (reply, answer) = oneshot::channel();
                    (Job { statements, reply }, answer)
                })
                .unzip();
        commit_group(&mut connection, batch);
        let mut outcomes = Vec::new();
        for answer in answers {
            outcomes.push(answer.await.unwrap().is_ok());
        }
        assert_eq!(outcomes, [true, false, false, true]);
        assert_eq!(count(&store).await, 3, "rows 1, 3 and 4");
    }

    #[tokio::test]
    async fn an_error_that_undoes_the_whole_group_fails_every_job_and_stores_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(Some(folder.path())).unwrap();
        let mut connection = connect(&folder.path().join("store.sqlite"), "OFF").unwrap();
        let rolls_back =
            "CREATE TRIGGER full BEFORE INSERT ON audit WHEN new.id = 3 BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END";
        connection.execute_batch(rolls_back).unwrap();
        for culprit in [vec![audit(3)], vec![audit(2), audit(3), audit(4)]] {
            let (batch, answers): (Vec<_>, Vec<_>) =
                [vec![audit(1)], culprit, vec![audit(5)], vec![audit(6), audit(7)]]
                    .into_iter()
                    .map(|statements| {
                        let (reply, answer) = oneshot::channel();
                        (Job { statements, reply }, answer)
                    })
                    .unzip();
            commit_group(&mut connection, batch);
            for answer in answers {
                let error = answer.await.unwrap().unwrap_err();
                assert!(error.to_string().contains("disk full"), "{error}");
            }
            assert_eq!(count(&store).await, 0);
        }
        // The connection goes on.
        let (reply, answer) = oneshot::channel();
        commit_group(&mut connection, vec![Job { statements: vec![audit(8)], reply }]);
        answer.await.unwrap().unwrap();
        assert_eq!(count(&store).await, 1);
    }

    #[tokio::test]
    async fn a_closed_store_has_written_all_and_refuses_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(Some(folder.path())).unwrap());
        let writes: Vec<_> = (0..500)
            .map(|id| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.write(vec![audit(id)]).await })
            })
            .collect();
        for write in writes {
            write.await.unwrap().unwrap();
        }
        store.close();
        assert!(matches!(store.write(vec![audit(501)]).await, Err(StoreError::Closed)));
        let again = Sqlite::open(Some(folder.path())).unwrap();
        assert_eq!(count(&again).await, 500);
    }
}
