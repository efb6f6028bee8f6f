#!/usr/bin/env bash
# Opens, updates or closes the one issue about load runs that fail.
#
#   RUNS          the folder whose folders, load-<scenario>, hold perf.json and verdict.json
#   EXPECTED      the scenarios that should have run, as a JSON list of plain names
#   KEY           the suite's name and its branch; each has an issue of its own
#   RUN_URL       the page of the workflow's run
#   GITHUB_TOKEN  may write issues; further arguments are those of `pr-automation alert`, such as --dry-run
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$home"
env -u GITHUB_TOKEN cargo build --quiet --package pr-automation
programs=${CARGO_TARGET_DIR:-$home/target}/debug
shopt -s nullglob
arguments=()
for verdict in "${RUNS:?}"/*/verdict.json; do
  arguments+=("--run=${verdict%/*}")
done
# Names are those of files in config/scenarios: letters, digits and dashes.
for name in $(printf '%s' "${EXPECTED:-[]}" | tr -d '[]"' | tr ',' ' '); do
  arguments+=("--expect=$name")
done
# A green job that told nobody would be the worst of all.
"$programs/pr-automation" alert --require-issue "--key=${KEY:-load}" ${RUN_URL:+"--run-url=$RUN_URL"} "${arguments[@]}" "$@"
