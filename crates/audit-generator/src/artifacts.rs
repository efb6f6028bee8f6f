//! What other programs read of a run: of a load run `results_summary.json`, Prometheus text, percentile files (`.hgrm`), and pictures;
//! of proven work what the module [`work`] says; of several sizes `scaling.md` and `scaling.svg`. It copies what the records say. Must not know: files, or the clock.

mod hgrm;
mod prometheus;
mod summary;
pub(crate) mod work;

use std::collections::{BTreeMap, BTreeSet};

use bench_model::load::{Buckets, Distribution, Load, LoadSummary, VIEW};
use bench_model::perf::Report;
use bench_model::scale::ScaleSummary;
use bench_model::verdict::Judgement;
use bench_report::chart::{Theme, scaling_svg};
use bench_report::load::{load_pictures, stem, unique};
use bench_report::scaling::scaling_markdown;

use crate::Error;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

/// Every file of a load run that there is something for.
pub(crate) fn of_load(
    report: &Report,
    summary: &LoadSummary,
    judgement: &Judgement,
    load: Option<&Load>,
) -> Result<Vec<Artifact>, Error> {
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
    Ok(files)
}

/// The table of a run at several sizes, and its picture when there is anything to draw.
pub(crate) fn of_scale(summary: &ScaleSummary) -> Result<Vec<Artifact>, Error> {
    let mut files = vec![Artifact { name: "scaling.md".into(), bytes: scaling_markdown(summary).into_bytes() }];
    if !summary.levels.is_empty() {
        let svg = scaling_svg(summary, (800, 400), Theme::Standalone)?;
        files.push(Artifact { name: "scaling.svg".into(), bytes: svg.into_bytes() });
    }
    Ok(files)
}

/// The latencies of each request (and region), warm-up left out, by a name that a file can have. Names that look alike as a file's
/// keep apart: latencies of two requests, or regions, are never pooled.
fn histograms(load: &Load) -> Vec<(String, Buckets)> {
    let warm_up = |phase: &str| load.phases.iter().any(|known| known.name == phase && known.warm_up);
    let counted = load.series.iter().filter(|series| !series.phase.as_deref().is_some_and(warm_up));
    let mut merged: BTreeMap<(&str, Option<&str>), Buckets> = BTreeMap::new();
    for series in counted.filter(|series| !series.tags.contains_key(VIEW)) {
        let Some(Distribution::Buckets(buckets)) = &series.latency else { continue };
        let region = series.tags.get("region").map(String::as_str);
        let sum = merged.entry((&series.request, region)).or_default();
        *sum = if sum.count() == 0 { buckets.clone() } else { sum.merged(buckets) };
    }
    let mut taken = BTreeSet::new();
    let named = |((request, region), buckets): ((&str, Option<&str>), Buckets)| {
        let region = region.map(|region| format!("-{}", stem(region))).unwrap_or_default();
        (unique(&format!("latency-{}{region}", stem(request)), &mut taken), buckets)
    };
    merged.into_iter().map(named).collect()
}
