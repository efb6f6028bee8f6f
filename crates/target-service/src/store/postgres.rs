//! PostgreSQL behind a pool of connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::{Row, Statement, StoreError, Value, schema};
use crate::metrics::{Metrics, PoolUse};

/// Connections unless the settings say otherwise.
const CONNECTIONS: u32 = 16;
/// Longest wait for a connection.
const WAIT: Duration = Duration::from_secs(2);
/// Any number; services on one database that start at once take turns with it.
const MIGRATION_LOCK: i64 = 7_261_905_331;

type Answer = Result<Vec<Row>, StoreError>;
type Mistake = Box<dyn std::error::Error + Sync + Send>;

/// The pool.
pub(super) struct Postgres {
    pool: Pool,
    metrics: Arc<Metrics>,
}

impl Postgres {
    pub(super) async fn open(url: &str, most: Option<u32>, metrics: &Arc<Metrics>) -> Result<Self, StoreError> {
        let mut config: tokio_postgres::Config = url.parse()?;
        config.connect_timeout(WAIT);
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(usize::try_from(most.unwrap_or(CONNECTIONS)).unwrap_or(usize::MAX))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .build()
            .map_err(|source| StoreError::Setup(source.to_string()))?;
        let store = Self { pool, metrics: Arc::clone(metrics) };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut client = self.pool.get().await?;
        for (number, text) in schema::migrations(&schema::POSTGRES) {
            let transaction = client.transaction().await?;
            transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await?;
            transaction.batch_execute(schema::VERSION_TABLE).await?;
            let done: i64 = transaction
                .query_one("SELECT COUNT(*) FROM schema_version WHERE version >= $1", &[&number])
                .await?
                .try_get(0)?;
            if done == 0 {
                transaction.batch_execute(&text).await?;
                transaction.execute("INSERT INTO schema_version (version) VALUES ($1)", &[&number]).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// A connection, once one is free; the wait is counted, also one that was in vain.
    async fn client(&self) -> Result<Object, StoreError> {
        let begun = Instant::now();
        let client = self.pool.get().await;
        self.metrics.db_pool_wait.observe(begun.elapsed());
        Ok(client?)
    }

    pub(super) fn pool(&self) -> PoolUse {
        let status = self.pool.status();
        PoolUse { in_use: status.size.saturating_sub(status.available), size: status.max_size }
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    pub(super) async fn read(&self, statement: Statement) -> Answer {
        let client = self.client().await?;
        let prepared = client.prepare_cached(&statement.sql).await?;
        rows(client.query(&prepared, &params(&statement)).await?)
    }

    pub(super) async fn write(&self, statements: Vec<Statement>) -> Answer {
        if let [only] = statements.as_slice() {
            // One statement is a transaction of its own, without two more round trips.
            let client = self.client().await?;
            let prepared = client.prepare_cached(&only.sql).await?;
            return rows(client.query(&prepared, &params(only)).await?);
        }
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        let mut last = Vec::new();
        for statement in &statements {
            let prepared = transaction.prepare_cached(&statement.sql).await?;
            last = transaction.query(&prepared, &params(statement)).await?;
        }
        transaction.commit().await?;
        rows(last)
    }
}

fn params(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement.params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn rows(found: Vec<tokio_postgres::Row>) -> Answer {
    found
        .into_iter()
        .map(|row| {
            let values =
                (0..row.len()).map(|column| Ok(row.try_get::<_, Value>(column)?)).collect::<Result<_, StoreError>>()?;
            Ok(Row::new(values))
        })
        .collect()
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Mistake> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => value.to_sql_checked(ty, out),
            Self::Real(value) => value.to_sql_checked(ty, out),
            Self::Text(value) => value.to_sql_checked(ty, out),
            Self::Blob(value) => value.to_sql_checked(ty, out),
        }
    }

    // Which types fit is decided per value, above.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Mistake> {
        if <i64 as FromSql>::accepts(ty) {
            return <i64 as FromSql>::from_sql(ty, raw).map(Self::Int);
        }
        if <f64 as FromSql>::accepts(ty) {
            return <f64 as FromSql>::from_sql(ty, raw).map(Self::Real);
        }
        if <Vec<u8> as FromSql>::accepts(ty) {
            return <Vec<u8> as FromSql>::from_sql(ty, raw).map(Self::Blob);
        }
        <String as FromSql>::from_sql(ty, raw).map(Self::Text)
    }

    fn from_sql_null(_: &Type) -> Result<Self, Mistake> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        <i64 as FromSql>::accepts(ty)
            || <f64 as FromSql>::accepts(ty)
            || <Vec<u8> as FromSql>::accepts(ty)
            || <String as FromSql>::accepts(ty)
    }
}
