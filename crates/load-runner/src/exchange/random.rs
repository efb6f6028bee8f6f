//! Numbers that look random and are a pure function of a key and a count. Must not know: what they are for.

/// SplitMix64's step, in 64-bit arithmetic that wraps.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The `count`-th output of SplitMix64 with the state `key` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014): 64 bits that pass the usual tests, for any count without those before.
pub(crate) const fn number(key: u64, count: u64) -> u64 {
    let mut z = key.wrapping_add(count.wrapping_add(1).wrapping_mul(STEP));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A key for a purpose: other purposes have keys without relation to it.
pub(super) fn key(seed: u64, purpose: &str, index: u64) -> u64 {
    // FNV-1a, then mixed: purposes are short texts of the scenario, and nobody gains by making two of them meet.
    let hash = purpose
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    number(number(seed, hash), index)
}

/// A whole number below `span`, by multiplication (Lemire 2019, without rejection: the bias is below `span / 2^64`). 0 for 0.
pub(super) const fn below(number: u64, span: u64) -> u64 {
    ((number as u128 * span as u128) >> 64) as u64
}

/// A number from 0 to below 1.
pub(crate) fn unit(number: u64) -> f64 {
    (number >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs for the state 1234567, as the reference code in C prints them.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|count| number(1_234_567, count)), expected);
    }

    #[test]
    fn numbers_below_a_span_stay_below_it() {
        assert_eq!((below(0, 10), below(u64::MAX, 10), below(7, 0)), (0, 9, 0));
        assert!(unit(u64::MAX) < 1.0);
    }
}
