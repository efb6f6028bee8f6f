//! wrk's and wrk2's text. Must not know: other tools.

use bench_model::load::LoadModel;

use super::draft::{ALL, Draft, add, printed, series, unanswered};
use super::fault::Fault;
use super::kind::origin;

/// The text as a record.
pub(super) fn text(text: &str) -> Result<Draft, Fault> {
    let wrk2 = text.contains("HdrHistogram") || text.contains("Thread calibration");
    let mut draft = Draft::new(if wrk2 { "wrk2" } else { "wrk" });
    draft.load.engine.times_from_due = wrk2;
    if !wrk2 {
        draft.warnings.push("wrk makes up some of what its latencies leave out by a guess".to_owned());
    }
    let mut all = series(ALL);
    let mut model = LoadModel::Unknown;
    let (mut requests, mut lasted, mut mean, mut max) = (None, None, None, None);
    let mut percentiles = Vec::new();
    let mut spectrum = false;
    let mut uncorrected = false;
    for (index, line) in text.lines().enumerate() {
        let at = |reason: String| Fault::at(index as u64 + 1, reason);
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with("Running ") && requests.is_some() {
            return Err(at("a second run begins here; import each run by itself".to_owned()));
        }
        uncorrected |= line.contains("Uncorrected Latency");
        if line.trim_start().starts_with("Latency Distribution") {
            spectrum = false;
            uncorrected = line.contains("Uncorrected");
        }
        match words.as_slice() {
            ["Running", _, "test", "@", url, ..] => draft.load.target = origin(url),
            [_, "threads", "and", connections, "connections"] => {
                if let Ok(users) = connections.parse() {
                    // wrk2 keeps a rate with its connections, which its text does not tell.
                    model = if wrk2 { LoadModel::Unknown } else { LoadModel::Closed { from: users, to: users } };
                }
            }
            ["Latency", average, _, most, _] if !uncorrected => {
                mean = nanoseconds(average);
                max = nanoseconds(most);
            }
            ["Value", "Percentile", ..] => spectrum = true,
            [value, share, _, _] | [value, share, _] if spectrum && !uncorrected => {
                if let (Ok(value), Ok(share)) = (value.parse::<f64>(), share.parse::<f64>()) {
                    percentiles.push(((share * 1e8).round() / 1e6, value * 1e6));
                }
            }
            [percent, value] if percent.ends_with('%') && !uncorrected => {
                let percent: f64 =
                    percent.trim_end_matches('%').parse().map_err(|_| at("expected a percent".to_owned()))?;
                let value =
                    nanoseconds(value).ok_or_else(|| at(format!("expected a time, found `{}`", shortened(value))))?;
                percentiles.push((percent, value));
            }
            [count, "requests", "in", seconds, ..] => {
                requests = count.parse::<u64>().ok();
                lasted = nanoseconds(seconds.trim_end_matches(',')).map(|ns| ns / 1e9);
            }
            ["Socket", "errors:", rest @ ..] => {
                for pair in rest.chunks(2) {
                    if let [kind, count] = pair {
                        let kind = match *kind {
                            "read" | "write" => "closed",
                            "connect" => "connect",
                            "timeout" => "timeout",
                            _ => "other",
                        };
                        let count: u64 =
                            count.trim_end_matches(',').parse().map_err(|_| at("expected a count".to_owned()))?;
                        if count > 0 {
                            add(all.errors.entry(kind.to_owned()).or_default(), count);
                        }
                    }
                }
            }
            ["Non-2xx", "or", "3xx", "responses:", count] => {
                let count = count.parse().map_err(|_| at("expected a count".to_owned()))?;
                all.errors.insert("status".to_owned(), count);
            }
            _ => {}
        }
    }
    let Some(completed) = requests else {
        return Err(Fault::new(
            "expected a line such as `1000 requests in 10.00s, 1.2MB read`: wrk did not end by itself",
        ));
    };
    all.completed = completed;
    all.failed = all.errors.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let status = all.errors.get("status").copied().unwrap_or(0);
    let lost = all.failed.saturating_sub(status);
    all.sent = completed.saturating_add(lost);
    all.failed = all.failed.min(all.sent);
    all.open = unanswered(lost);
    if completed > 0 {
        all.latency = printed(1.0, Some(completed), [None, mean, max], percentiles);
    }
    if all.latency.is_some() && !text.contains("Latency Distribution") {
        draft.warnings.push("no percentile was printed; run wrk with --latency".to_owned());
    }
    draft.load.series.push(all);
    draft.one_phase(lasted, model);
    Ok(draft)
}

/// `64.37us`, `1.20ms`, `2.10s`, `1.50m`, `1.00h`.
fn nanoseconds(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match text.get(digits.len()..)? {
        "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 6e10,
        "h" => 3.6e12,
        _ => return None,
    };
    digits.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0).map(|value| value * scale)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
