//! `benchmark-trend`: one metric of proven work over time as bars, each with what it had to keep of the one before.
//! Must not know: how a chart or a table looks.

use std::path::PathBuf;

use bench_cli::Context;
use bench_model::config::{Gate, Keep, KeepBy, Thresholds};
use bench_model::ledger::{ReadLedger, read_ledger};
use bench_model::perf::EvidenceLevel;
use bench_model::{Direction, Exit, Finite, Quantity, Unit, file};
use bench_report::benchmark_trend::{BenchmarkTrend, TrendEntry, benchmark_trend_markdown};
use bench_report::chart::{Theme, bars_svg};
use bench_stats::{FEWEST_RUNS, summarise};
use clap::Args;

use crate::Error;
use crate::series::{Collected, Point, Series};

/// The size of the chart, in pixels.
const SIZE: (u32, u32) = (880, 360);

#[derive(Debug, Args)]
pub(crate) struct BenchmarkTrendArgs {
    /// The metric, by its full name or a part that no other has [default: the first in [[gate.keep]] that keeps a share]
    #[arg(value_name = "METRIC")]
    metric: Option<String>,
    /// The ledger's lines, as `baseline-manager export` writes them: a file, a folder of segments, or `-`
    #[arg(long, value_name = "FILE|DIR")]
    ledger: PathBuf,
    /// Where benchmark_trend.svg, benchmark_trend.png and benchmark_trend.md go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    /// What an entry has to keep of the one before, such as "80 %" [default: what the gate in thresholds.toml says of the metric]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    of_previous: Option<f64>,
    /// The project whose gate is meant
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

fn share(text: &str) -> Result<f64, String> {
    match Quantity::parse_as(text, Unit::Ratio) {
        Ok(Quantity { value, .. }) if value > 0.0 && value <= 1.0 => Ok(value),
        Ok(_) => Err("it lies above 0 % and at most at 100 %, such as \"80 %\"".into()),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn trend(args: &BenchmarkTrendArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let layers = context.layers(&args.project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings().map_err(Error::from)?;
    let gate = Thresholds::from_folder(&context.config_folder(&args.project)).map_err(Error::from)?.gate;
    let kept = gate.as_ref().map_or(&[][..], |gate| &gate.keep);
    let by_share = |keep: &&Keep| matches!(keep.by, KeepBy::Share(_));
    let wanted = match &args.metric {
        Some(text) => text.as_str(),
        None => kept.iter().find(by_share).map(|keep| keep.metric.as_str()).ok_or(Error::NothingKept)?,
    };
    let mut collected = Collected::new(wanted);
    let read = read_ledger(&args.ledger, &mut |entry| collected.absorb(entry)).map_err(Error::from)?;
    let series = collected.newest()?;
    let keep = kept.iter().find(|keep| keep.metric == series.metric).map(|keep| keep.by);
    let Some(by) = args.of_previous.map(KeepBy::Share).or(keep) else {
        let reason =
            format!("[gate] says nothing of `{}`; pass what an entry has to keep, such as \"80 %\"", series.metric);
        return Err(Error::Flag { flag: "of-previous", reason }.into());
    };
    let rule = Rule {
        by,
        wanted: gate.as_ref().map_or(EvidenceLevel::RealWorkload, |gate: &Gate| gate.evidence),
        main: &settings.ledger.main_branch,
        confidence: settings.judge.confidence,
    };
    let trend = trend_of(series, &rule, &read);
    write(args, &trend, context)?;
    for (epoch, mode, runs) in &trend.others {
        let word = if *runs == 1 { "run" } else { "runs" };
        context.say(format!("left out: {runs} {word} of environment {epoch} in {} mode", mode.as_str()));
    }
    if trend.elsewhere > 0 {
        let word = if trend.elsewhere == 1 { "run" } else { "runs" };
        context.say(format!("left out: {} {word} that worked on another file", trend.elsewhere));
    }
    if let Some(broken) = &read.broken {
        context.report(&broken.diagnostic());
        return Ok(Exit::No);
    }
    Ok(Exit::Done)
}

/// What entries are held against, as the judge does it.
struct Rule<'a> {
    by: KeepBy,
    wanted: EvidenceLevel,
    main: &'a str,
    confidence: f64,
}

impl Rule<'_> {
    /// Why later entries are not held against this one.
    fn aside(&self, point: &Point) -> Option<&'static str> {
        if point.evidence_level < self.wanted {
            Some("proves too little to be held against")
        } else if !point.whole {
            Some("of a changed work tree, or not whole")
        } else if point.branch.as_deref() != Some(self.main) {
            Some("not of the main branch")
        } else {
            None
        }
    }
}

fn trend_of(series: Series, rule: &Rule<'_>, read: &ReadLedger) -> BenchmarkTrend {
    let direction = series.last.direction;
    let mut before = None;
    // Of the newest run that says on what it worked: what other data allow says nothing of it, as the judge has it.
    let newest = series.points.iter().rev().find(|point| !point.inputs.is_empty());
    let inputs = newest.map(|point| point.inputs.clone()).unwrap_or_default();
    let (points, elsewhere): (Vec<_>, Vec<_>) = series.points.into_iter().partition(|point| point.inputs == inputs);
    let entries = points.into_iter().map(|point| entry(point, rule, direction, &mut before)).collect();
    BenchmarkTrend {
        metric: series.metric,
        unit: series.last.unit,
        direction,
        by: rule.by,
        wanted: rule.wanted,
        epoch: series.epoch,
        mode: series.mode,
        entries,
        others: series.others,
        elsewhere: elsewhere.len(),
        ledger_head: read.summary.head.clone(),
        broken: read.broken.as_ref().map(|broken| broken.error.to_string()),
    }
}

/// An entry, held against the newest one before that counts; it is that itself for the next.
fn entry(point: Point, rule: &Rule<'_>, direction: Direction, before: &mut Option<Finite>) -> TrendEntry {
    let (value, aside) = (point.value.get(), rule.aside(&point));
    let rounds: Vec<f64> = point.rounds.iter().map(|round| round.get()).collect();
    let entry = TrendEntry {
        run_id: point.run_id,
        commit: point.commit,
        time: point.time,
        value: point.value,
        interval: Some(&rounds)
            .filter(|rounds| rounds.len() >= FEWEST_RUNS)
            .and_then(|rounds| summarise(rounds, rule.confidence)?.interval),
        evidence: point.evidence_level,
        aside,
        before: *before,
        floor: before.and_then(|before| Finite::try_from(rule.by.limit(before.get(), direction)).ok()),
        below: before.is_some_and(|before| !rule.by.is_kept(before.get(), value, direction)),
    };
    if aside.is_none() {
        *before = Some(point.value);
    }
    entry
}

fn write(args: &BenchmarkTrendArgs, trend: &BenchmarkTrend, context: &Context) -> Result<(), Error> {
    let out = |name: &str| args.out_dir.join(name);
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        written.push(out(name).display().to_string());
        file::write(&out(name), bytes)
    };
    put("benchmark_trend.svg", trend.chart(|chart| bars_svg(chart, SIZE, Theme::Standalone))?.as_bytes())?;
    #[cfg(feature = "png")]
    put("benchmark_trend.png", &trend.chart(|chart| bench_report::chart::bars_png(chart, SIZE))?)?;
    #[cfg(not(feature = "png"))]
    context.say("left out: benchmark_trend.png; build audit-generator with --features png to get it");
    put("benchmark_trend.md", benchmark_trend_markdown(trend, "benchmark_trend.svg").as_bytes())?;
    let json =
        || serde_json::json!({ "files": written, "metric": trend.metric, "runs": trend.entries.len() }).to_string();
    context.print(if context.json() { json() } else { written.join("\n") })?;
    Ok(())
}
