//! How throughput follows size, in words. Must not know: single sizes.

use bench_model::scale::{AmdahlFit, Estimated, FittedLaw, Law, LawKind, Peak};
use bench_model::unit::rounded;
use bench_model::words::{amount, unsigned_percent};
use bench_model::{Finite, Unit};
use serde::Serialize;

use super::{estimated, sentence};

/// A law, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LawView {
    /// Whether there is one.
    pub fitted: bool,
    /// What it is, or why there is none, in sentences.
    pub told: String,
    /// The formula; empty without a law.
    pub formula: &'static str,
    /// Its parameters, how well it describes the points, and where throughput is largest. Empty without a law.
    pub facts: Vec<LawFact>,
}

/// A figure of a law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LawFact {
    /// What it is.
    pub name: &'static str,
    /// The figure, or why it is not known.
    pub value: String,
}

pub(super) fn view(law: &Law) -> LawView {
    match law {
        Law::Refused { why } => LawView {
            fitted: false,
            told: format!("No law is fitted to these sizes. {}", sentence(why)),
            formula: "",
            facts: Vec::new(),
        },
        Law::Fitted(law) => fitted(law),
    }
}

fn fitted(law: &FittedLaw) -> LawView {
    // The parameters are always those of the universal law: a term that is not shown may be there.
    let told = match law.kind {
        LawKind::Linear => {
            "Throughput grows in step with size as far as the points tell: neither contention nor a cost of keeping in step is \
             shown. The intervals say how much of each there may be."
        }
        LawKind::Amdahl => {
            "The points show contention, as Amdahl's law has it: a share of the work cannot be done side by side. A cost of \
             keeping in step is not shown; its interval says how much of it there may be."
        }
        LawKind::Universal => {
            "The points show a cost of keeping in step, as the Universal Scalability Law has it: throughput falls from some size \
             on. How much of the work cannot be done side by side, the interval of contention says."
        }
    };
    let plain = |value: Finite| rounded(value.get(), 3);
    let rate = |it: &Estimated| format!("{} per second", estimated(it, |value| rounded(value.get(), 4)));
    let peak = match &law.peak {
        Peak::At { size, throughput } => format!("at {}: {}", estimated(size, plain), rate(throughput)),
        Peak::Unknown { why } => format!("not known: {}", crate::visible::shown(why)),
    };
    let share = |share: Finite| amount(share, Unit::Ratio);
    let amdahl = |fit: &AmdahlFit| {
        let (rate, contention) = (rounded(fit.rate.get(), 4), plain(fit.contention));
        format!("λ {rate} per second, σ {contention}; points lie around it by {}", unsigned_percent(fit.residual.get()))
    };
    let fact = |name, value| LawFact { name, value };
    LawView {
        fitted: true,
        told: told.to_owned(),
        formula: "X(N) = λN / (1 + σ(N − 1) + κN(N − 1))",
        facts: vec![
            fact("Of sizes", format!("{} to {}", law.fewest, law.most)),
            fact("Rate of one, λ", rate(&law.rate)),
            fact("Contention, σ", estimated(&law.contention, plain)),
            fact("Coherency, κ", estimated(&law.coherency, plain)),
            fact("Variance explained, R²", law.r_squared.map_or_else(|| "the points do not vary".into(), share)),
            fact("Points lie around it by", unsigned_percent(law.residual.get())),
            fact("Amdahl's law alone (κ = 0)", law.amdahl.as_ref().map_or_else(|| "not fitted".into(), amdahl)),
            fact("Largest throughput", peak),
        ],
    }
}
