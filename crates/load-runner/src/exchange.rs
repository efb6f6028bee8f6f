//! What is sent and what an answer is worth: a scenario's requests, compiled. Which request an arrival is, and what is drawn for it, hangs
//! on the seed and the arrival's number only, so that a run can be repeated.
//! Must not know: when a request is sent, connections, time.

mod answer;
mod captured;
mod compile;
mod mix;
pub(crate) mod percent;
mod pick;
pub(crate) mod random;
mod render;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};
use serde_json::Value;

pub use answer::{Checked, Outcome};
pub use captured::Filled;

use crate::Error;
use crate::scenario::Scenario;
use captured::Captured;
use compile::Compiled;
use mix::Mix;

/// A scenario's requests, ready to be sent.
#[derive(Debug)]
pub struct Exchanges {
    requests: Vec<Compiled>,
    phases: Vec<Mix>,
    captured: Captured,
    regions: Vec<String>,
}

/// A request to send. It has neither `host` nor `content-length`.
#[derive(Debug)]
pub struct Built {
    /// Its method.
    pub method: Method,
    /// Its path and query, with the path of the scenario's `base_url` before it.
    pub path_and_query: PathAndQuery,
    /// Its headers; values that hold a secret are marked sensitive.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What was drawn for it, to check its answer against.
    pub filled: Filled,
}

impl Exchanges {
    /// Compiles a scenario. `data` has the items of each of its data sources.
    ///
    /// # Errors
    /// [`Error::Load`] for a secret that the environment does not have or that cannot be sent, data that are missing or lack a value that
    /// is drawn from them, and paths that could become longer than a URI may be.
    pub fn new(scenario: &Scenario, seed: u64, data: BTreeMap<String, Vec<Value>>) -> Result<Self, Error> {
        let captured = Captured::new(&scenario.requests);
        let mut compiler = compile::Compiler::new(scenario, seed, &data, &captured);
        let requests = (0..scenario.requests.len()).filter_map(|index| compiler.request(index));
        Ok(Self {
            requests: requests.collect::<Result<_, _>>()?,
            phases: (0..)
                .zip(&scenario.phases)
                .map(|(index, phase)| Mix::new(seed, index, phase, &scenario.requests))
                .collect(),
            captured,
            regions: scenario.regions.iter().map(|region| region.name.clone()).collect(),
        })
    }

    /// Which request an arrival of a phase is, as an index. Among any 64 arrivals from a multiple of 64 on, each request comes as often
    /// as its weight says, to within one. A request that needs a captured value before there is one gives way to the first request that
    /// captures it.
    pub fn draw(&self, phase: usize, arrival: u64) -> usize {
        let mut index = self.phases.get(phase).map_or(0, |mix| mix.draw(arrival));
        // A scenario whose captures go round in circles is refused when it is read.
        for _ in 0..self.requests.len() {
            let needs = self.requests.get(index).map_or(&[][..], |request| &request.needs);
            match needs.iter().find_map(|name| self.captured.source_of_missing(*name)) {
                Some(source) => index = source,
                None => break,
            }
        }
        index
    }

    /// The region that an arrival is sent from, as an index: each in turn. `None` without regions.
    pub fn region(&self, arrival: u64) -> Option<usize> {
        let regions = u64::try_from(self.regions.len()).ok().filter(|regions| *regions > 0)?;
        usize::try_from(arrival % regions).ok()
    }

    /// The request of an arrival. An index out of range gives the first request's.
    pub fn build(&self, request: usize, arrival: u64) -> Built {
        let region = self.region(arrival).and_then(|index| self.regions.get(index)).map_or("", String::as_str);
        match self.requests.get(request).or_else(|| self.requests.first()) {
            Some(compiled) => compiled.build(arrival, region, &self.captured),
            // No scenario without requests can be read.
            None => Built {
                method: Method::GET,
                path_and_query: PathAndQuery::from_static("/"),
                headers: HeaderMap::new(),
                body: Bytes::new(),
                filled: Filled::default(),
            },
        }
    }

    /// Whether an answer's body is looked at: otherwise it need not be kept.
    pub fn wants_body(&self, request: usize) -> bool {
        self.requests.get(request).is_some_and(|request| request.answer.wants_body())
    }

    /// What an answer is worth. Keeps what is to be captured from an answer that did not fail.
    pub fn check(&self, filled: &Filled, request: usize, status: u16, body: &[u8]) -> Outcome {
        let region = self.region(filled.arrival).and_then(|index| self.regions.get(index)).map_or("", String::as_str);
        match self.requests.get(request) {
            Some(compiled) => compiled.answer.check(filled, region, status, body, &self.captured),
            None => Outcome::default(),
        }
    }
}
