#!/usr/bin/env bash
# Runs calls of all kinds with random faults, cancels, deadlines and slow readers.
#
# Usage: scripts/soak.sh [--help] [--seed=N] [--config=asan|tsan] [MINUTES]
#   MINUTES    how long; default 2
#   --seed=N   the run to be repeated; default: another one each time
#   --config   under AddressSanitizer or ThreadSanitizer
#
# Installs what is missing and builds. Fails when a call ended with what cannot be
# true, was not counted exactly once, or left memory, descriptors or connections
# behind. Prints the seed, and ends as scripts/test.sh does.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=2
seed=$(( RANDOM * 32768 + RANDOM ))
arguments=()
for argument in "$@"; do
  case "$argument" in
    --help|-h) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    --seed=*) seed="${argument#--seed=}" ;;
    -*) arguments+=("$argument") ;;
    *) minutes="$argument" ;;
  esac
done
if ! [[ "$minutes" =~ ^[1-9][0-9]{0,3}$ && "$seed" =~ ^[0-9]{1,9}$ ]]; then
  echo "soak.sh: MINUTES is a number from 1 to 9999, --seed one of at most 9 digits" >&2
  exit 2
fi
echo "soak.sh: $minutes minutes, seed $seed"
seconds=$(( minutes * 60 ))
exec scripts/test.sh --nocache_test_results --test_output=all \
  --test_timeout=$(( seconds + 600 )) \
  --test_env=SOAK_SECONDS="$seconds" --test_env=SOAK_SEED="$seed" \
  "${arguments[@]}" --test_tag_filters= //tests/faults:soak_test
