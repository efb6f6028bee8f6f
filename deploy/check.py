#!/usr/bin/env python3
"""Checks what is in deploy/, and manifests that load-runner wrote, against the schemas that those who read them publish.

    python -m venv target/deploy-venv && target/deploy-venv/bin/pip install -r deploy/requirements.txt
    target/deploy-venv/bin/python deploy/check.py [MANIFEST.yaml ...] [--metrics FILE]

`--metrics` is what a service answered at /metrics: every metric of the dashboard must be in it, or be one of perfledger's or
node-exporter's. Exit 0: all is well; 1: something is wrong, each in a line; 2: it could not be checked.
"""
import argparse
import json
import pathlib
import re
import sys

try:
    import check_jsonschema
    import jsonschema
    import kubernetes_validate
    import yaml
except ImportError as error:
    print(f"cannot check: {error}; install deploy/requirements.txt", file=sys.stderr)
    sys.exit(2)

HERE = pathlib.Path(__file__).resolve().parent
KUBERNETES = "1.32"
PINNED = re.compile(r"^[a-z0-9./-]+:v?[0-9]+(\.[0-9]+)+(-[a-z0-9.]+)?$")
OTHERS_METRICS = ("node_", "perfledger_load_")
# Series that Prometheus makes of a histogram.
SUFFIXES = ("_bucket", "_sum", "_count")

problems = []
checked = 0


def wrong(place, what):
    problems.append(f"{place}: {what}")


def read_yaml(path):
    global checked
    checked += 1
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def against(schema, value, place):
    validator = jsonschema.validators.validator_for(schema)(schema)
    for error in validator.iter_errors(value):
        wrong(place, f"{'/'.join(map(str, error.absolute_path)) or '(top)'}: {error.message[:200]}")


def pinned(image, place):
    if not PINNED.match(image):
        wrong(place, f"image {image} has no version")


def compose(path):
    value = read_yaml(path)
    vendored = pathlib.Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    against(json.loads(vendored.read_text(encoding="utf-8")), value, path)
    services = value.get("services", {})
    for needed in ("prometheus", "node-exporter", "grafana"):
        if needed not in services:
            wrong(path, f"there is no service {needed}")
    for name, service in services.items():
        pinned(service.get("image", ""), f"{path}: {name}")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and not (path.parent / source).exists():
                wrong(path, f"{name} mounts {source}, which is not there")


def prometheus(path):
    value = read_yaml(path)
    unknown = set(value) - {"global", "scrape_configs", "rule_files", "alerting", "remote_write", "remote_read", "storage"}
    if unknown:
        wrong(path, f"unknown keys {sorted(unknown)}")
    jobs = value.get("scrape_configs") or []
    if not jobs:
        wrong(path, "nothing is scraped")
    for job in jobs:
        if not job.get("job_name"):
            wrong(path, "a job has no name")
        for entry in job.get("static_configs", []):
            for address in entry.get("targets", []):
                if not re.fullmatch(r"127\.0\.0\.1:[0-9]{2,5}", address):
                    wrong(path, f"{address} is not on loopback")


def provisioned(folder):
    sources = {}
    for path in sorted((folder / "datasources").glob("*.yaml")):
        value = read_yaml(path)
        if value.get("apiVersion") != 1:
            wrong(path, "apiVersion is not 1")
        for source in value.get("datasources", []):
            if not {"name", "uid", "type", "url"} <= set(source):
                wrong(path, "a datasource lacks name, uid, type or url")
            sources[source.get("uid")] = source.get("type")
    for path in sorted((folder / "dashboards").glob("*.yaml")):
        value = read_yaml(path)
        if value.get("apiVersion") != 1 or not value.get("providers"):
            wrong(path, "apiVersion is not 1, or there are no providers")
    return sources


def dashboard(path, sources, metrics):
    global checked
    checked += 1
    value = json.loads(path.read_text(encoding="utf-8"))
    for key, kind in (("uid", str), ("title", str), ("schemaVersion", int), ("panels", list), ("templating", dict), ("time", dict)):
        if not isinstance(value.get(key), kind):
            wrong(path, f"{key} is missing or of another type")
    if value.get("id") is not None:
        wrong(path, "an id belongs to one Grafana only; it must be left out")
    ids, taken = set(), set()
    names = {variable["name"] for variable in value["templating"]["list"]}
    for panel in value["panels"]:
        place = f"{path}: {panel.get('title')}"
        if panel.get("id") in ids:
            wrong(place, "its id is used twice")
        ids.add(panel.get("id"))
        at = panel.get("gridPos", {})
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if at["x"] + at["w"] > 24 or cells & taken:
            wrong(place, "it lies over another, or beyond the right edge")
        taken |= cells
        if panel["type"] == "row":
            continue
        if not panel.get("targets"):
            wrong(place, "it asks nothing")
        references = [target["refId"] for target in panel.get("targets", [])]
        if len(set(references)) != len(references):
            wrong(place, "two queries have one refId")
        for target in panel.get("targets", []):
            query(target["expr"], f"{place}: {target['refId']}", names, metrics)
            if sources.get(target["datasource"]["uid"]) != target["datasource"]["type"]:
                wrong(place, "its datasource is not provisioned")


def query(text, place, names, metrics):
    for opening, closing in ("()", "{}", "[]"):
        if text.count(opening) != text.count(closing):
            wrong(place, f"unbalanced {opening}{closing}")
    for name in re.findall(r"\$(\w+)", text):
        if name not in names and name != "__rate_interval":
            wrong(place, f"${name} is no variable")
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', " ", text)
    bare = re.sub(r"\b(?:by|without)\s*\([^)]*\)", " ", bare)
    found = [name for name in re.findall(r"[a-z_]{2,}(?![a-z_(]|\s*\()", bare) if name not in ("by", "and", "or")]
    if not found:
        wrong(place, "it names no metric")
    for name in found:
        plain = next((name[: -len(suffix)] for suffix in SUFFIXES if name.endswith(suffix)), name)
        known = name.startswith(OTHERS_METRICS) or metrics is None or name in metrics or plain in metrics
        if not known:
            wrong(place, f"the service has no metric {name}")


def manifests(path):
    documents = [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]
    if not documents:
        wrong(path, "it is empty")
    global checked
    test_run = json.loads((HERE / "schemas" / "testrun.schema.json").read_text(encoding="utf-8"))
    for document in documents:
        checked += 1
        place = f"{path}: {document.get('kind')} {document.get('metadata', {}).get('name')}"
        if document.get("kind") == "TestRun":
            against(test_run, document, place)
            # The operator makes a pod of it: its parts are Kubernetes' own.
            runner = document["spec"]["runner"]
            container = {"name": "k6", "image": runner["image"], "env": runner.get("env", [])}
            container["resources"] = runner.get("resources", {})
            container["securityContext"] = runner.get("containerSecurityContext", {})
            spec = {"containers": [container], "securityContext": runner.get("securityContext", {})}
            document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "k6"}, "spec": spec}
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            wrong(place, f"{'/'.join(map(str, error.path))}: {error.message[:200]}")
        for container in containers(document):
            pinned(container.get("image", ""), place)


def containers(value):
    if isinstance(value, dict):
        yield from value.get("containers") or []
        for inner in value.values():
            yield from containers(inner)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifests", nargs="*", type=pathlib.Path, help="further Kubernetes manifests")
    parser.add_argument("--metrics", type=pathlib.Path, help="an answer of /metrics")
    arguments = parser.parse_args()
    metrics = None
    if arguments.metrics:
        lines = arguments.metrics.read_text(encoding="utf-8").splitlines()
        # A family without a value yet is known by its type.
        metrics = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
        metrics |= {re.split(r"[{ ]", line)[0] for line in lines if line and not line.startswith("#")}
    compose(HERE / "compose.yaml")
    prometheus(HERE / "prometheus.yml")
    dashboard(HERE / "grafana" / "perfledger.json", provisioned(HERE / "grafana" / "provisioning"), metrics)
    for path in sorted((HERE / "kubernetes").glob("*.yaml")) + arguments.manifests:
        manifests(path)
    for problem in problems:
        print(problem)
    print(f"{checked} documents checked, {len(problems)} problems", file=sys.stderr)
    sys.exit(1 if problems or checked == 0 else 0)


if __name__ == "__main__":
    main()
