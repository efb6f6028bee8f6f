//! Owns: the AVX2 kernels, and all `unsafe` of this package: vector loads and stores, and calls into AVX2 code.
//! Must not know: errors (only that some byte is bad), or columns.
//!
//! `unsafe` because the goal (4.2 GiB/s of DISPLAY on one thread) is out of reach of 64-bit words (`portable`, the
//! twin that tests hold this module to), and std has no safe vector load or store. There is one for each width, in
//! `memory`, which checks the slice it is given; the kernels themselves are safe code.
#![expect(unsafe_code, reason = "std::arch has no safe vector load or store, nor a safe call into AVX2 code")]

mod memory;
mod numbers;
mod text;

use crate::decode::{Rows, TextSink};
use crate::plan::{PackedPlan, TextPlan, ZonedPlan};
use crate::portable;

/// Proof that this CPU has AVX2: only [`Avx2::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Zoned decimal; false if any byte is bad.
    pub(crate) fn zoned(self, plan: &ZonedPlan, rows: Rows<'_>, out: &mut [i64]) -> bool {
        if rows.count < 4 || rows.stride < 16 {
            return portable::zoned(plan, rows, out);
        }
        // SAFETY: `self` proves AVX2.
        unsafe { numbers::zoned(plan, rows, out) }.unwrap_or(false)
    }

    /// Packed decimal; false if any byte is bad.
    pub(crate) fn packed(self, plan: &PackedPlan, rows: Rows<'_>, out: &mut [i64]) -> bool {
        if rows.count < 4 || rows.stride < 8 {
            return portable::packed(plan, rows, out);
        }
        // SAFETY: `self` proves AVX2.
        unsafe { numbers::packed(plan, rows, out) }.unwrap_or(false)
    }

    /// Text; false if any byte is bad.
    pub(crate) fn text(self, plan: TextPlan, rows: Rows<'_>, sink: &mut TextSink<'_>) -> bool {
        // SAFETY: `self` proves AVX2.
        unsafe { text::text(plan, rows, sink) }
    }
}
