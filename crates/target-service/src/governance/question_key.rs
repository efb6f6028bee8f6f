//! Owns the name under which a judgement is remembered: two questions share it only if the policies and the risk cannot tell
//! them apart. Must not know the cache, nor how a judgement comes about.
//!
//! Subject, action and resource count as they are. Of the context only the fields count that a rule or the risk reads; free text
//! beside them does not. Where a field is only ever compared with limits, what counts is its place among them, so that 3 and 7
//! records are the same question if nothing asks about a limit between.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::decision::{EXACT, LIMITS, Question, hex};
use super::policy::{Condition, Policy, field};

/// How a field of the context is read.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// By its value.
    Exact,
    /// Only as larger or smaller than one of these.
    Limits(Vec<f64>),
}

/// Makes the keys of questions to one set of policies.
pub(crate) struct Keys {
    /// Has taken in the policies: services that share a cache and differ in them share no answers.
    policies: Sha256,
    /// By path, without `context.`; the empty path is the context as a whole.
    read: BTreeMap<String, Reading>,
}

impl Keys {
    pub(crate) fn new(policies: &[Policy]) -> Self {
        let mut read = BTreeMap::new();
        for path in EXACT {
            note(&mut read, path, None);
        }
        for (path, limit) in LIMITS {
            note(&mut read, path, Some(*limit));
        }
        policies.iter().flat_map(|policy| &policy.rules).for_each(|rule| walk(&mut read, &rule.when));
        let policies = Sha256::new().chain_update(json!(policies).to_string());
        Self { policies, read }
    }

    /// The key of a question in the cache.
    pub(crate) fn of(&self, question: &Question) -> String {
        let mut hash = self.policies.clone();
        for part in [&question.subject, &question.action, &question.resource] {
            text(&mut hash, part);
        }
        for (path, reading) in &self.read {
            let found = if path.is_empty() { Some(&question.context) } else { field(&question.context, path) };
            match (reading, found) {
                (_, None) => hash.update([0]),
                (Reading::Exact, Some(found)) => value(&mut hash, found),
                (Reading::Limits(limits), Some(found)) => place(&mut hash, limits, found),
            }
        }
        hex(&hash.finalize())
    }
}

fn walk(read: &mut BTreeMap<String, Reading>, condition: &Condition) {
    let mut of_context = |path: &str, limit| {
        if path == "context" {
            note(read, "", limit);
        } else if let Some(path) = path.strip_prefix("context.") {
            note(read, path, limit);
        }
    };
    match condition {
        Condition::Eq(path, _) | Condition::In(path, _) => of_context(path, None),
        Condition::Gt(path, limit) | Condition::Lt(path, limit) => of_context(path, Some(*limit)),
        Condition::All(conditions) | Condition::Any(conditions) => {
            conditions.iter().for_each(|condition| walk(read, condition));
        }
        Condition::Not(condition) => walk(read, condition),
    }
}

/// A field read by its value once is read by its value.
fn note(read: &mut BTreeMap<String, Reading>, path: &str, limit: Option<f64>) {
    let reading = read.entry(path.to_owned()).or_insert_with(|| Reading::Limits(Vec::new()));
    match (reading, limit) {
        (Reading::Exact, _) => {}
        (Reading::Limits(limits), Some(limit)) => limits.push(limit),
        (reading @ Reading::Limits(_), None) => *reading = Reading::Exact,
    }
}

/// Which limits the number is above, and which below; what is no number is neither, as if it were not there.
fn place(hash: &mut Sha256, limits: &[f64], found: &Value) {
    let Some(found) = found.as_f64() else { return hash.update([0]) };
    hash.update([1]);
    for limit in limits {
        hash.update([u8::from(found > *limit), u8::from(found < *limit)]);
    }
}

/// A value so that no two are the same bytes; the order of an object's keys does not count.
fn value(hash: &mut Sha256, found: &Value) {
    match found {
        Value::Null => hash.update([2]),
        Value::Bool(found) => hash.update([3, u8::from(*found)]),
        Value::Number(number) => {
            hash.update([4]);
            text(hash, &number.to_string());
        }
        Value::String(found) => {
            hash.update([5]);
            text(hash, found);
        }
        Value::Array(items) => {
            hash.update([6]);
            hash.update(items.len().to_le_bytes());
            items.iter().for_each(|item| value(hash, item));
        }
        Value::Object(fields) => {
            hash.update([7]);
            hash.update(fields.len().to_le_bytes());
            for (key, item) in fields.iter().collect::<BTreeMap<_, _>>() {
                text(hash, key);
                value(hash, item);
            }
        }
    }
}

/// The length keeps ("ab", "c") and ("a", "bc") apart.
fn text(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_le_bytes());
    hash.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::{Value, json};

    use super::{Keys, Question};
    use crate::governance::decision::judge;
    use crate::governance::policy::{Policy, seeded};

    fn policies() -> Vec<Policy> {
        seeded(200).map(|row| serde_json::from_str(&row.document).unwrap()).collect()
    }

    fn question(context: Value) -> Question {
        Question { subject: "u".to_owned(), action: "read".to_owned(), resource: "r".to_owned(), context }
    }

    #[test]
    fn every_field_that_decides_is_in_the_key_and_a_note_is_not() {
        let keys = Keys::new(&policies());
        let of = |context| keys.of(&question(context));
        let public = of(json!({"classification": "public", "note": "one"}));
        assert_eq!(public, of(json!({"note": "another", "classification": "public"})));
        let mut seen = HashSet::from([public]);
        for context in [
            json!({"classification": "secret", "risk": 1.0}),
            json!({"classification": "secret"}),
            json!({"classification": "public", "risk": 1.0}),
            json!({"classification": "public", "model_risk": 0.7}),
            json!({"classification": "public", "mfa": false}),
            json!({"classification": "public", "mfa": true}),
            json!({"classification": "public", "consent": false}),
            json!({"classification": "public", "records": 5}),
            json!({"classification": "public", "records": 5_000}),
            json!({"classification": "public", "region": "eu"}),
            json!({"classification": "public", "fairness": 0.5}),
            json!({"classification": "public", "explained": false}),
        ] {
            assert!(seen.insert(of(context.clone())), "{context}");
        }
    }

    #[test]
    fn questions_with_one_key_have_one_judgement() {
        let (policies, mut judged) = (policies(), std::collections::HashMap::new());
        let keys = Keys::new(&policies);
        let mut shared = 0;
        for class in ["public", "internal", "confidential", "restricted", "secret"] {
            for records in [1, 9, 10, 11, 100, 101, 1_000, 1_001, 10_001] {
                for (mfa, risk) in [(true, 0.1), (true, 0.75), (false, 0.1), (false, 0.9)] {
                    for action in ["read", "export", "escalate.review"] {
                        let context = json!({"classification": class, "records": records, "mfa": mfa, "risk": risk, "region": "eu"});
                        let question = Question { action: action.to_owned(), ..question(context) };
                        let judgement = judge(&policies, &question);
                        let before = judged.insert(keys.of(&question), judgement.clone());
                        shared += u32::from(before.is_some());
                        assert!(before.is_none_or(|before| before == judgement), "{question:?}");
                    }
                }
            }
        }
        assert!(shared > 0, "1 and 9 records are the same to every policy");
    }

    #[test]
    fn other_parts_other_policies_and_other_forms_make_other_keys() {
        let all = policies();
        let keys = Keys::new(&all);
        let two = |subject: &str, action: &str| {
            keys.of(&Question { subject: subject.to_owned(), action: action.to_owned(), ..question(json!(1)) })
        };
        assert_ne!(two("ab", "c"), two("a", "bc"));
        let plain = question(json!({}));
        assert_ne!(keys.of(&plain), Keys::new(&all[..199]).of(&plain));
        let whole: Policy = serde_json::from_value(json!({"id": "p", "name": "p", "category": "safety", "rules": [
            {"id": "r", "effect": "deny", "when": {"not": {"eq": ["context", {"a": [1, null]}]}}}]}))
        .unwrap();
        let keys = Keys::new(&[whole]);
        let contexts =
            [json!({"a": [1, null]}), json!({"a": [1]}), json!({"a": 1}), json!(null), json!("a"), json!([])];
        let distinct: HashSet<_> = contexts.iter().map(|context| keys.of(&question(context.clone()))).collect();
        assert_eq!(distinct.len(), contexts.len());
    }
}
