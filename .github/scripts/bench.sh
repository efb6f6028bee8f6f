#!/usr/bin/env bash
# Measures and judges a Cargo project for a workflow: `cargo xtask bench` with its settings in variables and its results as step
# outputs. Empty variables mean the defaults of `cargo xtask bench`.
#
#   PROJECT  the Cargo project          AGAINST  merge-base (in a pull request), a git revision, or nothing
#   MODE     quick or full              PACKAGE  the package whose benches run
#   CONFIG   the folder with settings   LEDGER   auto, none, refs/... or a folder
#
# Outputs: run-dir, status, report; none when nothing was judged. Exits as `cargo xtask bench`.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

refuse() {
  printf 'error[CBKB101]: %s\n  next:  %s\n' "$1" "$2" >&2
  exit 2
}
absolute() {
  case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac
}

project=$(cd "${PROJECT:-$home}" && pwd) || refuse "there is no folder ${PROJECT:-}" 'check out the project first, and name its folder'
arguments=("--project=$project")
case ${MODE:-quick} in
  quick) ;;
  full) arguments+=(--full) ;;
  *) refuse "mode is neither quick nor full: $MODE" 'write one of the two' ;;
esac
[ -z "${PACKAGE:-}" ] || arguments+=("--package=$PACKAGE")
[ -z "${CONFIG:-}" ] || arguments+=("--config=$(absolute "$CONFIG")")
case ${LEDGER:-} in
  '') ;;
  auto | none | refs/*) arguments+=("--ledger=$LEDGER") ;;
  *) arguments+=("--ledger=$(absolute "$LEDGER")") ;;
esac
case ${AGAINST:-} in
  '') ;;
  merge-base) arguments+=(--against) ;;
  *) arguments+=("--against=$AGAINST") ;;
esac

# An id that leads back to the workflow's run. The last part keeps the jobs of one run apart.
PERFLEDGER_RUN_ID="$(date -u +%Y%m%dT%H%M%SZ)-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-1}-$RANDOM"
export PERFLEDGER_RUN_ID
target=$(cd "$project" && cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
run_dir=$target/perf/$PERFLEDGER_RUN_ID

exit=0
# In perfledger's own folder, so that its toolchain and its alias hold; the project is built with the project's toolchain.
(cd "$home" && cargo xtask bench "${arguments[@]}") || exit=$?

if [ -f "$run_dir/verdict.json" ]; then
  # The file is written with one member a line, and no text in it can hold a line break.
  status=$(sed -n 's/^  "status": "\([A-Z]*\)",\{0,1\}$/\1/p' "$run_dir/verdict.json")
  printf '%s\n' "run-dir=$run_dir" "status=$status" "report=$run_dir/report.html" >>"${GITHUB_OUTPUT:-/dev/stdout}"
fi
exit "$exit"
