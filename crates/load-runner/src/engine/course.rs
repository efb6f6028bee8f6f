//! How far a run is: when phases began and ended, and how many requests closed phases have left. All threads share it.
//! Must not know: what is sent.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::scenario::{Model, Phase};

/// When a phase began and ended, in ns since the first one began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lasted {
    pub(crate) start: u64,
    /// `None` while it lasts.
    pub(crate) end: Option<u64>,
}

/// What is called when a phase begins, with its place in the scenario. Must not take long: requests wait for it.
pub(crate) type Begins = Box<dyn Fn(usize) + Send + Sync>;

/// See the module.
pub(crate) struct Course {
    phases: Mutex<Vec<Lasted>>,
    begins: Begins,
    /// Requests left, by phase; `None` where only time ends it.
    left: Vec<Option<Arc<AtomicU64>>>,
    /// How many threads are done with a phase, and when the last one was.
    done: Vec<(AtomicU64, AtomicU64)>,
    cut: AtomicBool,
}

impl Course {
    pub(crate) fn new(phases: &[Phase], begins: Begins) -> Self {
        let left = |phase: &Phase| match &phase.model {
            Model::Open(_) => None,
            Model::Closed(users) => users.iterations.map(|most| Arc::new(AtomicU64::new(most))),
        };
        Self {
            phases: Mutex::default(),
            begins,
            left: phases.iter().map(left).collect(),
            done: phases.iter().map(|_| Default::default()).collect(),
            cut: AtomicBool::new(false),
        }
    }

    /// A phase begins.
    pub(crate) fn begins(&self, index: usize, start: u64) {
        (self.begins)(index);
        self.phases.lock().unwrap_or_else(PoisonError::into_inner).push(Lasted { start, end: None });
    }

    /// The phase that lasts ends.
    pub(crate) fn ends(&self, end: u64) {
        if let Some(phase) = self.phases.lock().unwrap_or_else(PoisonError::into_inner).last_mut() {
            phase.end = Some(end);
        }
    }

    /// A thread did not come to the end of the last phase.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    /// Whether one did not.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    /// Phases that began, in order.
    pub(crate) fn phases(&self) -> Vec<Lasted> {
        self.phases.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests left in a phase, when it limits them.
    pub(crate) fn left(&self, index: usize) -> Option<Arc<AtomicU64>> {
        self.left.get(index).cloned().flatten()
    }

    /// Whether a phase has no requests left.
    pub(crate) fn is_spent(&self, index: usize) -> bool {
        self.left(index).is_some_and(|left| left.load(Ordering::Relaxed) == 0)
    }

    /// One thread is done with a phase.
    pub(crate) fn done(&self, index: usize, now: u64) {
        if let Some((threads, last)) = self.done.get(index) {
            last.fetch_max(now, Ordering::SeqCst);
            threads.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// When the last of `threads` was done with a phase, if it is.
    pub(crate) fn end_of(&self, index: usize, threads: u64) -> Option<u64> {
        let (done, last) = self.done.get(index)?;
        (done.load(Ordering::SeqCst) >= threads).then(|| last.load(Ordering::SeqCst))
    }
}
