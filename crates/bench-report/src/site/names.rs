//! File names for metrics: safe whatever a metric is called, and no two alike.
//! Must not know: what is in the files.

use std::collections::BTreeSet;

use bench_model::{MetricName, Sha256};

/// The longest readable part, in letters.
const READABLE: usize = 60;
/// Digits of the digest that tell two names with one readable part apart.
const DIGITS: usize = 12;

/// The file names of metrics, in their order. A name that is a safe file name already stays as it is; every other one has a
/// part of its digest behind it.
pub(super) fn slugs<'a>(names: impl Iterator<Item = &'a MetricName>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let slugs = names.map(|name| {
        let digest = Sha256::of(name.as_str().as_bytes());
        let readable = readable(name.as_str());
        let short = format!("{readable}-{}", digest.as_str().get(..DIGITS).unwrap_or_default());
        let plain = (readable == name.as_str()).then_some(readable);
        // Somebody may name a metric after another one's file: whoever comes second gets the whole digest.
        let whole = digest.to_string();
        let slug = plain.into_iter().chain([short, whole]).find(|slug| !taken.contains(slug)).unwrap_or_default();
        taken.insert(slug.clone());
        slug
    });
    slugs.collect()
}

/// Lower-case letters, digits and underscores; a hyphen for any run of other letters.
fn readable(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if text.len() == READABLE {
            break;
        }
        match letter {
            'a'..='z' | '0'..='9' | '_' => text.push(letter),
            'A'..='Z' => text.push(letter.to_ascii_lowercase()),
            _ if text.is_empty() || text.ends_with('-') => {}
            _ => text.push('-'),
        }
    }
    let text = text.trim_end_matches('-');
    if text.is_empty() { "metric".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        let names: Vec<MetricName> = names.iter().map(|name| name.parse().unwrap()).collect();
        slugs(names.iter())
    }

    #[test]
    fn plain_names_stay_and_others_carry_a_digest() {
        let slugs = of(&["display_gibs", "a/b c#time", "../../etc/passwd", "ünïcode", "日本"]);
        assert_eq!(slugs[0], "display_gibs");
        assert!(slugs[1].starts_with("a-b-c-time-") && slugs[2].starts_with("etc-passwd-"), "{slugs:?}");
        assert!(slugs[4].starts_with("metric-"));
    }

    #[test]
    fn colliding_names_get_files_of_their_own() {
        let long = "x".repeat(4000);
        let taken = of(&["A b"])[0].clone();
        let slugs =
            of(&[&taken, "A b", "a b", "a-b", "a/b", "A/B", &long, &format!("{long}y"), "con", "metric", "日", "月"]);
        let unique: BTreeSet<_> = slugs.iter().collect();
        assert_eq!(unique.len(), slugs.len(), "{slugs:?}");
        for slug in &slugs {
            assert!(slug.len() <= READABLE + 1 + 64, "{slug}");
            assert!(slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')), "{slug}");
        }
    }
}
