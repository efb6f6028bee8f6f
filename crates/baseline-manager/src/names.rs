//! The names by which users mean metrics.
//! Must not know: what is wanted of them.

use std::collections::BTreeSet;

use bench_model::MetricName;
use bench_model::ledger::{Body, Entry};
use bench_model::perf::Headline;
use bench_model::unit::nearest;

use crate::Error;

/// The names that a user may mean: headline names, and the metrics in the ledger.
#[derive(Debug, Clone)]
pub struct MetricNames<'a> {
    headline: &'a [Headline],
    known: BTreeSet<MetricName>,
}

impl<'a> MetricNames<'a> {
    /// The names of the headline alone.
    pub fn new(headline: &'a [Headline]) -> Self {
        let known = headline.iter().map(|line| line.metric.clone()).collect();
        Self { headline, known }
    }

    /// Learns the names in a line.
    pub fn learn(&mut self, entry: &Entry) {
        let metrics = match &entry.body {
            Body::Run(run) => &run.metrics,
            Body::Promotion(promotion) => &promotion.metrics,
            Body::Waiver(_) | Body::Noise(_) | Body::Incident(_) | Body::Retention(_) => return,
        };
        for metric in metrics {
            if !self.known.contains(&metric.name) {
                self.known.insert(metric.name.clone());
            }
        }
    }

    /// The full name behind a text, known or not.
    pub fn full<'t>(&'t self, text: &'t str) -> &'t str {
        self.headline.iter().find(|line| line.name == text).map_or(text, |line| line.metric.as_str())
    }

    /// The metric that a text means.
    ///
    /// # Errors
    /// [`Error::UnknownMetric`] with the nearest name there is.
    pub fn resolve(&self, text: &str) -> Result<MetricName, Error> {
        let full = self.full(text);
        self.known.iter().find(|name| name.as_str() == full).cloned().ok_or_else(|| {
            let names = self.headline.iter().map(|line| line.name.as_str());
            let nearest = nearest(text, names.chain(self.known.iter().map(MetricName::as_str)));
            Error::UnknownMetric { name: text.chars().take(200).collect(), nearest }
        })
    }
}
