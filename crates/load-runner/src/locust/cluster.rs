//! Locust on Kubernetes: a Job for the master, which prints its result, a Deployment of workers, and the Service between them.
//! Must not know: processes of this machine.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::drive::stop_timeout;
use super::file::locustfile;
use crate::Error;
use crate::script::{Script, config_map, labels, name, resources, secrets, write_manifests};

/// The image: the version that this program is tested with.
const IMAGE: &str = "locustio/locust:2.47.0";
/// Locust's own port.
const PORT: u16 = 5557;

/// Writes the locustfile and the manifests, and returns their paths.
///
/// # Errors
/// [`Error::File`] when a file cannot be written, [`Error::Load`] when the locustfile is too large for a ConfigMap.
pub(crate) fn write(script: &Script, workers: u32, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = locustfile(script);
    let file = folder.join("locustfile.py");
    let manifest = folder.join("locust.yaml");
    std::fs::create_dir_all(folder)
        .map_err(|source| bench_model::file::FileError::Write { path: folder.to_path_buf(), source })?;
    bench_model::file::write(&file, text.as_bytes())?;
    let name = format!("{}-locust", name(&script.scenario.name));
    let documents = [
        config_map(&format!("{name}-file"), labels(&name, "file"), "locustfile.py", &text)?,
        service(&name),
        master(script, workers, &name),
        worker(script, workers, &name),
    ];
    write_manifests(&manifest, &comments(script, &name), &documents)?;
    Ok(vec![file, manifest])
}

fn comments(script: &Script, name: &str) -> Vec<String> {
    let mut lines = vec![
        format!("Scenario {} with Locust. Written by load-runner.", script.scenario.name),
        "  kubectl apply -f locust.yaml".to_owned(),
        format!("  kubectl wait --for=condition=complete --timeout=24h job/{name}-master"),
        format!("  kubectl logs job/{name}-master > locust.log"),
        "  load-runner locust SCENARIO --result locust.log    (with the same --set and --time-scale as here)"
            .to_owned(),
        "  kubectl delete -f locust.yaml".to_owned(),
    ];
    if !script.secrets.is_empty() {
        let literals: Vec<String> =
            script.secrets.iter().map(|secret| format!("--from-literal={secret}=...")).collect();
        lines.insert(1, format!("  kubectl create secret generic {name} {}", literals.join(" ")));
    }
    lines
}

fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": format!("{name}-master"), "labels": labels(name, "master") },
        "spec": {
            "selector": labels(name, "master"),
            "ports": [{ "name": "locust", "port": PORT, "targetPort": "locust" }],
        },
    })
}

fn master(script: &Script, workers: u32, name: &str) -> Value {
    let args = [
        "--master",
        "--headless",
        "--only-summary",
        "--exit-code-on-error",
        "0",
        "--master-bind-port",
        &PORT.to_string(),
        "--expect-workers",
        &workers.to_string(),
        "--expect-workers-max-wait",
        "600",
        "--stop-timeout",
        &stop_timeout(script.scenario.timeout).to_string(),
    ]
    .map(str::to_owned);
    let mut pod = pod(script, name, "master", &args);
    let mut add = |place: &str, key: &str, value: Value| {
        if let Some(Value::Object(entries)) = pod.pointer_mut(place) {
            entries.insert(key.to_owned(), value);
        }
    };
    add("/spec/containers/0", "ports", json!([{ "name": "locust", "containerPort": PORT }]));
    add("/spec", "restartPolicy", json!("Never"));
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": { "name": format!("{name}-master"), "labels": labels(name, "master") },
        "spec": { "backoffLimit": 0, "template": pod },
    })
}

fn worker(script: &Script, workers: u32, name: &str) -> Value {
    let args = [
        "--worker".to_owned(),
        "--master-host".to_owned(),
        format!("{name}-master"),
        "--master-port".to_owned(),
        PORT.to_string(),
    ];
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": format!("{name}-worker"), "labels": labels(name, "worker") },
        "spec": {
            "replicas": workers,
            "selector": { "matchLabels": labels(name, "worker") },
            "template": pod(script, name, "worker", &args),
        },
    })
}

fn pod(script: &Script, name: &str, component: &str, args: &[String]) -> Value {
    let file = ["-f", "/plan/locustfile.py", "--skip-log-setup"].map(str::to_owned);
    let mut environment = secrets(&script.secrets, name);
    environment.push(json!({ "name": "PERFLEDGER_RESULT", "value": "-" }));
    environment.push(json!({ "name": "PERFLEDGER_PRIVATE_LOGS", "value": "1" }));
    environment.push(json!({ "name": "PYTHONDONTWRITEBYTECODE", "value": "1" }));
    json!({
        "metadata": { "labels": labels(name, component) },
        "spec": {
            "automountServiceAccountToken": false,
            "securityContext": { "runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "locust",
                "image": IMAGE,
                "args": file.iter().chain(args).collect::<Vec<_>>(),
                "env": environment,
                "resources": resources("1", "512Mi"),
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
                "volumeMounts": [{ "name": "plan", "mountPath": "/plan", "readOnly": true }],
            }],
            "volumes": [{ "name": "plan", "configMap": { "name": format!("{name}-file") } }],
        },
    })
}
