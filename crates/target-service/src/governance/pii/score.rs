//! Owns the comparison of what was found with what is there. Must not know how either came about.

use std::collections::HashSet;

use serde::Serialize;

use super::Span;

/// Counts over entities. An entity is found only if kind, start and end are all equal to those of a label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Score {
    /// Found and labelled.
    pub(crate) tp: u64,
    /// Found, not labelled.
    pub(crate) fp: u64,
    /// Labelled, not found.
    pub(crate) r#fn: u64,
}

impl Score {
    pub(crate) fn of(found: &[Span], labels: &[Span]) -> Self {
        let labels = labels.iter().collect::<HashSet<_>>();
        let found = found.iter().collect::<HashSet<_>>();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            tp: count(found.intersection(&labels).count()),
            fp: count(found.difference(&labels).count()),
            r#fn: count(labels.difference(&found).count()),
        }
    }
}
