//! What runs when: the order of the sides, the rounds after which the evidence is looked at, and how the environment's size
//! varies. Pure. Must not know: what runs.

use bench_model::run::Side;

/// Rounds before the first look: a verdict needs five, and one may be lost.
const FIRST_LOOK: u32 = 6;

/// The environment grows by less than a page: the stack moves through all its places inside one.
const PAGE: usize = 4096;

/// Bytes that two neighbouring rounds lie apart: odd, so that a page's places come in turn without repeating.
const STEP: usize = 577;

/// The next look after `round` rounds: 6, 9, 13, 19, 28, 42, 63, 94, 141 and on, each half as many again. So the looks are
/// few, and none comes later than half as many rounds again as the evidence needed.
pub(super) fn next_look(round: u32) -> u32 {
    let mut look = FIRST_LOOK;
    while look <= round && look < u32::MAX {
        look = look.saturating_add(look / 2);
    }
    look
}

/// Who goes first: base in odd rounds, head in even ones, so that neither gains from a machine that warms up or slows down.
pub(super) fn order(round: u32) -> [Side; 2] {
    match round % 2 {
        1 => [Side::Base, Side::Head],
        _ => [Side::Head, Side::Base],
    }
}

/// Bytes by which the environment of both sides is larger in this round.
pub(super) fn padding(round: u32) -> usize {
    (round as usize).wrapping_mul(STEP) % PAGE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn looks_come_after_half_as_many_rounds_again() {
        let looks: Vec<u32> =
            std::iter::successors(Some(next_look(0)), |look| Some(next_look(*look))).take(9).collect();
        assert_eq!(looks, [6, 9, 13, 19, 28, 42, 63, 94, 141]);
        assert_eq!((next_look(7), next_look(9)), (9, 13));
        assert_eq!((next_look(u32::MAX - 1), next_look(u32::MAX)), (u32::MAX, u32::MAX));
    }

    #[test]
    fn each_side_goes_first_in_every_other_round() {
        assert_eq!(order(1), [Side::Base, Side::Head]);
        assert_eq!(order(2), [Side::Head, Side::Base]);
        let first = (1..=10).filter(|round| order(*round)[0] == Side::Base).count();
        assert_eq!(first, 5);
    }

    #[test]
    fn no_two_rounds_of_a_comparison_have_the_same_environment_size() {
        let sizes: BTreeSet<usize> = (1..=1000).map(padding).collect();
        assert_eq!(sizes.len(), 1000);
        assert!(sizes.iter().all(|size| *size < PAGE));
    }
}
