//! Evaluations, counters, alerts and provenance records in the store; their Merkle tree is in `tree`.

use super::governance::where_clause;
use super::{Listing, Row, Statement, Store, StoreError, Value};
use crate::extract::Page;
use crate::trust::merkle::Hash;

/// One role-gate evaluation as recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EvaluationRow {
    /// Number of the evaluation (from `AppState::ids`).
    pub(crate) id: i64,
    /// Who asked.
    pub(crate) user_id: String,
    /// In which role.
    pub(crate) role: &'static str,
    /// To do what.
    pub(crate) action: String,
    /// To what.
    pub(crate) resource: String,
    /// Whether the gate let it pass.
    pub(crate) allowed: bool,
    /// The gate that decided.
    pub(crate) gate: &'static str,
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// Something a person should look at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AlertRow {
    /// Number of the alert (from `AppState::ids`).
    pub(crate) id: i64,
    /// low, medium, high or critical.
    pub(crate) severity: String,
    /// What happened, one of a small set.
    pub(crate) kind: String,
    /// To whom.
    pub(crate) subject: String,
    /// The same in words.
    pub(crate) message: String,
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// A provenance record as stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProvenanceRow {
    /// Place in the chain and in the tree, from 0.
    pub(crate) leaf_index: i64,
    /// Kind of thing.
    pub(crate) entity_type: String,
    /// Which one.
    pub(crate) entity_id: String,
    /// What was done to it.
    pub(crate) action: String,
    /// By whom.
    pub(crate) actor: String,
    /// More about it, as JSON text.
    pub(crate) payload: String,
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// Hash of this record.
    pub(crate) hash: Hash,
    /// Hash of the record before.
    pub(crate) prev_hash: Hash,
    /// Ed25519 signature of the hash.
    pub(crate) signature: Vec<u8>,
    /// Key it can be checked with.
    pub(crate) public_key: Hash,
}

/// Which provenance records are wanted; absent parts match all.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProvenanceFilter {
    /// Kind of thing.
    pub(crate) entity_type: Option<String>,
    /// Which one.
    pub(crate) entity_id: Option<String>,
    /// By whom.
    pub(crate) actor: Option<String>,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counts {
    /// Role-gate evaluations.
    pub(crate) evaluations: i64,
    /// Those denied.
    pub(crate) denied: i64,
    /// Provenance records.
    pub(crate) provenance: i64,
    /// Alerts nobody has closed.
    pub(crate) alerts_open: i64,
}

const PROVENANCE: &str = "SELECT leaf_index, entity_type, entity_id, action, actor, payload, at_ms, hash, prev_hash, signature, \
                          public_key FROM provenance";
const COUNT_UP: &str = "INSERT INTO counters (name, hour, value) VALUES ($1, $2, $3) \
                        ON CONFLICT (name, hour) DO UPDATE SET value = counters.value + excluded.value RETURNING value";

impl Store {
    /// Records an evaluation and counts up the named counters of the hour in the same transaction. Gives the last counter's value;
    /// absent when none was named.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn insert_evaluation(
        &self,
        row: EvaluationRow,
        counters: Vec<String>,
        hour: i64,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "INSERT INTO evaluations (id, user_id, role, action, resource, allowed, gate, at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let params = vec![
            row.id.into(),
            row.user_id.into(),
            row.role.into(),
            row.action.into(),
            row.resource.into(),
            i64::from(row.allowed).into(),
            row.gate.into(),
            row.at_ms.into(),
        ];
        let mut statements = vec![Statement::new(sql, params)];
        statements.extend(counters.into_iter().map(|name| count_up(name, hour)));
        self.write(statements).await?.into_iter().next().map(|mut row| row.int()).transpose()
    }

    /// Counts one counter of the hour up by one and gives its value.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn count_up(&self, name: String, hour: i64) -> Result<i64, StoreError> {
        let mut rows = self.write(vec![count_up(name, hour)]).await?.into_iter();
        rows.next().ok_or(StoreError::Shape("a counter has no row"))?.int()
    }

    /// Takes `amount` from what is left under `ceiling` in the hour; gives what is used after it, or nothing when too little is left (then
    /// nothing is taken).
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn take(
        &self,
        name: String,
        hour: i64,
        amount: i64,
        ceiling: i64,
    ) -> Result<Option<i64>, StoreError> {
        if amount > ceiling {
            return Ok(None);
        }
        let sql = "INSERT INTO counters (name, hour, value) VALUES ($1, $2, $3) \
                   ON CONFLICT (name, hour) DO UPDATE SET value = counters.value + excluded.value \
                   WHERE counters.value + excluded.value <= $4 RETURNING value";
        let params = vec![name.into(), hour.into(), amount.into(), ceiling.into()];
        self.write(vec![Statement::new(sql, params)]).await?.into_iter().next().map(|mut row| row.int()).transpose()
    }

    /// A counter of the hour; 0 when nothing was counted.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn counter(&self, name: &str, hour: i64) -> Result<i64, StoreError> {
        let rows = self
            .read("SELECT value FROM counters WHERE name = $1 AND hour = $2", vec![name.into(), hour.into()])
            .await?;
        rows.into_iter().next().map_or(Ok(0), |mut row| row.int())
    }

    /// How many rows there are of each kind.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        Ok(Counts {
            evaluations: self.count("SELECT COUNT(*) FROM evaluations", Vec::new()).await?,
            denied: self.count("SELECT COUNT(*) FROM evaluations WHERE allowed = 0", Vec::new()).await?,
            provenance: self.provenance_size().await?,
            alerts_open: self.count("SELECT COUNT(*) FROM alerts WHERE open = 1", Vec::new()).await?,
        })
    }

    /// Raises an alert.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn insert_alert(&self, row: AlertRow) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO alerts (id, severity, kind, subject, message, open, at_ms) VALUES ($1, $2, $3, $4, $5, 1, $6)";
        let params = vec![
            row.id.into(),
            row.severity.into(),
            row.kind.into(),
            row.subject.into(),
            row.message.into(),
            row.at_ms.into(),
        ];
        self.write(vec![Statement::new(sql, params)]).await.map(drop)
    }

    /// Alerts, newest first, of one severity or of all.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn list_alerts(
        &self,
        severity: Option<&str>,
        page: Page,
    ) -> Result<Listing<AlertRow>, StoreError> {
        let mut params: Vec<Value> = severity.map(Value::from).into_iter().collect();
        let filter = where_clause(&severity.map(|_| "severity = $1".to_owned()).into_iter().collect::<Vec<_>>());
        let total = self.count(format!("SELECT COUNT(*) FROM alerts{filter}"), params.clone()).await?;
        let sql = format!(
            "SELECT id, severity, kind, subject, message, at_ms FROM alerts{filter} ORDER BY id DESC LIMIT ${} OFFSET ${}",
            params.len() + 1,
            params.len() + 2
        );
        params.extend([Value::Int(page.per_page.into()), page.offset().into()]);
        let alert = |mut row: Row| {
            Ok(AlertRow {
                id: row.int()?,
                severity: row.text()?,
                kind: row.text()?,
                subject: row.text()?,
                message: row.text()?,
                at_ms: row.int()?,
            })
        };
        let items = self.read(sql, params).await?.into_iter().map(alert).collect::<Result<_, StoreError>>()?;
        Ok(Listing { items, total })
    }

    /// Records in the chain.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn provenance_size(&self) -> Result<i64, StoreError> {
        // Places have no gaps, so the last one tells the number without counting.
        self.count("SELECT COALESCE(MAX(leaf_index) + 1, 0) FROM provenance", Vec::new()).await
    }

    /// One record, if it is there.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn get_provenance(&self, leaf_index: i64) -> Result<Option<ProvenanceRow>, StoreError> {
        let rows = self.read(format!("{PROVENANCE} WHERE leaf_index = $1"), vec![leaf_index.into()]).await?;
        rows.into_iter().next().map(provenance).transpose()
    }

    /// At most `limit` records from `first` on, in the order of the chain.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn provenance_from(&self, first: i64, limit: i64) -> Result<Vec<ProvenanceRow>, StoreError> {
        let sql = format!("{PROVENANCE} WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2");
        self.read(sql, vec![first.into(), limit.into()]).await?.into_iter().map(provenance).collect()
    }

    /// Records that match, newest first.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn list_provenance(
        &self,
        filter: &ProvenanceFilter,
        page: Page,
    ) -> Result<Listing<ProvenanceRow>, StoreError> {
        let mut params: Vec<Value> = Vec::new();
        let mut conditions = Vec::new();
        for (column, wanted) in
            [("entity_type", &filter.entity_type), ("entity_id", &filter.entity_id), ("actor", &filter.actor)]
        {
            if let Some(wanted) = wanted {
                params.push(wanted.as_str().into());
                conditions.push(format!("{column} = ${}", params.len()));
            }
        }
        let (total, sql) = if conditions.is_empty() {
            // Without a filter the page's places are known: no rows before it need to be skipped one by one.
            let total = self.provenance_size().await?;
            params.extend([Value::Int(total - page.offset()), Value::Int(page.per_page.into())]);
            (total, format!("{PROVENANCE} WHERE leaf_index < $1 ORDER BY leaf_index DESC LIMIT $2"))
        } else {
            let filter = where_clause(&conditions);
            let total = self.count(format!("SELECT COUNT(*) FROM provenance{filter}"), params.clone()).await?;
            let (limit, offset) = (params.len() + 1, params.len() + 2);
            params.extend([Value::Int(page.per_page.into()), Value::Int(page.offset())]);
            (total, format!("{PROVENANCE}{filter} ORDER BY leaf_index DESC LIMIT ${limit} OFFSET ${offset}"))
        };
        let items = self.read(sql, params).await?.into_iter().map(provenance).collect::<Result<_, _>>()?;
        Ok(Listing { items, total })
    }
}

fn count_up(name: String, hour: i64) -> Statement {
    Statement::new(COUNT_UP, vec![name.into(), hour.into(), Value::Int(1)])
}

fn provenance(mut row: Row) -> Result<ProvenanceRow, StoreError> {
    Ok(ProvenanceRow {
        leaf_index: row.int()?,
        entity_type: row.text()?,
        entity_id: row.text()?,
        action: row.text()?,
        actor: row.text()?,
        payload: row.text()?,
        at_ms: row.int()?,
        hash: row.hash()?,
        prev_hash: row.hash()?,
        signature: row.blob()?,
        public_key: row.hash()?,
    })
}
