//! `report`: the page of one run, from the files in its folder.
//! Must not know: how the page looks.

use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::ledger::Baseline;
use bench_model::perf::Report;
use bench_model::run::Run;
use bench_model::verdict::Judgement;
use bench_model::{Exit, Sha256, file};
use bench_report::Template;
use bench_report::page::{PageFile, ReportPage, report_page};
use clap::Args;
use serde::de::DeserializeOwned;

use crate::Error;

/// The largest template that is read, in bytes.
const MAX_TEMPLATE: u64 = 4 << 20;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The run's folder, with perf.json and verdict.json, and perhaps run.json and baseline.json
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// Where the page is written, or `-` [default: report.html in the run's folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// An own template, its name ending in .html
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// The ledger's head after this run was recorded
    #[arg(long, value_name = "HASH", value_parser = str::parse::<Sha256>)]
    ledger_head: Option<Sha256>,
}

pub(crate) fn report(args: &ReportArgs, context: &Context) -> Result<Exit, Error> {
    let mut folder = Folder::new(&args.run);
    let report: Report = folder.needed("perf.json")?;
    let judgement: Judgement = folder.needed("verdict.json")?;
    let run: Option<Run> = folder.read("run.json")?;
    let baseline: Option<Baseline> = folder.read("baseline.json")?;
    let page = ReportPage {
        report: &report,
        judgement: &judgement,
        baseline: baseline.as_ref(),
        run: run.as_ref(),
        ledger_head: args.ledger_head.as_ref(),
        files: &folder.files,
    };
    let own = args.template.as_deref().map(template).transpose()?;
    let html = report_page(&page, own.as_ref().map(|(name, text)| Template { name, text }))?;
    let out = args.out.clone().unwrap_or_else(|| args.run.join("report.html"));
    if out == Path::new("-") {
        context.print(html)?;
    } else {
        file::write(&out, html.as_bytes())?;
        let path = out.display().to_string();
        context.print(if context.json() { serde_json::json!({ "files": [path] }).to_string() } else { path })?;
    }
    Ok(Exit::Done)
}

/// A run's folder, and what was read from it.
pub(super) struct Folder<'a> {
    path: &'a Path,
    files: Vec<PageFile>,
}

impl<'a> Folder<'a> {
    pub(super) const fn new(path: &'a Path) -> Self {
        Self { path, files: Vec::new() }
    }

    /// The digest of a file that was read.
    pub(super) fn digest(&self, name: &str) -> Option<&Sha256> {
        self.files.iter().find(|file| file.name == name).map(|file| &file.sha256)
    }

    pub(super) fn needed<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, Error> {
        self.read(name)?.ok_or_else(|| Error::NoRun { folder: self.path.to_path_buf(), name })
    }

    /// A file's content, when there is such a file.
    pub(super) fn read<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let path = self.path.join(name);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = file::read(&path, file::MAX_DOCUMENT)?;
        let content = file::parse_json(&path, &bytes)?;
        self.files.push(PageFile { name: name.to_owned(), sha256: Sha256::of(&bytes) });
        Ok(Some(content))
    }
}

/// A template's name and text. Its name must end in `.html`, because that is what makes values escaped.
fn template(path: &Path) -> Result<(String, String), Error> {
    let name = path.display().to_string();
    if !name.ends_with(".html") {
        let reason = format!("`{name}` does not end in .html, and then values would not be escaped");
        return Err(Error::Flag { flag: "template", reason });
    }
    let bytes = file::read(path, MAX_TEMPLATE)?;
    let text = String::from_utf8(bytes).map_err(|error| file::FileError::Content {
        path: path.to_path_buf(),
        pointer: String::new(),
        reason: error.utf8_error().to_string(),
    })?;
    Ok((name, text))
}
