//! Prometheus' text exposition format, version 0.0.4, with what OpenMetrics 1.0 adds and services send: suffixes, exemplars, `# EOF`.
//! Written by a stranger: a line that does not look as documented is left out and counted.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What was scraped.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Exposition<'a> {
    /// Samples in order.
    pub(super) samples: Vec<Sample<'a>>,
    /// What `# TYPE` says of each family.
    pub(super) kinds: BTreeMap<&'a str, &'a str>,
    /// How many lines could not be read.
    pub(super) skipped: usize,
}

/// One sample.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its labels in order.
    pub(super) labels: Labels<'a>,
    /// Its value; may be NaN or infinite.
    pub(super) value: f64,
}

/// Names and values of labels.
pub(super) type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Reads a whole exposition.
pub(super) fn parse(text: &str) -> Exposition<'_> {
    let mut read = Exposition::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            let mut words = comment.split_ascii_whitespace();
            if let (Some("TYPE"), Some(name), Some(kind)) = (words.next(), words.next(), words.next()) {
                read.kinds.insert(name, kind);
            }
        } else if let Some(sample) = sample(line) {
            read.samples.push(sample);
        } else {
            read.skipped += 1;
        }
    }
    read
}

impl Exposition<'_> {
    /// Whether a sample only grows: a counter, or the counts and sums of a histogram or summary.
    pub(super) fn is_counter(&self, sample: &str) -> bool {
        let is = |family: &str, kinds: &[&str]| self.kinds.get(family).is_some_and(|kind| kinds.contains(kind));
        let family = |suffixes: &[&str]| suffixes.iter().find_map(|suffix| sample.strip_suffix(suffix));
        is(sample, &["counter"])
            || family(&["_total"]).is_some_and(|family| is(family, &["counter"]))
            || family(&["_bucket", "_count", "_sum"]).is_some_and(|family| is(family, &["histogram", "summary"]))
    }
}

/// `name{labels} value [time] [# exemplar]`.
fn sample(line: &str) -> Option<Sample<'_>> {
    let (name, labels, rest) = series(line)?;
    let mut words = rest.split_ascii_whitespace();
    let value = number(words.next()?)?;
    match (words.next(), words.next()) {
        (None, _) | (Some("#"), _) => {}
        (Some(time), None | Some("#")) => drop(number(time)?),
        (Some(_), Some(_)) => return None,
    }
    Some(Sample { name, labels, value })
}

/// A name with the labels behind it, if any, and what comes after both.
pub(super) fn series(text: &str) -> Option<(&str, Labels<'_>, &str)> {
    let (name, rest) = word(text, |c| c == ':')?;
    let Some(mut rest) = rest.trim_start().strip_prefix('{') else { return Some((name, Vec::new(), rest)) };
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('}') {
            return Some((name, labels, behind));
        }
        let (label, behind) = word(rest, |_| false)?;
        let (value, behind) = quoted(behind.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?)?;
        labels.push((label, value));
        rest = behind.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(behind) => behind,
            None => rest.starts_with('}').then_some(rest)?,
        };
    }
}

/// A name at the beginning: letters, digits and `_`, no digit first.
fn word(text: &str, further: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || further(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    name.starts_with(|c: char| !c.is_ascii_digit()).then_some((name, rest))
}

/// What stands before the closing quote, its escapes (`\\`, `\"`, `\n`) resolved, and what stands behind it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let plain = text.find(['"', '\\'])?;
    if text.get(plain..)?.starts_with('"') {
        return Some((Cow::Borrowed(text.get(..plain)?), text.get(plain + 1..)?));
    }
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        value.push(match character {
            '"' => return Some((Cow::Owned(value), text.get(at + 1..)?)),
            '\\' => match characters.next()? {
                (_, 'n') => '\n',
                (_, escaped @ ('\\' | '"')) => escaped,
                (_, _) => return None,
            },
            other => other,
        });
    }
    None
}

/// A number as the format writes it; `NaN`, `+Inf` and `-Inf` among them.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn samples_are_read_with_labels_escapes_times_and_exemplars() {
        let text = "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n\
                    http_requests_total{route=\"/a\\\"b\\\\c\\n\",status=\"200\",} 10 1700000000000\n\
                    up 1\n  in_flight { a = \"x\" , b=\"}\" } -2.5e3\n\
                    h_bucket{le=\"+Inf\"} 3 # {trace=\"a b\"} 0.5 1.5\nnothing NaN\nmost +Inf\n# EOF\n";
        let read = parse(text);
        assert_eq!(read.skipped, 0);
        let names: Vec<&str> = read.samples.iter().map(|sample| sample.name).collect();
        assert_eq!(names, ["http_requests_total", "up", "in_flight", "h_bucket", "nothing", "most"]);
        let labels = |at: usize| read.samples[at].labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
        assert_eq!(labels(0), ["route=/a\"b\\c\n", "status=200"]);
        assert_eq!(labels(2), ["a=x", "b=}"]);
        assert_eq!(read.samples[2].value, -2500.0);
        assert!(read.samples[4].value.is_nan());
        assert_eq!(read.samples[5].value, f64::INFINITY);
    }

    #[test]
    fn lines_that_are_no_samples_are_counted_and_the_rest_is_read() {
        for bad in [
            "a",
            "a b",
            "1a 1",
            "a{b} 1",
            "a{b=\"c} 1",
            "a{b=\"\\x\"} 1",
            "a{b=\"c\"d=\"e\"} 1",
            "a 1 2 3",
            "{a=\"b\"} 1",
            "a{",
        ] {
            let text = format!("{bad}\nfine 1\n");
            let read = parse(&text);
            assert_eq!((read.samples.len(), read.skipped), (1, 1), "{bad}");
        }
    }

    #[test]
    fn what_only_grows_is_known_by_its_family() {
        let read =
            parse("# TYPE a_total counter\n# TYPE b counter\n# TYPE c histogram\n# TYPE d gauge\n# TYPE e summary\n");
        let grows: Vec<_> =
            ["a_total", "b_total", "c_bucket", "c_sum", "e_count"].map(|name| read.is_counter(name)).into();
        assert_eq!(grows, [true; 5]);
        assert_eq!(["d", "e", "c", "unknown_total"].map(|name| read.is_counter(name)), [false; 4]);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_every_line_is_a_sample_a_comment_or_counted(text in "(?s)([a-z{}\"\\\\=, #\n0-9.]|.){0,300}") {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).count();
            let read = parse(&text);
            prop_assert_eq!(read.samples.len() + read.skipped, lines);
        }

        #[test]
        fn what_was_written_is_read_again(
            name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,10}",
            labels in prop::collection::vec(("[a-zA-Z_][a-zA-Z0-9_]{0,5}", "\\PC{0,8}"), 0..4),
            value: f64,
        ) {
            let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let inside: Vec<_> = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
            let text = format!("{name}{{{}}} {value}", inside.join(","));
            let read = parse(&text);
            let sample = read.samples.first().unwrap();
            prop_assert_eq!(sample.name, name.as_str());
            prop_assert!(sample.value == value || (sample.value.is_nan() && value.is_nan()));
            let again: Vec<_> = sample.labels.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into_owned())).collect();
            prop_assert_eq!(again, labels);
        }
    }
}
