#!/usr/bin/env bash
# Runs the C++ tests under the sanitizers.
#
# Usage: scripts/sanitize.sh [--help] [asan|tsan ...]
#
# Without arguments: AddressSanitizer with UndefinedBehaviorSanitizer over all
# that parses bytes or has threads, then ThreadSanitizer over what has threads.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'
  exit 0
fi
[[ $# -gt 0 ]] || set -- asan tsan
for sanitizer in "$@"; do
  targets=(//service/... //tests/... //client/...)
  if [[ "$sanitizer" == tsan ]]; then
    targets=(//service/access/... //service/server/... //service/telemetry/... //service/upstream/...
      //tests/... //client/...)
  fi
  echo "== $sanitizer"
  scripts/test.sh --config="$sanitizer" --build_tests_only "${targets[@]}"
done
