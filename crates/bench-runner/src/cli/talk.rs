//! What a measuring verb says while it runs. Must not know: what is measured.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use bench_cli::{Context, Progress};

use crate::Observer;

/// Shows how far it is.
pub(super) struct Talk<'a> {
    context: &'a Context,
    /// Whether each step is a line where there is no terminal to draw a bar on.
    lines: bool,
    progress: Mutex<Option<Progress>>,
}

impl<'a> Talk<'a> {
    /// A bar on a terminal, and elsewhere a line for each step.
    pub(super) fn of_steps(context: &'a Context) -> Self {
        Self { context, lines: true, progress: Mutex::new(None) }
    }

    /// A bar on a terminal, and elsewhere a line for each look at the evidence.
    pub(super) fn of_looks(context: &'a Context) -> Self {
        Self { context, lines: false, progress: Mutex::new(None) }
    }

    fn with(&self, act: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = progress.as_mut() {
            act(progress);
        }
    }
}

impl Observer for Talk<'_> {
    fn waiting(&self, why: &str) {
        self.context.say(why);
    }
    fn building(&self, line: &str) {
        self.context.say(line);
    }
    fn planned(&self, steps: u64) {
        if self.lines || std::io::stderr().is_terminal() {
            self.with(|progress| progress.finish());
            *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(Progress::new(self.context, steps));
        }
    }
    fn began(&self, step: &str) {
        self.with(|progress| progress.begin(step));
    }
    fn ended(&self, step: &str) {
        self.with(|progress| progress.end(step));
    }
    fn looked(&self, line: &str) {
        if !std::io::stderr().is_terminal() {
            self.context.say(line);
        }
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        self.with(|progress| progress.finish());
    }
}
