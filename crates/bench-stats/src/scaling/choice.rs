//! Which of the three laws the points ask for.
//! Must not know: whether any of them is any good.

use super::law::{AMDAHL, LINEAR, Measured, UNIVERSAL};
use super::solve::Coefficients;
use crate::spread::student_tails;

/// Below this probability a term is taken to be there.
const SHOWN: f64 = 0.05;

/// A law of throughput X against workers N. Lambda is the throughput of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// `X(N) = lambda N`: every worker adds as much.
    Linear,
    /// `X(N) = lambda N / (1 + sigma (N - 1))`: a share sigma of the work is done by one at a time (G. M. Amdahl, Validity of
    /// the single processor approach to achieving large scale computing capabilities, AFIPS 1967).
    Amdahl,
    /// `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`: and each waits for every other to agree (N. J. Gunther, A
    /// Simple Capacity Model of Massively Parallel Transaction Systems, CMG 1993; Guerrilla Capacity Planning, Springer 2007).
    Universal,
}

/// A law with the numbers that suit the points best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LawFit {
    /// The law.
    pub law: Law,
    /// The throughput of one worker, in the throughputs' unit.
    pub lambda: f64,
    /// Contention: the share of the work that is done by one at a time, 0 to 1.
    pub sigma: f64,
    /// Coherency: what agreeing costs per pair of workers, as a share of the work; 0 or more.
    pub kappa: f64,
    /// The sum of squares, of logarithms of throughputs, that the law leaves between itself and all repetitions.
    pub left: f64,
}

/// Why a law was chosen: the simplest that the points do not speak against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// The universal law: without coherency, the points would lie so far off with this probability.
    CoherencyShown {
        /// One-sided.
        p: f64,
    },
    /// Amdahl's law: coherency is not shown (it may be there), but without contention the points would lie so far off with
    /// this probability.
    ContentionShown {
        /// One-sided.
        p: f64,
        /// That of coherency.
        p_coherency: f64,
    },
    /// The line: neither is shown. They may be there; their intervals say up to which size.
    NeitherShown {
        /// One-sided, of contention.
        p_contention: f64,
        /// That of coherency.
        p_coherency: f64,
    },
}

impl Reason {
    /// The law that was chosen.
    pub fn law(&self) -> Law {
        match self {
            Self::CoherencyShown { .. } => Law::Universal,
            Self::ContentionShown { .. } => Law::Amdahl,
            Self::NeitherShown { .. } => Law::Linear,
        }
    }
}

/// The three laws and the choice between them, by F tests of nested models (N. R. Draper and H. Smith, Applied Regression
/// Analysis, 3rd edition, Wiley 1998). A term can only slow things down, so that the tests are one-sided.
///
/// `variance` is that of a logarithm, with its degrees of freedom.
pub(crate) fn choose(measured: &Measured, variance: f64, freedom: f64) -> ([LawFit; 3], Reason) {
    let fit = |law: Law, rays: &[Coefficients]| {
        let (best, left) = measured.best(rays);
        let found = measured.parameters(best);
        let left = left + measured.pure;
        LawFit { law, lambda: found.lambda, sigma: found.sigma, kappa: found.kappa, left }
    };
    let linear = fit(Law::Linear, &LINEAR);
    let amdahl = fit(Law::Amdahl, &AMDAHL);
    let universal = fit(Law::Universal, &UNIVERSAL);
    // What rounding leaves is no evidence.
    let variance = variance.max(1e-24);
    let p = |without: LawFit, with: LawFit| {
        student_tails(((without.left - with.left).max(0.0) / variance).sqrt(), freedom) / 2.0
    };
    let (p_coherency, p_contention) = (p(amdahl, universal), p(linear, amdahl));
    let reason = if p_coherency < SHOWN {
        Reason::CoherencyShown { p: p_coherency }
    } else if p_contention < SHOWN {
        Reason::ContentionShown { p: p_contention, p_coherency }
    } else {
        Reason::NeitherShown { p_contention, p_coherency }
    };
    ([linear, amdahl, universal], reason)
}
