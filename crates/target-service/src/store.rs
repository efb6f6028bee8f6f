//! Rows that outlive a request, in the embedded SQLite or in PostgreSQL. The statements are written once, in SQL both understand
//! (`$1`, `$2`, ... in the order they first appear); `sqlite` and `postgres` only run them. Knows no route.
//!
//! Times are counted here: reads as the stage `database`, writes as `record`.

mod governance;
mod postgres;
mod schema;
mod sqlite;
mod tree;
mod trust;
mod value;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

pub(crate) use governance::{AuditRow, DecisionRow, PluginRow, PolicyRow};
pub(crate) use tree::TreeHead;
pub(crate) use trust::{AlertRow, EvaluationRow, ProvenanceFilter, ProvenanceRow};
use value::{Row, Statement, Value};

use crate::metrics::{Metrics, PoolUse};
use crate::settings::{Data, Settings};
use crate::timing::{self, Stage};

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite said no.
    #[error("sqlite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL said no; what the server said is in the source, the driver's own text does not repeat it.
    #[error("postgresql: {0}{said}", said = server_said(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// Rows written together were refused together; the first caller's error in words.
    #[error("rows written together were refused: {0}")]
    Together(String),
    /// No connection could be had.
    #[error("postgresql pool: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// A setting of the store makes no sense.
    #[error("the store cannot be set up: {0}")]
    Setup(String),
    /// The data directory could not be made or read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The store is ending with the service.
    #[error("the store is closed")]
    Closed,
    /// A row does not have the columns or types its statement promises.
    #[error("a row is not as expected: {0}")]
    Shape(&'static str),
    /// Redis said no.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
}

fn server_said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map(|said| format!(": {}", said.message())).unwrap_or_default()
}

/// One page of rows and how many there are in all.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Listing<T> {
    /// The rows of the page.
    pub(crate) items: Vec<T>,
    /// Rows on all pages.
    pub(crate) total: i64,
}

enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// The store. Cheap to share behind the state; every function may be called at any time from any task.
pub(crate) struct Store {
    backend: Backend,
    metrics: Arc<Metrics>,
}

impl Store {
    /// Opens the store the settings name and brings its tables up to date.
    ///
    /// # Errors
    /// The directory, the file or the server cannot be used.
    pub(crate) async fn open(settings: &Settings, metrics: Arc<Metrics>) -> Result<Self, StoreError> {
        let backend = match (&settings.database_url, &settings.data) {
            (Some(url), _) => Backend::Postgres(postgres::Postgres::open(url, settings.pool, &metrics).await?),
            (None, Data::Memory) => Backend::Sqlite(sqlite::Sqlite::open(None)?),
            (None, Data::Directory(directory)) => Backend::Sqlite(sqlite::Sqlite::open(Some(directory))?),
        };
        Ok(Self { backend, metrics })
    }

    /// Connections at work and in all.
    pub(crate) fn pool(&self) -> PoolUse {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.pool(),
            Backend::Postgres(postgres) => postgres.pool(),
        }
    }

    /// Waits for what is being written and closes files.
    pub(crate) fn close(&self) {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close(),
            Backend::Postgres(postgres) => postgres.close(),
        }
    }

    async fn read(&self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let statement = Statement::new(sql, params);
        self.counted(Stage::Database, async {
            match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.read(statement).await,
                Backend::Postgres(postgres) => postgres.read(statement).await,
            }
        })
        .await
    }

    /// Runs all statements or none; gives the rows of the last.
    async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Row>, StoreError> {
        self.counted(Stage::Record, async {
            match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.write(statements).await,
                Backend::Postgres(postgres) => postgres.write(statements).await,
            }
        })
        .await
    }

    async fn counted<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let output = timing::measure(stage, work).await;
        self.metrics.db_queries.inc();
        self.metrics.db_query_duration.observe(start.elapsed());
        output
    }
}
