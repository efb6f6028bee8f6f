//! Prometheus's text exposition format: what a load run came to, as gauges for a push gateway or a node-exporter text file.

use bench_model::load::{LoadSummary, SeriesSummary};
use bench_model::perf::Report;

/// A gauge's name, its help, and its values of a series, each with further labels.
type Gauge = (&'static str, &'static str, fn(&SeriesSummary) -> Vec<(String, f64)>);

const GAUGES: [Gauge; 7] = [
    ("perfledger_load_requests", "Requests sent.", |s| vec![(String::new(), s.sent as f64)]),
    ("perfledger_load_requests_failed", "Requests that failed.", |s| vec![(String::new(), s.failed as f64)]),
    ("perfledger_load_requests_not_answered", "Requests due and never sent, or unanswered at the end.", |s| {
        vec![(String::new(), s.unsent.saturating_add(s.in_flight) as f64)]
    }),
    ("perfledger_load_achieved_per_second", "Requests answered without failure per second.", |s| {
        s.rps.map(|rate| (String::new(), rate.get())).into_iter().collect()
    }),
    ("perfledger_load_offered_per_second", "Requests due per second.", |s| {
        let seconds = s.seconds.get();
        s.offered.filter(|_| seconds > 0.0).map(|due| (String::new(), due as f64 / seconds)).into_iter().collect()
    }),
    ("perfledger_load_error_ratio", "Failed requests by all.", |s| {
        s.error_rate.map(|rate| (String::new(), rate.get())).into_iter().collect()
    }),
    ("perfledger_load_latency_seconds", "Latency from due, at a quantile.", |s| {
        let known = |(name, value): (&String, &bench_model::load::Quantile)| {
            let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
            // 99.9 / 100 has more digits than anybody meant.
            let quantile = format!("{:.6}", percent / 100.0);
            let quantile = quantile.trim_end_matches('0').trim_end_matches('.');
            Some((format!(",quantile=\"{quantile}\""), value.known()? / 1e9))
        };
        s.latency.iter().filter_map(known).collect()
    }),
];

pub(super) fn text(report: &Report, load: &LoadSummary) -> String {
    let mut text = String::new();
    for (name, help, values) in GAUGES {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
        for series in &load.series {
            let label = |key: &str, value: &Option<String>| match value {
                Some(value) => format!(",{key}=\"{}\"", escaped(value)),
                None => String::new(),
            };
            let labels = format!(
                "scenario=\"{}\"{}{}{}",
                escaped(&load.scenario),
                label("request", &series.request),
                label("phase", &series.phase),
                label("region", &series.region)
            );
            for (further, value) in values(series) {
                text.push_str(&format!("{name}{{{labels}{further}}} {value}\n"));
            }
        }
    }
    let scenario = escaped(&load.scenario);
    text.push_str(&format!(
        "# HELP perfledger_load_started_timestamp_seconds When the run began.\n\
         # TYPE perfledger_load_started_timestamp_seconds gauge\n\
         perfledger_load_started_timestamp_seconds{{scenario=\"{scenario}\"}} {}\n",
        report.provenance.started.unix()
    ));
    text
}

/// A label's value: backslash, quotation mark and line end are escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_label_cannot_end_its_own_quotation() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
