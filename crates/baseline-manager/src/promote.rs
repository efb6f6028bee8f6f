//! Promotion: gathers the facts, lets the criteria decide, and appends the line.
//! Must not know: judging.

use bench_model::ledger::{Body, Incident, Promotion};
use bench_model::time::Timestamp;
use bench_model::{MetricName, RunId, Sha256};

use crate::append::held_line;
use crate::criteria::{Facts, TestEvidence, validate_promotion_criteria};
use crate::git::{Ancestry, Git};
use crate::incidents::{self, Decided, Mainline};
use crate::ledger::Held;
use crate::record::JudgedRun;
use crate::refusal::Refusal;
use crate::said::{Author, Reason};
use crate::store::{Change, Store};
use crate::{Error, Ledger};

/// What an anchor stands for, such as a release: 1 to 64 visible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorName(String);

impl std::str::FromStr for AnchorName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let visible = !text.chars().any(char::is_control) && text.trim() == text;
        if visible && (1..=64).contains(&text.chars().count()) {
            return Ok(Self(text.to_owned()));
        }
        Err("an anchor's name has 1 to 64 visible characters, such as v1.2.0")
    }
}

/// A promotion that is asked for.
#[derive(Debug)]
pub struct Promoting<'a> {
    /// The run.
    pub run: &'a JudgedRun,
    /// How tests are proved.
    pub tests: Option<&'a TestEvidence>,
    /// Whether a first baseline beside those of other epochs or modes is wanted.
    pub new_epoch: bool,
    /// Metrics of the baseline in force to let go of, which the run did not report.
    pub retire: &'a [MetricName],
    /// What the promotion stands for, when it is to be frozen as an anchor.
    pub anchor: Option<&'a AnchorName>,
    /// Who promotes, as they say themselves.
    pub author: Option<&'a Author>,
    /// Why.
    pub reason: Option<&'a Reason>,
    /// The only branch that baselines come from, and the project, whose repository knows which commit is newer.
    pub main: Mainline<'a>,
    /// The remote whose main branch counts, too.
    pub remote: &'a str,
}

impl Promoting<'_> {
    /// Who promotes and why, as a line keeps it.
    fn said(&self) -> (Option<String>, Option<String>) {
        (self.author.map(ToString::to_string), self.reason.map(ToString::to_string))
    }
}

/// What became of a promotion.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Promoted {
    /// The run.
    pub run_id: RunId,
    /// The line of the promotion.
    pub seq: u64,
    /// Whether this call promoted it; otherwise it was the baseline already.
    pub promoted: bool,
    /// What it stands for, when it is an anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// The anchor that this one takes the place of: runs are held against the newest alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces_anchor: Option<FormerAnchor>,
    /// Who promoted it, as the line says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why, as the line says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Each criterion with the evidence that met it.
    pub criteria: Vec<String>,
    /// The incidents that the run opened and closed, and those that the promotion settled.
    pub incidents: Vec<Incident>,
    /// Why a confirmed regression that the run shows opened none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<String>,
    /// The ledger's head afterwards.
    pub head: Sha256,
    /// What to know.
    pub warnings: Vec<String>,
}

/// An anchor that is held against no run any more.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FormerAnchor {
    /// What it stands for.
    pub name: String,
    /// The line that made it one.
    pub seq: u64,
}

/// What to append for a promotion.
struct Planned {
    append: Vec<Body>,
    promotion: Promotion,
    replaces_anchor: Option<FormerAnchor>,
    /// The line that it is in already, when nothing is to be appended.
    held: Option<u64>,
    /// Why a regression that the run shows opens no incident.
    not_kept: Option<String>,
}

/// Makes a run the baseline of its epoch and mode when it meets every criterion. Its run line is appended first where it is
/// missing, and incidents that the new baseline settles are closed. A run that is the baseline already stays it; it becomes an
/// anchor when that is asked for.
///
/// # Errors
/// [`Error::Refused`] with every criterion that is not met; [`Error::RunTaken`] when the ledger holds the run made from
/// other files; and what storage can fail with. The ledger is unchanged then.
pub fn promote_baseline(store: &Store, asked: &Promoting<'_>, now: Timestamp) -> Result<Promoted, Error> {
    let report = &asked.run.report;
    let mut done = None;
    let changed = store.update(now, Some(&report.run_id), &mut |ledger| {
        let current = ledger.promotion(&report.provenance.epoch, report.plan.mode);
        let is_current =
            |held: &&Held<Promotion>| held.value.run_id == report.run_id && held.value.digests == asked.run.digests;
        let planned = match current.filter(is_current) {
            Some(held) => again(ledger, held, asked),
            None => plan(ledger, current.map(|held| held.seq), asked)?,
        };
        let append = planned.append.clone();
        done = Some((ledger.summary.last_seq, planned));
        Ok(Change { append, ..Change::default() })
    })?;
    // An update that succeeds has decided.
    let Some((last_seq, Planned { append, promotion, replaces_anchor, held, not_kept })) = done else {
        return Err(refused(asked, Vec::new()));
    };
    let place = (last_seq + 1..).zip(&append).find(|(_, line)| matches!(line, Body::Promotion(_)));
    let incidents = append.iter().filter_map(|line| match line {
        Body::Incident(incident) => Some(incident.clone()),
        Body::Run(_) | Body::Promotion(_) | Body::Waiver(_) | Body::Noise(_) | Body::Retention(_) => None,
    });
    Ok(Promoted {
        run_id: promotion.run_id,
        seq: held.or(place.map(|(seq, _)| seq)).unwrap_or(last_seq),
        promoted: held.is_none(),
        anchor: promotion.anchor,
        replaces_anchor,
        author: promotion.author,
        reason: promotion.reason,
        criteria: promotion.criteria,
        incidents: incidents.collect(),
        not_kept,
        head: changed.head,
        warnings: changed.warnings,
    })
}

/// A run that is the baseline already: nothing, unless it is to become an anchor. Who made it the baseline did not make it
/// the anchor, so the new line says of that only what is said now.
fn again(ledger: &Ledger, held: &Held<Promotion>, asked: &Promoting<'_>) -> Planned {
    let anchor = asked.anchor.map(|name| name.0.clone());
    if anchor.is_none() || anchor == held.value.anchor {
        let (promotion, held) = (held.value.clone(), Some(held.seq));
        return Planned { append: Vec::new(), promotion, replaces_anchor: None, held, not_kept: None };
    }
    let (author, reason) = asked.said();
    let promotion = Promotion { anchor, author, reason, replaces: Some(held.seq), ..held.value.clone() };
    let replaces_anchor = former_anchor(ledger, &promotion);
    let append = vec![Body::Promotion(promotion.clone())];
    Planned { append, promotion, replaces_anchor, held: None, not_kept: None }
}

/// The anchor that a promotion takes the place of, when it is one itself.
fn former_anchor(ledger: &Ledger, promotion: &Promotion) -> Option<FormerAnchor> {
    promotion.anchor.as_ref()?;
    let held = ledger.anchors.get(&(promotion.epoch.clone(), promotion.mode))?;
    held.value.anchor.clone().map(|name| FormerAnchor { name, seq: held.seq })
}

fn plan(ledger: &Ledger, replaces: Option<u64>, asked: &Promoting<'_>) -> Result<Planned, Error> {
    let held = held_line(ledger, &asked.run.report.run_id, &asked.run.digests)?;
    let criteria = decide(ledger, asked)?;
    let record = asked.run.run_record()?;
    let run = &record.run;
    let Some(commit) = run.commit.clone() else { return Err(refused(asked, vec![Refusal::Commit])) };
    let (author, reason) = asked.said();
    let promotion = Promotion {
        run_id: run.run_id.clone(),
        commit,
        epoch: run.epoch.clone(),
        mode: run.mode,
        digests: run.digests.clone(),
        replaces,
        anchor: asked.anchor.map(|name| name.0.clone()),
        author,
        reason,
        criteria,
        metrics: run.metrics.clone(),
    };
    let (mut append, Decided { incidents, not_kept }) = match held {
        None => record.lines(ledger, &asked.main),
        Some(_) => (Vec::new(), Decided::default()),
    };
    append.push(Body::Promotion(promotion.clone()));
    append.extend(incidents::settled(ledger, &promotion, &incidents, asked.retire, &asked.main));
    let replaces_anchor = former_anchor(ledger, &promotion);
    Ok(Planned { append, promotion, replaces_anchor, held: None, not_kept })
}

fn refused(asked: &Promoting<'_>, refusals: Vec<Refusal>) -> Error {
    Error::Refused { run_id: asked.run.report.run_id.clone(), refusals }
}

fn decide(ledger: &Ledger, asked: &Promoting<'_>) -> Result<Vec<String>, Error> {
    let JudgedRun { report, judgement, digests } = asked.run;
    let (epoch, mode) = (&report.provenance.epoch, report.plan.mode);
    let git = Git::new(asked.main.project);
    let commit = report.provenance.source.as_ref().map(|source| source.commit.as_str());
    let current = ledger.promotion(epoch, mode).map(|held| &held.value);
    let others = ledger.other_baselines(epoch, mode);
    let facts = Facts {
        report,
        judgement,
        digests,
        main_branch: asked.main.branch,
        in_main: commit.map_or(Ancestry::Unknown, |commit| in_main(&git, asked, commit)),
        tests: asked.tests,
        current,
        others: &others,
        new_epoch: asked.new_epoch,
        retire: asked.retire,
        descends: match (commit, current) {
            (Some(commit), Some(current)) => git.contains(commit, current.commit.as_str()),
            _ => Ancestry::Unknown,
        },
    };
    match validate_promotion_criteria(&facts) {
        Ok(met) => Ok(met.into_iter().map(|met| met.0).collect()),
        Err(refusals) => Err(refused(asked, refusals)),
    }
}

fn in_main(git: &Git, asked: &Promoting<'_>, commit: &str) -> Ancestry {
    let local = format!("refs/heads/{}", asked.main.branch);
    let remote = format!("refs/remotes/{}/{}", asked.remote, asked.main.branch);
    match git.contains(&local, commit) {
        Ancestry::Yes => Ancestry::Yes,
        local => match git.contains(&remote, commit) {
            Ancestry::Unknown => local,
            known => known,
        },
    }
}
