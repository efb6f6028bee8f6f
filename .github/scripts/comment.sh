#!/usr/bin/env bash
# Tells a pull request what another workflow measured. What was measured comes from a stranger; which pull request it is comes from GitHub.
#
#   comment.sh FOLDER [FLAG...]    FOLDER holds the artifact as it was uploaded; flags are those of `pr-automation post`
#
#   RUN_URL       the page of the measuring workflow's run
#   GITHUB_TOKEN  reaches nothing but pr-automation; without one, only --dry-run works
#
# With nothing fit to be told, the check run says so, and the exit is not 0.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case $1 in /*) folder=$1 ;; *) folder=$PWD/$1 ;; esac
shift
cd "$home"
env -u GITHUB_TOKEN cargo build --quiet --package json-processor --package pr-automation
programs=${CARGO_TARGET_DIR:-$home/target}/debug
files=$(mktemp -d)
check=
finish() {
  rm -rf "$files"
  # Does nothing when `post` has concluded it.
  [ -z "${GITHUB_TOKEN:-}" ] || "$programs/pr-automation" abort "--check-id=$check" || true
}
trap finish EXIT
[ -z "${GITHUB_TOKEN:-}" ] || check=$("$programs/pr-automation" start)

.github/scripts/unpack.sh "$folder" "$files"
# Names in them may look like commands to the runner, and are printed where they break the schema.
resume=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$resume"
for kind in perf verdict; do
  env -u GITHUB_TOKEN "$programs/json-processor" validate "--kind=$kind" "$files/$kind.json"
done
echo "::$resume::"

"$programs/pr-automation" post "--perf=$files/perf.json" "--verdict=$files/verdict.json" "--check-id=$check" \
  ${RUN_URL:+"--run-url=$RUN_URL" "--report-url=$RUN_URL#artifacts"} "$@"
