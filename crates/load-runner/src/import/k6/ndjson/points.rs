//! Points of a stream: requests, their parts and checks, iterations, and a script's own figures. Must not know: lines and files.

use std::collections::BTreeMap;

use bench_model::load::ITERATIONS;
use jiff::Timestamp;

use super::super::super::kind::{is_accepted, name, of_k6_code, origin};
use super::super::super::tally::{Hit, Stage};
use super::super::line::{Line, Tags};
use super::{Stream, shortened};

/// What the scripts of load-runner tell beside: of each request whether it failed, by its status or a check; and when the run began, in
/// ms since 1970.
pub(super) const FAILED: &str = "perfledger_failed";
const BEGUN: &str = "perfledger_begun";
/// Scenarios whose ends are told; k6's scripts have a few.
const MAX_ENDS: usize = 1000;

impl Stream {
    /// Counts a point. `Err` with what is wrong with it.
    pub(super) fn point(&mut self, line: &Line<'_>) -> Result<(), String> {
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
        for key in self.declared.tags() {
            push(&mut self.key, tags.get(key));
        }
        let split_by = self.declared.tags();
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
pub(super) fn in_series(metric: &str) -> bool {
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
