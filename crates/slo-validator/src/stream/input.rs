//! Bytes from a file or standard input: their shape, and their lines. Holds one line at a time, and a table whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use bench_model::file::{FileError, MAX_DOCUMENT};

use super::args::Input;
use crate::Error;

/// The longest line that is read. A longer one is an error of that line.
const MAX_LINE: u64 = 256 << 20;
/// After so many bytes of lines a worker has enough: little, so that at the end none works while all others are done.
const BATCH: usize = 32 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line that is not blank.
pub(super) struct Line {
    /// Counted from 1, blank ones included.
    pub(super) number: u64,
    /// Its bytes without the newline; nothing when it is too long to be held.
    pub(super) bytes: Option<Vec<u8>>,
}

/// What the input turned out to be.
pub(super) enum Shape {
    /// Lines, still to be read.
    Lines(Source),
    /// A table with a header, separated by commas.
    Csv(Vec<u8>),
    /// A table separated by white space.
    Columns(Vec<u8>),
}

/// Where bytes come from.
pub(super) struct Source {
    path: PathBuf,
    /// What was read to tell the shape, to be read again.
    head: Cursor<Vec<u8>>,
    reader: BufReader<Box<dyn Read + Send>>,
    lines: u64,
}

impl Source {
    /// Opens a file; `-` is standard input. A byte order mark is skipped.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let fail = |source| FileError::Read { path: path.to_path_buf(), source };
        let reader: Box<dyn Read + Send> = match path == Path::new("-") {
            true => Box::new(io::stdin()),
            false => Box::new(File::open(path).map_err(fail)?),
        };
        let mut reader = BufReader::with_capacity(1 << 20, reader);
        let mut head = Vec::new();
        reader.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut head).map_err(fail)?;
        if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
            return Err(Error::Table { path: path.to_path_buf(), reason: "the text is UTF-16, not UTF-8".into() });
        }
        if head == BYTE_ORDER_MARK {
            head.clear();
        }
        Ok(Self { path: path.to_path_buf(), head: Cursor::new(head), reader, lines: 0 })
    }

    /// Tells what the input is, by what was said or by how it looks.
    pub(super) fn shape(mut self, stated: Input) -> Result<Shape, FileError> {
        match stated {
            Input::Jsonl => Ok(Shape::Lines(self)),
            Input::Csv => Ok(Shape::Csv(self.whole()?)),
            Input::Columns => Ok(Shape::Columns(self.whole()?)),
            Input::Auto => self.look(),
        }
    }

    /// A line that starts with `{` anywhere means JSON Lines, so that a bad first line is only a bad line. Tables are
    /// read whole anyhow, so looking further costs nothing; and what is seen does not depend on when bytes arrive.
    fn look(mut self) -> Result<Shape, FileError> {
        let mut from = 0;
        let mut first = None;
        loop {
            let fail = self.fail();
            let head = self.head.get_mut();
            let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', head).map_err(fail)?;
            let new = head.get(from..).unwrap_or_default();
            for line in new.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
                if line.starts_with(b"{") {
                    return Ok(Shape::Lines(self));
                }
                first = first.or(Some(line.contains(&b',')));
            }
            if read == 0 {
                let whole = self.whole()?;
                return Ok(if first == Some(true) { Shape::Csv(whole) } else { Shape::Columns(whole) });
            }
            from = head.len();
            if from as u64 > MAX_DOCUMENT {
                return Err(self.too_large());
            }
        }
    }

    fn whole(&mut self) -> Result<Vec<u8>, FileError> {
        let mut bytes = std::mem::take(self.head.get_mut());
        let room = (MAX_DOCUMENT + 1).saturating_sub(bytes.len() as u64);
        self.reader.by_ref().take(room).read_to_end(&mut bytes).map_err(self.fail())?;
        if bytes.len() as u64 > MAX_DOCUMENT { Err(self.too_large()) } else { Ok(bytes) }
    }

    /// The next lines: those that are there already, up to a limit. Waits for one only, so that whoever writes slowly
    /// is answered at once. None are left when the list is empty.
    pub(super) fn batch(&mut self) -> Result<Vec<Line>, FileError> {
        let mut lines = Vec::new();
        let mut size = 0;
        while size < BATCH && (lines.is_empty() || self.has_line()) {
            let Some(bytes) = self.line().map_err(self.fail())? else { break };
            self.lines += 1;
            if bytes.as_ref().is_none_or(|bytes| !bytes.trim_ascii().is_empty()) {
                size += bytes.as_ref().map_or(0, Vec::len);
                lines.push(Line { number: self.lines, bytes });
            }
        }
        Ok(lines)
    }

    /// Whether a whole line can be had without waiting.
    fn has_line(&self) -> bool {
        let head = self.head.get_ref().get(self.head.position() as usize..);
        head.is_some_and(|head| head.contains(&b'\n')) || self.reader.buffer().contains(&b'\n')
    }

    /// The next line without its newline; an inner nothing for one that is too long; an outer nothing at the end.
    fn line(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        let mut input = Read::chain(&mut self.head, &mut self.reader);
        let mut line = Vec::new();
        let most = MAX_LINE + 1;
        input.by_ref().take(most).read_until(b'\n', &mut line)?;
        if line.last() == Some(&b'\n') {
            line.pop();
            return Ok(Some(Some(line)));
        }
        if line.len() as u64 == most {
            input.skip_until(b'\n')?;
            return Ok(Some(None));
        }
        Ok((!line.is_empty()).then_some(Some(line)))
    }

    fn fail(&self) -> impl Fn(io::Error) -> FileError + use<> {
        let path = self.path.clone();
        move |source| FileError::Read { path: path.clone(), source }
    }

    fn too_large(&self) -> FileError {
        FileError::TooLarge { path: self.path.clone(), limit: MAX_DOCUMENT }
    }
}
