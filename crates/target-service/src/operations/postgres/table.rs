//! The table of a run: made, filled, counted, and removed with it. One that a killed process left is removed by the next run.
//! Must not know: what is measured on it.

use super::{PAYLOAD, ROWS, Session};
use crate::operations::{OperationsError, identity};

/// What the table's name begins with; behind it stands the number of the run.
const PREFIX: &str = "perfledger_operations_";
/// Any number: the first half of the locks that tell which runs are under way; the second is the number of the run.
const LOCKS: i32 = 726_190_533;

/// The table of this run.
pub(super) struct Table {
    session: Session,
    name: String,
    left: bool,
}

impl Table {
    /// Makes the table and fills it, after removing those whose runs are over.
    pub(super) fn make(session: Session) -> Result<Self, OperationsError> {
        let number = identity()?;
        // Held as long as the session: who finds a table without it knows that its run is over.
        session.wait(session.client.query_one("SELECT pg_advisory_lock($1, $2)", &[&LOCKS, &number]))?;
        remove_stale(&session)?;
        let table = Self { session, name: format!("{PREFIX}{number}"), left: true };
        let Self { session, name, .. } = &table;
        session.wait(session.client.batch_execute(&format!(
            "CREATE TABLE {name} (id bigserial PRIMARY KEY, account bigint NOT NULL, payload text NOT NULL)"
        )))?;
        let fill =
            format!("INSERT INTO {name} (account, payload) SELECT n, $1 FROM generate_series(0, $2::bigint - 1) AS n");
        session.wait(session.client.execute(&fill, &[&PAYLOAD, &ROWS]))?;
        // Made after the rows, which is faster, and known to the planner before the first query.
        session.wait(session.client.batch_execute(&format!("CREATE INDEX ON {name} (account); ANALYZE {name}")))?;
        Ok(table)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many rows are there.
    pub(super) fn rows(&self) -> Result<i64, OperationsError> {
        let count = format!("SELECT COUNT(*) FROM {}", self.name);
        Ok(self.session.wait(self.session.client.query_one(&count, &[]))?.try_get(0)?)
    }

    pub(super) fn remove(mut self) -> Result<(), OperationsError> {
        self.left = false;
        self.delete()
    }

    fn delete(&self) -> Result<(), OperationsError> {
        self.session.wait(self.session.client.batch_execute(&format!("DROP TABLE IF EXISTS {}", self.name)))
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if self.left {
            drop(self.delete());
        }
    }
}

fn remove_stale(session: &Session) -> Result<(), OperationsError> {
    let client = &session.client;
    let find = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename ~ '^perfledger_operations_[0-9]+$'";
    for row in session.wait(client.query(find, &[]))? {
        let name: String = row.try_get(0)?;
        let Some(number) = name.strip_prefix(PREFIX).and_then(|number| number.parse::<i32>().ok()) else { continue };
        let lock = "SELECT pg_try_advisory_lock($1, $2)";
        if session.wait(client.query_one(lock, &[&LOCKS, &number]))?.try_get(0)? {
            session.wait(client.batch_execute(&format!("DROP TABLE IF EXISTS {PREFIX}{number}")))?;
            session.wait(client.query_one("SELECT pg_advisory_unlock($1, $2)", &[&LOCKS, &number]))?;
        }
    }
    Ok(())
}
