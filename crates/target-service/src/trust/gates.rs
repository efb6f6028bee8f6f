//! Who may do what: four roles in a row, an action asks for a least role. Pure.

use serde::{Deserialize, Serialize};

/// The roles, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Viewer,
    Operator,
    Admin,
    Auditor,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// What the role may use up per hour, in the unit of the request.
    pub(crate) fn ceiling(self) -> i64 {
        match self {
            Self::Viewer => 100,
            Self::Operator => 1_000,
            Self::Admin => 10_000,
            Self::Auditor => 100_000,
        }
    }
}

/// The gates, each with the least role that passes.
const GATES: [(&str, Role); 4] = [
    ("read-gate", Role::Viewer),
    ("change-gate", Role::Operator),
    ("control-gate", Role::Admin),
    ("audit-gate", Role::Auditor),
];

/// The verbs each gate knows, in the order of `GATES`.
const VERBS: [&[&str]; 4] = [
    &["read", "list", "view", "get", "search"],
    &["create", "write", "update", "execute", "run", "deploy", "restart"],
    &["delete", "approve", "configure", "grant", "revoke", "rotate"],
    &["audit", "export", "attest", "seal"],
];

/// How a gate decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether the action may be done.
    pub(crate) allowed: bool,
    /// The gate that decided.
    pub(crate) gate: &'static str,
    /// The least role that passes; absent for an action no gate knows.
    pub(crate) needs: Option<Role>,
}

/// Decides on an action such as `read` or `deploy.production`: its first word is the verb. A verb no gate knows is denied to all, so
/// that a new kind of action is closed until somebody opens it.
pub(crate) fn evaluate(role: Role, action: &str) -> Outcome {
    let verb = action.split(['.', ':', '_', '-', '/']).next().unwrap_or_default().to_ascii_lowercase();
    let gate = GATES.iter().zip(VERBS).find(|(_, verbs)| verbs.contains(&verb.as_str())).map(|(gate, _)| gate);
    match gate {
        Some((gate, needs)) => Outcome { allowed: role >= *needs, gate, needs: Some(*needs) },
        None => Outcome { allowed: false, gate: "unknown-action", needs: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_passes_its_own_gate_and_all_below() {
        let roles = [Role::Viewer, Role::Operator, Role::Admin, Role::Auditor];
        for (rank, role) in roles.into_iter().enumerate() {
            for (gate, verbs) in VERBS.iter().enumerate() {
                for verb in *verbs {
                    assert_eq!(evaluate(role, verb).allowed, rank >= gate, "{role:?} {verb}");
                }
            }
        }
    }

    #[test]
    fn the_verb_is_the_first_word_of_the_action_in_any_case() {
        assert!(evaluate(Role::Operator, "Deploy.production").allowed);
        assert!(!evaluate(Role::Viewer, "deploy:production").allowed);
        assert!(evaluate(Role::Viewer, "read_file").allowed);
    }

    #[test]
    fn an_action_no_gate_knows_is_denied_to_all() {
        for action in ["", "fly", "readx", ".read"] {
            assert_eq!(
                evaluate(Role::Auditor, action),
                Outcome { allowed: false, gate: "unknown-action", needs: None }
            );
        }
    }
}
