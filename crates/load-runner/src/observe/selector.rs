//! Which samples are meant: `name`, or `name{label="value",…}`.

use std::collections::BTreeMap;
use std::fmt;

use super::exposition::{self, Exposition, Sample};

/// A name and labels that a sample must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    name: String,
    labels: BTreeMap<String, String>,
}

/// Text that selects nothing.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` selects no sample: expected `name` or `name{{label=\"value\"}}`")]
pub(super) struct BadSelector(String);

impl BadSelector {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// Anything but a name with labels that equal something.
    pub(super) fn parse(text: &str) -> Result<Self, BadSelector> {
        let (name, labels, _) = exposition::series(text.trim())
            .filter(|(_, _, rest)| rest.trim().is_empty())
            .ok_or_else(|| BadSelector::new(text))?;
        let labels = labels.into_iter().map(|(key, value)| (key.to_owned(), value.into_owned())).collect();
        Ok(Self { name: name.to_owned(), labels })
    }

    /// The name of the samples.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The same labels of another name: this one and what is put behind it.
    pub(super) fn suffixed(&self, suffix: &str) -> Self {
        Self { name: format!("{}{suffix}", self.name), labels: self.labels.clone() }
    }

    /// The selector as text, with a further label.
    pub(super) fn with(&self, label: &str, value: String) -> String {
        let mut narrower = self.clone();
        narrower.labels.insert(label.to_owned(), value);
        narrower.to_string()
    }

    /// Whether a sample has the name and the labels.
    pub(super) fn fits(&self, sample: &Sample<'_>) -> bool {
        let carries = |(key, value)| sample.labels.iter().any(|(name, is)| name == key && is == value);
        sample.name == self.name && self.labels.iter().all(carries)
    }

    /// The sum of all samples that have the name and the labels; `None` when none has, or the sum is no finite number.
    pub(super) fn value(&self, scraped: &Exposition<'_>) -> Option<f64> {
        let mut values = scraped.samples.iter().filter(|sample| self.fits(sample));
        let first = values.next()?.value;
        Some(values.fold(first, |sum, sample| sum + sample.value)).filter(|sum| sum.is_finite())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (index, (key, value)) in self.labels.iter().enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{}{key}=\"{value}\"", if index == 0 { '{' } else { ',' })?;
        }
        f.write_str(if self.labels.is_empty() { "" } else { "}" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_samples_that_fit_are_summed_and_none_is_not_zero() {
        let scraped = exposition::parse(
            "hits{cache=\"a\",x=\"1\"} 1\nhits{cache=\"a\",x=\"2\"} 2\nhits{cache=\"b\"} 4\nodd NaN\n",
        );
        let value = |text: &str| Selector::parse(text).unwrap().value(&scraped);
        assert_eq!(value("hits"), Some(7.0));
        assert_eq!(value(" hits{cache=\"a\"} "), Some(3.0));
        assert_eq!(value("hits{cache=\"a\",x=\"2\"}"), Some(2.0));
        assert_eq!(value("hits{cache=\"c\"}"), None);
        assert_eq!(value("hit"), None);
        assert_eq!(value("odd"), None);
    }

    #[test]
    fn a_selector_with_a_further_label_is_read_again() {
        let selector = Selector::parse("hits{ cache = \"a\\\"b\" }").unwrap();
        assert_eq!(selector.to_string(), "hits{cache=\"a\\\"b\"}");
        let narrower = selector.with("kind", "x\\\ny".into());
        assert_eq!(Selector::parse(&narrower).unwrap().labels["kind"], "x\\\ny");
        assert_eq!(selector.suffixed("_sum").with("z", "1".into()), "hits_sum{cache=\"a\\\"b\",z=\"1\"}");
        assert_eq!(Selector::parse("up").unwrap().to_string(), "up");
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in ["", "a b", "a{", "a{b=~\"c\"}", "a{b!=\"c\"}", "sum(a)", "a{} 1", "1a"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
