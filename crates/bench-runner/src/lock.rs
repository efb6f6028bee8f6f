//! One measuring run per project at a time: two at once would disturb each other's numbers, so the second waits.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use bench_cli::Interrupt;

use crate::{Observer, RunnerError};

/// Held while measuring; the system frees it however the process ends.
pub(crate) struct Measuring(#[expect(dead_code, reason = "held for its lock")] Option<File>);

/// Takes the lock in `folder`, waiting for another run, which ends by its own timeout at the latest.
pub(crate) fn measuring(
    folder: &Path,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<Measuring, RunnerError> {
    let path = folder.join("measuring.lock");
    // Where nobody can write, no other run can hold a lock; what has to be written there fails by itself.
    let Ok(file) = std::fs::create_dir_all(folder).and_then(|()| File::create(&path)) else {
        return Ok(Measuring(None));
    };
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Measuring(Some(file))),
            // A file system without locks: measuring without one is better than not at all.
            Err(TryLockError::Error(_)) => return Ok(Measuring(None)),
            Err(TryLockError::WouldBlock) => {}
        }
        if !told {
            observer.waiting("another run measures in this project; waiting until it ends");
            told = true;
        }
        if interrupt.is_set() {
            return Err(RunnerError::Interrupted { during: "waiting for another run in this project".into() });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
