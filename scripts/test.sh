#!/usr/bin/env bash
# Builds everything and runs every test.
#
# Usage: scripts/test.sh [--help] [--config=asan|ubsan|tsan] [BAZEL_ARGS...]
#   --config=asan   AddressSanitizer with UndefinedBehaviorSanitizer
#   --config=tsan   ThreadSanitizer
#
# Works on a fresh Debian 12 or 13 machine: installs what is missing first.
# Further arguments go to `bazel test`, targets included; without targets all
# tests run. Ends with a line "N passed, N failed" that counts test cases. With
# BAZEL_DISK_CACHE set, what was compiled is kept in that folder, for other
# checkouts.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; }

arguments=()
targets=()
for argument in "$@"; do
  case "$argument" in
    --help|-h) usage; exit 0 ;;
    -*) arguments+=("$argument") ;;
    *) targets+=("$argument") ;;
  esac
done
[[ ${#targets[@]} -gt 0 ]] || targets=(//...)

if [[ -n "${BAZEL_DISK_CACHE:-}" ]]; then arguments+=("--disk_cache=$BAZEL_DISK_CACHE"); fi
if [[ -n "${CI:-}" ]]; then arguments+=(--nocache_test_results); fi

scripts/setup.sh --tests

events=$(mktemp)
trap 'rm -f "$events"' EXIT
status=0
bazel test --noshow_progress --keep_going --build_event_json_file="$events" \
  "${arguments[@]}" "${targets[@]}" || status=$?

# Test cases, from the result files of exactly the tests of this run.
counts=0
python3 scripts/count_tests.py "$events" || counts=$?
# bazel's own verdict counts too: what does not build has no cases.
exit $(( status != 0 ? status : counts ))
