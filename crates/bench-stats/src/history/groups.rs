//! Known machines: what a value owes to where it was measured is taken out before levels are looked at.

use std::collections::BTreeMap;

use super::fit::{Fit, Rough};
use super::level::{median, residuals};

/// The points with the differences between groups taken out, as far as the series shows them.
///
/// Offsets begin as the typical jump between neighbours of different groups, and are refined by what steps leave over. A
/// step where a group appears for the first time is that group's offset: nothing in the series tells the two apart.
pub(super) fn without_groups(points: &[f64], groups: &[u32]) -> Vec<f64> {
    let mut offsets = first_offsets(points, groups);
    let apply = |offsets: &BTreeMap<u32, f64>| -> Vec<f64> {
        points.iter().zip(groups).map(|(point, group)| point - offsets.get(group).copied().unwrap_or(0.0)).collect()
    };
    if offsets.len() < 2 {
        return points.to_vec();
    }
    for _ in 0..3 {
        let freed = apply(&offsets);
        let Some(rough) = Rough::of(&freed) else { break };
        let fit = Fit::learn(&freed, &rough);
        let sizes = fit.sizes(&freed);
        let left = residuals(&freed, &fit.starts);
        for (group, offset) in &mut offsets {
            let own: Vec<f64> =
                groups.iter().zip(&left).filter(|(of, _)| *of == group).map(|(_, left)| *left).collect();
            *offset += median(&own);
        }
        for (start, size) in fit.starts.iter().zip(sizes) {
            let begins = groups.get(*start).filter(|group| groups.iter().position(|of| of == *group) == Some(*start));
            if let Some(offset) = begins.and_then(|group| offsets.get_mut(group)) {
                *offset += size;
            }
        }
    }
    apply(&offsets)
}

/// The offset of each group against the first, from jumps between neighbours.
fn first_offsets(points: &[f64], groups: &[u32]) -> BTreeMap<u32, f64> {
    let mut jumps: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    let steps = points.iter().zip(points.iter().skip(1)).zip(groups.iter().zip(groups.iter().skip(1)));
    for ((a, b), (from, to)) in steps.filter(|(_, (from, to))| from != to) {
        jumps.entry((*from, *to)).or_default().push(b - a);
        jumps.entry((*to, *from)).or_default().push(a - b);
    }
    let mut offsets: BTreeMap<u32, f64> = groups.first().map(|group| (*group, 0.0)).into_iter().collect();
    let mut reached: Vec<u32> = offsets.keys().copied().collect();
    while let Some(from) = reached.pop() {
        let base = offsets.get(&from).copied().unwrap_or(0.0);
        for ((_, to), sizes) in jumps.range((from, 0)..=(from, u32::MAX)) {
            if !offsets.contains_key(to) {
                offsets.insert(*to, base + median(sizes));
                reached.push(*to);
            }
        }
    }
    offsets
}
