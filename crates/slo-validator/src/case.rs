//! One metric on its way to a verdict. Must not know what decided, or what other metrics did.

use bench_model::perf::Metric;
use bench_model::verdict::{Confirmation, JudgedMetric, Rule, Verdict};
use bench_model::{Finite, Quantity, Unit};

use crate::evidence::anchor::Since;
use crate::evidence::history::Past;
use crate::evidence::{Evidence, Reference};
use crate::regression::{Finding, loss};
use crate::selection::Subject;
use crate::why;

/// A metric with all that is known about it.
pub(crate) struct Case<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) reference: Reference<'a>,
    pub(crate) finding: Finding,
    /// Why the verdict is another one than the numbers alone would give, or why there are none.
    pub(crate) because: Option<String>,
    pub(crate) past: Option<Past>,
    pub(crate) since_anchor: Option<Since>,
    /// The smallest change that can be told from noise, as a ratio.
    pub(crate) noise_floor: Option<Finite>,
    pub(crate) confirmation: Option<Confirmation>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(subject: Subject<'a>, evidence: Evidence<'a>) -> Self {
        let Evidence { reference, finding, because } = evidence;
        Self {
            subject,
            reference,
            finding,
            because,
            past: None,
            since_anchor: None,
            noise_floor: None,
            confirmation: None,
        }
    }

    /// Takes back a verdict that was called, and says why.
    pub(crate) fn withdraw(&mut self, rule: Rule, because: String) {
        self.finding = Finding { verdict: Verdict::Inconclusive, rule, more_rounds: None, ..self.finding };
        self.because = Some(because);
    }

    /// Whether a change was called.
    pub(crate) fn is_called(&self) -> bool {
        matches!(self.finding.verdict, Verdict::Regressed | Verdict::Improved)
    }

    /// Whether values without any spread were compared: there is no chance in it.
    pub(crate) fn is_exact(&self) -> bool {
        // Whatever was decided since. Too few rounds have no interval either, but no chance that could be told; from 0 there
        // is no ratio.
        self.finding.p.is_some() && self.finding.change.is_none_or(|change| change.interval.is_none())
    }

    /// The change as a number.
    pub(crate) fn change(&self) -> Option<f64> {
        self.finding.change.map(|change| change.value.get())
    }

    /// How much worse it got, as a ratio; below 0 when better.
    pub(crate) fn loss(&self) -> Option<f64> {
        self.change().map(|change| loss(change, self.subject.direction))
    }

    /// Both sides, when they were compared with each other.
    pub(crate) fn sides(&self) -> Option<(&'a Metric, &'a Metric)> {
        match (self.subject.measured, self.reference) {
            (Some(head), Reference::Base(base)) => Some((base, head)),
            (_, Reference::Base(_) | Reference::Promotion(_) | Reference::Earlier | Reference::Nothing) => None,
        }
    }

    /// The value compared with, in the metric's unit.
    pub(crate) fn compared_with(&self) -> Option<Finite> {
        match self.reference {
            Reference::Earlier => self.past.as_ref().map(|past| past.finding.level),
            Reference::Base(_) | Reference::Promotion(_) | Reference::Nothing => self
                .reference
                .value()
                .filter(|(_, unit): &(Finite, Unit)| *unit == self.subject.unit)
                .map(|(value, _)| value),
        }
    }

    /// The record of it.
    pub(crate) fn record(&self) -> JudgedMetric {
        let Self { subject, finding, .. } = self;
        let limit = |limit: Option<Quantity>| limit.and_then(|limit| Finite::try_from(limit.value).ok());
        let (value, floor) = (subject.measured.map(|metric| metric.value), limit(subject.limits.floor));
        JudgedMetric {
            name: subject.name.clone().into_owned(),
            verdict: finding.verdict,
            unit: subject.unit,
            direction: subject.direction,
            value,
            interval: subject.measured.and_then(|metric| metric.interval),
            rounds: subject.measured.map_or(0, |metric| u32::try_from(metric.rounds.len()).unwrap_or(u32::MAX)),
            baseline: self.compared_with(),
            change: finding.change,
            threshold: Finite::try_from(subject.limits.regression).unwrap_or_default(),
            floor,
            target: limit(subject.limits.target),
            margin: value.zip(floor).and_then(|(value, floor)| crate::floors::margin(value, floor, subject.direction)),
            rule: finding.rule,
            why: why::sentence(self),
            confirmation: self.confirmation,
            noise_floor: self.noise_floor,
            history: self.past.as_ref().map(|past| past.finding.clone()),
            anchor: self.since_anchor.map(|since| since.change),
            waived: false,
            more_rounds: finding.more_rounds,
        }
    }
}
