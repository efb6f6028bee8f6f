//! `trend`: one metric over time, as SVG, PNG and Markdown.
//! Must not know: how a chart or a table looks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bench_cli::Context;
use bench_model::ledger::{Body, Entry, LedgerMetric, Promotion};
use bench_model::provenance::Epoch;
use bench_model::run::Mode;
use bench_model::time::Timestamp;
use bench_model::{Exit, Finite, MetricName, file, unit};
use bench_report::chart::{Theme, history_svg};
use bench_report::page::trend::{Trend, TrendPoint, trend_markdown};
use clap::Args;

use crate::{Error, ReadLedger, read_ledger};

/// The size of the chart, in pixels.
const SIZE: (u32, u32) = (880, 360);
/// So many names an error tells.
const NAMED: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct TrendArgs {
    /// The metric, by its full name, a headline's, or a part that no other has [default: the first headline's]
    #[arg(value_name = "METRIC")]
    metric: Option<String>,
    /// The ledger's lines, as `baseline-manager export` writes them: a file, a folder of segments, or `-`
    #[arg(long, value_name = "FILE|DIR")]
    ledger: PathBuf,
    /// Where trend.svg, trend.png and trend.md go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    /// Only so many months, up to that of the newest run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    months: Option<u32>,
    /// The project whose headlines are meant
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

pub(crate) fn trend(args: &TrendArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let layers = context.layers(&args.project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings().map_err(Error::from)?;
    let wanted = match &args.metric {
        Some(text) => {
            settings.headline.iter().find(|line| line.name == *text).map_or(text.as_str(), |line| line.metric.as_str())
        }
        None => settings.headline.first().map(|line| line.metric.as_str()).ok_or(Error::NoHeadline)?,
    };
    let mut collected = Collected::new(wanted);
    let read = read_ledger(&args.ledger, &mut |entry| collected.absorb(entry)).map_err(Error::from)?;
    let trend = collected.trend(&read, args.months)?;
    write(args, &trend, context)?;
    for (epoch, mode, runs) in &trend.others {
        let word = if *runs == 1 { "run" } else { "runs" };
        context.say(format!("left out: {runs} {word} of environment {epoch} in {} mode", mode.as_str()));
    }
    if let Some(broken) = &read.broken {
        context.report(&broken.diagnostic());
        return Ok(Exit::No);
    }
    Ok(Exit::Done)
}

fn write(args: &TrendArgs, trend: &Trend, context: &Context) -> Result<(), Error> {
    let out = |name: &str| args.out_dir.join(name);
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        written.push(out(name).display().to_string());
        file::write(&out(name), bytes)
    };
    put("trend.svg", trend.chart(|chart| history_svg(chart, SIZE, Theme::Standalone))?.as_bytes())?;
    #[cfg(feature = "png")]
    put("trend.png", &trend.chart(|chart| bench_report::chart::history_png(chart, SIZE))?)?;
    #[cfg(not(feature = "png"))]
    context.say("left out: trend.png; build audit-generator with --features png to get it");
    put("trend.md", trend_markdown(trend, "trend.svg").as_bytes())?;
    let json =
        || serde_json::json!({ "files": written, "metric": trend.metric, "runs": trend.points.len() }).to_string();
    context.print(if context.json() { json() } else { written.join("\n") })?;
    Ok(())
}

type Place = (Epoch, Mode);

/// What the ledger holds of the metrics whose name fits.
struct Collected {
    wanted: String,
    lower: String,
    /// Every name there is, for suggestions.
    names: BTreeSet<MetricName>,
    series: BTreeMap<MetricName, BTreeMap<Place, Series>>,
}

#[derive(Default)]
struct Series {
    points: Vec<TrendPoint>,
    /// The newest run's own line of the metric.
    newest: Option<LedgerMetric>,
    baseline: Option<Finite>,
}

impl Collected {
    fn new(wanted: &str) -> Self {
        Self { wanted: wanted.into(), lower: wanted.to_lowercase(), names: BTreeSet::new(), series: BTreeMap::new() }
    }

    fn fits(&self, name: &MetricName) -> bool {
        name.as_str() == self.wanted || name.as_str().to_lowercase().contains(&self.lower)
    }

    fn absorb(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Run(run) => {
                for metric in &run.metrics {
                    if !self.names.contains(&metric.name) {
                        self.names.insert(metric.name.clone());
                    }
                    if !self.fits(&metric.name) {
                        continue;
                    }
                    let series = self.series(&metric.name, &run.epoch, run.mode);
                    if series.newest.as_ref().is_some_and(|before| before.unit != metric.unit) {
                        // In another unit it was another quantity.
                        *series = Series::default();
                    }
                    series.points.push(TrendPoint {
                        run_id: run.run_id.clone(),
                        commit: run.commit.clone(),
                        time: entry.time,
                        value: metric.value,
                        verdict: metric.verdict,
                        promoted: false,
                    });
                    series.newest = Some(metric.clone());
                }
            }
            Body::Promotion(promotion) => self.promote(promotion),
            Body::Retention(retention) => {
                for carried in &retention.promotions {
                    self.promote(&carried.promotion);
                }
            }
            Body::Waiver(_) | Body::Noise(_) | Body::Incident(_) => {}
        }
    }

    fn promote(&mut self, promotion: &Promotion) {
        for metric in promotion.metrics.iter().filter(|metric| self.fits(&metric.name)).collect::<Vec<_>>() {
            let series = self.series(&metric.name, &promotion.epoch, promotion.mode);
            series.baseline = Some(metric.value);
            // A promotion comes soon after its run.
            if let Some(point) = series.points.iter_mut().rev().find(|point| point.run_id == promotion.run_id) {
                point.promoted = true;
            }
        }
    }

    fn series(&mut self, name: &MetricName, epoch: &Epoch, mode: Mode) -> &mut Series {
        self.series.entry(name.clone()).or_default().entry((epoch.clone(), mode)).or_default()
    }

    /// The series with the newest run.
    fn trend(mut self, read: &ReadLedger, months: Option<u32>) -> Result<Trend, Error> {
        let name = self.name()?;
        let mut all = self.series.remove(&name).unwrap_or_default();
        all.retain(|_, series| !series.points.is_empty());
        let newest = |series: &Series| series.points.last().map(|point| point.time);
        let place = all.iter().max_by_key(|(_, series)| newest(series)).map(|(place, _)| place.clone());
        let found = place.and_then(|place| all.remove(&place).map(|series| (place, series)));
        let Some(((epoch, mode), Series { mut points, newest: Some(last), baseline })) = found else {
            return Err(self.unknown());
        };
        let until = points.last().map_or(Timestamp::from_unix(0), |point| point.time);
        if let Some(months) = months {
            let first = until.month().minus(months - 1);
            points.retain(|point| point.time.month() >= first);
        }
        Ok(Trend {
            metric: name,
            unit: last.unit,
            direction: last.direction,
            epoch,
            mode,
            points,
            floor: last.floor,
            target: last.target,
            baseline,
            others: all.into_iter().map(|((epoch, mode), series)| (epoch, mode, series.points.len())).collect(),
            ledger_head: read.summary.head.clone(),
            broken: read.broken.as_ref().map(|broken| broken.error.to_string()),
        })
    }

    /// The only metric that fits.
    fn name(&self) -> Result<MetricName, Error> {
        if let Some(exact) = self.series.keys().find(|name| name.as_str() == self.wanted) {
            return Ok(exact.clone());
        }
        let mut fitting = self.series.keys();
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only.clone()),
            (Some(_), Some(_)) => Err(Error::AmbiguousMetric {
                text: self.wanted.clone(),
                first: self.series.keys().take(NAMED).map(ToString::to_string).collect(),
                more: self.series.len().saturating_sub(NAMED),
            }),
            (None, Some(_) | None) => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Error {
        let names = || self.names.iter().map(MetricName::as_str);
        Error::UnknownMetric {
            text: self.wanted.clone(),
            nearest: unit::nearest(&self.wanted, names()).or_else(|| {
                // Whole names are long; who mistypes one word of them means that word.
                unit::nearest(&self.wanted, names().flat_map(|name| name.split(['/', '#'])))
            }),
            known: self.names.len(),
        }
    }
}
