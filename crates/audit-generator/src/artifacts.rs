//! What other programs read of a load run: `results_summary.json`, Prometheus text, percentile files (`.hgrm`), and pictures.
//! It copies what the records say. Must not know: files, or the clock.

mod hgrm;
mod prometheus;
mod summary;

use bench_model::load::{Distribution, Load};
use bench_model::perf::Report;
use bench_model::verdict::Judgement;
use bench_report::chart::Theme;
use bench_report::load::load_pictures;

use crate::Error;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

/// Every file that there is something for, in order of their names.
pub(crate) fn artifacts(report: &Report, judgement: &Judgement, load: Option<&Load>) -> Result<Vec<Artifact>, Error> {
    let Some(summary) = report.load.as_deref() else { return Err(Error::NoLoad { run: report.run_id.clone() }) };
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push(Artifact { name, bytes });
    let document = summary::summary(report, judgement, summary, load);
    let mut text = serde_json::to_vec_pretty(&document).map_err(Error::Record)?;
    text.push(b'\n');
    add("results_summary.json".into(), text);
    add("metrics.prom".into(), prometheus::text(report, summary).into_bytes());
    if let Some(load) = load {
        for (name, buckets) in histograms(load) {
            add(format!("{name}.hgrm"), hgrm::text(&buckets).into_bytes());
        }
        for picture in load_pictures(load, (800, 300), Theme::Standalone)? {
            add(format!("{}.svg", picture.name), picture.svg.into_bytes());
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// The latencies of each request (and region), warm-up left out, by a name that a file can have.
fn histograms(load: &Load) -> Vec<(String, bench_model::load::Buckets)> {
    let warm_up = |phase: &str| load.phases.iter().any(|known| known.name == phase && known.warm_up);
    let mut found: std::collections::BTreeMap<String, bench_model::load::Buckets> = std::collections::BTreeMap::new();
    for series in load.series.iter().filter(|series| !series.phase.as_deref().is_some_and(warm_up)) {
        let Some(Distribution::Buckets(buckets)) = &series.latency else { continue };
        let region = series.tags.get("region").map(|region| format!("-{region}")).unwrap_or_default();
        let whole = format!("latency-{}{region}", series.request);
        let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
        let name: String = whole.chars().map(kept).take(120).collect();
        let merged = match found.get(&name) {
            Some(known) => known.merged(buckets),
            None => buckets.clone(),
        };
        found.insert(name, merged);
    }
    found.into_iter().collect()
}
