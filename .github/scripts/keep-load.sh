#!/usr/bin/env bash
# Keeps judged load runs: appends each to the ledger, once. Making one the baseline of its scenario is left to people
# (`cargo xtask promote --run`): a night's weather is no promise.
#
#   RUNS    the folder whose folders hold perf.json and verdict.json
#   LEDGER  auto, refs/... or a folder; empty: what the project's configuration says
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
shopt -s nullglob
runs=$(cd "${RUNS:?}" && pwd)
found=("$runs"/*/verdict.json)
[ "${#found[@]}" -gt 0 ] || { echo 'no run was judged: there is nothing to keep' >&2; exit 0; }
for verdict in "${found[@]}"; do
  RUN_DIR=${verdict%/*} "$home/.github/scripts/keep.sh"
done
