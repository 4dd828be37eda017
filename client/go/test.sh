#!/usr/bin/env bash
# Lint and unit tests; ends with a line "N passed, N failed".
# Usage: client/go/test.sh [--race]
#   --race  under the race detector; needs a C compiler
set -euo pipefail
cd "$(dirname "$0")"
. ./environment.sh
require_go
race=()
case "${1:-}" in
  '') ;;
  --race) race=(-race) ;;
  *) echo "test.sh: unknown argument '$1'" >&2; exit 2 ;;
esac

passed=0
failed=0
check() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
}
formatted() {
  local files
  files=$("$(dirname "$(readlink -f "$("$GO" env GOROOT)/bin/go")")/gofmt" -l fireworks internal examples tools)
  [[ -z "$files" ]] || { printf 'not as gofmt has it:\n%s\n' "$files"; return 1; }
}
same_service_config() {
  cmp ../service_config.json fireworks/service_config.json ||
    { echo "copy client/service_config.json to client/go/fireworks"; return 1; }
}
check gofmt formatted
check 'go vet' "$GO" vet ./...
check 'go vet of the tools' "$GO" -C tools vet ./...
check 'service config' same_service_config

output=$(mktemp)
trap 'rm -f "$output"' EXIT
if ! "$GO" test "${race[@]}" -count=1 -v ./... >"$output" 2>&1 || grep -q '^ *--- FAIL' "$output"; then
  grep -v '^=== \|^ *--- PASS\|\[no test files\]' "$output" || true
  # A package that does not compile, or dies, has no line of its own.
  if ! grep -q '^ *--- FAIL' "$output"; then failed=$((failed + 1)); fi
fi
passed=$((passed + $(grep -c '^ *--- PASS' "$output" || true)))
failed=$((failed + $(grep -c '^ *--- FAIL' "$output" || true)))
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
