//! Owns policies: rules with JSON conditions, their evaluation, and the seeded set a new store begins with.
//! Must not know HTTP, the store's tables, or what a decision makes of a policy.
//!
//! A condition is one of `{"eq": [FIELD, VALUE]}`, `{"in": [FIELD, [VALUE...]]}`, `{"gt": [FIELD, NUMBER]}`, `{"lt": [FIELD, NUMBER]}`,
//! `{"all": [CONDITION...]}`, `{"any": [CONDITION...]}`, `{"not": CONDITION}`. A FIELD is a path of keys: `context.region`. A field that
//! is not there, or of another type, satisfies no comparison.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decision::Category;
use super::seeded::Seeded;
use crate::store::PolicyRow;

/// What a rule asks for; the order is the strength when several rules match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    /// Nothing stands against it.
    Allow,
    /// A person must look at it.
    Escalate,
    /// It must not happen.
    Deny,
}

/// A test of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Condition {
    /// The field has this value; numbers by value, so 1 equals 1.0.
    Eq(String, Value),
    /// The field has one of these values.
    In(String, Vec<Value>),
    /// The field is a larger number.
    Gt(String, f64),
    /// The field is a smaller number.
    Lt(String, f64),
    /// All hold; true if there are none.
    All(Vec<Condition>),
    /// At least one holds; false if there are none.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) effect: Effect,
    pub(crate) when: Condition,
}

/// A policy, the document of a row of the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) category: Category,
    pub(crate) rules: Vec<Rule>,
}

/// What a policy says about an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome<'policy> {
    /// The strongest effect of the rules that match; allow if none does.
    pub(crate) effect: Effect,
    /// Their ids, in the policy's order.
    pub(crate) matched: Vec<&'policy str>,
}

impl Policy {
    pub(crate) fn evaluate(&self, input: &Value) -> Outcome<'_> {
        let mut outcome = Outcome { effect: Effect::Allow, matched: Vec::new() };
        for rule in self.rules.iter().filter(|rule| rule.when.holds(input)) {
            outcome.effect = outcome.effect.max(rule.effect);
            outcome.matched.push(&rule.id);
        }
        outcome
    }
}

impl Condition {
    fn holds(&self, input: &Value) -> bool {
        match self {
            Self::Eq(path, value) => field(input, path).is_some_and(|found| equal(found, value)),
            Self::In(path, values) => {
                field(input, path).is_some_and(|found| values.iter().any(|value| equal(found, value)))
            }
            Self::Gt(path, limit) => number(input, path).is_some_and(|found| found > *limit),
            Self::Lt(path, limit) => number(input, path).is_some_and(|found| found < *limit),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(input)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(input)),
            Self::Not(condition) => !condition.holds(input),
        }
    }
}

/// The value at a path of keys.
pub(super) fn field<'input>(input: &'input Value, path: &str) -> Option<&'input Value> {
    path.split('.').try_fold(input, |value, key| value.get(key))
}

fn number(input: &Value, path: &str) -> Option<f64> {
    field(input, path).and_then(Value::as_f64)
}

/// Whole numbers are compared exactly; only a pair that is not both whole falls back to floating point.
fn equal(one: &Value, other: &Value) -> bool {
    let mixed = one.is_f64() != other.is_f64();
    one == other || (mixed && matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if one == other))
}

/// The policies of a new store: equal on every machine. Each asks for two or three things at once, so that most inputs pass most.
pub(crate) fn seeded(count: u16) -> impl Iterator<Item = PolicyRow> {
    let mut random = Seeded::new(0x706f_6c69_6379);
    (1..=count).map(move |number| {
        let policy = one(&mut random, number);
        let document = serde_json::to_string(&policy).unwrap_or_default();
        PolicyRow { id: policy.id, name: policy.name, document }
    })
}

fn one(random: &mut Seeded, number: u16) -> Policy {
    let category = random.pick(&Category::ALL.map(Some)).unwrap_or(Category::Compliance);
    let rules = (1..=random.between(1, 3))
        .map(|rule| {
            let when = Condition::All(vec![
                Condition::Eq("action".to_owned(), random.pick(ACTIONS).into()),
                Condition::In(
                    "context.classification".to_owned(),
                    vec![random.pick(CLASSES).into(), random.pick(CLASSES).into()],
                ),
                guard(random, category),
            ]);
            let effect = if random.chance(60) { Effect::Deny } else { Effect::Escalate };
            Rule { id: format!("rule-{number:03}-{rule}"), effect, when }
        })
        .collect();
    let name = format!("{} guard {number}", category.word());
    Policy { id: format!("policy-{number:03}"), name, category, rules }
}

const ACTIONS: &[&str] = &["read", "write", "delete", "export", "share", "train", "deploy", "approve", "transfer"];
const CLASSES: &[&str] = &["internal", "confidential", "restricted", "secret"];
const REGIONS: &[&str] = &["eu", "us", "apac", "latam"];

/// What a category looks at beside the action and the classification.
fn guard(random: &mut Seeded, category: Category) -> Condition {
    let not_true = |path: &str| Condition::Not(Box::new(Condition::Eq(path.to_owned(), true.into())));
    let above = |path: &str, limit: f64| Condition::Gt(path.to_owned(), limit);
    let limit = [10.0, 100.0, 1_000.0, 10_000.0].map(Some);
    let records = above("context.records", random.pick(&limit).unwrap_or(10.0));
    match category {
        Category::Privacy => Condition::All(vec![not_true("context.consent"), records]),
        Category::Security => {
            Condition::Any(vec![Condition::Eq("context.mfa".to_owned(), false.into()), above("context.risk", 0.7)])
        }
        Category::Fairness => Condition::Lt("context.fairness".to_owned(), 0.8),
        Category::Transparency => Condition::Eq("context.explained".to_owned(), false.into()),
        Category::Safety => above("context.model_risk", 0.6),
        Category::Compliance => {
            Condition::All(vec![Condition::Eq("context.region".to_owned(), random.pick(REGIONS).into()), records])
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::{Condition, Effect, Policy, seeded};

    fn holds(condition: serde_json::Value, input: &serde_json::Value) -> bool {
        serde_json::from_value::<Condition>(condition).unwrap().holds(input)
    }

    #[test]
    fn each_condition_means_what_it_says() {
        let input = json!({"action": "read", "n": 5, "context": {"region": "eu", "deep": {"x": 1.0}}});
        for (condition, expected) in [
            (json!({"eq": ["action", "read"]}), true),
            (json!({"eq": ["action", "write"]}), false),
            (json!({"eq": ["context.deep.x", 1]}), true),
            (json!({"eq": ["missing", null]}), false),
            (json!({"in": ["context.region", ["us", "eu"]]}), true),
            (json!({"in": ["context.region", []]}), false),
            (json!({"gt": ["n", 4.9]}), true),
            (json!({"gt": ["n", 5]}), false),
            (json!({"lt": ["n", 5.1]}), true),
            (json!({"gt": ["action", 0]}), false),
            (json!({"lt": ["missing", 1]}), false),
            (json!({"all": []}), true),
            (json!({"any": []}), false),
            (json!({"all": [{"gt": ["n", 1]}, {"lt": ["n", 3]}]}), false),
            (json!({"any": [{"gt": ["n", 1]}, {"lt": ["n", 3]}]}), true),
            (json!({"not": {"eq": ["action", "read"]}}), false),
            (json!({"not": {"lt": ["missing", 1]}}), true),
        ] {
            assert_eq!(holds(condition.clone(), &input), expected, "{condition}");
        }
        assert!(!holds(json!({"eq": ["id", 9_007_199_254_740_993_u64]}), &json!({"id": 9_007_199_254_740_992_u64})));
    }

    #[test]
    fn a_condition_of_another_form_is_refused() {
        for bad in [
            json!({}),
            json!({"like": ["a", "b"]}),
            json!({"eq": ["a"]}),
            json!({"gt": ["a", "b"]}),
            json!({"eq": ["a", 1], "not": {}}),
        ] {
            assert!(serde_json::from_value::<Condition>(bad.clone()).is_err(), "{bad}");
        }
        let deep = format!("{}{{\"all\":[]}}{}", "{\"not\":".repeat(10_000), "}".repeat(10_000));
        assert!(serde_json::from_str::<Condition>(&deep).is_err());
    }

    #[test]
    fn the_strongest_rule_that_matches_decides_and_all_are_named() {
        let policy: Policy = serde_json::from_value(json!({"id": "p", "name": "p", "category": "safety", "rules": [
            {"id": "a", "effect": "escalate", "when": {"gt": ["n", 1]}},
            {"id": "b", "effect": "deny", "when": {"gt": ["n", 2]}},
            {"id": "c", "effect": "allow", "when": {"all": []}},
        ]}))
        .unwrap();
        let of = |n: u32| {
            let input = json!({"n": n});
            let outcome = policy.evaluate(&input);
            (outcome.effect, outcome.matched.join(""))
        };
        assert_eq!(of(1), (Effect::Allow, "c".to_owned()));
        assert_eq!(of(2), (Effect::Escalate, "ac".to_owned()));
        assert_eq!(of(3), (Effect::Deny, "abc".to_owned()));
    }

    #[test]
    fn the_seeded_policies_are_equal_each_time_differ_from_each_other_and_can_be_read() {
        let rows = seeded(200).collect::<Vec<_>>();
        assert_eq!(rows, seeded(200).collect::<Vec<_>>());
        assert_eq!(rows.iter().map(|row| &row.id).collect::<HashSet<_>>().len(), 200);
        assert!(rows.is_sorted_by_key(|row| &row.id));
        assert!(rows.iter().map(|row| &row.document).collect::<HashSet<_>>().len() > 190);
        let policies =
            rows.iter().map(|row| serde_json::from_str::<Policy>(&row.document).unwrap()).collect::<Vec<_>>();
        let input = json!({"action": "export", "context": {"classification": "restricted", "records": 50_000, "mfa": false, "region": "eu",
            "fairness": 0.1, "explained": false, "model_risk": 0.9}});
        let strict = policies.iter().filter(|policy| policy.evaluate(&input).effect > Effect::Allow).count();
        assert!((3..100).contains(&strict), "{strict}");
        let mild = json!({"action": "read", "context": {"classification": "public"}});
        assert!(policies.iter().all(|policy| policy.evaluate(&mild).effect == Effect::Allow));
    }
}
