#!/usr/bin/env bash
# Takes perf.json and verdict.json, and nothing else, out of an artifact that a stranger's code may have made.
#
#   unpack.sh FOLDER OUT    FOLDER holds one file, the zip as it was uploaded
#
# Each file is read by its exact name into a stream, so that no name, link or size in the zip decides what is written, or where.
set -euo pipefail
most=$((64 << 20))

refuse() {
  printf 'error[CBKB102]: %s\n  next:  see what the measuring workflow uploaded\n' "$1" >&2
  exit 2
}

shopt -s nullglob dotglob
found=("$1"/*)
out=$2
[ "${#found[@]}" -eq 1 ] || refuse "the artifact is ${#found[@]} files, and not one zip"
zip=${found[0]}
{ [ -f "$zip" ] && [ ! -L "$zip" ]; } || refuse 'the artifact is no file'
[ "$(wc -c <"$zip")" -le "$most" ] || refuse "the artifact is larger than $most bytes"
for name in perf.json verdict.json; do
  # unzip ends with an error when head has seen enough; what counts is what came.
  unzip -p "$zip" "$name" </dev/null 2>/dev/null | head -c "$((most + 1))" >"$out/$name" || true
  [ -s "$out/$name" ] || refuse "there is no $name in the artifact"
  [ "$(wc -c <"$out/$name")" -le "$most" ] || refuse "$name is larger than $most bytes"
done
