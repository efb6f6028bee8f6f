//! In which order sizes are measured. Must not know: what a size is.

/// The sizes of each round, by their places in ascending order.
///
/// Rounds come in pairs of a row of a Williams design and the same row backwards. Over a pair every size stands at the same place on
/// average, so that a drift that is straight in time (a machine that warms up, a database that fills) favours none. Within a row, and
/// over all rows and their reverses exactly, each size follows each other one equally often, so that what one leaves behind for the next
/// favours none either. (E. J. Williams, Experimental designs balanced for the estimation of residual effects of treatments, Australian
/// Journal of Scientific Research A 2, 1949: 149-168; one square for an even number, a square and its mirror image for an odd one, which
/// is what rows and their reverses are.) An odd number of rounds leaves one row without its reverse.
pub(super) fn rounds(sizes: usize, repeats: u32) -> Vec<Vec<usize>> {
    let round = |number: usize| {
        let mut row = row(sizes, number / 2);
        if !number.is_multiple_of(2) {
            row.reverse();
        }
        row
    };
    (0..repeats as usize).map(round).collect()
}

/// 0, n - 1, 1, n - 2, … shifted.
fn row(sizes: usize, shift: usize) -> Vec<usize> {
    let zigzag = |place: usize| if place.is_multiple_of(2) { place / 2 } else { sizes - 1 - place / 2 };
    (0..sizes).map(|place| (zigzag(place) + shift) % sizes).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_round_has_every_size_once() {
        for sizes in 1..=9 {
            for round in rounds(sizes, 7) {
                let mut sorted = round.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..sizes).collect::<Vec<_>>(), "{round:?}");
            }
        }
        assert_eq!(rounds(5, 3), [[0, 4, 1, 3, 2], [2, 3, 1, 4, 0], [1, 0, 2, 4, 3]]);
    }

    #[test]
    fn over_two_rounds_no_size_comes_later_than_another() {
        for sizes in 1..=9 {
            for pair in rounds(sizes, 8).chunks(2) {
                let place =
                    |size| -> usize { pair.iter().filter_map(|round| round.iter().position(|at| *at == size)).sum() };
                assert!((0..sizes).all(|size| place(size) == sizes - 1), "{pair:?}");
            }
        }
    }

    #[test]
    fn over_all_rows_each_size_follows_each_other_one_equally_often() {
        for sizes in 2..=9_usize {
            let mut follows = BTreeMap::new();
            for round in rounds(sizes, 2 * sizes as u32) {
                for both in round.windows(2) {
                    *follows.entry((both[0], both[1])).or_insert(0) += 1;
                }
            }
            assert_eq!(follows.len(), sizes * (sizes - 1));
            assert!(follows.values().all(|times| *times == 2), "{sizes}: {follows:?}");
        }
    }
}
