//! What an answer is worth: its status, its checks, what is captured from it. Must not know: how it was received.

use regex::Regex;
use serde_json::Value;

use super::captured::{Captured, Filled};
use super::compile::Job;
use super::pick::Wanted;
use super::render::{For, Rendered};
use crate::Error;
use crate::scenario::{Demand, Request, StatusPattern};

/// What an answer is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Why it is a failure: `status` for one that is not accepted, else `check` for a check that does not hold.
    pub failed: Option<&'static str>,
    /// What came of each check.
    pub checks: Checked,
}

/// What came of a request's checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    count: u32,
    passed: u64,
}

impl Checked {
    /// Each check's index and whether it held.
    pub fn iter(self) -> impl Iterator<Item = (usize, bool)> {
        (0..self.count).map(move |index| (index as usize, self.passed >> index & 1 == 1))
    }
}

/// What an answer is held against.
#[derive(Debug)]
pub(super) struct Answer {
    accept: Vec<StatusPattern>,
    demands: Vec<Ready>,
    /// Places of what is captured among what is wanted, and names by number.
    capture: Vec<(usize, usize)>,
    wanted: Wanted,
}

/// A demand, ready to be held against. Values are named by their places among what is wanted.
#[derive(Debug)]
enum Ready {
    Status(StatusPattern),
    Exists(usize),
    Equals(usize, Value),
    EqualsDrawn(usize, Rendered),
    Matches(usize, Regex),
    Within(usize, Option<f64>, Option<f64>),
}

impl Answer {
    pub(super) fn new(request: &Request, job: &mut Job<'_, '_>) -> Result<Self, Error> {
        let (mut demands, mut wanted) = (Vec::new(), Wanted::default());
        for check in &request.checks {
            demands.push(match &check.demand {
                Demand::Status(pattern) => Ready::Status(*pattern),
                Demand::Exists(pointer) => Ready::Exists(wanted.add(pointer)),
                Demand::Equals(pointer, value) => match value.fixed() {
                    Some(value) => Ready::Equals(wanted.add(pointer), value),
                    None => {
                        let mut rendered = Rendered::default();
                        job.json(value, &mut rendered)?;
                        Ready::EqualsDrawn(wanted.add(pointer), rendered)
                    }
                },
                Demand::Matches(pointer, pattern) => {
                    let bad = |_| Error::Load {
                        what: format!("`{pattern}` is no regular expression"),
                        hint: "correct the scenario".into(),
                    };
                    Ready::Matches(wanted.add(pointer), Regex::new(pattern).map_err(bad)?)
                }
                Demand::Within(pointer, from, to) => Ready::Within(wanted.add(pointer), *from, *to),
            });
        }
        let take = |(name, pointer): (&String, &String)| Some((wanted.add(pointer), job.captured(name)?));
        let capture = request.capture.iter().filter_map(take).collect();
        Ok(Self { accept: request.accept.clone(), demands, capture, wanted })
    }

    pub(super) fn wants_body(&self) -> bool {
        !self.wanted.is_empty()
    }

    pub(super) fn check(
        &self,
        filled: &Filled,
        region: &str,
        status: u16,
        body: &[u8],
        captured: &Captured,
    ) -> Outcome {
        let accepted = self.accept.iter().any(|pattern| pattern.matches(status));
        // A body that is no JSON has no values: every demand on one fails.
        let values = if self.wants_body() { self.wanted.pick(body) } else { Vec::new() };
        let at = |place: usize| values.get(place).and_then(Option::as_ref);
        let to = For { filled, region };
        let mut checks = Checked::default();
        for (index, demand) in (0..u64::BITS).zip(&self.demands) {
            checks.count = index + 1;
            checks.passed |= u64::from(demand.holds(status, at, to)) << index;
        }
        let held = checks.passed.count_ones() == checks.count;
        if accepted && held {
            for (place, name) in &self.capture {
                if let Some(value) = at(*place).filter(|value| !value.is_null()) {
                    captured.keep(*name, value);
                }
            }
        }
        let failed = match (accepted, held) {
            (false, _) => Some("status"),
            (true, false) => Some("check"),
            (true, true) => None,
        };
        Outcome { failed, checks }
    }
}

impl Ready {
    fn holds<'v>(&self, status: u16, at: impl Fn(usize) -> Option<&'v Value>, to: For<'_>) -> bool {
        match self {
            Self::Status(pattern) => pattern.matches(status),
            Self::Exists(place) => at(*place).is_some_and(|value| !value.is_null()),
            Self::Equals(place, expected) => at(*place).is_some_and(|value| equal(value, expected)),
            Self::EqualsDrawn(place, rendered) => at(*place).is_some_and(|value| {
                serde_json::from_slice(&rendered.render(to)).is_ok_and(|expected| equal(value, &expected))
            }),
            Self::Matches(place, pattern) => at(*place).is_some_and(|value| match value {
                Value::String(text) => pattern.is_match(text),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    pattern.is_match(&value.to_string())
                }
            }),
            Self::Within(place, from, to) => at(*place)
                .and_then(Value::as_f64)
                .is_some_and(|value| from.is_none_or(|from| value >= from) && to.is_none_or(|to| value <= to)),
        }
    }
}

impl StatusPattern {
    /// Whether a status is meant.
    pub const fn matches(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => status == exact,
            Self::Class(class) => status / 100 == class,
        }
    }
}

/// Whether two values are equal as JSON: 1 and 1.0 are the same number.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}
