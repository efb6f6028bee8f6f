//! A counter or gauge with a label, told by the label's values: a gauge for each. Values are a stranger's: they are bounded in number
//! and length. Must not know: what they mean.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::load::Gauge;

use super::exposition::Exposition;
use super::selector::Selector;

/// Values beyond these are left out: a label that has one for each request must not fill the record.
const MAX_VALUES: usize = 100;
/// The longest value that is kept, in bytes.
const MAX_LENGTH: usize = 200;

/// Gauges that fill, by the value of a label.
#[derive(Debug)]
pub(super) struct Labelled {
    name: String,
    label: String,
    selector: Selector,
    counter: bool,
    announced: bool,
    values: BTreeMap<String, Vec<(Finite, Finite)>>,
    left_out: bool,
    before: Option<Finite>,
}

impl Labelled {
    pub(super) const fn new(name: String, label: String, selector: Selector) -> Self {
        Self {
            name,
            label,
            selector,
            counter: false,
            announced: false,
            values: BTreeMap::new(),
            left_out: false,
            before: None,
        }
    }

    /// Takes a scrape at a time. Samples that share a value are summed.
    pub(super) fn take(&mut self, at: Finite, scraped: &Exposition<'_>) {
        self.counter |= scraped.is_counter(self.selector.name());
        self.announced |= scraped.kinds.contains_key(self.selector.name());
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for sample in scraped.samples.iter().filter(|sample| self.selector.fits(sample)) {
            if let Some((_, value)) = sample.labels.iter().find(|(name, _)| *name == self.label) {
                *sums.entry(value).or_default() += sample.value;
            }
        }
        for (value, sum) in sums {
            let Ok(sum) = Finite::try_from(sum) else { continue };
            if !self.values.contains_key(value) && (self.values.len() >= MAX_VALUES || value.len() > MAX_LENGTH) {
                self.left_out = true;
                continue;
            }
            let points = self.values.entry(value.to_owned()).or_default();
            // What a service has not counted yet, it does not tell: one that appears began at 0 after the scrape before.
            if let (true, true, Some(before)) = (points.is_empty(), self.counter, self.before) {
                points.push((before, Finite::default()));
            }
            points.push((at, sum));
        }
        self.before = Some(at);
    }

    /// The gauges, told apart by where they came from, and what to know about them.
    pub(super) fn finish(self) -> (Vec<Gauge>, Option<String>) {
        let Self { name, label, selector, counter, announced, values, left_out, .. } = self;
        let warning = match (left_out, values.is_empty()) {
            (true, _) => Some(format!(
                "`{name}`: only the first {MAX_VALUES} values of `{label}` of at most {MAX_LENGTH} bytes are kept"
            )),
            // Announced and without a sample, nothing of it happened.
            (false, true) if !announced => {
                Some(format!("`{name}` has no value: no scrape told {selector} with `{label}`"))
            }
            (false, _) => None,
        };
        let gauge = |(value, points)| Gauge { name: name.clone(), from: selector.with(&label, value), counter, points };
        (values.into_iter().map(gauge).collect(), warning)
    }
}

#[cfg(test)]
mod tests {
    use super::super::exposition;
    use super::*;

    fn told(scrapes: &[&str]) -> (Vec<Gauge>, Option<String>) {
        let selector = Selector::parse("violations_total{app=\"x\"}").unwrap();
        let mut labelled = Labelled::new("violations".into(), "category".into(), selector);
        for (at, text) in scrapes.iter().enumerate() {
            labelled.take(Finite::try_from(at as f64).unwrap(), &exposition::parse(text));
        }
        labelled.finish()
    }

    fn values(gauge: &Gauge) -> (&str, Vec<(f64, f64)>) {
        (&gauge.from, gauge.points.iter().map(|(at, value)| (at.get(), value.get())).collect())
    }

    #[test]
    fn each_value_is_a_gauge_and_one_that_appears_began_at_nothing() {
        let kind = "# TYPE violations_total counter\n";
        let pii = |count| format!("violations_total{{app=\"x\",category=\"pii\",node=\"1\"}} {count}\n");
        let other = "violations_total{app=\"y\",category=\"pii\"} 99\nviolations_total{app=\"x\"} 99\n";
        let bias = "violations_total{app=\"x\",category=\"bias\"} 4\nviolations_total{app=\"x\",category=\"bias\",n=\"2\"} 1\n";
        let scrapes = [format!("{kind}{}{other}", pii(7)), format!("{kind}{}{bias}", pii(9))];
        let (gauges, warning) = told(&scrapes.each_ref().map(String::as_str));
        assert_eq!(warning, None);
        assert!(gauges.iter().all(|gauge| gauge.counter && gauge.name == "violations"));
        let expected = [
            ("violations_total{app=\"x\",category=\"bias\"}", vec![(0.0, 0.0), (1.0, 5.0)]),
            ("violations_total{app=\"x\",category=\"pii\"}", vec![(0.0, 7.0), (1.0, 9.0)]),
        ];
        assert_eq!(gauges.iter().map(values).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_label_that_nothing_has_is_told_and_one_that_has_too_many_values_is_bounded() {
        assert!(told(&["up 1\n"]).1.unwrap().contains("no scrape told violations_total{app=\"x\"} with `category`"));
        assert_eq!(told(&["# TYPE violations_total counter\n"]), (Vec::new(), None));
        let many: String = (0..200).map(|at| format!("violations_total{{app=\"x\",category=\"{at}\"}} 1\n")).collect();
        let (gauges, warning) = told(&[&many, &many]);
        assert_eq!(gauges.len(), MAX_VALUES);
        assert!(warning.unwrap().contains("only the first 100"));
    }
}
