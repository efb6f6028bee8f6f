//! Owns: what is refused, the words of it, and what is left in the columns. Must not know: kernels' insides.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use copybook_bench::{Backend, Column, Columns, Encoding, Error, Expected, Field, Layout, decode, decode_with, sample};

fn both() -> Vec<Backend> {
    std::iter::once(Backend::portable()).chain(Backend::avx2()).collect()
}

fn field(name: &str, offset: usize, encoding: Encoding) -> Field {
    Field { name: name.to_owned(), offset, encoding }
}

/// A record with one field of each kind.
fn mixed() -> Layout {
    Layout::sequential([
        ("COUNT", Encoding::zoned(5)),
        ("BALANCE", Encoding::zoned(7).signed()),
        ("NAME", Encoding::text(10)),
        ("AMOUNT", Encoding::packed(6).signed()),
        ("RATE", Encoding::packed(3)),
    ])
    .unwrap()
}

fn is_empty(columns: &Columns) -> bool {
    columns.records() == 0
        && columns.as_slice().iter().all(|column| match column {
            Column::Integers(values) => values.is_empty(),
            Column::Text(text) => text.is_empty() && text.data().is_empty() && text.offsets().is_empty(),
        })
}

#[test]
fn names_record_field_and_offset_of_a_bad_digit() {
    let layout = mixed();
    let mut input = sample::records(&layout, 50, 1);
    let offset = 37 * layout.record_len() + 3;
    input[offset] = 0xFA;
    for backend in both() {
        let error = decode_with(backend, &layout, &input, &mut Columns::default()).unwrap_err();
        assert_eq!(
            error,
            Error::BadByte {
                record: 37,
                field: String::from("COUNT"),
                offset,
                byte: 0xFA,
                expected: Expected::ZonedDigit,
            }
        );
        assert_eq!(
            error.to_string(),
            format!("record 37, field COUNT: byte 0xFA at offset {offset} is not a zoned digit (F0 to F9)")
        );
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn names_what_each_byte_should_have_been() {
    let layout = mixed();
    let cases = [
        (0, 0x40, "COUNT", Expected::ZonedDigit),
        (4, 0xC1, "COUNT", Expected::ZonedDigit),
        (5, 0xC1, "BALANCE", Expected::ZonedDigit),
        (11, 0xE1, "BALANCE", Expected::ZonedSign),
        (11, 0xCA, "BALANCE", Expected::ZonedSign),
        (15, 0x00, "NAME", Expected::Text),
        (22, 0x10, "AMOUNT", Expected::PackedPadding),
        (23, 0x1A, "AMOUNT", Expected::PackedDigits),
        (25, 0xAC, "AMOUNT", Expected::PackedDigits),
        (25, 0x19, "AMOUNT", Expected::PackedSign),
        (26, 0xB1, "RATE", Expected::PackedDigits),
        (27, 0x1C, "RATE", Expected::PackedNoSign),
    ];
    for (at, wrong, name, expected) in cases {
        let mut input = sample::records(&layout, 6, 2);
        let offset = 2 * layout.record_len() + at;
        input[offset] = wrong;
        let wanted = Error::BadByte { record: 2, field: String::from(name), offset, byte: wrong, expected };
        for backend in both() {
            let outcome = decode_with(backend, &layout, &input, &mut Columns::default());
            assert_eq!(outcome, Err(wanted.clone()), "{}", backend.name());
        }
    }
}

#[test]
fn reports_the_first_bad_record_even_if_a_later_one_has_an_earlier_field_bad() {
    let layout = mixed();
    let mut input = sample::records(&layout, 20, 3);
    input[12 * layout.record_len()] = 0;
    input[9 * layout.record_len() + 27] = 0;
    for backend in both() {
        let error = decode_with(backend, &layout, &input, &mut Columns::default()).unwrap_err();
        let Error::BadByte { record, field, .. } = error else { panic!("{error}") };
        assert_eq!((record, field.as_str()), (9, "RATE"), "{}", backend.name());
    }
}

#[test]
fn finds_a_bad_byte_wherever_it_is() {
    let layout = mixed();
    let input = sample::records(&layout, 11, 4);
    for backend in both() {
        let mut columns = Columns::default();
        for at in 0..input.len() {
            // No byte is bad everywhere: packed digits are 00 to 99, and the last packed byte ends in A to F.
            let refusals = [0x01, 0x1C].map(|wrong| {
                let mut input = input.clone();
                input[at] = wrong;
                decode_with(backend, &layout, &input, &mut columns).err()
            });
            let offsets: Vec<_> = refusals
                .into_iter()
                .flatten()
                .map(|error| {
                    let Error::BadByte { offset, .. } = error else { panic!("{error}") };
                    offset
                })
                .collect();
            assert!(!offsets.is_empty(), "byte {at}, {}", backend.name());
            assert!(offsets.iter().all(|offset| *offset == at), "{offsets:?}, {}", backend.name());
        }
    }
}

#[test]
fn blames_no_valid_byte_that_precedes_a_bad_one() {
    let encodings = [
        Encoding::zoned(2),
        Encoding::zoned(2).signed(),
        Encoding::packed(2),
        Encoding::packed(2).signed(),
        Encoding::packed(3),
        Encoding::packed(3).signed(),
        Encoding::text(2),
    ];
    for encoding in encodings {
        let layout = Layout::sequential([("F", encoding), ("LAST", Encoding::zoned(1))]).unwrap();
        for (at, byte) in (0..2).flat_map(|at| (0..=255).map(move |byte| (at, byte))) {
            let mut input = sample::records(&layout, 2, 1);
            input[at] = byte;
            if decode(&layout, &input, &mut Columns::default()).is_ok() {
                input[5] = 0x00;
                let error = decode(&layout, &input, &mut Columns::default()).unwrap_err();
                let Error::BadByte { offset, .. } = error else { panic!("{error}") };
                assert_eq!(offset, 5, "{encoding:?}, byte {at} = {byte:02X}");
            }
        }
    }
}

#[test]
fn leaves_columns_empty_after_an_error_and_usable_for_the_next_call() {
    let layout = mixed();
    let good = sample::records(&layout, 600, 5);
    let mut bad = good.clone();
    let last = bad.len() - 1;
    bad[last] = 0;
    for backend in both() {
        let mut columns = Columns::default();
        assert!(decode_with(backend, &layout, &bad, &mut columns).is_err());
        assert!(is_empty(&columns));
        assert_eq!(decode_with(backend, &layout, &good, &mut columns), Ok(()));
        assert_eq!(columns.records(), 600);
        assert!(decode_with(backend, &layout, &bad, &mut columns).is_err());
        assert!(is_empty(&columns));
        assert!(decode_with(backend, &layout, &good[1..], &mut columns).is_err());
        assert!(is_empty(&columns));
    }
}

#[test]
fn refuses_an_input_that_ends_within_a_record() {
    let layout = mixed();
    let input = sample::records(&layout, 3, 6);
    let outcome = decode(&layout, &input[..60], &mut Columns::default());
    assert_eq!(outcome.unwrap_err().to_string(), "input of 60 bytes ends 4 bytes into a record of 28, at offset 56");
}

#[test]
fn decodes_an_empty_input_to_no_records() {
    let mut columns = Columns::default();
    assert_eq!(decode(&mixed(), &[], &mut columns), Ok(()));
    assert_eq!(columns.records(), 0);
    assert_eq!(columns.integers("COUNT"), Some([].as_slice()));
    assert_eq!(columns.text("NAME").map(|text| text.offsets()), Some([0].as_slice()));
}

#[test]
fn replaces_columns_of_another_layout_and_another_size() {
    let (first, second) = (mixed(), sample::counts_zoned().unwrap());
    let (many, few) = (sample::records(&first, 90, 7), sample::records(&first, 2, 8));
    let other = sample::records(&second, 5, 9);
    let mut columns = Columns::default();
    for (layout, input) in [(&first, &many), (&second, &other), (&first, &few), (&first, &many)] {
        let mut fresh = Columns::default();
        decode(layout, input, &mut columns).unwrap();
        decode(layout, input, &mut fresh).unwrap();
        for field in layout.fields() {
            assert_eq!(columns.integers(&field.name), fresh.integers(&field.name));
            let texts = [&columns, &fresh].map(|columns| columns.text(&field.name));
            let [ours, theirs] = texts.map(|text| text.map(|text| (text.data(), text.offsets())));
            assert_eq!(ours, theirs);
        }
    }
}

#[test]
fn uses_the_same_memory_again_for_the_next_batch() {
    let layout = mixed();
    let batches = [10, 11, 12].map(|seed| sample::records(&layout, 2_000, seed));
    let addresses = |columns: &Columns| {
        let address = |column: &Column| match column {
            Column::Integers(values) => (values.as_ptr().addr(), values.capacity()),
            Column::Text(text) => (text.data().as_ptr().addr(), text.offsets().as_ptr().addr()),
        };
        columns.as_slice().iter().map(address).collect::<Vec<_>>()
    };
    for backend in both() {
        let mut columns = Columns::default();
        // The room of the texts depends on their accents: each batch is seen once before.
        for input in &batches {
            decode_with(backend, &layout, input, &mut columns).unwrap();
        }
        let before = addresses(&columns);
        for input in &batches {
            decode_with(backend, &layout, input, &mut columns).unwrap();
            assert_eq!(addresses(&columns), before, "{}", backend.name());
        }
    }
}

#[test]
fn refuses_layouts_that_cannot_be() {
    let refusals = [
        (10, vec![], "layout has no fields"),
        (0, vec![], "layout has no fields"),
        (10, vec![field("A", 0, Encoding::zoned(0))], "field A: 0 is outside 1 to 18"),
        (30, vec![field("A", 0, Encoding::packed(19))], "field A: 19 is outside 1 to 18"),
        (30, vec![field("A", 0, Encoding::zoned(4).scaled(5))], "field A: 5 is outside 1 to 4"),
        (10, vec![field("A", 0, Encoding::text(0))], "field A: 0 is outside 1 to 16777216"),
        (10, vec![field("A", 6, Encoding::text(5))], "field A: ends at byte 11 of a record of 10 bytes"),
        (
            10,
            vec![field("A", 0, Encoding::text(1)), field("A", 1, Encoding::text(1))],
            "field A: name is used twice in the layout",
        ),
    ];
    for (record_len, fields, message) in refusals {
        let error = Layout::new(record_len, fields).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(!error.hint().is_empty());
    }
    let far = vec![field("A", usize::MAX, Encoding::text(5))];
    assert!(matches!(Layout::new(10, far), Err(Error::FieldOutsideRecord { .. })));
}

#[test]
fn lets_fields_overlap_as_redefines_does() {
    let layout =
        Layout::new(4, vec![field("YEAR", 0, Encoding::zoned(4)), field("CENTURY", 0, Encoding::text(2))]).unwrap();
    let mut columns = Columns::default();
    decode(&layout, &[0xF1, 0xF9, 0xF8, 0xF4], &mut columns).unwrap();
    assert_eq!(columns.integers("YEAR"), Some([1984].as_slice()));
    assert_eq!(columns.text("CENTURY").and_then(|text| text.get(0)), Some("19"));
    assert_eq!(layout.to_copybook(), None);
}
