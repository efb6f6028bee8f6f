//! A thread that does something again and again, on a fixed beat, until it is stopped.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bench_model::Finite;

/// A running watch of something that ends in a `T`.
#[derive(Debug)]
pub(super) struct Watch<T> {
    stop: Sender<()>,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Watch<T> {
    /// Calls `look` now, once each interval, and a last time when stopped, with the seconds since `epoch` (negative before it). A beat
    /// that a slow look missed is left out.
    ///
    /// # Errors
    /// The system gives no further thread.
    pub(super) fn start(
        name: &str,
        interval: Duration,
        epoch: Instant,
        mut state: T,
        mut look: impl FnMut(&mut T, Finite) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let interval = interval.max(Duration::from_millis(1));
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let mut due = Instant::now();
            loop {
                look(&mut state, since(epoch));
                let now = Instant::now();
                while due <= now {
                    due += interval;
                }
                match stopped.recv_timeout(due - now) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) => {
                        look(&mut state, since(epoch));
                        return state;
                    }
                    // Nobody wants to know any more.
                    Err(RecvTimeoutError::Disconnected) => return state,
                }
            }
        })?;
        Ok(Self { stop, thread })
    }

    /// Asks for the last look, so that several watches take it together. [`Watch::end`] waits for it.
    pub(super) fn ask(&self) {
        // Where the thread has failed, `end` tells.
        let _ = self.stop.send(());
    }

    /// What was seen; `None` when the thread failed.
    pub(super) fn end(self) -> Option<T> {
        self.thread.join().ok()
    }
}

fn since(epoch: Instant) -> Finite {
    let now = Instant::now();
    let seconds = match now.checked_duration_since(epoch) {
        Some(after) => after.as_secs_f64(),
        None => -(epoch - now).as_secs_f64(),
    };
    // Microseconds tell more than a reading's own duration permits.
    Finite::try_from((seconds * 1e6).round() / 1e6).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_at_the_beginning_and_at_the_end_in_order_of_time() {
        let watch =
            Watch::start("test", Duration::from_secs(3600), Instant::now(), Vec::new(), |times, at| times.push(at));
        let watch = watch.unwrap();
        watch.ask();
        let times = watch.end().unwrap();
        assert_eq!(times.len(), 2);
        assert!(times.is_sorted());
    }

    #[test]
    fn times_before_the_epoch_are_negative() {
        let epoch = Instant::now() + Duration::from_secs(3600);
        let watch =
            Watch::start("test", Duration::from_secs(3600), epoch, Vec::new(), |times, at| times.push(at)).unwrap();
        watch.ask();
        assert!(watch.end().unwrap().iter().all(|at| at.get() < 0.0));
    }
}
