//! Which figure of a metric a threshold asks for. Must not know: which metric has it.

use std::fmt;

use super::limit::go_float;

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

impl Statistic {
    pub(super) fn read(text: &str) -> Result<Self, String> {
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

    /// The figure as k6 writes it, `p(99.9)`; `None` for one that k6 does not have.
    pub fn k6_name(&self) -> Option<String> {
        let plain = match self {
            Self::Value => "value",
            Self::Count => "count",
            Self::Rate => "rate",
            Self::Average => "avg",
            Self::Min => "min",
            Self::Median => "med",
            Self::Max => "max",
            Self::Percentile(percent) => return Some(format!("p({percent})")),
            Self::Rps
            | Self::ErrorRate
            | Self::Status(_)
            | Self::NotSent
            | Self::LagP99
            | Self::Samples
            | Self::Recovery
            | Self::Growth
            | Self::BreakingPoint
            | Self::Variance => return None,
        };
        Some(plain.to_owned())
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
