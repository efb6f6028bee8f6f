//! The table of what the service, or an engine, says of itself: numbers without a unit, as they came.

use bench_model::Finite;
use bench_model::load::{GaugeSummary, LoadSummary, Told};
use bench_model::unit::rounded;
use serde::Serialize;

use super::super::words::{shown, thousands};

#[derive(Debug, Serialize)]
pub(super) struct ToldRow {
    name: String,
    from: String,
    /// One figure for the whole run.
    whole: Option<String>,
    mean: Option<String>,
    max: Option<String>,
    last: Option<String>,
}

pub(super) fn rows(summary: &LoadSummary) -> Vec<ToldRow> {
    summary.gauges.iter().map(row).collect()
}

fn row(gauge: &GaugeSummary) -> ToldRow {
    let (whole, values) = match gauge.told {
        Told::Once(figure) => (Some(number(figure)), None),
        Told::Grown(by) => (Some(format!("+{}", number(by))), None),
        Told::Value { mean, max, last } => (None, Some([mean, max, last].map(number))),
    };
    let [mean, max, last] = values.map_or([None, None, None], |values| values.map(Some));
    ToldRow { name: shown(&gauge.name), from: shown(&gauge.from), whole, mean, max, last }
}

fn number(value: Finite) -> String {
    match value.get() >= 0.0 && value.get().fract() == 0.0 {
        true => thousands(value.get()),
        false => rounded(value.get(), 3),
    }
}
