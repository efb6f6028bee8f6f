//! k6's `--out json`: requests counted one by one, in memory that does not grow with their number.
//! Must not know: where lines come from.

mod declared;
mod points;

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use bench_model::load::{Cut, LoadModel, ThresholdText};

use super::super::draft::{Draft, finite};
use super::super::fault::Fault;
use super::super::source::Lines;
use super::super::tally::Tally;
use super::customs::Customs;
use super::line::Line;
use super::stated::Sort;
use super::summary::dropped_doubt;
use declared::Declared;
use points::in_series;

/// How many lines are looked through for declarations before the first is counted: thresholds there name the tags that keep series
/// apart, and a metric is declared just before its first point, between the points of the first request.
const AHEAD: usize = 512;
/// And how many bytes at most: a line may be long.
const AHEAD_BYTES: usize = 4 << 20;

/// A stream being counted, of one or more files of one run.
#[derive(Debug)]
pub(in super::super) struct Stream {
    tally: Tally,
    customs: Customs,
    declared: Declared,
    undeclared: BTreeSet<String>,
    requests: u64,
    dropped: u64,
    cut: bool,
    span: Option<(i64, i64)>,
    ends: BTreeMap<String, i64>,
    target: Option<String>,
    key: Vec<u8>,
}

impl Stream {
    /// Nothing counted yet. Series are kept apart by the tags of `thresholds`, besides scenario and region.
    pub(in super::super) fn new(thresholds: &[ThresholdText]) -> Self {
        Self {
            tally: Tally::default(),
            customs: Customs::default(),
            declared: Declared::new(thresholds),
            undeclared: BTreeSet::new(),
            requests: 0,
            dropped: 0,
            cut: false,
            span: None,
            ends: BTreeMap::new(),
            target: None,
            key: Vec::new(),
        }
    }

    /// How many requests were counted, those of setup and teardown among them.
    pub(in super::super) const fn requests(&self) -> u64 {
        self.requests
    }

    /// Whether a file of it ended in the middle of a line.
    pub(in super::super) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Counts a file. Those of several instances of one run are counted together.
    pub(in super::super) fn read<R: BufRead>(&mut self, lines: Lines<R>) -> Result<(), Fault> {
        let earlier = self.span.take();
        self.read_all(lines)?;
        match (earlier, self.span) {
            (Some(a), Some(b)) if a.0 > b.1 || b.0 > a.1 => Err(Fault::new(
                "its requests were not sent at the same time as those of the file before: they are of two runs",
            )),
            (Some(a), Some(b)) => {
                self.span = Some((a.0.min(b.0), a.1.max(b.1)));
                Ok(())
            }
            (earlier, span) => {
                self.span = span.or(earlier);
                Ok(())
            }
        }
    }

    fn read_all<R: BufRead>(&mut self, mut lines: Lines<R>) -> Result<(), Fault> {
        for (bytes, number, whole) in self.ahead(&mut lines)? {
            self.line(&bytes, number, whole)?;
        }
        while let Some(line) = lines.next()? {
            self.line(line.bytes, line.number, line.whole)?;
        }
        Ok(())
    }

    /// The first lines, with what they declare learned.
    fn ahead<R: BufRead>(&mut self, lines: &mut Lines<R>) -> Result<Vec<(Vec<u8>, u64, bool)>, Fault> {
        let (mut ahead, mut held) = (Vec::new(), 0);
        while ahead.len() < AHEAD && held < AHEAD_BYTES {
            let Some(line) = lines.next()? else { break };
            if let Ok(line) = serde_json::from_slice::<Line<'_>>(line.bytes) {
                self.declaration(&line);
            }
            held += line.bytes.len();
            ahead.push((line.bytes.to_vec(), line.number, line.whole));
        }
        Ok(ahead)
    }

    fn line(&mut self, bytes: &[u8], number: u64, whole: bool) -> Result<(), Fault> {
        let line: Line<'_> = match serde_json::from_slice(bytes) {
            Ok(line) => line,
            Err(_) if !whole => {
                self.cut = true;
                return Ok(());
            }
            Err(error) => return Err(Fault::at(number, format!("expected a line of k6's JSON output: {error}"))),
        };
        match line.kind.as_ref() {
            "Point" => self.point(&line).map_err(|reason| Fault::at(number, reason)),
            "Metric" => {
                self.declaration(&line);
                Ok(())
            }
            other => {
                Err(Fault::at(number, format!("its type is `{}`; expected `Metric` or `Point`", shortened(other))))
            }
        }
    }

    fn declaration(&mut self, line: &Line<'_>) {
        if line.kind != "Metric" {
            return;
        }
        let sort = line.data.sort.as_ref().and_then(|sort| Sort::of(&sort.0));
        if let Some(sort) = sort.filter(|_| !in_series(&line.metric)) {
            self.customs.declare(&line.metric, sort);
        }
        self.declared.learn(line);
    }

    /// The record.
    pub(in super::super) fn into_draft(self, thresholds: &[ThresholdText]) -> Draft {
        let mut draft = Draft::new("k6");
        draft.load.target = self.target;
        self.declared.finish(&mut draft);
        if self.requests == 0 {
            draft.warnings.push("the stream has no HTTP request".to_owned());
        }
        if !self.undeclared.is_empty() {
            let names: Vec<_> = self.undeclared.iter().map(|name| format!("`{name}`")).collect();
            draft.warnings.push(format!("points of {} come without a declaration and are left out", names.join(", ")));
        }
        if self.dropped > 0 {
            draft.load.doubts.push(dropped_doubt(self.dropped));
        }
        let (zero, end_s) = (self.tally.zero(), self.tally.end_s());
        let since = |end: i64| end.saturating_sub(zero).max(0) as f64 / 1e9;
        draft.ends = self.ends.into_iter().map(|(scenario, end)| (scenario, since(end))).collect();
        if self.cut {
            let reason = "the stream ends in the middle of a line: k6 was killed, or the file is not whole".to_owned();
            draft.load.cut = Some(Cut { at_s: finite(end_s), reason });
        }
        let wanted: Vec<ThresholdText> = self.declared.thresholds().iter().chain(thresholds).cloned().collect();
        self.customs.finish(zero, end_s, &wanted, &mut draft);
        self.tally.into_draft(&mut draft, LoadModel::Unknown);
        draft
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::source::Source;
    use super::*;

    fn declarations(lines: impl Iterator<Item = String>) -> String {
        lines
            .map(|data| format!("{{\"type\":\"Metric\",\"metric\":\"http_req_duration\",\"data\":{{{data}}}}}\n"))
            .collect()
    }

    #[test]
    fn long_lines_are_not_held_by_the_hundred() {
        let text = declarations((0..30).map(|_| format!("\"type\":\"{}\"", "x".repeat(1 << 20))));
        let held = Stream::new(&[]).ahead(&mut Source::new(text.as_bytes()).unwrap().lines()).unwrap();
        let bytes: usize = held.iter().map(|(bytes, ..)| bytes.len()).sum();
        assert!((AHEAD_BYTES..AHEAD_BYTES + (2 << 20)).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_stream_that_declares_without_end_is_bounded_and_says_so() {
        let text = declarations((0..3000).map(|at| {
            format!("\"thresholds\":[\"p(95)<{at}\"],\"submetrics\":[{{\"name\":\"m{{k{at}:v}}\",\"tags\":{{\"k{at}\":\"v\"}}}}]")
        }));
        let mut stream = Stream::new(&[]);
        stream.read(Source::new(text.as_bytes()).unwrap().lines()).unwrap();
        assert_eq!((stream.declared.thresholds().len(), stream.declared.tags().len()), (1000, 50));
        let warnings = stream.into_draft(&[]).warnings;
        assert!(warnings.iter().any(|warning| warning.contains("only the first 1000 thresholds")), "{warnings:?}");
    }
}
