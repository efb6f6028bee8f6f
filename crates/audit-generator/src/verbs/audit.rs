//! `audit`: the evidence of a period, as `audit.json`, `audit.html` and `audit.pdf` from one record.
//! Must not know: how anything looks.

use std::path::{Path, PathBuf};

use bench_cli::words::count;
use bench_cli::{Context, Error as Stop};
use bench_model::audit::Audit;
use bench_model::config::Layer;
use bench_model::time::{Month, Timestamp};
use bench_model::{Exit, file};
use bench_report::Template;
use clap::Args;
use serde::Serialize;

use crate::controls::{controls_from_folder, selected};
use crate::releases::released;
use crate::{
    AuditConfig, AuditRequest, Error, ExportFormat, Months, Released, generate_audit_report, generate_html_report,
};

/// The largest template that is read, in bytes.
const MAX_TEMPLATE: u64 = 4 << 20;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The ledger's lines: a file as `baseline-manager export` writes it, a folder of segments, or `-`
    #[arg(long, value_name = "PATH")]
    ledger: PathBuf,
    /// The month, such as 2026-11 [default: the last one that is over, or as audit_config.yaml has it]
    #[arg(long, value_name = "MONTH", value_parser = month, conflicts_with_all = ["from", "to"])]
    month: Option<Month>,
    /// The first month of a longer period
    #[arg(long, value_name = "MONTH", value_parser = month, requires = "to")]
    from: Option<Month>,
    /// Its last month
    #[arg(long, value_name = "MONTH", value_parser = month, requires = "from")]
    to: Option<Month>,
    /// What is audited [default: the name of the project's folder]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// The project, whose git tags are its releases
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    /// What is written; pdf needs a program built with `--features pdf` [default: as audit_config.yaml has it]
    #[arg(long, value_name = "FORMATS", value_enum, value_delimiter = ',')]
    export: Vec<ExportFormat>,
    /// An own template for audit.html, its name ending in .html
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
}

/// A month of the command line.
pub(crate) fn month(text: &str) -> Result<Month, String> {
    text.parse().map_err(|_| "a month is written as 2026-11".to_owned())
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Written {
    files: Vec<String>,
    verified: bool,
    runs: u64,
    attention: usize,
}

pub(crate) fn audit(args: &AuditArgs, context: &Context) -> Result<Exit, Stop> {
    let here = args.project.clone().unwrap_or_else(|| PathBuf::from("."));
    if !here.is_dir() {
        let reason = format!("there is no folder {}", here.display());
        return Err(Error::Flag { flag: "project", reason }.into());
    }
    let layers = context.layers(&here)?;
    let config = AuditConfig::from_folder(&context.config_folder(&here)).map_err(Error::from)?;
    if context.show_settings(&layers)? {
        return show(config.entries(), context);
    }
    let settings = layers.settings().map_err(Error::from)?;
    let controls = controls_from_folder(&context.config_folder(&here)).map_err(Error::from)?;
    let controls = selected(&controls, &config).map_err(Error::from)?;
    let mut formats = if args.export.is_empty() { config.export_formats.clone() } else { args.export.clone() };
    formats.sort();
    formats.dedup();
    #[cfg(not(feature = "pdf"))]
    if formats.contains(&ExportFormat::Pdf) {
        return Err(Error::NoPdf.into());
    }
    if args.template.is_some() && !formats.contains(&ExportFormat::Html) {
        let reason = "a template is for audit.html, and no html is written; add it with --export html".to_owned();
        return Err(Error::Flag { flag: "template", reason }.into());
    }
    let now = Timestamp::now();
    let subject = subject(args.subject.as_deref(), &here)?;
    let released = match &args.project {
        Some(project) => released(project),
        None => Released::Unknown("no repository was named with --project".to_owned()),
    };
    let request = AuditRequest {
        subject: &subject,
        period: period(args, &config, now)?,
        generated: now,
        config: &config,
        controls: &controls,
        keep_months: settings.ledger.keep_months,
        released: &released,
    };
    let (audit, broken) = generate_audit_report(&args.ledger, &request).map_err(Error::from)?;
    let files = write(&audit, &formats, args)?;
    told(&audit, context);
    if context.json() {
        let files = files.iter().map(|file| file.display().to_string()).collect();
        let (verified, runs) = (audit.integrity.verified, audit.overview.runs);
        let written = Written { files, verified, runs, attention: audit.attention.len() };
        context.print(serde_json::to_string(&written).map_err(Error::Record)?)?;
    } else {
        for file in files {
            context.print(file.display().to_string())?;
        }
    }
    match broken {
        Some(broken) => {
            context.report(&broken.diagnostic());
            Ok(Exit::No)
        }
        None => Ok(Exit::Done),
    }
}

/// Prints a report's own settings behind those that every program has: key, value, and where it is from.
pub(super) fn show(entries: Vec<(String, String, Layer)>, context: &Context) -> Result<Exit, Stop> {
    if context.json() {
        let all: serde_json::Map<_, _> = entries
            .into_iter()
            .map(|(key, value, origin)| (key, serde_json::json!({ "value": value, "origin": origin.to_string() })))
            .collect();
        context.print(serde_json::Value::Object(all).to_string())?;
    } else {
        let width = entries.iter().map(|(key, ..)| key.len()).max().unwrap_or(0);
        let lines: Vec<_> =
            entries.iter().map(|(key, value, origin)| format!("{key:width$} = {value}  # {origin}")).collect();
        context.print(lines.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn period(args: &AuditArgs, config: &AuditConfig, now: Timestamp) -> Result<Months, Error> {
    let (first, last) = match (args.month, args.from, args.to) {
        (Some(month), ..) => (month, month),
        (None, Some(from), Some(to)) => (from, to),
        (None, ..) => return Ok(Months::over(config.frequency, now)),
    };
    let reason = || format!("{last} lies before {first}: a period ends with --to");
    Months::new(first, last).ok_or_else(|| Error::Flag { flag: "to", reason: reason() })
}

/// What a report is about: as it was named, or as the project's folder is.
pub(super) fn subject(named: Option<&str>, project: &Path) -> Result<String, Error> {
    if let Some(subject) = named {
        if subject.trim().is_empty() || subject.chars().any(char::is_control) {
            return Err(Error::Flag { flag: "subject", reason: "a subject is a visible text".into() });
        }
        return Ok(subject.to_owned());
    }
    let whole = std::fs::canonicalize(project).ok();
    let name = whole.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    Ok(name.unwrap_or_else(|| "unnamed project".to_owned()))
}

/// Writes the audit in each format, and tells the files.
fn write(audit: &Audit, formats: &[ExportFormat], args: &AuditArgs) -> Result<Vec<PathBuf>, Error> {
    let mut json = serde_json::to_vec_pretty(audit).map_err(Error::Record)?;
    json.push(b'\n');
    let mut files = Vec::new();
    for format in formats {
        let path = args.out_dir.join(format!("audit.{}", format.as_str()));
        match format {
            ExportFormat::Json => file::write(&path, &json)?,
            ExportFormat::Html => {
                let own = args.template.as_deref().map(template).transpose()?;
                let own = own.as_ref().map(|(name, text)| Template { name, text });
                file::write(&path, generate_html_report(audit, own)?.as_bytes())?;
            }
            ExportFormat::Pdf => pdf(&path, audit, &json)?,
        }
        files.push(path);
    }
    Ok(files)
}

#[cfg(feature = "pdf")]
fn pdf(path: &Path, audit: &Audit, json: &[u8]) -> Result<(), Error> {
    Ok(file::write(path, &crate::pdf::render(audit, json)?)?)
}

#[cfg(not(feature = "pdf"))]
fn pdf(_: &Path, _: &Audit, _: &[u8]) -> Result<(), Error> {
    Err(Error::NoPdf)
}

/// A template's name and text.
fn template(path: &Path) -> Result<(String, String), Error> {
    let text = String::from_utf8(file::read(path, MAX_TEMPLATE)?).map_err(|error| file::FileError::Content {
        path: path.to_path_buf(),
        pointer: String::new(),
        reason: error.utf8_error().to_string(),
    })?;
    Ok((path.display().to_string(), text))
}

/// Says in a few lines what the audit holds.
fn told(audit: &Audit, context: &Context) {
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let (period, overview) = (&audit.period, &audit.overview);
    let months =
        if period.first == period.last { period.first.clone() } else { format!("{} to {}", period.first, period.last) };
    let integrity = match (audit.integrity.verified, audit.integrity.lines) {
        (false, _) => "broken",
        (true, 0) => "empty",
        (true, _) => "verified",
    };
    context.say(format!(
        "{} of {months}: {}, {}, {}; ledger {integrity}, head {}",
        audit.subject,
        count(number(overview.runs), "run", "runs"),
        count(number(overview.violations), "floor not met", "floors not met"),
        count(number(overview.incidents_open), "open incident", "open incidents"),
        audit.integrity.head,
    ));
    for line in &audit.attention {
        context.say(format!("  {}", bench_cli::printable(line)));
    }
}
