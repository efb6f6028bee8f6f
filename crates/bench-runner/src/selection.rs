//! Benchmarks picked by exact name, and the filter that makes a harness run these alone. Pure.
//! Must not know: who picked them, or why.

use std::collections::{BTreeMap, BTreeSet};

use crate::RunnerError;

/// The longest filter that is passed; a program's argument may have 128 KiB on Linux.
const LONGEST: usize = 64 << 10;

/// Benchmarks by name, `<package>/<target>/<id>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(BTreeMap<String, BTreeSet<String>>);

impl Selection {
    /// Reads names that a flag gave.
    pub(crate) fn of_flag(flag: &'static str, names: &[String]) -> Result<Self, RunnerError> {
        let mut selection = Self::default();
        for name in names {
            if !selection.add(name) {
                let reason = format!("`{name}` is no benchmark's name, `<package>/<target>/<id>`");
                return Err(RunnerError::Flag { flag, reason });
            }
        }
        Ok(selection)
    }

    /// Adds a name, and tells whether it is one.
    pub(crate) fn add(&mut self, name: &str) -> bool {
        let mut parts = name.splitn(3, '/');
        let (Some(package), Some(target), Some(id)) = (parts.next(), parts.next(), parts.next()) else { return false };
        if package.is_empty() || target.is_empty() || id.is_empty() {
            return false;
        }
        self.0.entry(format!("{package}/{target}")).or_default().insert(id.to_owned());
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Whether it has a benchmark of a target.
    pub(crate) fn holds(&self, label: &str, id: &str) -> bool {
        self.0.get(label).is_some_and(|ids| ids.contains(id))
    }

    /// The targets that it has benchmarks of.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// All names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|(label, ids)| ids.iter().map(move |id| format!("{label}/{id}")))
    }

    /// The regular expression that lets a target run what was picked of it; `otherwise` where that would be too long, and
    /// `None` where nothing of it was picked.
    pub(crate) fn filter(&self, label: &str, otherwise: &str) -> Option<String> {
        let ids: Vec<String> = self.0.get(label)?.iter().map(|id| escaped(id)).collect();
        let filter = format!("^(?:{})$", ids.join("|"));
        Some(if filter.len() > LONGEST { otherwise.to_owned() } else { filter })
    }
}

/// A regular expression for this text and no other.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(names: &[&str]) -> Selection {
        Selection::of_flag("--only", &names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_filter_names_the_benchmarks_of_one_target_alone() {
        let picked = selection(&["p/t/a group: odd*(x)/1", "p/t/b", "p/other/c"]);
        assert_eq!(picked.filter("p/t", ""), Some(r"^(?:a group: odd\*\(x\)/1|b)$".into()));
        assert_eq!(picked.filter("p/third", ""), None);
        assert_eq!(picked.len(), 3);
        assert!(picked.holds("p/t", "b") && !picked.holds("p/t", "c"));
        assert_eq!(picked.names().collect::<Vec<_>>(), ["p/other/c", "p/t/a group: odd*(x)/1", "p/t/b"]);
    }

    #[test]
    fn a_list_too_long_for_an_argument_runs_the_whole_target() {
        let names: Vec<String> = (0..9000).map(|n| format!("p/t/number {n}")).collect();
        assert_eq!(Selection::of_flag("--only", &names).unwrap().filter("p/t", "mine"), Some("mine".into()));
    }

    #[test]
    fn refuses_what_is_no_name() {
        for name in ["", "t", "p/t", "p/t/", "/t/i", "p//i"] {
            assert!(Selection::of_flag("--only", &[name.to_owned()]).is_err(), "{name}");
        }
    }
}
