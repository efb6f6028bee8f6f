//! The flow that both verbs share: open, tell the shape, answer line by line, count what was bad.

use std::io::{self, IsTerminal};
use std::path::Path;

use bench_cli::Context;
use bench_cli::words::count;
use bench_model::{Exit, Failure};
use serde::Serialize;

use super::args::StreamArgs;
use super::input::{Line, Shape, Source};
use super::pump::{Answer, BadLine, pump};
use crate::Error;

/// How many bad lines are described on standard error. All of them are answered on standard output.
const DESCRIBED: u64 = 20;
/// How many questions of a table one worker takes at a time.
const BATCH: usize = 8;

/// Questions of a table, in the order in which they begin, with the rows between them that cannot be read.
pub(super) type Items<Q> = Vec<Result<Q, BadLine>>;

/// A verb: what a question looks like in each shape, and how it is answered. Pure.
pub(super) trait Verb: Sync {
    /// What is asked in one line.
    type Question: Send;
    /// What is said in one line.
    type Answer: Serialize;

    /// Reads a line of JSON; the number is that of the line, from 1.
    fn read_json(&self, number: u64, json: &[u8]) -> Result<Self::Question, String>;
    /// Reads a table with a header; an error means the whole table.
    fn read_csv(&self, bytes: &[u8]) -> Result<Items<Self::Question>, String>;
    /// Reads columns.
    fn read_columns(&self, bytes: &[u8]) -> Items<Self::Question>;
    /// Answers a question.
    fn answer(&self, question: Self::Question) -> Self::Answer;
}

/// Runs a verb.
pub(super) fn run<V: Verb>(verb: &V, args: &StreamArgs, context: &Context) -> Result<Exit, Error> {
    let path = args.file.as_path();
    if path == Path::new("-") && io::stdin().is_terminal() {
        context.say("reading standard input; end it with Ctrl-D, or see --help");
    }
    let answer_item = |item: Result<V::Question, BadLine>| item.and_then(|question| answer(verb, question));
    match Source::open(path)?.shape(args.input)? {
        Shape::Lines(mut source) => {
            let ask = |line: Line| question(verb, &line).and_then(|question| answer(verb, question));
            finish(context, args, || source.batch(), ask)
        }
        Shape::Csv(bytes) => {
            let items = verb.read_csv(&bytes).map_err(|reason| Error::Table { path: path.to_path_buf(), reason })?;
            drop(bytes);
            let mut items = items.into_iter();
            finish(context, args, || Ok(items.by_ref().take(BATCH).collect()), answer_item)
        }
        Shape::Columns(bytes) => {
            let mut items = verb.read_columns(&bytes).into_iter();
            drop(bytes);
            finish(context, args, || Ok(items.by_ref().take(BATCH).collect()), answer_item)
        }
    }
}

fn finish<T, N, A>(context: &Context, args: &StreamArgs, next: N, answer: A) -> Result<Exit, Error>
where
    N: FnMut() -> Result<Vec<T>, bench_model::file::FileError> + Send,
    A: Fn(T) -> Answer + Sync,
{
    let mut described = 0;
    let complain = |bad: &BadLine| {
        described += 1;
        if described <= DESCRIBED {
            let error = Error::Line { path: args.file.clone(), line: bad.line, reason: bad.reason.clone() };
            context.report(&error.diagnostic());
        }
    };
    let tally = pump(&args.file, args.strict, &mut io::stdout(), next, answer, complain)?;
    if tally.bad == 0 {
        if tally.good == 0 {
            context.warn("no question was read: the input is empty, or a header alone; --help shows the shapes");
        }
        return Ok(Exit::Done);
    }
    let bad = count(tally.bad, "bad line", "bad lines");
    context.warn(format!("{bad} beside {}", count(tally.good, "answer", "answers")));
    Ok(Exit::Failed)
}

fn question<V: Verb>(verb: &V, line: &Line) -> Result<V::Question, BadLine> {
    let Some(bytes) = &line.bytes else {
        return Err(BadLine { line: line.number, reason: "longer than 256 MiB".into() });
    };
    verb.read_json(line.number, bytes).map_err(|reason| BadLine { line: line.number, reason })
}

fn answer<V: Verb>(verb: &V, question: V::Question) -> Answer {
    // Writing to memory cannot fail, and answers have no keys that JSON could not hold.
    Ok(serde_json::to_vec(&verb.answer(question)).unwrap_or_default())
}
