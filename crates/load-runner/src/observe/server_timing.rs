//! The `Server-Timing` response header (W3C Server Timing, "The Server-Timing Header Field"): `db;dur=1.5;desc="two queries", cpu`.
//! Read from strangers, on the path of every answer: nothing is allocated, and what is malformed is left out.

use http::HeaderValue;

/// Stages with their durations, in ms. A stage without a usable `dur` is left out: it was not timed. Of two `dur` the first counts.
pub(crate) fn parse(value: &HeaderValue) -> impl Iterator<Item = (&str, f64)> {
    Parts::new(value.as_bytes(), b',').filter_map(stage)
}

fn stage(entry: &[u8]) -> Option<(&str, f64)> {
    let mut parts = Parts::new(entry, b';');
    let name = trimmed(parts.next()?);
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return None;
    }
    let duration = parts.find_map(|part| {
        let at = part.iter().position(|byte| *byte == b'=')?;
        let (key, value) = part.split_at_checked(at)?;
        trimmed(key).eq_ignore_ascii_case(b"dur").then(|| trimmed(value.get(1..).unwrap_or_default()))
    })?;
    let bare = duration.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(duration);
    // Letters would let `inf` and `nan` in.
    let number = bare.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
    let duration = number.then(|| std::str::from_utf8(bare).ok()?.parse::<f64>().ok())?;
    let duration = duration.filter(|value| value.is_finite() && *value >= 0.0)?;
    Some((std::str::from_utf8(name).ok()?, duration))
}

/// `tchar` of RFC 9110, 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// Without blanks at both ends, as RFC 9110 knows them.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// Pieces between separators that stand outside quotes.
struct Parts<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Parts<'a> {
    const fn new(bytes: &'a [u8], separator: u8) -> Self {
        Self { rest: Some(bytes), separator }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (mut quoted, mut escaped) = (false, false);
        let at = rest.iter().position(|byte| {
            let ends = !quoted && *byte == self.separator;
            match (escaped, *byte) {
                (true, _) => escaped = false,
                (false, b'\\') => escaped = quoted,
                (false, b'"') => quoted = !quoted,
                (false, _) => {}
            }
            ends
        });
        let (piece, rest) = match at.and_then(|at| rest.split_at_checked(at)) {
            Some((piece, rest)) => (piece, rest.get(1..)),
            None => (rest, None),
        };
        self.rest = rest;
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, f64)> {
        let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
        parse(&value).map(|(name, ms)| (name.to_owned(), ms)).collect()
    }

    fn stages(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
        pairs.iter().map(|(name, ms)| ((*name).to_owned(), *ms)).collect()
    }

    #[test]
    fn stages_are_read_with_and_without_a_description() {
        assert_eq!(
            read(
                "parsing;dur=0.012, auth;dur=0.004,database;desc=\"two, or; three\";dur=3e-1 ,\tevaluation ; DUR = \"2\""
            ),
            stages(&[("parsing", 0.012), ("auth", 0.004), ("database", 0.3), ("evaluation", 2.0)])
        );
    }

    #[test]
    fn a_stage_that_was_not_timed_is_left_out() {
        assert_eq!(read("cache;desc=\"hit\", total;dur=5"), stages(&[("total", 5.0)]));
    }

    #[test]
    fn what_is_malformed_is_left_out_and_the_rest_is_read() {
        for bad in
            ["a;dur=inf", "a;dur=NaN", "a;dur=-1", "a;dur=", "a;dur", "a b;dur=1", ";dur=1", "", ",,", "a;dur=1e999"]
        {
            assert_eq!(read(bad), [], "{bad}");
            assert_eq!(read(&format!("{bad}, ok;dur=1")), stages(&[("ok", 1.0)]), "{bad}");
        }
        // A quote that never ends takes the rest of the line with it, as it must.
        assert_eq!(read("a;desc=\"x, b;dur=1"), []);
        assert_eq!(read("a;desc=\"\\\"\";dur=1;dur=2"), stages(&[("a", 1.0)]));
    }

    proptest! {
        #[test]
        fn whatever_a_server_sends_yields_only_times(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                for (name, ms) in parse(&value) {
                    prop_assert!(!name.is_empty() && ms.is_finite() && ms >= 0.0);
                }
            }
        }

        #[test]
        fn what_was_written_is_read_again(pairs in prop::collection::vec(("[a-z_-]{1,8}", 0.0..1e6_f64, ".{0,8}"), 0..8)) {
            let escaped = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>().replace(['\\', '"'], "");
            let text: Vec<_> = pairs.iter().map(|(name, ms, what)| format!("{name};desc=\"{}\";dur={ms}", escaped(what))).collect();
            let expected: Vec<_> = pairs.iter().map(|(name, ms, _)| (name.clone(), *ms)).collect();
            prop_assert_eq!(read(&text.join(", ")), expected);
        }
    }
}
