//! Owns: walking an input in blocks that stay in the first-level cache, one column after the other.
//! Must not know: what a valid byte is (`rules`), or how a kernel computes.

use crate::backend::{Backend, Kernels};
use crate::columns::{Column, Columns, TextColumn};
use crate::layout::{Encoding, Layout};
use crate::plan::{Plan, TextPlan};
use crate::{Error, portable, rules};

/// Bytes of input decoded column by column before going on to the next: half of a 32 KiB cache, so that
/// the columns written beside it find room.
const BLOCK_BYTES: usize = 16 * 1024;

/// The records of one block, and what follows them in the input.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// The block's records, and after them the rest of the input, which a kernel may load and discard.
    pub(crate) bytes: &'a [u8],
    /// Length of a record in bytes.
    pub(crate) stride: usize,
    /// Records in the block; `bytes` holds at least as many.
    pub(crate) count: usize,
}

impl<'a> Rows<'a> {
    /// The block's records one by one.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        self.bytes.chunks_exact(self.stride).take(self.count)
    }
}

/// Where a kernel writes the texts of one block.
pub(crate) struct TextSink<'a> {
    /// The column's memory: at least `2 * len` bytes a record and the slack are free after `used`.
    pub(crate) storage: &'a mut [u8],
    /// Bytes of `storage` in use.
    pub(crate) used: usize,
    /// The end of each text of the block goes here.
    pub(crate) ends: &'a mut [u32],
}

/// Decodes whole records into columns with the fastest kernels that this CPU runs.
///
/// `columns` are replaced, never appended to, and take the shape of the layout; pass the same value again
/// and no call after the first allocates, unless it needs more room. An input of 0 bytes is 0 records.
///
/// # Errors
/// [`Error::PartialRecord`], [`Error::TextTooLarge`], or [`Error::BadByte`] for the first bad byte of the
/// first bad field (in the layout's order) of the first bad record. After any error all columns are empty.
pub fn decode(layout: &Layout, input: &[u8], columns: &mut Columns) -> Result<(), Error> {
    decode_with(Backend::detect(), layout, input, columns)
}

/// [`decode`] with chosen kernels.
///
/// # Errors
/// As [`decode`], and the same ones whichever the kernels.
pub fn decode_with(backend: Backend, layout: &Layout, input: &[u8], columns: &mut Columns) -> Result<(), Error> {
    let outcome = fill(backend, layout, input, columns);
    if outcome.is_err() {
        columns.clear();
    }
    outcome
}

fn fill(backend: Backend, layout: &Layout, input: &[u8], columns: &mut Columns) -> Result<(), Error> {
    let stride = layout.record_len();
    let records = input.len() / stride;
    let whole = records * stride;
    if whole < input.len() {
        return Err(Error::PartialRecord {
            input_len: input.len(),
            record_len: stride,
            excess: input.len() - whole,
            offset: whole,
        });
    }
    check_text_sizes(layout, records)?;
    let columns = columns.shape(layout, records);
    let block = (BLOCK_BYTES / stride).max(4);
    let mut first = 0;
    while first < records {
        let rows =
            Rows { bytes: input.get(first * stride..).unwrap_or_default(), stride, count: block.min(records - first) };
        for (plan, column) in layout.plans().iter().zip(columns.iter_mut()) {
            if !fill_block(backend, plan, rows, first, column) {
                return Err(rules::first_error(layout, rows, first));
            }
        }
        first += rows.count;
    }
    Ok(())
}

/// Each byte of text becomes at most two, and offsets have 32 bits.
fn check_text_sizes(layout: &Layout, records: usize) -> Result<(), Error> {
    for field in layout.fields() {
        if let Encoding::Text { len } = field.encoding
            && records.checked_mul(len * 2).is_none_or(|bytes| u32::try_from(bytes).is_err())
        {
            return Err(Error::TextTooLarge { field: field.name.clone(), records });
        }
    }
    Ok(())
}

/// Decodes one field of a block; false if any byte of it is bad.
fn fill_block(backend: Backend, plan: &Plan, rows: Rows<'_>, first: usize, column: &mut Column) -> bool {
    match (plan, column) {
        (Plan::Zoned(plan), Column::Integers(values)) => {
            let out = values.get_mut(first..first + rows.count).unwrap_or_default();
            match backend.0 {
                Kernels::Portable => portable::zoned(plan, rows, out),
                #[cfg(target_arch = "x86_64")]
                Kernels::Avx2(avx2) => avx2.zoned(plan, rows, out),
            }
        }
        (Plan::Packed(plan), Column::Integers(values)) => {
            let out = values.get_mut(first..first + rows.count).unwrap_or_default();
            match backend.0 {
                Kernels::Portable => portable::packed(plan, rows, out),
                #[cfg(target_arch = "x86_64")]
                Kernels::Avx2(avx2) => avx2.packed(plan, rows, out),
            }
        }
        (Plan::Text(plan), Column::Text(text)) => fill_text(backend, *plan, rows, first, text),
        // `Columns::shape` has given every column its plan's kind.
        (Plan::Zoned(_) | Plan::Packed(_), Column::Text(_)) | (Plan::Text(_), Column::Integers(_)) => false,
    }
}

fn fill_text(backend: Backend, plan: TextPlan, rows: Rows<'_>, first: usize, text: &mut TextColumn) -> bool {
    text.reserve(rows.count * plan.len * 2);
    let mut sink = TextSink {
        used: text.used,
        storage: &mut text.storage,
        ends: text.offsets.get_mut(first + 1..=first + rows.count).unwrap_or_default(),
    };
    let good = match backend.0 {
        Kernels::Portable => portable::text(plan, rows, &mut sink),
        #[cfg(target_arch = "x86_64")]
        Kernels::Avx2(avx2) => avx2.text(plan, rows, &mut sink),
    };
    text.used = sink.used;
    good
}

#[cfg(test)]
mod tests {
    use super::check_text_sizes;
    use crate::{Encoding, Error, Layout};

    #[test]
    fn refuses_text_that_could_outgrow_its_offsets() {
        let layout = Layout::sequential([("A", Encoding::zoned(9)), ("T", Encoding::text(16))]).unwrap();
        let most = usize::try_from(u32::MAX).unwrap() / 32;
        assert_eq!(check_text_sizes(&layout, most), Ok(()));
        let too_many = Error::TextTooLarge { field: String::from("T"), records: most + 1 };
        assert_eq!(check_text_sizes(&layout, most + 1), Err(too_many));
        assert!(check_text_sizes(&layout, usize::MAX).is_err());
    }
}
