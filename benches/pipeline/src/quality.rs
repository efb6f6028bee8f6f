//! How good the verdicts are, on data whose truth is known because it is made here. Equal seeds give equal tables.

mod found;
mod histories;
mod judged;
pub(crate) mod noise;
mod pairs;
mod share;
mod tables;

use std::fmt::Write as _;
use std::io::Write as _;

use bench_stats::{Series, detect};

use crate::Outcome;
use crate::random::Random;
use found::Found;
use histories::History;
use judged::{Judged, judge};

/// How many pairs are judged for each history: a pair is decided faster, and its errors are rarer.
const PAIRS: u64 = 10;

/// Judges `count` histories, as many tails and ten times as many pairs, and prints how often that was right.
pub(crate) fn run(seed: u64, count: u64) -> Outcome {
    let histories = detected(seed, 1, count, histories::history);
    let tails = detected(seed, 2, count, histories::tail);
    let mut text = String::new();
    writeln!(text, "{count} histories and {count} tails, seed {seed}\n")?;
    tables::found(&mut text, &histories, &tails)?;
    writeln!(text, "\n{} pairs, seed {seed}\n", PAIRS * count)?;
    let mut judged = Judged::default();
    for item in 0..PAIRS * count {
        let pair = pairs::pair(&mut Random::of_item(seed, 3, item));
        judged.add(&pair, judge(&pair));
    }
    tables::judged(&mut text, &judged)?;
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

fn detected(seed: u64, set: u64, count: u64, make: fn(&mut Random) -> History) -> Found {
    let mut score = Found::default();
    for item in 0..count {
        let history = make(&mut Random::of_item(seed, set, item));
        let said = detect(Series { values: &history.values, groups: None });
        let places: Vec<usize> = said.changes.iter().map(|change| change.index).collect();
        score.add(&history, &places);
    }
    score
}
