#!/usr/bin/env bash
# Runs every example; ends with a line "N passed, N failed".
# Usage: client/cpp/examples.sh --target HOST:PORT
set -euo pipefail
cd "$(dirname "$0")/../.."
[[ $# -eq 2 && $1 == --target ]] || { echo "usage: client/cpp/examples.sh --target HOST:PORT" >&2; exit 2; }
target=$2
client/cpp/build.sh
bin=$(bazel info bazel-bin 2>/dev/null)/client/cpp/examples

passed=0
failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
# An example has run when it ended well and printed what only a whole run prints.
example() {  # NAME PATTERN [FLAG...]
  local name=$1 pattern=$2
  shift 2
  if timeout 120 "$bin/$name" --target "$target" "$@" >"$output" 2>&1 </dev/null && grep -qE "$pattern" "$output"; then
    passed=$((passed + 1))
    echo "$name: ok"
  else
    failed=$((failed + 1))
    echo "$name: FAILED"
    cat "$output"
  fi
}
example hello_stream '^[1-9][0-9]* tokens, request .'
example tool_loop '^get_weather\('
example structured_output '^.+, -?[0-9]+ minutes: '
example embeddings_search '^1\.000 A stream that was cut'
example batch_job '^accounts/.*/batchInferenceJobs/.* is done$' --interval 10ms
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
