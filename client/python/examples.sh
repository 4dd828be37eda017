#!/usr/bin/env bash
# Runs every example: examples.sh --target HOST:PORT. Ends with a line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"

if [[ $# -ne 2 || $1 != --target ]]; then
  echo "usage: client/python/examples.sh --target HOST:PORT" >&2
  exit 2
fi
passed=0
failed=0
for example in examples/[!_]*.py; do
  echo "-- $(basename "$example" .py)"
  if PYTHONPATH=src timeout 120 .venv/bin/python "$example" --target "$2" </dev/null; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "-- $example: failed"
  fi
done
echo "$passed passed, $failed failed"
[[ $passed -gt 0 && $failed -eq 0 ]]
