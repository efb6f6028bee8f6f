//! The Merkle tree over provenance records, hashed as in RFC 6962 (section 2.1): a leaf is SHA-256(0x00, data), an inner node
//! SHA-256(0x01, left, right), and a tree of n leaves is split at the largest power of two below n. Pure: nodes are kept elsewhere.
//!
//! Only perfect subtrees are kept as nodes (level l, place p: leaves p * 2^l to (p + 1) * 2^l); they never change once complete. An
//! append completes two of them on average, and everything else follows from O(log n) of them.

use sha2::{Digest as _, Sha256};

/// A SHA-256 value.
pub(crate) type Hash = [u8; 32];

/// A perfect subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, std::hash::Hash)]
pub(crate) struct Node {
    /// Binary logarithm of its number of leaves.
    pub(crate) level: i64,
    /// How many of its size are left of it.
    pub(crate) place: i64,
    /// Its hash.
    pub(crate) hash: Hash,
}

/// Hash of a leaf.
pub(crate) fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// What is needed to append: the perfect subtrees a tree of some size consists of, largest first (one per bit set in the size).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: i64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a stored tree; `node` finds the nodes named by [`peak_places`]. Absent when one is missing.
    pub(crate) fn restore(size: i64, node: impl Fn(i64, i64) -> Option<Hash>) -> Option<Self> {
        let peaks = peak_places(0, size).into_iter().map(|(level, place)| node(level, place)).collect::<Option<_>>()?;
        Some(Self { size, peaks })
    }

    /// Number of leaves.
    pub(crate) fn size(&self) -> i64 {
        self.size
    }

    /// Adds a leaf; gives the nodes it completes, the leaf first.
    pub(crate) fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut node = Node { level: 0, place: self.size, hash: leaf };
        let mut complete = vec![node];
        // A set bit at this level is a peak of the same size to the left: together they are perfect again.
        while node.place & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            node = Node { level: node.level + 1, place: node.place >> 1, hash: node_hash(&left, &node.hash) };
            complete.push(node);
        }
        self.peaks.push(node.hash);
        self.size += 1;
        complete
    }

    /// Hash of the whole tree; of an empty one SHA-256 of nothing.
    pub(crate) fn root(&self) -> Hash {
        fold(&self.peaks).unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// Joins subtrees, largest first, from the right.
fn fold(peaks: &[Hash]) -> Option<Hash> {
    let (last, rest) = peaks.split_last()?;
    Some(rest.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// The perfect subtrees (level, place) the leaves `start..end` consist of, largest first. `start` must be a multiple of the smallest
/// power of two not below `end - start`, as it is for every range RFC 6962 cuts a tree into.
pub(crate) fn peak_places(start: i64, end: i64) -> Vec<(i64, i64)> {
    let mut places = Vec::new();
    let mut from = start;
    while from < end {
        let level = i64::from((end - from).ilog2());
        places.push((level, from >> level));
        from += 1 << level;
    }
    places
}

/// The nodes that the leaves `start..end` complete, as (level, first place, place behind the last); levels without one are left out.
pub(crate) fn completed_places(start: i64, end: i64) -> Vec<(i64, i64, i64)> {
    let place = |at: i64, level: i64| at >> level;
    (0..63)
        .map(|level| (level, place(start, level), place(end, level)))
        .take_while(|(_, _, behind)| *behind > 0)
        .filter(|(_, first, behind)| first < behind)
        .collect()
}

/// The ranges of leaves whose hashes prove that leaf `index` is in a tree of `size` leaves, deepest first (RFC 6962, 2.1.1).
/// `index` must be below `size`.
pub(crate) fn inclusion_ranges(index: i64, size: i64) -> Vec<(i64, i64)> {
    let (mut start, mut end) = (0, size);
    let mut ranges = Vec::new();
    while end - start > 1 {
        // The largest power of two below the length.
        let split = start + (1 << (end - start - 1).ilog2());
        if index < split {
            ranges.push((split, end));
            end = split;
        } else {
            ranges.push((start, split));
            start = split;
        }
    }
    ranges.reverse();
    ranges
}

/// The hashes of the ranges; `node` finds the nodes named by [`peak_places`] of each. Absent when one is missing.
pub(crate) fn inclusion_hashes(ranges: &[(i64, i64)], node: impl Fn(i64, i64) -> Option<Hash>) -> Option<Vec<Hash>> {
    let range = |(start, end): &(i64, i64)| {
        let peaks: Vec<Hash> =
            peak_places(*start, *end).into_iter().map(|(level, place)| node(level, place)).collect::<Option<_>>()?;
        fold(&peaks)
    };
    ranges.iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// RFC 6962, 2.1, word for word: MTH of a list of leaf data.
    fn naive_root(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [only] => Sha256::digest([&[0], only.as_slice()].concat()).into(),
            more => {
                let mut split = 1;
                while split * 2 < more.len() {
                    split *= 2;
                }
                let (left, right) = (naive_root(&more[..split]), naive_root(&more[split..]));
                Sha256::digest([&[1], left.as_slice(), right.as_slice()].concat()).into()
            }
        }
    }

    /// RFC 9162, 2.1.3.2: how a reader checks a proof.
    fn accepts(index: i64, size: i64, leaf: Hash, path: &[Hash], root: Hash) -> bool {
        let (mut node, mut last, mut hash) = (index, size - 1, leaf);
        for sibling in path {
            if last == 0 {
                return false;
            }
            if node & 1 == 1 || node == last {
                hash = node_hash(sibling, &hash);
                if node & 1 == 0 {
                    while node & 1 == 0 && node != 0 {
                        node >>= 1;
                        last >>= 1;
                    }
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        last == 0 && hash == root
    }

    struct Tree {
        frontier: Frontier,
        nodes: HashMap<(i64, i64), Hash>,
    }

    fn tree(leaves: &[Vec<u8>]) -> Tree {
        let mut tree = Tree { frontier: Frontier::default(), nodes: HashMap::new() };
        for leaf in leaves {
            for node in tree.frontier.append(leaf_hash(leaf)) {
                assert!(
                    tree.nodes.insert((node.level, node.place), node.hash).is_none(),
                    "a node is complete only once"
                );
            }
        }
        tree
    }

    fn hex(hash: Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn gives_the_published_roots_of_certificate_transparency() {
        // The eight leaves and roots used by the reference implementations of certificate transparency.
        let leaves: Vec<Vec<u8>> = [
            vec![],
            vec![0x00],
            vec![0x10],
            vec![0x20, 0x21],
            vec![0x30, 0x31],
            vec![0x40, 0x41, 0x42, 0x43],
            (0x50..=0x57).collect(),
            (0x60..=0x6f).collect(),
        ]
        .to_vec();
        assert_eq!(hex(tree(&[]).frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(
            hex(tree(&leaves[..1]).frontier.root()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            hex(tree(&leaves).frontier.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    proptest! {
        #[test]
        fn the_root_is_the_naive_one_at_every_size(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 0..70)) {
            for size in 0..=leaves.len() {
                prop_assert_eq!(tree(&leaves[..size]).frontier.root(), naive_root(&leaves[..size]));
            }
        }

        #[test]
        fn every_leaf_has_a_proof_that_holds_for_it_and_for_no_other(size in 1_usize..130, other in any::<u8>()) {
            let leaves: Vec<Vec<u8>> = (0..size).map(|n| n.to_be_bytes().to_vec()).collect();
            let tree = tree(&leaves);
            let (size, root) = (tree.frontier.size(), tree.frontier.root());
            for (index, leaf) in (0..).zip(&leaves) {
                let ranges = inclusion_ranges(index, size);
                let path = inclusion_hashes(&ranges, |level, place| tree.nodes.get(&(level, place)).copied()).unwrap();
                prop_assert!(accepts(index, size, leaf_hash(leaf), &path, root));
                prop_assert!(!accepts(index, size, leaf_hash(&[other]), &path, root));
                prop_assert!(!accepts((index + 1) % (size + 1), size, leaf_hash(leaf), &path, root) || size == 1);
                let nodes: usize = ranges.iter().map(|(start, end)| peak_places(*start, *end).len()).sum();
                prop_assert!(nodes <= 2 * (size.ilog2() as usize + 1), "{} nodes for {}", nodes, size);
            }
        }

        #[test]
        fn the_places_that_leaves_complete_are_those_that_appending_gives(before in 0_i64..300, more in 0_i64..300) {
            let mut frontier = Frontier::default();
            let mut given = Vec::new();
            for leaf in 0..before + more {
                let nodes = frontier.append([7; 32]);
                given.extend(nodes.into_iter().filter(|_| leaf >= before).map(|node| (node.level, node.place)));
            }
            given.sort_unstable();
            let places = completed_places(before, before + more);
            let places: Vec<_> =
                places.into_iter().flat_map(|(level, first, behind)| (first..behind).map(move |place| (level, place))).collect();
            prop_assert_eq!(places, given);
        }

        #[test]
        fn a_restored_frontier_goes_on_like_the_first(before in 0_usize..100, after in 0_usize..40) {
            let leaves: Vec<Vec<u8>> = (0..before + after).map(|n| n.to_be_bytes().to_vec()).collect();
            let first = tree(&leaves[..before]);
            let mut restored =
                Frontier::restore(first.frontier.size(), |level, place| first.nodes.get(&(level, place)).copied()).unwrap();
            prop_assert_eq!(&restored, &first.frontier);
            for leaf in &leaves[before..] {
                restored.append(leaf_hash(leaf));
            }
            prop_assert_eq!(restored.root(), naive_root(&leaves));
        }
    }
}
