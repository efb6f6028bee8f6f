#!/usr/bin/env bash
# Runs a scenario for a workflow: `cargo xtask load` with its settings in variables and its results as step outputs.
#
#   SCENARIO  a name in config/scenarios, or a file       TIME_SCALE  shortens phases; empty: their own lengths
#   LEDGER    auto, none, refs/... or a folder            BASE_URL    the service; empty: the default one, started for the run
#
# Outputs: run-dir, status; none when nothing was judged. Exits as `cargo xtask load`.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$home"

# An id that leads back to the workflow's run. The last part keeps the jobs of one run apart.
PERFLEDGER_RUN_ID="$(date -u +%Y%m%dT%H%M%SZ)-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-1}-$RANDOM"
export PERFLEDGER_RUN_ID
run_dir=${CARGO_TARGET_DIR:-$home/target}/perf/$PERFLEDGER_RUN_ID
exit=0
cargo xtask load "${SCENARIO:?}" ${TIME_SCALE:+"--time-scale=$TIME_SCALE"} ${LEDGER:+"--ledger=$LEDGER"} \
  ${BASE_URL:+"--base-url=$BASE_URL"} -- "--out=$run_dir/run.json" || exit=$?
if [ -f "$run_dir/verdict.json" ]; then
  # The file is written with one member a line, and no text in it can hold a line break.
  status=$(sed -n 's/^  "status": "\([A-Z]*\)",\{0,1\}$/\1/p' "$run_dir/verdict.json")
  printf '%s\n' "run-dir=$run_dir" "status=$status" >>"${GITHUB_OUTPUT:-/dev/stdout}"
fi
exit "$exit"
