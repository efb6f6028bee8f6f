//! The ledger as it lies, for those who check it themselves: every byte of every segment, in order, whether or not the
//! chain holds.
//! Must not know: where segments are stored.

use std::io::{self, BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use bench_model::Sha256;
use bench_model::file::{FileError, write_with};
use bench_model::ledger::{Chain, ChainError, ChainProblem, Line, MAX_LINE, read_line};

use crate::segment::Segment;
use crate::store::Visitor;
use crate::{Error, Store};

/// What was exported, and what was found on the way.
#[derive(Debug, serde::Serialize)]
pub struct Exported {
    /// Whether the whole chain holds, and nothing else lies among the segments.
    pub holds: bool,
    /// The SHA-256 of the last line that holds; 64 zeros when the first one does not.
    pub head: Sha256,
    /// Lines that hold, from the first on.
    pub lines: u64,
    /// Everything that was written, in bytes.
    pub bytes: u64,
    /// The first file that is no segment, and the first line that does not hold.
    #[serde(skip)]
    pub findings: Vec<Error>,
}

/// Writes every line of a ledger to a file (`-`: standard output), byte for byte and segment after segment. A chain that
/// does not hold is no error here but a finding. A file is written beside, synced and renamed.
///
/// # Errors
/// [`Error::Flag`] when the file would become a part of the ledger, [`Error::Nothing`] for a ledger without a byte unless that is
/// allowed, and what reading and writing can fail with. The file that stood there before is untouched then.
pub fn export(store: &Store, out: &Path, allow_empty: bool) -> Result<Exported, Error> {
    let copy = |to: &mut dyn Write| {
        let mut copy = Copy { to, out, chain: Chain::default(), bytes: 0, first: None, foreign: None, broken: None };
        store.visit(&mut copy)?;
        copy.to.flush().map_err(unwritable(out))?;
        copy.finish(store, allow_empty)
    };
    if out == Path::new("-") {
        return copy(&mut BufWriter::with_capacity(1 << 16, io::stdout().lock()));
    }
    if store.holds(out) {
        let reason = format!("{} lies in the ledger's own folder, where it would pass for a part of it", out.display());
        return Err(Error::Flag { flag: "out", reason });
    }
    let mut copied = None;
    let written = write_with(out, |to| match copied.insert(copy(to)) {
        Ok(_) => Ok(()),
        // The reason is told from `copied`.
        Err(_) => Err(io::ErrorKind::Other.into()),
    });
    match (copied, written) {
        (Some(Err(error)), _) => Err(error),
        (_, Err(error)) => Err(error.into()),
        (Some(Ok(exported)), Ok(())) => Ok(exported),
        (None, Ok(())) => Err(Error::Nothing { verb: "export", place: store.to_string() }),
    }
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> Error + use<'_> {
    |source| FileError::Write { path: path.to_path_buf(), source }.into()
}

/// A ledger on its way out.
struct Copy<'a> {
    to: &'a mut dyn Write,
    out: &'a Path,
    chain: Chain,
    bytes: u64,
    /// The segment that the first line stands in.
    first: Option<PathBuf>,
    foreign: Option<Error>,
    broken: Option<Error>,
}

impl Copy<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        self.to.write_all(bytes).map_err(unwritable(self.out))
    }

    /// Copies lines up to the first that does not hold, and that one.
    fn lines(&mut self, place: &Path, reader: &mut dyn BufRead) -> Result<(), Error> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let unreadable = |source| FileError::Read { path: place.to_path_buf(), source };
            let end = read_line(reader, &mut line, MAX_LINE).map_err(unreadable)?;
            let at = |seq, problem| Err(ChainError { seq, problem });
            let checked = match end {
                Line::End => break,
                Line::Whole => self.chain.check(&line).map(drop),
                Line::Torn => at(self.chain.next_seq(), ChainProblem::Torn),
                Line::TooLong => at(self.chain.next_seq(), ChainProblem::TooLong { limit: MAX_LINE }),
            };
            if end == Line::Whole {
                line.push(b'\n');
            }
            self.put(&line)?;
            self.first.get_or_insert_with(|| place.to_path_buf());
            if let Err(source) = checked {
                self.broken = Some(Error::broken(place, number, source));
                break;
            }
        }
        Ok(())
    }

    fn finish(self, store: &Store, allow_empty: bool) -> Result<Exported, Error> {
        let Self { chain, bytes, first, foreign, mut broken, .. } = self;
        if bytes == 0 && !(allow_empty && foreign.is_none()) {
            let nothing = || Error::Nothing { verb: "export", place: store.to_string() };
            return Err(foreign.unwrap_or_else(nothing));
        }
        let summary = chain.so_far();
        if bytes > 0
            && let (None, Err(source)) = (&broken, chain.finish())
        {
            broken = Some(Error::broken(&first.unwrap_or_default(), 1, source));
        }
        let findings: Vec<_> = foreign.into_iter().chain(broken.map(Error::answered)).collect();
        Ok(Exported { holds: findings.is_empty(), head: summary.head, lines: summary.lines, bytes, findings })
    }
}

impl Visitor for Copy<'_> {
    fn foreign(&mut self, place: PathBuf) -> Result<(), Error> {
        self.foreign.get_or_insert(Error::Foreign { place });
        Ok(())
    }

    fn segment(&mut self, _: Segment, place: &Path, reader: &mut dyn BufRead) -> Result<(), Error> {
        if self.broken.is_none() {
            self.lines(place, reader)?;
        }
        // Behind what does not hold nothing is checked, and everything is copied. Before it nothing is left here.
        loop {
            let bytes = match reader.fill_buf() {
                Ok([]) => return Ok(()),
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(FileError::Read { path: place.to_path_buf(), source }.into()),
            };
            let length = bytes.len();
            self.put(bytes)?;
            reader.consume(length);
        }
    }
}
