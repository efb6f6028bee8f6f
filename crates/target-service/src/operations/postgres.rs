//! Operations of PostgreSQL, on a table of this run alone. It is an ordinary one: a temporary one has no log, and its inserts cost less
//! than those that survive a crash.
//! Must not know: how they are repeated, or what their figures are for.

mod table;

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::every::every;
use super::repeat::Repeat;
use super::{BATCH, Figure, OperationsError, TIMEOUT};

use table::Table;

/// Rows that are there to be found.
const ROWS: i64 = 100_000;
/// As long as a short record.
const PAYLOAD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Measures an indexed query and inserts: one at a time, in batches, and on several connections.
pub(super) fn measure(config: &Config, repeat: &Repeat<'_>) -> Result<Vec<Figure>, OperationsError> {
    let table = Table::make(Session::open(config)?)?;
    let outcome = operations(config, &table, repeat);
    // What failed first is told; what is left behind is told when nothing else did.
    let removed = table.remove();
    let figures = outcome?;
    removed?;
    Ok(figures)
}

type Call<'a> = fn(&mut User<'a>, u32) -> Result<(), OperationsError>;

fn operations(config: &Config, table: &Table, repeat: &Repeat<'_>) -> Result<Vec<Figure>, OperationsError> {
    let inserted = AtomicI64::new(0);
    let users = (0..repeat.connections).map(|number| User::new(config, table, &inserted, number));
    let mut users = users.collect::<Result<Vec<_>, _>>()?;
    let single: [(&str, u32, Call<'_>); 3] =
        [("indexed-query", 1, User::query), ("insert", 1, User::insert), ("insert-pipelined", BATCH, User::insert)];
    let mut figures = Vec::new();
    for (name, batch, call) in single {
        let one = users.get_mut(..1).unwrap_or_default();
        figures.push(repeat.figure(format!("postgresql/{name}"), batch, one, |user| call(user, batch))?);
    }
    if users.len() > 1 {
        for (name, _, call) in single.into_iter().filter(|(_, batch, _)| *batch == 1) {
            let name = format!("postgresql/{name}-{}-connections", users.len());
            figures.push(repeat.figure(name, 1, &mut users, |user| call(user, 1))?);
        }
    }
    let (there, said) = (table.rows()?, ROWS + inserted.load(Ordering::Relaxed));
    if there == said {
        return Ok(figures);
    }
    Err(wrong(format!("{there} rows are there, and {said} were acknowledged")))
}

fn wrong(what: String) -> OperationsError {
    OperationsError::Wrong { server: "PostgreSQL", what }
}

/// A connection, driven by the thread that waits on it.
struct Session {
    runtime: Runtime,
    client: Client,
}

impl Session {
    fn open(config: &Config) -> Result<Self, OperationsError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| OperationsError::System(error.to_string()))?;
        let client = runtime.block_on(async {
            let (client, connection) = timeout(TIMEOUT, config.connect(NoTls)).await??;
            // Its errors come to whoever waits for an answer.
            drop(tokio::spawn(connection));
            Ok::<_, OperationsError>(client)
        })?;
        Ok(Self { runtime, client })
    }

    /// Waits for an answer, so long and no longer.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, OperationsError> {
        self.runtime.block_on(async { Ok(timeout(TIMEOUT, answer).await??) })
    }
}

/// A connection with what it has prepared, and where it is.
struct User<'a> {
    session: Session,
    query: Statement,
    insert: Statement,
    account: i64,
    inserted: &'a AtomicI64,
}

impl<'a> User<'a> {
    fn new(config: &Config, table: &Table, inserted: &'a AtomicI64, number: u32) -> Result<Self, OperationsError> {
        let session = Session::open(config)?;
        let name = table.name();
        let query =
            session.wait(session.client.prepare(&format!("SELECT id, payload FROM {name} WHERE account = $1")))?;
        let insert = format!("INSERT INTO {name} (account, payload) VALUES ($1, $2)");
        let insert = session.wait(session.client.prepare(&insert))?;
        Ok(Self { session, query, insert, account: i64::from(number) * 997, inserted })
    }

    /// One row by the index on its account, wherever it lies in the table.
    fn query(&mut self, _one: u32) -> Result<(), OperationsError> {
        // A step that has no factor in common with the number of rows comes by all of them.
        self.account = (self.account + 61_803) % ROWS;
        let rows = self.session.wait(self.session.client.query(&self.query, &[&self.account]))?;
        match rows.as_slice() {
            [row] if row.try_get::<_, &str>(1)? == PAYLOAD => Ok(()),
            rows => Err(wrong(format!("{} rows for an account that has one", rows.len()))),
        }
    }

    /// Rows, each a statement and a commit of its own.
    fn insert(&mut self, batch: u32) -> Result<(), OperationsError> {
        // Beyond the accounts that are looked up.
        let account = ROWS + self.account;
        let Session { client, .. } = &self.session;
        let one = || async { client.execute(&self.insert, &[&account, &PAYLOAD]).await };
        let rows: u64 = if batch == 1 {
            self.session.wait(one())?
        } else {
            self.session.wait(every((0..batch).map(|_| one())))?.into_iter().sum()
        };
        self.inserted.fetch_add(i64::from(batch), Ordering::Relaxed);
        if rows == u64::from(batch) { Ok(()) } else { Err(wrong(format!("{rows} of {batch} rows were inserted"))) }
    }
}
