//! Tables of single operations, from every metric whose name says that it is one.
//! Must not know: which servers there are.

use std::collections::BTreeMap;

use bench_model::Finite;
use bench_model::assessment::{OperationRow, OperationTable};

use super::config::{AssessConfig, OperationsOf};
use super::facts::{Facts, Value};

/// One table for each configured server.
pub(super) fn operations(facts: &Facts, config: &AssessConfig) -> Vec<OperationTable> {
    config.operations.iter().map(|of| table(facts, of)).collect()
}

fn table(facts: &Facts, of: &OperationsOf) -> OperationTable {
    let mut found: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
    for (name, value) in &facts.metrics {
        let rest = name.as_str().strip_prefix(of.before.as_str());
        let Some((operation, measure)) = rest.and_then(|rest| rest.rsplit_once(of.between.as_str())) else { continue };
        if !operation.is_empty() {
            found.entry(operation).or_default().push((measure, value));
        }
    }
    let rows: Vec<_> = found.into_iter().filter_map(|(operation, values)| row(facts, operation, &values)).collect();
    let why = if rows.is_empty() {
        format!("no run of the ledger measured operations of {}", of.server)
    } else {
        String::new()
    };
    OperationTable { server: of.server.clone(), rows, why }
}

/// What one run measured of an operation: that which counts first of those that measured any of it.
fn row(facts: &Facts, operation: &str, values: &[(&str, &Value)]) -> Option<OperationRow> {
    let first = values.iter().map(|(_, value)| value.line.rank()).max()?;
    let here = || values.iter().filter(move |(_, value)| value.line.rank() == first);
    let of = |names: &[&str]| -> Option<Finite> {
        here().find(|(measure, _)| names.contains(measure)).map(|(_, value)| value.value)
    };
    let (rate, p50) = (of(&["rate"]), of(&["latency_p50"]));
    let (p95, p99) = (of(&["latency_p95"]), of(&["latency_p99"]));
    // A metric that only looks like one of an operation is none.
    [rate, p50, p95, p99].iter().any(Option::is_some).then_some(())?;
    let evidence = here().next().map(|(_, value)| facts.cite(&value.line))?;
    Some(OperationRow { operation: operation.to_owned(), rate, p50, p95, p99, evidence })
}
