//! Owns: the choice of kernels, and the promise that AVX2 ones run only where the CPU has AVX2.
//! Must not know: layouts, records, or columns.

/// Which kernels decode: AVX2 where the CPU has it, otherwise portable Rust on 64-bit words.
/// Both give the same columns and the same errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend(pub(crate) Kernels);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernels {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(crate::simd::Avx2),
}

impl Backend {
    /// The fastest one that this CPU runs.
    #[must_use]
    pub fn detect() -> Self {
        Self::avx2().unwrap_or_else(Self::portable)
    }

    /// Portable Rust; runs everywhere.
    #[must_use]
    pub fn portable() -> Self {
        Self(Kernels::Portable)
    }

    /// AVX2, if this CPU has it.
    #[must_use]
    pub fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return crate::simd::Avx2::detect().map(|avx2| Self(Kernels::Avx2(avx2)));
        #[cfg(not(target_arch = "x86_64"))]
        return None;
    }

    /// `avx2` or `portable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Kernels::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kernels::Avx2(_) => "avx2",
        }
    }
}
