//! What the measured program did, by its own account: counts, what was read back, digests, facts.
//! Must not know: what the work was.

use std::collections::BTreeSet;

use bench_model::proof::{DataDigest, Proof};
use bench_model::words::amount;
use bench_model::{Finite, Unit};
use serde::Serialize;

use super::ReportPage;
use super::grounds::evidence;
use super::words::{count, shown, thousands};

/// So many letters of a digest are shown.
const DIGEST: usize = 12;
/// Up to so many rounds the table stands open.
const OPEN: usize = 10;

#[derive(Debug, Serialize)]
pub(super) struct WorkView {
    /// The evidence level in words.
    level: &'static str,
    real: bool,
    /// All rounds in a sentence.
    told: String,
    /// What keeps rounds from being real work, each once.
    shortfalls: Vec<String>,
    rows: Vec<WorkRow>,
    folded: bool,
    facts: Vec<WorkFact>,
}

#[derive(Debug, Serialize)]
struct WorkRow {
    round: usize,
    planned: String,
    done: String,
    resumed: String,
    sampled: String,
    verified: String,
    output: Option<Digest>,
    /// Whether this round is real work.
    real: bool,
}

#[derive(Debug, Serialize)]
struct Digest {
    short: String,
    whole: String,
    size: String,
}

#[derive(Debug, Serialize)]
struct WorkFact {
    name: String,
    value: String,
    code: bool,
}

/// `None` for a run without an account.
pub(super) fn work(page: &ReportPage<'_>) -> Option<WorkView> {
    let proofs = &page.report.proofs;
    let first = proofs.first()?;
    let shortfalls: Vec<String> = proofs.iter().filter_map(Proof::shortfall).collect();
    let all = proofs.len();
    let names: BTreeSet<_> = proofs.iter().map(|proof| shown(&proof.work)).collect();
    let work = names.into_iter().collect::<Vec<_>>().join(", ");
    let told = match shortfalls.len() {
        0 => {
            let (sampled, done) = proofs.iter().fold((0_u64, 0_u64), |sum, proof| {
                (sum.0.saturating_add(proof.sampled), sum.1.saturating_add(proof.done))
            });
            format!(
                "{work}: all of {} done in {}, and all of {} read back were right.",
                count(done, "item", "items"),
                count(all, "round", "rounds"),
                count(sampled, "result", "results")
            )
        }
        short => format!("{work}: {} of {} fell short of real work.", thousands(short), count(all, "round", "rounds")),
    };
    Some(WorkView {
        level: evidence(page.report.evidence_level),
        real: shortfalls.is_empty(),
        told,
        shortfalls: shortfalls.iter().collect::<BTreeSet<_>>().into_iter().map(|text| shown(text)).collect(),
        rows: proofs.iter().enumerate().map(|(at, proof)| row(at + 1, proof)).collect(),
        folded: all > OPEN,
        facts: facts(proofs, first),
    })
}

fn row(round: usize, proof: &Proof) -> WorkRow {
    WorkRow {
        round,
        planned: thousands(proof.planned),
        done: thousands(proof.done),
        resumed: thousands(proof.resumed),
        sampled: thousands(proof.sampled),
        verified: thousands(proof.verified),
        output: proof.output.as_ref().map(digest),
        real: proof.shortfall().is_none(),
    }
}

fn digest(data: &DataDigest) -> Digest {
    let whole = data.sha256.as_str().to_owned();
    let short = whole.chars().take(DIGEST).collect();
    // Sizes beyond 2^53 lose digits that nobody reads.
    let size = Finite::try_from(data.bytes as f64).map(|bytes| amount(bytes, Unit::Bytes)).unwrap_or_default();
    Digest { short, whole, size }
}

/// What was worked on, and what the program says besides. What differs between rounds is given with each of its values.
fn facts(proofs: &[Proof], first: &Proof) -> Vec<WorkFact> {
    let inputs: BTreeSet<_> = proofs.iter().map(|proof| proof.input.sha256.as_str()).collect();
    let input = digest(&first.input);
    let value = match inputs.len() {
        1 => format!("{} of SHA-256 {}", input.size, input.whole),
        many => format!("{many} different ones"),
    };
    let mut facts = vec![WorkFact { name: "Input".into(), value, code: false }];
    let names: BTreeSet<_> = proofs.iter().flat_map(|proof| proof.facts.keys()).collect();
    for name in names {
        let values: BTreeSet<_> = proofs.iter().filter_map(|proof| proof.facts.get(name)).map(|it| shown(it)).collect();
        let value = values.into_iter().collect::<Vec<_>>().join(", ");
        facts.push(WorkFact { name: shown(&name.replace('_', " ")), value, code: true });
    }
    facts
}
