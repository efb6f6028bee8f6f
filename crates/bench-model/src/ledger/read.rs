//! Reading a whole ledger: a file as `baseline-manager export` writes it, standard input, or a folder of segments. Every line is
//! checked here again, so that what is made of them does not rest on the word of whoever handed them over.
//! Must not know: what the lines are wanted for.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{BadLine, ChainError, ChainProblem, CheckedLines, Entry, Summary};
use crate::file::FileError;
use crate::{Code, Diagnostic, Location};

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
    let mut lines = CheckedLines::default();
    let mut broken = None;
    for file in files(path)? {
        let failed = |source| FileError::Read { path: file.clone(), source };
        let reader: Box<dyn Read> =
            if file == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(&file).map_err(failed)?) };
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let bad = lines.read(&mut reader, &mut |entry| visit(&entry)).map_err(failed)?;
        if let Some(BadLine { line, error }) = bad {
            broken = Some(Broken { path: file, line, error });
            break;
        }
    }
    let summary = lines.so_far();
    if broken.is_none()
        && let Err(error) = lines.finish()
    {
        broken = Some(Broken { path: path.to_path_buf(), line: 1, error });
    }
    Ok(ReadLedger { summary, broken })
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
