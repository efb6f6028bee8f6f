//! Owns what stands in a slot of a sentence: personal data in the forms people write, and things that look like it.
//! Must not know where it will stand.

use crate::governance::pii::names::{FAMILY, GIVEN};
use crate::governance::pii::{Kind, luhn};
use crate::governance::seeded::Seeded;

/// Names the detector has no list of, so that a share of names can be found by their surroundings only.
const RARE_GIVEN: &[&str] = &[
    "Aoife",
    "Bartholomew",
    "Caoimhe",
    "Dagny",
    "Eirik",
    "Farrukh",
    "Gwendolyn",
    "Hilde",
    "Ikechukwu",
    "Jaromir",
    "Kwame",
    "Lakshmi",
    "Maeve",
    "Ngozi",
    "Ottilie",
    "Parvati",
    "Quincy",
    "Ragnhild",
    "Siobhan",
    "Thandiwe",
    "Ulrike",
    "Vikram",
    "Wilhelmina",
    "Xiomara",
];
const RARE_FAMILY: &[&str] = &[
    "Abernathy",
    "Bjornstad",
    "Chukwu",
    "Dalgaard",
    "Echeverria",
    "Fitzwilliam",
    "Grabowski",
    "Haugen",
    "Iyer",
    "Jablonski",
    "Kowalczyk",
    "Lindqvist",
    "Mbeki",
    "Nakagawa",
    "Oyelaran",
    "Papadakis",
    "Quispe",
    "Rasmussen",
    "Szabo",
    "Thorvald",
    "Urquhart",
    "Venkataraman",
    "Wojcik",
    "Yamazaki",
    "Zielinski",
];
const STREETS: &[&str] = &[
    "Oak",
    "Maple",
    "Cedar",
    "Pine",
    "Elm",
    "Birch",
    "Walnut",
    "Chestnut",
    "Lincoln",
    "Jefferson",
    "Lakeview",
    "Hillcrest",
    "River",
    "Sunset",
    "Mill",
    "Church",
    "Spring",
    "Prospect",
    "Highland",
    "Meadow Brook",
    "Stone Gate",
];
const SUFFIXES: &[&str] =
    &["Street", "St", "Avenue", "Ave", "Road", "Rd", "Boulevard", "Blvd", "Lane", "Drive", "Court", "Way", "Place"];
const TOWNS: &[&str] = &[
    "Springfield, IL",
    "Portland, OR",
    "Salem, MA",
    "Reno, NV",
    "Dayton, OH",
    "Boise, ID",
    "Tulsa, OK",
    "Salt Lake City, UT",
    "Ann Arbor, MI",
    "Fargo, ND",
    "Macon, GA",
    "Tempe, AZ",
];
const DOMAINS: &[&str] =
    &["example.com", "example.org", "mail.example.net", "post.example.co.uk", "clinic-north.example", "example.edu"];
const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The text for a slot, and its kind if it is personal data.
pub(super) fn slot(random: &mut Seeded, slot: &str) -> (Option<Kind>, String) {
    match slot {
        "name" => (Some(Kind::Name), name(random)),
        "given" => (Some(Kind::Name), random.pick(GIVEN.as_slice()).to_owned()),
        "family" => (Some(Kind::Name), family(random)),
        "reversed" => {
            (Some(Kind::Name), format!("{}, {}", random.pick(FAMILY.as_slice()), random.pick(GIVEN.as_slice())))
        }
        "lower" => (Some(Kind::Name), name(random).to_lowercase()),
        "ssn" => (Some(Kind::Ssn), security(random, '-')),
        "spaced-ssn" => (Some(Kind::Ssn), security(random, ' ')),
        "bare-ssn" => (Some(Kind::Ssn), security(random, '-').replace('-', "")),
        "email" => (Some(Kind::Email), email(random)),
        "phone" => (Some(Kind::Phone), phone(random)),
        "bare-phone" => (
            Some(Kind::Phone),
            format!("{}{}{:04}", random.between(201, 989), random.between(200, 999), random.below(10_000)),
        ),
        "card" => (Some(Kind::Card), card(random, true)),
        "bad-card" => (None, card(random, false)),
        "dob" => (Some(Kind::Dob), date(random, 1930, 2012)),
        "date" => (None, date(random, 1990, 2026)),
        "mrn" => (Some(Kind::Mrn), random.between(100_000, 99_999_999).to_string()),
        "letter-mrn" => (Some(Kind::Mrn), format!("{}{}", letter(random), random.between(100_000, 9_999_999))),
        "address" => (Some(Kind::Address), address(random)),
        "box" => (Some(Kind::Address), format!("P.O. Box {}", random.between(10, 9999))),
        "looks-like-ssn" => (None, security(random, '-')),
        "looks-like-phone" => {
            (None, format!("{}-{}-{:04}", random.between(201, 989), random.between(200, 999), random.below(10_000)))
        }
        "number" => (None, random.between(2, 9_999).to_string()),
        "long-number" => (None, random.between(10_000_000, 999_999_999).to_string()),
        _ => (None, format!("{{{slot}}}")),
    }
}

fn given(random: &mut Seeded) -> &'static str {
    if random.chance(8) { random.pick(RARE_GIVEN) } else { random.pick(GIVEN.as_slice()) }
}

fn family(random: &mut Seeded) -> String {
    if random.chance(12) { random.pick(RARE_FAMILY).to_owned() } else { random.pick(FAMILY.as_slice()).to_owned() }
}

fn name(random: &mut Seeded) -> String {
    let (given, family) = (given(random), family(random));
    match random.below(20) {
        0..3 => format!("{given} {}. {family}", letter(random)),
        3 => format!("{given} {} {family}", random.pick(GIVEN.as_slice())),
        4 => format!("{given} {family}-{}", random.pick(FAMILY.as_slice())),
        _ => format!("{given} {family}"),
    }
}

fn letter(random: &mut Seeded) -> char {
    char::from(b'A'.saturating_add(u8::try_from(random.below(26)).unwrap_or(0)))
}

fn security(random: &mut Seeded, mark: char) -> String {
    let area = loop {
        let area = random.between(1, 899);
        if area != 666 {
            break area;
        }
    };
    format!("{area:03}{mark}{:02}{mark}{:04}", random.between(1, 99), random.between(1, 9_999))
}

fn email(random: &mut Seeded) -> String {
    let (given, family) = (given(random).to_lowercase(), family(random).replace('\'', "").to_lowercase());
    let domain = random.pick(DOMAINS);
    match random.below(5) {
        0 => format!("{given}@{domain}"),
        1 => format!("{given}.{family}@{domain}"),
        2 => format!("{}{family}{}@{domain}", given.get(..1).unwrap_or("x"), random.below(99)),
        3 => format!("{given}_{family}@{domain}"),
        _ => format!("{given}.{family}+{}@{domain}", random.below(999)),
    }
}

fn phone(random: &mut Seeded) -> String {
    let (area, exchange, line) = (random.between(201, 989), random.between(200, 999), random.below(10_000));
    match random.below(10) {
        0..3 => format!("{area}-{exchange}-{line:04}"),
        3..5 => format!("({area}) {exchange}-{line:04}"),
        5 => format!("{area}.{exchange}.{line:04}"),
        6 => format!("{area} {exchange} {line:04}"),
        7 => format!("+1 {area}-{exchange}-{line:04}"),
        8 => format!("+44 20 {:04} {line:04}", random.between(7000, 8999)),
        _ => format!("{area}-{exchange}-{line:04} ext. {}", random.between(10, 999)),
    }
}

/// Sixteen digits (or fifteen in the 4-6-5 form) with a check digit that is right, or wrong.
fn card(random: &mut Seeded, valid: bool) -> String {
    let short = random.chance(12);
    let (prefix, free) = if short { ("37", 12) } else { (random.pick(&["4", "51", "55", "6011", "2221"]), 15) };
    let mut digits = prefix.to_owned();
    while digits.len() < free + usize::from(short) * 2 {
        digits.push(char::from(b'0'.saturating_add(u8::try_from(random.below(10)).unwrap_or(0))));
    }
    let right = (b'0'..=b'9').find(|check| luhn(digits.bytes().chain([*check]))).unwrap_or(b'0');
    let check =
        if valid { right } else { b'0' + (right - b'0' + u8::try_from(random.between(1, 9)).unwrap_or(1)) % 10 };
    digits.push(char::from(check));
    let mark = random.pick(&[" ", " ", "-", ""]);
    let cuts: &[usize] = if short { &[4, 10] } else { &[4, 8, 12] };
    for cut in cuts.iter().rev() {
        digits.insert_str(*cut, mark);
    }
    digits
}

fn date(random: &mut Seeded, from: u64, to: u64) -> String {
    let (year, month, day) = (random.between(from, to), random.between(1, 12), random.between(1, 28));
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("May");
    match random.below(5) {
        0 => format!("{month:02}/{day:02}/{year}"),
        1 => format!("{year}-{month:02}-{day:02}"),
        2 => format!("{name} {day}, {year}"),
        3 => format!("{day} {name} {year}"),
        _ => format!("{month}/{day}/{year}"),
    }
}

fn address(random: &mut Seeded) -> String {
    let mut address = format!("{} ", random.between(1, 9_899));
    if random.chance(20) {
        address.push_str(random.pick(&["North ", "West ", "N. ", "East "]));
    }
    address.push_str(&format!("{} {}", random.pick(STREETS), random.pick(SUFFIXES)));
    if random.chance(25) {
        address.push_str(&format!(", {} {}", random.pick(&["Apt", "Suite", "Unit"]), random.between(1, 400)));
    }
    if random.chance(60) {
        address.push_str(&format!(", {} {:05}", random.pick(TOWNS), random.between(1_001, 99_950)));
    }
    address
}
