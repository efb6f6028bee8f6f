//! Owns: loads and stores of vectors, each checked against the slice it is in. Must not know: what the bytes mean.
//!
//! A check is one comparison with the last offset that fits, which the compiler takes out of loops.

use std::arch::x86_64::*;

/// Whether `count` elements from `at` on lie within `len`.
#[inline(always)]
fn fits(len: usize, at: usize, count: usize) -> Option<()> {
    (at <= len.checked_sub(count)?).then_some(())
}

/// Four records of an input at once: loads of `LOAD` bytes at an offset and one, two and three strides after it.
#[derive(Clone, Copy)]
pub(super) struct Four<'a, const LOAD: usize> {
    bytes: &'a [u8],
    stride: usize,
    /// The last offset from which all four loads lie in `bytes`.
    last: usize,
}

impl<'a, const LOAD: usize> Four<'a, LOAD> {
    /// `None` if the input has no room for four such loads.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], stride: usize) -> Option<Self> {
        let span = stride.checked_mul(3)?.checked_add(LOAD)?;
        Some(Self { bytes, stride, last: bytes.len().checked_sub(span)? })
    }

    /// The addresses of the four loads.
    #[inline(always)]
    fn addresses(self, at: usize) -> Option<[*const u8; 4]> {
        let start = self.bytes.as_ptr();
        // SAFETY: `at + 3 * stride + LOAD` is at most the slice's length, by `new`.
        (at <= self.last).then(|| [0, 1, 2, 3].map(|row| unsafe { start.add(at + row * self.stride) }))
    }
}

impl Four<'_, 16> {
    /// Records 0 and 2, and records 1 and 3, one in each lane.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn load(self, at: usize) -> Option<[__m256i; 2]> {
        let [first, second, third, fourth] = self.addresses(at)?;
        // SAFETY: 16 bytes are readable at each address.
        Some(unsafe {
            [_mm256_loadu2_m128i(third.cast(), first.cast()), _mm256_loadu2_m128i(fourth.cast(), second.cast())]
        })
    }
}

impl Four<'_, 8> {
    /// Four records in ascending 64-bit lanes.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn load(self, at: usize) -> Option<__m256i> {
        // SAFETY: 8 bytes are readable at each address.
        let words = self.addresses(at)?.map(|address| unsafe { address.cast::<i64>().read_unaligned() });
        let [first, second, third, fourth] = words;
        Some(_mm256_set_epi64x(fourth, third, second, first))
    }
}

/// 16 bytes at each of two offsets, `None` if the slice ends before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_two(bytes: &[u8], first: usize, second: usize) -> Option<__m256i> {
    fits(bytes.len(), first, 16)?;
    fits(bytes.len(), second, 16)?;
    // SAFETY: `fits` says that 16 bytes are readable at both.
    Some(unsafe { _mm256_loadu2_m128i(bytes.as_ptr().add(second).cast(), bytes.as_ptr().add(first).cast()) })
}

/// 32 bytes at an offset, `None` if the slice ends before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_32(bytes: &[u8], at: usize) -> Option<__m256i> {
    fits(bytes.len(), at, 32)?;
    // SAFETY: `fits` says that 32 bytes are readable.
    Some(unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) })
}

/// Writes 32 bytes at an offset, `None` if the slice ends before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_32(bytes: &mut [u8], at: usize, vector: __m256i) -> Option<()> {
    fits(bytes.len(), at, 32)?;
    // SAFETY: `fits` says that 32 bytes are writable.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().add(at).cast(), vector) };
    Some(())
}

/// Writes the two lanes `len` bytes apart (at most 16), `None` if the slice ends before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_two(bytes: &mut [u8], at: usize, len: usize, vector: __m256i) -> Option<()> {
    let len = len.min(16);
    fits(bytes.len(), at, 32)?;
    // SAFETY: the last store ends `len + 16`, at most 32, bytes after `at`, and `fits` says that they are writable.
    unsafe {
        let to = bytes.as_mut_ptr().add(at);
        _mm_storeu_si128(to.cast(), _mm256_castsi256_si128(vector));
        _mm_storeu_si128(to.add(len).cast(), _mm256_extracti128_si256::<1>(vector));
    }
    Some(())
}

/// Writes the four 64-bit lanes `len` bytes apart (at most 8), `None` if the slice ends before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_four(bytes: &mut [u8], at: usize, len: usize, vector: __m256i) -> Option<()> {
    let len = len.min(8);
    fits(bytes.len(), at, 32)?;
    // SAFETY: the last store ends `3 * len + 8`, at most 32, bytes after `at`, and `fits` says that they are writable.
    unsafe {
        let to = bytes.as_mut_ptr().add(at);
        to.cast::<i64>().write_unaligned(_mm256_extract_epi64::<0>(vector));
        to.add(len).cast::<i64>().write_unaligned(_mm256_extract_epi64::<1>(vector));
        to.add(2 * len).cast::<i64>().write_unaligned(_mm256_extract_epi64::<2>(vector));
        to.add(3 * len).cast::<i64>().write_unaligned(_mm256_extract_epi64::<3>(vector));
    }
    Some(())
}

/// Writes four values at an index, `None` if the slice ends before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_values(values: &mut [i64], at: usize, vector: __m256i) -> Option<()> {
    fits(values.len(), at, 4)?;
    // SAFETY: `fits` says that four values are writable.
    unsafe { _mm256_storeu_si256(values.as_mut_ptr().add(at).cast(), vector) };
    Some(())
}
