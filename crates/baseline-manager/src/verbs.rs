//! The edge: settings, clock and surroundings go into a verb, and what comes of it is printed.

use std::path::Path;

use bench_cli::words::{count, unsigned_percent};
use bench_cli::{Context, Error as Stop};
use bench_model::config::{Layer, LedgerLocation, Settings};
use bench_model::file::write_json;
use bench_model::ledger::Waiver;
use bench_model::perf::Headline;
use bench_model::time::Timestamp;
use bench_model::unit::{Quantity, Unit};
use bench_model::{Exit, Finite, MetricName};
use serde_json::json;

use crate::cli::{Cli, Judged, Verb};
use crate::record::read_report;
use crate::{
    Appended, Error, JudgedRun, MetricNames, Place, Promoted, Promoting, Store, TestsProof, baseline_of,
    calculate_performance_trends, collect_series, newest_runs, promote_baseline, prune, show, store_historical_data,
    verify, waive,
};

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
        Verb::Promote { run, tests_check, junit, new_epoch, retire, .. } => {
            here.promote(&run, tests_check.map(TestsProof::Check).or(junit.map(TestsProof::Junit)), new_epoch, &retire)
        }
        Verb::History { metric, limit, .. } => here.history(metric.as_deref(), limit),
        Verb::Trends { metric, .. } => here.trends(metric.as_deref()),
        Verb::Verify { head, .. } => {
            let store = here.store()?;
            let verified = verify(&store, here.now, head.as_ref())?;
            here.print(&verified, || show::verified(&store.to_string(), &verified, ctx.width()))
        }
        Verb::Waive { metric, ceiling, expires, issue, reason, author, .. } => {
            let ceiling = Quantity::parse_as(&ceiling, Unit::Ratio).map_err(|e| Error::quantity("ceiling", &e))?;
            let ceiling =
                Finite::try_from(ceiling.value).map_err(|e| Error::Flag { flag: "ceiling", reason: e.to_string() })?;
            here.waive(&metric, |metric| Waiver { metric, ceiling, expires, issue, reason, author })
        }
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

    fn baseline(&self, perf: &Path, out: &Path) -> Result<Exit, Stop> {
        let report = read_report(perf)?;
        let (epoch, mode) = (report.provenance.epoch, report.plan.mode);
        let ledger = match self.place {
            Place::Nowhere { .. } => None,
            _ => Some(self.store()?.read(self.now, None, &mut |_| {})?),
        };
        let baseline = baseline_of(ledger.as_ref(), &epoch, mode);
        write_json(out, &baseline)?;
        match (&baseline.promotion, baseline.others.len()) {
            (Some(promotion), _) => {
                self.ctx.say(format!(
                    "baseline of {epoch}: run {}, commit {}",
                    promotion.run_id,
                    promotion.commit.short()
                ));
            }
            (None, 0) => self.ctx.say(format!("no baseline yet for {epoch}")),
            (None, others) => {
                let others = count(others, "other environment or mode has one", "other environments or modes have one");
                self.ctx.say(format!("no baseline yet for {epoch}; {others}"));
            }
        }
        Ok(Exit::Done)
    }

    fn append(&self, files: &Judged) -> Result<Exit, Stop> {
        let run = JudgedRun::read(&files.perf, &files.verdict)?;
        run.matched(&files.perf)?;
        let entry = run.entry()?;
        if let Place::Nowhere { why, wanted } = self.place {
            let note = format!("the run was not appended: {why}");
            match wanted {
                true => self.ctx.say(&note),
                false => self.ctx.warn(format!("{note}; keep a history with --ledger DIR")),
            }
            return self.skipped(&note);
        }
        let store = self.store()?;
        if store.is_read_only() {
            let note = "the run was not appended: the ledger is read-only in a pull request";
            self.ctx.say(note);
            return self.skipped(note);
        }
        let appended = store_historical_data(&store, &entry, self.now)?;
        self.warn(&appended.warnings);
        let what = if appended.appended { "appended as" } else { "already" };
        let Appended { run_id, seq, .. } = &appended;
        self.ctx.say(format!("run {run_id} [{}] {what} line {seq} of {store}", entry.status));
        self.ctx.say(format!("ledger head {}", appended.head));
        self.print(&appended, || appended.head.to_string())
    }

    fn skipped(&self, note: &str) -> Result<Exit, Stop> {
        if self.ctx.json() {
            self.ctx.print(json!({ "appended": false, "skipped": note }).to_string())?;
        }
        Ok(Exit::Done)
    }

    fn promote(
        &self,
        files: &Judged,
        proof: Option<TestsProof>,
        new_epoch: bool,
        retire: &[MetricName],
    ) -> Result<Exit, Stop> {
        let run = JudgedRun::read(&files.perf, &files.verdict)?;
        let tests = proof.map(|proof| proof.read()).transpose()?;
        let store = self.store()?;
        let asked = Promoting {
            run: &run,
            tests: tests.as_ref(),
            new_epoch,
            retire,
            project: self.project,
            main_branch: &self.settings.ledger.main_branch,
            remote: &self.settings.ledger.remote,
        };
        let promoted = match promote_baseline(&store, &asked, self.now) {
            Err(Error::Refused { run_id, refusals }) => {
                if self.ctx.json() {
                    let listed: Vec<_> = refusals
                        .iter()
                        .map(|refusal| json!({ "criterion": refusal.name(), "reason": refusal.to_string() }))
                        .collect();
                    let record = json!({ "run_id": run_id, "promoted": false, "refusals": listed });
                    self.ctx.print(record.to_string())?;
                }
                return Err(Error::Refused { run_id, refusals }.into());
            }
            other => other?,
        };
        self.warn(&promoted.warnings);
        let Promoted { run_id, seq, .. } = &promoted;
        if promoted.promoted {
            self.ctx.say(format!("run {run_id} is the baseline now\nline {seq} of {store}, because"));
            promoted.criteria.iter().for_each(|criterion| self.ctx.say(format!("- {criterion}")));
        } else {
            self.ctx.say(format!("run {run_id} is the baseline already\nline {seq} of {store}"));
        }
        self.print(&promoted, || promoted.head.to_string())
    }

    fn history(&self, metric: Option<&str>, limit: usize) -> Result<Exit, Stop> {
        let store = self.store()?;
        let rows = newest_runs(&store, self.now, &mut MetricNames::new(self.headline()), metric, limit)?;
        if rows.is_empty() {
            self.ctx.say(format!("{store} holds no run"));
            return Ok(Exit::Done);
        }
        self.print_lines(&rows, || show::history(&rows, metric.is_some(), self.ctx.colour()))
    }

    fn trends(&self, metric: Option<&str>) -> Result<Exit, Stop> {
        let store = self.store()?;
        let series = collect_series(&store, self.now, &mut MetricNames::new(self.headline()), metric)?;
        let trends = calculate_performance_trends(&series);
        if trends.is_empty() {
            self.ctx.say(format!("{store} holds no run that measured everything"));
            return Ok(Exit::Done);
        }
        self.print_lines(&trends, || show::trends(&trends, self.ctx.width(), self.ctx.colour()))
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

    fn waive(&self, text: &str, waiver: impl FnOnce(MetricName) -> Waiver) -> Result<Exit, Stop> {
        let store = self.store()?;
        let mut names = MetricNames::new(self.headline());
        store.read(self.now, None, &mut |entry| names.learn(entry))?;
        let waiver = waiver(names.resolve(text)?);
        let (head, appended, warnings) = waive(&store, &waiver, self.now)?;
        self.warn(&warnings);
        let (metric, ceiling) = (&waiver.metric, unsigned_percent(waiver.ceiling.get()));
        let what = if appended { "waived" } else { "is waived already" };
        self.ctx.say(format!("{metric} {what}:\nup to {ceiling} worse until {}", waiver.expires));
        self.print(&json!({ "metric": metric, "appended": appended, "head": head }), || head.to_string())
    }

    fn prune(&self, author: &str) -> Result<Exit, Stop> {
        let store = self.store()?;
        let months = self.settings.ledger.keep_months;
        let pruned = prune(&store, months, author, self.now)?;
        self.warn(&pruned.warnings);
        self.ctx.say(show::pruned(&store.to_string(), &pruned, months));
        self.print(&pruned, || pruned.head.to_string())
    }
}
