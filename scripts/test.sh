#!/usr/bin/env bash
# Builds everything and runs every test.
#
# Usage: scripts/test.sh [--help] [--config=asan|ubsan|tsan] [BAZEL_ARGS...]
#   --config=asan   AddressSanitizer with UndefinedBehaviorSanitizer
#   --config=tsan   ThreadSanitizer
#
# Works on a fresh Debian 12 or 13 machine: installs what is missing first.
# Arguments go to `bazel test`, targets included; without any, all tests run, and
# then those of the clients (scripts/test_clients.sh) and of the Kubernetes manifests
# (scripts/check_k8s.sh). Ends with a line
# "N passed, N failed" that counts test cases, with ", N skipped" when there are
# any. With BAZEL_DISK_CACHE set, what was compiled is kept in that folder, for
# other checkouts.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//'; }

arguments=()
targets=()
for argument in "$@"; do
  case "$argument" in
    --help|-h) usage; exit 0 ;;
    -*) arguments+=("$argument") ;;
    *) targets+=("$argument") ;;
  esac
done
everything=0
if [[ $# -eq 0 ]]; then everything=1; fi
[[ ${#targets[@]} -gt 0 ]] || targets=(//...)

if [[ -n "${BAZEL_DISK_CACHE:-}" ]]; then arguments+=("--disk_cache=$BAZEL_DISK_CACHE"); fi
if [[ -n "${CI:-}" ]]; then arguments+=(--nocache_test_results); fi

scripts/setup.sh --tests

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
bazel test --noshow_progress --keep_going --build_event_json_file="$work/events" \
  "${arguments[@]}" "${targets[@]}" || status=$?

# Test cases, from the result files of exactly the tests of this run.
python3 scripts/count_tests.py "$work/events" | tee "$work/counts" || status=1

if [[ $everything -eq 1 ]]; then
  for part in test_clients check_k8s; do
    # 77: all of it was skipped, which its count tells.
    "scripts/$part.sh" 2>&1 | tee "$work/$part" || [[ ${PIPESTATUS[0]} -eq 77 ]] || status=1
    tail -n 1 "$work/$part" >>"$work/counts"
  done
  echo "== all tests"
  python3 scripts/count_tests.py --sum 3 "$work/counts" || status=1
fi
# bazel's own verdict counts too: what does not build has no cases.
exit "$status"
