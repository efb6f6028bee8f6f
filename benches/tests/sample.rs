//! Owns: what the benches' data promise. Must not know: decoders' insides.

use copybook_bench::{Columns, decode, sample};

#[test]
fn makes_equal_records_of_equal_seeds_and_others_of_others() {
    let layout = sample::account_display().unwrap();
    let first = sample::records(&layout, 20, 1);
    assert_eq!(first, sample::records(&layout, 20, 1));
    assert_ne!(first, sample::records(&layout, 20, 2));
    assert_eq!(first[..168 * 5], sample::records(&layout, 5, 1));
}

#[test]
fn has_the_record_lengths_that_the_readme_states() {
    let lengths = [
        (sample::account_display(), 168),
        (sample::amounts_comp3(), 60),
        (sample::counts_zoned(), 90),
        (sample::names_text(), 500),
    ];
    for (layout, length) in lengths {
        assert_eq!(layout.unwrap().record_len(), length);
    }
}

#[test]
fn mixes_lengths_signs_and_a_few_accents() {
    let layout = sample::account_display().unwrap();
    let mut columns = Columns::default();
    decode(&layout, &sample::records(&layout, 10_000, 3), &mut columns).unwrap();
    let balances = columns.integers("BALANCE").unwrap();
    let negative = balances.iter().filter(|value| **value < 0).count();
    let small = balances.iter().filter(|value| value.abs() < 1_000_000).count();
    assert!((2_000..4_000).contains(&negative), "{negative}");
    assert!((2_000..4_000).contains(&small), "{small}");
    let names = columns.text("CUSTOMER-NAME").unwrap();
    let accented = (0..names.len()).filter(|row| !names.get(*row).unwrap().is_ascii()).count();
    let padded = (0..names.len()).filter(|row| names.get(*row).unwrap().ends_with("  ")).count();
    assert!((300..2_000).contains(&accented), "{accented}");
    assert!(padded > 5_000, "{padded}");
}
