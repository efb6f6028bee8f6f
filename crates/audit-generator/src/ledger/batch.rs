//! Lines in batches, so that their own checks run on several processors in bounded memory.
//! Must not know: the chain between lines.

use std::io::{self, BufRead, Read};
use std::num::NonZero;
use std::thread;

use bench_model::ledger::{ChainProblem, Entry, parse_line};

/// Bytes after which a batch is full.
const FULL: usize = 1 << 20;
/// Lines below which a batch is not worth a second thread.
const FEW: usize = 16;
/// More threads than this wait for the one that links their lines.
const MOST_THREADS: usize = 4;

/// What comes behind the lines of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// Perhaps more lines.
    More,
    /// The end.
    End,
    /// A line without an end.
    Torn,
    /// A line longer than any real one.
    TooLong,
}

/// Lines that were read and not checked yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// Reads lines, each at most `limit` bytes long, until the batch is full or they end.
    pub(super) fn fill(&mut self, reader: &mut dyn BufRead, limit: u64) -> io::Result<Behind> {
        self.bytes.clear();
        self.ends.clear();
        while self.bytes.len() < FULL {
            let before = self.bytes.len();
            let read = reader.take(limit + 1).read_until(b'\n', &mut self.bytes)? as u64;
            match self.bytes.get(before..).and_then(<[u8]>::last) {
                None => return Ok(Behind::End),
                Some(b'\n') => {
                    self.bytes.pop();
                    self.ends.push(self.bytes.len());
                }
                Some(_) if read > limit => return Ok(Behind::TooLong),
                Some(_) => return Ok(Behind::Torn),
            }
        }
        Ok(Behind::More)
    }

    /// Reads each line's content, in order.
    pub(super) fn parse(&self) -> Vec<Result<Entry, ChainProblem>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let lines: Vec<&[u8]> = starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(start..*end)).collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        if threads == 1 || lines.len() < FEW {
            return lines.into_iter().map(parse_line).collect();
        }
        let mut parts = lines.chunks(lines.len().div_ceil(threads));
        let own = parts.next().unwrap_or_default();
        thread::scope(|scope| {
            let others: Vec<_> = parts
                .map(|part| (part, scope.spawn(|| part.iter().map(|line| parse_line(line)).collect::<Vec<_>>())))
                .collect();
            let mut parsed: Vec<_> = own.iter().map(|line| parse_line(line)).collect();
            for (part, other) in others {
                // A thread that could not finish is no reason to lose its lines.
                parsed.extend(other.join().unwrap_or_else(|_| part.iter().map(|line| parse_line(line)).collect()));
            }
            parsed
        })
    }
}
