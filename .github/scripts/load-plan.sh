#!/usr/bin/env bash
# Which scenarios a workflow runs, as a JSON list in the step output `scenarios`, and the suite's name in `suite`.
#
#   SUITE  pulse, full, release, or names of scenarios with blanks between; empty: what the event means
#   CRON   the schedule that started the workflow; empty without one
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

refuse() {
  printf 'error[CBKB101]: %s\n  next:  %s\n' "$1" "$2" >&2
  exit 2
}

suite=${SUITE:-}
if [ -z "$suite" ]; then
  case ${CRON:-} in
    '0 2 * * *') suite=pulse ;;
    '0 1 * * 6') suite=full ;;
    '') suite=release ;;
    *) refuse "no suite belongs to the schedule $CRON" 'name it in .github/scripts/load-plan.sh' ;;
  esac
fi
all=()
for file in "$home"/config/scenarios/*.toml; do
  name=${file##*/}
  all+=("${name%.toml}")
done
chosen=()
case $suite in
  pulse) chosen=(governance-baseline) ;;
  full | release)
    for name in "${all[@]}"; do
      # A day is longer than a hosted runner lives, and two hours are for releases.
      case $suite:$name in
        full:soak* | release:soak-24h) ;;
        *) chosen+=("$name") ;;
      esac
    done
    ;;
  *)
    read -ra chosen <<<"$suite"
    suite=chosen
    ;;
esac
for name in "${chosen[@]}"; do
  [[ " ${all[*]} " == *" $name "* ]] || refuse "there is no scenario $name" "name one of: ${all[*]}"
done
list=$(printf '"%s",' "${chosen[@]}")
printf '%s\n' "scenarios=[${list%,}]" "suite=$suite" >>"${GITHUB_OUTPUT:-/dev/stdout}"
