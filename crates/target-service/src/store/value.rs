//! Values that go into statements and come out of rows, in the five types both databases share.

use std::borrow::Cow;

use super::StoreError;

/// One parameter or one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// SQL NULL.
    Null,
    /// `BIGINT`
    Int(i64),
    /// `DOUBLE PRECISION`
    Real(f64),
    /// `TEXT`
    Text(String),
    /// `BYTEA` or `BLOB`
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

/// A statement and its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Parameters are `$1`, `$2`, ... and first appear in this order: SQLite binds by appearance, PostgreSQL by number.
    pub(crate) sql: Cow<'static, str>,
    /// Their values.
    pub(crate) params: Vec<Value>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self { sql: sql.into(), params }
    }
}

/// One row; columns are taken from the left, in the order of the statement.
#[derive(Debug)]
pub(super) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(super) fn new(columns: Vec<Value>) -> Self {
        Self(columns.into_iter())
    }

    pub(super) fn int(&mut self) -> Result<i64, StoreError> {
        match self.0.next() {
            Some(Value::Int(value)) => Ok(value),
            Some(Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_)) | None => {
                Err(StoreError::Shape("a whole number is missing"))
            }
        }
    }

    pub(super) fn real(&mut self) -> Result<f64, StoreError> {
        match self.0.next() {
            Some(Value::Real(value)) => Ok(value),
            Some(Value::Null | Value::Int(_) | Value::Text(_) | Value::Blob(_)) | None => {
                Err(StoreError::Shape("a number is missing"))
            }
        }
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        match self.0.next() {
            Some(Value::Text(value)) => Ok(value),
            Some(Value::Null | Value::Int(_) | Value::Real(_) | Value::Blob(_)) | None => {
                Err(StoreError::Shape("a text is missing"))
            }
        }
    }

    pub(super) fn hash(&mut self) -> Result<[u8; 32], StoreError> {
        match self.0.next() {
            Some(Value::Blob(value)) => value.try_into().map_err(|_| StoreError::Shape("a hash is not 32 bytes")),
            Some(Value::Null | Value::Int(_) | Value::Real(_) | Value::Text(_)) | None => {
                Err(StoreError::Shape("a hash is missing"))
            }
        }
    }

    pub(super) fn blob(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.0.next() {
            Some(Value::Blob(value)) => Ok(value),
            Some(Value::Null | Value::Int(_) | Value::Real(_) | Value::Text(_)) | None => {
                Err(StoreError::Shape("bytes are missing"))
            }
        }
    }
}
