//! Worst first, and names in the order that people expect.

use std::cmp::Ordering;

use bench_model::verdict::{JudgedMetric, Verdict};

use crate::floors::{FloorOutcome, floor_outcome};
use crate::regression::loss;

/// The order of judged metrics: missing, below the floor (furthest below first), regressed (largest loss first),
/// inconclusive, new, unchanged, improved; then by name, numbers in names by their size. A total order.
pub fn worst_first(a: &JudgedMetric, b: &JudgedMetric) -> Ordering {
    let (class_a, class_b) = (class(a), class(b));
    class_a
        .0
        .cmp(&class_b.0)
        .then(class_a.1.total_cmp(&class_b.1))
        .then_with(|| natural(a.name.as_str(), b.name.as_str()))
}

/// The class of a metric, and inside the class a number that is smaller for what is worse.
fn class(metric: &JudgedMetric) -> (u8, f64) {
    if metric.verdict == Verdict::Missing {
        return (0, 0.0);
    }
    if floor_outcome(metric) == Some(FloorOutcome::Violated) {
        return (1, metric.margin.map_or(0.0, f64::from));
    }
    match metric.verdict {
        Verdict::Missing => (0, 0.0),
        Verdict::Regressed => {
            (2, metric.change.map_or(f64::NEG_INFINITY, |change| -loss(change.value.get(), metric.direction)))
        }
        Verdict::Inconclusive => (3, 0.0),
        Verdict::New => (4, 0.0),
        Verdict::Unchanged => (5, 0.0),
        Verdict::Improved => (6, 0.0),
    }
}

/// `parse/9` before `parse/10`; equal only for equal texts.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = after_common_parts(a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let ((part_a, after_a), (part_b, after_b)) = (part(rest_a), part(rest_b));
        let numbers =
            part_a.starts_with(|c: char| c.is_ascii_digit()) && part_b.starts_with(|c: char| c.is_ascii_digit());
        let order = if numbers {
            let (a, b) = (part_a.trim_start_matches('0'), part_b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then(a.cmp(b))
        } else {
            part_a.cmp(part_b)
        };
        if order != Ordering::Equal {
            return order;
        }
        (rest_a, rest_b) = (after_a, after_b);
    }
    rest_a.len().cmp(&rest_b.len()).then(a.cmp(b))
}

/// What follows the parts that both start with. Names of one suite share long beginnings.
fn after_common_parts<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let boundary = (0..=same).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0);
    let common = a.get(..boundary).unwrap_or("").trim_end_matches(|c: char| c.is_ascii_digit()).len();
    (a.get(common..).unwrap_or(a), b.get(common..).unwrap_or(b))
}

/// The leading run of digits, or the single character that is none.
fn part(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let end = if digits > 0 { digits } else { text.chars().next().map_or(0, char::len_utf8) };
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_ordered_by_size() {
        let mut names = ["parse/10", "parse/9", "parse", "parse/9b", "parse/09", "a2", "a10", "é", "parse/"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a2", "a10", "parse", "parse/", "parse/09", "parse/9", "parse/9b", "parse/10", "é"]);
    }

    proptest::proptest! {
        #[test]
        fn the_natural_order_is_total(a in "[a0-2/é]{0,6}", b in "[a0-2/é]{0,6}", c in "[a0-2/é]{0,6}") {
            assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                assert!(natural(&a, &c).is_le(), "{a} {b} {c}");
            }
        }
    }
}
