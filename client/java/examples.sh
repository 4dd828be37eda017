#!/usr/bin/env bash
# Runs every example against a service; build.sh has compiled them. Ends with a line
# "N passed, N failed".
#
# Usage: client/java/examples.sh [--help] [--target HOST:PORT] [--account accounts/ACCOUNT]
#   --target   the service; 127.0.0.1:50051 without it
#   --account  whose dataset and job the batch example makes; without it the service's own
set -uo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; }

target=127.0.0.1:50051
account=accounts/-
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) usage; exit 0 ;;
    --target) target=${2:?--target takes HOST:PORT}; shift ;;
    --account) account=${2:?--account takes accounts/ACCOUNT}; shift ;;
    *) echo "examples.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

passed=0
failed=0
for example in hello_stream tool_loop structured_output embeddings_search batch_job; do
  echo "== $example"
  if [[ "$example" == batch_job ]]; then arguments=("$target" "$account"); else arguments=("$target"); fi
  if output=$(examples/run.sh "$example" "${arguments[@]}" </dev/null) && [[ -n "$output" ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "examples.sh: $example failed" >&2
  fi
  echo "$output"
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
