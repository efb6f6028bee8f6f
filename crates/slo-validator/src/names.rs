//! Benchmarks that may be one and the same under two names. Must not know what was measured of them.

use std::collections::BTreeMap;

use bench_model::unit::nearest;

use crate::selection::Subject;

/// The most pairs of names that are held against each other: beyond, a guess is not worth the time.
const MOST_PAIRS: usize = 2_000;

/// Metrics of one measure of one target that only head has, and those that only the base has.
#[derive(Default)]
struct OneSided<'s, 'a> {
    new: Vec<&'s Subject<'a>>,
    gone: Vec<&'s Subject<'a>>,
}

/// For each metric that only one side of a comparison has, what it is perhaps called on the other: the nearest id in
/// the same target, for the same measure.
pub(crate) fn renamed(subjects: &[Subject<'_>]) -> BTreeMap<String, String> {
    let mut groups: BTreeMap<(&str, &str), OneSided<'_, '_>> = BTreeMap::new();
    for subject in subjects {
        let (metric, is_new) = match (subject.measured, subject.base) {
            (Some(metric), None) => (metric, true),
            (None, Some(metric)) => (metric, false),
            (Some(_), Some(_)) | (None, None) => continue,
        };
        let group = groups.entry((metric.benchmark.target.as_str(), metric.measure.as_str())).or_default();
        if is_new { group.new.push(subject) } else { group.gone.push(subject) }
    }
    let mut pairs = 0;
    let mut names = BTreeMap::new();
    for OneSided { new, gone } in groups.values() {
        if pairs + new.len() * gone.len() > MOST_PAIRS {
            continue;
        }
        pairs += new.len() * gone.len();
        for (some, others) in [(new, gone), (gone, new)] {
            let others: BTreeMap<&str, &&Subject<'_>> = others.iter().map(|other| (id(other), other)).collect();
            names.extend(some.iter().filter_map(|subject| {
                // The only one that is gone and the only one that is new need not resemble each other.
                let only =
                    || (new.len() == 1 && gone.len() == 1).then(|| others.keys().next().map(|id| (*id).to_owned()));
                let near = nearest(id(subject), others.keys().copied()).or_else(|| only().flatten())?;
                let other = others.get(near.as_str())?;
                Some((subject.name.as_str().to_owned(), other.name.as_str().to_owned()))
            }));
        }
    }
    names
}

/// The harness's id of what only one side has.
fn id<'a>(subject: &Subject<'a>) -> &'a str {
    subject.measured.or(subject.base).map_or("", |metric| metric.benchmark.id.as_str())
}
