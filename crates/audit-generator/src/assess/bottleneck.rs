//! What holds a service back, as a scalability run measured it. The rule, in the order in which it decides, at the size with the most
//! throughput:
//!
//! 1. the generator was the limit in a round there: then nothing is known of the service beyond it;
//! 2. a request waits for a database connection, in the mean, for half of the p95 or more;
//! 3. service and generator together keep 90 % of the processors busy that the size can use;
//! 4. 5 % or more of the work cannot be done side by side (contention of the law);
//! 5. keeping each in step with each other costs 0.1 % or more (coherency of the law).
//!
//! Of the law's two all of the interval has to be on one side of the limit; else they are not known. Nor are they when they are beyond it
//! and the law reaches further than the machine's processors, which may be what bends it. Sizes without evidence have no part in
//! it, and a shortened run shows nothing. "No bottleneck" is only said where all five are known, and only up to the largest size measured.
//! Must not know: which component it is about.

use bench_model::assessment::{Amount, Bottleneck, Signal};
use bench_model::scale::{Axis, Estimated, FittedLaw, Law, ScaleLevel, ScaleSummary};
use bench_model::words::{count, list};
use bench_model::{Finite, Unit};

use super::carried::no_evidence;
use super::facts::{Facts, Scaled};
use super::measured::{amount, of_line, side};

const POOL_SHARE: f64 = 0.5;
/// From this share of the processors on they are the limit.
pub(super) const BUSY: f64 = 0.9;
const CONTENTION: f64 = 0.05;
const COHERENCY: f64 = 0.001;

/// A signal, and what it means when it is beyond its limit.
struct Sign {
    signal: Signal,
    meaning: String,
    /// What is to be said where it is neither beyond its limit nor within.
    open: &'static str,
}

const NOT_MEASURED: &str = "not measured";
const NOT_KNOWN: &str = "not known";

/// The bottleneck of a run.
pub(super) fn bottleneck(facts: &Facts, scaled: &Scaled) -> Bottleneck {
    let summary = &scaled.summary;
    let evidence = facts.cite(&scaled.line);
    if let Some(doubt) = of_line(&scaled.line) {
        return Bottleneck::NotMeasured { why: doubt.why().to_owned(), signals: Vec::new(), evidence: Some(evidence) };
    }
    let levels = || summary.levels.iter().filter(|level| no_evidence(level).is_none());
    let most = levels().max_by(|one, other| {
        let (a, b) = (one.throughput.value.get(), other.throughput.value.get());
        a.total_cmp(&b).then(other.at.cmp(&one.at))
    });
    let Some(most) = most else {
        let why = "the run has no size with evidence".to_owned();
        return Bottleneck::NotMeasured { why, signals: Vec::new(), evidence: Some(evidence) };
    };
    let signs = signs(summary, most);
    let first = signs.iter().find(|sign| sign.signal.beyond == Some(true)).map(|sign| sign.meaning.clone());
    let open = |words: &'static str| {
        let mine = signs.iter().filter(|sign| sign.signal.beyond.is_none() && sign.open == words);
        let names: Vec<&str> = mine.map(|sign| sign.signal.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{words}: {}", list(names)))
    };
    let lacking: Vec<String> = [NOT_MEASURED, NOT_KNOWN].into_iter().filter_map(open).collect();
    let signals = signs.into_iter().map(|sign| sign.signal).collect();
    match first {
        Some(meaning) => {
            let text = format!("{meaning}, at {}", summary.axis.counted(most.at));
            Bottleneck::Measured { text, signals, evidence }
        }
        None if lacking.is_empty() => {
            let largest = levels().map(|level| level.at).max().unwrap_or(most.at);
            let text = format!("none shown up to {}", summary.axis.counted(largest));
            Bottleneck::NoneShown { text, signals, evidence }
        }
        None => Bottleneck::NotMeasured { why: lacking.join("; "), signals, evidence: Some(evidence) },
    }
}

/// How many processors service and generator kept busy together; `None` where one of both was not measured.
pub(super) fn busy(level: &ScaleLevel) -> Option<f64> {
    Some(level.service_cpu?.value.get() + level.generator_cpu?.get())
}

fn signs(summary: &ScaleSummary, most: &ScaleLevel) -> Vec<Sign> {
    let usable = match summary.axis {
        Axis::Threads => f64::from(summary.cores.min(most.at)),
        Axis::Processes | Axis::Pool | Axis::Connections => f64::from(summary.cores),
    };
    // On as many threads as there are processors the generator takes from the same ones; on fewer it has its own.
    let shared = usable >= f64::from(summary.cores);
    let busy = match most.service_cpu.map(|cpu| cpu.value.get()) {
        Some(service) if !shared || service >= BUSY * usable => Some(service),
        Some(_) | None => busy(most),
    };
    let (wait, p95) = (most.pool_wait.map(|it| it.value.get()), most.p95.map(|it| it.value.get()));
    let wait = wait.zip(p95.filter(|p95| *p95 > 0.0)).map(|(wait, p95)| wait / p95);
    let fitted = match &summary.law {
        Law::Fitted(law) => Some(law),
        Law::Refused { .. } => None,
    };
    let processors = count(usable, "processor", "processors");
    let beyond = fitted.and_then(|law| beyond_processors(summary, law));
    vec![
        sign(
            "rounds in which the generator was the limit",
            Some(f64::from(most.limited_rounds)),
            1.0,
            Unit::Count,
            "the generator, so that the service's own is not known".into(),
        ),
        sign(
            "wait for a database connection, as a share of the p95",
            wait,
            POOL_SHARE,
            Unit::Ratio,
            "waiting for a database connection".into(),
        ),
        sign(
            &format!("use of {processors}, by service and generator"),
            busy.map(|busy| busy / usable),
            BUSY,
            Unit::Ratio,
            if shared {
                format!("the machine's {processors}")
            } else {
                format!("its {processors}: more threads could use more")
            },
        ),
        term(
            "contention",
            fitted.map(|law| law.contention),
            (CONTENTION, beyond.as_deref()),
            "what cannot be done side by side, in the service or in what it waits for",
        ),
        term(
            "coherency",
            fitted.map(|law| law.coherency),
            (COHERENCY, beyond.as_deref()),
            "keeping each in step with each other",
        ),
    ]
}

/// A term of the law. Its value alone shows nothing: it is fitted to noise where the points do not show the term.
/// Nor does a bad one that may be the machine's.
fn term(name: &str, of: Option<Estimated>, (limit, machine): (f64, Option<&str>), meaning: &str) -> Sign {
    let mut found = sign(name, of.map(|of| of.value.get()), limit, Unit::Ratio, meaning.to_owned());
    let Some(of) = of else { return found };
    let beyond = of.interval.and_then(|_| side(of.value, of.interval, |value| value >= limit));
    let why = match (beyond, of.interval, machine) {
        (Some(true), _, Some(machine)) => machine.to_owned(),
        (Some(_), _, _) => {
            found.signal.beyond = beyond;
            return found;
        }
        (None, None, _) => "without an interval".into(),
        (None, Some(it), _) => {
            let [lower, upper] = [it.lower, it.upper].map(|end| amount(end, Unit::Ratio));
            format!("anywhere from {lower} to {upper}")
        }
    };
    found.signal = Signal { name: format!("{name}, {why}"), value: None, beyond: None, ..found.signal };
    Sign { open: NOT_KNOWN, ..found }
}

/// That a law reaches further than the processors, where sizes need one each: what bends it may be that they end.
fn beyond_processors(summary: &ScaleSummary, law: &FittedLaw) -> Option<String> {
    (summary.axis.takes_processors() && law.most > summary.cores).then(|| {
        let processors = count(summary.cores, "processor", "processors");
        format!("of a law of up to {} on {processors}", summary.axis.counted(law.most))
    })
}

fn sign(name: &str, value: Option<f64>, limit: f64, unit: Unit, meaning: String) -> Sign {
    let value = value.and_then(|value| Amount::base(value, unit));
    let beyond = value.as_ref().map(|amount| amount.value.get() >= limit);
    let limit = amount(Finite::try_from(limit).unwrap_or_default(), unit);
    Sign { signal: Signal { name: name.to_owned(), value, limit, beyond }, meaning, open: NOT_MEASURED }
}
