//! The verbs that change the ledger.

use bench_cli::words::percent;
use bench_cli::{Error as Stop, printable};
use bench_model::Exit;
use bench_model::ledger::{Incident, IncidentState};
use serde_json::json;

use super::Here;
use crate::cli::{Asked, Judged};
use crate::{
    Appended, Error, FormerAnchor, JudgedRun, Place, Promoted, Promoting, Record, TestsProof, promote_baseline, prune,
    show, store_historical_data,
};

impl Here<'_> {
    pub(super) fn append(&self, files: &Judged) -> Result<Exit, Stop> {
        let run = JudgedRun::read(&files.perf, &files.verdict)?;
        run.matched(&files.perf)?;
        if let Some(why) = run.not_kept() {
            let note = format!("the run was not appended: {why}");
            self.ctx.say(&note);
            return self.skipped(&note);
        }
        let record = run.record()?;
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
            let note = "the run was not appended: the ledger is read-only in a pull request, and under refs/remotes/";
            self.ctx.say(note);
            return self.skipped(note);
        }
        let appended = store_historical_data(&store, &record, &self.main(), self.now)?;
        self.warn(&appended.warnings);
        let what = if appended.appended { "appended as" } else { "already" };
        let Appended { run_id, seq, .. } = &appended;
        let status = run.judgement.status;
        self.ctx.say(match record {
            Record::Run(_) => format!("run {run_id} [{status}] {what} line {seq} of {store}"),
            Record::Noise(_) => format!("the noise that run {run_id} measured is {what} line {seq} of {store}"),
        });
        appended.waived.iter().for_each(|metric| self.ctx.say(format!("waiver used for {metric}")));
        self.tell(&appended.incidents, appended.not_kept.as_deref());
        self.ctx.say(format!("ledger head {}", appended.head));
        self.print(&appended, || appended.head.to_string())
    }

    fn tell(&self, incidents: &[Incident], not_kept: Option<&str>) {
        if let Some(why) = not_kept {
            self.ctx.say(format!("not kept as an incident: {why}"));
        }
        for Incident { metric, state, change, .. } in incidents {
            let what = match state {
                IncidentState::Opened => "incident opened",
                IncidentState::Recovered => "incident closed, recovered",
                IncidentState::Waived => "incident closed, waived",
                IncidentState::Accepted => "incident closed, accepted",
            };
            let size = change.map_or(String::new(), |change| format!(" {}", percent(change.get())));
            self.ctx.say(format!("{what}: {metric}{size}"));
        }
    }

    fn skipped(&self, note: &str) -> Result<Exit, Stop> {
        if self.ctx.json() {
            self.ctx.print(json!({ "appended": false, "skipped": note }).to_string())?;
        }
        Ok(Exit::Done)
    }

    pub(super) fn promote(&self, flags: Asked) -> Result<Exit, Stop> {
        let Asked { run, tests_check, junit, new_epoch, anchor, retire, author, reason } = flags;
        let run = JudgedRun::read(&run.perf, &run.verdict)?;
        let proof = tests_check.map(TestsProof::Check).or(junit.map(TestsProof::Junit));
        let tests = proof.map(|proof| proof.read()).transpose()?;
        let store = self.store()?;
        let asked = Promoting {
            run: &run,
            tests: tests.as_ref(),
            new_epoch,
            retire: &retire,
            anchor: anchor.as_ref(),
            author: author.as_ref(),
            reason: reason.as_ref(),
            main: self.main(),
            remote: &self.settings.ledger.remote,
        };
        let promoted = match promote_baseline(&store, &asked, self.now) {
            Err(Error::Refused { run_id, refusals }) => {
                if self.ctx.json() {
                    let listed: Vec<_> = refusals
                        .iter()
                        .map(|refusal| {
                            json!({ "criterion": refusal.name(), "reason": refusal.to_string(), "next": refusal.next() })
                        })
                        .collect();
                    let record = json!({ "run_id": run_id, "promoted": false, "refusals": listed });
                    self.ctx.print(record.to_string())?;
                }
                return Err(Error::Refused { run_id, refusals }.into());
            }
            other => other?,
        };
        self.warn(&promoted.warnings);
        let Promoted { run_id, seq, author: by, reason: because, .. } = &promoted;
        if promoted.promoted {
            self.ctx.say(format!("run {run_id} is the baseline now\nline {seq} of {store}, because"));
            promoted.criteria.iter().for_each(|criterion| self.ctx.say(format!("- {criterion}")));
        } else {
            self.ctx.say(format!("run {run_id} is the baseline already\nline {seq} of {store}"));
        }
        if by.is_some() || because.is_some() {
            self.ctx.say(printable(&format!("promoted{}", show::said(by.as_deref(), because.as_deref()))));
        }
        let unheard =
            |said: Option<String>, kept: &Option<String>| said.is_some_and(|said| kept.as_ref() != Some(&said));
        if unheard(author.map(|said| said.to_string()), by) || unheard(reason.map(|said| said.to_string()), because) {
            self.ctx.warn(format!("--author and --reason were not recorded: line {seq} stands as it was written"));
        }
        if let Some(name) = &promoted.anchor {
            self.ctx.say(format!("it is the anchor {name}: later promotions do not replace it"));
        }
        if let Some(FormerAnchor { name, seq }) = &promoted.replaces_anchor {
            let name = printable(name);
            self.ctx.say(format!(
                "it takes the place of the anchor {name} (line {seq}): runs are held against the newest alone"
            ));
        }
        self.tell(&promoted.incidents, promoted.not_kept.as_deref());
        self.print(&promoted, || promoted.head.to_string())
    }

    pub(super) fn prune(&self, author: &str) -> Result<Exit, Stop> {
        let store = self.store()?;
        let months = self.settings.ledger.keep_months;
        let pruned = prune(&store, months, author, self.now)?;
        self.warn(&pruned.warnings);
        self.ctx.say(show::pruned(&store.to_string(), &pruned, months));
        self.print(&pruned, || pruned.head.to_string())
    }
}
