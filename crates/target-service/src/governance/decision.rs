//! Owns the judgement of a request by policies and risk.
//! Must not know HTTP, the cache, or the review queue.
//!
//! The risk score is `1 - (1 - w1)(1 - w2)...` over the weights of the signs found, so it stays below 1 and each sign raises it;
//! a caller that knows better says so in `context.risk` (0 to 1), and the larger of the two counts.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::policy::{Effect, Policy};

/// At this risk and above a person decides.
pub(crate) const ESCALATION_RISK: f64 = 0.8;

/// What a policy protects; a violation is named by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Category {
    Privacy,
    Security,
    Fairness,
    Transparency,
    Safety,
    Compliance,
}

impl Category {
    pub(crate) const ALL: [Self; 6] =
        [Self::Privacy, Self::Security, Self::Fairness, Self::Transparency, Self::Safety, Self::Compliance];

    /// The word for it in answers and metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Privacy => "privacy",
            Self::Security => "security",
            Self::Fairness => "fairness",
            Self::Transparency => "transparency",
            Self::Safety => "safety",
            Self::Compliance => "compliance",
        }
    }
}

/// What is to be judged.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Question {
    pub(crate) subject: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    #[serde(default)]
    pub(crate) context: Value,
}

/// The judgement; this is what the cache keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judgement {
    pub(crate) decision: Effect,
    /// 0 to 1.
    pub(crate) risk: f64,
    /// Ids of the policies with a rule that matched, by id.
    pub(crate) policies: Vec<String>,
    /// Categories of those that stand against it, each once.
    pub(crate) violations: Vec<Category>,
}

/// Judges a question. An action `escalate.*` or a high risk goes to a person whatever the policies say; then a deny counts
/// more than an escalation.
pub(crate) fn judge(policies: &[Policy], question: &Question) -> Judgement {
    let input = json!({
        "subject": question.subject,
        "action": question.action,
        "resource": question.resource,
        "context": question.context,
    });
    let risk = risk(question);
    let mut judgement = Judgement { decision: Effect::Allow, risk, policies: Vec::new(), violations: Vec::new() };
    for policy in policies {
        let outcome = policy.evaluate(&input);
        if outcome.matched.is_empty() {
            continue;
        }
        judgement.policies.push(policy.id.clone());
        judgement.decision = judgement.decision.max(outcome.effect);
        if outcome.effect > Effect::Allow {
            judgement.violations.push(policy.category);
        }
    }
    judgement.violations.sort_unstable();
    judgement.violations.dedup();
    if question.action.starts_with("escalate.") || risk >= ESCALATION_RISK {
        judgement.decision = Effect::Escalate;
    }
    judgement
}

/// Fields of the context that [`risk`] reads by their value; the name of a remembered judgement must tell them apart.
pub(crate) const EXACT: &[&str] = &["classification", "mfa", "consent", "model_risk", "risk"];
/// Those it only compares, and with what.
pub(crate) const LIMITS: &[(&str, f64)] = &[("records", MANY_RECORDS)];
/// More records than this are a sign of risk.
const MANY_RECORDS: f64 = 1_000.0;

/// 0 to 1. Reads no field of the context but [`EXACT`] and [`LIMITS`].
fn risk(question: &Question) -> f64 {
    let verb = question.action.rsplit('.').next().unwrap_or("");
    let action = match verb {
        "read" | "list" | "view" => 0.05,
        "write" | "update" | "approve" => 0.15,
        "delete" | "export" | "share" | "transfer" => 0.35,
        "train" | "deploy" => 0.4,
        _ => 0.1,
    };
    let context = &question.context;
    let number = |key: &str| context.get(key).and_then(Value::as_f64);
    let says_no = |key: &str| context.get(key).and_then(Value::as_bool) == Some(false);
    let class = match context.get("classification").and_then(Value::as_str) {
        Some("secret") => 0.5,
        Some("restricted") => 0.35,
        Some("confidential") => 0.2,
        Some(_) | None => 0.0,
    };
    let signs = [
        action,
        class,
        if says_no("mfa") { 0.25 } else { 0.0 },
        if says_no("consent") { 0.25 } else { 0.0 },
        if number("records").is_some_and(|records| records > MANY_RECORDS) { 0.25 } else { 0.0 },
        number("model_risk").unwrap_or(0.0).clamp(0.0, 1.0) * 0.5,
    ];
    let computed = 1.0 - signs.iter().map(|weight| 1.0 - weight).product::<f64>();
    computed.max(number("risk").unwrap_or(0.0).clamp(0.0, 1.0))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Category, Question, hex, judge};
    use crate::governance::policy::{Effect, Policy, seeded};

    fn question(action: &str, context: serde_json::Value) -> Question {
        Question { subject: "u1".to_owned(), action: action.to_owned(), resource: "model/1".to_owned(), context }
    }

    fn guard(effect: &str, category: &str) -> Policy {
        serde_json::from_value(json!({"id": format!("{effect}-{category}"), "name": "n", "category": category,
            "rules": [{"id": "r", "effect": effect, "when": {"eq": ["action", "share"]}}]}))
        .unwrap()
    }

    #[test]
    fn a_harmless_question_is_allowed_by_the_seeded_policies() {
        let policies = seeded(200).map(|row| serde_json::from_str(&row.document).unwrap()).collect::<Vec<Policy>>();
        let judgement = judge(&policies, &question("read", json!({"classification": "public"})));
        assert_eq!((judgement.decision, judgement.violations.len()), (Effect::Allow, 0));
        assert!(judgement.risk > 0.0 && judgement.risk < 0.2);
    }

    #[test]
    fn a_deny_counts_more_than_an_escalation_and_each_category_is_named_once() {
        let policies = [guard("escalate", "privacy"), guard("deny", "safety"), guard("deny", "privacy")];
        let judgement = judge(&policies, &question("share", json!({})));
        assert_eq!(judgement.decision, Effect::Deny);
        assert_eq!(judgement.violations, [Category::Privacy, Category::Safety]);
        assert_eq!(judgement.policies.len(), 3);
        assert_eq!(judge(&policies[..1], &question("share", json!({}))).decision, Effect::Escalate);
        assert_eq!(judge(&policies, &question("read", json!({}))).decision, Effect::Allow);
    }

    #[test]
    fn a_high_risk_or_the_callers_word_goes_to_a_person() {
        let decision = |action, context| judge(&[], &question(action, context)).decision;
        assert_eq!(decision("escalate.review", json!({})), Effect::Escalate);
        assert_eq!(decision("escalate", json!({})), Effect::Allow);
        assert_eq!(decision("read", json!({"risk": 0.8})), Effect::Escalate);
        assert_eq!(decision("read", json!({"risk": 0.79})), Effect::Allow);
        assert_eq!(
            decision("deploy", json!({"classification": "secret", "mfa": false, "consent": false, "records": 5_000})),
            Effect::Escalate
        );
    }

    #[test]
    fn risk_stays_between_0_and_1_whatever_the_context_says() {
        for context in [
            json!(null),
            json!("x"),
            json!([1]),
            json!({"risk": 7}),
            json!({"risk": -3, "model_risk": 1e300}),
            json!({"risk": "high"}),
        ] {
            let risk = judge(&[], &question("deploy", context.clone())).risk;
            assert!((0.0..=1.0).contains(&risk), "{context}: {risk}");
        }
    }

    #[test]
    fn hexadecimal_is_lower_case_and_complete() {
        assert_eq!(hex(&[0, 0xaf, 9]), "00af09");
    }
}
