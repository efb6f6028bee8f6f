//! What tells two plans apart. Must not know: texts, thresholds, secrets and where the load goes.

use std::collections::BTreeMap;

use bench_model::{Sha256, canonical};
use serde::Serialize;

use super::{DataSource, Event, Phase, Protocol, Region, Request, Scenario, Service, Template};

/// What is sent, and when.
#[derive(Serialize)]
struct Sent<'a> {
    connections: u32,
    data: BTreeMap<&'a str, DataDigest<'a>>,
    events: &'a [Event],
    headers: &'a [(String, Template)],
    path_prefix: &'a str,
    phases: &'a [Phase],
    protocol: Protocol,
    regions: &'a [Region],
    requests: &'a [Request],
    service: &'a Service,
    timeout_ns: String,
}

/// Where data come from; a file by its name, for its folder differs from machine to machine.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum DataDigest<'a> {
    File(String),
    Get(&'a str, &'a str),
}

impl Scenario {
    /// SHA-256 of what is sent and when, in canonical JSON: scaled phases, requests with their checks, headers (secrets by name),
    /// regions, events, how the default service is started. Description, thresholds, scraped gauges and the host are left out.
    ///
    /// # Errors
    /// Never for a scenario that was read: all of it can be written as JSON.
    pub fn plan_sha256(&self) -> Result<Sha256, serde_json::Error> {
        let data = self.data.iter().map(|(name, source)| {
            let digest = match source {
                DataSource::File(path) => DataDigest::File(
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
                ),
                DataSource::Get(path, pointer) => DataDigest::Get(path, pointer),
            };
            (name.as_str(), digest)
        });
        canonical::digest(&Sent {
            connections: self.connections,
            data: data.collect(),
            events: &self.events,
            headers: &self.headers,
            path_prefix: self.path_prefix(),
            phases: &self.phases,
            protocol: self.protocol,
            regions: &self.regions,
            requests: &self.requests,
            service: &self.service,
            timeout_ns: self.timeout.as_nanos().to_string(),
        })
    }

    /// The path that stands before every request's; empty for none.
    pub fn path_prefix(&self) -> &str {
        let after = self.base_url.split_once("://").map_or("", |(_, rest)| rest);
        after.find('/').and_then(|at| after.get(at..)).unwrap_or_default()
    }
}
