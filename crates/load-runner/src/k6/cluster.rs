//! k6 on Kubernetes: a ConfigMap with the script, and the operator's `TestRun`. Must not know: processes of this machine.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::options::k6script;
use crate::Error;
use crate::script::{Script, config_map, labels, name, resources, secrets, write_manifests};

/// The runner's image: k6 with the executors that scripts use.
const IMAGE: &str = "grafana/k6:1.1.0";

/// Writes the script and the manifests, and returns their paths.
///
/// # Errors
/// [`Error::File`] when a file cannot be written, [`Error::Load`] for what k6 cannot run.
pub(crate) fn write(script: &Script, parallelism: u32, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = k6script(script)?;
    std::fs::create_dir_all(folder)
        .map_err(|source| bench_model::file::FileError::Write { path: folder.to_path_buf(), source })?;
    let (file, manifest) = (folder.join("k6-script.js"), folder.join("k6.yaml"));
    bench_model::file::write(&file, text.as_bytes())?;
    let name = format!("{}-k6", name(&script.scenario.name));
    let config = config_map(&format!("{name}-script"), labels(&name, "script"), "script.js", &text)?;
    write_manifests(&manifest, &comments(script, &name), &[config, test_run(script, parallelism, &name)])?;
    Ok(vec![file, manifest])
}

fn comments(script: &Script, name: &str) -> Vec<String> {
    let mut lines = vec![
        format!("Scenario {} with k6-operator. Written by load-runner.", script.scenario.name),
        "  kubectl apply -f k6.yaml".to_owned(),
        "Each runner prints its points to its log. Percentiles are merged from points only, so import all of them together:".to_owned(),
        format!("  kubectl logs --tail=-1 --prefix=false --selector k6_cr={name},runner=true > points.json"),
        "  grep '^{' points.json > k6.json && load-runner import k6.json".to_owned(),
    ];
    if !script.secrets.is_empty() {
        let literals: Vec<String> =
            script.secrets.iter().map(|secret| format!("--from-literal={secret}=...")).collect();
        lines.insert(1, format!("  kubectl create secret generic {name} {}", literals.join(" ")));
    }
    lines
}

fn test_run(script: &Script, parallelism: u32, name: &str) -> Value {
    let mut environment = secrets(&script.secrets, name);
    environment.push(json!({ "name": "PERFLEDGER_VERDICTS", "value": "/dev/null" }));
    json!({
        "apiVersion": "k6.io/v1alpha1",
        "kind": "TestRun",
        "metadata": { "name": name, "labels": labels(name, "k6") },
        "spec": {
            "parallelism": parallelism,
            "arguments": "--out json=/dev/stdout --no-usage-report --quiet",
            "script": { "configMap": { "name": format!("{name}-script"), "file": "script.js" } },
            "separate": parallelism > 1,
            "runner": {
                "image": IMAGE,
                "env": environment,
                "resources": resources("1", "1Gi"),
                "securityContext": { "runAsNonRoot": true, "runAsUser": 12345, "seccompProfile": { "type": "RuntimeDefault" } },
                "containerSecurityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
            },
        },
    })
}
