//! Results of other tools as records. Files in `data` without `hand` in their names were written by the tool and version they name,
//! against nginx on a loopback address; the others are made by hand after the formats' descriptions, for shapes and odd cases that no
//! tool at hand writes. Expected figures were computed from the same files by other means: sorting in Python, or the tool's own summary.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod k6;
mod locust;
mod others;
mod robust;

use std::path::PathBuf;

use bench_model::load::{Load, Quantile, Series, ThresholdText};
use load_runner::import::{Format, Imported, Options, import};

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/import/data").join(name)
}

pub(crate) fn options() -> Options {
    Options { format: Format::Auto, scenario: None, thresholds: Vec::new(), exit_code: None }
}

pub(crate) fn read(names: &[&str]) -> Imported {
    let files: Vec<PathBuf> = names.iter().map(|name| path(name)).collect();
    let imported = import(&files, &options()).unwrap_or_else(|error| panic!("{names:?}: {error}"));
    // A record that cannot be read back is none.
    let text = serde_json::to_string(&imported.load).unwrap();
    assert_eq!(serde_json::from_str::<Load>(&text).unwrap(), imported.load);
    imported
}

pub(crate) fn refusal(names: &[&str]) -> String {
    let files: Vec<PathBuf> = names.iter().map(|name| path(name)).collect();
    import(&files, &options()).expect_err("it was read").to_string()
}

pub(crate) fn series<'a>(load: &'a Load, request: &str) -> &'a Series {
    load.series.iter().find(|series| series.request == request).unwrap_or_else(|| panic!("no series {request}"))
}

/// A percentile in ms, when it is known.
pub(crate) fn known(series: &Series, percent: f64) -> Option<f64> {
    let quantile = series.latency.as_ref()?.percentile(percent, series.open.as_ref())?;
    quantile.known().map(|ns| ns / 1e6)
}

/// A lower bound of a percentile in ms, when no more than that is known.
pub(crate) fn bound(series: &Series, percent: f64) -> Option<f64> {
    match series.latency.as_ref()?.percentile(percent, series.open.as_ref())? {
        Quantile::AtLeast(ns) => Some(ns.get() / 1e6),
        Quantile::Known(_) => None,
    }
}

pub(crate) fn threshold(metric: &str, expression: &str) -> ThresholdText {
    ThresholdText { metric: metric.to_owned(), expression: expression.to_owned() }
}
