//! `site`: a static site of a ledger, in a folder that any web server, or none, can show.
//! Must not know: what the pages look like.
//!
//! Pages are written first and `index.json`, which lists them, last: after a crash the list of the site before still names every
//! page that the next run has to remove.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bench_cli::Context;
use bench_model::Exit;
use bench_model::file::{self, FileError, MAX_DOCUMENT};
use bench_model::ledger::read_ledger;
use bench_report::site::{Index, LedgerState, SiteFold, index_page, metric_page};
use clap::Args;

use crate::Error;

/// The list of the site's pages.
const INDEX: &str = "index.json";
const TOOL: &str = concat!("audit-generator ", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Args)]
pub(crate) struct SiteArgs {
    /// The ledger: a file as `baseline-manager export` writes it, a folder of segments, or `-`
    #[arg(long, value_name = "LEDGER")]
    ledger: PathBuf,
    /// The site's folder; what is in it besides the site stays
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the site is about, such as the project's name
    #[arg(long, value_name = "NAME", default_value = "Performance history")]
    title: String,
}

pub(crate) fn site(args: &SiteArgs, context: &Context) -> Result<Exit, Error> {
    let before = pages_before(&args.out)?;
    let mut fold = SiteFold::default();
    let ledger = read_ledger(&args.ledger, &mut |entry| fold.visit(entry))?;
    let state = LedgerState {
        head: ledger.summary.head.clone(),
        lines: ledger.summary.lines,
        problem: ledger.broken.as_ref().map(|broken| broken.error.to_string()),
    };
    let site = fold.finish(args.title.clone(), TOOL.to_owned(), state);
    let index = Index::of(&site);
    write(&args.out.join(".nojekyll"), b"")?;
    let mut pages = BTreeSet::new();
    for (metric, listed) in site.metrics.iter().zip(&index.metrics) {
        write(&args.out.join(&listed.page), metric_page(&site, metric)?.as_bytes())?;
        pages.insert(listed.page.clone());
    }
    write(&args.out.join("index.html"), index_page(&site)?.as_bytes())?;
    for stale in before.difference(&pages) {
        remove(&args.out.join(stale))?;
    }
    file::write_json(&args.out.join(INDEX), &index)?;
    context.print(args.out.join("index.html").display().to_string())?;
    Ok(match &ledger.broken {
        None => Exit::Done,
        Some(broken) => {
            context.report(&broken.diagnostic());
            Exit::No
        }
    })
}

/// The pages of the site that is there already.
fn pages_before(out: &Path) -> Result<BTreeSet<String>, Error> {
    let list = out.join(INDEX);
    let foreign = || Error::Flag {
        flag: "out",
        reason: format!("{} holds an index that no run of `site` wrote, and it would be overwritten", out.display()),
    };
    if !list.exists() {
        return if out.join("index.html").exists() { Err(foreign()) } else { Ok(BTreeSet::new()) };
    }
    let index = file::read(&list, MAX_DOCUMENT)?;
    let index = serde_json::from_slice::<Index>(&index).ok().filter(|index| index.schema == Index::SCHEMA);
    let pages = index.ok_or_else(foreign)?.metrics.into_iter().map(|metric| metric.page);
    // The list is a file that anybody may have changed: only what can be a page of a site is ever removed.
    Ok(pages.filter(|page| is_page(page)).collect())
}

fn is_page(page: &str) -> bool {
    let name = page.strip_prefix("metric/").and_then(|name| name.strip_suffix(".html"));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    })
}

/// Writes a page, unless it is there already as it should be: most pages of a large site do not change with a run.
fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    file::write(path, bytes)
}

fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::Write { path: path.to_path_buf(), source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
