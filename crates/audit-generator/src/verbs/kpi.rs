//! `kpi`: indicators as Markdown and as a radar, from the file that `slo-validator kpi` wrote.
//! Must not know: how a page or a chart looks, or how a score is made.

use std::path::PathBuf;

use bench_cli::Context;
use bench_model::kpi::{KpiReport, SCHEMA};
use bench_model::{Exit, file};
use bench_report::chart::{Theme, radar_svg};
use bench_report::kpi::{kpi_markdown, kpi_radar};
use clap::Args;

use crate::Error;

/// The size of the radar, in pixels.
const SIZE: (u32, u32) = (760, 560);

#[derive(Debug, Args)]
pub(crate) struct KpiArgs {
    /// The scores, as `slo-validator kpi` wrote them (- is standard input)
    #[arg(value_name = "KPI.json")]
    scores: PathBuf,
    /// Where kpi_VERSION.md, kpi_radar.svg and kpi_radar.png go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
}

pub(crate) fn kpi(args: &KpiArgs, context: &Context) -> Result<Exit, Error> {
    let report: KpiReport = file::read_json(&args.scores)?;
    if report.schema != SCHEMA {
        let (path, found) = (args.scores.clone(), report.schema);
        return Err(Error::Schema { path, found, expected: SCHEMA });
    }
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        let path = args.out_dir.join(name);
        file::write(&path, bytes)?;
        written.push(path.display().to_string());
        Ok::<_, Error>(())
    };
    put("kpi_radar.svg", kpi_radar(&report, |radar| radar_svg(radar, SIZE, Theme::Standalone))?.as_bytes())?;
    #[cfg(feature = "png")]
    put("kpi_radar.png", &kpi_radar(&report, |radar| bench_report::chart::radar_png(radar, SIZE))?)?;
    #[cfg(not(feature = "png"))]
    context.say("left out: kpi_radar.png; build audit-generator with --features png to get it");
    put(&format!("kpi_{}.md", report.version), kpi_markdown(&report, "kpi_radar.svg").as_bytes())?;
    let json =
        || serde_json::json!({ "files": written, "measured": report.measured, "total": report.total }).to_string();
    context.print(if context.json() { json() } else { written.join("\n") })?;
    Ok(Exit::Done)
}
