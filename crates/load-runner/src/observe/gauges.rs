//! The two things that are asked over HTTP while load runs: the service's metrics, and a Prometheus server.

use std::time::{Duration, Instant};

use bench_model::Finite;
use bench_model::load::{Gauge, LoadPhase};

use super::Observed;
use super::fetch::{Fetcher, NoAnswer};
use super::prometheus::{self, NoValue};
use super::scraped::Scraped;
use crate::Error;
use crate::scenario::Scrape;

/// Failures of one kind of question: how many, of how many, and the first.
#[derive(Debug, Default)]
struct Failures {
    asked: usize,
    failed: usize,
    first: Option<String>,
}

impl Failures {
    /// Counts a question, and keeps the answer when there is one.
    fn count<T, E: ToString>(&mut self, answer: Result<T, E>) -> Option<T> {
        self.asked += 1;
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed += 1;
                self.first.get_or_insert_with(|| error.to_string());
                None
            }
        }
    }

    fn tell(&self, what: &str) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(format!("{what}: {} of {} readings failed, the first because {first}", self.failed, self.asked))
    }
}

/// The service's metrics, scraped again and again.
#[derive(Debug)]
pub(super) struct Scrapes {
    fetcher: Fetcher,
    address: String,
    scraped: Scraped,
    failures: Failures,
}

/// A scrape that gave nothing.
#[derive(Debug, thiserror::Error)]
enum NoScrape {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("the answer was {0}")]
    Status(u16),
}

impl Scrapes {
    pub(super) fn new(address: &str, remote: bool, samples: &[Scrape], limit: Duration) -> Result<Self, Error> {
        let refuse = |reason: String| Error::Flag { flag: "scrape", reason };
        let fetcher = Fetcher::to(address, remote, limit).map_err(refuse)?;
        let scraped = Scraped::new(samples).map_err(|error| refuse(error.to_string()))?;
        Ok(Self { fetcher, address: address.to_owned(), scraped, failures: Failures::default() })
    }

    pub(super) fn look(&mut self, at: Finite) {
        if let Some(text) = self.failures.count(scrape(&self.fetcher, &self.address)) {
            self.scraped.take(at, &text);
        }
    }

    /// Adds what was seen: gauges with values, and a warning for each without. Phases tell what was measured and what was warm-up.
    pub(super) fn finish(self, phases: &[LoadPhase], seen: &mut Observed) {
        seen.warnings.extend(self.failures.tell("the service's metrics"));
        let (scrapes, skipped) = (self.scraped.scrapes(), self.scraped.skipped);
        if skipped > 0 {
            seen.warnings.push(format!("the service's metrics: {skipped} lines are not in Prometheus' text format"));
        }
        for found in self.scraped.into_gauges(phases) {
            match found {
                Ok(gauge) if gauge.points.is_empty() => {
                    let (name, from) = (&gauge.name, &gauge.from);
                    seen.warnings.push(format!("`{name}` has no value: {scrapes} scrapes, none of them told {from}"));
                }
                Ok(gauge) => seen.gauges.push(gauge),
                Err(why) => seen.warnings.push(why),
            }
        }
    }
}

fn scrape(fetcher: &Fetcher, address: &str) -> Result<String, NoScrape> {
    match fetcher.get(address)? {
        (200, text) => Ok(text),
        (status, _) => Err(NoScrape::Status(status)),
    }
}

/// Queries to a Prometheus server, asked again and again.
#[derive(Debug)]
pub(super) struct Queries {
    fetcher: Fetcher,
    limit: Duration,
    queries: Vec<Query>,
}

#[derive(Debug)]
struct Query {
    address: String,
    gauge: Gauge,
    failures: Failures,
}

/// A query that gave nothing.
#[derive(Debug, thiserror::Error)]
enum NoResult {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    NoValue(#[from] NoValue),
}

impl Queries {
    pub(super) fn new(base: &str, remote: bool, queries: &[(String, String)], limit: Duration) -> Result<Self, Error> {
        let refuse = |reason: String| Error::Flag { flag: "prom", reason };
        if base.contains(['?', '#']) {
            return Err(refuse("the address ends before any `?`: queries are added to it".into()));
        }
        let fetcher = Fetcher::to(base, remote, limit).map_err(refuse)?;
        let query = |(name, expression): &(String, String)| Query {
            address: prometheus::address(base, expression),
            gauge: Gauge { name: name.clone(), from: expression.clone(), counter: false, points: Vec::new() },
            failures: Failures::default(),
        };
        Ok(Self { fetcher, limit, queries: queries.iter().map(query).collect() })
    }

    pub(super) fn look(&mut self, at: Finite) {
        let begun = Instant::now();
        for query in &mut self.queries {
            // A server that is slow shall not hold up the end of the run for each of them.
            if begun.elapsed() >= self.limit {
                return;
            }
            let answer = ask(&self.fetcher, &query.address);
            if let Some(value) = query.failures.count(answer).flatten().and_then(|value| Finite::try_from(value).ok()) {
                query.gauge.points.push((at, value));
            }
        }
    }

    /// Adds what was seen: gauges with values, and a warning for each without.
    pub(super) fn finish(self, seen: &mut Observed) {
        for query in self.queries {
            let name = &query.gauge.name;
            seen.warnings.extend(query.failures.tell(&format!("`{name}`")));
            if !query.gauge.points.is_empty() {
                seen.gauges.push(query.gauge);
            } else if query.failures.first.is_none() {
                seen.warnings.push(format!("`{name}` has no value: Prometheus knows no series for its query"));
            }
        }
    }
}

fn ask(fetcher: &Fetcher, address: &str) -> Result<Option<f64>, NoResult> {
    // A refused query is answered with another status and the reason as JSON.
    let (_, text) = fetcher.get(address)?;
    Ok(prometheus::value(&text)?)
}
