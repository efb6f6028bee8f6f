//! From a type to its schema.

use bench_model::{ledger, perf, run, verdict};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Map, Value, json};

use super::Kind;

pub(super) fn of(kind: Kind) -> Value {
    match kind {
        Kind::Run => generate::<run::Run>("perfledger run.json"),
        Kind::Perf => perf(),
        Kind::PerfSpec => generate::<SpecReport>("perf.json of the specification"),
        Kind::Verdict => generate::<verdict::Judgement>("perfledger verdict.json"),
        Kind::Baseline => generate::<ledger::Baseline>("perfledger baseline.json"),
        Kind::Audit => generate::<bench_model::audit::Audit>("perfledger audit.json"),
        Kind::Kpi => generate::<bench_model::kpi::KpiReport>("perfledger kpi_<version>_merged.json"),
        Kind::Assessment => generate::<bench_model::assessment::Assessment>("perfledger assessment.json"),
        Kind::LedgerRun => generate::<ledger::RunEntry>("body of a perfledger ledger line: run"),
        Kind::LedgerPromotion => generate::<ledger::Promotion>("body of a perfledger ledger line: promotion"),
        Kind::LedgerWaiver => generate::<ledger::WaiverEntry>("body of a perfledger ledger line: waiver"),
        Kind::LedgerNoise => generate::<ledger::NoiseEntry>("body of a perfledger ledger line: noise"),
        Kind::LedgerIncident => generate::<ledger::Incident>("body of a perfledger ledger line: incident"),
        Kind::LedgerRetention => generate::<ledger::Retention>("body of a perfledger ledger line: retention"),
    }
}

/// What the specification puts into `perf.json`, and no more. Other members are none of its business.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct SpecReport {
    /// DISPLAY throughput in GiB/s.
    #[schemars(range(min = 0))]
    display_gibs: f64,
    /// COMP-3 throughput in MiB/s.
    #[schemars(range(min = 0))]
    comp3_mibs: f64,
    /// What to know before trusting the numbers.
    warnings: Vec<String>,
    /// What could not be measured.
    errors: Vec<String>,
}

fn generate<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(tidy));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
}

/// The keys of the specification stand beside headline keys that only a project's configuration knows.
fn perf() -> Value {
    let mut schema = generate::<perf::Report>("perfledger perf.json");
    let spec = generate::<SpecReport>("");
    let number = |name: &str| spec.pointer(&format!("/properties/{name}")).cloned().unwrap_or_else(|| json!({}));
    let numbers = ["display_gibs", "comp3_mibs"].map(|name| (name.to_owned(), number(name)));
    if let Some(Value::Object(properties)) = schema.pointer_mut("/properties") {
        *properties = numbers.into_iter().chain(std::mem::take(properties)).collect();
    }
    schema
}

/// Says in fewer words what schemars says: an enumeration's words as one `enum`, and optional members as
/// members that may be absent but not null, since no stage writes null. Both make violations easier to read.
fn tidy(schema: &mut schemars::Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("default");
    if let Some(words) = object.get("oneOf").and_then(Value::as_array).and_then(|options| words(options)) {
        object.remove("oneOf");
        object.insert("enum".to_owned(), Value::Array(words));
    }
    if let Some(only) = object.get("anyOf").and_then(Value::as_array).and_then(|options| not_null(options)) {
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
}

/// The words of an enumeration without content.
fn words(options: &[Value]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for option in options {
        match (option.get("const"), option.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => all.push(word.clone()),
            (None, Some(words)) => all.extend(words.iter().cloned()),
            (None, None) => return None,
        }
    }
    Some(all)
}

fn not_null(options: &[Value]) -> Option<Map<String, Value>> {
    match options {
        [Value::Object(only), null] if *null == json!({ "type": "null" }) => Some(only.clone()),
        _ => None,
    }
}
