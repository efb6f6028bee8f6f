//! The program that judges whether more evidence is needed. Must not know: how it judges.

use std::ffi::OsString;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_cli::Interrupt;

use crate::RunnerError;
use crate::child::{self, How};
use crate::log::Log;
use crate::selection::Selection;

/// How long it may take at least, however little of the time budget is left.
const PATIENCE: Duration = Duration::from_secs(60);

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
    /// Asks it about the benchmarks that are `known`, and waits for an answer until the `deadline`. `None` when it was
    /// interrupted.
    pub(super) fn ask(
        &self,
        folder: &Path,
        known: &dyn Fn(&str) -> bool,
        log: &mut Log,
        (deadline, interrupt): (Instant, &Interrupt),
    ) -> Result<Option<Answer>, RunnerError> {
        let program = self.program.to_string_lossy().into_owned();
        log.section(&format!("deciding: {program}"))?;
        let file = |source| RunnerError::write(&std::env::temp_dir(), source);
        let mut output = tempfile::tempfile().map_err(file)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(folder).stdin(Stdio::null());
        command.stdout(output.try_clone().map_err(file)?).stderr(log.stdio()?);
        let ended = child::run(command, Some(deadline), interrupt)?;
        let fail = |reason: String, lines: Vec<String>| RunnerError::Decide {
            program: program.clone(),
            reason,
            lines,
            log: log.path().to_path_buf(),
        };
        match ended.how {
            How::ByItself => {}
            How::Interrupted => return Ok(None),
            How::TimedOut => {
                return Err(fail(format!("had not answered after {} s", ended.wall.as_secs()), log.tail()));
            }
        }
        if !ended.usage.status.success() {
            return Err(fail(format!("failed ({})", ended.usage.status), log.tail()));
        }
        let mut text = String::new();
        output.rewind().map_err(file)?;
        output.take(LONGEST).read_to_string(&mut text).map_err(|error| fail(error.to_string(), Vec::new()))?;
        parse(&text, known).map(Some).map_err(|(what, line)| fail(what.into(), vec![line]))
    }
}

/// Until when an answer is waited for, when nothing runs beyond `hard`.
pub(super) fn deadline(hard: Instant, now: Instant) -> Instant {
    hard.max(now + PATIENCE)
}

/// Reads an answer, or returns what is wrong, and the line in which it is.
fn parse(text: &str, known: &dyn Fn(&str) -> bool) -> Result<Answer, (&'static str, String)> {
    let wrong = |what, line: &str| (what, line.chars().take(200).collect());
    let mut answer = Answer::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (picked, name) = match line.split_once(' ') {
            Some(("more", name)) => (&mut answer.more, name),
            Some(("confirm", name)) => (&mut answer.confirm, name),
            _ => return Err(wrong("printed a line that is no answer", line)),
        };
        if !picked.add(name) {
            return Err(wrong("printed a line that is no answer", line));
        }
        // It would be asked about this one again and again, and nothing would run in between.
        if !known(name) {
            return Err(wrong("named a benchmark that neither side has", line));
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_benchmarks_with_all_their_spaces() {
        let text = "more p/t/a group/with spaces\n\nconfirm p/t/b\nmore p/u/c\n";
        let answer = parse(text, &|_| true).unwrap();
        assert_eq!(answer.more.names().collect::<Vec<_>>(), ["p/t/a group/with spaces", "p/u/c"]);
        assert_eq!(answer.confirm.names().collect::<Vec<_>>(), ["p/t/b"]);
        assert_eq!(parse("", &|_| true).unwrap(), Answer::default());
    }

    #[test]
    fn anything_else_is_no_answer() {
        for line in ["maybe p/t/a", "more", "more p/t", "done"] {
            assert_eq!(parse(line, &|_| true), Err(("printed a line that is no answer", line.to_owned())));
        }
    }

    #[test]
    fn a_name_that_nobody_knows_is_no_answer() {
        let known = |name: &str| name == "p/t/a";
        assert!(parse("more p/t/a\nconfirm p/t/a", &known).is_ok());
        for line in ["more p/u/a", "confirm p/t/b"] {
            assert_eq!(
                parse(&format!("more p/t/a\n{line}"), &known),
                Err(("named a benchmark that neither side has", line.to_owned()))
            );
        }
    }

    #[test]
    fn an_answer_is_waited_for_until_the_end_and_a_minute_at_least() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        assert_eq!([deadline(after(90), now), deadline(after(1), now)], [after(90), after(60)]);
    }

    #[test]
    fn a_program_that_never_answers_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(&folder.path().join("log")).unwrap();
        let arguments = ["-c", "echo still thinking >&2; sleep 600"].map(OsString::from).to_vec();
        let decide = Decide { program: "sh".into(), arguments };
        let begun = Instant::now();
        let limits = (begun + Duration::from_millis(300), &Interrupt::default());
        let error = decide.ask(folder.path(), &|_| true, &mut log, limits).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("had not answered after 0 s\n  | still thinking"), "{text}");
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
