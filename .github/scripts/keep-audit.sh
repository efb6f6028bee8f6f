#!/usr/bin/env bash
# Keeps the audit report of a month on the branch perf-audits of origin, in a folder of the month's name. Nothing is checked out, nothing
# is forced: an audit made again becomes a commit behind the earlier one.
#
#   MONTH    such as 2026-11
#   OUT      the folder with audit.html, audit.pdf and audit.json
#   PROJECT  the project's clone, which may push; empty: the current folder
set -euo pipefail
branch=refs/heads/perf-audits
out=$(cd "$OUT" && pwd)
cd "${PROJECT:-.}"
[[ $MONTH =~ ^[0-9]{4}-(0[1-9]|1[0-2])$ ]]

export GIT_AUTHOR_NAME=perfledger GIT_AUTHOR_EMAIL=perfledger@localhost
export GIT_COMMITTER_NAME=perfledger GIT_COMMITTER_EMAIL=perfledger@localhost
index=$(mktemp -d)
trap 'rm -rf "$index"' EXIT
export GIT_INDEX_FILE=$index/index

for attempt in 1 2 3; do
  rm -f "$GIT_INDEX_FILE"
  listed=$(git ls-remote origin "$branch")
  parent=${listed%%[[:space:]]*}
  if [ -n "$parent" ]; then
    git fetch --quiet --no-tags origin "$branch"
    parent=$(git rev-parse FETCH_HEAD)
    git read-tree "$parent"
  fi
  for name in audit.html audit.pdf audit.json; do
    blob=$(git hash-object -w --no-filters "$out/$name")
    git update-index --add --cacheinfo "100644,$blob,$MONTH/$name"
  done
  tree=$(git write-tree)
  if [ -n "$parent" ] && [ "$tree" = "$(git rev-parse "$parent^{tree}")" ]; then
    echo "the audit of $MONTH is kept already" >&2
    exit 0
  fi
  commit=$(git commit-tree "$tree" ${parent:+-p "$parent"} -m "audit of $MONTH")
  if git push --quiet origin "$commit:$branch"; then
    echo "the audit of $MONTH is kept as $commit on ${branch#refs/heads/}" >&2
    exit 0
  fi
  sleep "$attempt"
done
printf 'error[CBKB102]: cannot push to %s\n  next:  the job needs contents: write, and the branch must not forbid pushes\n' "${branch#refs/heads/}" >&2
exit 2
