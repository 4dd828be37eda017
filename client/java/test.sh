#!/usr/bin/env bash
# Checks form and warnings of the Java client and the snippets of its README.md, and runs its unit
# tests. Needs setup.sh; fetches nothing. Ends with a line "N passed, N failed", to which each of
# the two checks counts as one.
#
# Usage: client/java/test.sh [--help]
set -uo pipefail
cd "$(dirname "$0")"

case "${1:-}" in
  "") ;;
  --help|-h) sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
  *) echo "test.sh: unknown argument '$1'" >&2; exit 2 ;;
esac

passed=0
failed=0

if mvn -q -o com.spotify.fmt:fmt-maven-plugin:check </dev/null; then
  passed=1
else
  failed=1
  echo "test.sh: 'mvn -o com.spotify.fmt:fmt-maven-plugin:format' brings it into form" >&2
fi

if examples/snippets.py --check; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

rm -rf ./*/target/surefire-reports
mvn -q -o package -fae </dev/null
built=$?

for report in ./*/target/surefire-reports/*.txt; do
  [[ -f "$report" ]] || continue
  if [[ "$(cat "$report")" =~ Tests\ run:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Skipped:\ ([0-9]+) ]]; then
    bad=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
    failed=$((failed + bad))
    passed=$((passed + BASH_REMATCH[1] - bad - BASH_REMATCH[4]))
  fi
done
# What does not compile has no tests.
if [[ $built -ne 0 && $failed -eq 0 ]]; then failed=1; fi

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
