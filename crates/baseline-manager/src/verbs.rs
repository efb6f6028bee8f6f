//! The edge: settings, clock and surroundings go into a verb, and what comes of it is printed.

mod reading;
mod writing;

use std::path::Path;

use bench_cli::{Context, Error as Stop};
use bench_model::Exit;
use bench_model::config::{Layer, LedgerLocation, Settings};
use bench_model::perf::Headline;
use bench_model::time::Timestamp;

use crate::cli::{Cli, Verb};
use crate::{Error, Mainline, Place, Store};

/// Runs a verb.
///
/// # Errors
/// Whatever the verb fails with, ready to be printed.
pub fn run(cli: Cli, ctx: &Context) -> Result<Exit, Stop> {
    let verb = cli.verb;
    let project = verb.place().project.clone();
    if !project.is_dir() {
        let reason = format!("there is no folder {}", project.display());
        return Err(Error::Flag { flag: "project", reason }.into());
    }
    let mut layers = ctx.layers(&project)?;
    let named = verb.named().map(|(text, id)| (text.to_owned(), id));
    if let Some((text, id)) = &named {
        let origin = if *id == "ledger" { ctx.origin(id) } else { None };
        let origin = origin.unwrap_or(Layer::Flag("LEDGER".into()));
        layers.set("ledger.location", text.clone(), origin);
    }
    if let (Verb::Prune { keep_months: Some(months), .. }, Some(origin)) = (&verb, ctx.origin("keep_months")) {
        layers.set("ledger.keep_months", i64::from(*months), origin);
    }
    if ctx.show_settings(&layers)? {
        return Ok(Exit::Done);
    }
    let settings = layers.settings()?;
    let location = match settings.ledger.location.clone() {
        // A folder in the project's own settings is meant from the project.
        LedgerLocation::Folder(path) if named.is_none() => LedgerLocation::Folder(project.join(path)),
        location => location,
    };
    let (place, around) = Place::of(&location, &settings.ledger.remote, &project)?;
    if let (Place::Ref { .. }, LedgerLocation::Auto, Verb::Append { .. }, true) = (&place, &location, &verb, around.ci)
    {
        let remote = &settings.ledger.remote;
        ctx.warn(format!("there is no remote `{remote}` to push to: the ledger ends with this clone"));
    }
    let here = Here { ctx, settings: &settings, project: &project, place: &place, now: Timestamp::now() };
    match verb {
        Verb::Baseline { perf, out, .. } => here.baseline(&perf, &out),
        Verb::Append { run, .. } => here.append(&run),
        Verb::Promote { asked, .. } => here.promote(*asked),
        Verb::History { metric, limit, .. } => here.history(metric.as_deref(), limit),
        Verb::Trends { metrics, .. } => here.trends(&metrics),
        Verb::Range { metric, .. } => here.range(&metric),
        Verb::Verify { head, .. } => here.verify(head.as_ref()),
        Verb::Export { out, allow_empty, .. } => here.export(&out, allow_empty),
        Verb::Prune { author, .. } => here.prune(&author),
    }
}

/// Everything a verb works with.
struct Here<'a> {
    ctx: &'a Context,
    settings: &'a Settings,
    project: &'a Path,
    place: &'a Place,
    now: Timestamp,
}

impl Here<'_> {
    fn store(&self) -> Result<Store, Error> {
        Store::open(self.place, self.project)
    }

    fn main(&self) -> Mainline<'_> {
        Mainline { branch: &self.settings.ledger.main_branch, project: self.project }
    }

    fn headline(&self) -> &[Headline] {
        &self.settings.headline
    }

    /// Prints a record for programs, or a text for people.
    fn print(&self, record: &impl serde::Serialize, text: impl FnOnce() -> String) -> Result<Exit, Stop> {
        let shown = if self.ctx.json() { serde_json::to_string(record).map_err(Error::Seal)? } else { text() };
        self.ctx.print(shown)?;
        Ok(Exit::Done)
    }

    fn warn(&self, warnings: &[String]) {
        warnings.iter().for_each(|warning| self.ctx.warn(warning));
    }

    /// Prints records as JSON lines for programs, or a text for people.
    fn print_lines(&self, records: &[impl serde::Serialize], text: impl FnOnce() -> String) -> Result<Exit, Stop> {
        if self.ctx.json() {
            for record in records {
                self.ctx.print(serde_json::to_string(record).map_err(Error::Seal)?)?;
            }
        } else {
            self.ctx.print(text())?;
        }
        Ok(Exit::Done)
    }
}
