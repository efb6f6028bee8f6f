//! `trend`: one metric over time, as SVG, PNG and Markdown.
//! Must not know: how a chart or a table looks.

use std::path::PathBuf;

use bench_cli::Context;
use bench_model::ledger::{ReadLedger, read_ledger};
use bench_model::{Exit, file};
use bench_report::chart::{Theme, history_svg};
use bench_report::page::trend::{Trend, TrendPoint, trend_markdown};
use clap::Args;

use crate::Error;
use crate::series::{Collected, Point, Series};

/// The size of the chart, in pixels.
const SIZE: (u32, u32) = (880, 360);

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
    let trend = trend_of(collected.newest()?, &read, args.months);
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

fn trend_of(series: Series, read: &ReadLedger, months: Option<u32>) -> Trend {
    let Series { metric, epoch, mode, mut points, last, baseline, others } = series;
    if let (Some(months), Some(newest)) = (months, points.last()) {
        let first = newest.time.month().minus(months - 1);
        points.retain(|point| point.time.month() >= first);
    }
    let shown = |point: Point| TrendPoint {
        run_id: point.run_id,
        commit: point.commit,
        time: point.time,
        value: point.value,
        verdict: point.verdict,
        promoted: point.promoted,
    };
    Trend {
        metric,
        unit: last.unit,
        direction: last.direction,
        epoch,
        mode,
        points: points.into_iter().map(shown).collect(),
        floor: last.floor,
        target: last.target,
        baseline,
        others,
        ledger_head: read.summary.head.clone(),
        broken: read.broken.as_ref().map(|broken| broken.error.to_string()),
    }
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
