//! Which samples are meant: `name`, or `name{label="value",…}`.

use std::collections::BTreeMap;

use super::exposition::{self, Exposition};

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

    /// The sum of all samples that have the name and the labels; `None` when none has, or the sum is no finite number.
    pub(super) fn value(&self, scraped: &Exposition<'_>) -> Option<f64> {
        let carries = |labels: &exposition::Labels<'_>| {
            self.labels.iter().all(|(key, value)| labels.iter().any(|(name, is)| name == key && is == value))
        };
        let mut values = scraped.samples.iter().filter(|sample| sample.name == self.name && carries(&sample.labels));
        let first = values.next()?.value;
        Some(values.fold(first, |sum, sample| sum + sample.value)).filter(|sum| sum.is_finite())
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
    fn what_is_no_selector_is_refused() {
        for text in ["", "a b", "a{", "a{b=~\"c\"}", "a{b!=\"c\"}", "sum(a)", "a{} 1", "1a"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
