//! What a threshold looks at: a metric, and the tags of its series. Must not know: figures and limits.

use std::collections::BTreeMap;

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
