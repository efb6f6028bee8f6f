//! `kpi`: reads contracts, ledger and earlier scores, writes the scores, prints them, and chooses the exit.

use std::path::{Path, PathBuf};

use bench_cli::words::{count, list, unsigned_percent};
use bench_cli::{Cell, Context, Table, Tone, wrapped};
use bench_model::config::Contracts;
use bench_model::kpi::{self, KpiLedger, KpiReport, KpiStatus};
use bench_model::ledger::read_ledger;
use bench_model::unit::{nearest, rounded};
use bench_model::{Code, Diagnostic, Exit, Finite, KpiName, Location, Sha256, VersionName, file};
use clap::Args;

use super::check_schema;
use crate::Error;
use crate::kpi::{Before, LedgerEvidence, lost, score_kpis};

#[derive(Debug, Args)]
pub(crate) struct KpiArgs {
    /// The ledger's lines, as `baseline-manager export` writes them: a file, a folder of segments, or `-`
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "show_settings")]
    ledger: Option<PathBuf>,
    /// What the scores are about, such as a release; also a part of the file's name
    #[arg(long, alias = "version", value_name = "NAME", required_unless_present = "show_settings")]
    release: Option<VersionName>,
    /// The file of earlier scores, to see what fell; may be the very file that this release has, which is read before it is replaced
    #[arg(long, value_name = "KPI.json")]
    previous: Option<PathBuf>,
    /// The contracts [default: kpi.toml in the configuration folder]
    #[arg(long, value_name = "FILE")]
    contracts: Option<PathBuf>,
    /// Score one indicator alone, into kpi_VERSION_NAME.json
    #[arg(long, value_name = "NAME")]
    only: Option<KpiName>,
    /// Where kpi_VERSION_merged.json goes
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    /// The measured project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Exit 3 when nothing was measured, or when something that was measured before was not
    #[arg(long)]
    require_verdict: bool,
}

pub(crate) fn kpi(args: &KpiArgs, context: &Context) -> Result<Exit, bench_cli::Error> {
    let layers = context.layers(&args.project)?;
    if context.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let (Some(ledger), Some(version)) = (&args.ledger, &args.release) else { return Ok(Exit::Failed) };
    let path = args.contracts.clone().unwrap_or_else(|| context.config_folder(&args.project).join("kpi.toml"));
    let mut contracts = Contracts::read(&path)?;
    if let Some(name) = &args.only {
        choose(&mut contracts, name, path)?;
    }
    let previous = args.previous.as_deref().map(read_previous).transpose()?;

    let mut evidence = LedgerEvidence::new(&contracts);
    let read = read_ledger(ledger, &mut |entry| evidence.absorb(entry))?;
    let broken = read.broken.as_ref();
    let state = KpiLedger {
        head: read.summary.head.clone(),
        lines: read.summary.lines,
        broken: broken.map(|broken| broken.error.to_string()),
    };
    let before = previous.as_ref().map(|(report, sha256)| Before { report, sha256 });
    let report = score_kpis(&contracts, &evidence, state, version.clone(), before);

    let part = args.only.as_ref().map_or("merged", KpiName::as_str);
    let out = args.out_dir.join(format!("kpi_{version}_{part}.json"));
    file::write_json(&out, &report)?;
    if context.json() {
        file::write_json(Path::new("-"), &report)?;
    } else {
        context.print(render(&report, context.width(), context.colour()))?;
    }
    context.say(format!("written: {}", out.display()));
    if let Some(broken) = broken {
        context.report(&broken.diagnostic());
    }
    Ok(conclude(&report, args.require_verdict, &out, context))
}

/// Keeps one contract alone.
fn choose(contracts: &mut Contracts, name: &KpiName, path: PathBuf) -> Result<(), Error> {
    let nearest = nearest(name.as_str(), contracts.kpis.iter().map(|contract| contract.name.as_str()));
    contracts.kpis.retain(|contract| contract.name == *name);
    if contracts.kpis.is_empty() {
        return Err(Error::UnknownKpi { path, name: name.to_string(), nearest });
    }
    Ok(())
}

fn read_previous(path: &Path) -> Result<(KpiReport, Sha256), Error> {
    let bytes = file::read(path, file::MAX_DOCUMENT)?;
    let report: KpiReport = file::parse_json(path, &bytes)?;
    check_schema(path, &report.schema, kpi::SCHEMA)?;
    Ok((report, Sha256::of(&bytes)))
}

/// The exit that the scores ask for, with what a person should hear about it.
fn conclude(report: &KpiReport, require_verdict: bool, out: &Path, context: &Context) -> Exit {
    let mut red = report.kpis.iter().filter(|kpi| kpi.status == KpiStatus::Red);
    if let Some(first) = red.next() {
        let further = match red.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let why = first.why.first().map_or("", String::as_str);
        context.report(&Diagnostic {
            code: Code::Slo,
            message: format!("the indicator `{}` is red: {why}{further}", first.name),
            location: Some(Location::file(out)),
            hint: "look at its inputs there: what earned fewer points than before, and what is missing".into(),
        });
        return Exit::No;
    }
    if report.ledger.broken.is_some() {
        return Exit::No;
    }
    let lost: Vec<&str> = lost(report).map(|kpi| kpi.name.as_str()).collect();
    if !lost.is_empty() {
        context.warn(format!("had a score before, and none now: {}", list(lost.iter().copied())));
    }
    if require_verdict && (report.measured == 0 || !lost.is_empty()) {
        let none =
            if report.measured == 0 { "nothing was measured" } else { "not all that was measured before was now" };
        context.warn(format!("a verdict is demanded, and {none}"));
        return Exit::Undecided;
    }
    Exit::Done
}

/// The scores as people read them in a terminal of `width` columns, a line of sums last.
fn render(report: &KpiReport, width: usize, colour: bool) -> String {
    let mut table = Table::new(&["indicator", "score", "before", "tier", "confidence", "status"], colour);
    table.left(3);
    table.left(5);
    for kpi in &report.kpis {
        let tier = kpi.tier.map_or(String::new(), |tier| tier.tier.as_str().into());
        let confidence = kpi.tier.map(|tier| unsigned_percent(tier.confidence.get()));
        table.row([
            kpi.name.as_str().into(),
            kpi.score.map_or("-".into(), shown).into(),
            kpi.previous.map_or(String::new(), shown).into(),
            tier.into(),
            confidence.unwrap_or_default().into(),
            Cell::new(kpi.status.as_str(), tone(kpi.status)),
        ]);
    }
    let mut text = table.render() + "\n";
    for kpi in report.kpis.iter().filter(|kpi| kpi.status != KpiStatus::Green) {
        text.push_str(&wrapped(&format!("{}: {}", kpi.name, kpi.why.join("; ")), width, "", "  "));
    }
    let measured = format!("{} of {}", report.measured, count(report.total, "indicator", "indicators"));
    text.push_str(&format!("{measured} measured\n"));
    text
}

fn tone(status: KpiStatus) -> Tone {
    match status {
        KpiStatus::Red => Tone::Bad,
        KpiStatus::NotMeasured | KpiStatus::Yellow => Tone::Warn,
        KpiStatus::Green => Tone::Good,
    }
}

fn shown(score: Finite) -> String {
    rounded(score.get(), 3)
}
