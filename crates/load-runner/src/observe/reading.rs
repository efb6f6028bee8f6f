//! A reading of what is in use now, and how counters that only grow become rates.

use bench_model::Finite;
use bench_model::load::{Source, Usage};

/// What was read at one moment. Counters are since some beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Reading {
    /// Processor time, in seconds.
    pub(super) cpu: Option<f64>,
    /// Resident memory, in bytes.
    pub(super) memory: Option<u64>,
    /// Open file descriptors.
    pub(super) descriptors: Option<u64>,
    /// Threads.
    pub(super) threads: Option<u64>,
    /// Bytes received and sent.
    pub(super) net: Option<(u64, u64)>,
    /// Bytes read from and written to disks.
    pub(super) io: Option<(u64, u64)>,
}

/// Turns readings of one source into usage.
#[derive(Debug, Default)]
pub(super) struct Rates {
    cpu: Rate,
    received: Rate,
    transmitted: Rate,
    read: Rate,
    written: Rate,
}

impl Rates {
    /// The usage at a time (seconds). The first reading has no rates: there is nothing before it.
    pub(super) fn usage(&mut self, of: Source, at: Finite, reading: &Reading) -> Usage {
        let bytes = |value: Option<u64>| value.map(|value| value as f64);
        Usage {
            at_s: at,
            of,
            cpu: self.cpu.next(at.get(), reading.cpu),
            io_wait: None,
            memory: reading.memory,
            descriptors: reading.descriptors,
            threads: reading.threads,
            received: self.received.next(at.get(), bytes(reading.net.map(|(received, _)| received))),
            transmitted: self.transmitted.next(at.get(), bytes(reading.net.map(|(_, sent)| sent))),
            read: self.read.next(at.get(), bytes(reading.io.map(|(read, _)| read))),
            written: self.written.next(at.get(), bytes(reading.io.map(|(_, written)| written))),
            restarts: None,
        }
    }
}

/// A counter's last value and when it was read.
#[derive(Debug, Default)]
struct Rate(Option<(f64, f64)>);

impl Rate {
    /// The growth per second since the last known value. A counter that fell began anew: how much it grew is not known.
    fn next(&mut self, at: f64, value: Option<f64>) -> Option<Finite> {
        let value = value?;
        let (before_at, before) = self.0.replace((at, value))?;
        let rate = (value - before) / (at - before_at);
        Finite::try_from(rate).ok().filter(|rate| at > before_at && rate.get() >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_needs_two_values_and_a_counter_that_grows() {
        let mut rate = Rate::default();
        let mut next = |at, value| rate.next(at, value).map(Finite::get);
        assert_eq!(next(0.0, Some(10.0)), None);
        assert_eq!(next(2.0, Some(14.0)), Some(2.0));
        // A value that could not be read leaves a gap, and the next one spans it.
        assert_eq!(next(3.0, None), None);
        assert_eq!(next(4.0, Some(24.0)), Some(5.0));
        assert_eq!(next(5.0, Some(1.0)), None);
        assert_eq!(next(6.0, Some(1.0)), Some(0.0));
        assert_eq!(next(6.0, Some(2.0)), None);
    }

    #[test]
    fn what_was_not_told_stays_absent() {
        let mut rates = Rates::default();
        for at in [0.0, 1.0, 2.0] {
            let usage = rates.usage(Source::Service, Finite::try_from(at).unwrap(), &Reading::default());
            assert_eq!((usage.cpu, usage.memory, usage.received, usage.read), (None, None, None, None));
        }
    }
}
