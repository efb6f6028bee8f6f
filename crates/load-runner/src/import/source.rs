//! Where bytes come from: a file or standard input, compressed or not, read by lines or whole. Must not know: what they mean.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use bench_model::file::FileError;
use flate2::bufread::MultiGzDecoder;

use super::fault::Fault;
use crate::Error;

/// What a document that is not a stream may hold, in bytes.
const MAX_DOCUMENT: u64 = 64 << 20;
/// What a line may hold, in bytes.
const MAX_LINE: u64 = 16 << 20;
/// How much of the beginning is looked at to tell what a file is, in bytes.
const HEAD: u64 = 64 << 10;

/// Bytes to come, with their beginning known.
pub(super) struct Source<'a> {
    head: Vec<u8>,
    rest: Box<dyn BufRead + 'a>,
}

impl<'a> Source<'a> {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let fail = |source| Error::File(FileError::Read { path: path.to_path_buf(), source });
        if path == Path::new("-") {
            return Self::new(io::stdin().lock()).map_err(fail);
        }
        let file = File::open(path).map_err(fail)?;
        if file.metadata().map_err(fail)?.is_dir() {
            return Err(fail(ErrorKind::IsADirectory.into()));
        }
        Self::new(file).map_err(fail)
    }

    /// Bytes, decompressed if they are gzip.
    pub(super) fn new(reader: impl Read + 'a) -> io::Result<Self> {
        let mut raw = BufReader::with_capacity(1 << 18, reader);
        let mut magic = Vec::new();
        raw.by_ref().take(2).read_to_end(&mut magic)?;
        let whole = Cursor::new(magic.clone()).chain(raw);
        let mut rest: Box<dyn BufRead + 'a> = match magic.as_slice() {
            [0x1f, 0x8b] => Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(whole))),
            _ => Box::new(whole),
        };
        let mut head = Vec::new();
        match rest.by_ref().take(HEAD).read_to_end(&mut head) {
            Ok(_) => {}
            // The stream is cut; the reader of lines comes upon it again.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(error),
        }
        Ok(Self { head, rest })
    }

    /// The beginning.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Everything as lines.
    pub(super) fn lines(self) -> Lines<impl BufRead + 'a> {
        Lines { reader: Cursor::new(self.head).chain(self.rest), buffer: Vec::new(), number: 0 }
    }

    /// Everything at once.
    pub(super) fn whole(self) -> Result<Vec<u8>, Fault> {
        let mut bytes = self.head;
        let length = bytes.len() as u64;
        let read = self.rest.take((MAX_DOCUMENT + 1).saturating_sub(length)).read_to_end(&mut bytes);
        read.map_err(|error| Fault::new(format!("it cannot be read to its end: {error}")))?;
        if bytes.len() as u64 > MAX_DOCUMENT {
            return Err(Fault::new("it is larger than 64 MiB; only k6's and vegeta's JSON Lines may be"));
        }
        Ok(bytes)
    }
}

/// Lines, one at a time, in one buffer.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

/// A line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Without its end.
    pub(super) bytes: &'a [u8],
    /// Counted from 1.
    pub(super) number: u64,
    /// Whether its end was there. The last one of a writer that was killed has none.
    pub(super) whole: bool,
}

impl<R: BufRead> Lines<R> {
    /// The next line that is not blank. Compressed data that ends early ends the lines like the end of a file does.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Fault> {
        loop {
            self.buffer.clear();
            self.number += 1;
            let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.buffer);
            match read {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
                Err(error) => return Err(Fault::at(self.number, format!("it cannot be read on from here: {error}"))),
            }
            if self.buffer.is_empty() {
                return Ok(None);
            }
            let whole = self.buffer.ends_with(b"\n");
            if !whole && self.buffer.len() as u64 >= MAX_LINE {
                return Err(Fault::at(self.number, "the line is longer than 16 MiB"));
            }
            let text = self.buffer.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.buffer).trim_ascii();
            if text.is_empty() {
                continue;
            }
            // The borrow checker cannot see that the loop ends here: the range is found first and cut out again.
            let (start, length) = (self.buffer.len() - trimmed_start(&self.buffer).len(), text.len());
            let bytes = self.buffer.get(start..start + length).unwrap_or_default();
            return Ok(Some(Line { bytes, number: self.number, whole }));
        }
    }
}

fn trimmed_start(buffer: &[u8]) -> &[u8] {
    buffer.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(buffer).trim_ascii_start()
}

/// Text as people's tools leave it: UTF-16 where a shell wrote it so, bytes that are no UTF-8 shown as `\xNN`.
pub(super) fn text(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([*pair.first().unwrap_or(&0), *pair.last().unwrap_or(&0)]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => visible(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    }
}

/// Bytes as text: what is no UTF-8 is shown as `\xNN`, so that two names stay two.
pub(super) fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
