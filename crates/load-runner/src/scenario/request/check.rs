//! Checks: what an answer must be beside its status. Must not know: how they are evaluated.

use crate::Error;
use crate::scenario::file::Table;
use crate::scenario::item::is_label;
use crate::scenario::template::Scope;
use crate::scenario::{Check, Demand, StatusPattern};

const KEYS: [&str; 8] = ["at_least", "at_most", "equals", "exists", "matches", "name", "pointer", "status"];
/// How many checks a request may have: their results are kept as bits.
const MOST: usize = 64;

pub(super) fn checks(table: &Table<'_>, scope: &Scope<'_>) -> Result<Vec<Check>, Error> {
    let mut checks: Vec<Check> = Vec::new();
    for table in table.tables("checks")? {
        let table = table.only(&KEYS)?;
        let (demand, usual_name) = demand(&table, scope)?;
        let name = table.text("name", scope)?.unwrap_or(usual_name);
        if !is_label(&name) {
            return Err(table.refuse("name", "is needed here: a name without quotes, commas, colons and braces"));
        }
        if checks.iter().any(|known| known.name == name) {
            return Err(table.refuse("name", format!("`{name}` names two checks of this request")));
        }
        checks.push(Check { name, demand });
    }
    if checks.len() > MOST {
        return Err(table.refuse("checks", format!("has more than {MOST} entries")));
    }
    Ok(checks)
}

/// A demand, and what it is called when the file does not say.
fn demand(table: &Table<'_>, scope: &Scope<'_>) -> Result<(Demand, String), Error> {
    if let Some(node) = table.get("status") {
        alone(table, "status", &[])?;
        let pattern =
            super::status(&node).ok_or_else(|| table.refuse("status", "is a status, such as 201 or \"2xx\""))?;
        let text = match pattern {
            StatusPattern::Exact(status) => status.to_string(),
            StatusPattern::Class(class) => format!("{class}xx"),
        };
        return Ok((Demand::Status(pattern), format!("status {text}")));
    }
    if table.has("exists") {
        alone(table, "exists", &[])?;
        let pointer = pointer(table, "exists", scope)?;
        return Ok((Demand::Exists(pointer.clone()), format!("{pointer} exists")));
    }
    if !table.has("pointer") {
        return Err(table.refuse_all("this check has neither `status` nor `exists` nor `pointer`"));
    }
    let pointer = pointer(table, "pointer", scope)?;
    if let Some(node) = table.get("equals") {
        alone(table, "equals", &["pointer"])?;
        let value = super::json(table, "equals", &node, scope)?;
        return Ok((Demand::Equals(pointer.clone(), value), format!("{pointer} equals")));
    }
    if let Some(pattern) = table.text("matches", scope)? {
        alone(table, "matches", &["pointer"])?;
        if let Err(error) = regex::Regex::new(&pattern) {
            let last = error.to_string().lines().last().unwrap_or_default().to_owned();
            return Err(table.refuse("matches", format!("is no regular expression: {last}")));
        }
        return Ok((Demand::Matches(pointer.clone(), pattern), format!("{pointer} matches")));
    }
    let bound = |key: &str| {
        table.get(key).map(|node| node.number(scope).map_err(|reason| table.refuse(key, reason))).transpose()
    };
    match (bound("at_least")?, bound("at_most")?) {
        (None, None) => {
            let reason = "needs one of `equals`, `matches`, `at_least` and `at_most` beside it; for a value that is only there, `exists`";
            Err(table.refuse("pointer", reason))
        }
        (from, to) => Ok((Demand::Within(pointer.clone(), from, to), format!("{pointer} within"))),
    }
}

fn pointer(table: &Table<'_>, key: &str, scope: &Scope<'_>) -> Result<String, Error> {
    let pointer = table.text(key, scope)?.unwrap_or_default();
    match super::is_pointer(&pointer) {
        true => Ok(pointer),
        false => Err(table.refuse(key, "is a JSON pointer, such as \"/items/0/id\"")),
    }
}

/// Refuses a second demand in one check.
fn alone(table: &Table<'_>, key: &str, with: &[&str]) -> Result<(), Error> {
    let other =
        KEYS.iter().find(|other| **other != key && **other != "name" && !with.contains(other) && table.has(other));
    other.map_or(Ok(()), |other| Err(table.refuse(other, format!("stands beside `{key}`: a check has one demand"))))
}
