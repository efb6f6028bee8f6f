//! k6's `--out json`: requests counted one by one, in memory that does not grow with their number.
//! Must not know: where lines come from.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use bench_model::load::{Cut, ITERATIONS, LoadModel, Threshold, ThresholdText};
use jiff::Timestamp;
use serde_json::Value;

use super::super::draft::{Draft, finite};
use super::super::fault::Fault;
use super::super::kind::{is_accepted, name, of_k6_code, origin};
use super::super::source::Lines;
use super::super::tally::{Hit, Stage, Tally};
use super::customs::Customs;
use super::line::{Data, Line, Tags};
use super::stated::Sort;
use super::summary::{add_threshold, dropped_doubt};

/// How many lines are looked through for declarations before the first is counted: thresholds there name the tags that keep series
/// apart, and a metric is declared just before its first point, between the points of the first request.
const AHEAD: usize = 512;
/// What the scripts of load-runner tell beside: of each request whether it failed, by its status or a check; and when the run began, in
/// ms since 1970.
const FAILED: &str = "perfledger_failed";
const BEGUN: &str = "perfledger_begun";
/// Scenarios whose ends are told; k6's scripts have a few.
const MAX_ENDS: usize = 1000;

/// A stream being counted, of one or more files of one run.
#[derive(Debug)]
pub(in super::super) struct Stream {
    tally: Tally,
    customs: Customs,
    thresholds: Vec<ThresholdText>,
    hidden: BTreeSet<String>,
    split_by: BTreeSet<String>,
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
        let mut stream = Self {
            tally: Tally::default(),
            customs: Customs::default(),
            thresholds: Vec::new(),
            hidden: BTreeSet::new(),
            split_by: BTreeSet::new(),
            undeclared: BTreeSet::new(),
            requests: 0,
            dropped: 0,
            cut: false,
            span: None,
            ends: BTreeMap::new(),
            target: None,
            key: Vec::new(),
        };
        for threshold in thresholds {
            if let Ok(threshold) = Threshold::parse(threshold) {
                stream.split_by(threshold.selector.tags.keys().map(String::as_str));
            }
        }
        stream
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
        let mut ahead: Vec<(Vec<u8>, u64, bool)> = Vec::new();
        while ahead.len() < AHEAD {
            let Some(line) = lines.next()? else { break };
            if let Ok(line) = serde_json::from_slice::<Line<'_>>(line.bytes) {
                self.declaration(&line);
            }
            ahead.push((line.bytes.to_vec(), line.number, line.whole));
        }
        for (bytes, number, whole) in ahead {
            self.line(&bytes, number, whole)?;
        }
        while let Some(line) = lines.next()? {
            self.line(line.bytes, line.number, line.whole)?;
        }
        Ok(())
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
        let Data { sort, thresholds, submetrics, .. } = &line.data;
        if let Some(sort) = sort.as_ref().and_then(|sort| Sort::of(&sort.0)).filter(|_| !in_series(&line.metric)) {
            self.customs.declare(&line.metric, sort);
        }
        for threshold in thresholds.iter().flatten() {
            let expression = threshold.as_str().or_else(|| threshold.get("threshold")?.as_str());
            if let Some(expression) = expression {
                // What the scripts of load-runner count is what a record calls a failure.
                let metric = match line.metric.strip_prefix(FAILED) {
                    Some(rest) => format!("http_req_failed{rest}"),
                    None => line.metric.to_string(),
                };
                let threshold = ThresholdText { metric, expression: expression.to_owned() };
                if !self.thresholds.contains(&threshold) {
                    self.thresholds.push(threshold);
                }
            }
        }
        for submetric in submetrics.iter().flatten() {
            let name = submetric.get("name").and_then(Value::as_str).unwrap_or_default();
            // k6 makes this one by itself; others exist because a threshold names them.
            if name != "http_req_duration{expected_response:true}" && !name.is_empty() {
                self.hidden.insert(name.to_owned());
                let tags = submetric.get("tags").and_then(Value::as_object);
                let keys: Vec<String> = tags.into_iter().flat_map(|tags| tags.keys().cloned()).collect();
                self.split_by(keys.iter().map(String::as_str));
            }
        }
    }

    fn split_by<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        // The first ones are always kept apart or are no tags of a request; a tag with a value for each request would be a series each.
        let kept = ["name", "scenario", "region", "check", "phase", "url", "error"];
        self.split_by.extend(keys.filter(|key| !kept.contains(key)).map(str::to_owned));
    }

    fn point(&mut self, line: &Line<'_>) -> Result<(), String> {
        let nothing = Tags::default();
        let tags = line.data.tags.as_ref().unwrap_or(&nothing);
        let Some(value) = line.data.value.filter(|value| value.is_finite()) else { return Ok(()) };
        let metric = line.metric.as_ref();
        let stage = match tags.group.as_deref().map(|group| (group, tags.scenario.is_none())) {
            Some((group, true)) if group.starts_with("::setup") => Stage::Setup,
            Some((group, true)) if group.starts_with("::teardown") => Stage::Teardown,
            _ => Stage::Run,
        };
        if let Some(part) = part(metric) {
            if status(tags).is_some() {
                let row = self.row(tags, stage);
                if let Some(row) = self.tally.row_mut(row) {
                    row.parts.entry(part).or_default().record(nanoseconds(value));
                }
            }
            return Ok(());
        }
        // Each is told by the points of `http_req_duration` as well, with tags.
        if matches!(metric, "http_reqs" | "http_req_failed") {
            return Ok(());
        }
        let time = || -> Result<i64, String> {
            let time = line.data.time.as_ref().ok_or("the point has no `time`")?;
            let time: Timestamp = time.0.parse().map_err(|_| "its `time` is no time in RFC 3339")?;
            i64::try_from(time.as_nanosecond()).map_err(|_| "its `time` lies too far away".to_owned())
        };
        match metric {
            "http_req_duration" => self.request(tags, stage, time()?, nanoseconds(value)),
            _ if stage != Stage::Run => {}
            BEGUN => {
                if (0.0..9e12).contains(&value) {
                    self.tally.happened(stage, (value * 1e6) as i64, time()?);
                }
            }
            FAILED => {
                let time = time()?;
                self.ended(tags, time);
                // The others are known by their statuses.
                if value != 0.0 && tags.get("failure") == Some("check") {
                    let row = self.row(tags, stage);
                    self.tally.refuse(row, time, tags.region.as_deref());
                }
            }
            "checks" => {
                self.tally.happened(stage, time()?, time()?);
                // A check that says which request it looked at belongs to that.
                let row = if tags.name.is_some() { self.row(tags, stage) } else { self.iterations(tags) };
                if let (Some(row), Some(check)) = (self.tally.row_mut(row), tags.check.as_deref()) {
                    // Names are few in sane scripts; one with a value in each must not fill the memory.
                    if row.checks.len() < 1000 || row.checks.contains_key(check) {
                        let count = row.checks.entry(check.to_owned()).or_default();
                        *(if value == 0.0 { &mut count.failed } else { &mut count.passed }) += 1;
                    }
                }
            }
            "dropped_iterations" => {
                self.tally.happened(stage, time()?, time()?);
                self.dropped = self.dropped.saturating_add(value as u64);
                let row = self.iterations(tags);
                if let Some(row) = self.tally.row_mut(row) {
                    row.unsent = row.unsent.saturating_add(value as u64);
                }
            }
            _ => {
                let time = time()?;
                if metric == "vus" {
                    self.tally.users(time, value as u64);
                } else if metric != "vus_max" {
                    self.tally.happened(stage, time, time);
                }
                if !self.customs.point(metric, time, value) && self.undeclared.len() < 20 {
                    self.undeclared.insert(shortened(metric));
                }
            }
        }
        Ok(())
    }

    fn request(&mut self, tags: &Tags<'_>, stage: Stage, end: i64, took: u64) {
        self.requests += 1;
        if self.target.is_none() {
            self.target = tags.url.as_deref().and_then(origin);
        }
        let status = status(tags);
        let row = self.row(tags, stage);
        // k6 stamps a request when it ends.
        let start = end.saturating_sub(i64::try_from(took).unwrap_or(i64::MAX));
        self.span = Some(self.span.map_or((start, end), |(from, to)| (from.min(start), to.max(end))));
        let hit = Hit { start, took, status, failure: failure(tags, status), region: tags.region.as_deref() };
        self.tally.hit(row, hit);
        if stage == Stage::Run {
            self.ended(tags, end);
        }
    }

    /// Notes that something of a scenario happened.
    fn ended(&mut self, tags: &Tags<'_>, at: i64) {
        let Some(scenario) = tags.scenario.as_deref() else { return };
        if let Some(end) = self.ends.get_mut(scenario) {
            *end = at.max(*end);
        } else if self.ends.len() < MAX_ENDS {
            self.ends.insert(scenario.to_owned(), at);
        }
    }

    fn row(&mut self, tags: &Tags<'_>, stage: Stage) -> usize {
        // Shortened before rows are told apart: names that differ only in what is not kept are one row.
        let request = name(tags.name.as_deref().or(tags.url.as_deref()).unwrap_or("(unnamed)"));
        self.key.clear();
        self.key.push(stage as u8);
        for part in [Some(request.as_ref()), tags.scenario.as_deref(), tags.region.as_deref()] {
            push(&mut self.key, part);
        }
        for key in &self.split_by {
            push(&mut self.key, tags.get(key));
        }
        let split_by = &self.split_by;
        self.tally.row(&self.key, stage, || {
            let mut kept = scenario_tags(tags);
            let further = split_by.iter().filter_map(|key| Some((key.clone(), tags.get(key)?.to_owned())));
            kept.extend(further);
            (request.into_owned(), kept)
        })
    }

    fn iterations(&mut self, tags: &Tags<'_>) -> usize {
        self.key.clear();
        self.key.push(u8::MAX);
        for part in [tags.scenario.as_deref(), tags.region.as_deref()] {
            push(&mut self.key, part);
        }
        self.tally.row(&self.key, Stage::Run, || (ITERATIONS.to_owned(), scenario_tags(tags)))
    }

    /// The record.
    pub(in super::super) fn into_draft(self, thresholds: &[ThresholdText]) -> Draft {
        let mut draft = Draft::new("k6");
        draft.load.target = self.target;
        for threshold in &self.thresholds {
            add_threshold(&mut draft, threshold);
        }
        if self.requests == 0 {
            draft.warnings.push("the stream has no HTTP request".to_owned());
        }
        if !self.hidden.is_empty() {
            let names: Vec<_> = self.hidden.iter().take(5).map(|name| format!("`{name}`")).collect();
            draft.warnings.push(format!(
                "the stream names thresholds on {} without saying what they demand; give them with --threshold or the run's summary",
                names.join(", ")
            ));
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
        let wanted: Vec<ThresholdText> = self.thresholds.iter().chain(thresholds).cloned().collect();
        self.customs.finish(zero, end_s, &wanted, &mut draft);
        self.tally.into_draft(&mut draft, LoadModel::Unknown);
        draft
    }
}

fn scenario_tags(tags: &Tags<'_>) -> BTreeMap<String, String> {
    let kept = [("scenario", &tags.scenario), ("region", &tags.region)];
    kept.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.as_deref()?.to_owned()))).collect()
}

fn push(key: &mut Vec<u8>, part: Option<&str>) {
    // An absent tag differs from an empty one, and no value can look like two.
    key.push(u8::from(part.is_some()));
    key.extend(part.unwrap_or_default().bytes());
    key.push(0xFF);
}

/// The part of a request that a metric times.
fn part(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "http_req_blocked" => "blocked",
        "http_req_looking_up" => "dns",
        "http_req_connecting" => "connect",
        "http_req_tls_handshaking" => "tls",
        "http_req_sending" => "sending",
        "http_req_waiting" => "first_byte",
        "http_req_receiving" => "receiving",
        _ => return None,
    })
}

/// Metrics that are in series and not under a name of their own.
fn in_series(metric: &str) -> bool {
    part(metric).is_some()
        || matches!(
            metric,
            "http_reqs" | "http_req_duration" | "http_req_failed" | "checks" | "dropped_iterations" | FAILED | BEGUN
        )
}

/// The status; absent when there was no answer, which k6 writes as 0.
fn status(tags: &Tags<'_>) -> Option<u16> {
    tags.status.as_deref()?.parse().ok().filter(|status| *status > 0)
}

fn failure(tags: &Tags<'_>, status: Option<u16>) -> Option<&'static str> {
    let failed = match (tags.expected_response.as_deref(), status) {
        (Some(expected), _) => expected == "false",
        (None, Some(status)) => !is_accepted(status),
        (None, None) => true,
    };
    let code = tags.error_code.as_deref().and_then(|code| code.parse().ok());
    failed.then(|| match (code, status) {
        (Some(code), _) => of_k6_code(code),
        (None, Some(_)) => "status",
        (None, None) => "other",
    })
}

/// Milliseconds as k6 writes them, in ns.
fn nanoseconds(millis: f64) -> u64 {
    (millis * 1e6).round().max(0.0) as u64
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
