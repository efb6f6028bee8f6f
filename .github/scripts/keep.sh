#!/usr/bin/env bash
# Keeps a judged run: appends it to the ledger, once, and makes it the baseline of its environment when its tests passed.
#
#   RUN_DIR      the folder with perf.json and verdict.json
#   PROJECT      the project's clone, with its full history; empty: perfledger itself
#   LEDGER       auto, refs/... or a folder; empty: what the project's configuration says
#   TESTS_CHECK  the name of the check that is green for this commit; empty: append only
#
# Exits 1 when the run is no baseline, with every reason. Running it again changes nothing.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
project=$(cd "${PROJECT:-$home}" && pwd)
run_dir=$(cd "${RUN_DIR:?}" && pwd)
case ${LEDGER:-} in
  '' | auto | none | refs/* | /*) ledger=${LEDGER:-} ;;
  *) ledger=$PWD/$LEDGER ;;
esac
cd "$home"

manager() {
  cargo run --quiet --package baseline-manager -- "$@" "--project=$project" ${ledger:+"--ledger=$ledger"} \
    "--perf=$run_dir/perf.json" "--verdict=$run_dir/verdict.json"
}

manager append
if [ -z "${TESTS_CHECK:-}" ]; then
  echo 'not promoted: no green check of this commit was named' >&2
  exit 0
fi
# Hosted runners change their processors and kernels by themselves: each environment has a baseline of its own.
manager promote "--tests-check=$TESTS_CHECK@$(git -C "$project" rev-parse HEAD)" --new-epoch "--author=${GITHUB_ACTOR:-unknown}"
