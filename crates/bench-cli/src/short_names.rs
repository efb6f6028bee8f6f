//! Metric names made short enough for a table, and still different from each other.

use std::collections::BTreeSet;

/// The fewest characters of a segment that stay, before its `…`.
const STAY: usize = 2;

/// Names as a table shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortNames {
    /// One for each name, in their order.
    pub shown: Vec<String>,
    /// What was cut off the front of every one.
    pub prefix: String,
    /// What was cut off the end of every one.
    pub suffix: String,
    /// Characters of the longest name before its segments were cut.
    pub longest: usize,
}

impl ShortNames {
    /// What was cut off every name, in a sentence; empty when nothing was.
    pub fn caption(&self) -> String {
        match (self.prefix.as_str(), self.suffix.as_str()) {
            ("", "") => String::new(),
            (prefix, "") => format!("Every metric starts with `{prefix}`."),
            ("", suffix) => format!("Every metric ends with `{suffix}`."),
            (prefix, suffix) => format!("Every metric starts with `{prefix}` and ends with `{suffix}`."),
        }
    }
}

/// Shortens names to `width` characters: first what all have in common is cut off, then long segments are cut to
/// `…`. Where names would become equal, or there is nothing left to cut, they stay longer than `width`.
pub fn shorten(names: &[&str], width: usize) -> ShortNames {
    let longest = |names: &[&str]| names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    if longest(names) <= width {
        let shown = names.iter().map(|name| (*name).to_owned()).collect();
        return ShortNames { shown, prefix: String::new(), suffix: String::new(), longest: longest(names) };
    }
    let (prefix, suffix) = if names.len() > 1 { in_common(names) } else { ("", "") };
    let inner: Vec<&str> = names
        .iter()
        .map(|name| name.strip_prefix(prefix).and_then(|name| name.strip_suffix(suffix)).unwrap_or(name))
        .collect();
    let different = inner.iter().collect::<BTreeSet<_>>().len();
    let mut width = width.max(1);
    let shown = loop {
        let shown: Vec<_> = inner.iter().map(|name| cut(name, width)).collect();
        if width >= longest(&inner) || shown.iter().collect::<BTreeSet<_>>().len() == different {
            break shown;
        }
        width += 1;
    };
    ShortNames { shown, prefix: prefix.to_owned(), suffix: suffix.to_owned(), longest: longest(&inner) }
}

/// The whole segments that all names start with, and the measure that all end with.
fn in_common<'a>(names: &[&'a str]) -> (&'a str, &'a str) {
    let Some((first, rest)) = names.split_first() else { return ("", "") };
    let suffix = first.rfind('#').and_then(|at| first.get(at..)).unwrap_or("");
    let suffix = if rest.iter().all(|name| name.ends_with(suffix)) { suffix } else { "" };
    let bare = |name: &'a str| name.strip_suffix(suffix).unwrap_or(name);
    let mut prefix = bare(first);
    for name in rest {
        let same = prefix.char_indices().zip(bare(name).chars()).take_while(|((_, a), b)| a == b).last();
        let end = same.map_or(0, |((at, c), _)| at + c.len_utf8());
        prefix = prefix.get(..end).unwrap_or("");
    }
    let end = prefix.rfind('/').map_or(0, |at| at + 1);
    let prefix = prefix.get(..end).unwrap_or("");
    (prefix, suffix)
}

/// Cuts the longest segments of a name until it has at most `width` characters, if it can.
fn cut(name: &str, width: usize) -> String {
    let mut segments: Vec<(Vec<char>, bool)> =
        name.split_inclusive(['/', '#']).map(|segment| (segment.chars().collect(), false)).collect();
    loop {
        let length: usize = segments.iter().map(|(kept, cut)| kept.len() + usize::from(*cut)).sum();
        let longest = segments.iter_mut().rev().max_by_key(|(kept, cut)| kept.len() + usize::from(*cut));
        match longest {
            Some((kept, cut)) if length > width && kept.len() > STAY + 1 + usize::from(!*cut) => {
                // The separator stays; the character before it goes.
                let at =
                    if kept.last().is_some_and(|c| matches!(c, '/' | '#')) { kept.len() - 2 } else { kept.len() - 1 };
                kept.remove(at);
                if !std::mem::replace(cut, true) {
                    kept.remove(at - 1);
                }
            }
            _ => break,
        }
    }
    segments.into_iter().map(|(kept, cut)| written(kept, cut)).collect()
}

fn written(mut kept: Vec<char>, cut: bool) -> String {
    if cut {
        let at = if kept.last().is_some_and(|c| matches!(c, '/' | '#')) { kept.len() - 1 } else { kept.len() };
        kept.insert(at, '…');
    }
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit_are_left_alone() {
        let names = ["a/b#time", "a/c#time"];
        let short = shorten(&names, 8);
        assert_eq!(
            (short.shown, short.prefix.as_str(), short.suffix.as_str()),
            (names.map(String::from).to_vec(), "", "")
        );
    }

    #[test]
    fn whole_segments_in_common_are_cut_off() {
        let short = shorten(&["p/decode/disp/9#time", "p/decode/disk/9#time"], 12);
        assert_eq!(short.shown, ["disp/9", "disk/9"]);
        assert_eq!((short.prefix.as_str(), short.suffix.as_str()), ("p/decode/", "#time"));
    }

    #[test]
    fn a_name_that_another_starts_with_keeps_its_last_segment() {
        let short = shorten(&["package/target/parse#time", "package/target/parse/9#time"], 10);
        assert_eq!(short.shown, ["parse", "parse/9"]);
    }

    #[test]
    fn the_longest_segments_are_cut_next() {
        let short = shorten(&["x/display/columnar/10000", "x/comp3/copybook-codec/10000"], 17);
        assert_eq!(short.shown, ["disp…/colu…/10000", "comp3/copy…/10000"]);
    }

    #[test]
    fn different_names_stay_different_even_where_they_get_too_long() {
        let short = shorten(&["x/aaaaaaaaaaaaaaaaaaa1/b", "x/aaaaaaaaaaaaaaaaaaa2/b"], 8);
        assert_ne!(short.shown[0], short.shown[1]);
    }

    proptest::proptest! {
        #[test]
        fn shortening_is_total_and_keeps_names_apart(
            names in proptest::collection::btree_set("[ab/#é]{1,12}", 1..6), width in 0_usize..12,
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let shown = shorten(&names, width).shown;
            assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), names.len());
        }
    }
}
