//! Gauges from one scrape after the other: samples as they are, ratios of two, shares of what counters grew by, growth over the
//! measured time, and gauges for each value of a label.

use bench_model::Finite;
use bench_model::load::{Gauge, LoadPhase};

use super::exposition::{self, Exposition};
use super::grown::{By, Grown};
use super::labelled::Labelled;
use super::selector::{BadSelector, Selector};
use crate::scenario::{Scrape, ScrapeExpression};

/// Gauges that fill.
#[derive(Debug)]
pub(super) struct Scraped {
    gauges: Vec<Told>,
    scrapes: usize,
    /// Lines that could not be read, in the scrape that had most of them.
    pub(super) skipped: usize,
}

/// What becomes of samples.
#[derive(Debug)]
enum Told {
    /// A value at each scrape.
    Now(Gauge, Expression),
    /// Growth of a counter by the time, or by that of another one.
    Grown(Grown, Selector, Option<Selector>),
    /// A gauge for each value of a label.
    Labelled(Labelled),
}

#[derive(Debug)]
enum Expression {
    Sample(Selector),
    /// The share of the first.
    Share(Growth, Vec<Growth>),
    Ratio(Selector, Selector),
}

/// What a counter grew by since the first scrape.
#[derive(Debug)]
struct Growth {
    selector: Selector,
    last: Option<f64>,
    grown: f64,
}

impl Scraped {
    /// Gauges without values yet.
    ///
    /// # Errors
    /// A selector cannot be read.
    pub(super) fn new(samples: &[Scrape]) -> Result<Self, BadSelector> {
        Ok(Self { gauges: samples.iter().map(Told::new).collect::<Result<_, _>>()?, scrapes: 0, skipped: 0 })
    }

    /// Takes a scrape at a time.
    pub(super) fn take(&mut self, at: Finite, text: &str) {
        let scraped = exposition::parse(text);
        self.skipped = self.skipped.max(scraped.skipped);
        let first = self.scrapes == 0;
        self.scrapes += 1;
        for told in &mut self.gauges {
            match told {
                Told::Now(gauge, expression) => {
                    if let Expression::Sample(selector) = expression {
                        gauge.counter |= scraped.is_counter(selector.name());
                    }
                    let value = expression.take(&scraped, first).and_then(|value| Finite::try_from(value).ok());
                    gauge.points.extend(value.map(|value| (at, value)));
                }
                Told::Grown(grown, of, by) => {
                    if let Some(value) = counted(of, &scraped) {
                        grown.take(at.get(), value, by.as_ref().and_then(|by| counted(by, &scraped)));
                    }
                }
                Told::Labelled(labelled) => labelled.take(at, &scraped),
            }
        }
    }

    /// How many scrapes there were.
    pub(super) const fn scrapes(&self) -> usize {
        self.scrapes
    }

    /// The gauges, and why some are not; those that tell what there was at each scrape may have no points.
    pub(super) fn into_gauges(self, phases: &[LoadPhase]) -> Vec<Result<Gauge, String>> {
        let mut all = Vec::new();
        for told in self.gauges {
            match told {
                Told::Now(gauge, _) => all.push(Ok(gauge)),
                Told::Grown(grown, ..) => all.push(grown.finish(phases)),
                Told::Labelled(labelled) => {
                    let (gauges, warning) = labelled.finish();
                    all.extend(gauges.into_iter().map(Ok).chain(warning.map(Err)));
                }
            }
        }
        all
    }
}

impl Told {
    fn new(scrape: &Scrape) -> Result<Self, BadSelector> {
        let name = scrape.name.clone();
        let now = |expression, from| {
            Self::Now(Gauge { name: name.clone(), from, counter: false, points: Vec::new() }, expression)
        };
        Ok(match &scrape.expression {
            ScrapeExpression::Sample(text) => now(Expression::Sample(Selector::parse(text)?), text.trim().to_owned()),
            ScrapeExpression::Share(samples) => {
                let mut growths = samples.iter().map(|text| Growth::new(text));
                let first = growths.next().unwrap_or_else(|| Err(BadSelector::new("share()")))?;
                let from = format!("share({})", samples.iter().map(|text| text.trim()).collect::<Vec<_>>().join(", "));
                now(Expression::Share(first, growths.collect::<Result<_, _>>()?), from)
            }
            ScrapeExpression::Ratio(part, whole) => now(
                Expression::Ratio(Selector::parse(part)?, Selector::parse(whole)?),
                format!("ratio({}, {})", part.trim(), whole.trim()),
            ),
            ScrapeExpression::PerHour(of) => {
                let of = Selector::parse(of)?;
                Self::Grown(Grown::new(name, format!("per_hour({of})"), By::Hour), of, None)
            }
            ScrapeExpression::Mean(of) => {
                let of = Selector::parse(of)?;
                let grown = Grown::new(name, format!("mean({of})"), By::Counter);
                Self::Grown(grown, of.suffixed("_sum"), Some(of.suffixed("_count")))
            }
            ScrapeExpression::By(label, of) => Self::Labelled(Labelled::new(name, label.clone(), Selector::parse(of)?)),
        })
    }
}

impl Expression {
    fn take(&mut self, scraped: &Exposition<'_>, first: bool) -> Option<f64> {
        match self {
            Self::Sample(selector) => counted(selector, scraped),
            Self::Share(part, others) => {
                part.take(scraped, first);
                others.iter_mut().for_each(|other| other.take(scraped, first));
                part.share(others)
            }
            Self::Ratio(part, whole) => part.value(scraped).zip(whole.value(scraped)).map(|(part, whole)| part / whole),
        }
    }
}

/// A sample's value; 0 for a counter that was never counted up.
fn counted(selector: &Selector, scraped: &Exposition<'_>) -> Option<f64> {
    selector.value(scraped).or_else(|| never_counted(scraped, selector.name()).then_some(0.0))
}

/// Announced as a counter and without any sample, it was never counted up. With samples that have other labels, who knows.
fn never_counted(scraped: &Exposition<'_>, name: &str) -> bool {
    scraped.is_counter(name) && scraped.samples.iter().all(|sample| sample.name != name)
}

impl Growth {
    fn new(selector: &str) -> Result<Self, BadSelector> {
        Ok(Self { selector: Selector::parse(selector)?, last: None, grown: 0.0 })
    }

    /// Takes a scrape. A counter that appears only after the first one began at 0 meanwhile, and so did one that fell.
    fn take(&mut self, scraped: &Exposition<'_>, first: bool) {
        let Some(value) = self.selector.value(scraped) else {
            if self.last.is_none() && never_counted(scraped, self.selector.name()) {
                self.last = Some(0.0);
            }
            return;
        };
        self.grown += match self.last.replace(value) {
            None if first => 0.0,
            None => value,
            Some(before) if value < before => value,
            Some(before) => value - before,
        };
    }

    /// This one's part of all; `None` while one was never seen, or nothing grew.
    fn share(&self, others: &[Self]) -> Option<f64> {
        self.last?;
        let all = others.iter().try_fold(self.grown, |sum, other| other.last.map(|_| sum + other.grown))?;
        (all > 0.0).then(|| self.grown / all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(expression: ScrapeExpression, scrapes: &[&str]) -> Gauge {
        let mut scraped = Scraped::new(&[Scrape { name: "gauge".into(), expression }]).unwrap();
        for (at, text) in scrapes.iter().enumerate() {
            scraped.take(Finite::try_from(at as f64).unwrap(), text);
        }
        scraped.into_gauges(&[]).remove(0).unwrap()
    }

    fn values(gauge: &Gauge) -> Vec<(f64, f64)> {
        gauge.points.iter().map(|(at, value)| (at.get(), value.get())).collect()
    }

    fn share() -> ScrapeExpression {
        ScrapeExpression::Share(vec!["hits_total".into(), "misses_total{cache=\"a\"}".into()])
    }

    #[test]
    fn a_sample_that_is_missing_leaves_a_gap() {
        let scrapes = ["# TYPE depth gauge\ndepth 1\n", "other 1\n", "depth NaN\n", "depth 3\n"];
        let gauge = points(ScrapeExpression::Sample("depth".into()), &scrapes);
        assert_eq!(values(&gauge), [(0.0, 1.0), (3.0, 3.0)]);
        assert!(!gauge.counter);
        let counter = points(ScrapeExpression::Sample("a_total".into()), &["# TYPE a_total counter\na_total 1\n"]);
        assert!(counter.counter);
    }

    #[test]
    fn a_share_is_of_what_grew_since_the_run_began() {
        let scrape = |hits: u32, misses: u32| {
            format!("hits_total {hits}\nmisses_total{{cache=\"a\"}} {misses}\nmisses_total{{cache=\"b\"}} 999\n")
        };
        let scrapes = [scrape(1000, 1000), scrape(1009, 1001), scrape(1090, 1010)];
        let gauge = points(share(), &scrapes.each_ref().map(String::as_str));
        assert_eq!(values(&gauge), [(1.0, 0.9), (2.0, 0.9)]);
        assert_eq!(gauge.from, "share(hits_total, misses_total{cache=\"a\"})");
    }

    #[test]
    fn a_share_may_be_of_more_than_two_and_a_ratio_is_of_now() {
        let three = ScrapeExpression::Share(vec!["a".into(), "b".into(), "c".into()]);
        assert_eq!(values(&points(three, &["a 0\nb 0\nc 0\n", "a 5\nb 3\nc 2\n"])), [(1.0, 0.5)]);
        let ratio = ScrapeExpression::Ratio("in_use".into(), "size".into());
        assert_eq!(values(&points(ratio, &["in_use 2\nsize 8\n", "in_use 0\nsize 0\n", "in_use 4\n"])), [(0.0, 0.25)]);
        assert!(Scraped::new(&[Scrape { name: "x".into(), expression: ScrapeExpression::Share(Vec::new()) }]).is_err());
    }

    #[test]
    fn a_histogram_has_a_mean_and_a_counter_a_rate_by_the_hour() {
        let scrape = |sum: f64, count: u32, denied: u32| {
            format!(
                "# TYPE eval_seconds histogram\neval_seconds_sum {sum}\neval_seconds_count {count}\n\
                 # TYPE decisions_total counter\ndecisions_total{{to=\"allow\"}} {count}\ndecisions_total{{to=\"deny\"}} {denied}\n"
            )
        };
        let scrapes = [scrape(50.0, 100, 7), scrape(50.5, 102, 7), scrape(51.0, 104, 8)];
        let scrapes = scrapes.each_ref().map(String::as_str);
        let mean = points(ScrapeExpression::Mean("eval_seconds".into()), &scrapes);
        assert_eq!((values(&mean), mean.from.as_str()), (vec![(2.0, 0.25)], "mean(eval_seconds)"));
        let per_hour = points(ScrapeExpression::PerHour("decisions_total".into()), &scrapes);
        assert_eq!(values(&per_hour), [(2.0, 9000.0)]);
        assert!(!per_hour.counter);
        let allowed = points(ScrapeExpression::PerHour("decisions_total{to=\"allow\"}".into()), &scrapes);
        assert_eq!(values(&allowed), [(2.0, 7200.0)]);
        // Announced and never counted up, it stands at 0 and is known.
        let announced = ["# TYPE decisions_total counter\n", "# TYPE decisions_total counter\ndecisions_total 1\n"];
        assert_eq!(values(&points(ScrapeExpression::PerHour("decisions_total".into()), &announced)), [(1.0, 3600.0)]);
    }

    #[test]
    fn a_service_that_restarts_meanwhile_keeps_its_share() {
        let scrapes = [
            "hits_total 5\nmisses_total{cache=\"a\"} 5\n",
            "hits_total 8\nmisses_total{cache=\"a\"} 6\n",
            "hits_total 6\nmisses_total{cache=\"a\"} 2\n",
        ];
        assert_eq!(values(&points(share(), &scrapes)), [(1.0, 0.75), (2.0, 0.75)]);
    }

    #[test]
    fn a_counter_that_was_never_seen_makes_no_share() {
        assert_eq!(values(&points(share(), &["hits_total 1\n", "hits_total 9\n"])), []);
        // Announced, it stands at 0; samples with other labels prove nothing.
        let announced = "# TYPE misses_total counter\n";
        let scrapes = [format!("{announced}hits_total 1\n"), format!("{announced}hits_total 9\n")];
        assert_eq!(values(&points(share(), &scrapes.each_ref().map(String::as_str))), [(1.0, 1.0)]);
        let scrapes = scrapes.map(|text| format!("{text}misses_total{{cache=\"b\"}} 1\n"));
        assert_eq!(values(&points(share(), &scrapes.each_ref().map(String::as_str))), []);
        // One that appears later began at 0.
        let scrapes = ["hits_total 1\n", "hits_total 4\nmisses_total{cache=\"a\"} 1\n"];
        assert_eq!(values(&points(share(), &scrapes)), [(1.0, 0.75)]);
    }
}
