//! When k6's load began, as the script tells by a metric of its own (`begun` in `runtime.js`). Must not know: other points.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

const METRIC: &str = "perfledger_begun";

#[derive(Deserialize)]
struct Line {
    metric: String,
    data: Data,
}

/// Of a point; a declaration has no value.
#[derive(Deserialize)]
struct Data {
    value: Option<f64>,
}

/// When the first phase began, on this program's clock; `None` when no request was sent.
pub(crate) fn begun(points: &Path) -> Option<Instant> {
    let told = first(MultiGzDecoder::new(File::open(points).ok()?))?;
    let ago = SystemTime::now().duration_since(UNIX_EPOCH + told).ok()?;
    Instant::now().checked_sub(ago)
}

/// The time since 1970 in the first point of the metric.
fn first(points: impl Read) -> Option<Duration> {
    let lines = BufReader::new(points).lines().map_while(Result::ok);
    lines.filter(|line| line.contains(METRIC)).find_map(|line| {
        let line: Line = serde_json::from_str(&line).ok().filter(|line: &Line| line.metric == METRIC)?;
        Duration::try_from_secs_f64(line.data.value? / 1e3).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_point_of_the_metric_tells_and_its_declaration_does_not() {
        let points = r#"{"type":"Metric","data":{"name":"perfledger_begun","type":"gauge"},"metric":"perfledger_begun"}
{"metric":"other","type":"Point","data":{"time":"2026-11-21T12:00:00Z","value":5,"tags":{"name":"perfledger_begun"}}}
{"metric":"perfledger_begun","type":"Point","data":{"time":"2026-11-21T12:00:00Z","value":1795262400250,"tags":null}}
{"metric":"perfledger_begun","type":"Point","data":{"time":"2026-11-21T12:00:01Z","value":1795262400300,"tags":null}}
"#;
        assert_eq!(first(points.as_bytes()), Some(Duration::from_millis(1_795_262_400_250)));
        assert_eq!(first("{\"metric\":\"other\"}\nperfledger_begun".as_bytes()), None);
    }
}
