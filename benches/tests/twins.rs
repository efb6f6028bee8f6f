//! Owns: the comparison of the AVX2 kernels with their portable twins. Must not know: the published codec.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use copybook_bench::{Backend, Columns, Encoding, Error, Field, Layout, decode_with, sample};
use proptest::prelude::*;

/// A copy whose first and last bytes are those of an allocation of its own, so that tools which watch memory
/// (Miri, Valgrind, address sanitizers) see any load outside the input.
fn exact(bytes: &[u8]) -> Box<[u8]> {
    bytes.into()
}

/// Decodes with a backend; the columns are compared as their debug form of values and texts.
fn outcome(backend: Backend, layout: &Layout, input: &[u8]) -> Result<Vec<String>, Error> {
    let mut columns = Columns::default();
    decode_with(backend, layout, &exact(input), &mut columns)?;
    let column = |field: &Field| match (columns.integers(&field.name), columns.text(&field.name)) {
        (Some(values), None) => format!("{values:?}"),
        (None, Some(text)) => {
            let texts: Vec<_> = (0..text.len()).map(|record| text.get(record)).collect();
            assert!(texts.iter().all(Option::is_some), "texts are UTF-8");
            format!("{texts:?} {:?} {:?}", text.offsets(), text.data())
        }
        (values, text) => panic!("{}: {values:?} and {text:?}", field.name),
    };
    Ok(layout.fields().iter().map(column).collect())
}

fn agree(layout: &Layout, input: &[u8]) {
    let portable = outcome(Backend::portable(), layout, input);
    if let Some(avx2) = Backend::avx2() {
        assert_eq!(outcome(avx2, layout, input), portable);
    }
}

/// A reference that shares nothing with either kernel: digit by digit.
fn plainly(encoding: Encoding, field: &[u8]) -> i64 {
    let nibbles: Vec<u8> = match encoding {
        Encoding::Zoned { .. } => {
            let digits = field.iter().map(|byte| byte & 0xF);
            digits.chain([field.last().unwrap() >> 4]).collect()
        }
        _ => field.iter().flat_map(|byte| [byte >> 4, byte & 0xF]).collect(),
    };
    let (sign, digits) = nibbles.split_last().unwrap();
    let magnitude = digits.iter().fold(0, |value, digit| value * 10 + i64::from(*digit));
    if matches!(sign, 0xB | 0xD) { -magnitude } else { magnitude }
}

#[test]
fn decode_alike_for_every_record_count_up_to_a_few_vectors() {
    for layout in [
        sample::account_display().unwrap(),
        sample::amounts_comp3().unwrap(),
        sample::counts_zoned().unwrap(),
        sample::names_text().unwrap(),
    ] {
        for count in 0..40 {
            agree(&layout, &sample::records(&layout, count, 7));
        }
    }
}

#[test]
fn decode_alike_across_blocks() {
    let layout = sample::account_display().unwrap();
    agree(&layout, &sample::records(&layout, 1_001, 11));
}

#[test]
fn decode_alike_with_records_longer_than_a_block() {
    let layout = Layout::sequential([
        ("N", Encoding::zoned(18).signed()),
        ("T", Encoding::text(40_000)),
        ("P", Encoding::packed(18)),
    ])
    .unwrap();
    agree(&layout, &sample::records(&layout, 7, 13));
}

#[test]
fn decode_alike_when_every_character_of_the_text_takes_two_bytes() {
    for len in 1..70 {
        let layout = Layout::sequential([("T", Encoding::text(len))]).unwrap();
        agree(&layout, &vec![0x51; len * 9]);
    }
}

#[test]
fn decode_alike_each_field_at_each_offset_of_short_records() {
    for record_len in 1..=40_usize {
        for digits in [1, 2, 8, 9, 15, 16, 17, 18] {
            for encoding in
                [Encoding::zoned(digits).signed(), Encoding::packed(digits).signed(), Encoding::text(digits)]
            {
                for offset in 0..=record_len.saturating_sub(encoding.len()) {
                    let fields = vec![Field { name: String::from("F"), offset, encoding }];
                    let Ok(layout) = Layout::new(record_len, fields) else { continue };
                    agree(&layout, &sample::records(&layout, 5, 17));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn decode_alike_or_refuse_alike(
        (layout, records) in common::batch(0..60, 2),
    ) {
        agree(&layout, &records);
    }

    #[test]
    fn decode_alike_with_errors_in_every_block(
        (layout, records) in common::batch(200..400, 4),
    ) {
        agree(&layout, &records);
    }

    #[test]
    fn decode_numbers_as_one_does_by_hand(
        encoding in common::number(),
        count in 1..20_usize,
        seed in any::<u64>(),
    ) {
        let layout = Layout::sequential([("F", encoding)]).unwrap();
        let input = sample::records(&layout, count, seed);
        let by_hand: Vec<_> =
            input.chunks_exact(encoding.len()).map(|field| plainly(encoding, field)).collect();
        for backend in std::iter::once(Backend::portable()).chain(Backend::avx2()) {
            let mut columns = Columns::default();
            prop_assert_eq!(decode_with(backend, &layout, &input, &mut columns), Ok(()));
            prop_assert_eq!(columns.integers("F"), Some(by_hand.as_slice()), "{}", backend.name());
        }
    }
}
