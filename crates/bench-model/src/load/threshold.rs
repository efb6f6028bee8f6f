//! Thresholds: k6's grammar as it is, and what it cannot say.
//!
//! A key selects (`http_req_duration{phase:burst}`; without a metric, `{phase:burst}`, or empty: everything), an expression demands:
//! `p(95)<200`, `rate<0.005` as in k6, `rps > 1000`, `error_rate < 0.1 %`, `status(5xx) < 1`, `dropped == 0`, `lag < 1 ms`,
//! `samples >= 1000`, `recovery < 30 s`, `growth < 5 %`, against the baseline `p(95) < 110 % of baseline`, and against another phase
//! of the same run `p(95) < 120 % of {phase:normal} or 50 ms`.
//! Must not know: what was measured.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ThresholdText;
use crate::Unit;
use crate::unit::Quantity;

/// A threshold, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// What it looks at.
    pub selector: Selector,
    /// Which figure of that.
    pub statistic: Statistic,
    /// How the figure is to compare.
    pub operator: Operator,
    /// With what.
    pub limit: Limit,
}

/// What a threshold looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The metric.
    pub subject: Subject,
    /// Tags that a series must have, exactly. `name` (or `request`), `phase`, `region`, or any tag of a request.
    pub tags: BTreeMap<String, String>,
}

/// The metric of a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// No metric: what the figure itself says.
    Everything,
    /// `http_req_duration`: from due to the whole answer.
    Duration,
    /// `http_req_service`: from the send to the whole answer.
    Service,
    /// `http_req_lag`: from due to sent.
    Lag,
    /// `http_req_connecting`, `http_req_tls_handshaking`, `http_req_waiting`, `http_req_looking_up`: a part by its name in a series.
    Part(&'static str),
    /// `operation_<name>`: a stage of the service, from its `Server-Timing` header.
    Operation(String),
    /// `http_req_failed`.
    Failed,
    /// `http_reqs`.
    Requests,
    /// `checks`.
    Checks,
    /// `iterations`.
    Iterations,
    /// `dropped_iterations`.
    Dropped,
    /// `data_received`.
    Received,
    /// `data_sent`.
    Sent,
    /// `vus`.
    Users,
    /// `service_cpu`, `service_memory`, `service_descriptors`, `service_threads`, `service_restarts`, `machine_cpu`, `machine_memory`,
    /// `machine_io_wait`, `generator_cpu`: what was in use.
    Usage(String),
    /// Any other name: what was scraped under it, or an engine's own metric.
    Other(String),
}

/// Which figure of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Statistic {
    /// k6 `value`: the last value of a gauge.
    Value,
    /// k6 `count`.
    Count,
    /// k6 `rate`: a share for rates, per second for counters.
    Rate,
    /// k6 `avg`.
    Average,
    /// k6 `min`.
    Min,
    /// k6 `med`.
    Median,
    /// k6 `max`.
    Max,
    /// k6 `p(N)`, 0 to 100.
    Percentile(f64),
    /// Requests answered without failure per second.
    Rps,
    /// Failed requests by all.
    ErrorRate,
    /// Answers with this status, `503`, or of this class, `5xx`.
    Status(String),
    /// Requests that were due and never sent, with dropped iterations.
    NotSent,
    /// The 99th percentile of due to sent.
    LagP99,
    /// Latencies counted.
    Samples,
    /// The time from the end of the phase before until it is as good as before that.
    Recovery,
    /// Growth over two hours, by the trend test.
    Growth,
    /// The rate at which the service broke.
    BreakingPoint,
    /// The variance of the windows' values, as a ratio: of error rates as it is, of rates by the squared mean.
    Variance,
}

/// How a figure is to compare with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Operator {
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// Below.
    #[serde(rename = "<")]
    Below,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
    /// Above.
    #[serde(rename = ">")]
    Above,
    /// Equal.
    #[serde(rename = "==")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    NotEqual,
}

/// What a figure is held against.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// A bare number: milliseconds for times, as in k6.
    Number(f64),
    /// A number with its unit, in the base unit.
    Quantity(f64, Unit),
    /// A share of the baseline's value.
    OfBaseline(f64),
    /// A share of the same figure in another phase of the same run.
    OfPhase(PhaseShare),
}

/// `120 % of {phase:normal} or 50 ms`: a figure may be as far as either of the two lets it. A share alone of what is almost nothing
/// would be decided by noise.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseShare {
    /// The share, as a ratio.
    pub share: f64,
    /// The phase whose figure it is a share of.
    pub phase: String,
    /// The limit that will do as well, in the base unit, with that unit.
    pub or: Option<(f64, Unit)>,
}

/// A threshold that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("threshold `{expression}` of `{metric}`: {reason}")]
pub struct ThresholdError {
    /// Its metric as written.
    pub metric: String,
    /// Its expression as written.
    pub expression: String,
    /// What is wrong.
    pub reason: String,
}

/// The tag that phases are told apart by.
const PHASE: &str = "phase";

// In the order in which k6 tries them: the first that occurs anywhere splits.
const OPERATORS: [(&str, Operator); 7] = [
    ("<=", Operator::AtMost),
    ("<", Operator::Below),
    (">=", Operator::AtLeast),
    (">", Operator::Above),
    ("===", Operator::Equal),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
];

impl Operator {
    /// The operator as written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    /// Whether `figure` compares with `limit` as demanded.
    pub fn holds(self, figure: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => figure <= limit,
            Self::Below => figure < limit,
            Self::AtLeast => figure >= limit,
            Self::Above => figure > limit,
            Self::Equal => figure == limit,
            Self::NotEqual => figure != limit,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl Threshold {
    /// Reads a threshold.
    ///
    /// # Errors
    /// When the key or the expression is none, or asks a metric for a figure that it does not have.
    pub fn parse(text: &ThresholdText) -> Result<Self, ThresholdError> {
        Self::read(text).map_err(|reason| ThresholdError {
            metric: text.metric.clone(),
            expression: text.expression.clone(),
            reason,
        })
    }

    fn read(text: &ThresholdText) -> Result<Self, String> {
        let selector = Selector::read(&text.metric)?;
        let (left, operator, right) = OPERATORS
            .iter()
            .find_map(|(symbol, operator)| {
                let (left, right) = text.expression.split_once(symbol)?;
                Some((left.trim(), *operator, right.trim()))
            })
            .ok_or("expected a figure, one of < <= > >= == !=, and a limit, such as `p(95)<200`")?;
        let statistic = Statistic::read(left)?;
        let mut threshold = Self { selector, statistic, operator, limit: Limit::Number(0.0) };
        // A bare number is no time there.
        let bare = !matches!(threshold.statistic, Statistic::LagP99 | Statistic::Recovery);
        threshold.limit = Limit::read(right, threshold.unit().filter(|_| bare))?;
        threshold.check()?;
        Ok(threshold)
    }

    /// The base unit of the figure; `None` where only the measured metric knows.
    pub fn unit(&self) -> Option<Unit> {
        let time = Some(Unit::Nanoseconds);
        match &self.statistic {
            Statistic::Rps | Statistic::BreakingPoint => Some(Unit::PerSecond),
            Statistic::ErrorRate | Statistic::Growth | Statistic::Variance => Some(Unit::Ratio),
            Statistic::Status(_) | Statistic::NotSent | Statistic::Samples => Some(Unit::Count),
            Statistic::LagP99 | Statistic::Recovery => time,
            Statistic::Count => Some(Unit::Count),
            Statistic::Rate => match &self.selector.subject {
                Subject::Failed | Subject::Checks => Some(Unit::Ratio),
                Subject::Requests | Subject::Iterations | Subject::Dropped => Some(Unit::PerSecond),
                Subject::Received | Subject::Sent => Some(Unit::BytesPerSecond),
                _ => None,
            },
            Statistic::Value
            | Statistic::Average
            | Statistic::Min
            | Statistic::Median
            | Statistic::Max
            | Statistic::Percentile(_) => match &self.selector.subject {
                Subject::Everything
                | Subject::Duration
                | Subject::Service
                | Subject::Lag
                | Subject::Part(_)
                | Subject::Operation(_) => time,
                Subject::Users => Some(Unit::Count),
                Subject::Usage(name) => Some(usage_unit(name)),
                _ => None,
            },
        }
    }

    /// The limit in the base unit `unit`; `None` when it is a share of something else.
    pub fn limit_in(&self, unit: Unit) -> Option<f64> {
        match &self.limit {
            Limit::Number(number) => Some(in_base(*number, Some(unit))),
            Limit::Quantity(value, _) => Some(*value),
            Limit::OfBaseline(_) | Limit::OfPhase(_) => None,
        }
    }

    /// The same selection in another phase.
    #[must_use]
    pub fn in_phase(&self, phase: &str) -> Self {
        let mut other = self.clone();
        other.selector.tags.insert(PHASE.to_owned(), phase.to_owned());
        other
    }

    fn check(&self) -> Result<(), String> {
        use Statistic as S;
        let subject = &self.selector.subject;
        let trend = matches!(
            subject,
            Subject::Duration | Subject::Service | Subject::Lag | Subject::Part(_) | Subject::Operation(_)
        );
        let fits = match &self.statistic {
            S::Average | S::Min | S::Median | S::Max | S::Percentile(_) => {
                trend || matches!(subject, Subject::Everything | Subject::Usage(_) | Subject::Other(_) | Subject::Users)
            }
            S::Count => {
                !trend && !matches!(subject, Subject::Failed | Subject::Checks | Subject::Usage(_) | Subject::Users)
            }
            S::Rate => !trend && !matches!(subject, Subject::Everything | Subject::Usage(_) | Subject::Users),
            S::Value => matches!(subject, Subject::Users | Subject::Usage(_) | Subject::Other(_)),
            S::Growth => matches!(subject, Subject::Everything | Subject::Usage(_) | Subject::Other(_)),
            S::Variance => matches!(subject, Subject::Failed | Subject::Requests),
            S::Rps
            | S::ErrorRate
            | S::Status(_)
            | S::NotSent
            | S::LagP99
            | S::Samples
            | S::Recovery
            | S::BreakingPoint => true,
        };
        if !fits {
            return Err(format!("this metric has no {}", self.statistic));
        }
        match (&self.limit, self.unit()) {
            (Limit::Number(_), Some(Unit::Nanoseconds)) if matches!(self.statistic, S::LagP99 | S::Recovery) => {
                Err("a limit with its unit is expected, such as `30 s` or `1 ms`".into())
            }
            (Limit::Quantity(_, given), Some(unit)) if *given != unit => {
                Err(format!("its limit is in {given}, but the figure is in {unit}"))
            }
            (Limit::OfPhase(of), unit) => self.check_phases(of, unit),
            _ => Ok(()),
        }
    }

    fn check_phases(&self, of: &PhaseShare, unit: Option<Unit>) -> Result<(), String> {
        if matches!(self.statistic, Statistic::BreakingPoint | Statistic::Growth) {
            return Err(format!("the {} is no figure of a single phase", self.statistic));
        }
        match self.selector.tags.get(PHASE) {
            None => {
                return Err("it names no phase of its own to compare, as in `http_req_duration{phase:burst}`".into());
            }
            Some(own) if *own == of.phase => return Err(format!("it compares phase `{own}` with itself")),
            Some(_) => {}
        }
        match (of.or, unit, self.operator) {
            (Some((_, given)), Some(unit), _) if given != unit => {
                Err(format!("its limit is in {given}, but the figure is in {unit}"))
            }
            (Some(_), _, Operator::Equal | Operator::NotEqual) => {
                Err("two limits go with one of < <= > >= only".into())
            }
            _ => Ok(()),
        }
    }
}

impl PhaseShare {
    /// The limit in the base unit, when the figure of the other phase is `figure`: of the two the one that permits more.
    pub fn limit(&self, figure: f64, operator: Operator) -> f64 {
        let share = self.share * figure;
        match (self.or, operator) {
            (Some((or, _)), Operator::Below | Operator::AtMost) => share.max(or),
            (Some((or, _)), Operator::Above | Operator::AtLeast) => share.min(or),
            (Some(_), Operator::Equal | Operator::NotEqual) | (None, _) => share,
        }
    }
}

/// A bare number in the base unit: milliseconds for times.
fn in_base(number: f64, unit: Option<Unit>) -> f64 {
    if unit == Some(Unit::Nanoseconds) { number * 1e6 } else { number }
}

/// The base unit of something in use. Memory is a ratio of the machine's in `…_memory_share`.
fn usage_unit(name: &str) -> Unit {
    match name.split_once('_').map_or(name, |(_, what)| what) {
        "cpu" | "io_wait" | "memory_share" => Unit::Ratio,
        "memory" => Unit::Bytes,
        "received" | "transmitted" | "read" | "written" => Unit::BytesPerSecond,
        _ => Unit::Count,
    }
}

impl Selector {
    /// Reads a metric with its tags, such as `http_req_duration{phase:burst}`.
    ///
    /// # Errors
    /// In a sentence, what is no tag.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some((metric, rest)) = text.split_once('{') else {
            return Ok(Self { subject: Subject::of(text), tags: BTreeMap::new() });
        };
        let inside = rest.trim_end().strip_suffix('}').ok_or("`{` without `}`")?;
        Ok(Self { subject: Subject::of(metric.trim()), tags: Self::tags_of(inside)? })
    }

    /// The tags between the braces of a selector, `phase:burst, region:eu`; `request` is another word for `name`.
    ///
    /// # Errors
    /// In a sentence, what is no tag.
    pub fn tags_of(inside: &str) -> Result<BTreeMap<String, String>, String> {
        let mut tags = BTreeMap::new();
        for tag in inside.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let (key, value) = tag.split_once(':').ok_or_else(|| format!("`{tag}` is no tag: expected `key:value`"))?;
            let unquoted = value.trim().trim_matches(['"', '\'']);
            tags.insert(if key.trim() == "request" { "name" } else { key.trim() }.to_owned(), unquoted.to_owned());
        }
        Ok(tags)
    }

    /// The tags as written, `phase:burst, region:eu`; empty for none.
    pub fn tags_text(&self) -> String {
        self.tags.iter().map(|(key, value)| format!("{key}:{value}")).collect::<Vec<_>>().join(", ")
    }
}

impl Subject {
    /// The metric of a name.
    pub fn of(name: &str) -> Self {
        match name {
            "" | "all" => Self::Everything,
            "http_req_duration" => Self::Duration,
            "http_req_service" => Self::Service,
            "http_req_lag" => Self::Lag,
            "http_req_looking_up" => Self::Part("dns"),
            "http_req_connecting" => Self::Part("connect"),
            "http_req_tls_handshaking" => Self::Part("tls"),
            "http_req_waiting" => Self::Part("first_byte"),
            "http_req_failed" => Self::Failed,
            "http_reqs" => Self::Requests,
            "checks" => Self::Checks,
            "iterations" => Self::Iterations,
            "dropped_iterations" => Self::Dropped,
            "data_received" => Self::Received,
            "data_sent" => Self::Sent,
            "vus" => Self::Users,
            other => match other.split_once('_') {
                Some(("operation", stage)) if !stage.is_empty() => Self::Operation(stage.to_owned()),
                Some(("service" | "machine" | "generator", _)) => Self::Usage(other.to_owned()),
                _ => Self::Other(other.to_owned()),
            },
        }
    }
}

impl Statistic {
    fn read(text: &str) -> Result<Self, String> {
        let inside = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix(')');
        Ok(match text {
            "value" => Self::Value,
            "count" => Self::Count,
            "rate" => Self::Rate,
            "avg" => Self::Average,
            "min" => Self::Min,
            "med" => Self::Median,
            "max" => Self::Max,
            "rps" => Self::Rps,
            "error_rate" => Self::ErrorRate,
            "dropped" => Self::NotSent,
            "lag" => Self::LagP99,
            "samples" => Self::Samples,
            "recovery" => Self::Recovery,
            "growth" => Self::Growth,
            "breaking_point" => Self::BreakingPoint,
            "variance" => Self::Variance,
            _ => match (inside("p("), inside("status(")) {
                (Some(percent), _) => match go_float(percent.trim()).filter(|value| (0.0..=100.0).contains(value)) {
                    Some(value) => Self::Percentile(value),
                    None => return Err(format!("`{text}`: a percentile lies between 0 and 100")),
                },
                (None, Some(status)) if is_status(status) => Self::Status(status.to_owned()),
                (None, Some(status)) => return Err(format!("`{status}` is no status: expected `503` or `5xx`")),
                (None, None) => {
                    return Err(format!(
                        "`{text}` is no figure: expected p(N), avg, min, med, max, count, rate, value, rps, error_rate, \
                         status(5xx), dropped, lag, samples, recovery, growth, breaking_point or variance"
                    ));
                }
            },
        })
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::Count => f.write_str("count"),
            Self::Rate => f.write_str("rate"),
            Self::Average => f.write_str("average"),
            Self::Min => f.write_str("minimum"),
            Self::Median => f.write_str("median"),
            Self::Max => f.write_str("maximum"),
            Self::Percentile(percent) => write!(f, "p{percent}"),
            Self::Rps => f.write_str("requests per second"),
            Self::ErrorRate => f.write_str("error rate"),
            Self::Status(status) => write!(f, "answers with status {status}"),
            Self::NotSent => f.write_str("requests not sent"),
            Self::LagP99 => f.write_str("p99 of the send lag"),
            Self::Samples => f.write_str("samples"),
            Self::Recovery => f.write_str("recovery time"),
            Self::Growth => f.write_str("growth over two hours"),
            Self::BreakingPoint => f.write_str("breaking point"),
            Self::Variance => f.write_str("variance"),
        }
    }
}

/// Whether a text is a status such as `503` or a class such as `5xx`.
fn is_status(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] | [b'1'..=b'5', b'x', b'x'])
}

impl Limit {
    fn read(text: &str, unit: Option<Unit>) -> Result<Self, String> {
        if let Some((share, of)) = text.split_once("of").filter(|(_, of)| of.trim_start().starts_with(['b', '{'])) {
            let share = Quantity::parse_as(share.trim(), Unit::Ratio)
                .map_err(|_| format!("`{text}`: expected a share, such as `110 % of baseline`"))?
                .value;
            return match of.trim() {
                "baseline" => Ok(Self::OfBaseline(share)),
                of => PhaseShare::read(share, of, unit).map(Self::OfPhase).ok_or_else(|| {
                    format!(
                        "`{text}`: expected a share of the baseline or of a phase, such as `110 % of baseline`, \
                         `120 % of {{phase:normal}}` or `120 % of {{phase:normal}} or 50 ms`"
                    )
                }),
            };
        }
        if let Some(number) = go_float(text) {
            return Ok(Self::Number(number));
        }
        match text.parse::<Quantity>() {
            Ok(quantity) => Ok(Self::Quantity(quantity.value, quantity.unit)),
            Err(_) => Err(format!(
                "`{text}` is no limit: expected a number, one with its unit, `110 % of baseline`, or \
                 `120 % of {{phase:normal}}`"
            )),
        }
    }
}

impl PhaseShare {
    /// Reads `{phase:normal}` and what may follow it, `or 50 ms`.
    fn read(share: f64, text: &str, unit: Option<Unit>) -> Option<Self> {
        let (inside, after) = text.strip_prefix('{')?.split_once('}')?;
        let tags = Selector::tags_of(inside).ok().filter(|tags| tags.len() == 1)?;
        let phase = tags.get(PHASE)?.clone();
        let or = match after.trim() {
            "" => None,
            after => {
                let or = after.strip_prefix("or")?.strip_prefix(' ')?.trim();
                Some(match go_float(or) {
                    Some(number) => (in_base(number, unit), unit.unwrap_or(Unit::Count)),
                    None => or.parse::<Quantity>().ok().map(|quantity| (quantity.value, quantity.unit))?,
                })
            }
        };
        Some(Self { share, phase, or })
    }
}

/// A number as Go's `strconv.ParseFloat` reads it, but for hexadecimal ones.
fn go_float(text: &str) -> Option<f64> {
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let word = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let special = matches!(word.as_str(), "inf" | "infinity" | "nan");
    (special || (!text.is_empty() && text.chars().all(allowed))).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(metric: &str, expression: &str) -> Result<Threshold, ThresholdError> {
        Threshold::parse(&ThresholdText { metric: metric.to_owned(), expression: expression.to_owned() })
    }

    #[test]
    fn k6_expressions_are_read_as_k6_reads_them() {
        let cases = [
            ("http_req_duration", "p(95)<200", Operator::Below, 200e6),
            ("http_req_duration", "p(95)<2e2", Operator::Below, 200e6),
            ("http_req_duration", "p(99.9) <= 1e3", Operator::AtMost, 1e9),
            ("http_req_duration", "avg<Inf", Operator::Below, f64::INFINITY),
            ("http_req_failed", "rate<0.005", Operator::Below, 0.005),
            ("http_reqs", "count === 10", Operator::Equal, 10.0),
            ("http_reqs", "rate>=+5", Operator::AtLeast, 5.0),
        ];
        for (metric, expression, operator, limit) in cases {
            let threshold = parse(metric, expression).unwrap();
            assert_eq!(threshold.operator, operator, "{expression}");
            assert_eq!(threshold.limit_in(threshold.unit().unwrap()), Some(limit), "{expression}");
        }
        assert!(parse("http_req_duration", "med!=NaN").is_ok());
    }

    #[test]
    fn what_k6_refuses_before_any_load_is_refused_here() {
        for (metric, expression) in [
            ("http_req_duration", "p95<200"),
            ("http_req_duration", "count>1"),
            ("http_req_failed", "p(95)<1"),
            ("http_req_duration", "avg<1 && max<2"),
            ("http_req_duration", "p(101)<1"),
            ("http_req_duration", "avg"),
            ("http_req_duration{phase", "avg<1"),
        ] {
            assert!(parse(metric, expression).is_err(), "{metric} {expression}");
        }
    }

    #[test]
    fn our_own_figures_carry_their_units() {
        let unit =
            |expression| parse("{phase:burst}", expression).map(|t| (t.unit().unwrap(), t.limit_in(t.unit().unwrap())));
        assert_eq!(unit("error_rate < 0.1 %").unwrap(), (Unit::Ratio, Some(0.001)));
        assert_eq!(unit("recovery < 30 s").unwrap(), (Unit::Nanoseconds, Some(3e10)));
        assert_eq!(unit("rps > 1000").unwrap(), (Unit::PerSecond, Some(1000.0)));
        assert_eq!(unit("status(5xx) == 0").unwrap(), (Unit::Count, Some(0.0)));
        assert_eq!(unit("p(95) < 200 ms").unwrap(), (Unit::Nanoseconds, Some(200e6)));
        assert!(unit("recovery < 30").is_err());
        assert!(unit("p(95) < 3 MB").is_err());
        assert!(unit("status(700) < 1").is_err());
    }

    #[test]
    fn a_limit_may_be_a_share_of_the_baseline() {
        let threshold = parse("http_req_duration{phase:steady}", "p(95) < 110 % of baseline").unwrap();
        assert_eq!(threshold.limit, Limit::OfBaseline(1.1));
        assert_eq!(threshold.limit_in(Unit::Nanoseconds), None);
    }

    #[test]
    fn a_limit_may_be_a_share_of_another_phase_or_what_will_do_as_well() {
        let limit = |metric, expression| parse(metric, expression).map(|threshold| threshold.limit);
        let of = |share, phase: &str, or| Limit::OfPhase(PhaseShare { share, phase: phase.into(), or });
        let burst = "http_req_duration{phase:burst}";
        assert_eq!(limit(burst, "p(95) < 120 % of {phase:normal}").unwrap(), of(1.2, "normal", None));
        let both = of(1.2, "normal", Some((50e6, Unit::Nanoseconds)));
        assert_eq!(limit(burst, "p(95)<120 % of { phase: 'normal' } or 50 ms").unwrap(), both);
        assert_eq!(limit(burst, "p(95) < 120 % of {phase:normal} or 50").unwrap(), both, "k6's milliseconds");
        let errors = limit("{phase:burst}", "error_rate <= 200 % of {phase:a b} or 0.1 %").unwrap();
        assert_eq!(errors, of(2.0, "a b", Some((0.001, Unit::Ratio))));
        for (metric, expression, reason) in [
            ("http_req_duration", "p(95) < 120 % of {phase:normal}", "names no phase of its own"),
            (burst, "p(95) < 120 % of {phase:burst}", "with itself"),
            (burst, "p(95) < 120 % of {region:eu}", "expected a share"),
            (burst, "p(95) < 120 % of {phase:a, name:b}", "expected a share"),
            (burst, "p(95) < 120 % of {phase:normal} or", "expected a share"),
            (burst, "p(95) < 120 % of {phase:normal} or 3 MB", "its limit is in"),
            (burst, "p(95) == 120 % of {phase:normal} or 3 ms", "two limits"),
            (burst, "p(95) < 50 ms of {phase:normal}", "expected a share"),
            ("{phase:burst}", "lag < 120 % of {phase:normal} or 3", "its limit is in"),
            ("{phase:burst}", "breaking_point > 50 % of {phase:normal}", "no figure of a single phase"),
        ] {
            let error = parse(metric, expression).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn of_two_limits_the_one_that_permits_more_counts() {
        let of = PhaseShare { share: 1.2, phase: "normal".into(), or: Some((50.0, Unit::Count)) };
        let limits = [10.0, 100.0].map(|figure| of.limit(figure, Operator::Below));
        assert_eq!(limits, [50.0, 120.0]);
        assert_eq!([10.0, 100.0].map(|figure| of.limit(figure, Operator::Above)), [12.0, 50.0]);
        assert_eq!(PhaseShare { or: None, ..of }.limit(10.0, Operator::Below), 12.0);
    }

    #[test]
    fn tags_keep_their_colons_and_lose_their_quotes() {
        let threshold = parse("http_req_duration{name:\"GET http://x/:id\",request:a}", "p(95)<1").unwrap();
        // `request` is another word for k6's `name`.
        assert_eq!(threshold.selector.tags_text(), "name:a");
        let threshold = parse("http_req_duration{url:http://x:80/}", "p(95)<1").unwrap();
        assert_eq!(threshold.selector.tags.get("url").map(String::as_str), Some("http://x:80/"));
    }
}
