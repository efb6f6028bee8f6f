//! Questions to answers over all cores, in order, with a bounded number of them held. Must not know what they are.
//!
//! Each worker takes the next batch of questions, answers it, and hands the answers in. They are written as soon as all
//! earlier ones are; who is too far ahead waits. So the bytes do not depend on how many workers there are.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use bench_model::file::FileError;

use crate::Error;

/// A line without an answer.
#[derive(Debug, serde::Serialize)]
pub(super) struct BadLine {
    /// The line, counted from 1.
    pub(super) line: u64,
    /// What is wrong with it.
    #[serde(rename = "error")]
    pub(super) reason: String,
}

/// How one line is answered.
pub(super) type Answer = Result<Vec<u8>, BadLine>;

/// What has been answered.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    /// Lines with an answer.
    pub(super) good: usize,
    /// Lines without.
    pub(super) bad: usize,
}

/// Answers every question that `next` brings (none are left when it brings an empty list), and writes the answers.
/// A bad line is answered by what is wrong with it and told to `complain`, or stops everything when `strict`.
///
/// # Errors
/// The first error of reading, writing or, when `strict`, of a line; what comes before it is written.
pub(super) fn pump<T, N, A, C>(
    path: &Path,
    strict: bool,
    out: &mut (dyn Write + Send),
    next: N,
    answer: A,
    complain: C,
) -> Result<Tally, Error>
where
    N: FnMut() -> Result<Vec<T>, FileError> + Send,
    A: Fn(T) -> Answer + Sync,
    C: FnMut(&BadLine) + Send,
{
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let input = Mutex::new(Input { next, taken: 0 });
    let writer = Writer {
        path: path.to_path_buf(),
        strict,
        out,
        complain,
        turn: 0,
        early: BTreeMap::new(),
        closed: false,
        failure: None,
        tally: Tally::default(),
    };
    let output = Output { writer: Mutex::new(writer), moved: Condvar::new(), window: workers * 4 };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let _leave = Leave(&output);
                while let Some((number, batch)) = take(&input)
                    && output.hand_in(number, batch.map(|batch| batch.into_iter().map(&answer).collect()))
                {
                }
            });
        }
    });
    let writer = output.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
    writer.failure.map_or(Ok(writer.tally), Err)
}

struct Input<N> {
    next: N,
    taken: u64,
}

/// The next batch and its number; nothing when none are left. After an error nothing is read any more.
fn take<T, N>(input: &Mutex<Input<N>>) -> Option<(u64, Result<Vec<T>, FileError>)>
where
    N: FnMut() -> Result<Vec<T>, FileError>,
{
    let mut input = held(input);
    let batch = (input.next)();
    if batch.as_ref().is_ok_and(Vec::is_empty) {
        return None;
    }
    let number = input.taken;
    input.taken += 1;
    Some((number, batch))
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Output<'a, C> {
    writer: Mutex<Writer<'a, C>>,
    /// The turn moved on, or everything stopped.
    moved: Condvar,
    /// How many batches may wait for their turn.
    window: usize,
}

impl<C: FnMut(&BadLine)> Output<'_, C> {
    /// Takes the answers to a batch, and tells whether to go on.
    fn hand_in(&self, number: u64, answers: Result<Vec<Answer>, FileError>) -> bool {
        let mut writer = held(&self.writer);
        writer.early.insert(number, answers);
        writer.write_what_is_due();
        self.moved.notify_all();
        while !writer.closed && writer.early.len() >= self.window {
            writer = self.moved.wait(writer).unwrap_or_else(PoisonError::into_inner);
        }
        !writer.closed
    }
}

struct Writer<'a, C> {
    path: PathBuf,
    strict: bool,
    out: &'a mut (dyn Write + Send),
    complain: C,
    /// The number of the batch to be written next.
    turn: u64,
    early: BTreeMap<u64, Result<Vec<Answer>, FileError>>,
    closed: bool,
    failure: Option<Error>,
    tally: Tally,
}

impl<C: FnMut(&BadLine)> Writer<'_, C> {
    fn write_what_is_due(&mut self) {
        while !self.closed
            && let Some(answers) = self.early.remove(&self.turn)
        {
            self.turn += 1;
            if let Err(error) = answers.map_err(Error::from).and_then(|answers| self.write(answers)) {
                self.failure = Some(error);
                self.closed = true;
            }
        }
    }

    fn write(&mut self, answers: Vec<Answer>) -> Result<(), Error> {
        let mut text = Vec::new();
        let mut stop = None;
        for answer in answers {
            match answer {
                Ok(bytes) => {
                    self.tally.good += 1;
                    text.extend_from_slice(&bytes);
                }
                Err(bad) if self.strict => {
                    stop = Some(Error::Line { path: self.path.clone(), line: bad.line, reason: bad.reason });
                    break;
                }
                Err(bad) => {
                    self.tally.bad += 1;
                    (self.complain)(&bad);
                    text.extend(serde_json::to_vec(&bad).unwrap_or_default());
                }
            }
            text.push(b'\n');
        }
        let written = self.out.write_all(&text).and_then(|()| self.out.flush());
        written.map_err(|source| FileError::Write { path: "-".into(), source })?;
        stop.map_or(Ok(()), Err)
    }
}

/// A worker that panics must not leave the others waiting for its turn.
struct Leave<'a, 'b, C>(&'a Output<'b, C>);

impl<C> Drop for Leave<'_, '_, C> {
    fn drop(&mut self) {
        if thread::panicking() {
            held(&self.0.writer).closed = true;
            self.0.moved.notify_all();
        }
    }
}
