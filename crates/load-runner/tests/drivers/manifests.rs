use std::path::{Path, PathBuf};
use std::process::Command;

use super::bench::{Bench, SCENARIO, SECRET, engine, said};

fn written(verb: &str) -> (Bench, PathBuf) {
    let bench = Bench::new(SCENARIO);
    let folder = bench.path("cluster");
    let (code, talk) = said(bench.command(verb, "http://target-service:8080").arg("--write-only").arg(&folder));
    assert_eq!(code, Some(0), "a service of a cluster is not reachable from here, and need not be: {talk}");
    (bench, folder)
}

fn documents(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("---\n").skip(1).map(|document| serde_yaml::from_str(document).unwrap()).collect()
}

#[test]
fn the_manifests_of_locust_hold_its_file_and_take_secrets_from_the_cluster() {
    let (_bench, folder) = written("locust");
    let all = documents(&folder.join("locust.yaml"));
    let kinds: Vec<_> = all.iter().map(|document| document["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "Service", "Job", "Deployment"]);
    let file = std::fs::read_to_string(folder.join("locustfile.py")).unwrap();
    assert_eq!(all[0]["data"]["locustfile.py"], file.as_str());
    let environment = all[3]["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap();
    let key = environment.iter().find(|entry| entry["name"] == "DRIVER_TEST_KEY").unwrap();
    assert_eq!(key["valueFrom"]["secretKeyRef"]["key"], "DRIVER_TEST_KEY");
    assert!(!std::fs::read_to_string(folder.join("locust.yaml")).unwrap().contains(SECRET));
}

#[test]
fn the_manifests_of_k6_are_a_test_run_with_its_script() {
    let (_bench, folder) = written("k6");
    let all = documents(&folder.join("k6.yaml"));
    let kinds: Vec<_> = all.iter().map(|document| document["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "TestRun"]);
    assert_eq!(all[1]["spec"]["script"]["configMap"]["name"], all[0]["metadata"]["name"]);
    let script = std::fs::read_to_string(folder.join("k6-script.js")).unwrap();
    assert_eq!(all[0]["data"]["script.js"], script.as_str());
    assert!(script.contains("http_req_duration{phase:open}"));
    assert!(!script.contains("http_req_duration{phase:closed}"), "k6 cannot compare two phases");
}

#[test]
fn manifests_and_the_folder_deploy_follow_the_schemas_of_those_who_read_them() {
    let Some(locust) = engine("PERFLEDGER_LOCUST") else { return };
    let python = locust.parent().unwrap().join("python");
    let ((_one, locust), (_two, k6)) = (written("locust"), written("k6"));
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/check.py");
    let manifests = [locust.join("locust.yaml"), k6.join("k6.yaml")];
    let run = |manifests: &[PathBuf]| Command::new(&python).arg(&check).args(manifests).output().unwrap();
    let out = run(&manifests);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{text}");
    for (path, from, to) in
        [(&manifests[0], "replicas: 2", "replicas: two"), (&manifests[1], "parallelism:", "paralelism:")]
    {
        let broken = std::fs::read_to_string(path).unwrap().replace(from, to);
        std::fs::write(path, broken).unwrap();
        assert_eq!(run(std::slice::from_ref(path)).status.code(), Some(1), "a wrong manifest passed");
    }
}
