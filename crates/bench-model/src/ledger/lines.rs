//! Reading a ledger's lines and checking each: its own hash on several processors, then its place in the chain.
//! Must not know: where the lines are stored, or what they are wanted for.

use std::io::{self, BufRead, Read};
use std::num::NonZero;
use std::thread;

use super::{Chain, ChainError, ChainProblem, Entry, Summary, parse_line};

/// The longest line that is read or written, in bytes. A run of 10,000 metrics takes about 3 MiB.
pub const MAX_LINE: u64 = 16 << 20;
/// Bytes after which a batch is full.
const FULL: usize = 1 << 20;
/// Lines below which a batch is not worth a second thread.
const FEW: usize = 16;
/// More threads than this wait for the one that links their lines.
const MOST_THREADS: usize = 4;

/// What came of reading a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A line; it stands in the buffer without its newline.
    Whole,
    /// Nothing more.
    End,
    /// Bytes without a newline behind them.
    Torn,
    /// More bytes than the limit without a newline.
    TooLong,
}

/// Reads the next line behind what `buffer` holds, at most `limit` bytes of it.
///
/// # Errors
/// What the reader fails with.
pub fn read_line(reader: &mut dyn BufRead, buffer: &mut Vec<u8>, limit: u64) -> io::Result<Line> {
    let before = buffer.len();
    let read = reader.take(limit + 1).read_until(b'\n', buffer)? as u64;
    Ok(match buffer.get(before..).and_then(<[u8]>::last) {
        None => Line::End,
        Some(b'\n') => {
            buffer.pop();
            Line::Whole
        }
        Some(_) if read > limit => Line::TooLong,
        Some(_) => Line::Torn,
    })
}

/// The first line of a file that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number in the file, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub error: ChainError,
}

/// A pass over the files of a ledger, in order, in bounded memory.
#[derive(Debug, Default)]
pub struct CheckedLines {
    chain: Chain,
    batch: Batch,
}

impl CheckedLines {
    /// Reads a file to its end, or to the first line that does not hold, and gives each good line to `visit`.
    ///
    /// # Errors
    /// What the reader fails with. A line that does not hold is no error here: it is the answer.
    pub fn read(&mut self, reader: &mut dyn BufRead, visit: &mut dyn FnMut(Entry)) -> io::Result<Option<BadLine>> {
        let mut number = 0;
        loop {
            let end = self.batch.fill(reader)?;
            for parsed in self.batch.parse() {
                number += 1;
                let seq = self.chain.next_seq();
                let checked = parsed.map_err(|problem| ChainError { seq, problem });
                match checked.and_then(|entry| self.chain.link(&entry).map(|()| entry)) {
                    Ok(entry) => visit(entry),
                    Err(error) => return Ok(Some(BadLine { line: number, error })),
                }
            }
            let problem = match end {
                Line::Whole => continue,
                Line::End => return Ok(None),
                Line::Torn => ChainProblem::Torn,
                Line::TooLong => ChainProblem::TooLong { limit: MAX_LINE },
            };
            return Ok(Some(BadLine { line: number + 1, error: ChainError { seq: self.chain.next_seq(), problem } }));
        }
    }

    /// As [`Chain::so_far`].
    pub fn so_far(&self) -> Summary {
        self.chain.so_far()
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// As [`Chain::finish`].
    pub fn finish(self) -> Result<Summary, ChainError> {
        self.chain.finish()
    }
}

/// Lines that were read and not checked yet.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// Reads lines until the batch is full ([`Line::Whole`]) or whatever ends them comes. At least one is read if there is one.
    fn fill(&mut self, reader: &mut dyn BufRead) -> io::Result<Line> {
        self.bytes.clear();
        self.ends.clear();
        while self.bytes.len() < FULL {
            match read_line(reader, &mut self.bytes, MAX_LINE)? {
                Line::Whole => self.ends.push(self.bytes.len()),
                end @ (Line::End | Line::Torn | Line::TooLong) => return Ok(end),
            }
        }
        Ok(Line::Whole)
    }

    /// Reads each line's content, in order.
    fn parse(&self) -> Vec<Result<Entry, ChainProblem>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_line_is_given_up_at_the_limit() {
        let mut endless = io::BufReader::new(io::repeat(b'x'));
        let mut buffer = Vec::new();
        assert_eq!(read_line(&mut endless, &mut buffer, 1000).unwrap(), Line::TooLong);
        assert!(buffer.len() <= 1001);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_read() {
        let mut reader: &[u8] = b"abc\nrest";
        let mut buffer = Vec::new();
        assert_eq!(read_line(&mut reader, &mut buffer, 3).unwrap(), Line::Whole);
        assert_eq!(buffer, b"abc");
        buffer.clear();
        assert_eq!(read_line(&mut reader, &mut buffer, 4).unwrap(), Line::Torn);
        assert_eq!(read_line(&mut reader, &mut buffer, 4).unwrap(), Line::End);
    }
}
