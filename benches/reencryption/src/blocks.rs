//! Reading lines in blocks, into buffers that are used again, so that memory does not grow with the file.
//! Must not know what a line holds.

use std::io::{self, ErrorKind, Read};
use std::sync::{Mutex, PoisonError};

use memchr::{memchr, memchr_iter, memrchr};

use crate::record::MAX_LINE;

/// Large enough that handing a block to another thread costs nothing beside it, small enough for a processor's cache.
const BLOCK: usize = 256 << 10;

/// Buffers that nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    /// A buffer with whatever it held before.
    pub(crate) fn get(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn put(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

/// Whole lines; only the last of a file may lack its newline, and only one that is too long is cut.
#[derive(Debug)]
pub(crate) struct Block {
    buffer: Vec<u8>,
    used: usize,
    /// How many lines stand before it, from where its source was read.
    pub(crate) first: u64,
    /// How many lines end in it.
    pub(crate) lines: u64,
}

impl Block {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.used).unwrap_or_default()
    }

    /// Its lines with their numbers, counted from 0, without newlines; `None` for one that no newline ends.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, Option<&[u8]>)> {
        let mut rest = self.bytes();
        (self.first..).map_while(move |number| {
            if rest.is_empty() {
                return None;
            }
            let line = memchr(b'\n', rest).and_then(|at| rest.split_at_checked(at));
            rest = line.and_then(|(_, rest)| rest.get(1..)).unwrap_or_default();
            Some((number, line.map(|(line, _)| line)))
        })
    }

    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// Reads a source from its present place on.
#[derive(Debug)]
pub(crate) struct Blocks<'p, R> {
    source: R,
    pool: &'p Pool,
    /// Read, and not handed out yet: what followed the last newline.
    carry: Vec<u8>,
    ended: bool,
    lines: u64,
}

impl<'p, R: Read> Blocks<'p, R> {
    /// Reads a source that `lines` lines stand before.
    pub(crate) fn new(source: R, pool: &'p Pool, lines: u64) -> Self {
        Self { source, pool, carry: Vec::new(), ended: false, lines }
    }

    /// The next lines, about [`BLOCK`] bytes; `None` after the last.
    pub(crate) fn next_block(&mut self) -> io::Result<Option<Block>> {
        self.block_until(BLOCK, |bytes| memrchr(b'\n', bytes).map(|at| at + 1))
    }

    /// The next `lines` lines, or as many as there are; `None` after the last.
    pub(crate) fn next_lines(&mut self, lines: u64) -> io::Result<Option<Block>> {
        let mut found = 0;
        let mut looked = 0;
        let end = move |bytes: &[u8]| {
            for at in memchr_iter(b'\n', bytes.get(looked..).unwrap_or_default()) {
                found += 1;
                if found == lines {
                    return Some(looked + at + 1);
                }
            }
            looked = bytes.len();
            None
        };
        // A line more than asked for is read at most once, so the block need not be larger than what is asked for.
        self.block_until(BLOCK, end)
    }

    /// Reads at least `size` bytes and until `end` says where the block ends.
    fn block_until(&mut self, size: usize, mut end: impl FnMut(&[u8]) -> Option<usize>) -> io::Result<Option<Block>> {
        let mut buffer = self.pool.get();
        let mut used = self.carry.len();
        grow(&mut buffer, used.max(size));
        if let Some(start) = buffer.get_mut(..used) {
            start.copy_from_slice(&self.carry);
        }
        self.carry.clear();
        let mut wanted = size;
        loop {
            while !self.ended && used < wanted {
                grow(&mut buffer, wanted);
                let room = buffer.get_mut(used..wanted).unwrap_or_default();
                match self.source.read(room) {
                    Ok(0) => self.ended = true,
                    Ok(read) => used += read,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            let bytes = buffer.get(..used).unwrap_or_default();
            let stop = match end(bytes) {
                Some(stop) => stop,
                None if self.ended || used > MAX_LINE * 2 => used,
                None => {
                    wanted = used + BLOCK / 4;
                    continue;
                }
            };
            // What follows the last newline of the file is a block of its own, so that nothing is lost.
            self.carry.extend_from_slice(bytes.get(stop..).unwrap_or_default());
            return if stop == 0 {
                self.pool.put(buffer);
                Ok(None)
            } else {
                let lines = memchr_iter(b'\n', buffer.get(..stop).unwrap_or_default()).count() as u64;
                let first = self.lines;
                self.lines += lines;
                Ok(Some(Block { buffer, used: stop, first, lines }))
            };
        }
    }
}

fn grow(buffer: &mut Vec<u8>, size: usize) {
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives few bytes at a time, as a pipe does.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(out.len()).min(self.0.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn text(lines: &[usize], end: bool) -> Vec<u8> {
        let mut text: Vec<u8> = lines.iter().flat_map(|n| [vec![b'x'; *n], vec![b'\n']].concat()).collect();
        if !end {
            text.pop();
        }
        text
    }

    proptest! {
        #[test]
        fn blocks_are_whole_lines_and_together_the_file(
            lines in proptest::collection::vec(0..200_000usize, 0..12), end: bool, step in 1000..300_000usize,
        ) {
            let text = text(&lines, end);
            let pool = Pool::default();
            let mut blocks = Blocks::new(Slow(&text, step), &pool, 0);
            let mut all = Vec::new();
            while let Some(block) = blocks.next_block().unwrap() {
                for (number, line) in block.numbered() {
                    prop_assert_eq!(line.is_none(), number == lines.len() as u64 - 1 && !end);
                    prop_assert!(line.is_none_or(|line| line.len() == lines[number as usize]));
                }
                prop_assert!(block.bytes().ends_with(b"\n") || all.len() + block.bytes().len() == text.len());
                all.extend_from_slice(block.bytes());
                pool.put(block.into_buffer());
            }
            prop_assert_eq!(all, text);
        }

        #[test]
        fn lines_asked_for_are_lines_given(
            lines in proptest::collection::vec(0..90_000usize, 1..20), asked in 1..5u64, step in 1000..300_000usize,
        ) {
            let text = text(&lines, true);
            let pool = Pool::default();
            let mut blocks = Blocks::new(Slow(&text, step), &pool, 0);
            let mut all = Vec::new();
            let mut left = lines.len() as u64;
            while let Some(block) = blocks.next_lines(asked).unwrap() {
                prop_assert_eq!(block.lines, asked.min(left));
                left -= block.lines;
                all.extend_from_slice(block.bytes());
                pool.put(block.into_buffer());
            }
            prop_assert_eq!(all, text);
        }
    }
}
