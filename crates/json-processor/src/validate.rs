//! Every violation of a document: of its schema, and of what no schema can say. Must not know who wrote it.

mod expected;
mod meaning;

use std::path::Path;

use bench_model::file;
use serde::Serialize;
use serde_json::Value;

use crate::input;
use crate::{Error, Kind, Problem, schema_of};

/// What a check of one document found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Validation {
    /// What the document is.
    #[serde(serialize_with = "name_of")]
    pub kind: Kind,
    /// Every violation, ordered by place; empty for a valid document.
    pub violations: Vec<Problem>,
}

fn name_of<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// Checks a document (`-`: standard input) against the schema of its kind, which its `schema` member tells if
/// `kind` does not, and against what a schema cannot say.
///
/// # Errors
/// [`Error::File`] when it cannot be read or is no JSON, [`Error::UnknownKind`] when nothing tells its kind.
pub fn validate_json_schema(path: &Path, kind: Option<Kind>) -> Result<Validation, Error> {
    let bytes = file::read(path, file::MAX_DOCUMENT)?;
    let document = input::parse_value(path, &bytes)?;
    let kind = match kind {
        Some(kind) => kind,
        None => kind_of(&document).map_err(|found| Error::UnknownKind { path: path.to_path_buf(), found })?,
    };
    let schema = schema_of(kind);
    let validator = jsonschema::draft202012::new(&schema)
        .map_err(|error| Error::SchemaItself { kind, reason: error.to_string() })?;
    let mut violations: Vec<_> =
        validator.iter_errors(&document).flat_map(|error| expected::problems(&error)).collect();
    drop(document);
    if violations.is_empty() {
        violations = meaning::problems(path, &bytes, kind);
    }
    violations.sort();
    violations.dedup();
    Ok(Validation { kind, violations })
}

/// The kind that a document says it is, or what it says instead.
fn kind_of(document: &Value) -> Result<Kind, String> {
    let known = || Kind::ALL.into_iter().filter_map(Kind::member).collect::<Vec<_>>().join(", ");
    match document.get("schema") {
        Some(Value::String(member)) => {
            let member: String = member.chars().take(80).collect();
            member.parse().map_err(|()| format!("its `schema` is `{member}`, not one of {}", known()))
        }
        Some(_) => Err(format!("its `schema` is not one of the texts {}", known())),
        None if ["display_gibs", "comp3_mibs"].iter().any(|key| document.get(key).is_some()) => Ok(Kind::PerfSpec),
        None => Err(format!("it has no member `schema` with one of {}", known())),
    }
}
