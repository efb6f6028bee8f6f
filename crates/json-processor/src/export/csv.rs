//! Comma-separated values as RFC 4180 has them: CRLF, quotes doubled, a header.

use bench_model::Direction;
use bench_model::perf::{IntervalSource, Metric, Report};

const HEADER: &str = "run_id,name,harness,target,benchmark,measure,value,unit,direction,lower,upper,level,interval_from,\
                      rounds,samples,primary";

pub(super) fn text(report: &Report, metrics: &[&Metric]) -> String {
    let mut text = format!("{HEADER}\r\n");
    for metric in metrics {
        let id = &metric.benchmark;
        let words = [report.run_id.as_str(), metric.name.as_str(), &id.harness, &id.target, &id.id, &metric.measure];
        let words: Vec<_> = words.into_iter().map(cell).collect();
        let direction = match metric.direction {
            Direction::HigherIsBetter => "higher_is_better",
            Direction::LowerIsBetter => "lower_is_better",
        };
        let interval = metric.interval.as_ref().map_or_else(
            || ",,,".to_owned(),
            |interval| {
                let from = match interval.from {
                    IntervalSource::Rounds => "rounds",
                    IntervalSource::Samples => "samples",
                };
                format!("{},{},{},{from}", interval.lower.get(), interval.upper.get(), interval.level.get())
            },
        );
        let (value, unit) = (metric.value.get(), metric.unit);
        let (rounds, samples, primary) = (metric.rounds.len(), metric.samples, metric.primary);
        let words = words.join(",");
        text.push_str(&format!("{words},{value},{unit},{direction},{interval},{rounds},{samples},{primary}\r\n"));
    }
    text
}

/// A text as a cell. One that a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
