//! A violation of a schema in words: what was expected at which place, without repeating half the document.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as What;
use serde_json::Value;

use crate::Problem;

/// The problems behind one violation. Where one of several forms was wanted, those of the form that came closest.
pub(super) fn problems(error: &ValidationError<'_>) -> Vec<Problem> {
    let place = error.instance_path().to_string();
    if let What::AnyOf { context } | What::OneOfNotValid { context } = error.kind()
        && let Some(closest) = closest(context)
    {
        return closest.iter().flat_map(problems).collect();
    }
    let found = shown(error.instance());
    let message = match error.kind() {
        What::Required { property } => format!("expected a member {}", shown(property)),
        What::AdditionalProperties { unexpected } => {
            return unexpected
                .iter()
                .map(|name| {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    Problem::at(format!("{place}/{name}"), "expected no member of this name")
                })
                .collect();
        }
        What::Constant { expected_value } => format!("expected {}, found {found}", shown(expected_value)),
        What::Enum { options } => format!("expected one of {options}, found {found}"),
        What::Type { .. } => format!("expected {}, found {found}", wanted(error)),
        What::Minimum { limit } => format!("expected at least {limit}, found {found}"),
        What::Maximum { limit } => format!("expected at most {limit}, found {found}"),
        What::ExclusiveMinimum { limit } => format!("expected more than {limit}, found {found}"),
        What::ExclusiveMaximum { limit } => format!("expected less than {limit}, found {found}"),
        What::MinItems { limit } => format!("expected at least {limit} items, found {found}"),
        What::MaxItems { limit } => format!("expected at most {limit} items, found {found}"),
        What::MinLength { limit } => format!("expected at least {limit} characters, found {found}"),
        What::MaxLength { limit } => format!("expected at most {limit} characters, found {found}"),
        What::Pattern { pattern } => format!("expected a text that matches {pattern}, found {found}"),
        _ => error.masked_with(found).to_string(),
    };
    vec![Problem::at(place, message)]
}

/// The form whose violations lie deepest: there the document came closest to it.
fn closest<'c>(forms: &'c [Vec<ValidationError<'static>>]) -> Option<&'c Vec<ValidationError<'static>>> {
    let depth = |form: &&Vec<ValidationError<'static>>| {
        form.iter().map(|error| error.instance_path().to_string().matches('/').count()).min()
    };
    let deepest = forms.iter().max_by_key(depth)?;
    let same = forms.iter().filter(|form| depth(form) == depth(&deepest)).count();
    (same == 1).then_some(deepest)
}

fn wanted(error: &ValidationError<'_>) -> String {
    let text = error.masked_with("").to_string();
    let types: Vec<_> = text.split('"').skip(1).step_by(2).map(with_article).collect();
    types.join(" or ")
}

fn with_article(name: &str) -> String {
    match name {
        "array" | "integer" | "object" => format!("an {name}"),
        "null" => name.to_owned(),
        _ => format!("a {name}"),
    }
}

/// A value in few words.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > 80 => {
            format!("a text of {} characters", text.chars().count())
        }
        other => other.to_string(),
    }
}
