//! Each kind as people write it, what only looks like it, and what must hold for any text.
use proptest::prelude::*;

use super::{Kind, Score, Span, detect, missed};

/// What is found, as (word of the kind, text).
fn found(text: &str) -> Vec<(&'static str, String)> {
    let slice = |span: &Span| text.chars().skip(span.start).take(span.end - span.start).collect::<String>();
    detect(text).entities.iter().map(|span| (span.kind.word(), slice(span))).collect()
}

fn finds(text: &str, kind: &str, entity: &str) {
    assert!(
        found(text).iter().any(|(k, e)| *k == kind && e == entity),
        "{kind} {entity} in {text:?}: {:?}",
        found(text)
    );
}

fn finds_nothing(text: &str) {
    assert!(found(text).is_empty(), "{text:?}: {:?}", found(text));
}

#[test]
fn finds_social_security_numbers_but_no_order_numbers() {
    finds("SSN 123-45-6789.", "ssn", "123-45-6789");
    finds("ssn=123-45-6789", "ssn", "123-45-6789");
    finds("her number, 219 09 9999, is", "ssn", "219 09 9999");
    finds("social security number 219099999", "ssn", "219099999");
    for text in [
        "000-12-3456",
        "666-12-3456",
        "901-12-3456",
        "123-00-4567",
        "123-45-0000",
        "order 123-45-6789",
        "123-45-67890",
        "X-123-45-6789",
        "123-45-6789-1",
        "219099999",
    ] {
        finds_nothing(text);
    }
}

#[test]
fn finds_phone_numbers_in_the_usual_forms() {
    for number in [
        "212-555-0123",
        "(212) 555-0123",
        "(212)555-0123",
        "212.555.0123",
        "212 555 0123",
        "+1 212-555-0123",
        "1-212-555-0123",
        "+1 (212) 555-0123",
        "+44 20 7946 0958",
        "+49-30-901820",
        "+442079460958",
        "212-555-0123 ext. 12",
        "212-555-0123 x12",
    ] {
        finds(&format!("Reach me at {number}, please"), "phone", number);
    }
    finds("call 2125550123", "phone", "2125550123");
    for text in ["112-555-0123", "212-155-0123", "ticket 212-555-0123", "2125550123", "+1 2", "version 212.555.0123"] {
        finds_nothing(text);
    }
}

#[test]
fn finds_cards_only_with_a_valid_check_digit() {
    for number in [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "3782 822463 10005",
        "5555555555554444",
        "4222222222222",
    ] {
        finds(&format!("paid with {number} today"), "card", number);
    }
    for text in [
        "4111 1111 1111 1112",
        "4111 1111 1111 1116",
        "4111111111111112",
        "0000 0000 0000 0000",
        "9111 1111 1111 1111",
        "4111 1111-1111 1111",
    ] {
        finds_nothing(text);
    }
}

#[test]
fn finds_dates_only_where_they_are_births() {
    for date in ["03/04/1980", "1980-03-04", "4.3.1980", "March 4, 1980", "4 March 1980"] {
        finds(&format!("She was born on {date} in a village"), "dob", date);
        finds(&format!("DOB: {date}"), "dob", date);
        finds_nothing(&format!("The contract of {date} ends"));
    }
    finds_nothing("born in 1980, moved 99/99/1980");
}

#[test]
fn finds_record_numbers_by_their_context() {
    finds("MRN: 12345678", "mrn", "12345678");
    finds("MRN-12345678", "mrn", "12345678");
    finds("mrn A1234567,", "mrn", "A1234567");
    finds("medical record number 1234567", "mrn", "1234567");
    finds("Patient ID: 7654321", "mrn", "7654321");
    finds_nothing("item 12345678");
}

#[test]
fn finds_email_addresses() {
    for address in ["ada@example.com", "ada.l+x_1@mail.example.co.uk", "a-b@ex-ample.org"] {
        finds(&format!("<{address}>."), "email", address);
    }
    for text in ["ada@localhost", "@handle", "a@", "a@b.1", "x @ y.com"] {
        finds_nothing(text);
    }
}

#[test]
fn finds_street_addresses() {
    for address in [
        "12 Oak Street",
        "1200 North Oak Ave., Apt 4B",
        "7 Elm Rd, Springfield, IL 62704",
        "9 W. 5th Avenue",
        "77 Hill Ln #3, Salt Lake City, UT 84101-1234",
        "P.O. Box 77, Reno, NV 89501",
        "PO Box 12",
    ] {
        finds(&format!("ship to {address} today"), "address", address);
    }
    finds_nothing("we saw 12 Oak trees on the street");
}

#[test]
fn finds_names_by_lists_titles_and_greetings() {
    for name in [
        "Mary Johnson",
        "Mary B. Johnson",
        "Mary Ann Johnson",
        "Mary Johnson-Smith",
        "Priya Zzyzx",
        "Sean O'Brien",
        "MARY JOHNSON",
        "Johnson, Mary",
    ] {
        finds(&format!("we met {name} there"), "name", name);
    }
    finds("Dr. Lovelace came", "name", "Lovelace");
    finds("Dear Mary, thanks", "name", "Mary");
    finds("Mary Johnson's file", "name", "Mary Johnson");
    for text in [
        "Monday Morning",
        "mary johnson",
        "Madison Park",
        "Johnson Street",
        "Jackson Hospital Group",
        "The Report",
        "Grace Hill",
    ] {
        finds_nothing(text);
    }
}

#[test]
fn the_stronger_reading_wins_where_two_overlap() {
    assert_eq!(found("mary.johnson@example.com"), [("email", "mary.johnson@example.com".to_owned())]);
    assert_eq!(found("at 12 Mary Johnson Street"), [("address", "12 Mary Johnson Street".to_owned())]);
}

#[test]
fn redacts_by_placeholder_and_counts_in_characters() {
    let detection = detect("Größe — SSN 123-45-6789 und ada@example.com…");
    assert_eq!(detection.redacted, "Größe — SSN [SSN] und [EMAIL]…");
    assert_eq!(
        detection.entities,
        [Span { kind: Kind::Ssn, start: 12, end: 23 }, Span { kind: Kind::Email, start: 28, end: 43 }]
    );
    assert_eq!(detection.unredacted, 0);
    assert_eq!(detect(&detection.redacted).entities, []);
}

#[test]
fn scores_only_exact_spans_as_found() {
    let span = |start| Span { kind: Kind::Ssn, start, end: start + 11 };
    let score = Score::of(&[span(0), span(20)], &[span(0), span(21), span(40)]);
    assert_eq!(score, Score { tp: 1, fp: 1, r#fn: 2 });
}

#[test]
fn other_dashes_and_wide_blanks_hide_nothing() {
    for (kind, entity) in [
        ("name", "Ada  Lovelace"),
        ("name", "Mary\u{a0}Johnson"),
        ("name", "Mary Johnson\u{2011}Smith"),
        ("ssn", "123\u{2011}45\u{2011}6789"),
        ("ssn", "123-45\u{2013}6789"),
        ("ssn", "219\u{a0}09\u{2009}9999"),
        ("card", "4111  1111 1111 1111"),
        ("card", "4111\u{2212}1111\u{2212}1111\u{2212}1111"),
        ("card", "4111\u{202f}1111\u{202f}1111\u{202f}1111"),
        ("phone", "212\u{2013}555\u{2013}0123"),
        ("phone", "1\u{2013}212\u{2013}555\u{2013}0123"),
        ("phone", "+44\u{a0}20 \t7946\u{2010}0958"),
        ("phone", "(212)  555\u{2011}0123"),
    ] {
        finds(&format!("reach me at {entity}, please"), kind, entity);
        finds(&format!("\u{2013}{entity}\u{2014}"), kind, entity);
    }
    finds("born on 1980\u{2011}03\u{2011}04", "dob", "1980\u{2011}03\u{2011}04");
    finds("lives at 12  Oak\u{a0}Street now", "address", "12  Oak\u{a0}Street");
    finds_nothing("4111 1111 1111\n\n1111");
}

#[test]
fn what_is_labelled_and_still_there_to_read_is_missed() {
    let text = "Größe of Zyx Qwv and Mary Ann Johnson, 219099999";
    let label = |kind, part: &str| {
        let start = text.find(part).map(|byte| text[..byte].chars().count()).unwrap();
        Span { kind, start, end: start + part.chars().count() }
    };
    let labels = [label(Kind::Name, "Zyx Qwv"), label(Kind::Name, "Mary Ann Johnson"), label(Kind::Ssn, "219099999")];
    assert_eq!(missed(text, &labels, &labels), 0);
    assert_eq!(missed(text, &[], &labels), 3);
    assert_eq!(missed(text, &[label(Kind::Name, "Mary Ann")], &labels), 3, "a part that is left counts");
    // Another kind and other bounds are wrong, but nothing is left to read.
    let wide = [label(Kind::Address, "of Zyx Qwv and Mary Ann Johnson,")];
    assert_eq!(missed(text, &wide, &labels), 1);
    let detection = detect(text);
    assert_eq!((detection.unredacted, missed(text, &detection.entities, &labels)), (0, 2), "{detection:?}");
}

#[test]
fn a_long_hostile_text_is_read_and_its_redaction_is_clean() {
    for part in [
        "1 ",
        "a.",
        "@",
        "(",
        "+1",
        "123-",
        "Mary ",
        "4111 ",
        "12 Oak ",
        "P.O.",
        "ß",
        "A.B@",
        "[",
        "MRN 1234567 ",
        "  ",
        "\u{2011}",
        "123\u{2011}",
    ] {
        let text = part.repeat((1 << 17) / part.len());
        let detection = detect(&text);
        assert_eq!(detection.unredacted, 0, "{part}");
    }
}

/// Parts whose mixtures come near entities, hostile ones included.
fn near_entities() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "123", "45", "6789", "-", " ", ".", "@", "(", ")", "+", "1", "212", "555", "4111", "1111", "Mary", "Johnson",
        "Dr", "Street", "Oak", ",", "MRN", "12345678", "born", "March", "1980", "/", "example", "com", "P.O.", "Box",
        "IL", "62704", "#", "é", "İ", "\u{301}", "\u{200b}", "'", "’", "[SSN]", "[", "]", "\n", "Dear", "A.", "x12",
        "ext", "ssn", "card", "  ", "\u{a0}", "\u{2011}", "–", "—", "\r\n",
    ]);
    prop::collection::vec(parts, 0..60).prop_map(|parts| parts.concat())
}

fn holds_for(text: &str) -> Result<(), TestCaseError> {
    let detection = detect(text);
    let length = text.chars().count();
    let mut last = 0;
    for span in &detection.entities {
        prop_assert!(last <= span.start && span.start < span.end && span.end <= length, "{:?}", span);
        last = span.end;
    }
    prop_assert_eq!(detection.unredacted, 0, "{:?}", detection);
    prop_assert_eq!(detect(&detection.redacted).entities, vec![]);
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_and_its_redaction_is_clean(text in any::<String>()) {
        holds_for(&text)?;
    }

    #[test]
    fn any_mixture_of_parts_is_read_and_its_redaction_is_clean(text in near_entities()) {
        holds_for(&text)?;
    }

    #[test]
    fn a_labelled_number_never_survives(before in "[a-z ]{0,20}", area in 1_u32..666, group in 1_u32..100, serial in 1_u32..10_000, digits in 0_u64..100_000_000_000_000) {
        let ssn = format!("{area:03}-{group:02}-{serial:04}");
        let partial = format!("4{digits:014}");
        let check = (0..10).find(|check| super::luhn(format!("{partial}{check}").bytes())).unwrap();
        let card = format!("{partial}{check}");
        let redacted = detect(&format!("{before} ssn {ssn} and card {card} end")).redacted;
        prop_assert!(!redacted.contains(&ssn) && !redacted.contains(&card), "{}", redacted);
    }
}
