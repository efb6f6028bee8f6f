//! The program that judges whether more evidence is needed. Must not know: how it judges.

use std::ffi::OsString;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};

use bench_cli::Interrupt;

use crate::RunnerError;
use crate::child::{self, How};
use crate::log::Log;
use crate::selection::Selection;

/// The most that is read of its answer.
const LONGEST: u64 = 16 << 20;

/// A program that is called with the run's folder as its last argument, and prints `more <benchmark>` for each that needs
/// more rounds, and `confirm <benchmark>` for each that came out changed.
#[derive(Debug, Clone)]
pub struct Decide {
    /// The program.
    pub program: OsString,
    /// What it is given before the folder.
    pub arguments: Vec<OsString>,
}

/// Its answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// Still undecided.
    pub(super) more: Selection,
    /// Changed, and to be measured again.
    pub(super) confirm: Selection,
}

impl Decide {
    /// Asks it. `None` when it was interrupted.
    pub(super) fn ask(
        &self,
        folder: &Path,
        log: &mut Log,
        interrupt: &Interrupt,
    ) -> Result<Option<Answer>, RunnerError> {
        let program = self.program.to_string_lossy().into_owned();
        log.section(&format!("deciding: {program}"))?;
        let file = |source| RunnerError::write(&std::env::temp_dir(), source);
        let mut output = tempfile::tempfile().map_err(file)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(folder).stdin(Stdio::null());
        command.stdout(output.try_clone().map_err(file)?).stderr(log.stdio()?);
        let ended = child::run(command, None, interrupt)?;
        if ended.how != How::ByItself {
            return Ok(None);
        }
        let fail = |reason: String, lines: Vec<String>| RunnerError::Decide {
            program: program.clone(),
            reason,
            lines,
            log: log.path().to_path_buf(),
        };
        if !ended.usage.status.success() {
            return Err(fail(format!("failed ({})", ended.usage.status), log.tail()));
        }
        let mut text = String::new();
        output.rewind().map_err(file)?;
        output.take(LONGEST).read_to_string(&mut text).map_err(|error| fail(error.to_string(), Vec::new()))?;
        parse(&text).map(Some).map_err(|line| fail("printed a line that is no answer".into(), vec![line]))
    }
}

/// Reads an answer, or returns the line that is none.
fn parse(text: &str) -> Result<Answer, String> {
    let mut answer = Answer::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let understood = match line.split_once(' ') {
            Some(("more", name)) => answer.more.add(name),
            Some(("confirm", name)) => answer.confirm.add(name),
            _ => false,
        };
        if !understood {
            return Err(line.chars().take(200).collect());
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_benchmarks_with_all_their_spaces() {
        let answer = parse("more p/t/a group/with spaces\n\nconfirm p/t/b\nmore p/u/c\n").unwrap();
        assert_eq!(answer.more.names().collect::<Vec<_>>(), ["p/t/a group/with spaces", "p/u/c"]);
        assert_eq!(answer.confirm.names().collect::<Vec<_>>(), ["p/t/b"]);
        assert_eq!(parse("").unwrap(), Answer::default());
    }

    #[test]
    fn anything_else_is_no_answer() {
        for line in ["maybe p/t/a", "more", "more p/t", "done"] {
            assert_eq!(parse(line), Err(line.to_owned()));
        }
    }
}
