//! Pairs of samples in tables.

use std::collections::BTreeMap;

use super::columns::{parsed, rows};
use super::flow::Items;
use super::pair::{Defaults, Pair};
use super::pump::BadLine;
use super::series::Id;
use super::table::{Groups, Row, Table, UNNAMED};

/// Reads a table with the columns side and value, and perhaps id, run, paired and `higher_is_better`.
pub(super) fn from_csv(bytes: &[u8], defaults: Defaults) -> Result<Items<Pair>, String> {
    let table = Table::open(bytes)?;
    let needed = |name: &str| {
        table.column(&[name]).ok_or_else(|| format!("no column is named `{name}`; a pair needs `side` and `value`"))
    };
    let columns = Columns {
        side: needed("side")?,
        value: needed("value")?,
        id: table.column(&["id"]),
        run: table.column(&["run"]),
        paired: table.column(&["paired"]),
        higher_is_better: table.column(&["higher_is_better"]),
    };
    let mut groups: Groups<Sides> = Groups::new();
    for row in table.rows() {
        let added =
            row.and_then(|row| add(&mut groups, &columns, &row).map_err(|reason| BadLine { line: row.line, reason }));
        if let Err(bad) = added {
            groups.bad(bad);
        }
    }
    Ok(groups.finish(|id, sides| sides.pair(id, defaults)))
}

/// Reads lines of two numbers: run i of the baseline and of the candidate.
pub(super) fn from_columns(bytes: &[u8], defaults: Defaults) -> Items<Pair> {
    let mut groups: Groups<Sides> = Groups::new();
    for row in rows(bytes) {
        let added = row.and_then(|row| {
            let bad = |reason| BadLine { line: row.line, reason };
            let &[baseline, candidate] = row.fields.as_slice() else {
                return Err(bad(format!("{} columns, where baseline and candidate are wanted", row.fields.len())));
            };
            let (baseline, candidate) = (parsed(baseline).map_err(bad)?, parsed(candidate).map_err(bad)?);
            let sides = groups.group(UNNAMED, row.line);
            sides.baseline.add(None, baseline);
            sides.candidate.add(None, candidate);
            Ok(())
        });
        if let Err(bad) = added {
            groups.bad(bad);
        }
    }
    groups.finish(|id, sides| sides.pair(id, defaults))
}

struct Columns {
    side: usize,
    value: usize,
    id: Option<usize>,
    run: Option<usize>,
    paired: Option<usize>,
    higher_is_better: Option<usize>,
}

fn add(groups: &mut Groups<Sides>, columns: &Columns, row: &Row) -> Result<(), String> {
    let value = row.number(columns.value)?;
    let paired = row.flag(columns.paired)?;
    let higher_is_better = row.flag(columns.higher_is_better)?;
    let run = columns.run.map(|run| row.text(Some(run)));
    if run == Some("") {
        return Err("the run has no name".into());
    }
    let side = row.text(Some(columns.side));
    let is_baseline = match side.to_ascii_lowercase().as_str() {
        "baseline" | "base" => true,
        "candidate" | "head" => false,
        _ => return Err(format!("the side is `{}`, neither baseline nor candidate", side.escape_debug())),
    };
    let sides = groups.group(row.text(columns.id), row.line);
    say(&mut sides.paired, paired, "paired")?;
    say(&mut sides.higher_is_better, higher_is_better, "higher_is_better")?;
    if is_baseline { &mut sides.baseline } else { &mut sides.candidate }.add(run, value);
    Ok(())
}

/// Keeps what rows of one id say, and refuses those that contradict the ones before.
fn say(known: &mut Option<bool>, said: Option<bool>, what: &str) -> Result<(), String> {
    if let (Some(known), Some(said)) = (*known, said)
        && known != said
    {
        return Err(format!("{what} is {said} here and {known} above, for the same id"));
    }
    *known = known.or(said);
    Ok(())
}

#[derive(Default)]
struct Sides {
    baseline: Side,
    candidate: Side,
    paired: Option<bool>,
    higher_is_better: Option<bool>,
}

impl Sides {
    fn pair(self, id: String, defaults: Defaults) -> Result<Pair, String> {
        let paired = self.paired.unwrap_or(defaults.paired);
        let candidate = if paired { self.candidate.in_the_order_of(&self.baseline)? } else { self.candidate.runs };
        Pair {
            id: Id::Text(id),
            baseline: self.baseline.runs,
            candidate,
            paired,
            higher_is_better: self.higher_is_better.unwrap_or(defaults.higher_is_better),
        }
        .checked()
    }
}

/// The runs of one side, in the order in which they begin.
#[derive(Default)]
struct Side {
    runs: Vec<Vec<f64>>,
    /// Where the runs with a name are.
    named: BTreeMap<String, usize>,
}

impl Side {
    fn add(&mut self, run: Option<&str>, value: f64) {
        let known = run.and_then(|name| self.named.get(name)).copied();
        if let Some(samples) = known.and_then(|place| self.runs.get_mut(place)) {
            samples.push(value);
            return;
        }
        if let Some(name) = run {
            self.named.insert(name.to_owned(), self.runs.len());
        }
        self.runs.push(vec![value]);
    }

    /// The runs by name, as the partner of each run of the other side.
    fn in_the_order_of(mut self, other: &Self) -> Result<Vec<Vec<f64>>, String> {
        if let Some(name) = other.named.keys().find(|name| !self.named.contains_key(*name)) {
            return Err(format!("paired, but run `{}` is on the baseline's side only", name.escape_debug()));
        }
        if let Some(name) = self.named.keys().find(|name| !other.named.contains_key(*name)) {
            return Err(format!("paired, but run `{}` is on the candidate's side only", name.escape_debug()));
        }
        if self.named.is_empty() {
            return Ok(self.runs);
        }
        let mut ordered = vec![Vec::new(); self.runs.len()];
        for (name, place) in &other.named {
            let from = self.named.get(name).and_then(|place| self.runs.get_mut(*place));
            if let (Some(to), Some(from)) = (ordered.get_mut(*place), from) {
                std::mem::swap(to, from);
            }
        }
        Ok(ordered)
    }
}
