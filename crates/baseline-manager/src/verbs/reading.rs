//! The verbs that only read.

use std::path::Path;

use bench_cli::Error as Stop;
use bench_cli::words::count;
use bench_model::file::write_json;
use bench_model::ledger::Promotion;
use bench_model::{Exit, Failure, Sha256};
use serde::Serialize;

use super::Here;
use crate::record::read_report;
use crate::{
    EarlierValues, HistoryRow, IncidentRow, MetricNames, NoiseSummary, Place, baseline_of,
    calculate_performance_trends, collect_series, export, find_range, newest_runs, show, verify,
};

/// A line of `history --format json`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum HistoryLine<'a> {
    Run(&'a HistoryRow),
    Incident(&'a IncidentRow),
    Noise(&'a NoiseSummary),
}

impl Here<'_> {
    pub(super) fn baseline(&self, perf: &Path, out: &Path) -> Result<Exit, Stop> {
        let report = read_report(perf)?;
        let (epoch, mode) = (report.provenance.epoch, report.plan.mode);
        let mut earlier = EarlierValues::new(&report.run_id, &epoch, mode, self.main());
        let ledger = match self.place {
            Place::Nowhere { .. } => None,
            Place::Folder(_) | Place::Ref { .. } | Place::Branch { .. } => {
                Some(self.store()?.read(None, &mut |entry| earlier.visit(entry))?)
            }
        };
        let baseline = baseline_of(ledger.as_ref(), &epoch, mode, earlier.finish());
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
        if baseline.measured_elsewhere {
            self.ctx.say("the main branch was measured in other environments or modes only");
        }
        if let Some(Promotion { anchor: Some(name), run_id, commit, .. }) = &baseline.anchor {
            self.ctx.say(format!("anchor {name}: run {run_id}, commit {}", commit.short()));
        }
        Ok(Exit::Done)
    }

    pub(super) fn history(&self, metric: Option<&str>, limit: usize) -> Result<Exit, Stop> {
        let store = self.store()?;
        let shown = newest_runs(&store, &mut MetricNames::new(self.headline()), metric, limit, self.main())?;
        if shown.runs.is_empty() && shown.incidents.is_empty() {
            self.ctx.say(format!("{store} holds no run"));
            if shown.noise.is_empty() {
                return Ok(Exit::Done);
            }
        }
        let lines = shown.runs.iter().map(HistoryLine::Run);
        let lines = lines.chain(shown.incidents.iter().map(HistoryLine::Incident));
        let lines: Vec<_> = lines.chain(shown.noise.iter().map(HistoryLine::Noise)).collect();
        self.print_lines(&lines, || show::history(&shown, metric.is_some(), self.ctx.width(), self.ctx.colour()))
    }

    pub(super) fn trends(&self, metrics: &[String]) -> Result<Exit, Stop> {
        let store = self.store()?;
        let past = collect_series(&store, &mut MetricNames::new(self.headline()), metrics, self.main())?;
        let trends = calculate_performance_trends(&past);
        if trends.is_empty() {
            self.ctx.say(format!("{store} holds no run that measured everything"));
            return Ok(Exit::Done);
        }
        self.print_lines(&trends, || show::trends(&trends, self.ctx.width(), self.ctx.colour()))
    }

    pub(super) fn range(&self, metric: &str) -> Result<Exit, Stop> {
        let store = self.store()?;
        let range = find_range(&store, &mut MetricNames::new(self.headline()), metric, self.main())?;
        self.print(&range, || format!("good {}\nbad {}\nmetric {}", range.good, range.bad, range.metric))
    }

    pub(super) fn verify(&self, head: Option<&Sha256>) -> Result<Exit, Stop> {
        let store = self.store()?;
        let verified = verify(&store, head)?;
        self.print(&verified, || show::verified(&store.to_string(), &verified, self.ctx.width()))
    }

    pub(super) fn export(&self, out: &Path, allow_empty: bool) -> Result<Exit, Stop> {
        let store = self.store()?;
        let exported = export(&store, out, allow_empty)?;
        let (bytes, to) = (exported.bytes, out.display());
        self.ctx.say(format!("exported {store} to {to}, {bytes} bytes\nledger head {}", exported.head));
        // On standard output stands the ledger itself.
        if out != Path::new("-") {
            self.print(&exported, || exported.head.to_string())?;
        }
        if exported.holds {
            return Ok(Exit::Done);
        }
        self.ctx.warn("the ledger was exported as it is, and does not hold");
        exported.findings.iter().for_each(|finding| self.ctx.report(&finding.diagnostic()));
        Ok(Exit::No)
    }
}
