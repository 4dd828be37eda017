#!/usr/bin/env bash
# Lints and tests client/node. Needs build.sh to have run. The tests use servers of their
# own on loopback.
#
# Usage: client/node/test.sh [--help]
#
# Ends with a line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi
if [[ ! -f build/tests/conformance.js ]]; then
  echo "test.sh: run client/node/build.sh first" >&2
  exit 1
fi

passed=0
failed=0
check() {  # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$name: FAILED"; fi
}
check "lint" node_modules/.bin/eslint --max-warnings=0 .

report=$(mktemp)
trap 'rm -f "$report"' EXIT
node --test --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="$report" build/tests/*.test.js
code=$?
count() { sed -n "s/^# $1 //p" "$report" | tail -n 1; }
passed=$((passed + $(count pass)))
not_passed=$(( $(count fail) + $(count cancelled) ))
# A run that fails without a failed test is one, too.
if [[ $code -ne 0 && $not_passed -eq 0 ]]; then not_passed=1; fi
failed=$((failed + not_passed))
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
