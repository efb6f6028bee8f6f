//! Owns: the comparison with the published codec: the same records accepted, the same values.
//! Must not know: kernels (`twins` compares those).
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use copybook_bench::{Backend, Column, Columns, Encoding, Error, Field, Layout, decode_with, sample};
use copybook_codec::{Codepage, DecodeOptions, RecordFormat, decode_record};
use copybook_core::Schema;
use proptest::prelude::*;

fn schema(layout: &Layout) -> Schema {
    let source = layout.to_copybook().expect("fields in order");
    let schema = copybook_core::parse_copybook(&source).expect(&source);
    assert_eq!(schema.lrecl_fixed, u32::try_from(layout.record_len()).ok(), "{source}");
    schema
}

/// The codec's values of one record as text, in the order of the fields; `None` if it refuses the record.
fn by_codec(layout: &Layout, schema: &Schema, record: &[u8]) -> Option<Vec<String>> {
    let options = DecodeOptions::new().with_codepage(Codepage::CP037).with_format(RecordFormat::Fixed);
    let value = decode_record(schema, record, &options).ok()?;
    let value_of = |name: &str| value["fields"][name].as_str().expect("a string").to_owned();
    Some(layout.fields().iter().map(|field| value_of(&field.name)).collect())
}

/// A text or number of the codec as ours spells it: numbers without the point and leading zeros.
fn unscaled(encoding: Encoding, value: &str) -> String {
    match encoding {
        Encoding::Text { .. } => value.to_owned(),
        Encoding::Zoned { scale, .. } | Encoding::Packed { scale, .. } => {
            let (_, fraction) = value.split_once('.').unwrap_or((value, ""));
            assert_eq!(fraction.len(), scale, "{value}");
            value.replace('.', "").parse::<i64>().expect(value).to_string()
        }
    }
}

fn row(columns: &Columns, record: usize) -> Vec<String> {
    let value = |column: &Column| match column {
        Column::Integers(values) => values[record].to_string(),
        Column::Text(text) => text.get(record).expect("valid UTF-8").to_owned(),
    };
    columns.as_slice().iter().map(value).collect()
}

fn backends() -> impl Iterator<Item = Backend> {
    std::iter::once(Backend::portable()).chain(Backend::avx2())
}

/// Both decode the records, or ours refuses exactly the first record that the codec refuses.
fn agrees(layout: &Layout, records: &[u8]) {
    let schema = schema(layout);
    let theirs: Vec<_> =
        records.chunks_exact(layout.record_len()).map(|record| by_codec(layout, &schema, record)).collect();
    for backend in backends() {
        let mut columns = Columns::default();
        let outcome = decode_with(backend, layout, records, &mut columns);
        match (outcome, theirs.iter().position(Option::is_none)) {
            (Ok(()), None) => {
                assert_eq!(columns.records(), theirs.len());
                for (index, theirs) in theirs.iter().flatten().enumerate() {
                    let spelt = layout.fields().iter().zip(theirs);
                    let theirs: Vec<_> = spelt.map(|(field, value)| unscaled(field.encoding, value)).collect();
                    assert_eq!(row(&columns, index), theirs, "record {index}, {}", backend.name());
                }
            }
            (Err(Error::BadByte { record, .. }), Some(refused)) => {
                assert_eq!(record, refused, "{}", backend.name());
            }
            (outcome, refused) => {
                panic!("{}: ours {outcome:?}, the codec refused {refused:?}", backend.name())
            }
        }
    }
}

/// The codec reads gaps as `FILLER` text, ours not at all: blanks there suit both.
fn with_blank_gaps(layout: &Layout, mut records: Vec<u8>) -> Vec<u8> {
    let fields = layout.fields().iter();
    let ranges: Vec<_> = fields.map(|field| field.offset..field.offset + field.encoding.len()).collect();
    for record in records.chunks_exact_mut(layout.record_len()) {
        for (at, byte) in record.iter_mut().enumerate() {
            if !ranges.iter().any(|range| range.contains(&at)) {
                *byte = 0x40;
            }
        }
    }
    records
}

/// All values of each byte of each numeric field, in valid surroundings.
fn every_byte_agrees(encoding: Encoding) {
    let layout = Layout::new(40, vec![Field { name: String::from("F"), offset: 11, encoding }]).unwrap();
    let schema = schema(&layout);
    let mut valid = sample::records(&layout, 1, 3);
    for at in 11..11 + encoding.len() {
        for byte in 0..=255 {
            let good = valid[at];
            valid[at] = byte;
            let theirs = by_codec(&layout, &schema, &valid);
            let spelt = theirs.map(|theirs| vec![unscaled(encoding, &theirs[0])]);
            // Four equal records: enough to fill a vector.
            let input = valid.repeat(4);
            for backend in backends() {
                let mut columns = Columns::default();
                let outcome = decode_with(backend, &layout, &input, &mut columns);
                let ours = outcome.ok().map(|()| row(&columns, 3));
                assert_eq!(ours, spelt, "{encoding:?}, byte {at} = {byte:02X}, {}", backend.name());
            }
            valid[at] = good;
        }
    }
}

#[test]
fn agrees_with_the_codec_on_every_value_of_every_byte_of_every_numeric_field() {
    for digits in 1..=18 {
        for plain in [Encoding::zoned(digits), Encoding::packed(digits)] {
            every_byte_agrees(plain);
            every_byte_agrees(plain.signed());
        }
    }
}

#[test]
fn agrees_with_the_codec_on_every_byte_of_text_in_fields_of_every_vector_share() {
    for len in [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 64, 65] {
        every_byte_agrees_in_text(len);
    }
}

fn every_byte_agrees_in_text(len: usize) {
    let layout = Layout::sequential([("T", Encoding::text(len))]).unwrap();
    let schema = schema(&layout);
    for byte in 0..=255 {
        for at in [0, len / 2, len - 1] {
            let mut record = vec![0xC1; len];
            record[at] = byte;
            let theirs = by_codec(&layout, &schema, &record);
            let input = [vec![0x81; len * 3], record, vec![0x91; len * 5]].concat();
            for backend in backends() {
                let mut columns = Columns::default();
                let outcome = decode_with(backend, &layout, &input, &mut columns);
                let ours = outcome.ok().map(|()| row(&columns, 3));
                assert_eq!(ours, theirs, "byte {at} of {len} = {byte:02X}, {}", backend.name());
            }
        }
    }
}

#[test]
fn agrees_with_the_codec_on_the_largest_and_smallest_values() {
    for digits in 1..=18 {
        let zoned = [vec![0xF9; digits - 1], vec![0xD9]].concat();
        agrees(&Layout::sequential([("F", Encoding::zoned(digits).signed())]).unwrap(), &zoned.repeat(4));
        let mut packed = vec![0x99; digits / 2 + 1];
        if digits.is_multiple_of(2) {
            packed[0] = 0x09;
        }
        packed[digits / 2] = 0x9D;
        agrees(&Layout::sequential([("F", Encoding::packed(digits).signed())]).unwrap(), &packed.repeat(4));
    }
}

#[test]
fn reads_negative_zero_as_zero_like_the_codec() {
    let layout =
        Layout::sequential([("Z", Encoding::zoned(2).signed()), ("P", Encoding::packed(3).signed().scaled(1))])
            .unwrap();
    agrees(&layout, &[0xF0, 0xD0, 0x00, 0x0D].repeat(5));
}

#[test]
fn does_not_look_at_gaps_where_the_codec_refuses_control_bytes() {
    let field = Field { name: String::from("F"), offset: 1, encoding: Encoding::zoned(1) };
    let layout = Layout::new(2, vec![field]).unwrap();
    let record = [0x00, 0xF7];
    assert_eq!(by_codec(&layout, &schema(&layout), &record), None);
    let mut columns = Columns::default();
    assert_eq!(copybook_bench::decode(&layout, &record, &mut columns), Ok(()));
    assert_eq!(columns.integers("F"), Some([7].as_slice()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_codec_on_valid_and_damaged_records(
        (layout, records) in common::batch(1..9, 3),
    ) {
        agrees(&layout, &with_blank_gaps(&layout, records));
    }

    #[test]
    fn agrees_with_the_codec_on_fields_of_nothing_but_random_bytes(
        encoding in common::encoding(),
        bytes in prop::collection::vec(any::<u8>(), 80 * 2),
    ) {
        let layout = Layout::sequential([("F", encoding)]).unwrap();
        agrees(&layout, &bytes[..encoding.len() * 2]);
    }

    #[test]
    fn agrees_with_the_codec_on_text_of_any_printable_bytes(
        len in 1..70_usize,
        bytes in prop::collection::vec(0x40..=0xFF_u8, 70 * 6),
    ) {
        let layout = Layout::sequential([("F", Encoding::text(len))]).unwrap();
        agrees(&layout, &bytes[..len * 6]);
    }
}
