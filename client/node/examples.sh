#!/usr/bin/env bash
# Runs client/node's examples, which build.sh compiles, against a service.
#
# Usage: client/node/examples.sh [--help] [--target HOST:PORT]
#   --target  where the service is; 127.0.0.1:50051 without it. batch_job creates a
#             dataset and a job there, in the account that the service is configured with.
#
# Ends with a line "N passed, N failed": an example that fails, or prints nothing, fails.
set -uo pipefail
cd "$(dirname "$0")"

target=127.0.0.1:50051
while [[ $# -gt 0 ]]; do
  case "$1" in
    --help|-h) sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    --target) target=${2:?--target takes HOST:PORT}; shift ;;
    *) echo "examples.sh: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift
done

passed=0
failed=0
for source in examples/*.ts; do
  name=$(basename "$source" .ts)
  echo "-- $name"
  if output=$(FIREWORKS_GRPC_TARGET="$target" node "build/examples/$name.js" </dev/null 2>&1) && [[ -n "$output" ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$name: FAILED"
  fi
  echo "$output"
done
echo "$passed passed, $failed failed"
[[ $passed -gt 0 && $failed -eq 0 ]]
