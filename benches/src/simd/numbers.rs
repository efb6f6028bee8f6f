//! Owns: the AVX2 kernels for zoned and packed decimal, four records at a time.
//! Must not know: text, or how bounds are checked.

use std::arch::x86_64::*;

use crate::decode::Rows;
use crate::plan::{PackedLane, PackedPlan, ZonedLane, ZonedPlan};
use crate::simd::memory::{Four, store_values};

/// The last digits' weights of an eight-digit half.
const TEN_TO_8: i64 = 100_000_000;

/// Runs `kernel` on records `row..row + 4` until all are done; the last four may overlap the four before.
/// `None` as soon as the kernel finds no room; with fewer than four records it never does.
#[inline(always)]
fn by_fours(count: usize, mut kernel: impl FnMut(usize) -> Option<()>) -> Option<()> {
    let mut row = 0;
    loop {
        kernel(row)?;
        if row + 4 >= count {
            return Some(());
        }
        row = (row + 4).min(count - 4);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn both(lane: [u8; 16]) -> __m256i {
    let [low, high] = [lane.first_chunk::<8>(), lane.last_chunk::<8>()]
        .map(|half| half.map_or(0, |bytes| i64::from_le_bytes(*bytes)));
    _mm256_set_epi64x(high, low, high, low)
}

/// Whether each byte of `bytes` is at most that of `limits`.
#[inline]
#[target_feature(enable = "avx2")]
fn within(bytes: __m256i, limits: __m256i) -> bool {
    let equal = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, limits), limits);
    _mm256_movemask_epi8(equal) == -1
}

/// `high * 10^exponent + low` for four `high` below 2^32, the factor given as its two halves.
#[inline]
#[target_feature(enable = "avx2")]
fn scaled_sum(high: __m256i, factor: i64, low: __m256i) -> __m256i {
    let lower = _mm256_mul_epu32(high, _mm256_set1_epi64x(factor & 0xFFFF_FFFF));
    let upper = _mm256_mul_epu32(high, _mm256_set1_epi64x(factor >> 32));
    _mm256_add_epi64(low, _mm256_add_epi64(lower, _mm256_slli_epi64::<32>(upper)))
}

/// Negates where `negative` is all ones.
#[inline]
#[target_feature(enable = "avx2")]
fn with_sign(magnitude: __m256i, negative: __m256i) -> __m256i {
    _mm256_sub_epi64(_mm256_xor_si256(magnitude, negative), negative)
}

/// What a zoned lane needs, spread over a vector.
struct Zoned {
    start: usize,
    control: __m256i,
    /// Makes digits of bytes: `0xF0` at each, so that zone F becomes 0.
    zones: __m256i,
    /// The bits that tell sign zones apart, at the last byte; 0 elsewhere, and everywhere when unsigned.
    sign: __m256i,
}

impl Zoned {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(lane: &ZonedLane, signed: bool) -> Self {
        let mut zones = lane.control.map(|source| if source < 0x80 { 0xF0 } else { 0 });
        let mut sign = [0; 16];
        if let (true, Some(zone), Some(bits)) = (signed, zones.last_mut(), sign.last_mut()) {
            // So flipped, zone D is 0, C is 1, F is 2, and the invalid E is 3.
            *zone = 0xD0;
            *bits = 0x30;
        }
        Self { start: lane.start, control: both(lane.control), zones: both(zones), sign: both(sign) }
    }
}

/// Greatest digit and sign zone seen at each byte.
struct Seen {
    digits: __m256i,
    signs: __m256i,
}

/// Four magnitudes below 10^16 and, if signed, the sign zones at the top of four 64-bit lanes, of the records from
/// `at` on. `None` if the input ends before them.
#[inline]
#[target_feature(enable = "avx2")]
fn zoned_four<const SIGNED: bool>(
    input: Four<'_, 16>,
    at: usize,
    lane: &Zoned,
    seen: &mut Seen,
) -> Option<(__m256i, __m256i)> {
    let mut digits = input
        .load(at + lane.start)?
        .map(|bytes| _mm256_xor_si256(_mm256_shuffle_epi8(bytes, lane.control), lane.zones));
    let mut signs = _mm256_setzero_si256();
    if SIGNED {
        let zones = digits.map(|bytes| _mm256_and_si256(bytes, lane.sign));
        digits = digits.map(|bytes| _mm256_andnot_si256(lane.sign, bytes));
        let [even, odd] = zones;
        signs = _mm256_unpackhi_epi64(even, odd);
        seen.signs = _mm256_max_epu8(seen.signs, signs);
    }
    let [even, odd] = digits.map(|bytes| {
        seen.digits = _mm256_max_epu8(seen.digits, bytes);
        let pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(0x010A));
        _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x0001_0064))
    });
    let fours = _mm256_packus_epi32(even, odd);
    let eights = _mm256_madd_epi16(fours, _mm256_set1_epi32(0x0001_2710));
    let high = _mm256_mul_epu32(eights, _mm256_set1_epi64x(TEN_TO_8));
    Some((_mm256_add_epi64(high, _mm256_srli_epi64::<32>(eights)), signs))
}

/// Zoned decimal, at least four records; whether all bytes are good, `None` if a record is not in the input.
#[target_feature(enable = "avx2")]
pub(super) fn zoned(plan: &ZonedPlan, rows: Rows<'_>, out: &mut [i64]) -> Option<bool> {
    match (plan.signed, &plan.high) {
        (false, None) => zoned_rows::<false, false>(plan, rows, out),
        (false, Some(_)) => zoned_rows::<false, true>(plan, rows, out),
        (true, None) => zoned_rows::<true, false>(plan, rows, out),
        (true, Some(_)) => zoned_rows::<true, true>(plan, rows, out),
    }
}

#[target_feature(enable = "avx2")]
fn zoned_rows<const SIGNED: bool, const WIDE: bool>(plan: &ZonedPlan, rows: Rows<'_>, out: &mut [i64]) -> Option<bool> {
    let low = Zoned::new(&plan.low, SIGNED);
    let high = Zoned::new(plan.high.as_ref().unwrap_or(&plan.low), false);
    let zero = _mm256_setzero_si256();
    let mut seen = Seen { digits: zero, signs: zero };
    let input = Four::<16>::new(rows.bytes, rows.stride)?;
    by_fours(rows.count, |row| {
        let at = row * rows.stride;
        let (mut value, signs) = zoned_four::<SIGNED>(input, at, &low, &mut seen)?;
        if WIDE {
            let (top, _) = zoned_four::<false>(input, at, &high, &mut seen)?;
            value = scaled_sum(top, 10_i64.pow(16), value);
        }
        if SIGNED {
            value = with_sign(value, _mm256_cmpeq_epi64(signs, zero));
        }
        store_values(out, row, value)
    })?;
    Some(within(seen.digits, _mm256_set1_epi8(9)) & within(seen.signs, _mm256_set1_epi8(0x20)))
}

/// What a packed lane needs, spread over a vector.
struct Packed {
    start: usize,
    control: __m256i,
    /// Greatest nibbles seen, and the greatest allowed: 9, or 0 for padding.
    seen: [__m256i; 2],
    limits: [__m256i; 2],
}

impl Packed {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(lane: &PackedLane, padding: u64) -> Self {
        let nines = !padding & 0x9999_9999_9999_9999;
        let nibbles = 0x0F0F_0F0F_0F0F_0F0F;
        Self {
            start: lane.start,
            control: both(lane.control),
            seen: [_mm256_setzero_si256(); 2],
            limits: [nines & nibbles, nines >> 4 & nibbles].map(|limits| _mm256_set1_epi64x(limits.cast_signed())),
        }
    }

    /// Four fields as numbers with two nibbles a byte, of the records from `at` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(&self, input: Four<'_, 8>, at: usize) -> Option<__m256i> {
        Some(_mm256_shuffle_epi8(input.load(at + self.start)?, self.control))
    }

    /// Four magnitudes of up to 16 digits each, one a nibble.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn digits(&mut self, digits: __m256i) -> __m256i {
        let nibbles = _mm256_set1_epi8(0x0F);
        let low = _mm256_and_si256(digits, nibbles);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(digits), nibbles);
        let [seen_low, seen_high] = self.seen;
        self.seen = [_mm256_max_epu8(seen_low, low), _mm256_max_epu8(seen_high, high)];
        // A byte is 16 * high + low; six times high less is its value.
        let sixes = _mm256_add_epi8(high, high);
        let sixes = _mm256_add_epi8(sixes, _mm256_add_epi8(sixes, sixes));
        let hundreds = _mm256_sub_epi8(digits, sixes);
        let fours = _mm256_maddubs_epi16(hundreds, _mm256_set1_epi16(0x6401));
        let eights = _mm256_madd_epi16(fours, _mm256_set1_epi32(0x2710_0001));
        let top = _mm256_srli_epi64::<32>(eights);
        let bottom = _mm256_blend_epi32::<0b1010_1010>(eights, _mm256_setzero_si256());
        _mm256_add_epi64(_mm256_mul_epu32(top, _mm256_set1_epi64x(TEN_TO_8)), bottom)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn valid(&self) -> bool {
        let ([seen_low, seen_high], [low, high]) = (self.seen, self.limits);
        within(seen_low, low) & within(seen_high, high)
    }
}

/// Packed decimal, at least four records; whether all bytes are good, `None` if a record is not in the input.
#[target_feature(enable = "avx2")]
pub(super) fn packed(plan: &PackedPlan, rows: Rows<'_>, out: &mut [i64]) -> Option<bool> {
    match plan.high {
        None => packed_rows::<false>(plan, rows, out),
        Some(_) => packed_rows::<true>(plan, rows, out),
    }
}

#[target_feature(enable = "avx2")]
fn packed_rows<const WIDE: bool>(plan: &PackedPlan, rows: Rows<'_>, out: &mut [i64]) -> Option<bool> {
    let part = plan.high.as_ref().unwrap_or(&plan.low);
    let mut low = Packed::new(&plan.low.lane, plan.low.padding);
    let mut high = Packed::new(&part.lane, part.padding);
    let sign_nibble = _mm256_set1_epi64x(0xF);
    // By the sign nibble's complement: 0 to 5 are valid (F to A), 2 and 4 negative (D and B).
    let negative = both([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let zero = _mm256_setzero_si256();
    let mut signs_seen = zero;
    let input = Four::<8>::new(rows.bytes, rows.stride)?;
    by_fours(rows.count, |row| {
        let at = row * rows.stride;
        let word = low.load(input, at)?;
        let signs = _mm256_andnot_si256(word, sign_nibble);
        signs_seen = _mm256_max_epu8(signs_seen, signs);
        let mut value = low.digits(_mm256_srli_epi64::<4>(word));
        if WIDE {
            let top = high.load(input, at)?;
            value = scaled_sum(high.digits(top), 10_i64.pow(15), value);
        }
        let ones = _mm256_shuffle_epi8(negative, signs);
        store_values(out, row, with_sign(value, _mm256_sub_epi64(zero, ones)))
    })?;
    let limit = _mm256_set1_epi64x(i64::from(plan.sign_limit));
    Some(low.valid() & (!WIDE | high.valid()) & within(signs_seen, limit))
}
