//! Owns the comparison of what was found with what is there, and of what is there with what is left to read. Must not know how either came about.

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

/// Labels of which at least one letter or digit lies outside every found entity, so that it is still there after the redaction:
/// what the detector did not see at all, or not to its end. Unlike a false negative it does not ask for the right kind and bounds.
pub(crate) fn missed(text: &str, found: &[Span], labels: &[Span]) -> usize {
    let mut spans = found.iter().peekable();
    let mut exposed = Vec::with_capacity(text.len() + 1);
    let mut count = 0_usize;
    for (at, character) in text.chars().enumerate() {
        exposed.push(count);
        while spans.next_if(|span| span.end <= at).is_some() {}
        let covered = spans.peek().is_some_and(|span| span.start <= at);
        count += usize::from(!covered && character.is_alphanumeric());
    }
    exposed.push(count);
    let before = |at: usize| exposed.get(at).copied().unwrap_or(count);
    labels.iter().filter(|label| before(label.end) > before(label.start)).count()
}
