//! Reading lines in batches, so that their own checks can run on several processors.
//! Must not know: the chain between lines.

use std::io::{self, BufRead};
use std::num::NonZero;
use std::thread;

use bench_model::ledger::{ChainProblem, Entry, parse_line};

use crate::segment::{Line, read_line};

/// Bytes after which a batch is full.
const FULL: usize = 1 << 20;
/// Lines below which a batch is not worth a second thread.
const FEW: usize = 64;
/// More threads than this wait for the one that links their lines.
const MOST_THREADS: usize = 4;

/// Lines that were read and not checked yet.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// Reads lines until the batch is full ([`Line::Whole`]) or whatever ends them comes. At least one is read if there is one.
    pub(crate) fn fill(&mut self, reader: &mut dyn BufRead, limit: u64) -> io::Result<Line> {
        self.bytes.clear();
        self.ends.clear();
        while self.bytes.len() < FULL {
            match read_line(reader, &mut self.bytes, limit)? {
                Line::Whole => self.ends.push(self.bytes.len()),
                end => return Ok(end),
            }
        }
        Ok(Line::Whole)
    }

    /// Reads each line's content, in order.
    pub(crate) fn parse(&self) -> Vec<Result<Entry, ChainProblem>> {
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
