//! The tables, as migrations that run once each, in order. Written once; the few words that differ are replaced per database.

/// How one database spells what the migrations leave open.
pub(super) struct Dialect {
    /// Primary key column of a table by number.
    pub(super) key: &'static str,
    /// Byte string.
    pub(super) bytes: &'static str,
    /// The full-text index over `plugins.words`.
    pub(super) search: &'static str,
}

pub(super) const SQLITE: Dialect = Dialect {
    key: "INTEGER PRIMARY KEY",
    bytes: "BLOB",
    search: "
        CREATE VIRTUAL TABLE plugins_search USING fts5 (words, content = 'plugins', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0');
        CREATE TRIGGER plugins_insert AFTER INSERT ON plugins BEGIN
            INSERT INTO plugins_search (rowid, words) VALUES (new.id, new.words);
        END;",
};

pub(super) const POSTGRES: Dialect = Dialect {
    key: "BIGINT PRIMARY KEY",
    bytes: "BYTEA",
    search: "CREATE INDEX plugins_search ON plugins USING gin (to_tsvector('simple', words));",
};

/// Never change one that was released: add the next.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE evaluations (
        id {key}, user_id TEXT NOT NULL, role TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL,
        allowed BIGINT NOT NULL, gate TEXT NOT NULL, at_ms BIGINT NOT NULL);
    CREATE INDEX evaluations_denied ON evaluations (id) WHERE allowed = 0;
    CREATE TABLE counters (
        name TEXT NOT NULL, hour BIGINT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (name, hour));
    CREATE TABLE alerts (
        id {key}, severity TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, message TEXT NOT NULL,
        open BIGINT NOT NULL, at_ms BIGINT NOT NULL);
    CREATE INDEX alerts_severity ON alerts (severity, id);
    CREATE INDEX alerts_open ON alerts (id) WHERE open = 1;
    CREATE TABLE provenance (
        leaf_index {key}, entity_type TEXT NOT NULL, entity_id TEXT NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,
        payload TEXT NOT NULL, at_ms BIGINT NOT NULL, hash {bytes} NOT NULL, prev_hash {bytes} NOT NULL,
        signature {bytes} NOT NULL, public_key {bytes} NOT NULL);
    CREATE INDEX provenance_entity ON provenance (entity_type, entity_id, leaf_index);
    CREATE INDEX provenance_entity_id ON provenance (entity_id, leaf_index);
    CREATE INDEX provenance_actor ON provenance (actor, leaf_index);
    CREATE TABLE merkle_nodes (
        level BIGINT NOT NULL, place BIGINT NOT NULL, hash {bytes} NOT NULL, PRIMARY KEY (level, place));
    CREATE TABLE audit (
        id {key}, event TEXT NOT NULL, actor TEXT NOT NULL, details TEXT NOT NULL, at_ms BIGINT NOT NULL);
    CREATE INDEX audit_actor ON audit (actor, id);
    CREATE TABLE decisions (
        id {key}, subject TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL, decision TEXT NOT NULL,
        violations TEXT NOT NULL, at_ms BIGINT NOT NULL);
    CREATE TABLE policies (id TEXT PRIMARY KEY, name TEXT NOT NULL, document TEXT NOT NULL);
    CREATE TABLE plugins (
        id {key}, name TEXT NOT NULL, summary TEXT NOT NULL, category TEXT NOT NULL, downloads BIGINT NOT NULL,
        rating DOUBLE PRECISION NOT NULL, details TEXT NOT NULL, words TEXT NOT NULL);
    CREATE INDEX plugins_category ON plugins (category, downloads);
    {search}
",
    "
    CREATE TABLE signing_keys (public_key {bytes} PRIMARY KEY);
    CREATE TABLE tree_head (
        id {key}, size BIGINT NOT NULL, root {bytes} NOT NULL, public_key {bytes} NOT NULL, signature {bytes} NOT NULL);
",
];

/// The table that says which migrations have run.
pub(super) const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";

/// Every migration with its number, from 1.
pub(super) fn migrations(dialect: &Dialect) -> impl Iterator<Item = (i64, String)> {
    (1..).zip(MIGRATIONS).map(|(number, text)| {
        let text =
            text.replace("{key}", dialect.key).replace("{bytes}", dialect.bytes).replace("{search}", dialect.search);
        (number, text)
    })
}
