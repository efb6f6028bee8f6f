//! Ctrl-C and termination as a flag that a program looks at, so that nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user, or the system, asked the program to stop.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Catches SIGINT, SIGTERM and SIGHUP from now on. A program that installs it looks at it wherever it waits.
    pub fn install() -> Self {
        let interrupt = Self::default();
        let flag = Arc::clone(&interrupt.0);
        // Where a handler exists already (in tests), the flag simply stays down.
        drop(ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst)));
        interrupt
    }

    /// Whether it happened.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Makes it happen, for tests and for a program's own deadline.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
