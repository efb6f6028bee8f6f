//! Values taken from answers, for later requests. Must not know: where in an answer they stand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::scenario::Request;

/// How many values of a name are kept; a new one replaces the oldest.
const KEPT: usize = 1000;
/// The longest value that is kept, in bytes of JSON: answers are hostile, and values go into paths and headers.
pub(super) const LONGEST: usize = 4096;

/// A value in the two ways that it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ready {
    /// A string's text, or JSON.
    pub(super) text: String,
    /// As JSON.
    pub(super) json: String,
}

impl Ready {
    pub(super) fn new(value: &Value) -> Self {
        let json = value.to_string();
        let text = value.as_str().map_or_else(|| json.clone(), str::to_owned);
        Self { text, json }
    }
}

/// What was drawn for a request that cannot be drawn again.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    pub(super) arrival: u64,
    pub(super) captured: Vec<Arc<Ready>>,
}

/// All captured values.
#[derive(Debug)]
pub(super) struct Captured {
    names: BTreeMap<String, usize>,
    values: Vec<Values>,
}

#[derive(Debug)]
struct Values {
    /// The first request that captures it.
    source: usize,
    some: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    values: Vec<Arc<Ready>>,
    next: usize,
}

impl Captured {
    pub(super) fn new(requests: &[Request]) -> Self {
        let (mut names, mut values) = (BTreeMap::new(), Vec::new());
        for (source, request) in requests.iter().enumerate() {
            for name in request.capture.keys() {
                names.entry(name.clone()).or_insert_with(|| {
                    values.push(Values { source, some: AtomicBool::new(false), kept: Mutex::default() });
                    values.len() - 1
                });
            }
        }
        Self { names, values }
    }

    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The first request that captures a value of which there is none yet.
    pub(super) fn source_of_missing(&self, index: usize) -> Option<usize> {
        let values = self.values.get(index)?;
        (!values.some.load(Ordering::Acquire)).then_some(values.source)
    }

    /// One of the values, by a number of 64 random bits.
    pub(super) fn one(&self, index: usize, number: u64) -> Arc<Ready> {
        let Some(values) = self.values.get(index) else { return Arc::default() };
        let kept = values.kept();
        let place = super::random::below(number, kept.values.len() as u64);
        usize::try_from(place).ok().and_then(|place| kept.values.get(place)).cloned().unwrap_or_default()
    }

    /// Keeps a value, unless it is too long.
    pub(super) fn keep(&self, index: usize, value: &Value) {
        let ready = Ready::new(value);
        let Some(values) = self.values.get(index).filter(|_| ready.json.len() <= LONGEST) else { return };
        let mut kept = values.kept();
        let next = kept.next;
        match kept.values.get_mut(next) {
            Some(oldest) => *oldest = Arc::new(ready),
            None => kept.values.push(Arc::new(ready)),
        }
        kept.next = (next + 1) % KEPT;
        values.some.store(true, Ordering::Release);
    }
}

impl Values {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
