#!/usr/bin/env bash
# States the evidence of a month: `cargo xtask audit`, with its settings in variables and its results as step outputs.
#
#   MONTH    such as 2026-11; empty: the last whole month
#   OUT      the folder for audit.html, audit.pdf and audit.json
#   PROJECT  the project's clone; empty: perfledger itself
#   LEDGER   auto, refs/... or a folder; empty: what the project's configuration says
#
# Output: month, when there is a report; none, and exit 0, while there is no such ref yet. Exits as `cargo xtask audit`: 1 when the chain does not hold, and the report says so.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
project=$(cd "${PROJECT:-$home}" && pwd)
case ${LEDGER:-} in
  '' | auto | none | refs/* | /*) ledger=${LEDGER:-} ;;
  *) ledger=$PWD/$LEDGER ;;
esac
month=${MONTH:-$(date -u -d "$(date -u +%Y-%m-01) -1 day" +%Y-%m)}
# It becomes the name of a folder.
if ! [[ $month =~ ^[0-9]{4}-(0[1-9]|1[0-2])$ ]]; then
  printf 'error[CBKB101]: this is no month: %q\n  next:  write it as 2026-11\n' "$month" >&2
  exit 2
fi
if [[ $ledger == refs/* ]] && ! git -C "$project" rev-parse --quiet --verify "$ledger" >/dev/null; then
  echo "there is no ledger $ledger yet: nothing to audit" >&2
  exit 0
fi
mkdir -p "$OUT"
out=$(cd "$OUT" && pwd)

exit=0
(cd "$home" && cargo xtask audit "--project=$project" ${ledger:+"--ledger=$ledger"} "--month=$month" "--out-dir=$out") || exit=$?
if [ -f "$out/audit.json" ]; then
  printf 'month=%s\n' "$month" >>"${GITHUB_OUTPUT:-/dev/stdout}"
fi
exit "$exit"
