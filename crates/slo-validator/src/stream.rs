//! Verdicts for anybody's data: `compare` for pairs of samples, `detect` for histories. Each question is one line of
//! standard input, each answer one line of standard output, in the same order.
//!
//! Owns: the shapes of input and output, and the flow between them over all cores. Must not know: reports, baselines,
//! thresholds, or how the statistics are done.

mod args;
mod columns;
mod compare;
mod detect;
mod flow;
mod input;
mod number;
mod pair;
mod pair_table;
mod pump;
mod series;
mod series_table;
mod table;

use bench_cli::Context;
use bench_model::Exit;
use flow::Verb;

pub(crate) use args::{CompareArgs, DetectArgs};

use crate::Error;

/// Judges pairs of samples.
///
/// # Errors
/// For input that cannot be read, and with `--strict` for the first bad line.
pub(crate) fn compare(args: &CompareArgs, context: &Context) -> Result<Exit, Error> {
    flow::run(&compare::Compare::new(args), &args.stream, context)
}

/// Finds the changes of level in histories.
///
/// # Errors
/// As [`compare()`].
pub(crate) fn detect(args: &DetectArgs, context: &Context) -> Result<Exit, Error> {
    flow::run(&detect::Detect::new(args), &args.stream, context)
}

/// Answers any bytes in every shape, as `compare` and as `detect`, and gives the answers as JSON. Never panics: it is what
/// a fuzzer feeds.
pub fn answer_anything(bytes: &[u8]) -> Vec<serde_json::Value> {
    fn all<V: Verb>(verb: &V, bytes: &[u8]) -> Vec<serde_json::Value> {
        let mut items = verb.read_columns(bytes);
        items.extend(verb.read_csv(bytes).unwrap_or_default());
        let questions = items.into_iter().flatten().chain(verb.read_json(1, bytes).ok());
        questions.filter_map(|question| serde_json::to_value(verb.answer(question)).ok()).collect()
    }
    let mut answers = all(&compare::Compare::usual(), bytes);
    answers.extend(all(&detect::Detect::usual(), bytes));
    answers
}
