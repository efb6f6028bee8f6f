//! Columnar decoders for fixed-length COBOL records: the workload that perfledger measures by default.
//!
//! Owns: the two encodings named by its ids (`display`: zoned decimal and EBCDIC text, `comp3`: packed
//! decimal), a record layout, and the columns they decode into. Must not know: Criterion, the published
//! codec it is measured beside (only tests and benches do), files, or any other crate of the workspace.
//!
//! Input is EBCDIC, code page 037. Numbers become `i64` columns of unscaled digits (`S9(9)V99` holding
//! 12.34 is `1234`, with the scale kept in the layout); text becomes one UTF-8 buffer with offsets, as in
//! Arrow's string arrays. Every digit, sign and padding nibble is checked.
//!
//! ```
//! use copybook_bench::{Columns, Encoding, Layout, decode};
//!
//! let layout = Layout::sequential([
//!     ("ID", Encoding::zoned(3)),
//!     ("NAME", Encoding::text(2)),
//!     ("BALANCE", Encoding::packed(3).signed().scaled(2)),
//! ])?;
//! let mut columns = Columns::default();
//! decode(&layout, &[0xF0, 0xF4, 0xF2, 0xC1, 0x51, 0x12, 0x3D], &mut columns)?;
//! assert_eq!(columns.integers("ID"), Some([42].as_slice()));
//! assert_eq!(columns.text("NAME").and_then(|names| names.get(0)), Some("Aé"));
//! assert_eq!(columns.integers("BALANCE"), Some([-123].as_slice()));
//! # Ok::<(), copybook_bench::Error>(())
//! ```

mod backend;
mod columns;
mod cp037;
mod decode;
mod error;
mod layout;
mod plan;
mod portable;
mod rules;
pub mod sample;
#[cfg(target_arch = "x86_64")]
mod simd;

pub use backend::Backend;
pub use columns::{Column, Columns, TextColumn};
pub use decode::{decode, decode_with};
pub use error::{Error, Expected};
pub use layout::{Encoding, Field, Layout, MAX_DIGITS};
