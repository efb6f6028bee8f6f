//! Audit log, decisions, policies and plugins in the store.

use std::borrow::Cow;

use super::{Backend, Listing, Row, Statement, Store, StoreError, Value};
use crate::extract::Page;

/// Words of a search that are looked at; the rest is ignored.
const MOST_WORDS: usize = 16;

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AuditRow {
    /// Number of the line; rises with time.
    pub(crate) id: i64,
    /// What happened.
    pub(crate) event: String,
    /// Who did it.
    pub(crate) actor: String,
    /// More about it, as JSON text.
    pub(crate) details: String,
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// One decision as recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DecisionRow {
    /// Number of the decision (from `AppState::ids`).
    pub(crate) id: i64,
    /// Who asked.
    pub(crate) subject: String,
    /// To do what.
    pub(crate) action: String,
    /// To what.
    pub(crate) resource: String,
    /// allow, deny or escalate.
    pub(crate) decision: String,
    /// Categories violated, as JSON text.
    pub(crate) violations: String,
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// A policy as stored: the document is JSON text only the governance module reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PolicyRow {
    /// Name in URLs.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) name: String,
    /// JSON text.
    pub(crate) document: String,
}

/// A plugin of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PluginRow {
    /// From 1.
    pub(crate) id: i64,
    /// Name.
    pub(crate) name: String,
    /// One sentence.
    pub(crate) summary: String,
    /// Category, one of a small set.
    pub(crate) category: String,
    /// Downloads so far.
    pub(crate) downloads: i64,
    /// 0 to 5.
    pub(crate) rating: f64,
    /// What the details page shows beyond the above, as JSON text.
    pub(crate) details: String,
}

impl Store {
    /// Adds a line to the audit log.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn insert_audit(&self, row: AuditRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit (id, event, actor, details, at_ms) VALUES ($1, $2, $3, $4, $5)";
        let params = vec![row.id.into(), row.event.into(), row.actor.into(), row.details.into(), row.at_ms.into()];
        self.write(vec![Statement::new(sql, params)]).await.map(drop)
    }

    /// Lines of the audit log, newest first, of one actor or of all.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn list_audit(&self, actor: Option<&str>, page: Page) -> Result<Listing<AuditRow>, StoreError> {
        let (limit, offset) = (Value::Int(page.per_page.into()), Value::Int(page.offset()));
        let (rows, total) = match actor {
            Some(actor) => (
                self.read(
                    "SELECT id, event, actor, details, at_ms FROM audit WHERE actor = $1 ORDER BY id DESC LIMIT $2 OFFSET $3",
                    vec![actor.into(), limit, offset],
                )
                .await?,
                self.count("SELECT COUNT(*) FROM audit WHERE actor = $1", vec![actor.into()]).await?,
            ),
            None => (
                self.read(
                    "SELECT id, event, actor, details, at_ms FROM audit ORDER BY id DESC LIMIT $1 OFFSET $2",
                    vec![limit, offset],
                )
                .await?,
                self.count("SELECT COUNT(*) FROM audit", Vec::new()).await?,
            ),
        };
        let items = rows
            .into_iter()
            .map(|mut row| {
                Ok(AuditRow {
                    id: row.int()?,
                    event: row.text()?,
                    actor: row.text()?,
                    details: row.text()?,
                    at_ms: row.int()?,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Listing { items, total })
    }

    /// Records a decision.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn insert_decision(&self, row: DecisionRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO decisions (id, subject, action, resource, decision, violations, at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let params = vec![
            row.id.into(),
            row.subject.into(),
            row.action.into(),
            row.resource.into(),
            row.decision.into(),
            row.violations.into(),
            row.at_ms.into(),
        ];
        self.write(vec![Statement::new(sql, params)]).await.map(drop)
    }

    /// Adds policies, replacing those with the same id.
    ///
    /// # Errors
    /// The store fails; then none is added.
    pub(crate) async fn put_policies(&self, rows: Vec<PolicyRow>) -> Result<(), StoreError> {
        let sql = "INSERT INTO policies (id, name, document) VALUES ($1, $2, $3) \
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document";
        let statements = rows
            .into_iter()
            .map(|row| Statement::new(sql, vec![row.id.into(), row.name.into(), row.document.into()]))
            .collect();
        self.write(statements).await.map(drop)
    }

    /// All policies, by id.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn load_policies(&self) -> Result<Vec<PolicyRow>, StoreError> {
        let rows = self.read("SELECT id, name, document FROM policies ORDER BY id", Vec::new()).await?;
        rows.into_iter().map(policy).collect()
    }

    /// One page of policies, by id.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn list_policies(&self, page: Page) -> Result<Listing<PolicyRow>, StoreError> {
        let rows = self
            .read(
                "SELECT id, name, document FROM policies ORDER BY id LIMIT $1 OFFSET $2",
                vec![Value::Int(page.per_page.into()), page.offset().into()],
            )
            .await?;
        let items = rows.into_iter().map(policy).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: self.count("SELECT COUNT(*) FROM policies", Vec::new()).await? })
    }

    /// One policy, if it is there.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn get_policy(&self, id: &str) -> Result<Option<PolicyRow>, StoreError> {
        let rows = self.read("SELECT id, name, document FROM policies WHERE id = $1", vec![id.into()]).await?;
        rows.into_iter().next().map(policy).transpose()
    }

    /// Plugins in the catalogue.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn count_plugins(&self) -> Result<i64, StoreError> {
        self.count("SELECT COUNT(*) FROM plugins", Vec::new()).await
    }

    /// Adds plugins, all or none; call it with some hundreds at a time.
    ///
    /// # Errors
    /// The store fails, or an id is there already.
    pub(crate) async fn insert_plugins(&self, rows: Vec<PluginRow>) -> Result<(), StoreError> {
        let sql = "INSERT INTO plugins (id, name, summary, category, downloads, rating, details, words) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let statements = rows
            .into_iter()
            .map(|row| {
                // Parted the same way as a query is, so that both databases find the same.
                let words = words(&format!("{} {} {}", row.name, row.summary, row.category)).join(" ");
                Statement::new(
                    sql,
                    vec![
                        row.id.into(),
                        row.name.into(),
                        row.summary.into(),
                        row.category.into(),
                        row.downloads.into(),
                        row.rating.into(),
                        row.details.into(),
                        words.into(),
                    ],
                )
            })
            .collect();
        self.write(statements).await.map(drop)
    }

    /// Plugins whose name, summary or category hold every word of `query` (case does not matter; no word: all plugins), of one
    /// category or of all, most downloaded first.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn search_plugins(
        &self,
        query: &str,
        category: Option<&str>,
        page: Page,
    ) -> Result<Listing<PluginRow>, StoreError> {
        let mut words = words(query);
        words.truncate(MOST_WORDS);
        let mut params: Vec<Value> = Vec::new();
        let mut conditions: Vec<String> = Vec::new();
        let mut from = "plugins AS p";
        let mut counted_from = from;
        if !words.is_empty() {
            let (source, condition, text) = match &self.backend {
                // Quoted, a word is never taken for an operator.
                Backend::Sqlite(_) => (
                    "plugins_search AS s JOIN plugins AS p ON p.id = s.rowid",
                    "plugins_search MATCH $1",
                    format!("\"{}\"", words.join("\" \"")),
                ),
                Backend::Postgres(_) => {
                    ("plugins AS p", "to_tsvector('simple', p.words) @@ plainto_tsquery('simple', $1)", words.join(" "))
                }
            };
            from = source;
            // Without a category the full-text index knows the number by itself, ten times faster than with every row looked up.
            counted_from = match (&self.backend, category) {
                (Backend::Sqlite(_), None) => "plugins_search",
                (Backend::Sqlite(_), Some(_)) | (Backend::Postgres(_), _) => from,
            };
            conditions.push(condition.to_owned());
            params.push(text.into());
        }
        if let Some(category) = category {
            params.push(category.into());
            conditions.push(format!("p.category = ${}", params.len()));
        }
        let filter = where_clause(&conditions);
        let total = self.count(format!("SELECT COUNT(*) FROM {counted_from}{filter}"), params.clone()).await?;
        let limits = format!("LIMIT ${} OFFSET ${}", params.len() + 1, params.len() + 2);
        params.extend([Value::Int(page.per_page.into()), Value::Int(page.offset())]);
        // The inner query sorts numbers only; texts are fetched for the page alone.
        let list = format!(
            "SELECT p.id, p.name, p.summary, p.category, p.downloads, p.rating, p.details FROM plugins AS p \
             JOIN (SELECT p.id AS id FROM {from}{filter} ORDER BY p.downloads DESC, p.id {limits}) AS hit ON hit.id = p.id \
             ORDER BY p.downloads DESC, p.id"
        );
        let items = self.read(list, params).await?.into_iter().map(plugin).collect::<Result<_, _>>()?;
        Ok(Listing { items, total })
    }

    /// One plugin, if it is there.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn get_plugin(&self, id: i64) -> Result<Option<PluginRow>, StoreError> {
        let sql = "SELECT id, name, summary, category, downloads, rating, details FROM plugins WHERE id = $1";
        self.read(sql, vec![id.into()]).await?.into_iter().next().map(plugin).transpose()
    }

    pub(super) async fn count(&self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Result<i64, StoreError> {
        let mut rows = self.read(sql, params).await?.into_iter();
        rows.next().ok_or(StoreError::Shape("a count has no row"))?.int()
    }
}

pub(super) fn where_clause(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

/// Letters and digits make words; everything else parts them. So no query can reach the search engines' own operators.
fn words(query: &str) -> Vec<String> {
    query.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn policy(mut row: Row) -> Result<PolicyRow, StoreError> {
    Ok(PolicyRow { id: row.text()?, name: row.text()?, document: row.text()? })
}

fn plugin(mut row: Row) -> Result<PluginRow, StoreError> {
    Ok(PluginRow {
        id: row.int()?,
        name: row.text()?,
        summary: row.text()?,
        category: row.text()?,
        downloads: row.int()?,
        rating: row.real()?,
        details: row.text()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_words_only() {
        assert_eq!(words("Audit-log AND \"x\" NEAR( *; drop"), ["audit", "log", "and", "x", "near", "drop"]);
        assert!(words(" - \"*' ").is_empty());
    }
}
