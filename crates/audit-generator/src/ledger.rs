//! Reading a ledger's lines: a file as `baseline-manager export` writes it, standard input, or a folder of segments. Every line is
//! checked here again, so that a report does not rest on the word of whoever handed it the lines.
//! Must not know: what the lines are wanted for.

mod batch;

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use bench_model::file::FileError;
use bench_model::ledger::{Chain, ChainError, ChainProblem, Entry, Summary};
use bench_model::{Code, Diagnostic, Location};

use batch::{Batch, Behind};

/// The longest line that is read, in bytes; `baseline-manager` writes no longer one.
const MAX_LINE: u64 = 16 << 20;

/// A ledger that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLedger {
    /// What the good lines amount to.
    pub summary: Summary,
    /// The first line that does not hold; nothing behind it was read.
    pub broken: Option<Broken>,
}

/// The first line that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: PathBuf,
    /// Its line, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub error: ChainError,
}

impl Broken {
    /// The finding as people and programs are told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let hint = match &self.error.problem {
            ChainProblem::Unexplained { .. } => {
                "what was written holds the lines from there on, and not those before; compare with a copy of the ledger \
                 or a head seen earlier"
            }
            ChainProblem::Malformed(_)
            | ChainProblem::NotCanonical
            | ChainProblem::Hash { .. }
            | ChainProblem::Sequence { .. }
            | ChainProblem::Prev { .. }
            | ChainProblem::TooLong { .. }
            | ChainProblem::Torn => {
                "what was written holds the lines before it; compare with a copy of the ledger or a head seen earlier"
            }
        };
        Diagnostic {
            code: Code::Ledger,
            message: format!("the chain does not hold at {}", self.error),
            location: Some(Location::line(&self.path, self.line)),
            hint: hint.into(),
        }
    }
}

/// Shows each good line to `visit`, up to the first that does not hold. `path` is a file, `-`, or a folder with segments
/// (`2026-11.jsonl`).
///
/// # Errors
/// When something cannot be read, or a folder holds no segment: it is the wrong one. A chain that does not hold is no error here: it is a finding.
pub fn read_ledger(path: &Path, visit: &mut dyn FnMut(&Entry)) -> Result<ReadLedger, FileError> {
    let mut chain = Chain::default();
    let mut batch = Batch::default();
    let mut broken = None;
    for file in files(path)? {
        let failed = |source| FileError::Read { path: file.clone(), source };
        let reader: Box<dyn Read> =
            if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(&file).map_err(failed)?) };
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        if let Some((line, error)) = read_file(&mut reader, &mut batch, &mut chain, visit).map_err(failed)? {
            broken = Some(Broken { path: file, line, error });
            break;
        }
    }
    let summary = chain.so_far();
    if broken.is_none()
        && let Err(error) = chain.finish()
    {
        broken = Some(Broken { path: path.to_path_buf(), line: 1, error });
    }
    Ok(ReadLedger { summary, broken })
}

/// Reads a file to its end or to the first line that does not hold, which is given with its number.
fn read_file(
    reader: &mut dyn BufRead,
    batch: &mut Batch,
    chain: &mut Chain,
    visit: &mut dyn FnMut(&Entry),
) -> io::Result<Option<(u64, ChainError)>> {
    let mut number = 0;
    loop {
        let behind = batch.fill(reader, MAX_LINE)?;
        for parsed in batch.parse() {
            number += 1;
            let seq = chain.next_seq();
            let checked = parsed.map_err(|problem| ChainError { seq, problem });
            match checked.and_then(|entry| chain.link(&entry).map(|()| entry)) {
                Ok(entry) => visit(&entry),
                Err(error) => return Ok(Some((number, error))),
            }
        }
        let problem = match behind {
            Behind::More => continue,
            Behind::End => return Ok(None),
            Behind::Torn => ChainProblem::Torn,
            Behind::TooLong => ChainProblem::TooLong { limit: MAX_LINE },
        };
        return Ok(Some((number + 1, ChainError { seq: chain.next_seq(), problem })));
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let failed = |source| FileError::Read { path: path.to_path_buf(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().extension().is_some_and(|extension| extension == "jsonl") {
            files.push(entry.path());
        }
    }
    if files.is_empty() {
        return Err(failed(io::Error::new(ErrorKind::NotFound, "the folder holds no segment, such as 2026-11.jsonl")));
    }
    // Months order as their names do.
    files.sort();
    Ok(files)
}
